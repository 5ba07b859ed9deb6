"""Retention: never the last verified, nothing while the newest is not verified. Pure."""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from artjardin.sauvegardes.retention import DERNIERES, Candidate, Regle, a_supprimer

DEBUT = date(2026, 1, 1)


def suite(jours: list[tuple[int, bool]]) -> list[Candidate]:
    """Backups in the order they were made, dated by a clock that may jump."""
    return [
        Candidate(nom=f"s{rang:04}", jour=DEBUT + timedelta(days=jour), verifiee=bonne, rang=rang)
        for rang, (jour, bonne) in enumerate(jours)
    ]


PASSES = st.lists(st.tuples(st.integers(0, 900), st.booleans()), max_size=60).map(suite)
REGLES = st.builds(Regle, st.integers(0, 12), st.integers(0, 6), st.integers(0, 3))


def attendues(verifiees: list[Candidate], regle: Regle) -> set[str]:
    """The verified ones that stay, said another way: walking back from the newest."""
    gardees = {une.nom for une in verifiees[-DERNIERES:]}
    for forme, nombre in (("%Y-%m-%d", regle.jours), ("%Y-%m", regle.mois), ("%Y", regle.ans)):
        vues: list[str] = []
        for une in reversed(verifiees):
            periode = f"{une.jour:{forme}}"
            if periode not in vues and len(vues) < nombre:
                gardees.add(une.nom)
            vues.append(periode) if periode not in vues else None
    return gardees


@settings(max_examples=300, deadline=None)
@given(PASSES, REGLES)
def test_whatever_the_past_and_the_clock_the_rule_holds(passe, regle):
    parties = set(a_supprimer(passe, regle))

    verifiees = [une for une in passe if une.verifiee]
    restent = [une.nom for une in verifiees if une.nom not in parties]
    assert len(restent) >= min(DERNIERES, len(verifiees))
    if passe and not passe[-1].verifiee:
        assert not parties
    elif passe:
        assert set(restent) == attendues(verifiees, regle)
        reste = [une for une in passe if une.nom not in parties]
        assert a_supprimer(reste, regle) == []


@settings(max_examples=100, deadline=None)
@given(PASSES, REGLES)
def test_one_that_was_not_verified_stays_as_long_as_the_kept_days(passe, regle):
    parties = set(a_supprimer(passe, regle))
    gardees = attendues([une for une in passe if une.verifiee], Regle(regle.jours, 0, 0))

    for une in passe:
        plus_vieilles = [v for v in passe if v.verifiee and v.rang < une.rang and v.nom in gardees]
        if not une.verifiee and plus_vieilles and regle.jours > DERNIERES:
            assert une.nom not in parties


def test_the_order_given_changes_nothing():
    passe = suite([(jour, jour % 5 != 0) for jour in range(1, 100)])
    melange = random.Random(4).sample(passe, len(passe))  # noqa: S311

    assert a_supprimer(melange, Regle()) == a_supprimer(passe, Regle())
    assert a_supprimer([], Regle()) == []


def test_four_hundred_quiet_nights_keep_thirty_days_twelve_months_and_each_year():
    gardees: list[Candidate] = []
    for une in suite([(jour, True) for jour in range(400)]):
        parties = a_supprimer([*gardees, une], Regle())
        gardees = [u for u in [*gardees, une] if u.nom not in parties]

    jours = [une.jour for une in gardees]
    dernier = DEBUT + timedelta(days=399)
    quotidiennes = {dernier - timedelta(days=rang) for rang in range(30)}
    fins = {jour for jour in jours if (jour + timedelta(days=1)).day == 1}
    assert set(jours) == quotidiennes | fins | {dernier}
    assert len(fins) == 11  # with this month, which has not ended: twelve
    assert date(2026, 12, 31) in jours


def test_four_hundred_nights_of_faults_never_leave_zero_verified():
    """No backup, a drill that fails or is not made, the clock a year ahead or behind."""
    for graine in range(8):
        hasard = random.Random(graine)  # noqa: S311
        passe: list[Candidate] = []
        toutes: list[Candidate] = []
        for nuit in range(400):
            if hasard.random() < 0.15:  # no backup
                continue
            saut = hasard.choice([0] * 30 + [365, -365, 40, -1])
            jour = DEBUT + timedelta(days=nuit + saut)
            une = Candidate(f"s{nuit:04}", jour, hasard.random() > 0.3, nuit)
            passe, avant = [*passe, une], passe
            toutes.append(une)
            parties = set(a_supprimer(passe, Regle()))
            if not une.verifiee:
                assert not parties
            passe = [u for u in passe if u.nom not in parties]
            assert any(u.verifiee for u in passe) or not any(u.verifiee for u in [*avant, une])
        dernieres = [u for u in toutes if u.verifiee and u.rang <= max(v.rang for v in passe)]
        if toutes[-1].verifiee:
            assert {u.nom for u in passe if u.verifiee} == attendues(dernieres, Regle())
