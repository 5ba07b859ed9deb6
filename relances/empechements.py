"""Why the invoices of some clients may not be reminded now: one question, asked by who sends a
mail and by who posts a letter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from facturation.models import Evenement, Paiement
from facturation.services.annonces import reglage
from relances.faits import clients_a_credit
from relances.models import Reglages
from relances.regles import Faits, empechement


def empechements(faits: Iterable[Faits], *, credit_vu_le: datetime | None = None) -> dict[int, str]:
    """The reason for each invoice (a code of MOTIFS), "" when it may be reminded.

    `credit_vu_le`: when a person reminded them, having seen the credit that there was.
    """
    faits = list(faits)
    if not reglage(Evenement.Code.RELANCE).au_client:
        return {f.facture_id: "envois-coupes" for f in faits}
    reglages = Reglages.les_notres()
    crediteurs = clients_a_credit({f.client_id for f in faits}) if reglages.credit_bloque else set()
    if crediteurs and credit_vu_le:
        recents = Paiement.objects.filter(client__in=crediteurs, saisi_le__gt=credit_vu_le)
        crediteurs = set(recents.values_list("client_id", flat=True))
    return {
        f.facture_id: empechement(f, tolerance=reglages.tolerance)
        or ("credit-a-imputer" if f.client_id in crediteurs else "")
        for f in faits
    }
