"""Cursor pagination, `?tri=` and `?recherche=` of every list; what none reads is refused."""

from __future__ import annotations

import base64
from binascii import Error as ErreurBase64
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, Self

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import NotFound
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from artjardin.api.portee import rechercher
from artjardin.erreurs import Invalide


class Place(NamedTuple):
    """A row's place in an order, and the side of it that is asked for."""

    arriere: bool
    valeur: str | None
    id: int

    @classmethod
    def lire(cls, texte: str) -> Self:
        """Raise ValueError for what we never wrote."""
        try:
            arriere, valeur, rang = orjson.loads(base64.urlsafe_b64decode(texte.encode()))
        except (ErreurBase64, TypeError) as erreur:
            raise ValueError(texte) from erreur
        if type(rang) is not int or not isinstance(valeur, str | None) or "\0" in (valeur or ""):
            raise ValueError(texte)
        return cls(bool(arriere), valeur, rang)

    def ecrire(self) -> str:
        return base64.urlsafe_b64encode(orjson.dumps(tuple(self))).decode()

    def au_dela(self, colonne: str, *, descend: bool) -> Iterator[Q]:
        """Conditions, one after the other, of what comes past this place in that order.

        Two at most, so that each is a range of an index; blanks come last when ascending.
        """
        rang = Q(id__lt=self.id) if descend else Q(id__gt=self.id)
        if colonne == "id":
            yield rang
        elif self.valeur is None:
            yield Q(**{f"{colonne}__isnull": True}) & rang
        else:
            cote = "lt" if descend else "gt"
            depasse = Q(**{f"{colonne}__{cote}": self.valeur})
            yield Q(**{f"{colonne}__{cote}e": self.valeur}) & (depasse | rang)
        if colonne != "id" and descend is (self.valeur is None):
            yield Q(**{f"{colonne}__isnull": not descend})


class Curseur(CursorPagination):
    """Keyset pages: the thousandth page costs what the first does, and no row is met twice.

    The view's `tris` maps the public name of an order to a column; the first one is the default.
    Rows may be blank in that column, or share its value: the id decides.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "taille"
    cursor_query_param = "curseur"
    cursor_query_description = "Position dans la liste, donnée par `next` et `previous`."

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.base_url = request, request.build_absolute_uri()
        self.page_size = self.get_page_size(request) or self.page_size
        self.ordering = self.get_ordering(request, queryset, view)
        try:
            texte = request.query_params.get(self.cursor_query_param)
            place = Place.lire(texte) if texte else None
            lignes = self._lignes(queryset, place)
        except (ValueError, ValidationError) as erreur:
            raise NotFound(self.invalid_cursor_message) from erreur
        arriere, reste = place is not None and place.arriere, len(lignes) > self.page_size
        self.page = lignes[: self.page_size][:: -1 if arriere else 1]
        self.has_next = bool(self.page) and (arriere or reste)
        self.has_previous = bool(self.page) and (reste if arriere else place is not None)
        self.display_page_controls = self.has_next or self.has_previous
        return self.page

    def _lignes(self, queryset: Any, place: Place | None) -> list[Any]:
        """One row more than the page, from `place` on; backwards when it says so."""
        ordre = self.ordering
        if place is not None and place.arriere:
            ordre = tuple(_inverse(colonne) for colonne in ordre)
        trie = queryset.order_by(*ordre)
        if place is None:
            return list(trie[: self.page_size + 1])
        lignes: list[Any] = []
        for tranche in place.au_dela(ordre[0].lstrip("-"), descend=ordre[0].startswith("-")):
            manque = self.page_size + 1 - len(lignes)
            lignes += list(trie.filter(tranche)[:manque]) if manque else []
        return lignes

    def get_next_link(self) -> str | None:
        return self._lien((self.page or [])[-1], arriere=False) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self._lien((self.page or [])[0], arriere=True) if self.has_previous else None

    def _lien(self, ligne: Any, *, arriere: bool) -> str:
        valeur = getattr(ligne, self.ordering[0].lstrip("-"))
        texte = valeur.isoformat() if hasattr(valeur, "isoformat") else valeur
        place = Place(arriere, None if texte is None else str(texte), ligne.id)
        return replace_query_param(str(self.base_url), self.cursor_query_param, place.ecrire())

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> tuple[str, ...]:
        tris: dict[str, str] = getattr(view, "tris", {"-id": "-id"})
        demande = request.query_params.get("tri") or next(iter(tris))
        permis = tris | {_inverse(nom): _inverse(colonne) for nom, colonne in tris.items()}
        if demande not in permis:
            raise Invalide(
                "Tri inconnu.", champs={"tri": [f"Choix : {', '.join(sorted(permis))}."]}
            )
        colonne = permis[demande]
        identifiant = "-id" if colonne.startswith("-") else "id"
        return (colonne,) if colonne.lstrip("-") == "id" else (colonne, identifiant)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        tri = {"name": "tri", "in": "query", "required": False, "schema": {"type": "string"}}
        return [*super().get_schema_operation_parameters(view), tri]


def _inverse(tri: str) -> str:
    return tri[1:] if tri.startswith("-") else f"-{tri}"


class Filtres(DjangoFilterBackend):
    """The view's filters, built only when the request names one: the form costs a millisecond."""

    SANS_FILTRE = frozenset({"curseur", "taille", "tri", "recherche"})

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        demandes = request.query_params.keys()
        if demandes <= self.SANS_FILTRE:
            return queryset
        if getattr(view, "action", "") == "list":
            self._exiger_connus(demandes, self.get_filterset_class(view, queryset), view)
        return super().filter_queryset(request, queryset, view)

    def _exiger_connus(self, demandes: Iterable[str], filtres: Any, view: Any) -> None:
        """Raise Invalide for what nothing here reads: ignored, it would give all the rows."""
        connus = {*self.SANS_FILTRE, *(filtres.base_filters if filtres else ())}
        connus |= {str(api_settings.URL_FORMAT_OVERRIDE), *getattr(view, "parametres", ())}
        if inconnus := sorted(set(demandes) - connus):
            choix = [f"Choix : {', '.join(sorted(connus))}."]
            raise Invalide(
                f"Paramètre inconnu : {', '.join(inconnus)}.",
                champs=dict.fromkeys(inconnus, choix),
            )


