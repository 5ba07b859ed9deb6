"""The state machine of the watch, at random: what is told, how often, and never twice."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.veille import carnet
from ops.veille.automate import CALME, FENETRE, TROU, Genre, Regles, Suivi, Vu, avancer
from ops.veille.carnet import Carnet
from ops.veille.horloge import Horloge

REGLES = Regles(maintien=60.0, rappel=6 * 3600.0)
PAS = st.sampled_from([2.0, 60.0, 60.0, 60.0, 61.0, 250.0, 299.0, 301.0, 3600.0, 7 * 3600.0])
VUES = st.lists(
    st.tuples(PAS, st.sampled_from([True, True, False, False, None])), min_size=1, max_size=200
)
DELAIS = st.sampled_from([0.0, 2.0, 300.0])


def derouler(vues, delai=300.0, *, suivi=None, redemarrer=frozenset()):
    """Each look, its moment, and what was told of it."""
    suivi, a, dits = suivi or Suivi(), 1_000_000.0, []
    for rang, (pas, panne) in enumerate(vues):
        a += pas
        suivi, fait = avancer(suivi, Vu(panne, delai), a=a, regles=REGLES)
        if rang in redemarrer:
            suivi = carnet.lire(carnet.ecrire(Carnet(suivis={"x": suivi}))).suivis["x"]
        if fait is not None:
            dits.append((a, fait))
    return suivi, dits


def minutes(mot: str) -> list[tuple[float, bool | None]]:
    """A look a minute: `#` in panne, `.` well, `?` not known."""
    return [(60.0, {"#": True, ".": False, "?": None}[signe]) for signe in mot]


def genres(vues, **options) -> list[str]:
    return [fait.genre.value for _, fait in derouler(vues, **options)[1]]


@pytest.mark.parametrize(
    ("mot", "attendu"),
    [
        ("#####", []),
        ("######", ["ouverture"]),
        ("######...", ["ouverture", "retour"]),
        ("######.", ["ouverture"]),
        ("######.#", ["ouverture"]),
        ("###.###", ["ouverture"]),  # one good look is no recovery
        ("###..####", []),
        ("???????", []),
        ("######????????..", ["ouverture", "retour"]),
        ("######.?.?.?", ["ouverture"]),
        ("#" * 366, ["ouverture", "rappel"]),
        ("#" * 726, ["ouverture", "rappel", "rappel"]),
    ],
)
def test_a_look_a_minute(mot, attendu):
    assert genres(minutes(mot)) == attendu


def test_without_a_delay_the_first_look_tells():
    assert genres(minutes("#.."), delai=0.0) == ["ouverture", "retour"]


def test_what_is_acknowledged_is_not_told_again_but_its_end_is():
    suivi, _ = derouler(minutes("#" * 6))
    acquitte = Suivi(**{nom: getattr(suivi, nom) for nom in Suivi.__slots__} | {"acquitte": True})

    suite = [(60.0, True)] * 800 + [(60.0, False)] * 2
    dits = []
    for rang, (_, panne) in enumerate(suite, 1):
        a = 1_000_360.0 + 60 * rang
        acquitte, fait = avancer(acquitte, Vu(panne, 300.0), a=a, regles=REGLES)
        dits += [fait.genre] if fait else []

    assert dits == [Genre.RETOUR]
    assert acquitte.acquitte is False


def test_the_recovery_says_how_long_it_lasted():
    (_, ouverture), (_, retour) = derouler(minutes("#" * 12 + "...."))[1]

    assert (ouverture.duree, retour.duree) == (300.0, 720.0)
    assert ouverture.depuis == retour.depuis


def test_what_opens_three_times_is_told_back_after_a_calm_hour_only():
    va_et_vient = ("#" * 6 + "..") * 6
    fin = "." * 70

    assert genres(minutes(va_et_vient)) == [
        "ouverture", "retour", "ouverture", "retour", "ouverture",
    ]  # fmt: skip
    assert genres(minutes(va_et_vient + fin))[-1] == "retour"
    assert derouler(minutes(va_et_vient))[0].instable


def test_after_a_gap_what_was_not_told_is_counted_anew_and_what_was_told_stays():
    """A machine that was off for a night, with one look in panne as it stopped."""
    nuit = 8 * 3600.0
    assert genres([*minutes("#"), (nuit, True), *minutes("..")]) == []
    ouvert = [*minutes("######"), (nuit, True)]
    assert genres(ouvert) == ["ouverture", "rappel"]
    assert genres([*minutes("######."), (nuit, False)]) == ["ouverture"]


@given(vues=VUES, delai=DELAIS)
@example(vues=minutes("######.#" * 20), delai=300.0)
def test_openings_and_recoveries_follow_each_other(vues, delai):
    sorts = [fait.genre for _, fait in derouler(vues, delai)[1]]

    assert sorts[:1] in ([], [Genre.OUVERTURE])
    for avant, apres in pairwise(sorts):
        assert (apres is Genre.OUVERTURE) == (avant is Genre.RETOUR)


@given(avant=VUES, pas=st.lists(st.floats(1, TROU), min_size=1, max_size=200), delai=DELAIS)
def test_every_panne_longer_than_its_delay_is_told(avant, pas, delai):
    deja, _ = derouler(avant, delai)
    suivi, dits = derouler(avant + [(un, True) for un in pas], delai)

    if sum(pas[1:]) >= delai:
        assert suivi.est_ouvert
        assert deja.est_ouvert or any(fait.genre is Genre.OUVERTURE for _, fait in dits)


@given(vues=VUES, delai=DELAIS)
@example(vues=[(2.0, n % 40 < 8) for n in range(2000)], delai=0.0)
@example(vues=[(61.0, n % 3 == 0) for n in range(2000)], delai=0.0)
def test_messages_are_few_whatever_happens(vues, delai):
    dits = derouler(vues, delai)[1]

    for debut, _ in dits:
        heure = [un for a, un in dits if debut <= a < debut + CALME]
        six_heures = [
            un for a, un in dits if debut <= a < debut + FENETRE and un.genre is not Genre.RAPPEL
        ]
        assert len(heure) <= 6
        assert len(six_heures) <= 12


@given(vues=VUES, delai=DELAIS, redemarrer=st.frozensets(st.integers(0, 200)))
def test_a_restart_anywhere_loses_and_doubles_nothing(vues, delai, redemarrer):
    assert derouler(vues, delai, redemarrer=redemarrer) == derouler(vues, delai)


@given(vues=st.lists(st.tuples(st.floats(-(10.0**6), 10.0**6), st.booleans()), max_size=50))
def test_a_clock_that_goes_back_neither_opens_nor_closes_by_itself(vues):
    """Handed as it is, without the clock that is there to prevent it."""
    sorts = [fait.genre for _, fait in derouler(vues)[1]]
    for avant, apres in pairwise(sorts):
        assert (apres is Genre.OUVERTURE) == (avant is Genre.RETOUR)


class TestClock:
    @pytest.fixture
    def temps(self):
        return {"mur": 1_000.0, "mono": 50.0}

    @pytest.fixture
    def horloge(self, temps):
        return Horloge(murale=lambda: temps["mur"], ecoulee=lambda: temps["mono"])

    def test_only_what_went_by_counts(self, horloge, temps):
        debut = horloge.maintenant()
        temps["mono"] += 60
        temps["mur"] -= 3600  # the hour that is lived twice, or a clock set right

        assert horloge.maintenant() - debut == 60
        assert horloge.heure(horloge.maintenant()) == temps["mur"]
        assert horloge.heure(debut) == temps["mur"] - 60

    def test_after_a_restart_it_goes_on_from_what_was_saved(self, horloge, temps):
        horloge.reprendre(au_moins=5_000.0)
        assert horloge.maintenant() == 5_000.0
        temps["mono"] += 1
        horloge.reprendre(au_moins=10.0)
        assert horloge.maintenant() == 5_001.0
        assert horloge.heure(horloge.maintenant()) == temps["mur"]


@pytest.mark.parametrize("abime", [b"", b"\xff\xfe", b"{}", b"abc\n{}\n", b"\n" * 3])
def test_a_notebook_that_is_not_whole_is_not_read(abime):
    with pytest.raises(carnet.Illisible):
        carnet.lire(abime)


@given(st.integers(0, 10_000))
def test_a_notebook_cut_or_altered_anywhere_is_not_read(rang):
    entier = carnet.ecrire(Carnet(ordre=3, suivis={"x": Suivi(vu_le=5.0)}, patrons=["a@b.fr"]))
    rang %= len(entier)

    assert carnet.lire(entier).suivis["x"].vu_le == 5.0
    retourne = entier[:rang] + bytes([entier[rang] ^ 1]) + entier[rang + 1 :]
    for abime in (entier[:rang], retourne):
        with pytest.raises(carnet.Illisible):
            carnet.lire(abime)
