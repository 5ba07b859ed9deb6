"""The invoices of the year: the late ones, and those paid in time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from ops.demo.imagines import (
    ChantierImagine,
    DevisImagine,
    FactureImaginee,
    PaiementImagine,
    ouvre,
)
from ops.demo.retards import Retards
from ops.demo.travaux import TRAVAUX

FACTURES = 200
BROUILLONS = 6


class Ventes:
    """Draws the invoices: the late ones as told in ops/demo/retards.py, the others paid in time."""

    def __init__(
        self,
        rng: Random,
        au: date,
        clients: list[dict[str, Any]],
        chantiers: list[ChantierImagine],
        devis: list[DevisImagine],
    ) -> None:
        self.rng, self.au = rng, au
        self.clients, self.chantiers, self.devis = clients, chantiers, devis
        self.retards = Retards(clients)

    def factures(self) -> list[FactureImaginee]:
        toutes = [*self._en_retard(), *self._des_devis(), *self._des_chantiers()]
        toutes += [self._courante() for _ in range(FACTURES - len(toutes))]
        return sorted(toutes, key=lambda facture: facture.le)

    def brouillons(self) -> list[FactureImaginee]:
        finis = [rang for rang, c in enumerate(self.chantiers) if c.statut == "termine"]
        return [self._du_chantier(rang, self.au) for rang in finis[:BROUILLONS]]

    def _en_retard(self) -> Iterator[FactureImaginee]:
        """Issued so that their due date is that many days past (the terms are whole days)."""
        for rang, retard in enumerate(self.retards):
            delai = self.clients[retard.client]["delai_jours"]
            le = ouvre(self.au - timedelta(days=retard.jours + delai), au=self.au)
            facture = self._directe(retard.client, le)
            facture.cas = retard.cas
            if not retard.cas and rang % 2:
                recu = le + timedelta(days=self.rng.randint(8, 25))
                facture.paiements = [PaiementImagine(self.rng.choice((30, 40, 50)), "cheque", recu)]
            yield facture

    def _des_devis(self) -> Iterator[FactureImaginee]:
        for rang, devis in enumerate(self.devis):
            if devis.chantier is None or self.chantiers[devis.chantier].statut != "facture":
                continue
            le = ouvre(devis.le + timedelta(days=self.rng.randint(20, 60)), au=self.au)
            facture = FactureImaginee(
                devis.client, devis.chantier, devis.objet, devis.lignes, le, devis=rang
            )
            yield self._reglee(facture)

    def _des_chantiers(self) -> Iterator[FactureImaginee]:
        """One for each invoiced site that had no devis."""
        avec_devis = {devis.chantier for devis in self.devis}
        for rang, chantier in enumerate(self.chantiers):
            if chantier.statut == "facture" and rang not in avec_devis:
                yield self._reglee(self._du_chantier(rang, self._jour()))

    def _courante(self) -> FactureImaginee:
        return self._reglee(self._directe(self.rng.randrange(len(self.clients)), self._jour()))

    def _jour(self) -> date:
        return ouvre(self.au - timedelta(days=self.rng.randint(1, 360)), au=self.au)

    def _directe(self, client: int, le: date) -> FactureImaginee:
        travail = self.rng.choice(TRAVAUX)
        objet = self.rng.choice(travail.objets)
        return FactureImaginee(client, None, objet, travail.chiffrer(self.rng), le)

    def _du_chantier(self, rang: int, le: date) -> FactureImaginee:
        chantier = self.chantiers[rang]
        lignes = chantier.travail.chiffrer(self.rng)
        return FactureImaginee(chantier.client, rang, chantier.nom, lignes, le)

    def _reglee(self, facture: FactureImaginee) -> FactureImaginee:
        """Paid by its due date; some of those not due yet are paid too, or in part."""
        hasard = self.rng.random()
        recu = facture.le + timedelta(days=self.rng.randint(3, 26))
        client = self.clients[facture.client]
        preleve = facture.client in self.retards.preleves
        mode = "prelevement" if preleve else self._mode(client["type"])
        due = facture.le + timedelta(days=client["delai_jours"]) < self.au
        if not due and (recu > self.au or hasard > 0.55):  # noqa: PLR2004
            return facture
        if hasard < 0.18:  # noqa: PLR2004 - a deposit first
            acompte = facture.le + (recu - facture.le) // 2
            facture.paiements = [PaiementImagine(40, mode, acompte)]
        if due or hasard > 0.06:  # noqa: PLR2004 - else the deposit only
            facture.paiements.append(PaiementImagine(100, mode, recu))
        return facture

    def _mode(self, genre: str) -> str:
        if genre != "particulier":
            return self.rng.choice(("virement", "virement", "virement", "cheque"))
        return self.rng.choice(("cheque", "virement", "virement", "carte", "especes"))
