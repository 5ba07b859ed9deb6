"""A client whose address changed before its mail left: the old one may be another's by now."""

from __future__ import annotations

from artjardin.accounts.auteur import systeme
from artjardin.audit.services import consigner
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import Contenu, promettre, promettre_a_chacun
from artjardin.storage.models import Document
from clients.models import Client
from facturation.models import Devis, Entreprise, Evenement, Facture
from facturation.services.annonces import INTERNE, Annonce, adresses_internes, rediger, reglage
from facturation.services.annonces_devis import mots_communs
from facturation.services.envois import obstacle_a

Code = Evenement.Code
PAR = systeme("courriels")
DANS_LA_CORBEILLE = "Le client est dans la corbeille."
OBJET = "[{entreprise}] À poster : {document} – {client}"
TEXTE = """**{document}**, pour **{client}**, n'est pas parti par courriel : {obstacle}.

Postez-le ; ou corrigez l'adresse sur la fiche du client, puis renvoyez le courriel « {sujet} »."""


def motif_si_l_adresse_a_change(courriel: Courriel, client: Client, sujet: Devis | Facture) -> str:
    """Why this mail does not leave to its address, or "": it is not the client's today.

    The same message is promised to today's; where no mail arrives, the firm is told to post it.
    Asked under the client's lock. For one in the trash nothing is written anew, nor posted.
    """
    if client.supprime_le:
        return DANS_LA_CORBEILLE
    if courriel.a == [client.email]:
        return ""
    obstacle = obstacle_a(client.email)
    if obstacle:
        _faire_poster(courriel, client, sujet, obstacle=obstacle)
        return f"L'adresse du client a changé : {obstacle}, à poster."
    _readresser(courriel, client, sujet)
    return "L'adresse du client a changé : le message est refait."


def _readresser(courriel: Courriel, client: Client, sujet: Devis | Facture) -> None:
    nouveau = promettre(
        genre=courriel.type,
        a=[client.email],
        contenu=Contenu(courriel.objet, courriel.texte, courriel.html, courriel.codes),
        client=client.pk,
        pieces=_documents(courriel),
        sujet=sujet,
        bcc=courriel.bcc,
    )
    consigner(nouveau, "courriel.readresse", par=PAR, ancien=courriel.pk, a=client.email)


def _faire_poster(
    courriel: Courriel, client: Client, sujet: Devis | Facture, *, obstacle: str
) -> None:
    """The firm gets the PDF too: it is printed from there."""
    entreprise = sujet.emetteur or Entreprise.la_notre().instantane()
    valeurs = mots_communs(sujet, client=client, entreprise=entreprise)
    valeurs |= {"obstacle": obstacle, "sujet": courriel.objet}
    annonce = Annonce(sujet=sujet, client=client, entreprise=entreprise, valeurs=valeurs)
    promettre_a_chacun(
        adresses_internes(reglage(_code(sujet)), entreprise),
        genre=INTERNE,
        contenu=rediger(OBJET, TEXTE, annonce, valeurs=valeurs, interne=True),
        sujet=sujet,
        client=client.pk,
        pieces=_documents(courriel),
        bcc=[],
    )


def _documents(courriel: Courriel) -> list[Document]:
    return [piece.document for piece in courriel.pieces.select_related("document")]


def _code(sujet: Devis | Facture) -> str:
    """Whose internal addresses read of it."""
    return Code.FACTURE_EMISE if isinstance(sujet, Facture) else Code.DEVIS_ENVOYE
