"""The shapes of the trash over HTTP."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from artjardin.softdelete.models import Lot
from ops.corbeille.entites import entite_de


class SupprimeSerializer(serializers.Serializer):
    """One row of the trash; `lots` in the context holds the batches of the page."""

    id = serializers.IntegerField()
    nom = serializers.CharField(source="__str__")
    supprime_le = serializers.DateTimeField()
    supprime_par = serializers.CharField(allow_null=True)
    lot = serializers.UUIDField(source="supprime_lot")
    motif = serializers.SerializerMethodField()
    avec = serializers.SerializerMethodField(help_text="Ce pour quoi le lot a été supprimé.")
    purgeable_le = serializers.SerializerMethodField()

    def _lot(self, objet: Any) -> Lot:
        return self.context["lots"][objet.supprime_lot]

    def get_motif(self, objet: Any) -> str:
        return self._lot(objet).motif

    def get_avec(self, objet: Any) -> dict[str, Any]:
        lot = self._lot(objet)
        entite = entite_de(lot.racine_type)
        return {"entite": entite, "id": lot.racine_id, "nom": lot.racine_nom}

    def get_purgeable_le(self, objet: Any) -> str:
        return self._lot(objet).purgeable_le.isoformat()


class PartDeLotSerializer(serializers.Serializer):
    quoi = serializers.CharField()
    nombre = serializers.IntegerField()
    noms = serializers.ListField(child=serializers.CharField())
    pourquoi = serializers.CharField()


class FicheSerializer(serializers.Serializer):
    """What a restore brings back and what a purge would do."""

    id = serializers.IntegerField(source="objet.pk")
    nom = serializers.CharField(source="objet")
    lot = serializers.UUIDField(source="lot.uuid")
    motif = serializers.CharField(source="lot.motif")
    supprime_le = serializers.DateTimeField(source="lot.le")
    supprime_par = serializers.CharField(source="lot.par_nom")
    purgeable_le = serializers.DateTimeField(source="lot.purgeable_le")
    est_racine = serializers.BooleanField()
    revient = PartDeLotSerializer(many=True)
    seul_possible = serializers.BooleanField()
    refus = serializers.ListField(child=serializers.CharField())
    doublons = serializers.ListField(child=serializers.CharField())
    detruit = PartDeLotSerializer(many=True)
    garde = PartDeLotSerializer(many=True)
    refus_de_purge = serializers.CharField()
    pertes = serializers.ListField(child=serializers.CharField())
    confirmation = serializers.CharField()
    passages_manquants = serializers.IntegerField()
    est_echu = serializers.BooleanField()


class RestaurationSerializer(serializers.Serializer):
    """`seul`: that row only; `malgre_les_doublons`: though its address is another client's now."""

    seul = serializers.BooleanField(default=False)
    malgre_les_doublons = serializers.BooleanField(default=False)


class ParModele(serializers.DictField):
    """How many rows, by model."""

    child = serializers.IntegerField()


class CompteEntite(serializers.Serializer):
    nombre = serializers.IntegerField()
    plus_ancien = serializers.DateTimeField(allow_null=True)


class CompteOuvert(serializers.Serializer):
    """A client in the trash whose account has moved since."""

    client = serializers.IntegerField()
    nom = serializers.CharField()
    raisons = serializers.ListField(child=serializers.CharField())


class StatistiquesDeCorbeilleSerializer(serializers.Serializer):
    """Counts by entity, and each of them by its own name."""

    clients = serializers.IntegerField()
    chantiers = serializers.IntegerField()
    interventions = serializers.IntegerField()
    devis = serializers.IntegerField()
    factures = serializers.IntegerField()
    par_entite = serializers.DictField(child=CompteEntite())
    total = serializers.IntegerField()
    lots = serializers.IntegerField()
    plus_ancien = serializers.DateTimeField(allow_null=True)
    prochaine_purge = serializers.DateTimeField(allow_null=True)
    retention_jours = serializers.IntegerField()
    comptes_ouverts = CompteOuvert(many=True)


class RestaureSerializer(serializers.Serializer):
    restaures = ParModele()


class ComptesDePurge(serializers.Serializer):
    detruits = ParModele()
    anonymises = ParModele()
    traces = ParModele()


class PurgeSerializer(serializers.Serializer):
    purges = ComptesDePurge()


class PassageDePurgeSerializer(serializers.Serializer):
    resultat = serializers.CharField()
    compteurs = serializers.DictField()


class ConfirmationEcriteSerializer(serializers.Serializer):
    confirmation = serializers.CharField(max_length=300)


class RenoncementSerializer(ConfirmationEcriteSerializer):
    """`renoncer`, with its `motif`: what is left to invoice is given up."""

    renoncer = serializers.BooleanField(default=False)
    motif = serializers.CharField(max_length=300, default="", allow_blank=True)


class ResteDUnClientSerializer(serializers.Serializer):
    quoi = serializers.CharField()
    nombre = serializers.IntegerField()
    pourquoi = serializers.CharField()


class EffaceSerializer(serializers.Serializer):
    effaces = ParModele()
    reste = ResteDUnClientSerializer(many=True)


class EffacementSerializer(serializers.Serializer):
    refus = serializers.ListField(child=serializers.CharField())
    pertes = serializers.ListField(child=serializers.CharField())
    reste = ResteDUnClientSerializer(many=True)
