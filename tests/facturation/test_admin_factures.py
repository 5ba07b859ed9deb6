"""Invoices and credit notes in the office's admin."""

import pytest
from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation import services
from facturation.models import Facture, Litige, Paiement
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.facturation.factories import ROBOT, creer_brouillon, creer_facture, ligne, payer, solde


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


@pytest.fixture
def emise(db):
    return creer_facture()


def test_a_draft_is_issued_and_sent(navigateur):
    facture = creer_brouillon()
    donnees = {"le": timezone.localdate().isoformat(), "envoyer": "oui"}
    reponse = navigateur.post(page(facture, "emettre"), donnees, follow=True)

    facture.refresh_from_db()
    assert facture.statut == "emise"
    assert f"{facture} est émise." in messages_de(reponse)
    assert Courriel.objects.get().client_ref == facture.client_id


def test_a_refusal_is_written_on_the_page(emise, navigateur):
    """The service's sentence, whatever the field, and no 500."""
    jour = timezone.localdate().isoformat()
    vide = navigateur.post(page(creer_brouillon(lignes=[]), "emettre"), {"le": jour})
    encore = navigateur.post(page(emise, "emettre"), {"le": jour})
    trop = {"montant": "9999", "mode": "cheque", "le": jour}
    demain = timezone.localdate() + timezone.timedelta(days=1)
    tard = {"montant": "1", "mode": "cheque", "le": demain.isoformat()}

    assert "aucune ligne" in vide.content.decode()
    assert "figé" in encore.content.decode()
    assert "dépasse le solde" in navigateur.post(page(emise, "encaisser"), trop).content.decode()
    reponse = navigateur.post(page(emise, "encaisser"), tard)
    assert reponse.context["form"].errors["le"] == ["Un paiement ne se saisit pas à l'avance."]
    assert not Paiement.objects.exists()


def test_a_double_click_records_the_money_once(emise, navigateur):
    jeton = navigateur.get(page(emise, "encaisser")).context["jeton"]
    recu = {"montant": "20", "mode": "cheque", "le": timezone.localdate().isoformat()}
    refuse = recu | {"jeton": jeton, "montant": "9999"}

    navigateur.post(page(emise, "encaisser"), refuse)  # a refusal does not use the page up
    navigateur.post(page(emise, "encaisser"), recu | {"jeton": jeton})
    encore = navigateur.post(page(emise, "encaisser"), recu | {"jeton": jeton})

    assert "déjà fait" in encore.content.decode()
    assert Paiement.objects.get().montant == 20


def test_a_dispute_is_opened_and_closed(emise, navigateur):
    navigateur.post(page(emise, "ouvrir_litige"), {"motif": "Métrage"})
    ouvert = Litige.objects.get()
    navigateur.post(page(emise, "clore_litige"), {})

    ouvert.refresh_from_db()
    assert ouvert.clos_par == "Claire Moreau"


@pytest.mark.parametrize(("filtre", "trouvees"), [("retard", 1), ("du", 2), ("regle", 1)], ids=str)
def test_factures_are_filtered_by_what_is_due(filtre, trouvees, navigateur):
    hier = timezone.localdate() - timezone.timedelta(days=1)
    creer_facture(le=hier, echeance=hier)
    reglee, _due = (creer_facture() for _ in range(2))
    payer(reglee, reglee.total_ttc)
    liste = navigateur.get(page(Facture, "changelist"), {"reglement": filtre})

    assert liste.context["cl"].result_count == trouvees


def test_the_list_of_factures_asks_few_questions(navigateur, django_assert_max_num_queries):
    for _ in range(12):
        creer_facture()

    with django_assert_max_num_queries(16):
        assert navigateur.get(page(Facture, "changelist")).status_code == 200


def aujourdhui():
    return timezone.localdate().isoformat()


def boutons(reponse):
    return {
        a["path"].rstrip("/").rsplit("/", 1)[-1]
        for a in reponse.context["actions_detail"]
        if "path" in a
    }


def test_a_credit_note_of_the_whole_is_prepared_then_issued(emise, navigateur):
    navigateur.post(page(emise, "avoir"), {"motif": "Chantier annulé", "etendue": "tout"})
    avoir = emise.avoirs.get()
    reponse = navigateur.post(page(avoir, "emettre"), {"le": aujourdhui()}, follow=True)

    avoir.refresh_from_db()
    assert (avoir.statut, avoir.total_ttc, avoir.motif) == ("emise", 120, "Chantier annulé")
    assert messages_de(reponse)[-1] == f"{avoir} est émis."
    assert solde(emise) == 0
    assert "avoir" not in boutons(navigateur.get(page(emise)))
    assert page(avoir) in navigateur.get(page(emise)).content.decode()
    assert page(emise) in navigateur.get(page(avoir)).content.decode()


