"""Putting a backup back: into a database beside the old one, checked there, then swapped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from artjardin.erreurs import Conflit, Invalide
from artjardin.sauvegardes import bases, depots, programmes, tuyaux
from artjardin.sauvegardes.examen import examiner
from artjardin.sauvegardes.manifeste import DUMP, MANIFESTE, Manifeste
from artjardin.sauvegardes.services.catalogue import du_coffre
from artjardin.storage.coffres import PANNES, coffre_des_sauvegardes

journal = logging.getLogger(__name__)
SUIVI = Callable[[int], None]


@dataclass(frozen=True)
class Source:
    """A backup to restore, found without any database."""

    manifeste: Manifeste
    verifiee: bool
    fichier: Path | None = None

    @contextmanager
    def ouvrir(self) -> Iterator[tuyaux.Lisible]:
        if self.fichier:
            with self.fichier.open("rb") as flux:
                yield flux
        else:
            with coffre_des_sauvegardes().ouvrir(self.manifeste.cle) as flux:
                yield flux


def sources() -> list[Source]:
    """Every backup that can be found, off-site or here, oldest first; here alone when the vault
    does not answer."""
    try:
        du_loin = [Source(manifeste, verifiee) for manifeste, verifiee in du_coffre()]
    except PANNES:
        journal.exception("les sauvegardes hors site ne répondent pas")
        du_loin = []
    connues = {une.manifeste.nom for une in du_loin}
    d_ici = [
        Source(manifeste, verifiee=False, fichier=depots.fichier(manifeste.nom))
        for manifeste in depots.manifestes()
        if manifeste.nom not in connues
    ]
    return sorted([*du_loin, *d_ici], key=lambda une: une.manifeste.nom)


def choisir(nom: str = "") -> Source:
    """The named backup, or the last verified one. `nom` may be the path of a dump whose manifest
    lies beside it. Raise Invalide when there is none."""
    if nom.endswith(DUMP):
        return _du_fichier(Path(nom))
    trouvees = sources()
    if nom:
        trouvees = [une for une in trouvees if une.manifeste.nom == nom]
    else:
        trouvees = [une for une in trouvees if une.verifiee] or trouvees
    if not trouvees:
        raise Invalide(f"Aucune sauvegarde {nom or 'trouvée'}.", code="sauvegarde_introuvable")
    return trouvees[-1]


def plus_recentes(source: Source) -> list[Source]:
    """Backups made after this one: not verified, or it would not have been chosen."""
    return [une for une in sources() if une.manifeste.nom > source.manifeste.nom]


def _du_fichier(fichier: Path) -> Source:
    note = fichier.with_name(fichier.name.removesuffix(DUMP) + MANIFESTE)
    try:
        return Source(Manifeste.lire(note.read_bytes()), verifiee=False, fichier=fichier)
    except (OSError, ValueError) as erreur:
        raise Invalide(f"{fichier} ou son manifeste {note.name} est illisible.") from erreur


def essayer(source: Source, clef: Any, *, suivre: SUIVI | None = None) -> dict[str, Any]:
    """Restore it into a scratch database and check it there; the report. Nothing else changes."""
    with bases.base_d_exercice() as vers:
        _remplir(vers, source, clef, suivre)
        return examiner(vers, source.manifeste)


def preparer(source: Source, clef: Any, *, suivre: SUIVI | None = None) -> dict[str, Any]:
    """Restore it into a database beside ours, checked: its report. `basculer` makes it ours."""
    vers = programmes.parametres(_a_cote())
    with bases.serveur(programmes.parametres()) as connexion:
        bases.supprimer(connexion, _a_cote())
        bases.creer(connexion, _a_cote())
    try:
        _remplir(vers, source, clef, suivre)
        return examiner(vers, source.manifeste)
    except BaseException:
        abandonner()
        raise


def abandonner() -> None:
    """Drop what `preparer` made: ours has not changed."""
    with bases.serveur(programmes.parametres()) as connexion:
        bases.supprimer(connexion, _a_cote())


def basculer() -> str:
    """Our database takes the name of an old one, the restored one takes ours; return where the
    old one is, or "" when it was empty and is gone. Raise Conflit while others use it."""
    nom = connection.settings_dict["NAME"]
    vide = bases.est_vide(programmes.parametres())
    connections.close_all()
    ancienne = f"{nom}_avant_{timezone.now():%Y%m%d%H%M%S}"
    with bases.serveur_a_part() as connexion:
        if autres := bases.occupants(connexion, nom):
            raise Conflit(
                f"La base {nom} sert encore à {', '.join(autres)} : arrêtez tout d'abord.",
                code="base_occupee",
            )
        bases.echanger(connexion, nom, pour=_a_cote(), ancienne=ancienne)
        if vide:
            bases.supprimer(connexion, ancienne)
    return "" if vide else ancienne


def _remplir(vers: dict[str, str], source: Source, clef: Any, suivre: SUIVI | None) -> None:
    with source.ouvrir() as flux:
        lu = bases.remplir(vers, flux, [clef], suivre=suivre)
    if lu.sha256 != source.manifeste.sha256:
        raise Conflit(
            f"{source.manifeste.nom} n'est pas le fichier de son manifeste.", code="empreinte"
        )


def _a_cote() -> str:
    return f"{connection.settings_dict['NAME']}_restauration"
