"""Shapes of the journal, the outbox, the archives and the runs."""

from __future__ import annotations

from rest_framework import serializers

from artjardin.audit.categories import categorie_de
from artjardin.audit.models import Entree, Execution
from artjardin.outbox.models import Courriel, PieceJointe, Tentative
from artjardin.storage.models import Archive, Document


class ArchiveSerializer(serializers.ModelSerializer):
    class Meta:
        model = Archive
        fields = [
            "etat", "cle", "version", "verrouille_jusqu_au", "archive_le", "verifie_le", "essais",
            "prochain_essai_le", "erreur",
        ]  # fmt: skip


class DocumentSerializer(serializers.ModelSerializer):
    archive = ArchiveSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Document
        fields = [
            "id", "type", "nom", "le", "cle", "client_ref", "objet_type", "objet_id", "sha256",
            "taille", "cree_le", "produit_le", "essais", "erreur", "archive",
        ]  # fmt: skip


class CourrielDeListe(serializers.ModelSerializer):
    rebond = serializers.SerializerMethodField()

    class Meta:
        model = Courriel
        fields = [
            "id", "type", "client_ref", "a", "bcc", "objet", "statut", "cree_le", "envoye_le",
            "tentatives", "reponse", "renvoi_de", "rebond", "sujet_type", "sujet_id",
        ]  # fmt: skip

    def get_rebond(self, courriel: Courriel) -> bool:
        """A report says that it did not arrive."""
        annote = getattr(courriel, "rebond", None)
        return courriel.rebonds.exists() if annote is None else annote


class TentativeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tentative
        fields = ["debut", "fin", "resultat", "reponse", "empreinte"]


class PieceSerializer(serializers.ModelSerializer):
    nom = serializers.CharField(source="document.nom")

    class Meta:
        model = PieceJointe
        fields = ["document", "nom"]


class CourrielSerializer(CourrielDeListe):
    pieces = PieceSerializer(many=True, read_only=True)
    essais = TentativeSerializer(many=True, read_only=True)

    class Meta:
        model = Courriel
        fields = [
            *CourrielDeListe.Meta.fields, "expediteur", "texte", "html", "codes", "message_id",
            "en_reponse_a", "fil", "prochain_essai_le", "pris_le", "remis_le", "empreinte",
            "pieces", "essais",
        ]  # fmt: skip


class VerificationLanceeSerializer(serializers.Serializer):
    message = serializers.CharField()


class ConstatSerializer(serializers.Serializer):
    arrive = serializers.BooleanField()


class EntreeSerializer(serializers.ModelSerializer):
    """An entry, with its place in the chain."""

    categorie = serializers.SerializerMethodField()
    details = serializers.JSONField(source="precisions", read_only=True)
    rang = serializers.IntegerField(source="maillon.rang", allow_null=True, default=None)
    sha256 = serializers.CharField(source="maillon.sha256", allow_null=True, default=None)

    class Meta:
        model = Entree
        fields = [
            "id", "rang", "le", "acteur", "acteur_nom", "categorie", "action", "objet_type",
            "objet_id", "objet_nom", "avant", "apres", "details", "adresse", "requete", "sha256",
        ]  # fmt: skip

    def get_categorie(self, entree: Entree) -> str:
        return categorie_de(entree.action)


class ExecutionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Execution
        fields = ["id", "tache", "debut", "fin", "resultat", "compteurs", "erreur"]
