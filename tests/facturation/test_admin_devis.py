"""Quotes in the office's admin: decided, revised, invoiced whole or by parts."""

from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation import services
from facturation.models import Devis, Facture
from tests.artjardin.navigateur import ouvrir, page
from tests.facturation.factories import (
    ROBOT,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    ligne,
)

JOUR = "%Y-%m-%d"


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


def test_a_devis_goes_from_draft_to_facture(navigateur):
    devis = creer_devis()
    accord = {"le": timezone.localdate().isoformat(), "conclusion": "distance"}
    etapes = {"finaliser": {}, "envoyer": {}, "accepter": accord, "facturer": {}}
    for decision, donnees in etapes.items():
        assert navigateur.post(page(devis, decision), donnees).status_code == 302

    devis.refresh_from_db()
    assert devis.statut == "accepte"
    assert devis.factures.get().total_ttc == devis.total_ttc
    assert Courriel.objects.get().type == "devis"


def test_a_devis_is_refused_with_its_reason(navigateur):
    devis = creer_devis_finalise()
    sans_motif = navigateur.post(page(devis, "refuser"), {})
    navigateur.post(page(devis, "refuser"), {"motif": "Trop cher"})

    devis.refresh_from_db()
    assert sans_motif.status_code == 200
    assert (devis.statut, devis.motif_refus) == ("refuse", "Trop cher")


@pytest.mark.parametrize("modele", [Devis, Facture])
def test_a_forgotten_client_is_said_by_its_field(modele, navigateur):
    gestion = {"lignes-TOTAL_FORMS": 0, "lignes-INITIAL_FORMS": 0}
    for saisie in ({}, gestion | {"objet": "Haie", "client": "", "remise_taux": ""}):
        reponse = navigateur.post(page(modele, "add"), saisie)

        assert reponse.status_code == 200
        assert "client" in reponse.context["adminform"].form.errors
    assert not modele.objects.exists()


@pytest.fixture
def accepte(db):
    """Two lines of 100,00 € HT at 20 %."""
    return creer_devis_accepte(lignes=[ligne(), ligne(designation="Tonte")])


def aujourdhui():
    return timezone.localdate().isoformat()


def boutons(reponse):
    return {a["path"].rstrip("/").rsplit("/", 1)[-1] for a in reponse.context["actions_detail"]}


def emettre_une_part(devis, **demande):
    facture = services.facturer_devis(devis, demande=services.Demande(**demande), par=ROBOT)
    return services.emettre_facture(facture, par=ROBOT)


def test_the_client_s_agreement_has_its_options_its_day_and_its_place(navigateur):
    devis = creer_devis_finalise(lignes=[ligne(), ligne(option=True), ligne(option=True)])
    options = [une.pk for une in devis.lignes.all() if une.option]
    donnees = {"options": options[:1], "le": aujourdhui(), "conclusion": "etablissement"}
    navigateur.post(page(devis, "accepter"), donnees)

    devis.refresh_from_db()
    assert (devis.statut, devis.options_retenues) == ("accepte", [2])
    assert devis.signe_le == timezone.localdate()
    contenu = navigateur.get(page(devis)).content.decode()
    assert "Choisie" in contenu
    assert "240,00\xa0€ TTC" in contenu


def test_an_agreement_from_the_future_is_refused(navigateur):
    devis = creer_devis_finalise()
    demain = timezone.localdate() + timezone.timedelta(days=1)
    donnees = {"le": demain.isoformat(), "conclusion": "distance"}
    reponse = navigateur.post(page(devis, "accepter"), donnees)

    devis.refresh_from_db()
    assert reponse.context["form"].errors["le"]
    assert devis.statut == "finalise"


def test_a_signature_at_home_is_refused_without_its_mentions(navigateur):
    devis = creer_devis_finalise()
    donnees = {"le": aujourdhui(), "conclusion": "domicile"}
    reponse = navigateur.post(page(devis, "accepter"), donnees)

    assert "révisez-le" in reponse.content.decode()
    assert not Devis.objects.filter(statut="accepte").exists()


