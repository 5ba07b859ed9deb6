"""The chain: each row holds the fingerprint of its content and of the one before, per series."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.models import Entree
from facturation.contenu import (
    contenu_devis,
    contenu_facture,
    contenu_imputation,
    contenu_paiement,
)
from facturation.controle import controler
from facturation.models import Compteur, Devis, Facture, Imputation, Paiement, Retenue
from facturation.models.numerotation import empreinte
from facturation.services import (
    accepter_devis,
    annuler_paiement,
    envoyer_devis,
    finaliser_devis,
    imputer,
    modifier_entreprise,
    receptionner_les_travaux,
    recevoir_paiement,
    refuser_devis,
    rembourser,
    reviser_devis,
)
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    creer_professionnel,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
    payer,
)

pytestmark = pytest.mark.django_db
# Values as a caller gives them: integers, few or many decimals, an exponent
BRUTES = [
    ligne(quantite=Decimal(3), prix_unitaire=Decimal("1E+2"), remise=Decimal("7.5")),
    ligne_reduite(quantite=Decimal("2.5000"), prix_unitaire=Decimal("9.99"),
                  taux_tva=Decimal("5.5")),
    ligne(section="Massif", remise_montant=Decimal("1.2"), taux_tva=Decimal(20)),
]  # fmt: skip
REMISES = [{}, {"remise_taux": Decimal("2.5")}, {"remise_montant": Decimal(3)}]


def relue(facture):
    return Facture.objects.get(pk=facture.pk)


def verifier(document, contenu):
    """The fingerprint taken at issue is that of what the database gives back."""
    relu = type(document)._base_manager.get(pk=document.pk)
    assert relu.empreinte == empreinte(relu.precedente, contenu(relu), version=relu.format)
    assert len(relu.empreinte) == 64


@pytest.mark.parametrize("remise", REMISES)
def test_an_invoice_is_read_again_as_it_was_sealed(remise):
    facture = creer_facture(
        lignes=BRUTES, reference_client="BC 7", prestation_le=date(2026, 1, 5), **remise
    )

    assert contenu_facture(relue(facture)) == contenu_facture(facture)
    verifier(facture, contenu_facture)


@pytest.mark.parametrize("remise", REMISES)
@pytest.mark.parametrize("genre", ["facture", "acompte", "situation", "solde"])
def test_every_part_of_a_devis_too(genre, remise):
    devis = creer_devis_accepte(lignes=BRUTES, **remise)
    if genre == "solde":
        facturer_et_emettre(devis, type="acompte", montant=Decimal(100))

    facture = facturer_et_emettre(devis, type=genre, pourcentage=Decimal("33.3"))

    verifier(facture, contenu_facture)
    assert relue(facture).type == genre


@pytest.mark.parametrize("remise", REMISES)
def test_credit_notes_too_whole_partial_and_the_rest(remise):
    facture = creer_facture(lignes=BRUTES, **remise)
    autre = creer_facture(lignes=BRUTES, **remise)

    for avoir in (
        crediter(facture, lignes=[ligne(prix_unitaire=Decimal(10))]),
        crediter(facture),
        crediter(autre),
    ):
        verifier(avoir, contenu_facture)


def test_a_retention_is_sealed_and_its_acceptance_is_not():
    facture = creer_facture(
        client=creer_professionnel(), lignes=BRUTES, retenue_taux=Decimal("2.5")
    )
    assert contenu_facture(relue(facture))["retenue"] == {
        "taux": "2.50", "montant": f"{Retenue.objects.get().montant}",
    }  # fmt: skip

    receptionner_les_travaux(facture, le=facture.date, par=ROBOT)

    verifier(facture, contenu_facture)


def test_a_devis_is_sealed_at_its_finalisation_whatever_follows():
    chantier = creer_chantier()
    champs = {"client": chantier.client, "chantier": chantier, "lignes": [*BRUTES, ligne(option=1)]}
    accepte, refuse, revise = (creer_devis_finalise(**champs) for _ in range(3))
    envoyer_devis(accepte, par=ROBOT)

    accepter_devis(accepte, options=[accepte.lignes.get(option=True).pk], par=ROBOT)
    refuser_devis(refuse, motif="trop cher", par=ROBOT)
    revision = finaliser_devis(reviser_devis(revise, par=ROBOT), par=ROBOT)

    for devis in (accepte, refuse, revise, revision):
        verifier(devis, contenu_devis)
    assert contenu_devis(Devis.objects.get(pk=revision.pk))["remplace"] == {
        "numero": revise.numero, "date": f"{revise.date}",
    }  # fmt: skip


def test_payments_are_sealed_cancellations_and_refunds_too():
    client = creer_client()
    le = date(2026, 1, 5)
    recu = recevoir_paiement(client, montant=Decimal(50), mode="cheque", le=le, par=ROBOT)
    rendu = rembourser(recu, montant=Decimal("7.5"), mode="virement", le=le, motif="x", par=ROBOT)
    autre = payer(creer_facture(), "1E+1")
    oppose = annuler_paiement(autre, motif="erreur", par=ROBOT)

    for paiement in (recu, rendu, autre, oppose):
        verifier(paiement, contenu_paiement)


def test_credit_allocated_or_taken_back_is_sealed_in_the_series_of_payments():
    client = creer_client()
    jour = timezone.localdate()
    recu = recevoir_paiement(client, montant=Decimal(200), mode="cheque", le=jour, par=ROBOT)
    facture = creer_facture(client=client)
    imputer(recu, facture, montant=Decimal("1.2E+2"), par=ROBOT)
    crediter(facture, lignes=[ligne(prix_unitaire=Decimal(10))])

    posee, reprise = Imputation.objects.order_by("pk")

    assert (posee.montant, reprise.montant) == (120, -12)
    assert [recu.numero[-4:], posee.numero[-4:], reprise.numero[-4:]] == ["0001", "0002", "0003"]
    assert (posee.precedente, reprise.precedente) == (recu.empreinte, posee.empreinte)
    for imputation in (posee, reprise):
        verifier(imputation, contenu_imputation)
    assert controler().anomalies == []


def test_what_a_payment_settles_at_once_is_sealed_with_it():
    une = creer_facture()
    autre = creer_facture(client=une.client)

    paiement = recevoir_paiement(
        une.client, montant=Decimal(100), mode="cheque", le=une.date, par=ROBOT,
        parts=[(autre, Decimal(30)), (une, Decimal(70))],
    )  # fmt: skip

    verifier(paiement, contenu_paiement)
    assert contenu_paiement(paiement)["imputations"] == [
        {"facture_id": une.pk, "montant": "70.00"},
        {"facture_id": autre.pk, "montant": "30.00"},
    ]
    assert set(Imputation.objects.values_list("numero", "le")) == {(None, None)}


def test_the_links_follow_the_numbers_of_each_series():
    factures = [creer_facture() for _ in range(3)]
    avoirs = [crediter(facture) for facture in factures]
    devis = [creer_devis_finalise() for _ in range(2)]
    paiements = [payer(creer_facture(), "1.00") for _ in range(2)]

    for suite in (factures, avoirs, devis, paiements):
        attendue = ""
        for document in suite:
            assert document.precedente == attendue
            attendue = document.empreinte


def test_the_counter_holds_the_last_link():
    factures = [creer_facture() for _ in range(2)]

    assert Compteur.objects.get(serie="FAC").empreinte == factures[-1].empreinte


def test_the_chain_goes_on_from_one_year_to_the_next():
    with time_machine.travel("2026-12-31T12:00:00+01:00", tick=False):
        decembre = [creer_facture() for _ in range(2)]
    with time_machine.travel("2027-01-01T00:00:01+01:00", tick=False):
        janvier = [creer_facture() for _ in range(2)]

    assert [f.numero for f in janvier] == ["FAC-2027-0001", "FAC-2027-0002"]
    assert janvier[0].precedente == decembre[-1].empreinte
    assert janvier[1].precedente == janvier[0].empreinte
    assert controler().anomalies == []


def test_a_year_without_a_document_does_not_break_the_chain():
    with time_machine.travel("2026-06-01T12:00:00+02:00", tick=False):
        ancienne = creer_facture()
    with time_machine.travel("2028-06-01T12:00:00+02:00", tick=False):
        nouvelle = creer_facture()

    assert nouvelle.precedente == ancienne.empreinte
    assert controler().anomalies == []


def test_a_new_series_starts_a_chain_of_its_own():
    creer_facture()
    modifier_entreprise(par=ROBOT, prefixe_facture="F2")

    premiere, seconde = creer_facture(), creer_facture()

    assert premiere.numero.startswith("F2-")
    assert (premiere.precedente, seconde.precedente) == ("", premiere.empreinte)
    assert controler().anomalies == []


def test_the_fingerprint_is_in_the_journal():
    facture, devis = creer_facture(), creer_devis_finalise()

    for document, action in ((facture, "facture.emise"), (devis, "devis.finalise")):
        assert Entree.objects.get(action=action).apres["empreinte"] == document.empreinte


def test_a_draft_has_no_link():
    facture = creer_facture()
    creer_devis_accepte()

    assert not Facture.objects.exclude(pk=facture.pk).exclude(empreinte="").exists()
    assert Paiement.objects.count() == 0


def test_another_content_has_another_fingerprint():
    contenu = contenu_facture(creer_facture())

    vraie = empreinte("", contenu, version=1)

    for champ in ("numero", "date", "total_ttc", "mentions", "lignes", "destinataire"):
        assert empreinte("", contenu | {champ: "x"}, version=1) != vraie
    assert empreinte("x", contenu, version=1) != vraie
    assert empreinte("", contenu, version=2) != vraie
