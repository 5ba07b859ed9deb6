"""The file that goes to whoever recovers a debt: all the pieces about one client, in one ZIP.

Written to disk one piece at a time, so that its size costs no memory. Every document is read with
its SHA-256 checked, and belongs to this client: another one's stops everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.api.pdf import preparer
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.outbox.message import rediger
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from artjardin.storage.services import lire
from clients.models import Client
from facturation import comptes
from facturation.models import Devis, Facture
from relances import preuves
from relances.decompte import Decompte, decompter
from relances.documents import promettre_decompte
from relances.models import Relance

EN_PREUVE = ("relance", "facture", "avoir")  # mails that tell the client what it owes


class Piece(NamedTuple):
    """A file of the ZIP: its path there, its SHA-256, what it is."""

    chemin: str
    sha256: str
    quoi: str


@dataclass(frozen=True)
class Dossier:
    """A recovery file, open at its beginning."""

    nom: str
    fichier: IO[bytes]


@dataclass
class Contenu:
    """What is known of the debt of one client, before anything is written."""

    client: Client
    le: date
    decompte: Decompte
    factures: list[Facture]
    relances: list[Relance]
    courriels: list[Courriel]
    documents: list[tuple[str, Document]]  # folder, document
    sans_pdf: list[Facture] = field(default_factory=list)

    def exiger_un_seul_client(self) -> None:
        """Raise AssertionError when anything here is another client's."""
        pieces = [piece.document for une in self.courriels for piece in une.pieces.all()]
        siens = [une.client_ref for une in [*pieces, *(doc for _, doc in self.documents)]]
        siens += [une.client_ref or 0 for une in self.courriels]
        siens += [une.client_id for une in self.factures]
        if set(siens) - {self.client.pk}:
            raise AssertionError("Un dossier ne contient que les pièces de son client.")


def constituer(client: Client, *, par: Auteur) -> Dossier:
    """Write the recovery file of a client, and note it in the journal.

    Raise Conflit when nothing is owed nor was reminded, TauxManquant, Indisponible while a document
    is being made.
    """
    contenu = rassembler(client, le=timezone.localdate())
    contenu.exiger_un_seul_client()
    joints = [piece.document for une in contenu.courriels for piece in une.pieces.all()]
    preparer([*(document for _, document in contenu.documents), *joints])
    with ExitStack() as en_cas_d_echec:
        fichier = en_cas_d_echec.enter_context(TemporaryFile())
        pieces, sha256 = _ecrire(contenu, fichier), _empreinte(fichier)
        with transaction.atomic():
            consigner(client, "client.dossier", par=par, pieces=len(pieces), sha256=sha256)
        en_cas_d_echec.pop_all()  # the answer reads it, then closes it
    fichier.seek(0)
    return Dossier(f"Dossier-{client.code}-{contenu.le}.zip", fichier)


def rassembler(client: Client, *, le: date) -> Contenu:
    """What goes into the file of a client: unpaid or reminded invoices, and all about them."""
    relances = list(
        Relance.objects.filter(facture__client=client)
        .select_related("niveau", "facture", "lettre", "courriel")
        .order_by("pk")
    )
    factures = _factures(client, {relance.facture_id for relance in relances})
    if not factures:
        message = "Ce client ne doit rien et n'a jamais été relancé."
        raise Conflit(message, code="rien_a_recouvrer")
    documents = _documents(factures, relances)
    avec_pdf = {une.objet_id for _, une in documents if une.objet_type == "facturation.facture"}
    decompte = decompter(client, au=le)
    with transaction.atomic():
        documents += _comptes(client, decompte, le=le)
    return Contenu(
        client,
        le,
        decompte,
        factures,
        relances,
        _courriels(client, factures, relances),
        documents,
        [une for une in factures if une.pk not in avec_pdf],
    )


def _factures(client: Client, relancees: set[int]) -> list[Facture]:
    """Unpaid or reminded invoices, and their credit notes, in the order of their issue."""
    dues: Any = Facture.objects.emises().avec_solde().filter(client=client)
    ids = set(dues.filter(Q(solde__gt=0) | Q(pk__in=relancees)).values_list("pk", flat=True))
    emises = Facture.tous.filter(statut=Facture.Statut.EMISE, client=client)
    return list(emises.filter(Q(pk__in=ids) | Q(origine__in=ids)).order_by("date", "pk"))


