"""What granian calls (RSGI): Django in a few threads, none of which ever waits for a client.

A body is received whole, within bounds of size and time, before a thread is taken; an answer is
handed over whole. Whoever stalls holds a connection, and nothing of the others. Health is answered
beside Django, from threads of its own: it tells the truth while all the others wait.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http import HTTPStatus
from importlib import import_module
from tempfile import SpooledTemporaryFile
from typing import IO, Any, NamedTuple

from django.conf import settings

from artjardin.api.corps import MOTIF, motif_de_refus
from artjardin.branchements import REPONSES_DIRECTES
from artjardin.retrait import avec_conge, preparer
from artjardin.traces.requetes import chemin_sobre
from artjardin.wsgi import application as django

journal = logging.getLogger(__name__)
FILS = 4  # of Django, per process
SILENCE, DUREE = 10.0, 60.0  # seconds to send a body: without a byte, and in all
EN_VOL_MAX = 128 * 2**20  # bytes of the bodies being received, all clients together
EN_MEMOIRE = 512 * 2**10  # bytes of an answer; the rest is handed over from a file
OUVERTURE = 30.0  # seconds given to granian to open that file
COMMUN = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
ERREUR = b'{"code":"erreur","message":"Une erreur est survenue.","champs":{}}'
_fils = ThreadPoolExecutor(FILS, thread_name_prefix="django")
_directes = import_module(REPONSES_DIRECTES)
# One for each kind: who asks meanwhile waits for the same answer, and no kind for another
_fils_directs = {chemin: ThreadPoolExecutor(1, chemin) for chemin in _directes.CHERCHES}
_en_vol = {"octets": 0}


class Reponse(NamedTuple):
    """Status, headers, and the body: bytes, or a file that stays open while granian opens it."""

    statut: int
    entetes: list[tuple[str, str]]
    corps: bytes | IO[bytes]


async def application(portee: Any, echange: Any) -> None:
    """One request. `portee`, `echange`: scope and protocol of RSGI 1.4."""
    demande = _demande(portee)
    if _directes.concerne(demande):
        reponse = _directes.immediate(demande) or await _chercher(demande)
        echange.response_bytes(reponse.statut, avec_conge(reponse.entetes), reponse.corps)
        return
    await _confier_a_django(portee, echange)


def preparer_le_processus(boucle: asyncio.AbstractEventLoop) -> None:
    """When granian starts a process."""
    preparer(boucle)
    boucle.run_in_executor(_fils_directs[_directes.DETAILLE], _directes.premier_regard)


application.__rsgi_init__ = preparer_le_processus  # type: ignore[attr-defined]


async def _chercher(demande: Any) -> Any:
    boucle = asyncio.get_running_loop()
    fil = _fils_directs[demande.chemin]
    return await boucle.run_in_executor(fil, _directes.repondre, demande)


async def _confier_a_django(portee: Any, echange: Any) -> None:
    environ = _environ(portee)
    environ[MOTIF] = motif_de_refus(environ)
    with _en_reception() as recu:
        if not environ[MOTIF] and environ.get("CONTENT_LENGTH", "0") != "0":
            environ[MOTIF] = await _recevoir(echange, environ, recu)
        environ["wsgi.input"] = recu
        boucle = asyncio.get_running_loop()
        reponse = await boucle.run_in_executor(_fils, _executer, environ)
    entetes = avec_conge(reponse.entetes)
    if isinstance(reponse.corps, bytes):
        echange.response_bytes(reponse.statut, entetes, reponse.corps)
    else:
        chemin = f"/dev/fd/{reponse.corps.fileno()}"
        echange.response_file(reponse.statut, entetes, chemin)
        boucle.call_later(OUVERTURE, reponse.corps.close)


def _demande(portee: Any) -> Any:
    """What tells whether a request is answered directly."""
    lu = portee.headers.get
    derriere = settings.MANDATAIRES and lu("x-forwarded-proto") == "https"
    return _directes.Demande(
        methode=portee.method,
        chemin=portee.path,
        autorisation=lu("authorization") or "",
        session=settings.SESSION_COOKIE_NAME in (lu("cookie") or ""),
        accepte=lu("accept") or "",
        securisee=bool(derriere) or portee.scheme == "https",
    )


@contextmanager
def _en_reception() -> Iterator[io.BytesIO]:
    """Where a body is put; what it weighs counts until the answer is made, then is given back at
    once: a request of REST framework refers to itself, and waits for the garbage collector."""
    recu = io.BytesIO()
    try:
        yield recu
    finally:
        _en_vol["octets"] -= recu.getbuffer().nbytes
        recu.close()


async def _recevoir(echange: Any, environ: dict[str, Any], recu: io.BytesIO) -> str:
    """Put the body into `recu`, to be read from its start; the reason to refuse it, or ""."""
    boucle = asyncio.get_running_loop()
    fin = boucle.time() + DUREE
    try:
        async with asyncio.timeout(SILENCE) as delai:
            async for morceau in echange:
                _en_vol["octets"] += recu.write(morceau)
                if _en_vol["octets"] > EN_VOL_MAX:
                    return "trop_de_corps"
                delai.reschedule(min(boucle.time() + SILENCE, fin))
    except TimeoutError:
        return "corps_trop_lent"
    entier = recu.tell() == int(environ["CONTENT_LENGTH"])
    recu.seek(0)
    return "" if entier else "corps_incomplet"


def _environ(portee: Any) -> dict[str, Any]:
    """What PEP 3333 asks for, of a scope of RSGI."""
    hote, _, port = portee.server.rpartition(":")
    return (
        COMMUN
        | _entetes(portee.headers)
        | {
            "REQUEST_METHOD": portee.method,
            "PATH_INFO": portee.path.encode().decode("latin-1"),
            "QUERY_STRING": portee.query_string,
            "SERVER_NAME": hote,
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": f"HTTP/{portee.http_version}",
            "REMOTE_ADDR": portee.client.rpartition(":")[0].strip("[]"),
            "wsgi.url_scheme": portee.scheme,
        }
    )


def _entetes(entetes: Any) -> dict[str, str]:
    """By their names in the environment; repeated ones are joined (RFC 9110 §5.3)."""
    try:
        lus = entetes.items()
    except Exception:  # noqa: BLE001 - granian: one of them has bytes beyond ASCII
        lus = [(nom, entetes.get(nom, "")) for nom in entetes.keys()]  # noqa: SIM118 - no mapping
    rendus: dict[str, str] = {}
    for nom, valeur in lus:
        clef = nom.upper().replace("-", "_")
        if clef not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            clef = f"HTTP_{clef}"
        lien = "; " if clef == "HTTP_COOKIE" else ","
        rendus[clef] = f"{rendus[clef]}{lien}{valeur}" if clef in rendus else valeur
    return rendus


def _executer(environ: dict[str, Any]) -> Reponse:
    """Django, in one of its threads; its answer is read to the end, then closed."""
    tete: dict[str, Any] = {}

    def commencer(statut: str, entetes: list[tuple[str, str]], _exc: Any = None) -> Any:
        tete.update(statut=int(statut[:3]), entetes=entetes)

    try:
        with closing(django(environ, commencer)) as reponse:
            corps = _fichier(reponse) or _vider(reponse)
    except Exception:  # noqa: BLE001 - the client is answered, whatever broke
        journal.exception("réponse interrompue : %s", chemin_sobre(environ["PATH_INFO"]))
        return Reponse(500, [("Content-Type", "application/json")], ERREUR)
    return Reponse(tete["statut"], tete["entetes"], corps)


def _fichier(reponse: Any) -> IO[bytes] | None:
    """The whole file that this answer is, opened once more; None when it is not one."""
    flux = getattr(reponse, "file_to_stream", None)
    if flux is None or reponse.status_code != HTTPStatus.OK:
        return None
    try:
        return os.fdopen(os.dup(flux.fileno()), "rb")
    except io.UnsupportedOperation:  # held in memory
        return None


def _vider(reponse: Iterable[bytes]) -> bytes | IO[bytes]:
    """All that it gives: as bytes, or in a file when there is much."""
    with ExitStack() as pile:
        recueil = pile.enter_context(SpooledTemporaryFile(EN_MEMOIRE))
        recueil.writelines(reponse)
        if recueil.tell() > EN_MEMOIRE:
            recueil.flush()
            pile.pop_all()
            return recueil
        recueil.seek(0)
        return recueil.read()