class Recherche(BaseFilterBackend):
    """`?recherche=`: asks the model's own `rechercher()`, which forgives accents and typos; else
    what the view's `cherche_dans` names: columns that contain it, relations that it finds; and what
    its `cherche_aussi(demande)` says.

    A list that has neither refuses it: ignored, it would give all the rows.
    """

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        demande = request.query_params.get("recherche", "").replace("\x00", "").strip()[:100]
        if not demande:
            return queryset
        if hasattr(queryset, "rechercher"):
            return rechercher(queryset, demande, request.user)
        if hasattr(view, "cherche_dans"):
            return queryset.filter(pk__in=_trouvees(queryset.model, view, demande))
        if getattr(view, "action", "") == "list":
            message = "Cette liste n'a pas de recherche."
            raise Invalide(message, champs={"recherche": [message]})
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        modele = getattr(getattr(view, "queryset", None), "model", None)
        if modele is not None and not (
            hasattr(view, "cherche_dans") or hasattr(view.queryset, "rechercher")
        ):
            return []
        return [
            {"name": "recherche", "in": "query", "required": False, "schema": {"type": "string"}},
        ]


def _trouvees(modele: Any, view: Any, demande: str) -> QuerySet:
    """The keys of the rows that the view's own criteria find, each once."""
    criteres = [_trouve(modele, chemin, demande) for chemin in view.cherche_dans]
    if hasattr(view, "cherche_aussi"):
        criteres.append(view.cherche_aussi(demande))
    return modele.objects.filter(reduce(or_, criteres)).order_by().values("pk")


def _trouve(modele: Any, chemin: str, demande: str) -> Q:
    """A column that contains it, or a relation to what its model's own search finds."""
    champ: Any = None
    for nom in chemin.split("__"):
        champ = modele._meta.get_field(nom)
        modele = champ.related_model or modele
    if not champ.is_relation:
        return Q(**{f"{chemin}__icontains": demande})
    lignes = getattr(modele, "tous", None) or modele.objects  # in the trash or not
    return Q(**{f"{chemin}__in": lignes.rechercher(demande).order_by().values("pk")})
