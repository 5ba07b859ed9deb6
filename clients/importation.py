"""Importing clients from the file of another program: dry run, then all good rows at once.

An empty cell never erases what the office holds, and an import never ends an exclusion from
reminders: a client is not bothered because a column was empty.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, contraintes_immediates, photo
from clients.lecture import Ligne, Refus, ouvrir
from clients.models import Client, RejetImport
from clients.rapport import (
    Action,
    Changement,
    Constat,
    Rapport,
    dresser,
    rejeter,
)
from clients.reprise import CHAMPS, COLONNES, NOMS, ClientLu, code_de, lire_client

EXCLUSION = ["exclusion_le", "exclusion_fin", "exclusion_motif", "exclusion_par"]
SUIVIS = CHAMPS + EXCLUSION
LIBELLES = NOMS | {
    "exclusion_le": "Hors relances depuis le",
    "exclusion_fin": "Hors relances jusqu'au",
    "exclusion_motif": "Motif",
    "exclusion_par": "Décidé par",
}
CODE_REJETE_MAX = 200


def analyser_clients(octets: bytes, *, fichier: str, par: Auteur) -> Rapport:
    """The dry run: what importing would do, row by row; nothing is written. Raise Invalide."""
    feuille = ouvrir(octets, COLONNES)
    return dresser(feuille, _Import(par=par, essai=True).traiter, fichier=fichier, essai=True)


@transaction.atomic
def importer_clients(octets: bytes, *, fichier: str, par: Auteur) -> Rapport:
    """Write every good row in one transaction, one import at a time.

    Raise Invalide, before anything is written, when the file cannot be read.
    """
    feuille = ouvrir(octets, COLONNES)
    attendre_son_tour()
    rapport = dresser(feuille, _Import(par=par, essai=False).traiter, fichier=fichier, essai=False)
    _retenir_les_rejets(rapport)
    journal = Client(raison_sociale=f"import de {fichier}"[:150])
    consigner(journal, "client.import", par=par, fichier=fichier, lignes=rapport.compter())
    return rapport


def resumer_clients(rapport: Rapport) -> dict[str, Any]:
    """The report as JSON, with the counts of clients that are in after it."""
    doublons = [constat.cle for constat in rapport.ceux(Action.DOUBLON)]
    return {
        "clients_importes": len(rapport.acceptes),
        "clients_rejetes": {
            constat.cle or f"ligne {constat.ligne}": constat.raison
            for constat in rapport.ceux(Action.REJET)
        },
        "doublon": doublons[0] if len(doublons) == 1 else doublons,
        **rapport.en_json(),
    }


def attendre_son_tour() -> None:
    """Imports run one after the other: the lock goes with the transaction.

    Foreign keys are checked at once: a queue of deferred checks that grows with the file makes
    every trigger slower (50 000 invoices take twice the time).
    """
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(b"import")])
    contraintes_immediates()


def _retenir_les_rejets(rapport: Rapport) -> None:
    """Keep the refused codes, and forget those that were accepted this time."""
    acceptes = [constat.cle for constat in rapport.acceptes]
    RejetImport.objects.filter(code__in=acceptes).delete()
    maintenant = timezone.now()
    RejetImport.objects.bulk_create(
        (
            RejetImport(
                code=constat.cle,
                raison=constat.raison,
                fichier=rapport.fichier[:200],
                importe_le=maintenant,
            )
            for constat in rapport.ceux(Action.REJET)
            if 0 < len(constat.cle) <= CODE_REJETE_MAX
        ),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["raison", "fichier", "importe_le"],
    )


@dataclass
class _Import:
    """One pass over a file: the codes already read, and what the batch at hand will write."""

    par: Auteur
    essai: bool
    le: date = field(default_factory=timezone.localdate)
    vus: dict[str, int] = field(default_factory=dict)
    existants: dict[str, Client] = field(default_factory=dict)
    corbeille: set[str] = field(default_factory=set)
    a_creer: list[Client] = field(default_factory=list)
    a_modifier: list[tuple[Client, dict[str, Any]]] = field(default_factory=list)

    def traiter(self, lignes: Sequence[Ligne]) -> list[Constat]:
        codes = {code_de(ligne) for ligne in lignes}
        tous = Client.tous.filter(code__in=codes)
        vivants = tous.vivants() if self.essai else tous.vivants().select_for_update(no_key=True)
        self.existants = {client.code: client for client in vivants.order_by("pk")}
        self.corbeille = set(tous.supprimes().values_list("code", flat=True))
        self.a_creer, self.a_modifier = [], []
        constats = [self._constater(ligne) for ligne in lignes]
        if not self.essai:
            self._ecrire()
        return constats

    def _constater(self, ligne: Ligne) -> Constat:
        code = code_de(ligne)
        if code in self.vus:
            message = f"Code déjà lu ligne {self.vus[code]} : seule la première est gardée."
            return Constat(
                ligne.numero, code, Action.DOUBLON, "doublon", message, cellules=ligne.cellules
            )
        if code:
            self.vus[code] = ligne.numero
        lu, refus = lire_client(ligne)
        client = self.existants.get(code)
        if client is None and code in self.corbeille:
            message = f"Le client {code} est dans la corbeille : restaurez-le d'abord."
            refus = [Refus("dans-la-corbeille", message)]
        if refus:
            return rejeter(ligne, code, refus)
        return self._creer(ligne, lu) if client is None else self._modifier(ligne, lu, client)

    def _creer(self, ligne: Ligne, lu: ClientLu) -> Constat:
        client = Client()
        lu.appliquer(client, par=self.par, le=self.le)
        self.a_creer.append(client)
        return Constat(ligne.numero, client.code, Action.CREER)

    def _modifier(self, ligne: Ligne, lu: ClientLu, client: Client) -> Constat:
        avant = photo(client, SUIVIS)
        lu.appliquer(client, par=self.par, le=self.le)
        apres = photo(client, SUIVIS)
        changes = [champ for champ in SUIVIS if avant[champ] != apres[champ]]
        if not changes:
            return Constat(ligne.numero, client.code, Action.INCHANGE)
        self.a_modifier.append((client, {champ: avant[champ] for champ in changes}))
        changements = tuple(
            Changement(champ, LIBELLES[champ], _texte(avant[champ]), _texte(apres[champ]))
            for champ in changes
        )
        return Constat(ligne.numero, client.code, Action.MODIFIER, changements=changements)

    def _creer_ceux_du_lot(self) -> None:
        """One line of the journal for the batch: it tells their states, masked, and no name."""
        Client.objects.bulk_create(self.a_creer)
        if self.a_creer:
            lot = Client(raison_sociale=f"{len(self.a_creer)} clients importés")
            consigner(lot, "client.lot_importe", par=self.par, etats=self.a_creer)

    def _ecrire(self) -> None:
        self._creer_ceux_du_lot()
        if self.a_modifier:
            clients = [client for client, _ in self.a_modifier]
            changes = {champ for _, avant in self.a_modifier for champ in avant}
            Client.objects.bulk_update(clients, sorted(changes), batch_size=200)
        for client, avant in self.a_modifier:
            apres = photo(client, avant)
            consigner(
                client,
                "client.modifie",
                par=self.par,
                avant=avant,
                apres=apres,
                etats=[client],
                origine="import",
            )


def _texte(valeur: Any) -> str:
    return "" if valeur is None else str(valeur)
