"""Importing the open invoices of another program: dry run, then all good rows at once.

They keep their number in a series of their own, carry their totals and what was paid before, and
are as immutable as issued ones: only what was paid and the dispute may differ the next time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO, en_euros
from artjardin.audit.services import consigner
from clients.importation import attendre_son_tour
from clients.lecture import Ligne, Refus, ouvrir
from clients.models import Client, RejetImport
from clients.rapport import Action, Changement, Constat, Rapport, dresser, rejeter
from facturation.models import Facture, Imputation, Litige, Paiement, TvaFacture
from facturation.reprise import COLONNES, NOMS, FactureLue, lire_facture, refus_de_numero
from facturation.reprise_ecriture import MOTIF, creer_reprises, modifier_reprise


def analyser_factures(octets: bytes, *, fichier: str, par: Auteur) -> Rapport:
    """The dry run: what importing would do, row by row; nothing is written. Raise Invalide."""
    feuille = ouvrir(octets, COLONNES)
    return dresser(feuille, _Import(par=par, essai=True).traiter, fichier=fichier, essai=True)


@transaction.atomic
def importer_factures(octets: bytes, *, fichier: str, par: Auteur) -> Rapport:
    """Write every good row in one transaction, one import at a time.

    Raise Invalide, before anything is written, when the file cannot be read.
    """
    feuille = ouvrir(octets, COLONNES)
    attendre_son_tour()
    rapport = dresser(feuille, _Import(par=par, essai=False).traiter, fichier=fichier, essai=False)
    journal = Facture(numero=f"import de {fichier}")
    consigner(journal, "facture.import", par=par, fichier=fichier, lignes=rapport.compter())
    return rapport


def resumer_factures(rapport: Rapport) -> dict[str, Any]:
    """The report as JSON, with the counts of invoices that are in after it."""
    return {
        "importees": len(rapport.acceptes),
        "soldees": sum(constat.soldee for constat in rapport.acceptes),
        "rejets": {f"{c.cle}@{c.ligne}": c.raison for c in rapport.refuses},
        **rapport.en_json(),
    }


@dataclass(frozen=True)
class _Connue:
    """An invoice that we hold already, in euros: paid before the import, and left to pay."""

    facture: Facture
    taux: Decimal | None
    repris: Decimal
    solde: Decimal
    litige: Litige | None


@dataclass(frozen=True)
class _Base:
    """What the database knows of the clients and invoices that a batch names."""

    clients: dict[str, Client]
    corbeille: set[str]
    rejetes: set[str]
    connues: dict[str, _Connue]

    @classmethod
    def lire(cls, lignes: Sequence[Ligne], *, verrouiller: bool) -> _Base:
        codes = {ligne.valeurs["client"] for ligne in lignes}
        numeros = {ligne.valeurs["numero"] for ligne in lignes}
        tous = Client.tous.filter(code__in=codes).order_by("pk")
        vivants = tous.vivants().select_for_update(no_key=True) if verrouiller else tous.vivants()
        return cls(
            clients={client.code: client for client in vivants},
            corbeille=set(tous.supprimes().values_list("code", flat=True)),
            rejetes=set(RejetImport.objects.filter(code__in=codes).values_list("code", flat=True)),
            connues=_connues(numeros, verrouiller=verrouiller),
        )

    def refus_de_client(self, code: str) -> list[Refus]:
        """Why an invoice cannot be this client's; nothing when it can."""
        if code in self.clients:
            return []
        if code in self.corbeille:
            message = f"Le client {code} est dans la corbeille : restaurez-le d'abord."
            return [Refus("client-corbeille", message)]
        if code in self.rejetes:
            message = f"Le client {code} a été rejeté à l'import des clients."
            return [Refus("client-rejete", message)]
        return [Refus("client-inconnu", f"Le client « {code} » est inconnu.")]


