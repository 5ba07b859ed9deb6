"""The stamped copy of a paid invoice."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Sum

from artjardin.argent import ZERO
from artjardin.erreurs import Conflit
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from facturation.models import Facture, Paiement


@transaction.atomic
def promettre_l_acquittee(facture: Facture) -> Document:
    """The copy of a paid invoice, stamped with the day and the means. Raise Conflit if it is not.

    The original stays as it was sent; the copy is made from the same frozen data.
    """
    actuelle: Any = Facture.objects.emises().avec_solde().filter(pk=facture.pk).first()
    regle = facture.imputations.aggregate(total=Sum("montant"))["total"] or ZERO
    recus = facture.imputations.filter(montant__gt=0, paiement__annulation=None)
    dernier = recus.select_related("paiement").order_by("paiement__le", "pk").last()
    if actuelle is None or actuelle.solde > 0 or dernier is None or regle <= 0:
        raise Conflit("Cette facture n'est pas réglée.", code="facture_non_reglee")
    avoirs = facture.avoirs.filter(statut=Facture.Statut.EMISE).order_by("pk")
    moyens = recus.order_by("paiement__mode").values_list("paiement__mode", flat=True).distinct()
    return promettre_document(
        facture,
        genre="acquittee",
        nom=f"{facture.numero}-acquittee-{dernier.pk}-{regle}",
        affiche=f"{facture.numero}-acquittee",
        le=dernier.paiement.le,
        client=facture.client_id,
        contexte={
            "le": dernier.paiement.le.isoformat(),
            "moyens": ", ".join(Paiement.Mode(mode).label.lower() for mode in moyens),
            "montant": f"{regle:.2f}",
            "avoirs": [
                {"numero": numero, "montant": f"{montant:.2f}"}
                for numero, montant in avoirs.values_list("numero", "total_ttc")
            ],
        },
    )
