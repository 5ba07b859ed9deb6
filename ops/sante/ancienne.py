"""/health/detailed: what the person on call reads of the archive and the backups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Max, Min
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Vue
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.coffres import Coffre, coffre_des_documents, coffre_des_sauvegardes
from artjardin.storage.models import Archive


class Sante(Vue):
    """State of what keeps the data; asks the database only, never a store."""

    droits = {"lire": "audit.view_execution"}

    @extend_schema(exclude=True)
    def lire(self, request: Request) -> Response:
        return Response({"archive": archive(), "sauvegardes": sauvegardes()})


def archive() -> dict[str, Any]:
    """Where documents are archived, whether under a real lock, and what waits."""
    attente = Archive.objects.exclude(etat=Archive.Etat.ARCHIVE)
    return _lieu(coffre_des_documents()) | {
        "documents_en_attente": attente.count(),
        "en_attente_depuis": attente.aggregate(le=Min("document__produit_le"))["le"],
    }


def sauvegardes() -> dict[str, Any]:
    """Where backups go, and the age of the last one that was restored and checked."""
    verifiees = Sauvegarde.objects.qui_comptent()
    derniere = verifiees.aggregate(le=Max("faite_le"))["le"]
    age = (timezone.now() - derniere) // timedelta(hours=1) if derniere else None
    return _lieu(coffre_des_sauvegardes()) | {
        "verifiees": verifiees.count(),
        "derniere_verifiee_le": derniere,
        "age_en_heures": age,
    }


def _lieu(coffre: Coffre) -> dict[str, Any]:
    return {"lieu": coffre.description, "verrou_impose": coffre.verrouille}
