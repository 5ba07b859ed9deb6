"""Keys of machines: a scope, an end, and no person behind them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from artjardin.accounts.jetons import empreinte
from artjardin.accounts.models import CleApi, User
from artjardin.branchements import PORTEES_DES_CLES

PREFIXE = "ajk_"
PRECISION = timedelta(minutes=5)  # of `vue_le`


class Machine(AnonymousUser):
    """What holds a key: it has the rights of its scope, and is nobody."""

    is_active = True  # type: ignore[assignment]

    def __init__(self, cle: CleApi) -> None:
        super().__init__()
        self.cle = cle
        self.droits = PORTEES_DES_CLES.get(cle.portee, frozenset())

    def __str__(self) -> str:
        return f"clé d'API « {self.cle.nom} »"

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        return True

    @property
    def is_anonymous(self) -> bool:  # type: ignore[override]
        return False

    def is_verified(self) -> bool:
        """No second factor is asked of a machine: its key is the secret, and it only reads."""
        return True

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.droits

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return self.droits.issuperset(perm_list)

    def has_module_perms(self, module: str) -> bool:
        return False


def creer_cle(*, nom: str, portee: str, expire_le: datetime, par: User) -> tuple[str, CleApi]:
    """Return the secret, shown this once, and its row."""
    secret = PREFIXE + secrets.token_urlsafe(32)
    cle = CleApi(
        nom=nom,
        portee=portee,
        empreinte=empreinte(secret),
        debut=secret[:10],
        creee_par=par,
        expire_le=expire_le,
    )
    cle.full_clean(exclude=["vue_le", "revoquee_le"])  # not yet
    cle.save()
    return secret, cle


def lire_cle(secret: str) -> CleApi | None:
    """The living key of this secret; notes from time to time that it serves."""
    cle = CleApi.objects.vivantes().filter(empreinte=empreinte(secret)).first()
    maintenant = timezone.now()
    if cle is not None and (cle.vue_le is None or cle.vue_le < maintenant - PRECISION):
        CleApi.objects.filter(pk=cle.pk).update(vue_le=maintenant)
    return cle