def _connues(numeros: set[str], *, verrouiller: bool) -> dict[str, _Connue]:
    """Lock first, then sum: a payment entered meanwhile is counted."""
    reprises = Facture.objects.filter(serie=Facture.SERIE_REPRISE, numero__in=numeros)
    if verrouiller:
        list(reprises.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    factures = list(reprises.avec_solde())
    ids = [facture.pk for facture in factures]
    repris = dict(
        Imputation.objects.filter(facture__in=ids, paiement__mode=Paiement.Mode.REPRISE)
        .order_by()
        .values_list("facture")
        .annotate(Sum("montant"))
    )
    taux = dict(TvaFacture.objects.filter(facture__in=ids).values_list("facture", "taux"))
    litiges = {li.facture_id: li for li in Litige.objects.filter(facture__in=ids, clos_le=None)}
    return {
        str(facture.numero): _Connue(
            facture,
            taux=taux.get(facture.pk),
            repris=repris.get(facture.pk, ZERO),
            solde=facture.solde,
            litige=litiges.get(facture.pk),
        )
        for facture in factures
    }


@dataclass
class _Import:
    """One pass over a file: the numbers already read, and what the batch at hand will write."""

    par: Auteur
    essai: bool
    vus: dict[str, int] = field(default_factory=dict)
    a_creer: list[tuple[FactureLue, Client]] = field(default_factory=list)
    a_modifier: list[tuple[_Connue, FactureLue]] = field(default_factory=list)

    def traiter(self, lignes: Sequence[Ligne]) -> list[Constat]:
        self.a_creer, self.a_modifier = [], []
        base = _Base.lire(lignes, verrouiller=not self.essai)
        constats = [self._constater(ligne, base) for ligne in lignes]
        if not self.essai:
            creer_reprises(self.a_creer, par=self.par)
            for connue, lue in self.a_modifier:
                modifier_reprise(
                    connue.facture,
                    repris=connue.repris,
                    litige=connue.litige,
                    lue=lue,
                    par=self.par,
                )
        return constats

    def _constater(self, ligne: Ligne, base: _Base) -> Constat:
        numero = ligne.valeurs["numero"]
        lue, refus = lire_facture(ligne)
        avant = self._deja_vu(ligne) + refus_de_numero(numero)
        refus = avant + base.refus_de_client(ligne.valeurs["client"]) + refus
        if refus or lue is None:
            return rejeter(ligne, numero, refus)
        client = base.clients[lue.client]
        if connue := base.connues.get(numero):
            return self._comparer(ligne, lue, client, connue)
        self.a_creer.append((lue, client))
        return Constat(ligne.numero, numero, Action.CREER, soldee=lue.regle == lue.ttc)

    def _deja_vu(self, ligne: Ligne) -> list[Refus]:
        numero = ligne.valeurs["numero"]
        premiere = self.vus.setdefault(numero, ligne.numero)
        if not numero or premiere == ligne.numero:
            return []
        return [Refus("numero-double", f"Ce numéro est déjà ligne {premiere}.")]

    def _comparer(self, ligne: Ligne, lue: FactureLue, client: Client, connue: _Connue) -> Constat:
        refus = _refus_de_changer(lue, client, connue) + _refus_de_regler(lue, connue)
        if refus:
            return rejeter(ligne, lue.numero, refus)
        changements = tuple(_changements(lue, connue))
        if changements:
            self.a_modifier.append((connue, lue))
        return Constat(
            ligne.numero,
            lue.numero,
            Action.MODIFIER if changements else Action.INCHANGE,
            changements=changements,
            soldee=connue.solde + connue.repris <= lue.regle,
        )


def _refus_de_changer(lue: FactureLue, client: Client, connue: _Connue) -> list[Refus]:
    """An issued invoice never changes (design G1)."""
    facture = connue.facture
    paires = {
        "client": (facture.client_id, client.pk),
        "date": (facture.date, lue.date),
        "echeance": (facture.echeance, lue.echeance),
        "objet": (facture.objet, lue.objet),
        "ht": (facture.total_ht, lue.ht),
        "taux": (connue.taux, lue.taux),
        "ttc": (facture.total_ttc, lue.ttc),
    }
    figes = [NOMS[clef] for clef, (ici, fichier) in paires.items() if ici != fichier]
    if not figes:
        return []
    message = f"Facture déjà émise, elle ne change plus ({', '.join(figes)}) : faites un avoir."
    return [Refus("deja-emise", message)]


def _refus_de_regler(lue: FactureLue, connue: _Connue) -> list[Refus]:
    """With what was paid to us since, the invoice would be paid more than once."""
    if lue.regle <= max(connue.repris, connue.repris + connue.solde):
        return []
    reste = en_euros(connue.solde)
    message = f"Déjà réglé ({en_euros(lue.regle)}) dépasse ce qui reste dû ici ({reste})."
    return [Refus("trop-regle", message)]


def _changements(lue: FactureLue, connue: _Connue) -> list[Changement]:
    changements = []
    if lue.regle != connue.repris:
        avant, apres = en_euros(connue.repris), en_euros(lue.regle)
        changements.append(Changement("regle", NOMS["regle"], avant, apres))
    if _litige_change(lue, connue):
        avant, apres = ("non", "oui") if lue.litige else ("oui", "non")
        changements.append(Changement("litige", NOMS["litige"], avant, apres))
    return changements


def _litige_change(lue: FactureLue, connue: _Connue) -> bool:
    """A file opens a dispute, and closes only one that a file opened."""
    if lue.litige is None:
        return False
    if lue.litige:
        return connue.litige is None
    return connue.litige is not None and connue.litige.motif == MOTIF
