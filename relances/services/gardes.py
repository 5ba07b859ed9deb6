"""What is asked again under lock just before a reminder leaves, and what a person does of one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.services import consigner
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import PlusTard, annuler, renvoyer
from clients.models import Client
from facturation.services.verrous import tenir_le_compte
from relances.calendrier import ferie, prochain_jour_ouvrable
from relances.empechements import empechements
from relances.faits import lire_les_faits
from relances.messages import DELAI
from relances.models import Relance
from relances.plan import Envoi, Ligne
from relances.regles import COURRIEL_VALABLE, MOTIFS, Faits
from relances.services.envois import Papeterie, promettre_l_envoi

REFAIT = "Le message est refait : le montant, l'adresse ou la date limite a changé."
PAR = systeme("relances")
OUVERTURE, FERMETURE = time(9), time(19)  # nobody is reminded at night


def motif_d_abandon(courriel: Courriel) -> str:
    """Guard of the outbox, in its transaction: why this reminder may not leave, or "".

    When an invoice it lists was settled, disputed, suspended or partly paid meanwhile, the whole
    message is cancelled, and what is still to be reminded is promised anew with true amounts.
    """
    _exiger_le_jour(courriel)
    client = _tenir(courriel)
    portees = Relance.objects.valables().filter(courriel=courriel)  # read once the locks are held
    relances = list(portees.select_related("passage", "niveau").order_by("facture_id"))
    if not relances:
        return _motif_de_ne_pas_renvoyer(courriel)
    par_facture = {relance.facture_id: relance for relance in relances}
    faits = list(lire_les_faits(au=timezone.localdate(), factures=par_facture))
    a_la_main = relances[0].cree_le if relances[0].passage is None else None
    motifs = empechements(faits, credit_vu_le=a_la_main)
    motifs |= {f.facture_id: "sans-adresse" for f in faits if not _joignable(f)}
    inchanges = courriel.a == [client.email] and all(
        f.solde == par_facture[f.facture_id].solde and not f.rebond for f in faits
    )
    recent = _age(relances[0]) <= COURRIEL_VALABLE  # it says by when to pay
    if inchanges and recent and not any(motifs.values()):
        return ""
    for relance in relances:
        _retirer(relance, MOTIFS.get(motifs[relance.facture_id], REFAIT))
    consigner(courriel, "relances.retirees", par=PAR, etats=relances)
    a_refaire = [
        f for f in faits if not (motifs[f.facture_id] or par_facture[f.facture_id].postee_le)
    ]
    _refaire(client, a_refaire, par_facture)
    return " ".join(sorted({MOTIFS[m] for m in motifs.values() if m})) or REFAIT


def _tenir(courriel: Courriel) -> Client:
    """The locks on the client of a mail and on the invoices that it lists."""
    factures = courriel.relances.values_list("facture_id", flat=True)
    return tenir_le_compte(courriel.client_ref or 0, list(factures))


def _age(relance: Relance) -> int:
    """Days since it was written."""
    return (timezone.localdate() - relance.jour).days


def _refaire(client: Client, faits: list[Faits], par_facture: dict[int, Relance]) -> None:
    """Promise anew, as of today, what is still to be reminded of a cancelled message."""
    if not faits:
        return
    relance = par_facture[faits[0].facture_id]
    jour = max(relance.jour, timezone.localdate())
    lignes = [
        Ligne(
            f,
            par_facture[f.facture_id].niveau,
            f.retard(au=jour),
            "adresse-en-erreur" if f.rebond else "" if f.email else "sans-email",
        )
        for f in faits
    ]
    promettre_l_envoi(
        client,
        Envoi(client.pk, lignes),
        jour=jour,
        passage=relance.passage,
        papeterie=Papeterie.lire(),
    )


def _retirer(relance: Relance, motif: str) -> None:
    """Take back what a mail was to carry; the letter of the same reminder, posted, stands."""
    if relance.postee_le is None:
        relance.annuler(motif)
        return
    relance.canal, relance.courriel = Relance.Canal.POSTE, None
    relance.save(update_fields=["canal", "courriel"])


def _joignable(faits: Faits) -> bool:
    return faits.postale or bool(faits.email and not faits.rebond)


def _exiger_le_jour(courriel: Courriel) -> None:
    """Nothing leaves on a day off; at night, only what a person asked for that very night."""
    local = timezone.localtime()
    if nom := ferie(local.date()):
        raise PlusTard(_neuf_heures(local.date()), f"Attend 9 h : {nom}.")
    if OUVERTURE <= local.time() < FERMETURE:
        return
    automatique = courriel.relances.filter(passage__automatique=True).exists()
    if automatique or not _demande_cette_nuit(courriel, local):
        demain = local.date() + timedelta(days=local.time() >= FERMETURE)
        raise PlusTard(_neuf_heures(demain), "Attend 9 h : personne n'est relancé la nuit.")


def _demande_cette_nuit(courriel: Courriel, maintenant: datetime) -> bool:
    promis = timezone.localtime(courriel.cree_le)
    de_nuit = not OUVERTURE <= promis.time() < FERMETURE
    return de_nuit and promis.date() == maintenant.date()


def _neuf_heures(jour: date) -> datetime:
    """9:00 in Paris on the first working day from `jour` on."""
    return timezone.make_aware(datetime.combine(prochain_jour_ouvrable(jour), OUVERTURE))


def _motif_de_ne_pas_renvoyer(courriel: Courriel) -> str:
    """A resent reminder leaves only if what it said is still true: its amounts, its deadline."""
    chaine = [courriel]
    while (avant := chaine[-1].renvoi_de) is not None:
        chaine.append(avant)
    portees = Relance.objects.filter(courriel__in=chaine)
    if not portees.exists() or portees.exclude(annulee_le=None).exists():
        return "Les relances de ce message ont été annulées."
    soldes = dict(portees.values_list("facture_id", "solde"))
    tenir_le_compte(courriel.client_ref or 0, list(soldes))
    faits = list(lire_les_faits(au=timezone.localdate(), factures=soldes))
    motifs = {MOTIFS[motif] for motif in empechements(faits).values() if motif}
    if not motifs and any(f.solde != soldes[f.facture_id] for f in faits):
        motifs = {"Les montants ont changé depuis : relancez à nouveau."}
    if not motifs and max(map(_age, portees)) > DELAI:
        motifs = {"La date limite qu'il donne est passée : relancez à nouveau."}
    return " ".join(sorted(motifs))


@transaction.atomic
def annuler_courriel(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Cancel a waiting mail; the reminders it carried did not go out, so their level may again."""
    annule = annuler(courriel, par=par)
    if annule.client_ref and annule.relances.exists():
        _tenir(annule)
    relances = list(annule.relances.valables())
    for relance in relances:
        _retirer(relance, f"Courriel annulé par {par.nom}.")
    if relances:
        consigner(annule, "relances.retirees", par=par, etats=relances)
    return annule


@transaction.atomic
def renvoyer_courriel(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Send a mail again. The reminders of one that reached nobody follow the new one."""
    copie = renvoyer(courriel, par=par)
    ancien = copie.renvoi_de
    if ancien is not None and ancien.statut == Courriel.Statut.ECHEC:
        portees = ancien.relances.valables().order_by("pk")
        relances = list(portees.select_for_update(no_key=True))
        ancien.relances.valables().update(courriel=copie)
        consigner(copie, "relances.suivent", par=par, etats=relances)
    return copie