def test_a_new_version_is_prepared_then_linked(navigateur):
    devis = creer_devis_finalise()
    navigateur.post(page(devis, "reviser"), {})
    revision = Devis.objects.get(remplace=devis)
    encore = navigateur.post(page(devis, "reviser"), {})

    assert (revision.statut, revision.version) == ("brouillon", 2)
    assert "déjà une nouvelle version" in encore.content.decode()
    assert page(revision) in navigateur.get(page(devis)).content.decode()
    assert page(devis) in navigateur.get(page(revision)).content.decode()


@pytest.mark.parametrize(
    ("demande", "ttc"),
    [({"pourcentage": "30"}, "72.00"), ({"montant": "100"}, "100.00")],
    ids=["percent", "amount"],
)
def test_a_deposit_is_prepared(demande, ttc, accepte, navigateur):
    navigateur.post(page(accepte, "acompte"), demande)

    acompte = accepte.factures.get()
    assert (acompte.type, str(acompte.total_ttc)) == ("acompte", ttc)


@pytest.mark.parametrize(
    ("demande", "dit"),
    [
        ({}, "un pourcentage ou un montant"),
        ({"pourcentage": "30", "montant": "10"}, "un pourcentage ou un montant"),
        ({"pourcentage": "130"}, "pourcentage, de plus de 0 à 100"),
        ({"montant": "1000"}, "Il ne reste que"),
    ],
    ids=["none", "both", "percent", "amount"],
)
def test_a_wrong_deposit_is_refused(demande, dit, accepte, navigateur):
    reponse = navigateur.post(page(accepte, "acompte"), demande)

    assert dit in reponse.content.decode()
    assert not Facture.tous.exists()


def test_a_situation_is_prepared_line_by_line(accepte, navigateur):
    taille, tonte = accepte.lignes.all()
    emettre_une_part(accepte, type="situation", avancement={taille.pk: Decimal(40)})
    vue = navigateur.get(page(accepte, "situation"))
    donnees = {f"avancement.{taille.pk}": "50", f"avancement.{tonte.pk}": "25", "retenue_taux": "5"}
    navigateur.post(page(accepte, "situation"), donnees)

    assert "40 %" in vue.content.decode()
    situation = accepte.factures.get(statut="brouillon")
    lignes = [(ligne.avancement, ligne.total_ht) for ligne in situation.lignes.all()]
    assert lignes == [(50, 10), (25, 25)]
    assert situation.retenue_taux == 5


@pytest.mark.parametrize(
    ("avancement", "dit"), [("30", "ne recule pas"), ("40", "rien à facturer")], ids=str
)
def test_a_progress_that_goes_back_or_stays_is_refused(avancement, dit, accepte, navigateur):
    taille, tonte = accepte.lignes.all()
    emettre_une_part(accepte, type="situation", avancement={taille.pk: Decimal(40)})
    donnees = {f"avancement.{taille.pk}": avancement, f"avancement.{tonte.pk}": "0"}
    reponse = navigateur.post(page(accepte, "situation"), donnees)

    assert dit in reponse.content.decode()
    assert accepte.factures.count() == 1


def test_the_rest_is_shown_then_invoiced(accepte, navigateur):
    emettre_une_part(accepte, type="acompte", pourcentage=Decimal(30))
    avant = navigateur.get(page(accepte))
    navigateur.post(page(accepte, "solder"), {"retenue_taux": ""})

    assert "168,00\xa0€ TTC" in avant.content.decode()
    assert boutons(avant) == {"solder", "acompte", "situation", "pdf"}
    solde = accepte.factures.get(type="solde")
    assert solde.total_ttc == 168
    assert boutons(navigateur.get(page(accepte))) == {"pdf"}


def test_the_buttons_follow_the_state(navigateur):
    devis = creer_devis_finalise()

    assert boutons(navigateur.get(page(creer_devis()))) == {"finaliser"}
    ouverts = {"envoyer", "accepter", "refuser", "reviser", "pdf"}
    assert boutons(navigateur.get(page(devis))) == ouverts


def test_the_accountant_only_looks(accepte, comptable):
    http = ouvrir(comptable)
    vue = http.get(page(accepte))

    assert boutons(vue) == {"pdf"}
    assert http.post(page(accepte, "acompte"), {"pourcentage": "30"}).status_code == 403
    assert not Facture.tous.exists()
