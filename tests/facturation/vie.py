"""Some months of a firm, at random but the same for a seed; and its accounts, the slow way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import time_machine

from artjardin.erreurs import Conflit, Invalide
from facturation import services
from facturation.models import Facture, Paiement
from facturation.reprise import FactureLue
from facturation.reprise_ecriture import creer_reprises
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, creer_facture, ligne, payer

DEBUT = date(2025, 11, 20)
ZERO = Decimal(0)
TAUX = [("20.00", ""), ("10.00", "Logement de plus de deux ans"), ("0.00", "")]


def a_midi(jour: date):
    """Stop the clock at noon in Paris on that day."""
    instant = datetime(jour.year, jour.month, jour.day, 12, tzinfo=ZoneInfo("Europe/Paris"))
    return time_machine.travel(instant, tick=False)


class Vie:
    """What happened to two clients; `fin` is the last day."""

    def __init__(self, graine: int, *, pas: int = 40) -> None:
        self._sort, self.fin = Random(graine), DEBUT  # noqa: S311 - not a secret
        with a_midi(DEBUT):
            self.clients = [creer_client(), creer_client()]
            payer(reprendre(self.clients[0]), "30.00", le=DEBUT - timedelta(days=20))
        faits = [
            self._facturer, self._facturer, self._payer, self._payer, self._payer_plusieurs,
            self._payer_trop, self._imputer, self._rembourser, self._annuler, self._crediter,
        ]  # fmt: skip
        for _ in range(pas):
            self.fin += timedelta(days=self._sort.choice([0, 1, 2, 5, 9]))
            self._essayer(self._sort.choice(faits))

    def tout_solder(self) -> None:
        """Use what is left of every payment, then pay every invoice."""
        for paiement in Paiement.objects.avec_credit().filter(credit__gt=0).order_by("pk"):
            self._essayer(lambda p=paiement: self._rendre(p, p.credit))
        for facture in list(Facture.objects.ouvertes().order_by("pk")):
            self._essayer(lambda f=facture: payer(f, f.solde))

    def jours(self) -> list[date]:
        """The days when something changes, the day before each, and the last."""
        dates = {f.date for f in Facture.objects.filter(statut="emise")}
        dates |= {p.le for p in Paiement.objects.all()}
        dates |= {i.le for p in Paiement.objects.all() for i in p.imputations.all() if i.le}
        return sorted({jour - timedelta(days=n) for jour in dates for n in (0, 1)} | {self.fin})

    def _essayer(self, fait) -> None:
        with a_midi(self.fin):
            try:
                fait()
            except (Conflit, Invalide, IndexError):
                return  # there was nothing to do it to

    def _hier(self, facture) -> date:
        return max(facture.date, self.fin - timedelta(days=self._sort.randrange(4)))

    def _part(self, montant: Decimal) -> Decimal:
        return (
            montant * self._sort.choice([Decimal("0.13"), Decimal("0.5"), Decimal(1)])
        ).quantize(Decimal("0.01"))

    def _une(self):
        return self._sort.choice(list(Facture.objects.ouvertes().order_by("pk")))

    def _un_credit(self):
        return self._sort.choice(list(Paiement.objects.avec_credit().filter(credit__gt=0)))

    def _facturer(self) -> None:
        lignes = [
            ligne(
                prix_unitaire=Decimal(self._sort.randrange(1, 90000)) / 100,
                taux_tva=Decimal(taux),
                justification_tva=texte,
            )
            for taux, texte in self._sort.sample(TAUX[:2], self._sort.choice([1, 2]))
        ]
        creer_facture(client=self._sort.choice(self.clients), lignes=lignes)

    def _payer(self) -> None:
        facture = self._une()
        payer(facture, self._part(facture.solde), le=self._hier(facture))

    def _payer_trop(self) -> None:
        facture = self._une()
        payer(facture, facture.solde + 30, le=self._hier(facture), garder_le_surplus=True)

    def _payer_plusieurs(self) -> None:
        client = self._sort.choice(self.clients)
        dues = list(Facture.objects.ouvertes().filter(client=client).order_by("pk")[:2])
        parts = [(facture, self._part(facture.solde)) for facture in dues]
        montant = sum((part for _, part in parts), Decimal(12))
        services.recevoir_paiement(
            client, montant=montant, mode="cheque", le=self.fin, par=ROBOT, parts=parts
        )

    def _imputer(self) -> None:
        paiement = self._un_credit()
        facture = Facture.objects.ouvertes().filter(client=paiement.client_id)[0]
        montant = min(self._part(paiement.credit), facture.solde)
        services.imputer(paiement, facture, montant=montant, par=ROBOT)

    def _rembourser(self) -> None:
        paiement = self._un_credit()
        self._rendre(paiement, self._part(paiement.credit))

    def _rendre(self, paiement, montant) -> None:
        services.rembourser(
            paiement, montant=montant, mode="virement", le=self.fin, motif="rendu", par=ROBOT
        )

    def _annuler(self) -> None:
        actifs = Paiement.objects.filter(annule=None, annulation=None, rembourse=None)
        paiement = self._sort.choice(list(actifs.order_by("pk")))
        services.annuler_paiement(paiement, motif="rejeté", par=ROBOT)

    def _crediter(self) -> None:
        factures = Facture.objects.emises().order_by("pk")
        facture = self._sort.choice(list(factures))
        lignes = None
        if self._sort.random() < 0.6:
            tva = self._sort.choice(list(facture.tva.all()))
            lignes = [
                ligne(
                    prix_unitaire=self._part(tva.base),
                    taux_tva=tva.taux,
                    justification_tva=TAUX[1][1] if tva.taux == 10 else "",
                )
            ]
        avoir = services.faire_un_avoir(facture, motif="Geste", par=ROBOT, lignes=lignes)
        services.emettre_facture(avoir, par=ROBOT, le=self._hier(facture))


def reprendre(client, *, regle="50.00"):
    """An invoice of 240,00 € TTC of another program, ten days old, in part paid already."""
    jour = DEBUT - timedelta(days=10)
    lue = FactureLue(
        numero=f"OLD-{client.pk}",
        client=client.code,
        date=jour,
        echeance=jour + timedelta(days=30),
        objet="Élagage",
        ht=Decimal("200.00"),
        taux=Decimal("20.00"),
        ttc=Decimal("240.00"),
        regle=Decimal(regle),
    )
    creer_reprises([(lue, client)], par=ROBOT)
    return Facture.objects.get(serie=Facture.SERIE_REPRISE, client=client)


class Livres:
    """The rows of a client, read once, and its accounts at any day, row by row."""

    def __init__(self, client) -> None:
        lues = Facture.tous.filter(client=client, statut="emise")
        self._documents = list(lues.prefetch_related("avoirs", "imputations__paiement"))
        recus = Paiement.objects.filter(client=client).select_related("annulation")
        self._paiements = list(recus.prefetch_related("imputations", "remboursements"))

    def soldes(self, au: date) -> list[Decimal]:
        """Of each invoice: TTC, less the credit notes and allocations dated until that day."""
        return [
            facture.total_ttc
            - somme(a.total_ttc for a in facture.avoirs.all() if a.date and a.date <= au)
            - somme(i.montant for i in facture.imputations.all() if (i.le or i.paiement.le) <= au)
            for facture in self._documents
            if facture.type != "avoir" and facture.date <= au
        ]

    def credits(self, au: date) -> list[Decimal]:
        """What is left of each payment received until that day and not cancelled by then."""
        return [
            paiement.montant
            - somme(i.montant for i in paiement.imputations.all() if (i.le or paiement.le) <= au)
            + somme(r.montant for r in paiement.remboursements.all() if r.le <= au)
            for paiement in self._paiements
            if paiement.montant > 0 and paiement.le <= au and not _annule(paiement, au)
        ]

    def compte(self, au: date) -> Decimal:
        """Invoices, less credit notes, less all the money, signed."""
        signes = [
            -f.total_ttc if f.type == "avoir" else f.total_ttc
            for f in self._documents
            if f.date <= au
        ]
        return somme(signes) - somme(p.montant for p in self._paiements if p.le <= au)


def somme(montants) -> Decimal:
    return sum(montants, ZERO)


def _annule(paiement, au: date) -> bool:
    return hasattr(paiement, "annulation") and paiement.annulation.le <= au
