"""The plan of a day: one function, which preview, 8:00 email, run, API and command all call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from artjardin.argent import ZERO
from relances.cadre import Cadre
from relances.faits import clients_a_credit, clients_relances, lire_les_faits
from relances.models import Niveau, Relance, Ton
from relances.models.plans import SEMAINE
from relances.regles import EN_LETTRE, RETENUS, Faits, juger

Canal = Relance.Canal


class Ligne(NamedTuple):
    """One invoice to remind; `motif` says why by letter, when no mail can reach the client."""

    faits: Faits
    niveau: Niveau
    retard: int
    motif: str = ""

    @property
    def client_id(self) -> int:
        return self.faits.client_id

    @property
    def en_demeure(self) -> bool:
        return self.niveau.ton == Ton.MISE_EN_DEMEURE


class Ecartee(NamedTuple):
    """One open invoice left out, and why."""

    faits: Faits
    motif: str


class Envoi(NamedTuple):
    """What one client gets: one message for all its lines, in the tone of the highest level (those
    of a formal notice are all at one: `_espacer`)."""

    client_id: int
    lignes: list[Ligne]

    @property
    def factures(self) -> list[int]:
        return [ligne.faits.facture_id for ligne in self.lignes]

    @property
    def niveau(self) -> Niveau:
        return max((ligne.niveau for ligne in self.lignes), key=attrgetter("jours"))

    @property
    def canal(self) -> str:
        """By mail, by letter, or both; by letter alone when no mail can arrive."""
        faits, souhait = self.lignes[0].faits, self.niveau.canal
        if self.lignes[0].motif in EN_LETTRE:
            return Canal.POSTE
        if souhait == Niveau.Canal.COURRIEL or not faits.postale:
            return Canal.COURRIEL
        return Canal.POSTE if souhait == Niveau.Canal.LETTRE else Canal.LES_DEUX

    @property
    def total(self) -> Decimal:
        return sum((ligne.faits.solde for ligne in self.lignes), ZERO)


@dataclass
class Plan:
    """Who is reminded on a day, and every open invoice that is not, with its reason."""

    au: date
    lignes: list[Ligne] = field(default_factory=list)
    ecartees: list[Ecartee] = field(default_factory=list)

    def ranger(self, ligne: Ligne, motif: str) -> None:
        """Keep a line, or leave it out when there is a reason."""
        if motif:
            self.ecartees.append(Ecartee(ligne.faits, motif))
        else:
            self.lignes.append(ligne)

    def vider(self) -> list[Ligne]:
        """Its lines, to be judged again one by one."""
        lignes, self.lignes = self.lignes, []
        return lignes

    def envois(self) -> Iterator[Envoi]:
        """One message for each client in turn, its oldest due date first."""
        clef = attrgetter("client_id")
        for client, groupe in groupby(sorted(self.lignes, key=clef), key=clef):
            yield Envoi(client, sorted(groupe, key=lambda li: (li.faits.echeance, li.faits.numero)))

    @property
    def a_relancer(self) -> list[Ligne]:
        """The lines that leave by mail (and by letter too, if their level says so)."""
        return [li for envoi in self.envois() if envoi.canal != Canal.POSTE for li in envoi.lignes]

    @property
    def a_poster(self) -> list[Ligne]:
        """The lines that only a letter carries."""
        return [li for envoi in self.envois() if envoi.canal == Canal.POSTE for li in envoi.lignes]

    @property
    def total_a_relancer(self) -> Decimal:
        return sum((ligne.faits.solde for ligne in self.a_relancer), ZERO)

    @property
    def clients_a_relancer(self) -> int:
        return len({ligne.client_id for ligne in self.a_relancer})

    @property
    def retenues(self) -> list[Ecartee]:
        """What a person must decide before it is reminded."""
        return [ecartee for ecartee in self.ecartees if ecartee.motif in RETENUS]

    @property
    def motifs(self) -> Counter[str]:
        """How many invoices are not mailed, by reason (those to post count under theirs)."""
        lettres = (ligne.motif for ligne in self.lignes if ligne.motif)
        return Counter([*(ecartee.motif for ecartee in self.ecartees), *lettres])


def planifier(
    *,
    au: date,
    factures: Iterable[int] | None = None,
    entrees_avant: datetime | None = None,
    cadre: Cadre | None = None,
) -> Plan:
    """Judge every open invoice on `au`, or only those whose ids are given (under lock).

    `entrees_avant`: set by automatic runs, which leave alone what was entered since then. `cadre`
    is read anew unless given.
    """
    cadre = cadre or Cadre.lire(au=au)
    plan = Plan(au)
    for faits in lire_les_faits(au=au, factures=factures, entrees_avant=entrees_avant):
        verdict = juger(
            faits,
            paliers=cadre.paliers(faits.client_type, faits.plan_id),
            au=au,
            tolerance=cadre.tolerance,
        )
        if verdict.palier is None:
            plan.ecartees.append(Ecartee(faits, verdict.motif))
        else:
            niveau: Any = verdict.palier
            plan.lignes.append(Ligne(faits, niveau, faits.retard(au=au), verdict.motif))
    _espacer(plan, cadre)
    _douter(plan, cadre)
    return plan


def _espacer(plan: Plan, cadre: Cadre) -> None:
    """One message a week for a client, whatever its invoices; a formal notice goes alone.

    It puts in notice the invoices that it lists: one that is not there yet waits for its turn.
    """
    clients = {ligne.client_id for ligne in plan.lignes}
    avant = plan.au - timedelta(days=SEMAINE)
    recents = clients_relances(clients, apres=avant) if cadre.espace else set()
    demeures = {ligne.client_id for ligne in plan.lignes if ligne.en_demeure}
    for ligne in plan.vider():
        seule = ligne.client_id in demeures and not ligne.en_demeure
        attend = seule or ligne.client_id in recents
        plan.ranger(ligne, "une-par-semaine" if attend else "")


def _douter(plan: Plan, cadre: Cadre) -> None:
    """Take out of the plan what a doubt holds back: day off, unallocated payment, stale bank."""
    clients = {ligne.client_id for ligne in plan.lignes}
    crediteurs: Collection[int] = clients_a_credit(clients) if cadre.credit_bloque else ()
    for ligne in plan.vider():
        credit = "credit-a-imputer" if ligne.client_id in crediteurs else ""
        plan.ranger(ligne, cadre.doute or credit)
