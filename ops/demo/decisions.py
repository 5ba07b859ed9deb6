"""What the office decided of late invoices: plan, mandates, pause, promises, exclusion, credit."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.outbox.models import Courriel
from clients.models import Client
from facturation import services as facturation
from facturation.models import Facture
from ops.demo.identifiants import iban
from ops.demo.passages import Cas, dater
from relances import services
from relances.calendrier import ferie
from relances.models import Niveau, Passage, PlanDeRelance, Suspension, TauxLegal, Ton
from relances.services.gardes import OUVERTURE

AVANCE = Decimal("150.00")
NIVEAUX = (
    {"jours": 15, "nom": "Rappel amical", "ton": Ton.AMICAL, "canal": Niveau.Canal.COURRIEL},
    {"jours": 30, "nom": "Rappel ferme", "ton": Ton.FERME, "canal": Niveau.Canal.LES_DEUX},
)


def donner_les_mandats(clients: list[Client], *, le: date, par: Auteur) -> None:
    """These clients agreed, before the year began, to be debited."""
    for rang, client in enumerate(clients, start=1):
        facturation.enregistrer_mandat(
            client,
            rum=f"AJ-{client.code}-{rang:02d}",
            signe_le=le,
            iban=iban("99999", "04901", f"000{rang:08d}"),
            par=par,
        )


def regler_les_relances(clients: list[Client], *, au: date, par: Auteur) -> None:
    """A plan of its own for these clients, and the rates of the half-years up to `au`."""
    champs = {"nom": "Écoles et collectivités", "type_client": ""}
    plan = services.enregistrer_plan(PlanDeRelance(), par=par, **champs)
    for niveau in NIVEAUX:
        services.enregistrer_niveau(Niveau(plan=plan), par=par, **niveau)
    for client in clients:
        services.donner_un_plan(client, plan, par=par)
    _completer_les_taux(au=au, par=par)


def decider(cas: Cas, *, par: Auteur) -> None:
    """Each decision once, as of today; the kept and the broken promises were made before."""
    jour = timezone.localdate()
    [pause], [promise], [exclue] = cas["pause"], cas["promesse"], cas["exclusion"]
    services.suspendre(
        pause.client,
        genre=Suspension.Genre.PAUSE,
        motif="Hospitalisée : rappeler après son retour.",
        jusqu_au=jour + timedelta(days=21),
        par=par,
    )
    services.promettre_de_payer(
        promise, montant=None, le=jour + timedelta(days=6), motif="Promis au téléphone.", par=par
    )
    services.suspendre(
        exclue,
        genre=Suspension.Genre.EXCLUSION,
        motif="Réglée par l'assurance après expertise.",
        par=par,
    )
    for facture in cas["rejete"]:
        facturation.rejeter_le_prelevement(facture, motif="Provision insuffisante", par=par)
    _tenir_et_rompre(cas, jour=jour, par=par)
    for facture in cas["credit"]:
        _encaisser(facture.client, AVANCE, le=jour - timedelta(days=2), par=par)


def remercier() -> None:
    """Whoever paid what it was reminded of was thanked, a moment ago."""
    services.remercier()
    for courriel in Courriel.objects.filter(statut=Courriel.Statut.EN_ATTENTE):
        dater(courriel, le=timezone.now())


def attendre_demain(*, par: Auteur) -> None:
    """Loaded after 9:00, the preview is left to look at: the first automatic run is tomorrow's.

    A person may still start today's: this run reminded nobody.
    """
    maintenant = timezone.localtime()
    if maintenant.time() >= OUVERTURE and not ferie(maintenant.date()):
        Passage.objects.create(
            jour=maintenant.date(), debut=maintenant, fin=maintenant, lance_par=par.nom
        )


def _tenir_et_rompre(cas: Cas, *, jour: date, par: Auteur) -> None:
    [tenue], [rompue] = cas["tenue"], cas["rompue"]
    for facture, fin in ((tenue, jour - timedelta(days=2)), (rompue, jour - timedelta(days=1))):
        _promise_le(jour - timedelta(days=7), facture, fin=fin, par=par)
    facturation.encaisser(
        tenue, montant=_solde(tenue), mode="virement", le=jour - timedelta(days=3), par=par
    )
    services.suivre_les_promesses(au=jour)


def _promise_le(jour: date, facture: Facture, *, fin: date, par: Auteur) -> None:
    """A promise made in the past, which the service of today would refuse."""
    promesse = Suspension.objects.create(
        genre=Suspension.Genre.PROMESSE,
        client=facture.client,
        facture=facture,
        motif="Promis au téléphone.",
        montant=_solde(facture),
        debut=jour,
        fin=fin,
        cree_le=timezone.make_aware(datetime.combine(jour, time(11))),
        par=par.nom,
    )
    consigner(facture, "relances.promesse", par=par, etats=[promesse])


def _encaisser(client: Client, montant: Decimal, *, le: date, par: Auteur) -> None:
    """A transfer that says nothing of what it pays."""
    reference = "Virement sans référence"
    facturation.recevoir_paiement(
        client, montant=montant, mode="virement", le=le, reference=reference, par=par
    )


def _solde(facture: Facture) -> Decimal:
    lue: Any = Facture.objects.avec_solde().get(pk=facture.pk)
    return lue.solde


def _completer_les_taux(*, au: date, par: Auteur) -> None:
    """Past the last half-year that the product knows, the story goes on with its rates."""
    dernier: Any = TauxLegal.objects.latest("debut")
    while dernier.fin < max(au, timezone.localdate()):
        dernier = services.ajouter_taux(
            debut=dernier.fin + timedelta(days=1), bce=dernier.bce, legal=dernier.legal, par=par
        )
