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
from artjardin.sauvegardes.coffre import Presente, presentes
from artjardin.sauvegardes.manifeste import DUMP, MANIFESTE, REFUS, VERIFICATION, Manifeste, cle
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
    with depots.fichier(sauvegarde.nom).open("rb") as flux:
        if depots.empreinte(flux) != sauvegarde.sha256:
            raise OSError(f"{sauvegarde.nom} : la copie locale est altérée, elle n'est pas copiée")
    jusqu_au = _fin_du_verrou()
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
    if sauvegarde.rapport:  # drilled before it could leave
        deposer_le_verdict(sauvegarde)


def deposer_le_verdict(sauvegarde: Sauvegarde) -> None:
    """What the drill said, beside the off-site copy, for the day when the catalogue is lost."""
    suffixe = REFUS if sauvegarde.rapport["anomalies"] else VERIFICATION
    contenu = json.dumps(sauvegarde.rapport, ensure_ascii=False, indent=1).encode()
    coffre = coffre_des_sauvegardes()
    deposer_une_note(coffre, sauvegarde.nom, suffixe, contenu, _fin_du_verrou())


def _fin_du_verrou() -> datetime:
    jours = timedelta(days=settings.SAUVEGARDE_VERROU_JOURS)
    return (timezone.now() + jours).replace(microsecond=0)  # as stores keep it


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
    locales = {un.nom: un for un in depots.manifestes()}
    lointaines = {une.manifeste.nom: une for une in presentes(coffre_des_sauvegardes())}
    inconnues = sorted((set(lointaines) | set(locales)) - connues)
    return [_adopter(locales.get(nom), lointaines.get(nom)) for nom in inconnues]


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


def _adopter(locale: Manifeste | None, lointaine: Presente | None) -> Sauvegarde:
    """The row of a backup that lies here, there, or both with the same content."""
    manifeste = locale or lointaine.manifeste  # type: ignore[union-attr]  # one of them is there
    etat: dict[str, Any] = {"locale": locale is not None}
    if lointaine and lointaine.manifeste.sha256 == manifeste.sha256:
        vue = coffre_des_sauvegardes().etat(manifeste.cle, lointaine.version)
        etat |= {"distante": True, "version": lointaine.version}
        etat |= {"verrouillee_jusqu_au": vue.verrouille_jusqu_au}
        if lointaine.verifiee:
            etat |= {"etat": Sauvegarde.Etat.VERIFIEE, "rapport": lointaine.rapport}
            etat |= {"verifiee_le": datetime.fromisoformat(lointaine.rapport["le"])}
    sauvegarde = inscrire(manifeste, **etat)
    journal.info("%s retrouvée", sauvegarde)
    return sauvegarde
