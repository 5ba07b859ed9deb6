"""Every route of the product, walked: closed to strangers, and no right left unsaid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from artjardin.api.permissions import SelonDroits

OUVERTES = {"", "live", "ready", "api/v1/auth/login/"}
METHODES = ["get", "post", "put", "patch", "delete"]


def routes(motifs=None, prefixe: str = "") -> Iterator[tuple[str, URLPattern]]:
    for motif in motifs if motifs is not None else get_resolver().url_patterns:
        chemin = prefixe + str(motif.pattern)
        if isinstance(motif, URLResolver):
            yield from routes(motif.url_patterns, chemin)
        else:
            yield chemin, motif


def adresse(chemin: str) -> str:
    """A concrete address: every parameter becomes 1."""
    import re  # noqa: PLC0415

    texte = chemin.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".")
    texte = re.sub(r"\(\?P<\w+>[^()]*\)|<[^<>]+>", "1", texte)
    return f"/{texte.replace('/?', '/')}"


API = sorted({chemin for chemin, _ in routes() if chemin.startswith("api/")})
VUES = {chemin: motif.callback for chemin, motif in routes() if hasattr(motif.callback, "cls")}


def test_the_walk_finds_the_routes():
    assert len(API) > 40
    assert any("emettre" in chemin for chemin in API)


@pytest.mark.django_db
@pytest.mark.parametrize("chemin", [c for c in API if c not in OUVERTES])
def test_a_stranger_is_refused_everywhere(chemin):
    http = APIClient()

    statuts = {methode: getattr(http, methode)(adresse(chemin)).status_code for methode in METHODES}

    assert set(statuts.values()) <= {401, 403, 404, 405}, statuts
    assert set(statuts.values()) & {401, 403}, statuts


@pytest.mark.parametrize("chemin", [c for c, vue in VUES.items() if hasattr(vue, "actions")])
def test_every_action_names_its_right(chemin):
    vue = VUES[chemin]

    if SelonDroits in vue.cls.permission_classes:
        absents = {a for a in vue.actions.values() if a not in vue.cls.droits}
        assert absents <= {"update"}, f"{vue.cls.__name__} : {absents}"


@pytest.mark.django_db
def test_every_right_named_by_a_view_exists():
    connus = {
        f"{droit.content_type.app_label}.{droit.codename}"
        for droit in Permission.objects.select_related("content_type")
    }

    for vue in VUES.values():
        assert set(getattr(vue.cls, "droits", {}).values()) <= connus, vue.cls


def test_an_action_without_an_entry_is_refused_not_crashed(rf, django_user_model):
    class Vue:
        action = "inventee"
        droits = {}

    requete = rf.get("/")
    requete.user = django_user_model(is_superuser=True, is_active=True)

    assert SelonDroits().has_permission(requete, Vue()) is False


@pytest.mark.django_db
def test_the_openapi_document_is_complete():
    from drf_spectacular.drainage import GENERATOR_STATS  # noqa: PLC0415
    from drf_spectacular.generators import SchemaGenerator  # noqa: PLC0415

    schema = SchemaGenerator().get_schema(request=None, public=True)

    assert dict(GENERATOR_STATS._warn_cache) == dict(GENERATOR_STATS._error_cache) == {}
    assert "/api/v1/factures/{id}/emettre/" in schema["paths"]
