"""Who tries to come in: locks that close again and again."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.utils import timezone

from artjardin.audit.models import Entree
from ops.sante.constats import Etat, Releve

VERROU = "session.verrouillee"
COMPTES, HEURE = 3, timedelta(hours=1)  # so many accounts locked within an hour
FOIS, JOUR = 3, timedelta(days=1)  # or one account so many times in a day


def verrous() -> Releve:
    """Told without names: the journal has them."""
    maintenant = timezone.now()
    fermes = Entree.objects.filter(action=VERROU, le__gte=maintenant - JOUR)
    comptes = fermes.filter(le__gte=maintenant - HEURE).values("objet_id").distinct().count()
    par_compte = fermes.order_by().values("objet_id").annotate(fois=Count("pk"))
    repetes = sum(une["fois"] >= FOIS for une in par_compte)
    dits = []
    if comptes >= COMPTES:
        dits.append(f"{comptes} comptes verrouillés en une heure")
    if repetes:
        comptes_dits = "comptes" if repetes > 1 else "compte"
        dits.append(f"{repetes} {comptes_dits} verrouillé(s) au moins {FOIS} fois en un jour")
    return Releve(Etat.PANNE if dits else Etat.OK, " ; ".join(dits), comptes)
