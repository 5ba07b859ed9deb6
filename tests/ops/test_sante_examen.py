"""Looking at everything at once: bounds, what hangs, what depends on what."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from smtplib import SMTPAuthenticationError

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from ops.sante.constats import Constat, Etat, Releve, Sonde, le_pire
from ops.sante.examen import PATIENCE, RECENT, Examinateur, eprouver

LIBRE = threading.Event()
APPELS: list[str] = []


def saine() -> Releve:
    APPELS.append("saine")
    return Releve(Etat.OK, valeur=3.0, unite="s")


def cassee() -> Releve:
    raise ConnectionRefusedError("refusé\nDETAIL: rien de plus")


def bavarde() -> Releve:
    raise SMTPAuthenticationError(535, b"refused for claire.moreau@art-jardin.example")


def pendue() -> Releve:
    APPELS.append("pendue")
    LIBRE.wait(20)
    return Releve(Etat.OK)


def tardive() -> Releve:
    """Well at first, then in panne after a while."""
    APPELS.append("tardive")
    if APPELS == ["tardive"]:
        return Releve(Etat.OK)
    LIBRE.wait(20)
    raise ConnectionError


def ecrit() -> Releve:
    with connection.cursor() as curseur:
        curseur.execute("CREATE TABLE jamais (id int)")
    return Releve(Etat.OK)


def dort() -> Releve:
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_sleep(5)")
    return Releve(Etat.OK)


def sonde(nom, **options):
    return Sonde(nom, nom.title(), f"{__name__}.{nom}", "rien à faire", **options)


@pytest.fixture(autouse=True)
def libre():
    LIBRE.clear()
    APPELS.clear()
    yield
    LIBRE.set()


def etats(constats):
    return {c.sonde.nom: (str(c.etat), c.cause) for c in constats}


def test_each_says_what_it_saw():
    [bien, mal] = Examinateur([sonde("saine"), sonde("cassee")]).examiner(borne=2)

    assert (bien.etat, bien.valeur, bien.unite, bien.message) == (Etat.OK, 3.0, "s", "")
    assert (mal.etat, mal.message) == (Etat.PANNE, "ConnectionRefusedError : refusé")
    assert le_pire([bien]) is Etat.OK
    assert le_pire([bien, mal]) is Etat.PANNE
    assert le_pire([]) is Etat.OK


def test_the_error_of_a_probe_goes_to_people_without_an_address():
    [constat] = Examinateur([sonde("bavarde")]).examiner(borne=2)

    assert constat.en_panne
    assert "535" in constat.message
    assert "claire" not in constat.message


def test_what_waits_in_the_office_does_not_stop_the_site():
    [bien, mal] = Examinateur([sonde("saine"), sonde("cassee", activite=True)]).examiner(borne=2)

    assert mal.en_panne
    assert le_pire([bien, mal]) is Etat.DEGRADE


def test_one_that_was_never_heard_is_not_known_before_it_is_in_panne():
    examinateur = Examinateur([sonde("pendue")])
    assert etats(examinateur.examiner(borne=0.1)) == {"pendue": ("dégradé", "pendue")}
    examinateur._tours["pendue"].debut -= PATIENCE
    assert etats(examinateur.examiner(borne=0.1)) == {"pendue": ("panne", "")}


def test_one_without_which_nothing_serves_is_in_panne_until_it_is_heard():
    [constat] = Examinateur([sonde("pendue", essentielle=True)]).examiner(borne=0.1)
    assert constat.en_panne


@pytest.mark.parametrize(
    ("propre", "repondu", "attendu"),
    [(None, True, 60), (0, True, 0), (0, False, 60), (180, True, 60), (7200, True, 7200),
     (7200, False, 7200)],
)  # fmt: skip
def test_how_long_a_panne_lasts_before_it_is_told(propre, repondu, attendu):
    """What a probe finds is told at its own time; one that breaks tells nothing of its subject."""
    delai = None if propre is None else timedelta(seconds=propre)
    subie = sonde("saine", delai=delai)
    constat = Constat(subie, Etat.PANNE, "", 0.0, timezone.now(), repondu=repondu)

    assert constat.delai(timedelta(seconds=60)) == timedelta(seconds=attendu)


def test_one_that_hangs_holds_nobody_and_is_not_started_twice():
    examinateur = Examinateur([sonde("pendue"), sonde("saine")])
    debut = time.monotonic()
    for _ in range(3):
        constats = examinateur.examiner(borne=0.2)

    assert time.monotonic() - debut < 2
    assert APPELS.count("pendue") == 1
    assert APPELS.count("saine") == 3
    assert etats(constats) == {"pendue": ("dégradé", "pendue"), "saine": ("ok", "")}
    examinateur._tours["pendue"].debut -= PATIENCE
    constats = examinateur.examiner(borne=0.1)

    assert etats(constats) == {"pendue": ("panne", ""), "saine": ("ok", "")}
    assert constats[0].message.startswith("ne répond pas depuis")
    assert not examinateur.complet


def test_it_is_asked_again_once_it_has_answered():
    examinateur = Examinateur([sonde("pendue")])
    examinateur.examiner(borne=0.1)
    LIBRE.set()
    assert etats(examinateur.examiner(borne=2)) == {"pendue": ("ok", "")}
    examinateur.examiner(borne=2)
    assert APPELS == ["pendue", "pendue"]
    assert examinateur.complet


def test_what_was_last_seen_counts_while_it_is_only_slow(monkeypatch):
    examinateur = Examinateur([sonde("pendue")])
    LIBRE.set()
    examinateur.examiner(borne=2)
    LIBRE.clear()
    assert etats(examinateur.examiner(borne=0.1)) == {"pendue": ("ok", "")}

    examinateur._tours["pendue"].debut -= PATIENCE
    assert etats(examinateur.examiner(borne=0.1)) == {"pendue": ("panne", "")}


def test_what_was_seen_long_ago_says_nothing_of_now():
    """A thing that froze while nobody asked is not said to be well."""
    examinateur = Examinateur([sonde("pendue")])
    LIBRE.set()
    with time_machine.travel(timezone.now() - RECENT, tick=False):
        examinateur.examiner(borne=2)
    LIBRE.clear()
    assert etats(examinateur.examiner(borne=0.1)) == {"pendue": ("panne", "")}


def test_what_was_seen_too_late_for_who_asked_counts_for_the_next():
    examinateur = Examinateur([sonde("tardive")])
    LIBRE.set()
    examinateur.examiner(borne=2)
    LIBRE.clear()
    examinateur.examiner(borne=0.05)
    LIBRE.set()
    examinateur._tours["tardive"].fini.wait(5)
    LIBRE.clear()

    assert etats(examinateur.examiner(borne=0.05)) == {"tardive": ("panne", "")}


def test_those_behind_it_in_its_group_wait_for_it():
    groupe = [sonde(nom, groupe="file") for nom in ("saine", "pendue", "cassee")]
    examinateur = Examinateur(groupe)
    examinateur.examiner(borne=0.1)
    examinateur._tours["file"].debut -= PATIENCE
    assert etats(examinateur.examiner(borne=0.1)) == {
        "saine": ("ok", ""),
        "pendue": ("panne", ""),
        "cassee": ("dégradé", "pendue"),
    }


def test_what_depends_on_a_panne_is_not_known_rather_than_in_panne():
    sondes = [sonde("cassee"), sonde("dort", demande=("cassee",)), sonde("saine", demande=("x",))]
    sondes[1] = Sonde("autre", "Autre", f"{__name__}.cassee", "", demande=("cassee",))

    [cassee, autre, saine] = Examinateur(sondes).examiner(borne=2)

    assert cassee.en_panne
    assert (autre.etat, autre.cause) == (Etat.DEGRADE, "cassee")
    assert autre.message == "inconnu tant que Cassee est en panne"
    assert saine.etat is Etat.OK


def test_what_answers_without_the_thing_in_panne_is_believed():
    sondes = [sonde("cassee"), sonde("saine", demande=("cassee",))]
    assert etats(Examinateur(sondes).examiner(borne=2))["saine"] == ("ok", "")


@pytest.mark.django_db
@pytest.mark.parametrize(("nom", "dit"), [("ecrit", "read-only"), ("dort", "statement timeout")])
def test_a_probe_of_the_database_only_reads_and_does_not_last(nom, dit):
    constat = eprouver(sonde(nom, groupe="base"))

    assert constat.etat is Etat.PANNE
    assert dit in constat.message
    assert constat.duree_ms < 3000
    with connection.cursor() as curseur, pytest.raises(DatabaseError, match="jamais"):
        curseur.execute("SELECT * FROM jamais")
