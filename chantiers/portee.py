"""Who reaches what of the sites and their clients (branchements.PORTEES).

Whoever may not see all sites reaches those they are in charge of, or have work on that is neither
cancelled nor in the trash; what is planned and done there; and the clients of these sites.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from artjardin.accounts.models import User
from chantiers.models import Chantier, Intervention

TOUS_CLIENTS = "clients.voir_tous_clients"
TOUS_CHANTIERS = "chantiers.voir_tous_chantiers"


def clients(user: Any) -> Q | None:
    """The condition on clients; None without a limit."""
    if user.has_perm(TOUS_CLIENTS):
        return None
    return Q(pk__in=_chantiers_de(user).values("client"))


def chantiers(user: Any) -> Q | None:
    """The condition on sites; None without a limit."""
    if user.has_perm(TOUS_CHANTIERS):
        return None
    if user.pk is None:  # nobody, or a machine: not the sites that nobody is in charge of
        return Q(pk__in=[])
    annulee = Intervention.Statut.ANNULEE
    travail = Intervention.objects.filter(employe=user.pk).exclude(statut=annulee)
    return Q(responsable=user.pk) | Q(pk__in=travail.values("chantier"))


def interventions(user: Any) -> Q | None:
    """The condition on interventions; None without a limit."""
    if user.has_perm(TOUS_CHANTIERS):
        return None
    return Q(chantier__in=_chantiers_de(user).values("pk"))


def equipiers(user: Any) -> QuerySet[User]:
    """The people to choose from: the active ones, or oneself for who does not see all sites."""
    actifs = User.objects.filter(is_active=True)
    return actifs if user.has_perm(TOUS_CHANTIERS) else actifs.filter(pk=user.pk)


def _chantiers_de(user: Any) -> QuerySet[Chantier]:
    critere = chantiers(user)
    return Chantier.objects.all() if critere is None else Chantier.objects.filter(critere)
