"""The trash: an abstract model, its managers, and the row that remembers each batch."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Never, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from artjardin.figer import SANS_TRUNCATE

RETENTION_MIN = 90  # days in the trash, whatever the setting says (design G8)
PURGE = "Une suppression passe par softdelete.services.supprimer()."


class SupprimableQuerySet(models.QuerySet):
    """What a model of the trash answers about its rows; the defaults are those of no rule."""

    RAISON_DE_GARDER = "D'autres données en dépendent."

    def vivants(self) -> Self:
        return self.filter(supprime_le=None)

    def supprimes(self) -> Self:
        return self.exclude(supprime_le=None)

    def emportables(self) -> Self:
        """Of these rows, those that go to the trash along with their parent."""
        return self

    def obstacles(self) -> list[str]:
        """Why these rows may not go to the trash. French sentences."""
        return []

    def obstacles_seuls(self) -> list[str]:
        """Why these rows may not go by themselves, though they follow their parent."""
        return []

    def obstacles_au_parent(self) -> list[str]:
        """Why these rows, which stay, keep what they hang from out of the trash."""
        return []

    def places_prises(self) -> list[str]:
        """What living rows took meanwhile that these need to come back."""
        return []

    def ressemblances_vivantes(self) -> list[str]:
        """Living rows that look like these: said before they come back, and a person decides."""
        return []

    def a_garder(self, *, au: date) -> Self:
        """Of these rows, those that a purge on that day may not destroy."""
        return self.none()

    def anonymiser(self) -> int:
        """Clear what names a person; frozen documents keep their own copy. Return how many."""
        return self.count()

    def detruire(self) -> None:
        """Really delete. Only a purge calls it: PROTECT and triggers have the last word."""
        super().delete()

    def delete(self) -> Never:
        """Nothing is destroyed by accident: use softdelete.services.supprimer."""
        raise TypeError(PURGE)

    delete.queryset_only = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    detruire.queryset_only = True  # type: ignore[attr-defined]
    detruire.alters_data = True  # type: ignore[attr-defined]


def vivants_d_abord(queryset: type[SupprimableQuerySet]) -> Any:
    """The `objects` of a model whose `tous` is `queryset.as_manager()`: it sees the living."""

    class Vivants(models.Manager.from_queryset(queryset)):  # type: ignore[misc]
        def get_queryset(self) -> Any:
            return super().get_queryset().vivants()

    return Vivants()


class Supprimable(models.Model):
    """Something that goes to the trash, with who, when, and which batch took it there.

    `objects` sees the living and is declared first, so reverse relations hide deleted rows;
    the base manager stays plain, so a facture still reaches its deleted client.
    """

    supprime_le = models.DateTimeField(null=True, editable=False, db_index=True)
    supprime_par = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    supprime_lot = models.UUIDField(null=True, editable=False, db_index=True)

    objects: ClassVar[Any] = vivants_d_abord(SupprimableQuerySet)
    tous: ClassVar[Any] = SupprimableQuerySet.as_manager()

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError(PURGE)


def retention() -> timedelta:
    """How long what is in the trash stays there: never less than 90 days."""
    return timedelta(days=max(RETENTION_MIN, settings.CORBEILLE_RETENTION_JOURS))


class LotQuerySet(models.QuerySet["Lot"]):
    def en_corbeille(self) -> Self:
        """Still there: neither restored whole nor purged."""
        return self.filter(restaure_le=None, purge_le=None)

    def echus(self, *, a: datetime, seuil: int) -> Self:
        """Long enough in the trash, the oldest first; and those to look at again.

        `seuil`: passages.seuil_des_passages(), that of the batches that saw enough nights.
        """
        murs = Q(purge_le=None, le__lte=a - retention())
        dus = self.filter(murs | Q(revoir_le__lte=a), restaure_le=None, passage__lt=seuil)
        return dus.order_by("le", "pk")


class Lot(models.Model):
    """One deletion: its root, who, when, why, what it took along, and what became of it.

    `racine_nom` and `motif` name people: a purge clears them. `revoir_le`: when what a purge
    had to keep is looked at again. `passage`: the last run of the purge that had ended when the
    batch was made, 0 when none had. `renonce`: what a person gave up invoicing, in nameless words.
    """

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    racine_type = models.CharField(max_length=50)
    racine_id = models.BigIntegerField()
    racine_nom = models.CharField(max_length=300)
    motif = models.CharField(max_length=300, blank=True)
    par = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    par_nom = models.CharField(max_length=200)
    le = models.DateTimeField(default=timezone.now, db_index=True)
    comptes = models.JSONField(default=dict)
    passage = models.BigIntegerField(default=0, editable=False)
    renonce = models.JSONField(default=list)
    restaure_le = models.DateTimeField("restauré le", null=True)
    purge_le = models.DateTimeField("purgé le", null=True)
    purge_comptes = models.JSONField(default=dict)
    revoir_le = models.DateTimeField("à revoir le", null=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = "lot de la corbeille"
        verbose_name_plural = "lots de la corbeille"
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["racine_type", "racine_id"], name="lot_racine")]
        constraints = [
            models.CheckConstraint(
                name="lot_un_seul_sort", condition=Q(restaure_le=None) | Q(purge_le=None)
            ),
            models.CheckConstraint(
                name="lot_purge_anonyme",
                condition=Q(purge_le=None) | Q(racine_nom="", motif=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="jamais_efface", operation=pgtrigger.Delete),
            SANS_TRUNCATE,
        ]

    def __str__(self) -> str:
        """Without a name: the journal of a purge holds none."""
        return f"Lot n° {self.pk} ({self.racine_type} n° {self.racine_id})"

    @property
    def purgeable_le(self) -> datetime:
        return self.le + retention()
