"""check --deploy names each setting that opens the product to a stranger, and says what to do."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from artjardin.api.verifications import exposition

SURS = {
    "EMBARQUE": False,
    "ROLES_2FA_OBLIGATOIRE": ["patron"],
    "ALLOWED_HOSTS": ["gestion.example"],
    "CORS_ALLOWED_ORIGINS": ["https://app.example", "http://localhost:5173"],
    "CSRF_TRUSTED_ORIGINS": ["https://gestion.example"],
    "ADRESSE_PUBLIQUE": "https://gestion.example",
    "HTTPS": True,
    "MANDATAIRES": 1,
    "HOTE": "127.0.0.1",
}


def dits(settings, **reglages):
    for nom, valeur in (SURS | reglages).items():
        setattr(settings, nom, valeur)
    return exposition()


@pytest.mark.parametrize("embarque", [True, False])
def test_a_safe_configuration_is_not_told(settings, embarque):
    assert dits(settings, EMBARQUE=embarque) == []


@pytest.mark.parametrize(
    ("reglages", "ident"),
    [
        ({"ROLES_2FA_OBLIGATOIRE": []}, "W010"),
        ({"ROLES_2FA_OBLIGATOIRE": ["comptable"]}, "W010"),
        ({"ALLOWED_HOSTS": ["*"]}, "W011"),
        ({"ALLOWED_HOSTS": [".example"]}, "W011"),
        ({"CORS_ALLOWED_ORIGINS": ["*"]}, "W012"),
        ({"CORS_ALLOWED_ORIGINS": ["https://*.example"]}, "W012"),
        ({"CORS_ALLOWED_ORIGINS": ["http://app.example"]}, "W012"),
        ({"CORS_ALLOWED_ORIGINS": ["null"]}, "W012"),
        ({"CORS_ALLOWED_ORIGINS": ["http://localhost.voleur.example"]}, "W012"),
        ({"CSRF_TRUSTED_ORIGINS": ["https://*.example"]}, "W013"),
        ({"CSRF_TRUSTED_ORIGINS": ["http://gestion.example"]}, "W013"),
        ({"ADRESSE_PUBLIQUE": ""}, "W014"),
        ({"ADRESSE_PUBLIQUE": "http://gestion.example"}, "W014"),
        ({"HTTPS": False}, "W015"),
        ({"MANDATAIRES": 0}, "W016"),
        ({"EMBARQUE": True, "HTTPS": False, "HOTE": "192.0.2.1"}, "W017"),
    ],
)
def test_each_dangerous_setting_is_told_with_its_remedy(settings, reglages, ident):
    [danger] = dits(settings, **reglages)

    assert danger.id == f"artjardin.{ident}"
    assert danger.msg
    assert danger.hint


@pytest.mark.parametrize("roles", [["patron", "comptable", "employe"], ["patron"], []])
def test_the_roles_of_the_product_are_known(settings, roles):
    settings.ROLES_2FA_OBLIGATOIRE = roles

    call_command("check", "--tag", "security")


@pytest.mark.parametrize("roles", [["Patron"], ["patron", "comptables"], ["patron employe"]])
def test_a_role_that_does_not_exist_stops_every_command(settings, roles):
    settings.ROLES_2FA_OBLIGATOIRE = roles

    with pytest.raises(SystemCheckError, match=r"E001.*rôles inconnus"):
        call_command("check", "--tag", "security")
