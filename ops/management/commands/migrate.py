"""Django's migrate, after which the roles have exactly their permissions."""

from typing import Any

from django.core.management.commands import migrate

from ops.roles import accorder_les_roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        partiel = options["app_label"] or options["plan"] or options["check_unapplied"]
        if not partiel:
            accorder_les_roles()
