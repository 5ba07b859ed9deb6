"""Looking at everything at once: bounds, what hangs, what depends on what."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import DatabaseError, connection

from ops.sante.constats import Etat, Releve, Sonde, le_pire
from ops.sante.examen import PATIENCE, Examinateur, eprouver

LIBRE = threading.Event()
APPELS: list[str] = []


def saine() -> Releve:
    APPELS.append("saine")
    return Releve(Etat.OK, valeur=3.0, unite="s")


def cassee() -> Releve:
    raise ConnectionRefusedError("refusé\nDETAIL: rien de plus")


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


def test_one_that_hangs_holds_nobody_and_is_not_started_twice():
    examinateur = Examinateur([sonde("pendue"), sonde("saine")])
    debut = time.monotonic()
    for _ in range(3):
        constats = examinateur.examiner(borne=0.2)

    assert time.monotonic() - debut < 2
    assert APPELS.count("pendue") == 1
    assert APPELS.count("saine") == 3
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
    assert etats(Examinateur(groupe).examiner(borne=0.2)) == {
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
