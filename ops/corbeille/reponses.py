"""The answers kept for a retried request (api.Clef) that speak of a person who is erased."""

from __future__ import annotations

import re
from collections.abc import Collection

import orjson
from django.utils import timezone

from artjardin.api.models import DUREE, Clef
from artjardin.softdelete.parcours import Lignes
from chantiers.models import Chantier
from clients.models import Client


def mots_des_reponses(client: Client, lignes: Lignes) -> list[bytes]:
    """What an answer about this client holds: its own words, or its number or that of a site."""
    siens = {client.code, client.email, client.telephone, client.designation, client.nom_complet}
    mots = [re.escape(orjson.dumps(mot)) for mot in sorted(siens) if mot]
    mots.append(rb'"client":%d\b' % client.pk)
    return mots + [rb'"chantier":%d\b' % pk for pk in lignes.get(Chantier, [])]


def oublier_les_reponses(mots: Collection[bytes]) -> dict[str, int]:
    """Blank them: the key stays, so that a retry still does nothing twice. Too old ones go."""
    limite = timezone.now() - DUREE
    Clef.objects.filter(cree_le__lt=limite).delete()
    cherche = re.compile(b"|".join(mots))
    gardees = Clef.objects.exclude(reponse=b"").values_list("pk", "reponse").iterator()
    visees = [pk for pk, reponse in gardees if cherche.search(bytes(reponse))]
    oubliees = Clef.objects.filter(pk__in=visees).update(reponse=b"")
    return {"reponses": oubliees} if oubliees else {}
