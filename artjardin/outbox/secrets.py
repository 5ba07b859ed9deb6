"""What only the person who receives a mail may read: put in as it leaves, stored nowhere.

Neither a copy of the database nor the history of mails then opens anything (design G10).
"""

from __future__ import annotations

import copy

from django.conf import settings
from django.utils.html import escape
from django.utils.module_loading import import_string

from artjardin.outbox.models import Courriel

MARQUE = "(lien personnel, visible du seul destinataire)"


def avec_son_secret(courriel: Courriel) -> Courriel:
    """The message as it leaves: a copy in which MARQUE has become the link."""
    chemin = settings.COURRIEL_SECRETS.get(courriel.type)
    if chemin is None:
        return courriel
    secret = import_string(chemin)(courriel)
    entier = copy.copy(courriel)
    entier.texte = courriel.texte.replace(MARQUE, secret)
    entier.html = courriel.html.replace(escape(MARQUE), escape(secret))
    return entier
