"""Two at once, on real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation.services import encaisser
from relances.models import Passage, Relance, Suspension
from relances.services import passages, relancer, suspendre
from tests.clients.factories import creer_client
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.usefixtures("base_partagee")


def ensemble(*gestes: Callable[[], object]) -> list[object]:
    """Run each in its own thread, released together; results, or the exception raised."""
    barriere, resultats = threading.Barrier(len(gestes)), [None] * len(gestes)

    def courir(rang: int) -> None:
        barriere.wait()
        try:
            resultats[rang] = gestes[rang]()
        except Exception as erreur:  # noqa: BLE001 - it is the result
            resultats[rang] = erreur
        finally:
            connection.close()

    fils = [threading.Thread(target=courir, args=[rang]) for rang in range(len(gestes))]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return resultats


def test_of_two_who_start_the_same_run_one_wins():
    jour = timezone.localdate()
    for rang in range(5):
        facture_due(creer_client(nom=f"N{rang}"), retard=40, au=jour)

    resultats = ensemble(*[lambda: relancer(jour=jour, par=PAR)] * 4)

    refus = [r for r in resultats if isinstance(r, Conflit)]
    assert len(refus) == 3
    assert {r.code for r in refus} <= {"execution_en_cours", "passage_deja_fait"}
    assert Passage.objects.count() == 1
    assert Relance.objects.count() == Courriel.objects.count() == 5


def test_paid_while_the_mail_leaves_either_it_left_before_or_it_never_leaves():
    jour = timezone.localdate()
    factures = [facture_due(creer_client(nom=f"N{n}"), retard=40, au=jour) for n in range(6)]
    relancer(jour=jour, par=PAR)
    produire_les_promis()

    def payer_tout() -> None:
        for facture in factures:
            encaisser(facture, montant=Decimal("120.00"), mode="virement", le=jour, par=PAR)

    resultats = ensemble(payer_tout, envoyer_les_courriels, envoyer_les_courriels)

    assert not [r for r in resultats if isinstance(r, Exception)]
    envoyer_les_courriels()
    statuts = set(Courriel.objects.values_list("statut", flat=True))
    assert statuts <= {"envoye", "annule"}
    assert Relance.objects.count() == 6
    for relance in Relance.objects.select_related("courriel"):
        assert (relance.annulee_le is None) == (relance.courriel.statut == "envoye")


def test_the_database_refuses_a_second_reminder_of_one_level():
    from django.db import IntegrityError  # noqa: PLC0415

    facture = facture_due(creer_client(), retard=40, au=timezone.localdate())
    relancer(jour=timezone.localdate(), par=PAR)
    relance = Relance.objects.get(facture=facture)
    relance.pk, relance.jour = None, date(2030, 1, 1)

    with pytest.raises(IntegrityError):
        relance.save()


def test_a_run_that_loses_the_database_is_taken_up_again_and_forgets_nobody(monkeypatch):
    """PostgreSQL killed in the middle: an outage is not the fault of one client."""
    jour = timezone.localdate()
    for rang in range(4):
        facture_due(creer_client(nom=f"N{rang}"), retard=40, au=jour)
    promettre, faits = passages.promettre_l_envoi, []

    def couper_au_deuxieme(*args, **kwargs):
        faits.append(promettre(*args, **kwargs))
        if len(faits) == 2:
            with connection.cursor() as curseur:
                curseur.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return faits[-1]

    monkeypatch.setattr(passages, "promettre_l_envoi", couper_au_deuxieme)
    with pytest.raises((OperationalError, InterfaceError)):
        relancer(jour=jour, par=PAR)
    connection.close()
    assert (Relance.objects.count(), Passage.objects.get().fin) == (1, None)

    passage = relancer(jour=jour, par=PAR)

    assert (passage.relancees, passage.echecs, passage.erreurs) == (4, 0, [])
    assert Relance.objects.count() == Courriel.objects.count() == 4


def test_two_people_suspend_at_once_and_one_decision_stands():
    facture = facture_due(creer_client(), retard=40, au=timezone.localdate())
    fin = timezone.localdate() + timedelta(days=3)

    def mettre_en_pause() -> object:
        return suspendre(facture, genre="pause", motif="Attendre", jusqu_au=fin, par=PAR)

    resultats = ensemble(mettre_en_pause, mettre_en_pause, mettre_en_pause)

    assert not [r for r in resultats if isinstance(r, Exception)]
    assert Suspension.objects.filter(levee_le=None).count() == 1
    assert Suspension.objects.count() == 3


def test_suspended_while_the_mail_leaves_either_it_left_before_or_it_never_leaves():
    jour = timezone.localdate()
    factures = [facture_due(creer_client(nom=f"N{n}"), retard=40, au=jour) for n in range(6)]
    relancer(jour=jour, par=PAR)
    produire_les_promis()

    def suspendre_tout() -> None:
        for facture in factures:
            suspendre(facture, genre="pause", motif="Attendre", jusqu_au=jour, par=PAR)

    resultats = ensemble(suspendre_tout, envoyer_les_courriels, envoyer_les_courriels)
    envoyer_les_courriels()

    assert not [r for r in resultats if isinstance(r, Exception)]
    for relance in Relance.objects.select_related("courriel"):
        parti = relance.courriel.statut == "envoye"
        assert parti or relance.courriel.statut == "annule"
        assert (relance.annulee_le is None) == parti
        if parti:
            suspension = relance.facture.suspensions.get()
            assert relance.courriel.pris_le <= suspension.cree_le
