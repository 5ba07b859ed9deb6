"""Shapes of the journal, the outbox, the archives and the runs."""

from __future__ import annotations

from rest_framework import serializers

from artjardin.audit.models import Entree, Execution
from artjardin.outbox.models import Courriel, PieceJointe
from artjardin.storage.models import Document


class DocumentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Document
        fields = [
            "id", "type", "nom", "cle", "client_ref", "objet_type", "objet_id", "sha256", "taille",
            "cree_le", "produit_le", "essais", "erreur",
        ]  # fmt: skip


class CourrielDeListe(serializers.ModelSerializer):
    class Meta:
        model = Courriel
        fields = [
            "id", "type", "client_ref", "a", "bcc", "objet", "statut", "cree_le", "envoye_le",
            "tentatives", "reponse", "renvoi_de",
        ]  # fmt: skip


class PieceSerializer(serializers.ModelSerializer):
    nom = serializers.CharField(source="document.nom")

    class Meta:
        model = PieceJointe
        fields = ["document", "nom"]


class CourrielSerializer(serializers.ModelSerializer):
    pieces = PieceSerializer(many=True, read_only=True)

    class Meta:
        model = Courriel
        fields = [
            *CourrielDeListe.Meta.fields, "expediteur", "texte", "html", "message_id",
            "en_reponse_a", "prochain_essai_le", "pris_le", "remis_le", "pieces",
        ]  # fmt: skip


class ConstatSerializer(serializers.Serializer):
    arrive = serializers.BooleanField()


class EntreeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Entree
        fields = [
            "id", "le", "acteur", "acteur_nom", "action", "objet_type", "objet_id", "objet_nom",
            "avant", "apres", "details", "adresse", "requete",
        ]  # fmt: skip


class ExecutionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Execution
        fields = ["id", "tache", "debut", "fin", "resultat", "compteurs", "erreur"]
