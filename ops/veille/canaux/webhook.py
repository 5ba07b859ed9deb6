"""The second channel: one POST to a service that tells people another way than by mail."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping

from django.conf import settings

from ops.veille.canaux.http import demander
from ops.veille.carnet import Message

Envoi = tuple[bytes, Mapping[str, str]]
LONGUEUR = 3500  # characters; ntfy makes a file of more


def poster(message: Message) -> None:
    """To ALERTE_WEBHOOK_URL, in the shape of ALERTE_WEBHOOK_FORME. Raise NonRemis."""
    corps, entetes = FORMES[settings.ALERTES.webhook_forme](message)
    nom = {"Idempotency-Key": message.message_id.strip("<>")}
    demander("POST", settings.ALERTES.webhook_url, corps=corps, entetes={**entetes, **nom})


def _ntfy(message: Message) -> Envoi:
    titre = b64encode(message.objet.encode()).decode()
    entetes = {
        "Title": f"=?UTF-8?B?{titre}?=",  # RFC 2047, as ntfy reads it
        "Priority": "high" if message.urgent else "default",
        "Tags": "rotating_light" if message.urgent else "white_check_mark",
        "Content-Type": "text/plain; charset=utf-8",
    }
    return message.texte[:LONGUEUR].encode(), entetes


def _slack(message: Message) -> Envoi:
    """`&`, `<` and `>` would be read as marks."""
    texte = f"*{message.objet}*\n{message.texte[:LONGUEUR]}"
    for signe, nom in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        texte = texte.replace(signe, nom)
    return _json({"text": texte})


def _mattermost(message: Message) -> Envoi:
    return _json({"username": "Art & Jardin", "text": f"**{message.objet}**\n{message.texte}"})


def _brut(message: Message) -> Envoi:
    return _json(
        {
            "id": message.message_id.strip("<>"),
            "objet": message.objet,
            "texte": message.texte,
            "urgent": message.urgent,
        }
    )


def _json(donnees: Mapping[str, object]) -> Envoi:
    return json.dumps(donnees, ensure_ascii=False).encode(), {"Content-Type": "application/json"}


FORMES: dict[str, Callable[[Message], Envoi]] = {
    "ntfy": _ntfy,
    "slack": _slack,
    "mattermost": _mattermost,
    "json": _brut,
}
