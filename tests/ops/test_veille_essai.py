"""`manage.py alerter --essai`: each channel says what became of its trial."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from artjardin import alertes
from artjardin.alertes import Alertes
from ops.veille import essai
from tests.artjardin.serveurs import serveur_smtp
from tests.ops.veille import VOUS, objets, serveur_http

pytestmark = pytest.mark.django_db


@pytest.fixture
def essayer(settings):
    def faire() -> str:
        sortie = io.StringIO()
        try:
            call_command("alerter", "--essai", stdout=sortie)
        except CommandError as erreur:
            sortie.write(f"erreur : {erreur}")
        return sortie.getvalue()

    with serveur_smtp() as relais, serveur_http() as http:
        settings.EMAIL_URL = relais.url
        settings.ALERTES = Alertes(
            courriels=[VOUS], webhook_url=f"{http.url}/secret", ping_url=f"{http.url}/signe"
        )
        faire.relais, faire.http = relais, http
        yield faire


def test_each_channel_gets_it(essayer):
    dit = essayer()

    assert dit.splitlines() == [
        f"courriel à {VOUS} : reçu", "webhook (json) : reçu", "signe de vie : reçu",
    ]  # fmt: skip
    assert objets(essayer.relais.recus) == ["Essai des alertes"]
    assert [(une.methode, une.chemin) for une in essayer.http.recues] == [
        ("POST", "/secret"), ("GET", "/signe"),
    ]  # fmt: skip


def test_one_that_fails_is_named_without_its_address_and_the_others_get_it(essayer):
    essayer.http.statut = 404
    dit = essayer()

    assert f"courriel à {VOUS} : reçu" in dit
    assert "webhook (json) : échec : 127.0.0.1 répond 404" in dit
    assert "erreur : Un canal au moins n'a rien reçu." in dit
    assert "secret" not in dit
    assert "signe\n" not in dit


@pytest.mark.parametrize("connus", [["claire@art-jardin.example"], []])
def test_patrons_by_default_and_nobody_is_a_failure(essayer, settings, monkeypatch, connus):
    settings.ALERTES = replace(settings.ALERTES, courriels=[])
    monkeypatch.setattr(essai, "courriels_des_patrons", lambda: connus)

    dit = essayer()

    assert ("courriel à claire@art-jardin.example : reçu" in dit) == bool(connus)
    assert ("échec : aucune adresse" in dit) == (not connus)


def lire(**dites: str) -> Alertes:
    return alertes.lire(
        lambda nom, defaut="": dites.get(nom, defaut),
        lambda nom, defaut: int(dites.get(nom, defaut)),
        lambda nom, *, defaut: dites.get(nom, str(int(defaut))) == "1",
        lambda nom: [un for un in dites.get(nom, "").split(",") if un],
    )


def test_the_settings_read_what_is_given():
    lues = lire(
        ALERTE_DELAI="60", ALERTE_COURRIELS="a@b.fr,c@d.fr", ALERTE_WEBHOOK_URL="https://x.fr/s",
        ALERTE_WEBHOOK_FORME="ntfy", ALERTE_WEBHOOK_TOUJOURS="1",
    )  # fmt: skip

    assert (lues.delai, lues.rappel, lues.periode) == (60, 21_600, 12.0)
    assert lues.courriels == ["a@b.fr", "c@d.fr"]
    assert lues.webhook_toujours
    assert "x.fr" not in repr(lues)
    assert [Alertes(delai=delai).periode for delai in (1, 300, 10_000)] == [2.0, 60.0, 60.0]


@pytest.mark.parametrize(
    "dite",
    [
        {"ALERTE_DELAI": "0"},
        {"ALERTE_RAPPEL_HEURES": "-1"},
        {"ALERTE_WEBHOOK_FORME": "pigeon"},
        {"ALERTE_WEBHOOK_URL": "ftp://x.fr"},
        {"ALERTE_PING_URL": "hc-ping.com/x"},
        {"ALERTE_PING_URL": "https://[x"},
    ],
)
def test_what_could_tell_nobody_stops_the_start(dite):
    with pytest.raises(SystemExit, match=next(iter(dite))):
        lire(**dite)
