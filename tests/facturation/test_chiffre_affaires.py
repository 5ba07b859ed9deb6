"""The turnover of a period: issued, cashed shared over the rates, and what ties them together."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facturation import services
from facturation.comptes.chiffre_affaires import chiffrer_la_periode
from facturation.comptes.ventilation import encaisser_par_mois, ventiler
from facturation.models import Facture, Paiement
from facturation.montants import TAUX_TVA, Tva
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, creer_brouillon, creer_facture, ligne, payer
from tests.facturation.vie import DEBUT, Vie, a_midi, reprendre, somme

JANVIER = date(2026, 1, 1)
ZERO = Decimal(0)
CENT = Decimal("0.01")
UN_JOUR = timedelta(days=1)
REDUIT = {"taux_tva": Decimal("10.00"), "justification_tva": "Logement de plus de deux ans"}
bases = st.decimals(0, 99999, places=2)
documents = st.lists(
    st.builds(Tva, st.sampled_from(TAUX_TVA), bases),
    min_size=1,
    max_size=4,
    unique_by=lambda t: t.taux,
)


def total(par_taux):
    return somme(tva.base + tva.montant for tva in par_taux)


@st.composite
def encaissements(draw):
    """A document, and two amounts cashed of it, the smaller first."""
    par_taux = draw(documents)
    cents = st.integers(0, int(total(par_taux) * 100)).map(lambda n: n * CENT)
    return par_taux, *sorted([draw(cents), draw(cents)])


@given(encaissements())
def test_the_parts_sum_to_what_was_cashed_to_the_cent(cas):
    par_taux, encaisse, _ = cas

    parts = ventiler(encaisse, par_taux)

    assert total(parts) == encaisse
    assert [part.taux for part in parts] == [tva.taux for tva in par_taux]
    for part in parts:
        assert part.base == part.base.quantize(CENT)
        assert part.montant == part.montant.quantize(CENT)


@given(documents)
def test_all_cashed_gives_the_rates_themselves(par_taux):
    parts = ventiler(total(par_taux), par_taux)

    assert [(p.base, p.montant) for p in parts] == [(t.base, t.montant) for t in par_taux]


@given(encaissements())
def test_no_part_shrinks_when_more_is_cashed(cas):
    par_taux, moins, plus = cas

    for avant, apres in zip(ventiler(moins, par_taux), ventiler(plus, par_taux), strict=True):
        assert (avant.base <= apres.base, avant.montant <= apres.montant) == (True, True)


@given(encaissements())
def test_each_part_is_its_share_within_two_cents(cas):
    par_taux, encaisse, _ = cas
    tout = total(par_taux)

    for tva, part in zip(par_taux, ventiler(encaisse, par_taux), strict=True):
        for entier, morceau in ((tva.base, part.base), (tva.montant, part.montant)):
            exacte = Fraction(encaisse) * Fraction(entier) / Fraction(tout) if tout else 0
            assert abs(Fraction(morceau) - exacte) <= Fraction(2, 100)


@given(documents, bases)
def test_what_exceeds_a_document_settles_nothing(par_taux, trop):
    assert ventiler(total(par_taux) + trop, par_taux) == ventiler(total(par_taux), par_taux)
    assert total(ventiler(-trop, par_taux)) == 0


@given(encaissements(), st.integers(0, 3))
def test_the_months_of_an_invoice_sum_to_its_state_at_the_end(cas, rang):
    par_taux, premier, second = cas
    mois = ["", "2026-01", "2026-02", "2026-03"]
    regle = {mois[rang]: premier, mois[-1]: second - premier} if rang < 3 else {mois[-1]: second}

    parts = list(encaisser_par_mois(regle, {"": par_taux}))

    for taux in {tva.taux for tva in par_taux}:
        fin = next(p for p in ventiler(second, _tries(par_taux)) if p.taux == taux)
        assert somme(p.base for _, p in parts if p.taux == taux) == fin.base
        assert somme(p.montant for _, p in parts if p.taux == taux) == fin.montant


def _tries(par_taux):
    return sorted(par_taux, key=lambda tva: -tva.taux)


def test_a_credit_note_shares_anew_what_was_cashed():
    """120,00 at 20 % and 110,00 at 10 %; 115,00 is cashed, then the second rate is credited."""
    entiere = [Tva(Decimal(20), Decimal("100.00")), Tva(Decimal(10), Decimal("100.00"))]
    avoir = [Tva(Decimal(10), Decimal("-100.00"))]

    parts = list(
        encaisser_par_mois(
            {"2026-01": Decimal("115.00"), "2026-03": Decimal("5.00")},
            {"2026-01": entiere, "2026-02": avoir},
        )
    )

    assert [(mois, part.taux, part.base, part.montant) for mois, part in parts] == [
        ("2026-01", 20, 50, 10),
        ("2026-01", 10, 50, 5),
        ("2026-02", 20, Decimal("45.83"), Decimal("9.17")),
        ("2026-02", 10, -50, -5),
        ("2026-03", 20, Decimal("4.17"), Decimal("0.83")),
        ("2026-03", 10, 0, 0),
    ]


def resume(ventes):
    """The sales as (rate, HT, VAT)."""
    return [(v.taux, v.ht, v.tva) for v in ventes.par_taux]


def du_mois(mois, *, encaisse=True):
    du = date(2026, mois, 1)
    chiffre = chiffrer_la_periode(du=du, au=date(2026, mois + 1, 1) - timedelta(days=1))
    return resume(chiffre.encaisse if encaisse else chiffre.emis)


@pytest.fixture
def facture(db):
    """100,00 HT at 20 % and 100,00 at 10 %, 230,00 TTC, of the 1st of January 2026."""
    with a_midi(JANVIER):
        return creer_facture(lignes=[ligne(), ligne(**REDUIT)])


def test_what_is_issued_counts_on_its_day_by_rate(facture):
    with a_midi(date(2026, 1, 31)):
        creer_facture(client=facture.client)
        creer_brouillon(client=facture.client)
    with a_midi(date(2026, 2, 1)):
        avoir = services.faire_un_avoir(facture, motif="x", par=ROBOT, lignes=[ligne(**REDUIT)])
        services.emettre_facture(avoir, par=ROBOT)

    assert du_mois(1, encaisse=False) == [(20, 200, 40), (10, 100, 10)]
    assert du_mois(2, encaisse=False) == [(10, -100, -10)]
    assert chiffrer_la_periode(du=JANVIER, au=date(2026, 2, 28)).emis.ttc == 240
    jour = chiffrer_la_periode(du=date(2026, 1, 2), au=date(2026, 1, 30))
    assert (jour.emis.par_taux, jour.emis.ttc) == ((), 0)


def test_what_is_cashed_counts_on_its_day_shared_over_the_rates(facture):
    with a_midi(date(2026, 2, 3)):
        payer(facture, "115.00", le=date(2026, 1, 31))
        payer(facture, "115.00", le=date(2026, 2, 1))

    assert du_mois(1) == [(20, 50, 10), (10, 50, 5)]
    assert du_mois(2) == [(20, 50, 10), (10, 50, 5)]
    assert du_mois(3) == []


def test_a_cancelled_payment_counts_below_zero_on_the_day_it_is(facture):
    with a_midi(date(2026, 1, 31)):
        paiement = payer(facture, "115.00")
    with a_midi(date(2026, 2, 1)):
        services.annuler_paiement(paiement, motif="rejeté", par=ROBOT)

    assert du_mois(1) == [(20, 50, 10), (10, 50, 5)]
    assert du_mois(2) == [(20, -50, -10), (10, -50, -5)]


def test_credit_is_cashed_on_the_day_it_is_allocated(facture):
    with a_midi(date(2026, 1, 31)):
        paiement = services.recevoir_paiement(
            facture.client, montant=Decimal(230), mode="virement", le=JANVIER, par=ROBOT
        )
    with a_midi(date(2026, 2, 1)):
        services.imputer(paiement, facture, montant=Decimal(230), par=ROBOT)

    janvier = chiffrer_la_periode(du=JANVIER, au=date(2026, 1, 31))
    assert (janvier.encaisse.ttc, janvier.recu) == (0, 230)
    assert (janvier.avances.ouverture, janvier.avances.cloture) == (0, 230)
    fevrier = chiffrer_la_periode(du=date(2026, 2, 1), au=date(2026, 2, 28))
    assert (fevrier.encaisse.ttc, fevrier.recu, fevrier.avances.variation) == (230, 0, -230)
    assert resume(fevrier.encaisse) == [(20, 100, 20), (10, 100, 10)]


def test_a_credit_note_on_a_paid_invoice_turns_cash_into_an_advance(facture):
    with a_midi(date(2026, 1, 10)):
        payer(facture, "230.00")
    with a_midi(date(2026, 2, 10)):
        avoir = services.faire_un_avoir(facture, motif="x", par=ROBOT, lignes=[ligne(**REDUIT)])
        services.emettre_facture(avoir, par=ROBOT, le=date(2026, 2, 1))

    for fin in (1, 9, 10, 28):
        chiffre = chiffrer_la_periode(du=date(2026, 2, 1), au=date(2026, 2, fin))
        assert resume(chiffre.encaisse) == [(10, -100, -10)]
        assert (chiffre.recu, chiffre.avances.variation) == (0, 110)


def test_imported_invoices_count(db):
    facture = reprendre(creer_client())
    payer(facture, "190.00", le=facture.date + timedelta(days=3))

    chiffre = chiffrer_la_periode(du=facture.date, au=facture.date + timedelta(days=3))
    assert resume(chiffre.emis) == resume(chiffre.encaisse) == [(20, 200, 40)]
    apres = chiffrer_la_periode(du=facture.date + timedelta(days=1), au=facture.date)
    assert (apres.emis.ttc, apres.recu) == (0, 0)


def test_money_that_precedes_an_imported_invoice_is_cashed_on_its_day(db):
    facture = reprendre(creer_client(), regle="0.00")
    payer(facture, "240.00", le=facture.date - timedelta(days=5))

    avant = chiffrer_la_periode(du=facture.date - timedelta(days=9), au=facture.date - UN_JOUR)
    assert (avant.encaisse.ttc, avant.recu, avant.avances.variation) == (0, 240, 240)
    jour = chiffrer_la_periode(du=facture.date, au=facture.date)
    assert (resume(jour.encaisse), jour.avances.variation) == ([(20, 200, 40)], -240)


def par_taux(chiffres, sens):
    """The sales of some periods, summed by rate."""
    sommes = {}
    for chiffre in chiffres:
        for vente in getattr(chiffre, sens).par_taux:
            ht, tva = sommes.get(vente.taux, (ZERO, ZERO))
            sommes[vente.taux] = (ht + vente.ht, tva + vente.tva)
    return {taux: valeurs for taux, valeurs in sommes.items() if any(valeurs)}


@pytest.mark.django_db
@pytest.mark.parametrize("graine", range(10, 13))
def test_periods_sum_and_what_is_settled_is_cashed_at_its_rates(graine):
    vie = Vie(graine)
    vie.tout_solder()
    debut, fin = DEBUT - timedelta(days=30), vie.fin
    bornes = [debut, *(jour for jour in vie.jours()[::5] if debut < jour < fin), fin + timedelta(1)]
    morceaux = [
        chiffrer_la_periode(du=du, au=suivant - timedelta(days=1))
        for du, suivant in pairwise(bornes)
    ]
    tout = chiffrer_la_periode(du=debut, au=fin)

    for sens in ("emis", "encaisse"):
        assert par_taux(morceaux, sens) == par_taux([tout], sens) == par_taux(tout.mois, sens)
    for chiffre in [*morceaux, tout]:
        assert chiffre.recu == chiffre.encaisse.ttc + chiffre.avances.variation
        avances = chiffre.avances
        assert avances.variation == avances.cloture - avances.ouverture
        for ventes in (chiffre.emis, chiffre.encaisse):
            assert ventes.ttc == ventes.ht + ventes.tva == somme(v.ttc for v in ventes.par_taux)
    assert tout.recu == somme(p.montant for p in Paiement.objects.all())
    assert (Facture.objects.ouvertes().count(), tout.avances.cloture) == (0, 0)
    assert par_taux([tout], "encaisse") == par_taux([tout], "emis")


def test_the_queries_do_not_grow_with_the_rows(django_assert_num_queries, facture):
    for _ in range(2):
        for _ in range(2):
            autre = creer_facture()
            services.annuler_paiement(payer(autre, "10.00"), motif="x", par=ROBOT)
            payer(autre, "20.00")
            avoir = services.faire_un_avoir(autre, motif="x", par=ROBOT)
            services.emettre_facture(avoir, par=ROBOT)
        with django_assert_num_queries(8):
            chiffrer_la_periode(du=JANVIER, au=autre.date)
