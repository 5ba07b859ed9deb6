"""What holds of the reminders on every evening, whatever happened in the day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation.models import Facture
from relances.calendrier import ferie
from relances.models import Relance, Suspension, Ton
from relances.plan import planifier


def parti_le(relance: Relance) -> date:
    """The Paris date on which the mail left; of the run while it has not, or for a letter."""
    courriel = relance.courriel
    if courriel is None or courriel.envoye_le is None:
        return relance.jour
    return timezone.localdate(courriel.envoye_le)


def verifier(jour: date) -> None:
    """What must hold on every evening, whatever happened."""
    verifier_le_registre()
    verifier_les_envois(jour)
    plan = planifier(au=jour)
    ouvertes = Facture.objects.emises().avec_solde().filter(solde__gt=0).count()
    assert len(plan.lignes) + len(plan.ecartees) == ouvertes


def verifier_le_registre() -> None:
    """No day off, no level doubled nor before another, no two of one invoice in a week, nor of one
    client by the runs; a formal notice for what is at that level only."""
    par_facture, par_client = defaultdict(list), defaultdict(set)
    tons = defaultdict(set)
    valables = Relance.objects.valables().select_related("niveau", "courriel", "facture")
    for relance in valables.order_by("jour", "pk"):
        assert not ferie(relance.jour)
        assert not ferie(parti_le(relance))
        par_facture[relance.facture_id].append(relance)
        tons[relance.courriel_id or 0, relance.lettre_id or 0].add(relance.niveau.ton)
        if relance.passage_id:
            par_client[relance.facture.client_id].add(relance.jour)
    for jours in par_client.values():
        assert all(b >= a + timedelta(days=7) for a, b in pairwise(sorted(jours)))
    assert all(len(t) == 1 for t in tons.values() if Ton.MISE_EN_DEMEURE in t)
    for relances in par_facture.values():
        for avant, apres in pairwise(relances):
            assert apres.niveau.jours > avant.niveau.jours
            assert parti_le(apres) >= parti_le(avant) + timedelta(days=7)


def verifier_les_envois(jour: date) -> None:
    """No mail of the day is about an invoice that a decision of an earlier day held."""
    partis = Courriel.objects.filter(type="relance", envoye_le__date=jour)
    for relance in Relance.objects.valables().filter(courriel__in=partis):
        assert relance.solde > 0
        tenues = Suspension.objects.en_cours(au=jour).filter(
            facture=relance.facture_id, cree_le__lt=relance.courriel.envoye_le
        )
        assert not tenues.exists()
        assert not relance.facture.litiges.filter(
            clos_le=None, ouvert_le__lt=relance.courriel.envoye_le
        ).exists()
