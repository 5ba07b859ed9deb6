"""The trash over HTTP as JSON: what lies there, bringing it back, purging it (design §6)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Vue
from artjardin.softdelete.services import restaurer
from clients.models import Client
from ops.corbeille import serializers
from ops.corbeille.comptes import comptes_ouverts
from ops.corbeille.effacement import ce_qui_reste, effacer, pertes_d_effacer, refus_d_effacer
from ops.corbeille.entites import (
    ENTITES,
    VOIR,
    droit_de,
    exiger_les_droits,
    jetes,
    modele_ou_404,
)
from ops.corbeille.lectures import fiche, lots_par_uuid, statistiques
from ops.corbeille.passage import purger_les_echus
from ops.corbeille.purge import exiger_la_confirmation, purger_a_la_main
from ops.tasks import noter_l_effacement

TOUT = "PURGER"  # what a person types to purge all that is due
ENTITE = [OpenApiParameter("entite", location=OpenApiParameter.PATH, enum=list(ENTITES))]


class CorbeilleViewSet(Vue):
    """What is in the trash, by entity; restoring brings back the whole batch, or one row."""

    serializer_class = serializers.SupprimeSerializer
    tris = {"-supprime_le": "-supprime_le"}
    droits = dict.fromkeys(
        ["stats", "sommaire", "list", "retrieve", "restore", "purge", "purge_tout"], VOIR
    )
    actes_graves = frozenset({"restore", "purge", "purge_tout"})

    def check_permissions(self, request: Request) -> None:
        """Each entity asks for its own right: that of sending it to the trash."""
        if modele := ENTITES.get(self.kwargs.get("entite", "")):
            self.droits = dict.fromkeys(self.droits, droit_de(modele))
        super().check_permissions(request)

    def get_queryset(self) -> Any:
        return jetes(modele_ou_404(self.kwargs.get("entite", "clients")))

    @extend_schema(responses=serializers.StatistiquesDeCorbeilleSerializer)
    def stats(self, request: Request) -> Response:
        """Counts by entity, the oldest of each, the next purge, the accounts open again."""
        ouverts = [
            {"client": client.pk, "nom": str(client), "raisons": raisons}
            for client, raisons in comptes_ouverts()
        ]
        return Response(statistiques() | {"comptes_ouverts": ouverts})

    @extend_schema(exclude=True)
    def sommaire(self, request: Request) -> Response:
        """The same at the root of the trash."""
        return self.stats(request)

    @extend_schema(parameters=ENTITE)
    def list(self, request: Request, entite: str) -> Response:
        """`?recherche=` asks the model's own search."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        contexte = {**self.get_serializer_context(), "lots": lots_par_uuid(page or [])}
        rendu = self.serializer_class(page, many=True, context=contexte)
        return self.get_paginated_response(rendu.data)

    @extend_schema(parameters=ENTITE, responses=serializers.FicheSerializer)
    def retrieve(self, request: Request, entite: str, pk: int) -> Response:
        """What restoring brings back, and what a purge would destroy or keep."""
        return Response(serializers.FicheSerializer(fiche(self.get_object())).data)

    @extend_schema(
        parameters=ENTITE,
        request=serializers.RestaurationSerializer,
        responses=serializers.RestaureSerializer,
    )
    def restore(self, request: Request, entite: str, pk: int) -> Response:
        options, objet = self.corps(serializers.RestaurationSerializer), self.get_object()
        if not options["seul"]:
            exiger_les_droits(request.user, objet)
        return Response({"restaures": restaurer(objet, par=self.auteur, **options)})

    @extend_schema(
        parameters=ENTITE,
        request=serializers.RenoncementSerializer,
        responses=serializers.PurgeSerializer,
    )
    def purge(self, request: Request, entite: str, pk: int) -> Response:
        """For good: the name or the code of what the batch was deleted for is typed exactly."""
        options = self.corps(serializers.RenoncementSerializer)
        objet = self.get_object()
        exiger_les_droits(request.user, objet)
        fait = purger_a_la_main(objet, par=self.auteur, **options)
        return Response({"purges": fait._asdict()})

    @extend_schema(
        operation_id="corbeille_purger_les_echus",
        request=serializers.ConfirmationEcriteSerializer,
        responses=serializers.PassageDePurgeSerializer,
    )
    def purge_tout(self, request: Request) -> Response:
        """All that is due, though the daily purge holds it back: « PURGER » is typed."""
        options = self.corps(serializers.ConfirmationEcriteSerializer)
        exiger_la_confirmation(options["confirmation"], [TOUT])
        execution = purger_les_echus(par=self.auteur, confirme=True)
        return Response({"resultat": execution.resultat, "compteurs": execution.compteurs})


class EffacementVue(Vue):
    """Erasing a person on request: what stays and why, then the typed confirmation."""

    serializer_class = serializers.EffacementSerializer
    pagination_class = None
    filter_backends: list[Any] = []
    droits = dict.fromkeys(["retrieve", "create"], VOIR)
    actes_graves = frozenset({"create"})

    def _client(self) -> Client:
        return get_object_or_404(Client.tous, pk=self.kwargs["client"])

    def retrieve(self, request: Request, client: int) -> Response:
        sien = self._client()
        etat = {
            "refus": refus_d_effacer(sien),
            "pertes": pertes_d_effacer(sien),
            "reste": ce_qui_reste(sien),
        }
        return Response(self.get_serializer(etat).data)

    @extend_schema(
        request=serializers.RenoncementSerializer,
        responses={200: serializers.EffaceSerializer},
    )
    def create(self, request: Request, client: int) -> Response:
        """Now, for good; 409 while something is still going on."""
        options = self.corps(serializers.RenoncementSerializer)
        comptes = effacer(self._client(), par=self.auteur, **options)
        noter_l_effacement()
        reste = [une._asdict() for une in ce_qui_reste(self._client())]
        return Response({"effaces": comptes, "reste": reste})
