"""Pages of the admin for those who do not reach every row of a model."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin

from artjardin.api.portee import a_portee, portee


class AdminAPortee(ModelAdmin):
    """Rows out of reach are in no list, search or choice, and their pages answer 404."""

    def est_limite(self, request: HttpRequest) -> bool:
        """Whether this person reaches some rows only."""
        return portee(self.model, request.user) is not None

    def get_queryset(self, request: HttpRequest) -> Any:
        return a_portee(super().get_queryset(request), request.user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Raise Http404 where Django goes back to the home page and says what was asked for;
        PermissionDenied to who may see none of these."""
        objet = super().get_object(request, object_id, from_field)
        if objet is None and self.est_limite(request):
            raise Http404 if self.has_view_permission(request) else PermissionDenied
        return objet

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        """The choices of a form; None: those of the field."""
        choix = super().get_field_queryset(db, db_field, request)
        modele = db_field.remote_field.model
        if portee(modele, request.user) is None:
            return choix
        return a_portee(modele.objects.using(db) if choix is None else choix, request.user)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Who sees some fields only filters on these: `?email__startswith=` would tell the rest."""
        if request is not None and self.est_limite(request):
            vus = {"pk", "id", *flatten_fieldsets(self.get_fieldsets(request))}
            if lookup.split("__", maxsplit=1)[0] not in vus:
                return False
        return super().lookup_allowed(lookup, value, request)
