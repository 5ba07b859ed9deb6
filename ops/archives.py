"""The archive as the whole product sees it: its daily catch-up, the checks that a person asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from artjardin.accounts.auteur import Auteur
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner, faite_aujourd_hui, suivre
from artjardin.erreurs import Conflit
from artjardin.storage import index, services
from artjardin.storage.coffres import PANNES
from artjardin.storage.models import Document
from artjardin.storage.tasks import verifier_document
from clients.models import Client

TACHE = "archives.rattrapage"
DUREE = 3 * 3600.0  # seconds for a whole old archive


def rattraper_du_jour() -> dict[str, int]:
    """The one of the schedule: once a day; one that failed is made again. Raise as below."""
    return rattraper_les_archives(sauf=lambda: faite_aujourd_hui(TACHE))


def rattraper_les_archives(*, sauf: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Take in what was missed, archive it, write the missing indexes. Raise Conflit, OSError."""
    with suivre(TACHE, sauf=sauf) as execution:
        execution.compteurs = services.rattraper()
        with suppress(Conflit):  # the minute sweep is at it
            execution.compteurs |= services.archiver_les_documents(duree=DUREE)
        try:
            execution.compteurs["index"] = len(index.ecrire_les_index(noms=noms_des_clients))
        except PANNES as erreur:
            execution.resultat = Execution.Resultat.PARTIEL
            execution.erreur = f"index non écrits : {type(erreur).__name__} : {erreur}"
        if execution.compteurs.get("echecs"):
            execution.resultat = Execution.Resultat.PARTIEL
        return dict(execution.compteurs)


def noms_des_clients(numeros: Iterable[int]) -> dict[int, str]:
    """By number, also those in the trash."""
    clients = Client.tous.filter(pk__in=list(numeros))
    return {client.pk: client.designation for client in clients}


def demander_une_verification(document: Document, *, par: Auteur) -> None:
    """Have a worker hash both copies and repair. Raise Conflit for a document that is not made."""
    if not document.est_produit:
        raise Conflit("Ce document n'est pas encore produit.", code="document_promis")
    consigner(document, "archive.verification_demandee", par=par)
    verifier_document.delay_on_commit(document.pk)
