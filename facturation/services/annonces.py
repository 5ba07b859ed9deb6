"""What is told at each step, to the client and to the firm, in the caller's transaction.

The table `Evenement` says to whom and in which words. A client without an address is never a reason
to refuse what is being done: the firm is told that the document is to be posted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from artjardin import textes
from artjardin.accounts.auteur import Auteur
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import Contenu, promettre, promettre_a_chacun
from artjardin.preparees import lire
from artjardin.storage.models import Document
from clients.models import Client
from facturation.models import Devis, Evenement, Facture
from facturation.services.envois import obstacle_a

INTERNE = "interne"


@dataclass(frozen=True)
class Bloc:
    """A ready-made piece of a message, in both of its forms."""

    texte: str
    html: str


@dataclass(frozen=True)
class Annonce:
    """What there is to say of a document: the values of the holes, the blocks, the attachments.

    `genre` is the type of the client's mail; `entreprise` is the firm as it signs.
    """

    sujet: Devis | Facture
    client: Client
    entreprise: Mapping[str, Any]
    valeurs: Mapping[str, str]
    blocs: Mapping[str, Bloc] = field(default_factory=dict)
    pieces: Sequence[Document] = ()
    genre: str = ""


def reglage(code: str) -> Evenement:
    """The row of an event, by one prepared query."""
    [evenement] = lire(Evenement, "WHERE code = %s", code)
    return evenement


def copies(code: str) -> list[str]:
    """The blind copies of what an event sends to the client."""
    return reglage(code).copies()


@contextmanager
def en_silence() -> Iterator[None]:
    """Write what is already past, as demonstration data, without telling anybody.

    In the caller's transaction: what others write meanwhile is told as ever.
    """
    reglages = dict(Evenement.objects.select_for_update(no_key=True).values_list("code", "vers"))
    Evenement.objects.update(vers=Evenement.Vers.AUCUN)
    yield
    for code, vers in reglages.items():
        Evenement.objects.filter(pk=code).update(vers=vers)


def annoncer(
    evenement: Evenement,
    annonce: Annonce,
    *,
    par: Auteur,
    envoyer: bool | None = None,
    deja: Courriel | None = None,
) -> list[Courriel]:
    """Promise the client's mail, then the firm's, as the table says; return those promised.

    `envoyer` decides for the client's instead of the table: True sends, False does not. `deja` is a
    mail that the client was already promised: it gets no other.
    """
    retenu = _retenu(evenement, annonce.client, envoyer=envoyer, deja=deja)
    promis = [] if retenu else [promettre_au_client(evenement, annonce)]
    if evenement.a_l_entreprise:
        sort = retenu or f"Un message part au client, à {annonce.client.email}."
        promis += promettre_a_l_entreprise(evenement, annonce, sort=sort, par=par)
    return promis


def promettre_au_client(
    evenement: Evenement, annonce: Annonce, *, duplicata: bool = False
) -> Courriel:
    """Promise the client's mail alone, to its address of today."""
    contenu = rediger(evenement.objet, evenement.texte, annonce, valeurs=annonce.valeurs)
    if duplicata:
        contenu = Contenu(f"Duplicata – {contenu.objet}", contenu.texte, contenu.html)
    return promettre(
        genre=annonce.genre or evenement.pk,
        a=[annonce.client.email],
        contenu=contenu,
        sujet=annonce.sujet,
        client=annonce.client.pk,
        pieces=annonce.pieces,
        bcc=evenement.copies(),
    )


def pour_le_client(courriels: Sequence[Courriel]) -> Courriel | None:
    """The client's mail among those of one event, if it got one."""
    return next((courriel for courriel in courriels if courriel.type != INTERNE), None)


def rediger(
    objet: str, texte: str, annonce: Annonce, *, valeurs: Mapping[str, str], interne: bool = False
) -> Contenu:
    """A message in the words of the office, laid out as all our mails."""
    contexte = {"entreprise": annonce.entreprise, "interne": interne}
    if interne:
        contexte["lien"] = _page_de(annonce.sujet)
    html = textes.en_html(
        texte, valeurs=valeurs, blocs={nom: bloc.html for nom, bloc in annonce.blocs.items()}
    )
    brut = textes.en_texte(
        texte, valeurs=valeurs, blocs={nom: bloc.texte for nom, bloc in annonce.blocs.items()}
    )
    return Contenu(
        textes.remplir(objet, valeurs),
        render_to_string("courriels/message.txt", contexte | {"message": brut}),
        render_to_string("courriels/message.html", contexte | {"message": html}),
    )


def adresses_internes(evenement: Evenement, entreprise: Mapping[str, Any]) -> list[str]:
    """Where the firm is told: the addresses of the event, its own, or the sender's."""
    propre = entreprise.get("email") or parseaddr(settings.COURRIEL_EXPEDITEUR)[1]
    return list(evenement.adresses) or [propre]


def promettre_a_l_entreprise(
    evenement: Evenement, annonce: Annonce, *, sort: str, par: Auteur
) -> list[Courriel]:
    """Promise the firm's mail to each of its addresses.

    It hangs below the client only as far as its attachments do.
    """
    valeurs = {**annonce.valeurs, "sort": sort, "par": par.nom}
    return promettre_a_chacun(
        adresses_internes(evenement, annonce.entreprise),
        genre=INTERNE,
        contenu=rediger(
            evenement.objet_interne,
            evenement.texte_interne,
            annonce,
            valeurs=valeurs,
            interne=True,
        ),
        sujet=annonce.sujet,
        client=annonce.client.pk if annonce.pieces else None,
        pieces=annonce.pieces,
        bcc=[],
    )


def _retenu(
    evenement: Evenement, client: Client, *, envoyer: bool | None, deja: Courriel | None
) -> str:
    """Why no mail leaves to the client, as the firm reads it, or ""."""
    if deja is not None:
        return f"Le client a déjà ce document : courriel du {deja.cree_le:%d/%m/%Y}."
    if client.supprime_le:
        return "Rien ne part au client : il est dans la corbeille."
    if envoyer is False:
        return "Rien ne part au client : demandé ainsi."
    if not (envoyer or evenement.au_client):
        return "Rien ne part au client : c'est le réglage de cet envoi."
    obstacle = obstacle_a(client.email)
    return f"Rien ne part au client : {obstacle}, à poster." if obstacle else ""


def _page_de(sujet: Devis | Facture) -> str:
    """The admin page of a document, where the site has a public address."""
    page = reverse(f"admin:facturation_{sujet._meta.model_name}_change", args=[sujet.pk])
    return f"{settings.ADRESSE_PUBLIQUE}{page}" if settings.ADRESSE_PUBLIQUE else ""
