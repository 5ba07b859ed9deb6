"""The trash: an abstract model, its managers, and the walk that takes along what hangs below."""

from __future__ import annotations

from typing import Any, ClassVar, Never, Self

from django.conf import settings
from django.db import models


class SupprimableQuerySet(models.QuerySet):
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

    def obstacles_au_parent(self) -> list[str]:
        """Why these rows, which stay, keep what they hang from out of the trash."""
        return []

    def delete(self) -> Never:
        """Nothing is destroyed by accident: use softdelete.services.supprimer."""
        raise TypeError("Une suppression passe par softdelete.services.supprimer().")

    delete.queryset_only = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]


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
        raise TypeError("Une suppression passe par softdelete.services.supprimer().")
