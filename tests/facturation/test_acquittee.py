"""The copy of a paid invoice says what was received, and is refused where nothing was."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.storage.models import Document
from facturation.documents import contexte_facture
from facturation.models import Paiement
from facturation.pdf import _contenu
from facturation.rendu import en_html
from facturation.services import promettre_l_acquittee, rembourser
from tests.facturation.factories import ROBOT, crediter, creer_facture, ligne, payer
from tests.facturation.test_documents import lisible

pytestmark = pytest.mark.django_db


def lue(document):
    contexte = contexte_facture(_contenu(document), acquittee=document.contexte)
    return lisible(en_html("pdf/facture.html", contexte))


def test_a_paid_invoice_is_stamped_with_day_means_and_sum():
    facture = creer_facture()
    payer(facture, "20.00", mode="cheque")
    payer(facture, "100.00")

    texte = lue(promettre_l_acquittee(facture))

    jour = f"{timezone.localdate():%d/%m/%Y}"
    assert f"Acquittée le {jour} par chèque, virement" in texte
    assert "Reçu : 120,00 €." in texte


def test_a_credit_note_is_named_not_taken_for_a_payment():
    facture = creer_facture()
    payer(facture, "12.00")
    crediter(facture, lignes=[ligne(prix_unitaire=Decimal("90.00"))])

    assert "Reçu : 12,00 € ; déduit par l'avoir AVO-" in lue(promettre_l_acquittee(facture))


def test_what_was_paid_then_given_back_is_not_acquitted():
    facture = creer_facture()
    payer(facture, "120.00")
    crediter(facture)
    rembourser(
        Paiement.objects.get(),
        montant=Decimal("120.00"),
        mode="virement",
        le=timezone.localdate(),
        motif="Avoir",
        par=ROBOT,
    )

    with pytest.raises(Conflit, match="pas réglée"):
        promettre_l_acquittee(facture)
    assert not Document.objects.filter(type="acquittee").exists()


@pytest.mark.parametrize("montant", ["0.01", "119.99"])
def test_a_balance_left_forbids_it(montant):
    facture = creer_facture(le=date(2026, 1, 5))
    payer(facture, montant)

    with pytest.raises(Conflit, match="pas réglée"):
        promettre_l_acquittee(facture)
