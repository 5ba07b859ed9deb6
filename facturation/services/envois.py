"""Whether a document was mailed already: a double click sends nothing twice."""

from __future__ import annotations

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel, Rebond
from artjardin.preparees import lire
from artjardin.storage.models import Document
from clients.models import Client

Statut = Courriel.Statut
EN_CHEMIN = [Statut.EN_ATTENTE, Statut.EN_COURS]
PROMIS = [*EN_CHEMIN, Statut.ENVOYE, Statut.INCERTAIN]
DEMANDE = "facture.envoyee"  # a person asked for this mail
D_OFFICE = "facture.envoi_automatique"
EN_ERREUR = "WHERE adresse = %s AND definitif AND leve_le IS NULL LIMIT 1"  # Rebond.en_vigueur()


def obstacle_a(adresse: str) -> str:
    """Why no mail reaches a client at its address, or "": there is none, or it bounced for good."""
    if not adresse:
        return "pas d'adresse e-mail"
    return "adresse en erreur" if lire(Rebond, EN_ERREUR, adresse.strip().lower()) else ""


def exiger_une_adresse(client: Client) -> None:
    """Raise Conflit when no mail reaches this client, or it is in the trash."""
    if client.supprime_le:
        raise Conflit(f"« {client} » est dans la corbeille.", code="client_supprime")
    if not client.email:
        raise Conflit("Ce client n'a pas d'adresse e-mail.", code="sans_email")
    if obstacle_a(client.email):
        raise Conflit(
            f"L'adresse {client.email} est en erreur : corrigez-la, ou postez ce document.",
            code="adresse_en_erreur",
        )


def exiger_parti(document: Document, *, genre: str) -> bool:
    """Whether the PDF reached, or may have reached, its client by mail before: one that was refused
    or came back did not. Raise Conflit while such a mail has not left yet."""
    courriels = Courriel.objects.filter(type=genre, pieces__document=document)
    if courriels.filter(statut__in=EN_CHEMIN).exists():
        raise Conflit("Ce document est déjà en cours d'envoi.", code="envoi_en_cours")
    arrives = courriels.filter(statut__in=[Statut.ENVOYE, Statut.INCERTAIN])
    return arrives.exclude(rebonds__definitif=True).exists()


def deja_promis(document: Document, *, genre: str, a: str) -> Courriel | None:
    """The last mail that brings this PDF to that address, unless it failed or was cancelled."""
    courriels = Courriel.objects.filter(type=genre, pieces__document=document, a=[a])
    return courriels.filter(statut__in=PROMIS).order_by("-pk").first()


def a_adopter(document: Document, *, genre: str, a: str) -> Courriel | None:
    """A mail to that address that waits, sent by the table and asked for by nobody yet."""
    courriel = deja_promis(document, genre=genre, a=a)
    if courriel is None or courriel.statut not in EN_CHEMIN:
        return None
    ecrits = Entree.objects.filter(objet_type=document.objet_type, objet_id=document.objet_id)
    siens = set(ecrits.filter(details__courriel=courriel.pk).values_list("action", flat=True))
    return courriel if D_OFFICE in siens and DEMANDE not in siens else None
