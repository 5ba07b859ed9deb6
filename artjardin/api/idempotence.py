"""Idempotency-Key on every POST (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.models import DUREE, Clef
from artjardin.erreurs import Conflit, Invalide

ENTETE = "Idempotency-Key"
LONGUEUR_MAX = 255  # of Clef.clef


class Idempotent:
    """View mixin: runs a POST that carries the header at most once per user and key.

    Same key and body → the first answer again; other body → 409; still running → 409. The key
    commits with the work itself, so a crash or a refusal leaves neither.
    """

    post: Callable[..., Response]
    sans_idempotence = False  # for an answer that must be stored nowhere

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        clef = request.headers.get(ENTETE, "")
        if request.method == "POST" and clef and self._la_retient():
            if len(clef) > LONGUEUR_MAX:
                raise Invalide(f"{ENTETE} dépasse {LONGUEUR_MAX} caractères.")
            self.post = self._une_fois(self.post, clef)

    def _la_retient(self) -> bool:
        return hasattr(self, "post") and not self.sans_idempotence

    def _une_fois(self, suite: Callable[..., Response], clef: str) -> Callable[..., Response]:
        def post(request: Request, *args: Any, **kwargs: Any) -> Response:
            empreinte = _empreinte(request)
            user_id = int(request.user.pk or 0)
            with transaction.atomic():
                _reserver(user_id, clef)
                if (faite := _deja_faite(user_id, clef)) is not None:
                    return _rejouer(faite, empreinte)
                reponse = suite(request, *args, **kwargs)
                _retenir(user_id, clef, empreinte, reponse)
            return reponse

        return post


def une_seule_fois(user_id: int, jeton: str) -> None:
    """Use up the token of a form, in the caller's transaction. Raise Conflit when it has served.

    A rollback gives the token back, so a refused form can be sent again.
    """
    clef = f"formulaire:{jeton}"[:255]
    _reserver(user_id, clef)
    if _deja_faite(user_id, clef) is not None:
        raise Conflit("C'est déjà fait : cette page a été envoyée deux fois.", code="deja_fait")
    Clef.objects.create(user_id=user_id, clef=clef, empreinte="", statut=HTTPStatus.OK, reponse=b"")


def _empreinte(request: Request) -> str:
    """SHA-256 of method, path and body (of the fields and files for a form)."""
    somme = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for nom, valeur in sorted(_contenu(request).items()):
        somme.update(nom.encode())
        somme.update(valeur)
    return somme.hexdigest()


def _contenu(request: Request) -> dict[str, bytes]:
    fichiers = {}
    for nom, fichier in request.FILES.items():
        fichiers[nom] = fichier.read()
        fichier.seek(0)
    data = {clef: valeur for clef, valeur in _paires(request.data) if clef not in fichiers}
    return {"": json.dumps(data, default=str, sort_keys=True).encode(), **fichiers}


def _paires(data: Any) -> list[tuple[str, Any]]:
    if hasattr(data, "lists"):
        return list(data.lists())
    return list(data.items()) if isinstance(data, dict) else [("corps", data)]


def _reserver(user_id: int, clef: str) -> None:
    """Hold the key until the end of the transaction, or refuse: it is in flight."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))",
            [zlib.crc32(b"idempotence") & 0x7FFFFFFF, f"{user_id}:{clef}"],
        )
        if not curseur.fetchone()[0]:
            raise Conflit("Cette demande est déjà en cours.", code="idempotence_en_cours")


def _deja_faite(user_id: int, clef: str) -> Clef | None:
    faite = Clef.objects.filter(user_id=user_id, clef=clef).first()
    if faite is not None and faite.cree_le < timezone.now() - DUREE:
        faite.delete()
        return None
    return faite


def _rejouer(faite: Clef, empreinte: str) -> Response:
    if faite.empreinte != empreinte:
        raise Conflit(
            f"{ENTETE} a déjà servi pour une autre demande.", code="idempotence_autre_demande"
        )
    corps = bytes(faite.reponse)
    return Response(
        orjson.loads(corps) if corps else None,
        status=faite.statut,
        headers={"Idempotent-Replayed": "true"},
    )


def _retenir(user_id: int, clef: str, empreinte: str, reponse: Response) -> None:
    if reponse.status_code < HTTPStatus.BAD_REQUEST:
        corps = b"" if reponse.data is None else orjson.dumps(reponse.data, default=str)
        Clef.objects.create(
            user_id=user_id,
            clef=clef,
            empreinte=empreinte,
            statut=reponse.status_code,
            reponse=corps,
        )
