"""After a backup was restored: the reminders that had left are written down again, unsent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, suivre
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Restauration
from artjardin.outbox.services import lever_la_restauration
from artjardin.preparees import inserer_tous
from facturation.services.verrous import tenir_le_compte
from relances.cadre import Cadre
from relances.calendrier import ferie
from relances.models import Passage, Relance
from relances.plan import Canal, Envoi, Ligne, Plan, planifier
from relances.services.gardes import OUVERTURE
from relances.services.passages import TACHE

UN_JOUR, JOURS_MAX = timedelta(days=1), 31


def reprendre_apres_restauration(*, faites: Collection[date], par: Auteur) -> int:
    """Write down the reminders of the days whose run left since the backup, then let reminders go.

    Return how many lines were written. Raise as `reconstituer`, before anything is written.
    """
    jours = sorted(set(faites))
    for jour in jours:
        exiger_un_passage_perdu(jour)
    lignes = sum(reconstituer(jour, par=par) for jour in jours)
    lever_la_restauration(par=par)
    return lignes


def reconstituer(jour: date, *, par: Auteur) -> int:
    """Write the ledger rows of a run that left and that the restored database lost.

    The same plan as that run made, on what is entered now. Nothing is sent and no letter written;
    a letter is taken as posted on that day. Days are given in order. Raise Invalide for a day to
    come, Conflit on a day off, when that run is known, or when no restoration is open.
    """
    exiger_un_passage_perdu(jour)
    with suivre(TACHE):
        passage, _ = Passage.objects.get_or_create(jour=jour, defaults={"lance_par": par.nom})
        plan, cadre = plan_perdu(jour), _cadre(jour)
        for envoi in plan.envois():
            _inscrire(envoi, passage, cadre=cadre, par=par)
        _clore(passage, plan, par=par)
    return passage.prevues


def plan_perdu(jour: date) -> Plan:
    """What the run of `jour` did, as far as this database can tell.

    What was entered that day counts too: who was reminded is not reminded twice.
    """
    return planifier(au=jour, cadre=_cadre(jour))


def jours_en_doute() -> list[date]:
    """The days whose run may have left since the backup, the last month at most."""
    ouverte = Restauration.objects.ouvertes().order_by("pk").last()
    if ouverte is None:
        return []
    constat = timezone.localtime(ouverte.le)
    connus = Passage.objects.filter(fin__isnull=False, debut__lt=ouverte.le)
    dernier = connus.order_by("-jour").values_list("jour", flat=True).first()
    fin = constat.date() if constat.time() >= OUVERTURE else constat.date() - UN_JOUR
    jours = (fin - UN_JOUR * rang for rang in range(JOURS_MAX))
    return sorted(j for j in jours if not ferie(j) and (dernier is None or j > dernier))


def exiger_un_passage_perdu(jour: date) -> None:
    """Raise unless the run of `jour` may be written down again (see `reconstituer`)."""
    if jour > timezone.localdate():
        raise Invalide("Ce jour n'est pas encore venu.", champs={"jour": ["Donnez un jour passé."]})
    if nom := ferie(jour):
        raise Conflit(f"Personne n'est relancé ce jour-là : {nom}.", code="jour_ferie")
    if not Restauration.objects.ouvertes().exists():
        raise Conflit("Aucune restauration n'est à lever.", code="pas_de_restauration")
    if Relance.objects.filter(passage__jour=jour, passage__fin__isnull=False).exists():
        message = f"Les relances du {jour:%d/%m/%Y} sont déjà dans la base."
        raise Conflit(message, code="passage_deja_fait")


def _cadre(jour: date) -> Cadre:
    """The frame of that day: its run left, so nothing held it back."""
    return replace(Cadre.lire(au=jour), doute="")


@transaction.atomic
def _inscrire(envoi: Envoi, passage: Passage, *, cadre: Cadre, par: Auteur) -> None:
    """One client, judged again under its locks, as in a run."""
    tenir_le_compte(envoi.client_id, envoi.factures)
    for juge in planifier(au=passage.jour, factures=envoi.factures, cadre=cadre).envois():
        relances = [_relance(juge, ligne, passage) for ligne in juge.lignes]
        inserer_tous(relances)
        consigner(passage, "relances.inscrites", par=par, etats=relances)


def _relance(envoi: Envoi, ligne: Ligne, passage: Passage) -> Relance:
    midi = timezone.make_aware(datetime.combine(passage.jour, time(12)))
    return Relance(
        passage=passage,
        facture_id=ligne.faits.facture_id,
        niveau=ligne.niveau,
        jour=passage.jour,
        canal=envoi.canal,
        solde=ligne.faits.solde,
        retard=ligne.retard,
        postee_le=None if envoi.canal == Canal.COURRIEL else midi,
    )


@transaction.atomic
def _clore(passage: Passage, plan: Plan, *, par: Auteur) -> None:
    lignes = passage.relances.valables()
    passage.lance_par = f"{par.nom}, reconstitué après restauration"[:200]
    passage.prevues = lignes.count()
    passage.relancees = lignes.exclude(canal=Canal.POSTE).count()
    passage.lettres = lignes.exclude(canal=Canal.COURRIEL).count()
    passage.ecartees, passage.retenues = dict(plan.motifs), len(plan.retenues)
    passage.fin = timezone.now()
    passage.save()
    consigner(passage, "relances.reconstituees", par=par, lignes=passage.prevues)
