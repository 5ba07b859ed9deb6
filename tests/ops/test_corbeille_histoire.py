"""A client with two years of history leaves and comes back exactly as it was (Show 5)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.softdelete.parcours import modeles
from artjardin.softdelete.services import restaurer, supprimer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.controle import controler
from facturation.models import Devis, Facture
from ops.corbeille.entites import ENTITES
from relances.plan import planifier
from tests.chantiers.factories import LUNDI_8H, creer_chantier, creer_employe, creer_intervention
from tests.clients.factories import creer_client
from tests.connexion import se_connecter
from tests.facturation.factories import (
    crediter,
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    facturer_et_emettre,
    payer,
)
from tests.ops.corbeille import valider
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
MOIS = timedelta(days=30)


def photographier():
    """Every column of every row, trash included."""
    return {modele._meta.label: list(modele.tous.order_by("pk").values()) for modele in modeles()}


@pytest.fixture(scope="module")
def _deux_ans(base_du_module):
    """Two years: sites, visits, quotes of every state, invoices paid and credited, drafts."""
    client = creer_client(nom="Durand", code="C0042")
    equipe = [creer_employe() for _ in range(2)]
    for mois in range(24):
        debut = LUNDI_8H + mois * MOIS
        chantier = creer_chantier(client=client, nom=f"Passage {mois}")
        for qui in equipe:
            creer_intervention(chantier=chantier, employe=qui, prevu_debut=debut)
        if mois % 3 == 0:
            valider(chantier.interventions.first()) if mois == 0 else None
            payer(creer_facture(client=client, chantier=chantier), "120.00")
    crediter(creer_facture(client=client), motif="Geste")
    facture = facturer_et_emettre(creer_devis_accepte(client=client))
    payer(facture, "120.00")
    creer_devis_finalise(client=client)
    creer_devis(client=client)
    creer_brouillon(client=client)
    return client.pk


@pytest.fixture
def histoire(_deux_ans):
    return Client.objects.get(pk=_deux_ans)


def test_what_was_there_comes_back_and_what_was_gone_stays_gone(histoire):
    parti = Chantier.objects.get(nom="Passage 3")
    supprimer(parti, par=PAR, motif="Annulé par le client")
    supprimer(Intervention.objects.filter(chantier__nom="Passage 5").first(), par=PAR)
    supprimer(Devis.objects.get(statut="brouillon"), par=PAR)
    avant = photographier()

    supprimer(histoire, par=PAR, motif="A vendu sa maison")
    pendant = photographier()
    comptes = restaurer(histoire, par=PAR)

    assert photographier() == avant != pendant
    assert comptes["chantiers.chantier"] == 23
    assert comptes["chantiers.intervention"] == 23 * 2 - 1
    assert Chantier.tous.get(pk=parti.pk).supprime_le is not None
    assert controler().anomalies == []


def test_while_it_is_away_it_is_nowhere_but_the_accountant_finds_its_documents(
    histoire, http, connecter, comptable
):
    factures = Facture.objects.filter(statut="emise").count()
    supprimer(histoire, par=PAR)
    compta = connecter(comptable)

    for adresse in ("clients", "chantiers", "interventions"):
        assert http.get(f"/api/v1/{adresse}/").json()["results"] == [], adresse
    assert http.get(f"/api/v1/clients/{histoire.pk}/").status_code == 404
    assert http.get("/api/v1/clients/?recherche=Durand").json()["results"] == []
    assert list(planifier(au=date(2028, 1, 3)).envois()) == []
    lues = compta.get("/api/v1/factures/", {"taille": 50}).json()["results"]
    assert len(lues) == factures
    assert {ligne["statut"] for ligne in lues} == {"emise"}
    assert [d["statut"] for d in compta.get("/api/v1/devis/").json()["results"]] == ["accepte"]
    releve = compta.get(f"/api/v1/clients/{histoire.pk}/releve/")
    assert releve.json()["cloture"] == "0.00"
    assert compta.get("/api/v1/archives/").json()["results"]
    journal = http.get("/api/v1/journal/", {"objet_type": "clients.client"}).json()["results"]
    assert journal[0]["action"] == "corbeille.suppression"


@pytest.mark.parametrize("entite", ENTITES)
def test_no_list_of_the_admin_shows_it(entite, histoire, client, patron):
    supprimer(histoire, par=PAR)
    modele = ENTITES[entite]
    se_connecter(client, patron)
    liste = f"/admin/{modele._meta.app_label}/{modele._meta.model_name}/"
    lignes = client.get(liste).context["cl"].result_list

    assert all(ligne.supprime_le is None for ligne in lignes)
    assert not any(isinstance(ligne, Client | Chantier | Intervention) for ligne in lignes)


def test_every_reason_is_said_at_once(http):
    client = creer_client()
    facture = creer_facture(client=client)
    creer_facture(client=client)
    payer(creer_facture(client=client), "200.00", garder_le_surplus=True)
    une = creer_intervention(
        chantier=creer_chantier(client=client), prevu_debut=timezone.now() + timedelta(days=1)
    )
    Intervention.objects.filter(pk=une.pk).update(statut="en_cours", debut=timezone.now())

    refus = http.delete(f"/api/v1/clients/{client.pk}/")

    assert refus.status_code == 409
    obstacles = refus.json()["champs"]["obstacles"]
    assert len(obstacles) == 4
    assert sum("reste due" in texte for texte in obstacles) == 2
    assert any("80,00" in texte for texte in obstacles)
    assert any("arrêtez-la" in texte for texte in obstacles)
    seule = http.delete(f"/api/v1/factures/{facture.pk}/").json()
    assert "faites un avoir" in seule["message"]


@pytest.mark.parametrize(("statut", "raison"), [("validee", "validée"), ("terminee", "terminée")])
def test_counted_hours_leave_only_with_their_site(statut, raison):
    une = creer_intervention()
    Intervention.objects.filter(pk=une.pk).update(statut=statut)

    with pytest.raises(Conflit, match=raison):
        supprimer(une, par=PAR)
    assert Intervention.objects.filter(pk=une.pk).exists()

    supprimer(une.chantier, par=PAR)
    assert not Intervention.objects.filter(pk=une.pk).exists()


def test_an_invoice_paid_too_much_is_said():
    facture = creer_facture()
    payer(facture, "120.00")
    crediter(facture, motif="Geste")

    with pytest.raises(Conflit, match=r"120,00.*(de trop|à rendre)"):
        supprimer(facture.client, par=PAR)
