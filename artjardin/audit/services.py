"""Writing the journal, and following scheduled jobs."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, models
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.etats import CLEF, lire_les_etats
from artjardin.audit.models import ENCHAINEE, Entree, Execution
from artjardin.erreurs import Conflit
from artjardin.preparees import inserer
from artjardin.traces.contexte import requete_courante

MASQUES = {"iban"}
DISCRETIONS: dict[str, Callable[[str], str]] = {
    "texte": lambda dit: f"texte de {len(dit)} signes",
    "telephone": lambda dit: f"… {dit[-2:]}",
    "courriel": lambda dit: f"…@{dit.rpartition('@')[2]}",
}


def consigner(
    objet: models.Model,
    action: str,
    *,
    par: Auteur,
    avant: Mapping[str, Any] | None = None,
    apres: Mapping[str, Any] | None = None,
    etats: Iterable[models.Model] = (),
    **details: Any,
) -> Entree:
    """Add one line to the journal, in the transaction of the change itself.

    `etats`: the rows that this transaction wrote or removed, whose state is told for the nightly
    check; call it after the writing.
    """
    dits = lire_les_etats(etats)
    entree = Entree(
        acteur=par.user,
        acteur_nom=par.nom[:200],
        action=action,
        objet_type=objet._meta.label_lower,
        objet_id=objet.pk,
        objet_nom=str(objet)[:300],
        avant=_discret(objet, avant or {}),
        apres=_discret(objet, apres or {}),
        details=sans_secret(details) | ({CLEF: dits} if dits else {}),
        adresse=par.adresse,
        requete=par.requete or requete_courante(),
    )
    inserer(entree)
    return entree


def contraintes_immediates() -> None:
    """Check at once, in this transaction, what waits for its end; call it before any writing.

    The chain of the journal still waits: its lock, once taken, is held until the commit, and every
    other commit that journals with it.
    """
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        curseur.execute(f'SET CONSTRAINTS "{ENCHAINEE.get_pgid(Entree())}" DEFERRED')


def _discret(objet: models.Model, valeurs: Mapping[str, Any]) -> dict[str, Any]:
    """Without what reaches a person beyond need: the journal is never erased.

    The `DISCRETS` of a model keep enough to see that they changed: the length of a text, the end
    of a telephone number, the domain of an address (RGPD art. 5-1-c).
    """
    discrets: Mapping[str, str] = getattr(objet, "DISCRETS", {})
    gardes = {
        nom: DISCRETIONS[discrets[nom]](str(dit)) if nom in discrets and dit else dit
        for nom, dit in valeurs.items()
    }
    return dict(sans_secret(gardes))


def sans_secret(valeur: Any) -> Any:
    """What the journal keeps of values: of a bank account, its country and its end.

    >>> sans_secret({"nom": "A", "compte": [{"iban": "FR7630006000011234567890189"}]})
    {'nom': 'A', 'compte': [{'iban': 'FR76 … 0189'}]}
    """
    if isinstance(valeur, Mapping):
        return {
            nom: _masque(dit) if nom in MASQUES and dit else sans_secret(dit)
            for nom, dit in valeur.items()
        }
    return [sans_secret(dit) for dit in valeur] if isinstance(valeur, list | tuple) else valeur


def _masque(valeur: Any) -> str:
    texte = str(valeur)
    return f"{texte[:4]} … {texte[-4:]}"


def photo(objet: models.Model, champs: Mapping[str, Any] | list[str]) -> dict[str, Any]:
    """The named fields as JSON-ready values, for before/after."""
    return {champ: _simple(objet.serializable_value(champ)) for champ in champs}


def _simple(valeur: Any) -> Any:
    return valeur if valeur is None or isinstance(valeur, bool | int | str | list) else str(valeur)


@contextmanager
def exclusif(nom: str) -> Iterator[bool]:
    """Hold the named advisory lock of this database session; yields False when taken elsewhere.

    A session lock survives commits and dies with the process, so a killed run blocks nobody.
    """
    clef = zlib.crc32(nom.encode())
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_try_advisory_lock(%s)", [clef])
        obtenu = curseur.fetchone()[0]
    try:
        yield obtenu
    finally:
        if obtenu:
            _rendre(clef)


def _rendre(clef: int) -> None:
    try:
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_unlock(%s)", [clef])
    except DatabaseError:  # a broken transaction: only the end of the session frees the lock
        if connection.connection is not None:
            connection.connection.close()


def faite_aujourd_hui(tache: str) -> bool:
    """Whether a run of today (Paris date) came to its end, wholly or in part."""
    maintenant, resultats = timezone.now(), Execution.Resultat
    return Execution.objects.filter(
        tache=tache,
        debut__date=timezone.localdate(),
        debut__lte=maintenant,
        fin__isnull=False,
        resultat__in=[resultats.REUSSI, resultats.PARTIEL],
    ).exists()


@contextmanager
def suivre_du_jour(tache: str) -> Iterator[Execution]:
    """`suivre`, once a day; one that failed is made again. Raise Conflit when it is made."""
    with suivre(tache, sauf=lambda: faite_aujourd_hui(tache)) as execution:
        yield execution


@contextmanager
def suivre(tache: str, *, sauf: Callable[[], bool] = lambda: False) -> Iterator[Execution]:
    """Follow one run of a job: a row with start, end, result and counts. Never overlaps itself.

    Raises Conflit when the job is already running elsewhere (code `execution_en_cours`), or when
    `sauf`, asked once nobody else can begin, says that there is nothing to do (`execution_faite`).
    The body may fill `execution.compteurs` and set `execution.resultat` to PARTIEL.
    """
    with exclusif(f"tache:{tache}") as obtenu:
        if not obtenu:
            raise Conflit(f"« {tache} » est déjà en cours.", code="execution_en_cours")
        if sauf():
            raise Conflit(f"« {tache} » est déjà fait.", code="execution_faite")
        Execution.objects.filter(tache=tache, fin=None).update(  # we hold the lock: it died
            resultat=Execution.Resultat.ECHEC, erreur="interrompue", fin=timezone.now()
        )
        execution = Execution.objects.create(tache=tache)
        try:
            yield execution
        except BaseException as erreur:
            execution.resultat = Execution.Resultat.ECHEC
            execution.erreur = f"{type(erreur).__name__}: {erreur}"
            raise
        else:
            if execution.resultat == Execution.Resultat.EN_COURS:
                execution.resultat = Execution.Resultat.REUSSI
        finally:
            execution.fin = timezone.now()
            execution.save()
