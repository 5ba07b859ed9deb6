"""The minute sweep that copies documents to the archive, and the daily catch-up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from artjardin.audit.models import Execution
from artjardin.audit.services import consigner, suivre
from artjardin.fils import sans_se_faire_attendre
from artjardin.pannes import en_francais
from artjardin.storage import depots
from artjardin.storage.coffres import PANNES, Coffre, coffre_des_documents
from artjardin.storage.models import Archive
from artjardin.storage.services.copies import Copie, CopieFausse, deposer, retrouver
from artjardin.storage.services.lecture import (
    ABSENTE,
    PAR,
    lire_la_copie_locale,
    reparer_la_copie_locale,
)

journal = logging.getLogger(__name__)
TACHE = "archives.balayage"
DUREE = 50.0  # seconds; the next minute goes on
TRANCHE = 40
VOIES = 4  # at a time: most of an archiving is waiting for the store
ATTENTE_PANNE = timedelta(minutes=5)
ATTENTE_MAX = timedelta(hours=6)
ECART_D_HORLOGE = timedelta(hours=1)
MANQUANTES = """INSERT INTO storage_archive
(document_id, etat, cle, version, sha256, essais, prochain_essai_le, erreur, ecartees)
SELECT d.id, 'a_faire', '', '', '', 0, now(), '', '[]' FROM storage_document d
WHERE d.sha256 <> '' AND NOT EXISTS (SELECT 1 FROM storage_archive a WHERE a.document_id = d.id)
ON CONFLICT DO NOTHING"""


class Issue(NamedTuple):
    """What became of one document: its copy, or the error."""

    archive: Archive
    copie: Copie | None = None
    a_reparer: bytes | None = None  # the right bytes, when the local copy is altered
    erreur: str = ""
    panne: bool = False


def archiver_les_documents(*, duree: float = DUREE) -> dict[str, int]:
    """Copy what is due, for at most `duree` seconds; the counts. Raise Conflit when it runs.

    Leaves a run only when there was something to do. An archive out of reach, or whose clock
    disagrees with ours, counts as an attempt of no document: all wait five minutes.
    """
    if not Archive.objects.dues().exists():
        return {}
    with suivre(TACHE) as execution:
        return _archiver(execution, fin=monotonic() + duree)


def rattraper() -> dict[str, int]:
    """Take in the documents that have no archive yet, and sweep what killed processes left.

    Documents made before the archive existed lie in one place or the other: both are taken in.
    """
    with connection.cursor() as curseur:
        curseur.execute(MANQUANTES)
        nouveaux = curseur.rowcount
    Archive.objects.a_faire().update(prochain_essai_le=timezone.now())
    return {"nouveaux": nouveaux, "restes": depots.menage() + coffre_des_documents().menage()}


def remettre_a_faire(archive: Archive, *, faute: str) -> None:
    """The object it points to is wrong: keep it as evidence, and archive the document again."""
    archive.ecartees.append({"cle": archive.cle, "version": archive.version, "faute": faute})
    Archive.objects.filter(pk=archive.pk).update(
        etat=Archive.Etat.A_FAIRE, prochain_essai_le=timezone.now(), ecartees=archive.ecartees
    )


def archiver(archive: Archive) -> Issue:
    """Archive one document now, and write down what became of it."""
    issue = _essayer(coffre_des_documents(), archive)
    _noter(issue)
    return issue


def _archiver(execution: Execution, *, fin: float) -> dict[str, int]:
    coffre, comptes = coffre_des_documents(), {"archives": 0, "echecs": 0}
    execution.compteurs = comptes
    if panne := _panne(coffre):
        _attendre(execution, panne)
        return comptes
    with sans_se_faire_attendre(), ThreadPoolExecutor(VOIES) as voies:
        while (dues := _dues()) and monotonic() < fin:
            issues = list(voies.map(lambda archive: _essayer(coffre, archive), dues))
            with transaction.atomic():  # one commit: what is lost with it is adopted again
                for issue in issues:
                    _noter(issue)
                    comptes["echecs" if issue.erreur else "archives"] += 1
            if all(issue.panne for issue in issues):
                _attendre(execution, issues[-1].erreur)
                return comptes
    if comptes["echecs"]:
        execution.resultat = Execution.Resultat.PARTIEL
        execution.erreur = _dernieres_erreurs()
    return comptes


def _dues() -> list[Archive]:
    dues = Archive.objects.dues().select_related("document")
    return list(dues.order_by("essais", "prochain_essai_le")[:TRANCHE])


def _panne(coffre: Coffre) -> str:
    """Why nothing can be archived now, or nothing."""
    try:
        ecart = abs(coffre.eprouver() - timezone.now())
    except PANNES as erreur:
        return f"L'archive ne répond pas ({coffre.description}) : {en_francais(erreur)}"
    if ecart > ECART_D_HORLOGE:  # a lock cannot be shortened: not one day must be wrong
        return f"L'horloge de cette machine et celle de l'archive diffèrent de {ecart}."
    return ""


def _attendre(execution: Execution, panne: str) -> None:
    Archive.objects.dues().update(prochain_essai_le=timezone.now() + ATTENTE_PANNE, erreur=panne)
    journal.error("%s", panne)
    execution.resultat, execution.erreur = Execution.Resultat.ECHEC, panne


def _essayer(coffre: Coffre, archive: Archive) -> Issue:
    """No query here: it runs in a thread."""
    try:
        return _copier(coffre, archive)
    except PANNES as erreur:
        return Issue(archive, erreur=en_francais(erreur), panne=True)
    except CopieFausse as erreur:
        return Issue(archive, erreur=str(erreur))
    except Exception as erreur:  # noqa: BLE001 - one bad document stops nobody else
        journal.exception("archivage de %s", archive.document.cle)
        return Issue(archive, erreur=en_francais(erreur))


def _copier(coffre: Coffre, archive: Archive) -> Issue:
    document, a_reparer = archive.document, None
    contenu, faute = lire_la_copie_locale(document)
    if contenu is None:
        trouve = retrouver(coffre, document)
        if trouve is None:
            raise CopieFausse(f"La copie locale est {faute} et l'archive n'en a pas de bonne.")
        contenu = trouve[1]
        if faute == ABSENTE:  # made when S3 was the only place
            depots.ecrire(document.cle, contenu)
        else:
            a_reparer = contenu
    return Issue(archive, deposer(coffre, document, contenu), a_reparer)


def _noter(issue: Issue) -> None:
    if issue.copie is None:
        _noter_l_echec(issue)
        return
    document, copie, maintenant = issue.archive.document, issue.copie, timezone.now()
    with transaction.atomic():
        Archive.objects.filter(pk=issue.archive.pk).update(
            **copie._asdict(), etat=Archive.Etat.ARCHIVE, archive_le=maintenant,
            verifie_le=maintenant, essais=0, erreur="",
        )  # fmt: skip
        if copie.cle not in {document.cle, issue.archive.cle}:
            consigner(document, "archive.clef_prise", par=PAR, cle=document.cle, sous=copie.cle)
            journal.error("%s porte un autre contenu : archivé sous %s", document.cle, copie.cle)
    if issue.a_reparer is not None:
        reparer_la_copie_locale(document, issue.a_reparer)


def _noter_l_echec(issue: Issue) -> None:
    essais = issue.archive.essais + 1
    attente = min(timedelta(minutes=2 ** min(essais - 1, 12)), ATTENTE_MAX)
    Archive.objects.filter(pk=issue.archive.pk).update(
        essais=essais, erreur=issue.erreur, prochain_essai_le=timezone.now() + attente
    )
    journal.error(
        "%s non archivé (essai %s) : %s", issue.archive.document.cle, essais, issue.erreur
    )


def _dernieres_erreurs() -> str:
    return "\n".join(_erreurs())


def _erreurs() -> Iterator[str]:
    for archive in Archive.objects.a_faire().exclude(erreur="").select_related("document")[:10]:
        yield f"{archive.document.cle} : {archive.erreur}"
