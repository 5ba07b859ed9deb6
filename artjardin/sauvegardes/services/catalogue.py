"""The catalogue and the vault: writing a backup in both, finding again what a database lost."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.sauvegardes import depots
from artjardin.sauvegardes.manifeste import DUMP, MANIFESTE, VERIFICATION, Manifeste, cle, nom_de
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.coffres import Coffre, DejaDepose, coffre_des_sauvegardes, deposer_ou_adopter

journal = logging.getLogger(__name__)
JSON = "application/json"
BINAIRE = "application/octet-stream"
ECART = timedelta(seconds=2)  # what a store may round away of a date


def inscrire(manifeste: Manifeste, **etat: Any) -> Sauvegarde:
    """The row of a complete backup; the same one when it is known already."""
    sauvegarde, _ = Sauvegarde.objects.get_or_create(
        nom=manifeste.nom,
        defaults={
            "motif": manifeste.motif,
            "faite_le": manifeste.instant,
            "duree": manifeste.duree,
            "taille": manifeste.taille,
            "sha256": manifeste.sha256,
            "manifeste": json.loads(manifeste.en_json()),
            **etat,
        },
    )
    return sauvegarde


def manifeste_de(sauvegarde: Sauvegarde) -> Manifeste:
    return Manifeste.lire(json.dumps(sauvegarde.manifeste).encode())


def deposer(sauvegarde: Sauvegarde, *, en_remplacement: bool = False) -> None:
    """The off-site copy, its size asked back, then its manifest. Raise what the vault raises.

    `en_remplacement`: what lies there is altered. Its content is read back by the drill, which
    alone makes it count as verified.
    """
    coffre, manifeste = coffre_des_sauvegardes(), manifeste_de(sauvegarde)
    jours = timedelta(days=settings.SAUVEGARDE_VERROU_JOURS)
    jusqu_au = (timezone.now() + jours).replace(microsecond=0)  # as stores keep it
    poser = coffre.remplacer if en_remplacement else partial(deposer_ou_adopter, coffre)
    version = poser(
        manifeste.cle,
        depots.fichier(manifeste.nom),
        jusqu_au=jusqu_au,
        metadonnees=_metadonnees(manifeste),
        type_mime=BINAIRE,
    )
    etat = coffre.etat(manifeste.cle, version)
    if etat.taille != manifeste.taille:
        raise OSError(f"{manifeste.cle} : {etat.taille} octets au lieu de {manifeste.taille}")
    verrou = etat.verrouille_jusqu_au
    if coffre.verrouille and (verrou is None or verrou < jusqu_au - ECART):
        raise OSError(f"{manifeste.cle} : le dépôt n'a pas verrouillé")
    deposer_une_note(coffre, manifeste.nom, MANIFESTE, manifeste.en_json(), jusqu_au)
    sauvegarde.distante, sauvegarde.version, sauvegarde.erreur = True, version, ""
    sauvegarde.verrouillee_jusqu_au = verrou
    sauvegarde.save(update_fields=["distante", "version", "erreur", "verrouillee_jusqu_au"])


def _metadonnees(manifeste: Manifeste) -> dict[str, str]:
    return {
        "motif": manifeste.motif,
        "serveur": manifeste.serveur,
        "pg-dump": manifeste.outils.get("pg_dump", ""),
        "schema": manifeste.migrations[-1] if manifeste.migrations else "",
    }


def deposer_une_note(
    coffre: Coffre, nom: str, suffixe: str, contenu: bytes, jusqu_au: datetime | None
) -> None:
    """A small file beside the backup; what lies there already stays."""
    chemin = cle(nom, suffixe)
    try:
        coffre.etat(chemin)
    except FileNotFoundError:
        with suppress(DejaDepose):
            coffre.deposer(chemin, contenu, jusqu_au=jusqu_au, metadonnees={}, type_mime=JSON)


def rapprocher() -> list[Sauvegarde]:
    """Write in the catalogue the backups it does not know: made before a migration, or after the
    one that was restored. Those that the vault says verified are."""
    connues = set(Sauvegarde.objects.values_list("nom", flat=True))
    coffre = coffre_des_sauvegardes()
    locales = {un.nom: un for un in depots.manifestes()}
    nouvelles = []
    for nom in sorted((_noms_distants(coffre) | set(locales)) - connues):
        manifeste = locales.get(nom) or lire_le_manifeste(coffre, nom)
        if manifeste is not None:
            nouvelles.append(_adopter(coffre, manifeste, locale=nom in locales))
    return [une for une in nouvelles if une is not None]


def constater_les_copies(*, par: Auteur) -> list[Sauvegarde]:
    """After a restoration only: the rows of that day say again what lies where. Return those that
    the retention deleted since, which are no loss. Raise what the vault raises."""
    coffre = coffre_des_sauvegardes()
    la_bas = {objet.cle for objet in coffre.lister("") if not objet.est_marqueur}
    parties = []
    for une in Sauvegarde.objects.presentes():
        locale, distante = depots.fichier(une.nom).exists(), cle(une.nom, DUMP) in la_bas
        if not (locale or distante):
            une.etat = Sauvegarde.Etat.SUPPRIMEE
            parties.append(une)
        une.locale, une.distante = locale, distante
        une.save(update_fields=["etat", "locale", "distante"])
    for une in parties:
        consigner(une, "sauvegarde.disparue", par=par)
    return parties


def _adopter(coffre: Coffre, manifeste: Manifeste, *, locale: bool) -> Sauvegarde | None:
    """Its row; None when nothing is left of it but its manifest."""
    try:
        present = coffre.etat(manifeste.cle)
    except FileNotFoundError:
        present = None
    distante = present is not None and present.taille == manifeste.taille
    if not (locale or distante):
        return None
    rapport = verification(coffre, manifeste.nom) if distante else None
    sauvegarde = inscrire(
        manifeste,
        locale=locale,
        distante=distante,
        version=present.version if present and distante else "",
        verrouillee_jusqu_au=present.verrouille_jusqu_au if present and distante else None,
        **_verdict(rapport),
    )
    journal.info("%s retrouvée", sauvegarde)
    return sauvegarde


def _verdict(rapport: dict[str, Any] | None) -> dict[str, Any]:
    """`verifiee` only as the drill wrote it, whole and without anomaly."""
    try:
        if not rapport or rapport["anomalies"]:
            return {}
        quand = datetime.fromisoformat(rapport["le"])
    except (KeyError, TypeError, ValueError):
        return {}
    return {"etat": Sauvegarde.Etat.VERIFIEE, "verifiee_le": quand, "rapport": rapport}


def _noms_distants(coffre: Coffre) -> set[str]:
    """Those whose manifest and dump both lie there; what deletion leaves is no backup."""
    cles = {objet.cle for objet in coffre.lister("") if not objet.est_marqueur}
    noms = {nom for chemin in cles if (nom := nom_de(chemin))}
    return {nom for nom in noms if cle(nom, DUMP) in cles}


def lire_le_manifeste(coffre: Coffre, nom: str) -> Manifeste | None:
    """The manifest that lies in the vault; None when it is damaged."""
    try:
        return Manifeste.lire(coffre.lire(cle(nom, MANIFESTE)), nom=nom)
    except (FileNotFoundError, ValueError):
        journal.exception("manifeste de %s illisible", nom)
        return None


def verification(coffre: Coffre, nom: str) -> dict[str, Any] | None:
    """What the drill wrote beside the backup, if it did."""
    try:
        return dict(json.loads(coffre.lire(cle(nom, VERIFICATION))))
    except (FileNotFoundError, TypeError, ValueError):
        return None


def du_coffre() -> list[tuple[Manifeste, bool]]:
    """Without any database: the backups of the vault, oldest first, and whether verified."""
    coffre = coffre_des_sauvegardes()
    lus = [lire_le_manifeste(coffre, nom) for nom in sorted(_noms_distants(coffre))]
    return [(un, bool(_verdict(verification(coffre, un.nom)))) for un in lus if un is not None]
