"""The catalogue and the firm: changes are journaled like any other."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from PIL import Image

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Invalide
from clients.services import valider
from facturation.models import (
    Compteur,
    Devis,
    Entreprise,
    Facture,
    Logo,
    Mention,
    Paiement,
    Prestation,
)

CHAMPS = ["code", *Prestation.DONNE, "active"]
SERIES: dict[str, Any] = {  # what each series numbers
    "prefixe_facture": Facture.tous.exclude(type=Facture.Type.AVOIR),
    "prefixe_avoir": Facture.tous.filter(type=Facture.Type.AVOIR),
    "prefixe_devis": Devis.tous.exclude(numero=None),
    "prefixe_encaissement": Paiement.objects.all(),
}
COTE_MAX = 3000  # pixels
LOGO_MAX = 300_000  # bytes: it is put into every PDF
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@transaction.atomic
def enregistrer_prestation(
    prestation: Prestation, *, par: Auteur, champs: Iterable[str] = CHAMPS
) -> Prestation:
    """Add a line to the catalogue, or change in it the named `champs` alone; journal both ways."""
    verrouillees = Prestation.objects.select_for_update(no_key=True)
    actuelle = verrouillees.filter(pk=prestation.pk).first()
    if actuelle is None:
        prestation.save()
        consigner(prestation, "prestation.creee", par=par, apres=photo(prestation, CHAMPS))
        return prestation
    avant = photo(actuelle, CHAMPS)
    for champ in champs:
        setattr(actuelle, champ, getattr(prestation, champ))
    actuelle.save()
    apres = photo(actuelle, CHAMPS)
    consigner(actuelle, "prestation.modifiee", par=par, avant=avant, apres=apres)
    return actuelle


@transaction.atomic
def modifier_entreprise(*, par: Auteur, **champs: Any) -> Entreprise:
    """Change the firm's data; issued documents keep what they froze. Raise Invalide."""
    entreprise = Entreprise.objects.select_for_update(no_key=True).get(pk=1)
    _changer_de_serie(entreprise, champs)
    avant = photo(entreprise, _champs(entreprise))
    for champ, valeur in champs.items():
        setattr(entreprise, champ, valeur)
    valider(entreprise)
    entreprise.save()
    apres = photo(entreprise, _champs(entreprise))
    consigner(
        entreprise, "entreprise.modifiee", par=par, avant=avant, apres=apres, etats=[entreprise]
    )
    return entreprise


@transaction.atomic
def changer_le_logo(contenu: bytes | None, *, par: Auteur) -> Entreprise:
    """Put a PNG or JPEG at the head of documents to come; None takes it away.

    Judged by its content. Raise Invalide when it is another kind of file, or too heavy.
    """
    entreprise = Entreprise.objects.select_for_update(no_key=True).get(pk=1)
    avant = photo(entreprise, ["logo"])
    entreprise.logo = None if contenu is None else _logo(contenu)
    entreprise.save(update_fields=["logo"])
    apres = photo(entreprise, ["logo"])
    consigner(entreprise, "entreprise.logo", par=par, avant=avant, apres=apres, etats=[entreprise])
    return entreprise


def _changer_de_serie(entreprise: Entreprise, champs: Mapping[str, Any]) -> None:
    """A new series starts at the date where the one it replaces stopped: nothing is antedated.

    Raise Invalide when the series has served, unless one goes back before having used the new one.
    """
    for champ in SERIES.keys() & champs.keys():
        actuelle, voulue, siens = getattr(entreprise, champ), champs[champ], SERIES[champ]
        if voulue == actuelle:
            continue
        servie = Compteur.objects.filter(serie__iexact=voulue, dernier__gt=0).exists()
        retour = siens.filter(serie=voulue).exists() and not siens.filter(serie=actuelle).exists()
        if servie and not retour:
            message = "Cette série a déjà servi : choisissez-en une autre."
            raise Invalide(message, champs={champ: [message]})
        datees = Compteur.objects.filter(serie=actuelle, derniere_date__isnull=False)
        derniere = datees.order_by("annee").last()
        if derniere is not None and not servie:
            debut = {"derniere_date": derniere.derniere_date}
            Compteur.objects.get_or_create(serie=voulue, annee=derniere.annee, defaults=debut)


def _logo(contenu: bytes) -> Logo:
    genre = next((g for debut, g in SIGNATURES.items() if contenu.startswith(debut)), None)
    if genre is None or len(contenu) > LOGO_MAX or not _est_une_image(contenu):
        message = "Donnez une image PNG ou JPEG entière, de 300 ko au plus."
        raise Invalide(message, champs={"logo": [message]})
    empreinte = hashlib.sha256(contenu).hexdigest()
    valeurs = {"type_mime": genre, "contenu": contenu}
    return Logo.objects.get_or_create(sha256=empreinte, defaults=valeurs)[0]


def _est_une_image(contenu: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(contenu)) as image:
            if max(image.size) > COTE_MAX:  # before any pixel is decoded
                return False
            image.load()
            return True
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


@transaction.atomic
def enregistrer_mention(mention: Mention, *, par: Auteur) -> Mention:
    """Change the text of a mention for documents to come. Raise Invalide."""
    actuelle = Mention.objects.select_for_update(no_key=True).get(pk=mention.pk)
    champs = ["texte", "active"]
    avant = photo(actuelle, champs)
    actuelle.texte, actuelle.active = mention.texte, mention.active
    valider(actuelle)
    actuelle.save(update_fields=champs)
    entreprise = Entreprise.la_notre()
    apres = photo(actuelle, champs)
    consigner(
        entreprise, f"mention.{actuelle.pk}", par=par, avant=avant, apres=apres, etats=[actuelle]
    )
    return actuelle


def _champs(entreprise: Entreprise) -> list[str]:
    return [champ.attname for champ in entreprise._meta.concrete_fields[1:]]
