"""A number that was given before a backup was restored goes back to the same client only."""

from __future__ import annotations

from collections.abc import Iterable

from artjardin.accounts.auteur import Auteur
from artjardin.erreurs import Conflit
from artjardin.storage.models import Orphelin
from artjardin.storage.orphelins import perdus, regler
from clients.models import Client


def reprendre_le_numero(numero: str, *, genre: str, client: Client, par: Auteur) -> None:
    """Settle what the archive holds under this number: it is being entered again.

    Raise Conflit, in the transaction of the issue, when it was given to another client, or to one
    whom this database cannot tell from this one.
    """
    for perdu in perdus(genre, numero):
        if perdu.client_ref != client.pk or client.cree_le > perdu.depose_le:
            raise _refus(perdu, client)
        regler(perdu, motif="saisi à nouveau", par=par)


def clients_des_perdus(perdus: Iterable[Orphelin]) -> dict[int, str]:
    """By id, to whom each was: its name when this database can tell, else the number it bore."""
    perdus = list(perdus)
    clients = Client.tous.in_bulk([perdu.client_ref for perdu in perdus if perdu.client_ref])
    return {perdu.pk: _nom(perdu, clients.get(perdu.client_ref or 0)) for perdu in perdus}


def _nom(perdu: Orphelin, client: Client | None) -> str:
    if client is not None and client.cree_le <= perdu.depose_le:
        return str(client)
    if perdu.client_ref is None:
        return "client inconnu"
    return f"client n° {perdu.client_ref}, que cette base ne connaît pas"


def _refus(perdu: Orphelin, client: Client) -> Conflit:
    du = f" du {perdu.le:%d/%m/%Y}" if perdu.le else ""
    if perdu.client_ref == client.pk:  # his row is younger than the document: who was it then?
        a_qui = f"un client n° {client.pk} perdu depuis, peut-être un autre que {client}"
    else:
        autre = Client.tous.filter(pk=perdu.client_ref or 0).first()
        a_qui = str(autre) if autre and autre.cree_le <= perdu.depose_le else "un autre client"
    return Conflit(
        f"Le numéro {perdu.numero} a déjà été donné{du} à {a_qui}, avant la restauration. "
        "Saisissez d'abord à nouveau les pièces perdues, dans l'ordre de leurs numéros. "
        f"Son PDF est dans l'archive : {perdu.cle}. S'il ne doit pas être saisi à nouveau, un "
        "patron règle ce numéro (page Documents perdus).",
        code="numero_deja_donne",
    )
