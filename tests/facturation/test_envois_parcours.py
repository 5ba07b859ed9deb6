"""The life of a job with the automatic mails as the migrations set them: who reads what, when."""

import pytest
from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation.models import Prestation
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_brouillon

pytestmark = pytest.mark.django_db
BUREAU = "bureau@essais.example"


def poster(http, chemin, corps=None, statut=200):
    reponse = http.post(f"/api/v1{chemin}", corps or {}, format="json")
    assert reponse.status_code == statut, reponse.content
    return reponse.json()


def nouveaux(vus):
    """`(to the client or the firm, type, subject)` of the mails not seen yet."""
    courriels = Courriel.objects.exclude(pk__in=vus).order_by("pk")
    lus = [(c.a != [BUREAU], c.type, c.objet) for c in courriels]
    vus.update(c.pk for c in courriels)
    return lus


@pytest.mark.usefixtures("envois")
def test_from_a_draft_to_an_agreement_each_step_is_told_once(http):
    client, vus = creer_client(), set()
    lignes = [{"prestation": Prestation.objects.get(code="TONTE").pk, "quantite": "400"}]
    corps = {"client": client.pk, "objet": "Tonte", "lignes": lignes}

    devis = poster(http, "/devis/", corps, 201)["id"]
    [(_, genre, objet)] = nouveaux(vus)
    assert (genre, objet.startswith("[Art & Jardin] Nouveau devis")) == ("interne", True)

    numero = poster(http, f"/devis/{devis}/finaliser/")["numero"]
    assert nouveaux(vus)[0] == (True, "devis", f"Devis {numero} – Art & Jardin")
    poster(http, f"/devis/{devis}/envoyer/")
    assert [au_client for au_client, *_ in nouveaux(vus)] == [False]
    poster(http, f"/devis/{devis}/accepter/")
    assert [genre for _, genre, _ in nouveaux(vus)] == ["devis_accepte", "interne"]
    poster(http, f"/devis/{devis}/facturer/", statut=201)
    assert nouveaux(vus) == []


@pytest.mark.usefixtures("envois")
def test_from_an_issue_to_a_credit_note_each_step_is_told_once(http):
    brouillon, vus = creer_brouillon(), set()
    chemin = f"/factures/{brouillon.pk}"

    numero = poster(http, f"{chemin}/emettre/")["numero"]
    assert nouveaux(vus)[0] == (True, "facture", f"Facture {numero} – Art & Jardin")
    adopte = poster(http, f"{chemin}/envoyer/")
    assert (adopte["a"], nouveaux(vus)) == ([brouillon.client.email], [])
    encore = http.post(f"/api/v1{chemin}/envoyer/")
    assert (encore.status_code, encore.json()["code"]) == (409, "envoi_en_cours")

    recu = {"le": timezone.localdate().isoformat()}
    poster(http, f"{chemin}/encaisser/", recu | {"montant": "10.00"})
    assert nouveaux(vus) == []
    poster(http, f"{chemin}/encaisser/", recu | {"montant": "110.00"})
    assert nouveaux(vus)[0] == (True, "facture_payee", f"Facture {numero} réglée – Art & Jardin")

    avoir = poster(http, f"{chemin}/avoir/", {"motif": "Geste"}, 201)["id"]
    numero = poster(http, f"/factures/{avoir}/emettre/")["numero"]
    assert nouveaux(vus)[0] == (True, "facture", f"Avoir {numero} – Art & Jardin")