def _documents(
    factures: Iterable[Facture], relances: Iterable[Relance]
) -> list[tuple[str, Document]]:
    ids = [une.pk for une in factures]
    des_factures = Document.objects.filter(
        type="facture", objet_type="facturation.facture", objet_id__in=ids
    )
    devis = {une.devis_id for une in factures if une.devis_id}
    signes = Devis.tous.filter(pk__in=devis, signe_le__isnull=False).values_list("pk", flat=True)
    des_devis = Document.objects.filter(objet_type="facturation.devis", objet_id__in=list(signes))
    # A letter that was never posted proves nothing, and its client does not know it
    postees = (une.lettre for une in relances if une.postee_le is not None)
    lettres = {lettre.pk: lettre for lettre in postees if lettre is not None}
    return [
        *(("factures", document) for document in des_factures.order_by("objet_id")),
        *(("devis", document) for document in des_devis.order_by("pk")),
        *(("relances", lettre) for lettre in lettres.values()),
    ]


def _comptes(client: Client, decompte: Decompte, *, le: date) -> list[tuple[str, Document]]:
    """The account since its beginning, and the interest."""
    premiere = Facture.tous.filter(client=client, statut=Facture.Statut.EMISE).earliest("date")
    releve = comptes.relever_le_compte(client, du=premiere.date or le, au=le)
    return [
        ("", comptes.promettre_le_releve(releve, client)),
        ("", promettre_decompte(client, decompte)),
    ]


def _courriels(
    client: Client, factures: Iterable[Facture], relances: Iterable[Relance]
) -> list[Courriel]:
    """The mails that told the client of these invoices, and those sent again."""
    par_relance = {une.courriel_id for une in relances if une.courriel_id}
    de_facture = Q(sujet_type="facturation.facture", sujet_id__in=[une.pk for une in factures])
    siens = Courriel.objects.filter(client_ref=client.pk, type__in=EN_PREUVE)
    visee = Q(pk__in=par_relance) | Q(renvoi_de__in=par_relance) | de_facture
    return list(siens.filter(visee).prefetch_related("pieces__document", "essais").order_by("pk"))


def _ecrire(contenu: Contenu, fichier: IO[bytes]) -> list[Piece]:
    """Write every file; the summary, which lists them, comes last but reads first."""
    pieces: list[Piece] = []
    pris: set[str] = set()
    with ZipFile(fichier, "w", ZIP_DEFLATED) as archive:
        for chemin, octets, quoi in _fichiers(contenu):
            libre = _nom_libre(chemin, pris)
            if not octets:
                raise AssertionError(f"{libre} est vide.")
            archive.writestr(libre, octets)
            pieces.append(Piece(libre, hashlib.sha256(octets).hexdigest(), quoi))
        archive.writestr("preuves/empreintes.csv", preuves.empreintes(pieces))
        archive.writestr("00-sommaire.html", _sommaire(contenu, pieces))
    return pieces


def _fichiers(contenu: Contenu) -> Iterator[tuple[str, bytes, str]]:
    """Path, bytes and meaning of each file, one in memory at a time."""
    for dossier, document in contenu.documents:
        chemin = f"{dossier}/{document.nom}" if dossier else f"{document.type}.pdf"
        yield chemin.replace("releve_compte", "releve"), lire(document), str(document)
    for courriel in contenu.courriels:
        if courriel.remis_le is not None:
            quoi = f"Courriel du {timezone.localtime(courriel.remis_le):%d/%m/%Y}"
            chemin = f"relances/{preuves.nom_du_courriel(courriel)}"
            yield chemin, rediger(courriel).message, f"{quoi} : {courriel.objet}"
    yield "preuves/courriels.csv", preuves.courriels(contenu.courriels), "Envois et réponses"
    yield "preuves/relances.csv", preuves.relances(contenu.relances), "Relances, postes, accusés"


def _nom_libre(chemin: str, pris: set[str]) -> str:
    tige, _, extension = chemin.rpartition(".")
    libre, rang = chemin, 2
    while libre in pris:
        libre, rang = f"{tige}-{rang}.{extension}", rang + 1
    pris.add(libre)
    return libre


def _sommaire(contenu: Contenu, pieces: list[Piece]) -> str:
    return render_to_string("pdf/dossier.html", {"contenu": contenu, "pieces": pieces})


def _empreinte(fichier: IO[bytes]) -> str:
    fichier.seek(0)
    return hashlib.file_digest(fichier, "sha256").hexdigest()  # type: ignore[arg-type]
