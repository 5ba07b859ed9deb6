"""Triggers that make rows append-only for every path, raw SQL included (design G1, G9)."""

import pgtrigger
from django.db import models

AJOUT_SEUL = pgtrigger.Protect(name="ajout_seul", operation=pgtrigger.Update | pgtrigger.Delete)
SANS_TRUNCATE = pgtrigger.Trigger(
    name="sans_truncate",
    operation=pgtrigger.Truncate,
    level=pgtrigger.Statement,
    when=pgtrigger.Before,
    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
)


class ChangeHors(pgtrigger.AnyChange):
    """Condition: the row is past the state `sauf_si`, and a column other than `exclude` changes."""

    def __init__(self, *, sauf_si: str, exclude: list[str]) -> None:
        super().__init__(exclude=exclude)
        self.sauf_si = sauf_si

    def resolve(self, model: type[models.Model]) -> str:
        return f"OLD.statut <> '{self.sauf_si}' AND ({super().resolve(model)})"
