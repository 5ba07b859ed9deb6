"""What opens the product: tokens of devices, sessions of the office, keys of machines.

Of each secret only a hash is stored: a copy of the database opens nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from artjardin.accounts.models.personnes import User


class JetonQuerySet(models.QuerySet["Jeton"]):
    def vivants(self) -> Self:
        """Those that still open the API."""
        maintenant = timezone.now()
        return self.filter(
            revoque_le=None,
            expire_le__gt=maintenant,
            vu_le__gt=maintenant - settings.JETON_INACTIVITE,
        )


class Jeton(models.Model):
    """An opaque token of one device; only its SHA-256 is stored."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="jetons")
    empreinte = models.CharField(max_length=64, unique=True)
    appareil = models.CharField(max_length=200, blank=True)
    adresse = models.GenericIPAddressField(null=True)
    cree_le = models.DateTimeField(default=timezone.now, editable=False)
    vu_le = models.DateTimeField("vu le", default=timezone.now)
    verifie_le = models.DateTimeField("second facteur montré le", null=True)
    code_le = models.DateTimeField("dernier code ou mot de passe donné le", null=True)
    expire_le = models.DateTimeField()
    revoque_le = models.DateTimeField(null=True, blank=True)

    objects = JetonQuerySet.as_manager()

    class Meta:
        verbose_name = "jeton"

    def __str__(self) -> str:
        return f"{self.user} ({self.appareil or 'appareil inconnu'})"


class SessionQuerySet(models.QuerySet["Session"]):
    def vivantes(self) -> Self:
        """Those that still open the office's pages: neither idle for long nor too old."""
        maintenant = timezone.now()
        return self.filter(
            expire_date__gt=maintenant,
            cree_le__gt=maintenant - settings.SESSION_DUREE,
            vu_le__gt=maintenant - settings.SESSION_INACTIVITE,
        )


class Session(AbstractBaseSession):
    """A session of the office. Its key is the SHA-256 of what the cookie holds."""

    session_key = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="sessions")
    appareil = models.CharField(max_length=200, blank=True)
    adresse = models.GenericIPAddressField(null=True)
    cree_le = models.DateTimeField(default=timezone.now)
    vu_le = models.DateTimeField("vu le", default=timezone.now)

    objects = SessionQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = "session"

    @classmethod
    def get_session_store_class(cls) -> type:
        from artjardin.accounts.sessions import SessionStore  # noqa: PLC0415 - as Django's own

        return SessionStore


class Appareil(models.Model):
    """A device from which a person has come in: the next login from it is no news."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appareils")
    empreinte = models.CharField(max_length=64)
    nom = models.CharField(max_length=200, blank=True)
    premiere_le = models.DateTimeField(default=timezone.now)
    derniere_le = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "appareil"
        constraints = [
            models.UniqueConstraint(fields=["user", "empreinte"], name="appareil_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.nom or 'appareil inconnu'} de {self.user}"


class CleApiQuerySet(models.QuerySet["CleApi"]):
    def vivantes(self) -> Self:
        return self.filter(revoquee_le=None, expire_le__gt=timezone.now())


class CleApi(models.Model):
    """A key of a machine: reads what its scope names, until it expires. Only a hash is stored."""

    class Portee(models.TextChoices):
        SURVEILLANCE = "surveillance", "Surveillance (santé, mesures, exécutions)"
        COMPTABILITE = "comptabilite", "Comptabilité (lecture des pièces et des paiements)"

    nom = models.CharField(max_length=80)
    portee = models.CharField("portée", max_length=20, choices=Portee)
    empreinte = models.CharField(max_length=64, unique=True)
    debut = models.CharField("début", max_length=12)  # enough to recognise it in a configuration
    creee_par = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    creee_le = models.DateTimeField("créée le", default=timezone.now, editable=False)
    expire_le = models.DateTimeField("expire le")
    vue_le = models.DateTimeField("vue le", null=True)
    revoquee_le = models.DateTimeField("révoquée le", null=True)

    objects = CleApiQuerySet.as_manager()

    class Meta:
        verbose_name = "clé d'API"
        verbose_name_plural = "clés d'API"
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="cle_nommee", condition=~models.Q(nom=""))]

    def __str__(self) -> str:
        return f"{self.nom} ({self.debut}…)"

    @property
    def est_vivante(self) -> bool:
        return self.revoquee_le is None and self.expire_le > timezone.now()


def perimes(*, au: datetime, garde: timedelta) -> list[models.QuerySet]:
    """What is of no use any more, to be removed: it opened nothing for `garde`."""
    limite = au - garde
    return [
        Session.objects.filter(models.Q(expire_date__lt=au) | models.Q(vu_le__lt=limite)),
        Jeton.objects.filter(models.Q(expire_le__lt=limite) | models.Q(revoque_le__lt=limite)),
        Appareil.objects.filter(derniere_le__lt=au - timedelta(days=400)),
    ]
