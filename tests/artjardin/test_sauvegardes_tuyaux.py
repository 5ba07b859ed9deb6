"""The encrypted streams: whole or refused, in flat memory, and no process left behind."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage import x25519

from artjardin.sauvegardes import tuyaux
from artjardin.sauvegardes.tuyaux import Echec, chiffrer, dechiffrer, ecrire_a, lire_de

CLEF = x25519.Identity.generate()
AUTRE = x25519.Identity.generate()
PATH = {"PATH": os.environ["PATH"]}
CLAIR = b"".join(b"ligne %d\n" % rang for rang in range(30_000))


def chiffre(clair: bytes, *clefs) -> bytes:
    sortie = io.BytesIO()
    chiffrer(io.BytesIO(clair), sortie, [clef.to_public() for clef in clefs or (CLEF,)])
    return sortie.getvalue()


def dechiffre(octets: bytes, *clefs) -> bytes:
    clair = io.BytesIO()
    dechiffrer(io.BytesIO(octets), clair.write, clefs or (CLEF,))
    return clair.getvalue()


ENTIER = chiffre(CLAIR)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=5_000), st.integers(1, 60))
def test_what_was_encrypted_comes_back(clair, fois):
    assert dechiffre(chiffre(clair * fois)) == clair * fois


def test_each_recipient_opens_it_and_its_measure_is_that_of_the_file():
    sortie = io.BytesIO()
    mesure = chiffrer(io.BytesIO(CLAIR), sortie, [CLEF.to_public(), AUTRE.to_public()])
    lu = dechiffrer(io.BytesIO(sortie.getvalue()), io.BytesIO().write, [AUTRE])

    assert dechiffre(sortie.getvalue(), AUTRE) == dechiffre(sortie.getvalue(), CLEF) == CLAIR
    assert (mesure.taille, mesure.sha256) == (lu.taille, lu.sha256)
    assert mesure.taille == len(sortie.getvalue())
    assert CLAIR[:40] not in sortie.getvalue()


def test_another_key_is_refused_and_named():
    with pytest.raises(Echec, match="clef ne correspond à aucun destinataire"):
        dechiffre(ENTIER, AUTRE)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(ENTIER) - 1))
def test_a_file_cut_anywhere_is_refused(longueur):
    with pytest.raises(Echec):
        dechiffre(ENTIER[:longueur])


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(ENTIER) - 1), st.integers(0, 7))
def test_any_bit_flipped_is_refused(octet, bit):
    altere = bytearray(ENTIER)
    altere[octet] ^= 1 << bit
    with pytest.raises(Echec):
        dechiffre(bytes(altere))


def test_what_is_encrypted_but_no_whole_zstd_is_refused():
    import pyrage  # noqa: PLC0415
    import zstandard  # noqa: PLC0415

    entier = zstandard.ZstdCompressor().compress(CLAIR)
    for contenu, dit in ((b"pas du zstd" * 9, "pas du zstd"), (entier[:-9], "incomplet")):
        with pytest.raises(Echec, match=dit):
            dechiffre(pyrage.encrypt(contenu, [CLEF.to_public()]))


class PleinApres(io.BytesIO):
    """A disk that is full after some bytes."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def write(self, octets) -> int:
        if self.tell() + len(octets) > self.place:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(octets)


@pytest.mark.parametrize("place", [0, 100, 9_000, -600])  # a file has a random length
def test_a_full_disk_is_said_as_such_wherever_it_happens(place):
    with pytest.raises(OSError, match="No space left") as refus:
        chiffrer(io.BytesIO(CLAIR), PleinApres(place % len(ENTIER)), [CLEF.to_public()])
    assert refus.value.errno == errno.ENOSPC

    with pytest.raises(OSError, match="No space left"):
        dechiffrer(io.BytesIO(ENTIER), PleinApres(place % 9_001).write, [CLEF])


class Muette:
    """A source that fails after some reads."""

    def __init__(self, octets: bytes, erreur: BaseException) -> None:
        self._octets, self._erreur = io.BytesIO(octets), erreur

    def read(self, taille: int = -1) -> bytes:
        if lus := self._octets.read(taille):
            return lus
        raise self._erreur


@pytest.mark.parametrize("erreur", [ConnectionError("coupé"), KeyboardInterrupt()])
def test_the_error_of_a_source_is_the_one_that_is_raised(erreur):
    with pytest.raises(type(erreur)):
        chiffrer(Muette(CLAIR, erreur), io.BytesIO(), [CLEF.to_public()])
    with pytest.raises(type(erreur)):
        dechiffrer(Muette(ENTIER[:20_000], erreur), io.BytesIO().write, [CLEF])


def test_the_progress_is_that_of_the_bytes_read():
    vus: list[int] = []
    dechiffrer(io.BytesIO(ENTIER), io.BytesIO().write, [CLEF], suivre=vus.append)

    assert vus == sorted(vus)
    assert vus[-1] == len(ENTIER)


