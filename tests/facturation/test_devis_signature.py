"""Until when, where and by whom a devis is signed: validity, refusals, the client's own home."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from artjardin.erreurs import Invalide
from facturation.services import (
    accepter_devis,
    emettre_facture,
    encaisser,
    expirer_devis,
    imputer,
    recevoir_paiement,
    refuser_devis,
)
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    creer_professionnel,
    facturer,
    facturer_et_emettre,
    payer,
    solde,
)

pytestmark = pytest.mark.django_db


def a(instant):
    return time_machine.travel(instant, tick=False)


# The last day in Paris ends at 22:00 UTC in summer, at 23:00 in winter, on the days of change too.
MINUITS = {
    "ete": (date(2026, 6, 1), "2026-07-01T21:59:59+00:00", "2026-07-01T22:00:00+00:00"),
    "hiver": (date(2026, 1, 1), "2026-01-31T22:59:59+00:00", "2026-01-31T23:00:00+00:00"),
    "vers l'ete": (date(2026, 2, 27), "2026-03-29T21:59:59+00:00", "2026-03-29T22:00:00+00:00"),
    "vers l'hiver": (date(2026, 9, 25), "2026-10-25T22:59:59+00:00", "2026-10-25T23:00:00+00:00"),
}


@pytest.mark.parametrize("cas", MINUITS)
def test_a_devis_lives_until_midnight_in_paris_of_its_last_day(cas):
    le, avant_minuit, minuit = MINUITS[cas]
    with a(avant_minuit):
        devis, autre = creer_devis_finalise(le=le), creer_devis_finalise(le=le)
        assert expirer_devis(au=devis.valide_jusqu_au) == 0
        assert accepter_devis(devis, par=ROBOT).statut == "accepte"

    with a(minuit):
        refuse("devis_perime", lambda: accepter_devis(autre, par=ROBOT))


def test_an_agreement_signed_in_time_may_be_noted_late():
    with a("2026-06-01T12:00:00+02:00"):
        devis, perime = creer_devis_finalise(), creer_devis_finalise()

    with a("2026-07-20T12:00:00+02:00"):
        refuse("devis_perime", lambda: accepter_devis(devis, par=ROBOT, le=date(2026, 7, 2)))
        assert expirer_devis(au=date(2026, 7, 20)) == 2
        refuse("devis_perime", lambda: accepter_devis(perime, par=ROBOT))
        accepte = accepter_devis(devis, par=ROBOT, le=date(2026, 7, 1))

    assert (accepte.statut, accepte.signe_le) == ("accepte", date(2026, 7, 1))


def test_a_signature_is_neither_before_the_devis_nor_ahead():
    with a("2026-06-10T12:00:00+02:00"):
        devis = creer_devis_finalise()
        for jour in (date(2026, 6, 9), date(2026, 6, 11)):
            erreur = refuse(
                "invalide", lambda j=jour: accepter_devis(devis, par=ROBOT, le=j), Invalide
            )
            assert list(erreur.champs) == ["le"]
        assert accepter_devis(devis, par=ROBOT).signe_le == date(2026, 6, 10)


def test_a_refusal_keeps_its_reason_and_is_final():
    devis = refuser_devis(creer_devis_finalise(), motif="pas cette année", par=ROBOT)

    devis.refresh_from_db()
    assert (devis.statut, devis.motif_refus) == ("refuse", "pas cette année")
    refuse("transition_refusee", lambda: accepter_devis(devis, par=ROBOT))


CODES = {
    ("particulier", "etablissement"): ["gratuit", "mediateur"],
    ("particulier", "distance"): ["gratuit", "mediateur", "retractation"],
    ("particulier", "domicile"): ["gratuit", "mediateur", "retractation", "sept_jours"],
    ("professionnel", "domicile"): [],
    ("professionnel", "distance"): [],
}


@pytest.mark.parametrize(("client", "conclusion"), CODES)
def test_the_place_of_signature_decides_of_the_mentions(client, conclusion):
    creer = creer_client if client == "particulier" else creer_professionnel

    devis = creer_devis_finalise(client=creer(), conclusion=conclusion)

    codes = [mention["code"] for mention in devis.mentions]
    assert codes == CODES[client, conclusion]
    assert all(mention["texte"].strip() for mention in devis.mentions)


@pytest.mark.parametrize(
    ("imprime", "signe"),
    [("etablissement", "distance"), ("etablissement", "domicile"), ("distance", "domicile")],
)
def test_a_devis_is_signed_where_its_mentions_hold(imprime, signe):
    devis = creer_devis_finalise(conclusion=imprime)

    refuse("mentions_absentes", lambda: accepter_devis(devis, conclusion=signe, par=ROBOT))

    assert accepter_devis(devis, conclusion=imprime, par=ROBOT).statut == "accepte"


@pytest.mark.parametrize("signe", ["etablissement", "distance", "domicile", ""])
def test_a_devis_printed_for_home_is_signed_anywhere(signe):
    devis = creer_devis_finalise(conclusion="domicile")

    assert accepter_devis(devis, conclusion=signe, par=ROBOT).statut == "accepte"


@pytest.fixture
def signe_chez_lui():
    """Signed at home on 1 June 2026: no payment before the 9th."""
    with a("2026-06-01T12:00:00+02:00"):
        return creer_devis_accepte(conclusion="domicile", client=creer_client(delai_jours=0))


def test_the_due_date_waits_for_the_seven_days(signe_chez_lui):
    with a("2026-06-01T12:00:00+02:00"):
        facture = facturer_et_emettre(signe_chez_lui, type="acompte", pourcentage=Decimal(30))

    assert facture.echeance == date(2026, 6, 9)


def test_a_due_date_after_the_seven_days_is_kept(signe_chez_lui):
    with a("2026-06-05T12:00:00+02:00"):
        brouillon = facturer(signe_chez_lui)
        brouillon.echeance = date(2026, 6, 30)
        brouillon.save()

        assert emettre_facture(brouillon, par=ROBOT).echeance == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("instant", "permis"),
    [
        ("2026-06-02T12:00:00+02:00", False),
        ("2026-06-08T23:59:59+02:00", False),
        ("2026-06-09T00:00:00+02:00", True),
    ],
)
def test_no_payment_before_the_eighth_day(signe_chez_lui, instant, permis):
    with a("2026-06-01T12:00:00+02:00"):
        facture = facturer_et_emettre(signe_chez_lui)

    with a(instant):
        if permis:
            payer(facture, "120.00")
            assert solde(facture) == 0
        else:
            refuse("sept_jours", lambda: payer(facture, "120.00"))


def test_the_day_of_the_payment_counts_not_the_day_of_its_entry(signe_chez_lui):
    with a("2026-06-01T12:00:00+02:00"):
        facture = facturer_et_emettre(signe_chez_lui)

    with a("2026-06-20T12:00:00+02:00"):
        refuse("sept_jours", lambda: payer(facture, "1.00", le=date(2026, 6, 8)))
        assert payer(facture, "1.00", le=date(2026, 6, 9)).le == date(2026, 6, 9)


def recevoir(client, le):
    return recevoir_paiement(client, montant=Decimal(50), mode="virement", le=le, par=ROBOT)


def test_money_for_no_invoice_yet_waits_too(signe_chez_lui):
    client = signe_chez_lui.client

    with a("2026-06-20T12:00:00+02:00"):
        refuse("sept_jours", lambda: recevoir(client, date(2026, 6, 8)))
        assert recevoir(client, date(2026, 6, 9)).montant == 50


def test_money_received_in_the_seven_days_does_not_settle_later():
    with a("2026-06-03T12:00:00+02:00"):  # the agreement is not known yet
        devis = creer_devis_finalise(le=date(2026, 6, 1), conclusion="domicile")
        recu = recevoir(devis.client, date(2026, 6, 3))
    with a("2026-06-20T12:00:00+02:00"):
        facture = facturer_et_emettre(accepter_devis(devis, le=date(2026, 6, 1), par=ROBOT))

        refuse("sept_jours", lambda: imputer(recu, facture, montant=Decimal(50), par=ROBOT))


def test_credit_of_the_client_waits_too():
    with a("2026-05-20T12:00:00+02:00"):
        client = creer_client()
        recu = recevoir(client, date(2026, 5, 20))
    with a("2026-06-01T12:00:00+02:00"):
        devis = creer_devis_accepte(conclusion="domicile", client=client)
        facture = facturer_et_emettre(devis)
    with a("2026-06-08T23:59:00+02:00"):
        refuse("sept_jours", lambda: imputer(recu, facture, montant=Decimal(50), par=ROBOT))

    with a("2026-06-09T12:00:00+02:00"):
        imputer(recu, facture, montant=Decimal(50), par=ROBOT)
    assert solde(facture) == 70


def test_a_surplus_kept_in_the_seven_days_waits_too():
    """Money beyond an older invoice could be for the devis just signed at home."""
    with a("2026-05-20T12:00:00+02:00"):
        ancienne = creer_facture(client=creer_client())
    with a("2026-06-01T12:00:00+02:00"):
        creer_devis_accepte(conclusion="domicile", client=ancienne.client)
        regle = {"mode": "carte", "le": date(2026, 6, 1), "par": ROBOT, "garder_le_surplus": True}
        refuse("sept_jours", lambda: encaisser(ancienne, montant=Decimal(150), **regle))

        encaisser(ancienne, montant=Decimal(120), **regle)

    assert solde(ancienne) == 0


@pytest.mark.parametrize(
    ("creer", "conclusion"), [(creer_client, "distance"), (creer_professionnel, "domicile")]
)
def test_others_pay_when_they_like(creer, conclusion):
    devis = creer_devis_accepte(client=creer(), conclusion=conclusion)
    facture = facturer_et_emettre(devis)

    encaisser(facture, montant=Decimal(120), mode="carte", le=facture.date, par=ROBOT)

    assert solde(facture) == 0