def test_a_credit_note_of_a_part_is_by_rate(navigateur):
    reduite = ligne(taux_tva=10, justification_tva="Logement de plus de deux ans")
    facture = creer_facture(lignes=[ligne(), reduite])
    donnees = {"motif": "Retard", "etendue": "partie", "montant_10.00": "20", "designation": ""}
    navigateur.post(page(facture, "avoir"), donnees)

    avoir = facture.avoirs.get()
    seule = avoir.lignes.get()
    assert (avoir.total_ht, avoir.total_ttc) == (20, 22)
    assert (seule.designation, seule.justification_tva) == (
        "Retard", "Logement de plus de deux ans",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("saisie", "dit"),
    [
        ({"etendue": "partie"}, "au moins un montant"),
        ({"etendue": "tout", "montant_20.00": "10"}, "Cochez « Une partie »"),
        ({"etendue": "tout", "motif": ""}, "obligatoire"),
    ],
    ids=["no amount", "contradiction", "no reason"],
)
def test_a_credit_note_half_asked_is_refused(saisie, dit, emise, navigateur):
    reponse = navigateur.post(page(emise, "avoir"), {"motif": "Retard"} | saisie)

    assert dit in reponse.content.decode()
    assert not emise.avoirs.exists()


def test_a_credit_note_beyond_the_rest_is_refused_when_issued(emise, navigateur):
    donnees = {"motif": "Retard", "etendue": "partie", "montant_20.00": "150"}
    navigateur.post(page(emise, "avoir"), donnees)
    avoir = emise.avoirs.get()
    reponse = navigateur.post(page(avoir, "emettre"), {"le": aujourdhui()})

    avoir.refresh_from_db()
    assert "Il ne reste que 100,00" in reponse.content.decode()
    assert avoir.statut == "brouillon"


def test_credit_notes_are_a_filter_of_the_list(emise, navigateur):
    services.faire_un_avoir(emise, motif="Erreur", par=ROBOT)
    liste = navigateur.get(page(Facture, "changelist"), {"type__exact": "avoir"})

    assert liste.context["cl"].result_count == 1


def test_the_surplus_is_kept_when_it_is_asked(emise, navigateur):
    donnees = {"montant": "150", "mode": "cheque", "le": aujourdhui()}
    refus = navigateur.post(page(emise, "encaisser"), donnees)
    garde = navigateur.post(
        page(emise, "encaisser"), donnees | {"garder_le_surplus": "on"}, follow=True
    )

    assert "dépasse le solde" in refus.content.decode()
    assert "dont 30,00\xa0€ gardés en crédit" in messages_de(garde)[0]
    assert Paiement.objects.avec_credit().get().credit == 30


def test_a_paid_invoice_has_its_stamped_copy(emise, navigateur):
    avant = boutons(navigateur.get(page(emise)))
    payer(emise, emise.total_ttc)

    assert "acquittee" not in avant
    assert {"acquittee", "pdf"} <= boutons(navigateur.get(page(emise)))
    reponse = navigateur.get(page(emise, "acquittee"))
    assert reponse.url == f"/api/v1/factures/{emise.pk}/acquittee/"


def test_the_acceptance_of_the_works_dates_the_retention(navigateur):
    facture = creer_facture(retenue_taux=5)
    navigateur.post(page(facture, "reception"), {"le": aujourdhui()})

    facture.retenue.refresh_from_db()
    assert facture.retenue.reception_le == timezone.localdate()
    assert "travaux réceptionnés le" in navigateur.get(page(facture)).content.decode()


def test_an_acceptance_in_the_future_is_refused(navigateur):
    facture = creer_facture(retenue_taux=5)
    demain = timezone.localdate() + timezone.timedelta(days=1)
    reponse = navigateur.post(page(facture, "reception"), {"le": demain.isoformat()})

    facture.retenue.refresh_from_db()
    assert reponse.context["form"].errors["le"]
    assert facture.retenue.reception_le is None


def test_what_is_retained_is_not_late(navigateur):
    hier = timezone.localdate() - timezone.timedelta(days=1)
    facture = creer_facture(le=hier, echeance=hier, retenue_taux=5)
    avant = navigateur.get(page(Facture, "changelist")).content.decode()
    payer(facture, "114")
    apres = navigateur.get(page(Facture, "changelist")).content.decode()

    assert "Retenue de garantie" not in avant
    assert "Retenue de garantie" in apres
    tardives = navigateur.get(page(Facture, "changelist"), {"reglement": "retard"})
    assert tardives.context["cl"].result_count == 0


@pytest.mark.parametrize("decision", ["emettre", "avoir", "encaisser", "reception"])
def test_the_accountant_only_looks(decision, emise, comptable):
    http = ouvrir(comptable)

    assert http.post(page(emise, decision), {}).status_code == 403
    assert boutons(http.get(page(emise))) == {"pdf"}
