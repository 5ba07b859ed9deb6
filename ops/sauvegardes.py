"""The backups over HTTP: what exists, one more, and restoring one aside to verify it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Consultation
from artjardin.audit.services import consigner, exclusif
from artjardin.erreurs import Conflit
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services.exercice import TACHE as EXERCICE
from artjardin.sauvegardes.services.faire import TACHE as SAUVEGARDE
from ops import tasks

EN_COURS = "Une sauvegarde ou un exercice est en cours : voyez la page Exécutions."


class SauvegardeDeListe(serializers.ModelSerializer):
    class Meta:
        model = Sauvegarde
        fields = [
            "id", "nom", "motif", "etat", "faite_le", "duree", "taille", "sha256", "locale",
            "distante", "verrouillee_jusqu_au", "verifiee_le", "relue_le", "erreur",
        ]  # fmt: skip


class SauvegardeSerializer(SauvegardeDeListe):
    class Meta:
        model = Sauvegarde
        fields = [*SauvegardeDeListe.Meta.fields, "version", "manifeste", "rapport"]


class TravailLanceSerializer(serializers.Serializer):
    """What begins, and the name of its run in `executions/`."""

    message = serializers.CharField()
    tache = serializers.CharField()


class SauvegardeViewSet(Consultation):
    """The catalogue of backups."""

    queryset = Sauvegarde.objects.all()
    serializer_class = SauvegardeSerializer
    filterset_fields = ["etat", "motif", "locale", "distante"]
    tris = {"-faite_le": "-faite_le"}
    cherche_dans = ("nom",)
    droits = {
        "list": "sauvegardes.view_sauvegarde",
        "retrieve": "sauvegardes.view_sauvegarde",
        "lancer": "sauvegardes.lancer_sauvegarde",
        "verifier": "sauvegardes.lancer_sauvegarde",
    }

    def get_serializer_class(self) -> Any:
        return SauvegardeDeListe if self.action == "list" else self.serializer_class

    @extend_schema(request=None, responses={202: TravailLanceSerializer})
    @action(detail=False, methods=["post"])
    def lancer(self, request: Request) -> Response:
        """Ask for a backup now and its drill; its run is in `executions/`."""
        demander_une_sauvegarde(self.auteur)
        return Response({"message": "La sauvegarde commence.", "tache": SAUVEGARDE}, status=202)

    @extend_schema(request=None, responses={202: TravailLanceSerializer})
    @action(detail=True, methods=["post"])
    def verifier(self, request: Request, pk: str) -> Response:
        """Ask for its drill: restored aside, checked, and dropped."""
        demander_un_exercice(self.get_object(), self.auteur)
        return Response({"message": "L'exercice commence.", "tache": EXERCICE}, status=202)


def demander_une_sauvegarde(par: Any) -> None:
    """Raise Conflit while one is running; journaled with who asked."""
    _exiger_le_repos()
    consigner(Sauvegarde(nom="à la demande"), "sauvegarde.demandee", par=par)
    tasks.lancer_une_sauvegarde.delay_on_commit(par.user.pk)


def demander_un_exercice(sauvegarde: Sauvegarde, par: Any) -> None:
    """Raise Conflit while a drill is running, or for one that was deleted."""
    _exiger_le_repos()
    if sauvegarde.etat == Sauvegarde.Etat.SUPPRIMEE:
        raise Conflit("Cette sauvegarde a été supprimée.", code="sauvegarde_supprimee")
    consigner(sauvegarde, "sauvegarde.exercice_demande", par=par)
    tasks.verifier_une_sauvegarde.delay_on_commit(sauvegarde.pk, par.user.pk)


def _exiger_le_repos() -> None:
    """By their locks, which die with their holders, not by the row that a killed run leaves."""
    for tache in (SAUVEGARDE, EXERCICE):
        with exclusif(f"tache:{tache}") as libre:
            if not libre:
                raise Conflit(EN_COURS, code="execution_en_cours")
