"""Putting a backup back: into a database beside the old one, checked there, then swapped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from django.db import connection, connections
from django.utils import timezone

from artjardin.erreurs import Conflit, Invalide
from artjardin.sauvegardes import bases, depots, programmes, tuyaux
from artjardin.sauvegardes.coffre import Presente, presentes
from artjardin.sauvegardes.examen import examiner, executer
from artjardin.sauvegardes.manifeste import DUMP, MANIFESTE, Manifeste
from artjardin.storage.coffres import PANNES, coffre_des_sauvegardes

journal = logging.getLogger(__name__)
DEPART = 3.0  # seconds
SUIVI = Callable[[int], None]
Fait = TypeVar("Fait")


@dataclass(frozen=True)
class Source:
    """A backup to restore, found without any database; `fichier` is a copy on this machine.

    `defauts`: what the drill found wrong in the database itself, a true copy of it all the same.
    """

    manifeste: Manifeste
    verifiee: bool
    fichier: Path | None = None
    version: str | None = None  # of the off-site copy, when there is one
    defauts: tuple[str, ...] = ()

    @contextmanager
    def ouvrir(self, *, au_loin: bool) -> Iterator[tuyaux.Lisible]:
        if au_loin:
            coffre = coffre_des_sauvegardes()
            with coffre.ouvrir(self.manifeste.cle, self.version or "") as flux:
                yield flux
        else:
            with Path(self.fichier or "").open("rb") as flux:
                yield flux

    @property
    def copies(self) -> list[bool]:
        """Where to read it, the off-site copy first: True is off-site."""
        return [True] * (self.version is not None) + [False] * (self.fichier is not None)


@dataclass(frozen=True)
class Preparee:
    """A backup restored beside ours and checked; `basculer` makes it ours."""

    vers: dict[str, str]
    rapport: dict[str, Any]

    def basculer(self, *, marque: Mapping[str, Any]) -> str:
        """Our database takes the name of an old one, this one takes ours, both or none; return
        where the old one is, or "" when it was empty and is gone. Raise Conflit while others use
        it. `marque` is written in it first: whatever happens after, it knows that it is old.
        """
        executer(self.vers, migrer=True, restauree=dict(marque))
        nom = connection.settings_dict["NAME"]
        vide = bases.est_vide(programmes.parametres())
        connections.close_all()
        ancienne = f"{nom}_avant_{timezone.now():%Y%m%d%H%M%S}"
        with bases.serveur_a_part() as connexion:
            _exiger_le_repos(connexion, nom)
            bases.echanger(connexion, nom, pour=self.vers["dbname"], ancienne=ancienne)
            if vide:
                bases.supprimer(connexion, ancienne)
        return "" if vide else ancienne


def sources() -> list[Source]:
    """Every backup that can be found, off-site or here, oldest first; here alone when the vault
    does not answer."""
    locales = {un.nom: un for un in depots.manifestes()}
    try:
        lointaines = {une.manifeste.nom: une for une in presentes(coffre_des_sauvegardes())}
    except PANNES:
        journal.exception("les sauvegardes hors site ne répondent pas")
        lointaines = {}
    return [
        _source(locales.get(nom), lointaines.get(nom)) for nom in sorted({*locales, *lointaines})
    ]


def _source(locale: Manifeste | None, lointaine: Presente | None) -> Source:
    if lointaine is None:
        assert locale is not None  # noqa: S101 - it lies here or there
        return Source(locale, verifiee=False, fichier=depots.fichier(locale.nom))
    meme = locale is not None and locale.sha256 == lointaine.manifeste.sha256
    ici = depots.fichier(lointaine.manifeste.nom) if meme else None
    defauts = tuple(lointaine.rapport.get("defauts", ()))
    return Source(lointaine.manifeste, lointaine.verifiee, ici, lointaine.version, defauts)


def choisir(nom: str = "") -> Source:
    """The named backup, or the last verified one that is not of the future. `nom` may be the path
    of a dump whose manifest lies beside it. Raise Invalide when there is none."""
    if nom.endswith(DUMP):
        return _du_fichier(Path(nom))
    trouvees = sources()
    if nom:
        trouvees = [une for une in trouvees if une.manifeste.nom == nom]
    else:
        demain = timezone.now() + timedelta(days=1)
        passees = [une for une in trouvees if une.manifeste.instant < demain] or trouvees
        trouvees = [une for une in passees if une.verifiee] or passees
    if not trouvees:
        raise Invalide(f"Aucune sauvegarde {nom or 'trouvée'}.", code="sauvegarde_introuvable")
    return trouvees[-1]


def derniere_sans_defaut() -> Source | None:
    """The last verified one in which the drill found nothing wrong."""
    saines = [une for une in sources() if une.verifiee and not une.defauts]
    return saines[-1] if saines else None


def plus_recentes(source: Source) -> list[Source]:
    """Backups named after this one: not verified, or of the future."""
    return [une for une in sources() if une.manifeste.nom > source.manifeste.nom]


def _du_fichier(fichier: Path) -> Source:
    note = fichier.with_name(fichier.name.removesuffix(DUMP) + MANIFESTE)
    try:
        return Source(Manifeste.lire(note.read_bytes()), verifiee=False, fichier=fichier)
    except (OSError, ValueError) as erreur:
        raise Invalide(f"{fichier} ou son manifeste {note.name} est illisible.") from erreur


def essayer(source: Source, clef: Any, *, suivre: SUIVI | None = None) -> dict[str, Any]:
    """Restore it into a scratch database and check it there; the report. Nothing else changes."""
    return _d_une_copie(source, clef, lambda au_loin: _essayer(source, clef, au_loin, suivre))


def _essayer(source: Source, clef: Any, au_loin: bool, suivre: SUIVI | None) -> dict[str, Any]:  # noqa: FBT001
    with bases.base_d_exercice() as vers:
        _remplir(vers, source, clef, au_loin=au_loin, suivre=suivre)
        return examiner(vers, source.manifeste, origine=_origine())


@contextmanager
def preparation(source: Source, clef: Any, *, suivre: SUIVI | None = None) -> Iterator[Preparee]:
    """Restored beside ours and checked, for the block; dropped at its end unless it became ours.

    Raise Conflit while others use our database or another restoration runs, MauvaiseClef, Echec
    when no copy is good, Indisponible.
    """
    with bases.serveur_a_part() as connexion:
        connections.close_all()
        _exiger_le_repos(connexion, connection.settings_dict["NAME"])
    au_loin = _d_une_copie(source, clef, lambda au_loin: _lire(source, clef, au_loin))
    with bases.base_de_restauration() as vers:
        _remplir(vers, source, clef, au_loin=au_loin, suivre=suivre)
        yield Preparee(vers, examiner(vers, source.manifeste))


def _d_une_copie(source: Source, clef: Any, travail: Callable[[bool], Fait]) -> Fait:
    """From the first copy that is good. Raise what the last one raised."""
    for au_loin in source.copies:
        try:
            return travail(au_loin)
        except tuyaux.MauvaiseClef:
            raise
        except (tuyaux.Echec, Conflit, *PANNES):
            if au_loin == source.copies[-1]:
                raise
            journal.exception("%s : la copie hors site n'est pas bonne", source.manifeste.nom)
    raise Invalide(f"{source.manifeste.nom} n'est plus nulle part.")


def _lire(source: Source, clef: Any, au_loin: bool) -> bool:  # noqa: FBT001
    """Decrypt a copy to its end, before anything is made of it; the same `au_loin`."""
    with source.ouvrir(au_loin=au_loin) as flux:
        _exiger_l_empreinte(source, tuyaux.dechiffrer(flux, len, [clef]))
    return au_loin


def _remplir(
    vers: dict[str, str], source: Source, clef: Any, *, au_loin: bool, suivre: SUIVI | None
) -> None:
    with source.ouvrir(au_loin=au_loin) as flux:
        _exiger_l_empreinte(source, bases.remplir(vers, flux, [clef], suivre=suivre))


def _exiger_l_empreinte(source: Source, lu: tuyaux.Mesure) -> None:
    if lu.sha256 != source.manifeste.sha256:
        raise Conflit(
            f"{source.manifeste.nom} n'est pas le fichier de son manifeste.", code="empreinte"
        )


def _exiger_le_repos(connexion: Any, nom: str) -> None:
    """Raise Conflit while others use it; our own connections take a moment to leave."""
    fin = monotonic() + DEPART
    while (autres := bases.occupants(connexion, nom)) and monotonic() < fin:
        sleep(0.1)
    if autres:
        raise Conflit(
            f"La base {nom} sert encore à {', '.join(autres)} : arrêtez tout d'abord.",
            code="base_occupee",
        )


def _origine() -> dict[str, str] | None:
    """Our database, whose faults are also those of its backups; None when it has no table."""
    vers = programmes.parametres()
    return None if bases.est_vide(vers) else vers
