"""Shapes of the account endpoints."""

from rest_framework import serializers

from artjardin.accounts.models import User


class IdentifiantsSerializer(serializers.Serializer):
    email = serializers.EmailField()
    mot_de_passe = serializers.CharField(max_length=128, trim_whitespace=False)
    appareil = serializers.CharField(max_length=200, required=False, default="")


class JetonSerializer(serializers.Serializer):
    jeton = serializers.CharField()
    expire_le = serializers.DateTimeField()


class MoiSerializer(serializers.ModelSerializer):
    roles = serializers.SerializerMethodField()
    droits = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "email", "prenom", "nom", "roles", "droits"]

    def get_roles(self, user: User) -> list[str]:
        return [groupe.name for groupe in user.groups.all()]

    def get_droits(self, user: User) -> list[str]:
        return sorted(user.get_all_permissions())
