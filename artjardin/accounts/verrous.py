"""The lock against guessing: an attempt is counted before it is evaluated, by one row.

So parallel guesses cannot pass it, whatever the number of processes, and it holds without Valkey.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from artjardin.accounts.models import Verrou
from artjardin.erreurs import TropDeDemandes

ESSAIS = 5
DUREE = timedelta(minutes=15)
DUREE_MAX = timedelta(hours=24)
OUBLI = timedelta(hours=24)  # attempts and locks older than this count no more


@dataclass(frozen=True)
class Essai:
    """One attempt, counted; `dernier`: if it fails, the lock is closed until `jusqu_a`."""

    clef: str
    jusqu_a: datetime | None = None

    @property
    def dernier(self) -> bool:
        return self.jusqu_a is not None


@transaction.atomic(durable=True)
def compter(clef: str, *, croissant: bool = True) -> Essai:
    """Count one attempt, and commit it. Raise TropDeDemandes while the lock is closed.

    The fifth one closes it for 15 minutes, unless it succeeds; `croissant`: twice as long each time
    in a row, at most a day.
    """
    verrou, _ = Verrou.objects.select_for_update().get_or_create(clef=clef)
    maintenant = timezone.now()
    if verrou.ferme(a=maintenant):
        raise refus(verrou, a=maintenant)
    if verrou.dernier_le < maintenant - OUBLI:
        verrou.essais = verrou.fois = 0
    verrou.essais += 1
    verrou.dernier_le = maintenant
    verrou.jusqu_a = None
    if verrou.essais >= ESSAIS:
        verrou.essais, verrou.fois = 0, min(verrou.fois + 1, 20)
        verrou.jusqu_a = maintenant + _duree(verrou.fois if croissant else 1)
    verrou.save()
    return Essai(clef, verrou.jusqu_a)


def ouvrir(clef: str) -> None:
    """Forget the attempts: the right person is there. The row stays for who counts meanwhile."""
    Verrou.objects.filter(clef=clef).update(essais=0, fois=0, jusqu_a=None)


def rendre(clef: str) -> None:
    """Give back an attempt that could not be evaluated."""
    Verrou.objects.filter(clef=clef, essais__gt=0).update(essais=F("essais") - 1)


def nettoyer(*, au: datetime) -> int:
    """Remove the locks that count no more; return how many."""
    finis = Verrou.objects.filter(dernier_le__lt=au - OUBLI)
    return finis.exclude(jusqu_a__gt=au).delete()[0]


def refus(verrou: Verrou, *, a: datetime) -> TropDeDemandes:
    fin = verrou.jusqu_a or a
    heure = timezone.localtime(fin)
    return TropDeDemandes(
        f"Trop d'essais : réessayez après {heure:%H} h {heure:%M}.",
        code="verrouille",
        attente=fin - a,
    )


def _duree(fois: int) -> timedelta:
    """15 minutes, then 30, an hour…

    >>> [_duree(fois) // timedelta(minutes=1) for fois in (1, 2, 3, 12)]
    [15, 30, 60, 1440]
    """
    return min(DUREE * 2 ** (fois - 1), DUREE_MAX)
