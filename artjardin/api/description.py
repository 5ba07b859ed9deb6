"""What OPTIONS says of an address: the bodies that who asks may send there, and never a row."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request, override_method

ECRITURES = ("POST", "PUT", "PATCH")


class Description(SimpleMetadata):
    """As REST framework's, which looks a row up, and describes what is then refused."""

    def determine_actions(self, request: Request, view: Any) -> dict[str, Any]:
        decrites = {}
        for methode in ECRITURES:
            if methode in view.allowed_methods:
                with override_method(view, request, methode) as essai:
                    if _permise(view, essai):
                        decrites[methode] = self.get_serializer_info(view.get_serializer())
        return decrites


def _permise(view: Any, essai: Request) -> bool:
    try:
        view.check_permissions(essai)
    except APIException:
        return False
    return True
