"""Letters and thank-yous, two at once, on real connections."""

from datetime import UTC, datetime

import pytest

from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from relances.models import Relance, Remerciement
from relances.services import marquer_postees, relancer_la_facture, remercier
from tests.clients.factories import creer_client
from tests.clients.fils import en_parallele, pendant
from tests.facturation.factories import payer
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.usefixtures("base_partagee")


def lettre():
    return relancer_la_facture(facture_due(creer_client(email=""), retard=40), par=PAR)


def test_four_thankers_at_once_send_one_mail_to_each_client():
    factures = [facture_due(creer_client(nom=f"N{n}"), retard=40) for n in range(3)]
    for facture in factures:
        relance = relancer_la_facture(facture, par=PAR)
        Courriel.objects.filter(pk=relance.courriel_id).update(
            statut="envoye", envoye_le=datetime(2026, 11, 23, 9, tzinfo=UTC)
        )
        payer(facture, "120.00")
    resultats = en_parallele(*[remercier] * 4)
    assert sum(resultats) == 3
    assert Courriel.objects.filter(type="merci").count() == Remerciement.objects.count() == 3


def test_a_letter_is_marked_by_one_of_two():
    une = lettre()
    resultats = en_parallele(*[lambda: marquer_postees([une.lettre_id], par=PAR)] * 2)
    assert len([r for r in resultats if isinstance(r, Conflit)]) == 1
    assert Relance.objects.exclude(postee_le=None).count() == 1


def test_a_letter_is_not_marked_while_its_payment_is_being_entered():
    une = lettre()
    _, refus = pendant(
        lambda: payer(une.facture, "120.00"), lambda: marquer_postees([une.lettre_id], par=PAR)
    )
    assert isinstance(refus, Conflit)
    assert "La facture est réglée" in refus.message
    assert not Relance.objects.exclude(postee_le=None).exists()
