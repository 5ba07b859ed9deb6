"""Streams with flat memory: a dump to an encrypted file, and back. No Django here."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any, Protocol

import pyrage
import zstandard

NIVEAU = 3
MORCEAU = 2**20  # bytes
DEHORS = re.compile(
    "no space left|could not extend|could not write|out of memory|too many clients|remaining conn"
    "|connection to server|terminating connection|server closed|shutting down|starting up",
    re.IGNORECASE,
)
PATIENCE = 30.0  # seconds left to a program to end once its pipe is closed


class Lisible(Protocol):
    def read(self, taille: int = -1, /) -> bytes: ...


class Echec(Exception):
    """A program failed, a key does not fit, a file is damaged: the reason, in French."""


class MauvaiseClef(Echec):
    """The private key is none of those that this file is encrypted to: nothing is known of it."""


class ProgrammeEchoue(Echec):
    """pg_dump or pg_restore ended with an error; its last words."""

    @property
    def dehors(self) -> bool:
        """Whether it speaks of its surroundings, not of what it was given."""
        return bool(DEHORS.search(str(self)))


class Mesure:
    """Counts and hashes what goes through, and keeps the first error of either side.

    pyrage turns the exceptions of our side into its own: the real one is raised again after.
    """

    def __init__(self, *, empreinte: bool = True, suivre: Callable[[int], None] | None = None):
        self.taille = 0
        self.erreur: BaseException | None = None
        self._sha256 = hashlib.sha256() if empreinte else None
        self._suivre = suivre

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest() if self._sha256 else ""

    def noter(self, octets: bytes) -> bytes:
        self.taille += len(octets)
        if self._sha256:
            self._sha256.update(octets)
        if self._suivre:
            self._suivre(self.taille)
        return octets


class Lecture:
    """A source, measured."""

    def __init__(self, source: Lisible, mesure: Mesure) -> None:
        self._source, self._mesure = source, mesure

    def read(self, taille: int = -1) -> bytes:
        try:
            return self._mesure.noter(self._source.read(taille))
        except BaseException as erreur:
            self._mesure.erreur = self._mesure.erreur or erreur
            raise


class Ecriture:
    """A destination, measured; `ecrire` may transform."""

    def __init__(self, ecrire: Callable[[bytes], object], mesure: Mesure) -> None:
        self._ecrire, self._mesure = ecrire, mesure

    def write(self, octets: bytes) -> int:
        try:
            self._ecrire(self._mesure.noter(octets))
        except BaseException as erreur:
            self._mesure.erreur = self._mesure.erreur or erreur
            raise
        return len(octets)

    def flush(self) -> None:
        """Nothing is kept back."""


def chiffrer(source: IO[bytes], sortie: IO[bytes], destinataires: Sequence[Any]) -> Mesure:
    """Compress (zstd) and encrypt (age) a stream; the measure of what was written.

    Raise what reading or writing raised, else Echec.
    """
    ecrit = Mesure()
    compresseur = zstandard.ZstdCompressor(level=NIVEAU, threads=1, write_checksum=True)
    with compresseur.stream_reader(source, read_size=MORCEAU, closefd=False) as compresse:
        lu = Mesure(empreinte=False)
        with _erreurs_vraies(lu, ecrit):
            pyrage.encrypt_io(
                Lecture(compresse, lu), Ecriture(sortie.write, ecrit), list(destinataires)
            )
    return ecrit


def dechiffrer(
    source: Lisible,
    ecrire: Callable[[bytes], object],
    clefs: Sequence[Any],
    *,
    suivre: Callable[[int], None] | None = None,
) -> Mesure:
    """Decrypt and decompress a backup into `ecrire`; the measure of what was read.

    Raise Echec for a wrong key, a truncated or altered file; else what either side raised.
    """
    lu, ecrit = Mesure(suivre=suivre), Mesure(empreinte=False)
    trame = zstandard.ZstdDecompressor().decompressobj(write_size=MORCEAU)
    with _erreurs_vraies(lu, ecrit):
        pyrage.decrypt_io(
            Lecture(source, lu),
            Ecriture(lambda octets: _decompresser(trame, octets, ecrire), ecrit),
            list(clefs),
        )
    if not trame.eof:
        raise Echec("Le fichier est incomplet.")
    return lu


def _decompresser(trame: Any, octets: bytes, ecrire: Callable[[bytes], object]) -> None:
    try:
        clairs = trame.decompress(octets)
    except zstandard.ZstdError as erreur:
        raise Echec(f"Le contenu n'est pas du zstd : {erreur}") from erreur
    if clairs:
        ecrire(clairs)


@contextmanager
def _erreurs_vraies(*mesures: Mesure) -> Iterator[None]:
    """pyrage renames the errors of our side, and forgets those of its last write."""
    refus: Exception | None = None
    try:
        yield
    except (pyrage.EncryptError, pyrage.DecryptError, OSError, ValueError) as erreur:
        refus = erreur
    for mesure in mesures:
        if mesure.erreur is not None:
            raise mesure.erreur from None
    if refus is not None:
        raise _dire(refus) from refus


def _dire(erreur: Exception) -> Echec:
    if "matching" in str(erreur).lower():
        return MauvaiseClef("La clef ne correspond à aucun destinataire de cette sauvegarde.")
    return Echec(f"Le fichier chiffré est tronqué ou altéré ({erreur}).")


@contextmanager
def lire_de(commande: Sequence[str], environnement: Mapping[str, str]) -> Iterator[IO[bytes]]:
    """The output of a program as a stream. Raise Echec with its last words when it fails.

    Whatever stops the reader ends the program.
    """
    with tempfile.TemporaryFile() as mots:
        programme = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, no shell
            commande, stdout=subprocess.PIPE, stderr=mots, env=dict(environnement)
        )
        assert programme.stdout is not None  # noqa: S101 - asked for above
        try:
            yield programme.stdout
            programme.stdout.close()
            code = programme.wait(timeout=PATIENCE)
        except BaseException:
            _achever(programme)
            raise
        if code:
            raise ProgrammeEchoue(_derniers_mots(commande[0], code, mots))


@contextmanager
def ecrire_a(
    commande: Sequence[str], environnement: Mapping[str, str], *, patience: float | None = None
) -> Iterator[IO[bytes]]:
    """The input of a program as a stream, then its end. Raise Echec with its last words.

    `patience`: seconds left to it once its input is closed; no limit by default.
    """
    with tempfile.TemporaryFile() as mots:
        programme = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, no shell
            commande,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=mots,
            env=dict(environnement),
        )
        assert programme.stdin is not None  # noqa: S101 - asked for above
        try:
            yield programme.stdin
            programme.stdin.close()
            code = programme.wait(timeout=patience)
        except BrokenPipeError:  # it gave up before the end: its own words say why
            with suppress(OSError):
                programme.stdin.close()
            code = _fin(programme) or 1
        except BaseException:
            _achever(programme)
            raise
        if code:
            raise ProgrammeEchoue(_derniers_mots(commande[0], code, mots))


def _fin(programme: subprocess.Popen[bytes]) -> int:
    """Its exit code; one that does not end is ended."""
    try:
        return programme.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        _achever(programme)
        return -1


def _achever(programme: subprocess.Popen[bytes]) -> None:
    programme.kill()
    programme.wait(timeout=PATIENCE)
    for flux in (programme.stdin, programme.stdout):
        if flux:
            with suppress(OSError):
                flux.close()


def _derniers_mots(programme: str, code: int, mots: IO[bytes]) -> str:
    mots.seek(0)
    dits = mots.read()[-2000:].decode("utf-8", "replace").strip()
    return f"{programme.rpartition('/')[2]} a échoué (code {code}) : {dits or 'sans un mot'}"
