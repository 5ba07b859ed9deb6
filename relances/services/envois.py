"""Writing what one client gets: the ledger, and its one message or letter, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import uuid4

from artjardin.accounts.auteur import systeme
from artjardin.audit.services import consigner
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import promettre
from artjardin.preparees import curseur_prepare, inserer_tous, lire
from artjardin.storage.models import Document
from clients.models import Client
from facturation.documents import promettre_releve
from facturation.liens import lien_de_reglement
from facturation.models import Entreprise, Facture
from facturation.services.annonces import copies
from relances.decompte import Decompte, decompter
from relances.documents import promettre_lettre
from relances.messages import composer
from relances.models import Modele, Passage, Relance, Ton
from relances.plan import Canal, Envoi, Ligne
from relances.regles import Faits

FACTURES = """
    SELECT id, date, objet, total_ttc, coalesce((
        SELECT montant FROM facturation_reglement r WHERE r.facture_id = f.id
    ), 0) FROM facturation_facture f WHERE id = ANY(%s)
"""
PDF = """
    WHERE objet_type = 'facturation.facture' AND objet_id = ANY(%s) AND type = 'facture'
    ORDER BY objet_id
"""


PAR = systeme("relances")


@dataclass(frozen=True)
class Papeterie:
    """What every message of a run shares: the firm, the texts, who gets a blind copy."""

    entreprise: dict[str, Any]
    modeles: dict[tuple[str, str], Modele]
    bcc: list[str]

    @classmethod
    def lire(cls) -> Self:
        """Read it once for a whole run."""
        return cls(
            entreprise=Entreprise.la_notre().instantane(),
            modeles={(m.ton, m.type_client): m for m in Modele.objects.all()},
            bcc=copies("relance"),
        )

    def modele(self, ton: str, type_client: str) -> Modele:
        """Raise LookupError, in French, when the office has no such text."""
        try:
            return self.modeles[ton, type_client]
        except KeyError as erreur:
            raise LookupError(f"Il manque le texte « {ton} » pour un {type_client}.") from erreur


def promettre_l_envoi(
    client: Client,
    envoi: Envoi,
    *,
    jour: date,
    papeterie: Papeterie,
    passage: Passage | None = None,
) -> list[Relance]:
    """Write the ledger and the message (or the letter, or both) of one client.

    The client and its invoices are locked by the caller.
    """
    if any(ligne.client_id != client.pk for ligne in envoi.lignes):
        raise AssertionError("Une relance ne mêle pas deux clients.")
    tableau = _tableau(envoi, _factures(envoi))
    lettre = None
    if envoi.canal != Canal.COURRIEL:
        lettre = _lettre(client, envoi, tableau, jour=jour, papeterie=papeterie)
    courriel = None
    if envoi.canal != Canal.POSTE:
        pieces = _pieces(client, envoi, le=jour) + ([lettre] if lettre else [])
        courriel = _courriel(client, envoi, tableau, pieces, jour=jour, papeterie=papeterie)
    relances = [
        Relance(
            passage=passage,
            facture_id=ligne.faits.facture_id,
            niveau=ligne.niveau,
            jour=jour,
            canal=envoi.canal,
            solde=ligne.faits.solde,
            retard=ligne.retard,
            courriel=courriel,
            lettre=lettre,
        )
        for ligne in envoi.lignes
    ]
    inserer_tous(relances)
    consigner(client, "relances.inscrites", par=PAR, etats=relances)
    return relances


def refaire_la_lettre(
    client: Client, relances: Sequence[Relance], faits: Sequence[Faits], *, jour: date
) -> Document:
    """Write anew, as of `jour`, the letter of reminders whose mail left, under their locks."""
    niveaux = {relance.facture_id: relance.niveau for relance in relances}
    lignes = [Ligne(f, niveaux[f.facture_id], f.retard(au=jour)) for f in faits]
    envoi = Envoi(client.pk, sorted(lignes, key=lambda li: (li.faits.echeance, li.faits.numero)))
    tableau = _tableau(envoi, _factures(envoi))
    return _lettre(client, envoi, tableau, jour=jour, papeterie=Papeterie.lire())


def objet_et_texte(client: Client, envoi: Envoi, *, jour: date, papeterie: Papeterie) -> Any:
    """What the message will say, for the preview. Nothing is written."""
    tableau = _tableau(envoi, _factures(envoi))
    return _composer(client, envoi, tableau, jour=jour, papeterie=papeterie)


def _factures(envoi: Envoi) -> dict[int, tuple[Any, ...]]:
    """Date, object, total and amount settled of each invoice of a message, by id."""
    ids = envoi.factures
    with curseur_prepare() as curseur:
        curseur.execute(FACTURES, [ids])
        return {pk: tuple(reste) for pk, *reste in curseur.fetchall()}


def _composer(
    client: Client,
    envoi: Envoi,
    tableau: list[dict[str, Any]],
    *,
    jour: date,
    papeterie: Papeterie,
) -> Any:
    return composer(
        modele=papeterie.modele(envoi.niveau.ton, client.type),
        niveau_nom=envoi.niveau.nom,
        client=client.instantane(),
        entreprise=papeterie.entreprise,
        lignes=tableau,
        jour=jour,
        lien=lien_de_reglement(client.pk, envoi.factures),
        decompte=_decompte(client, envoi, jour=jour),
    )


def _decompte(client: Client, envoi: Envoi, *, jour: date) -> Decompte | None:
    """The interest a formal notice claims; nothing else claims any. Raise TauxManquant."""
    if envoi.niveau.ton != Ton.MISE_EN_DEMEURE:
        return None
    ids = envoi.factures
    return decompter(client, au=jour, factures=ids)


def _courriel(
    client: Client,
    envoi: Envoi,
    tableau: list[dict[str, Any]],
    pieces: Sequence[Document],
    *,
    jour: date,
    papeterie: Papeterie,
) -> Courriel:
    return promettre(
        genre="relance",
        a=[client.email],
        contenu=_composer(client, envoi, tableau, jour=jour, papeterie=papeterie),
        client=client.pk,
        pieces=pieces,
        sujet=Facture(pk=envoi.lignes[0].faits.facture_id),
        bcc=papeterie.bcc,
    )


def _lettre(
    client: Client,
    envoi: Envoi,
    tableau: list[dict[str, Any]],
    *,
    jour: date,
    papeterie: Papeterie,
) -> Document:
    return promettre_lettre(
        client,
        niveau=envoi.niveau,
        le=jour,
        lignes=tableau,
        nom=f"{client.code}-{uuid4().hex[:8]}",
        modele=papeterie.modele(envoi.niveau.ton, client.type),
        decompte=_decompte(client, envoi, jour=jour),
    )


def _pieces(client: Client, envoi: Envoi, *, le: date) -> list[Document]:
    """The PDF of each invoice; imported ones, which have none, share a summary of the account."""
    ids = envoi.factures
    pieces = lire(Document, PDF, ids)
    avec_pdf = {document.objet_id for document in pieces}
    if sans_pdf := [pk for pk in ids if pk not in avec_pdf]:
        nom = f"{client.code}-{uuid4().hex[:8]}"
        factures = list(Facture.objects.avec_solde().filter(pk__in=sans_pdf))
        pieces.append(promettre_releve(client, le=le, factures=factures, nom=nom))
    return pieces


def _tableau(envoi: Envoi, factures: Mapping[int, tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The rows of the table shown to the client, oldest due date first."""
    tableau = []
    for ligne in envoi.lignes:
        le, objet, total_ttc, regle = factures[ligne.faits.facture_id]
        tableau.append(
            {
                "numero": ligne.faits.numero,
                "date": le,
                "echeance": ligne.faits.echeance,
                "objet": objet,
                "total_ttc": total_ttc,
                "regle": regle,
                "solde": ligne.faits.solde,
                "retard": ligne.retard,
            }
        )
    return tableau