def sh(corps: str) -> list[str]:
    return ["/bin/sh", "-c", corps]


def test_a_program_is_read_to_its_end():
    with lire_de(sh("printf bonjour"), PATH) as flux:
        assert flux.read() == b"bonjour"


@pytest.mark.parametrize(
    ("corps", "dit"),
    [
        ("printf tout; echo 'droits insuffisants' >&2; exit 1", r"code 1\) : droits insuffisants"),
        ("printf moitie; kill -9 $$", r"code -9\) : sans un mot"),
    ],
)
def test_a_program_that_fails_at_its_end_or_dies_is_a_failure(corps, dit):
    with pytest.raises(Echec, match=dit), lire_de(sh(corps), PATH) as flux:
        flux.read()


def test_whatever_stops_the_reader_ends_the_program(tmp_path):
    trace = tmp_path / "pid"
    debut = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        lire_et_s_arreter(sh(f"echo $$ > {trace}; exec yes"))

    assert time.monotonic() - debut < 5
    assert not vivant(trace)


def lire_et_s_arreter(commande) -> None:
    with lire_de(commande, PATH) as flux:
        flux.read(10_000)
        raise KeyboardInterrupt


def test_a_program_that_keeps_on_after_its_output_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(tuyaux, "PATIENCE", 0.2)
    trace = tmp_path / "pid"
    corps = f"echo $$ > {trace}; exec >&-; exec sleep 60"
    with pytest.raises(subprocess.TimeoutExpired), lire_de(sh(corps), PATH) as flux:
        flux.read()

    assert not vivant(trace)


def test_a_program_is_fed_to_its_end(tmp_path):
    with ecrire_a(sh(f"cat > {tmp_path / 'lu'}"), PATH) as entree:
        entree.write(CLAIR)

    assert (tmp_path / "lu").read_bytes() == CLAIR


def test_a_program_that_gives_up_says_why():
    with (
        pytest.raises(Echec, match=r"code 3\) : base pleine"),
        ecrire_a(sh("echo 'base pleine' >&2; exit 3"), PATH) as entree,
    ):
        dechiffrer(io.BytesIO(chiffre(os.urandom(300_000))), entree.write, [CLEF])


def test_a_program_that_closes_its_input_and_stays_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(tuyaux, "PATIENCE", 0.2)
    trace = tmp_path / "pid"
    corps = f"echo $$ > {trace}; exec <&-; exec sleep 60"
    with pytest.raises(Echec, match="code -1"):
        nourrir(sh(corps))

    assert not vivant(trace)


def test_a_program_that_succeeds_without_reading_all_is_a_failure():
    with pytest.raises(Echec):
        nourrir(sh("exit 0"))


def nourrir(commande) -> None:
    with ecrire_a(commande, PATH) as entree:
        for _ in range(200):
            entree.write(CLAIR)


def test_a_program_that_never_ends_is_ended_when_time_is_counted(tmp_path):
    trace = tmp_path / "pid"
    corps = f"echo $$ > {trace}; cat > /dev/null; exec sleep 60"
    with (
        pytest.raises(subprocess.TimeoutExpired),
        ecrire_a(sh(corps), PATH, patience=0.2) as entree,
    ):
        entree.write(b"tout")

    assert not vivant(trace)


def vivant(trace) -> bool:
    """Whether the program of this pid file is still there, as a process or a zombie."""
    try:
        os.kill(int(trace.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


POINTE = """
import io, json, resource, subprocess, sys
from pyrage import x25519
from artjardin.sauvegardes.tuyaux import chiffrer, dechiffrer, ecrire_a, lire_de

clef = x25519.Identity.generate()
fichier, env = sys.argv[1], {"PATH": "/usr/bin:/bin"}
def pointe():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
def sh(corps):
    return ["/bin/sh", "-c", corps, fichier]
avant = pointe()
source = "seq 10000000 12222222 > $0.x; for i in 1 2 3 4 5 6 7 8 9 a b c d e f; do cat $0.x; done"
with open(fichier, "wb") as sortie, lire_de(sh(source), env) as flux:
    ecrit = chiffrer(flux, sortie, [clef.to_public()])
with open(fichier, "rb") as flux, ecrire_a(sh('wc -c > "$0.lus"'), env) as entree:
    lu = dechiffrer(flux, entree.write, [clef])
lus = int(open(fichier + ".lus").read())
print(json.dumps([pointe() - avant, lus, ecrit.sha256 == lu.sha256]))
"""


def test_memory_is_flat_on_300_megabytes(tmp_path):
    fait = subprocess.run(
        [sys.executable, "-c", POINTE, str(tmp_path / "gros")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    mebioctets, lus, meme_empreinte = json.loads(fait.stdout)

    assert lus == 15 * 9 * 2_222_223
    assert meme_empreinte
    assert mebioctets < 60
