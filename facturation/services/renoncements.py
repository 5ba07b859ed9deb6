"""What would never be invoiced once its client or its site is gone: devis accepted, hours worked.

Asked by the trash (artjardin/branchements.py). The sentences name nobody: a batch keeps them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from artjardin.argent import ZERO, en_euros
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Facture
from facturation.services.reste import anterieures, reste_a_facturer


def ce_qui_serait_perdu(lignes: Mapping[Any, Collection[int]]) -> list[str]:
    """The accepted devis not wholly invoiced and the hours on no invoice, of these rows."""
    return [*_devis_ouverts(lignes), *_heures_sans_facture(lignes.get(Intervention, ()))]


def _devis_ouverts(lignes: Mapping[Any, Collection[int]]) -> Iterator[str]:
    siens = Q(client__in=lignes.get(Client, ())) | Q(chantier__in=lignes.get(Chantier, ()))
    acceptes: Any = Devis.tous.filter(siens, statut=Devis.Statut.ACCEPTE).order_by("numero")
    for devis in acceptes:
        if any(une.type == Facture.Type.FACTURE for une in anterieures(devis)):
            continue  # invoiced whole, by lines of its own
        reste = sum((t.base + t.montant for t in reste_a_facturer(devis).values()), ZERO)
        if reste > 0:
            yield f"Le devis {devis.numero} est accepté : il reste {en_euros(reste)} à facturer."


def _heures_sans_facture(interventions: Collection[int]) -> Iterator[str]:
    """Hours on a site that is not invoiced, where no accepted devis nor later invoice has them."""
    emises = Facture.objects.emises().exclude(type=Facture.Type.AVOIR)
    factures = emises.filter(chantier=OuterRef("chantier"), date__gte=OuterRef("fin__date"))
    signes = Devis.tous.filter(chantier=OuterRef("chantier"), statut=Devis.Statut.ACCEPTE)
    reelles = {"debut__isnull": False, "fin__isnull": False}
    finies = Intervention.tous.filter(pk__in=interventions, **reelles)
    perdues = finies.exclude(chantier__statut=Chantier.Statut.FACTURE).exclude(
        Exists(factures) | Exists(signes)
    )
    durees: dict[int, list[timedelta]] = defaultdict(list)
    temps_reels: Any = perdues.values_list("chantier_id", "debut", "fin")
    for chantier, debut, fin in temps_reels:
        durees[chantier].append(fin - debut)
    for chantier, temps in sorted(durees.items()):
        minutes = sum(temps, timedelta()) // timedelta(minutes=1)
        heures = f"{minutes // 60} h {minutes % 60:02d}"
        yield f"Chantier n° {chantier} : {heures} de travail ({len(temps)} fois) sans facture."
