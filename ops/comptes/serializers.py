"""Shapes of the accounts: login, second factor, accesses, invitations, keys."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from artjardin.accounts import facteurs
from artjardin.accounts.models import CleApi, Role, User
from artjardin.api.champs import Instant

MOT: dict[str, Any] = {"max_length": 128, "trim_whitespace": False}
CODE_AIDE = "Six chiffres du téléphone, ou un code de secours."


class IdentifiantsSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    mot_de_passe = serializers.CharField(**MOT)
    code = serializers.CharField(
        max_length=40, required=False, default="", allow_blank=True, help_text=CODE_AIDE
    )
    appareil = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class JetonSerializer(serializers.Serializer):
    jeton = serializers.CharField(help_text="Montré cette fois seulement.")
    expire_le = serializers.DateTimeField()
    second_facteur_requis = serializers.BooleanField(
        help_text="Ce jeton n'ouvre que la mise en place du second facteur (2fa/setup/)."
    )


class MoiSerializer(serializers.ModelSerializer):
    roles = serializers.SerializerMethodField()
    droits = serializers.SerializerMethodField()
    second_facteur = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "email", "prenom", "nom", "roles", "droits", "second_facteur"]

    def get_roles(self, user: User) -> list[str]:
        return sorted(user.roles)

    def get_droits(self, user: User) -> list[str]:
        return sorted(user.get_all_permissions())

    def get_second_facteur(self, user: User) -> bool:
        return facteurs.a_un_facteur(user)


class EtatFacteurSerializer(serializers.Serializer):
    actif = serializers.BooleanField()
    obligatoire = serializers.BooleanField()
    codes_restants = serializers.IntegerField()
    code_frais_jusqu_a = serializers.DateTimeField(allow_null=True)


class PreparationSerializer(serializers.Serializer):
    secret = serializers.CharField(help_text="En base32 ; montré cette fois seulement.")
    uri = serializers.CharField()
    qr_svg = serializers.CharField()


class CodeSerializer(serializers.Serializer):
    code = serializers.CharField(max_length=40, help_text=CODE_AIDE)


class ConfirmationSerializer(serializers.Serializer):
    """The code, or the password of who has no second factor."""

    code = serializers.CharField(max_length=40, required=False, default="", help_text=CODE_AIDE)
    mot_de_passe = serializers.CharField(**MOT, required=False, default="")


class VerifieSerializer(serializers.Serializer):
    code_frais_jusqu_a = serializers.DateTimeField()
    codes_de_secours = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="À la mise en place seulement."
    )


class DesactivationSerializer(CodeSerializer):
    mot_de_passe = serializers.CharField(**MOT)


class CodesSerializer(serializers.Serializer):
    codes_de_secours = serializers.ListField(child=serializers.CharField())


class OuvertureSerializer(serializers.Serializer):
    id = serializers.CharField()
    genre = serializers.CharField()
    appareil = serializers.CharField()
    adresse = serializers.CharField(allow_null=True)
    cree_le = serializers.DateTimeField()
    vu_le = serializers.DateTimeField()
    expire_le = serializers.DateTimeField()
    courante = serializers.BooleanField()


class MotDePasseSerializer(serializers.Serializer):
    actuel = serializers.CharField(**MOT)
    nouveau = serializers.CharField(**MOT)


class OubliSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)


class ChoixSerializer(serializers.Serializer):
    lien = serializers.CharField(max_length=200, help_text="La fin de l'adresse reçue par mail.")
    mot_de_passe = serializers.CharField(**MOT)


class CompteSerializer(serializers.ModelSerializer):
    roles = serializers.SerializerMethodField()
    second_facteur = serializers.SerializerMethodField()
    invite = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "id", "email", "prenom", "nom", "is_active", "roles", "second_facteur", "invite",
            "last_login", "cree_le",
        ]  # fmt: skip

    def get_roles(self, user: User) -> list[str]:
        return sorted(groupe.name for groupe in user.groups.all())

    def get_second_facteur(self, user: User) -> bool:
        return any(facteur.confirmed for facteur in user.facteur_set.all())

    def get_invite(self, user: User) -> bool:
        """Invited, and not come yet."""
        return not user.has_usable_password()


class InvitationSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    role = serializers.ChoiceField(choices=Role.choices)
    prenom = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    nom = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class CompteEcritSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    prenom = serializers.CharField(max_length=80, allow_blank=True)
    nom = serializers.CharField(max_length=80, allow_blank=True)
    is_active = serializers.BooleanField()
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices), allow_empty=False, max_length=3
    )


class CleApiSerializer(serializers.ModelSerializer):
    class Meta:
        model = CleApi
        fields = [
            "id", "nom", "portee", "debut", "creee_par", "creee_le", "expire_le", "vue_le",
            "revoquee_le",
        ]  # fmt: skip


class CleApiEcriteSerializer(serializers.Serializer):
    nom = serializers.CharField(max_length=80)
    portee = serializers.ChoiceField(choices=CleApi.Portee.choices)
    expire_le = Instant()


class CleApiSecreteSerializer(CleApiSerializer):
    secret = serializers.CharField(help_text="Montré cette fois seulement.")

    class Meta(CleApiSerializer.Meta):
        fields = [*CleApiSerializer.Meta.fields, "secret"]
