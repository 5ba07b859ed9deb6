"""The plan of a day as a person reads it: by client, with the text, and what waits for whom."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from artjardin.argent import ZERO, en_euros
from artjardin.outbox.services import Contenu
from clients.models import Client
from relances.plan import Ecartee, Envoi, Plan
from relances.regles import MOTIFS, RETENUS
from relances.services.envois import Papeterie, objet_et_texte

journal = logging.getLogger(__name__)
LIGNES_MAX = 200  # invoices shown of those left out for one reason
TEXTES_MAX = 50  # messages written out in full; past that the page says to open them one by one


@dataclass(frozen=True)
class Annonce:
    """What one client is about to get. `faute`: why its message cannot be written."""

    client: Client
    envoi: Envoi
    contenu: Contenu | None = None
    faute: str = ""


@dataclass(frozen=True)
class Groupe:
    """The invoices left out for one reason; `noms`: those of the clients of the first ones."""

    motif: str
    ecartees: Sequence[Ecartee]
    noms: Mapping[int, str]

    @property
    def lignes(self) -> list[tuple[Ecartee, str]]:
        """The first ones, each with the name of its client."""
        return [(une, self.noms[une.faits.client_id]) for une in self.ecartees[:LIGNES_MAX]]

    @property
    def explication(self) -> str:
        return MOTIFS[self.motif]

    @property
    def total(self) -> Decimal:
        return sum((ecartee.faits.solde for ecartee in self.ecartees), ZERO)

    @property
    def attend(self) -> bool:
        """Whether a person has to decide."""
        return self.motif in RETENUS


@dataclass(frozen=True)
class Resume:
    """A plan, told."""

    plan: Plan
    envois: list[Annonce]
    groupes: list[Groupe]

    @property
    def retenues(self) -> list[Groupe]:
        return [groupe for groupe in self.groupes if groupe.attend]

    @property
    def ecartees(self) -> list[Groupe]:
        return [groupe for groupe in self.groupes if not groupe.attend]

    @property
    def total(self) -> Decimal:
        return sum((annonce.envoi.total for annonce in self.envois), ZERO)

    @property
    def titre(self) -> str:
        """One line: how many clients, how much, how many wait."""
        nombre, attente = len(self.envois), sum(len(g.ecartees) for g in self.retenues)
        clients = f"{nombre} client{'s' if nombre > 1 else ''} pour {en_euros(self.total)}"
        return f"{clients}, {attente} en attente de vous" if attente else clients


def resumer(plan: Plan, *, avec_textes: bool = False) -> Resume:
    """Group a plan by client and by reason; `avec_textes` writes the first messages out."""
    envois = list(plan.envois())
    clients = Client.tous.in_bulk([envoi.client_id for envoi in envois])
    annonces = [Annonce(clients[envoi.client_id], envoi) for envoi in envois]
    annonces.sort(key=lambda annonce: (annonce.client.nom_tri, annonce.client.pk))
    if avec_textes:
        papeterie = Papeterie.lire()
        ecrites = [
            ecrire(a.client, a.envoi, plan, papeterie=papeterie) for a in annonces[:TEXTES_MAX]
        ]
        annonces = ecrites + annonces[TEXTES_MAX:]
    return Resume(plan, annonces, _grouper(plan))


def _grouper(plan: Plan) -> list[Groupe]:
    clef = attrgetter("motif")
    groupes = groupby(sorted(plan.ecartees, key=clef), key=clef)
    par_motif = {motif: list(ecartees) for motif, ecartees in groupes}
    montrees = [une for ecartees in par_motif.values() for une in ecartees[:LIGNES_MAX]]
    clients = Client.tous.in_bulk({une.faits.client_id for une in montrees})
    noms = {pk: client.designation for pk, client in clients.items()}
    return [Groupe(motif, ecartees, noms) for motif, ecartees in par_motif.items()]


def ecrire(client: Client, envoi: Envoi, plan: Plan, *, papeterie: Papeterie) -> Annonce:
    """The message of one client as the run would write it, or why it cannot."""
    try:
        contenu: Any = objet_et_texte(client, envoi, jour=plan.au, papeterie=papeterie)
    except Exception as erreur:  # noqa: BLE001 - as in the run, one bad client hides nobody else
        journal.exception("client %s : message non écrit", client.pk)
        return Annonce(client, envoi, faute=str(erreur))
    return Annonce(client, envoi, contenu)
