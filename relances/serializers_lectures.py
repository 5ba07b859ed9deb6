"""Shapes of what is computed of the reminders: preview, statistics, statement of interest."""

from __future__ import annotations

from rest_framework import serializers

from facturation.serializers_comptes import euros


class FactureAuPlan(serializers.Serializer):
    facture = serializers.IntegerField()
    numero = serializers.CharField()
    client = serializers.IntegerField()
    code_client = serializers.CharField()
    echeance = serializers.DateField()
    solde = euros()


class FactureARelancer(FactureAuPlan):
    niveau = serializers.CharField()
    retard = serializers.IntegerField(help_text="En jours.")


class FactureEcartee(FactureAuPlan):
    motif = serializers.CharField()
    explication = serializers.CharField()
    a_decider = serializers.BooleanField(help_text="Une personne doit décider.")


class MessageAnnonce(serializers.Serializer):
    """What one client would get; `objet` and `texte` when they were asked for."""

    client = serializers.IntegerField()
    code_client = serializers.CharField()
    nom = serializers.CharField()
    a = serializers.CharField()
    canal = serializers.CharField()
    niveau = serializers.CharField()
    total = euros()
    factures = serializers.ListField(child=serializers.IntegerField())
    objet = serializers.CharField(allow_null=True)
    texte = serializers.CharField(allow_null=True)
    faute = serializers.CharField(help_text="Pourquoi le message ne s'écrit pas.")


class ApercuDesRelancesSerializer(serializers.Serializer):
    """What a run would do, and why the others are left out (`motifs`: how many for each)."""

    jour = serializers.DateField()
    a_relancer = FactureARelancer(many=True)
    a_poster = FactureARelancer(many=True)
    ecartees = FactureEcartee(many=True)
    motifs = serializers.DictField(child=serializers.IntegerField())
    clients_a_relancer = serializers.IntegerField()
    total_a_relancer = euros()
    messages = MessageAnnonce(many=True)


class NiveauEnChiffres(serializers.Serializer):
    """One level: what was asked, and what came within `delai_jours`; `taux` in percent."""

    ton = serializers.CharField()
    jours = serializers.IntegerField()
    relances = serializers.IntegerField()
    parties = serializers.IntegerField()
    montant = euros()
    reglees = serializers.IntegerField()
    recupere = euros()
    taux = serializers.DecimalField(max_digits=5, decimal_places=1)


class StatistiquesDesRelancesSerializer(serializers.Serializer):
    du = serializers.DateField()
    au = serializers.DateField()
    delai_jours = serializers.IntegerField()
    niveaux = NiveauEnChiffres(many=True)
    annulees = serializers.IntegerField()
    envoyees = serializers.IntegerField()
    en_echec = serializers.IntegerField()
    incertaines = serializers.IntegerField()
    en_attente = serializers.IntegerField()
    postees = serializers.IntegerField()
    a_poster = serializers.IntegerField()


class PeriodeDInterets(serializers.Serializer):
    du = serializers.DateField()
    au = serializers.DateField()
    principal = euros()
    taux = serializers.DecimalField(max_digits=6, decimal_places=2)
    jours = serializers.IntegerField()
    montant = euros()


class LigneDeDecompteSerializer(serializers.Serializer):
    numero = serializers.CharField()
    date = serializers.DateField()
    echeance = serializers.DateField()
    principal = euros()
    interets = euros()
    indemnite = euros()
    total = euros()
    periodes = PeriodeDInterets(many=True)


class DecompteSerializer(serializers.Serializer):
    """Interest and flat-rate indemnities on a day, in euros."""

    au = serializers.DateField()
    consommateur = serializers.BooleanField()
    lignes = LigneDeDecompteSerializer(many=True)
    principal = euros()
    interets = euros()
    indemnites = euros()
    accessoires = euros()
    total = euros()
