"""Rounds of the watch with real servers: told once, in order, never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from artjardin.alertes import Alertes
from artjardin.audit.models import Entree
from ops.models import Incident, Ronde
from ops.sante.constats import Constat, Etat, Sonde
from ops.veille.services import acquitter
from tests.artjardin.serveurs import COUPER, serveur_smtp
from tests.ops.veille import ELLE, VOUS, objets, serveur_http, texte

pytest_plugins = ["tests.ops.veille"]
pytestmark = pytest.mark.django_db


def test_a_panne_is_told_once_after_its_delay_and_its_end_once(equipe, decor, relais):
    decor.pannes = {"postgresql"}
    equipe.rondes(5)
    assert relais.recus == []
    equipe.rondes(20)
    decor.pannes = set()
    equipe.rondes(5)

    panne, retour = relais.recus
    assert objets([panne])[0].startswith("Panne : Postgresql (depuis ")
    assert objets([retour]) == ["Rétabli : Postgresql (après 25 min)"]
    dit = texte(panne)
    assert "OSError : plus rien" in dit
    assert "rien n'est perdu" in dit
    assert "Que faire : réparez postgresql." in dit
    assert panne.destinataires == (VOUS,)
    assert panne.message["Auto-Submitted"] == "auto-generated"
    incident = Incident.objects.get()
    assert (incident.cle, incident.titre, incident.est_ouvert) == (
        "postgresql", "Postgresql", False,
    )  # fmt: skip
    assert (incident.clos_le - incident.ouvert_le).total_seconds() == 25 * 60
    actions = Entree.objects.filter(objet_type="ops.incident").order_by("pk")
    assert [une.action for une in actions] == ["incident.ouvert", "incident.clos"]
    assert Ronde.objects.count() == 1


def test_what_opens_together_is_told_in_one_mail(equipe, decor, relais):
    decor.pannes = {"postgresql", "valkey", "smtp", "disque"}
    equipe.rondes(6)

    (recu,) = relais.recus
    assert objets([recu]) == ["4 pannes : Postgresql, Valkey, Smtp et 1 de plus"]
    assert texte(recu).count("Que faire") == 4
    assert not Incident.objects.exists()  # the database is in panne: it is not asked
    decor.pannes = {"disque"}
    equipe.rondes(2)
    assert [un.cle for un in Incident.objects.ouverts()] == ["disque"]
    assert Incident.objects.exclude(clos_le=None).count() == 3


def test_what_depends_on_a_panne_neither_opens_nor_closes(equipe, decor, relais):
    decor.pannes, decor.inconnus = {"postgresql"}, {"disque"}
    equipe.rondes(8)
    assert len(relais.recus) == 1
    decor.pannes, decor.inconnus = set(), {"postgresql"}
    equipe.rondes(30)

    assert len(relais.recus) == 1


def test_reminders_come_at_their_pace_until_somebody_takes_it_in_hand(
    equipe, decor, relais, auteur, settings
):
    settings.ALERTES = replace(settings.ALERTES, rappel=3600)
    decor.pannes = {"disque"}
    equipe.rondes(6)
    equipe.rondes(14, pas=280.0)
    assert [objet.partition(" (")[0] for objet in objets(relais.recus)] == [
        "Panne : Disque", "Toujours en panne : Disque",
    ]  # fmt: skip
    incident = acquitter(Incident.objects.get(), par=auteur, commentaire="Le disque arrive mardi.")
    assert (incident.acquitte_nom, incident.rappels) == (auteur.nom, 1)
    equipe.rondes(40, pas=280.0)
    equipe.relever()
    equipe.rondes(40, pas=280.0)
    assert len(relais.recus) == 2
    decor.pannes = set()
    equipe.rondes(2)
    assert objets(relais.recus)[2].startswith("Rétabli : Disque (après 7 h")


def test_a_relay_that_was_the_victim_gets_everything_when_it_is_back_in_order_once(
    equipe, decor, settings
):
    settings.EMAIL_URL = "smtp://127.0.0.1:9"
    decor.pannes = {"smtp", "disque"}
    equipe.rondes(7)
    decor.pannes = {"smtp"}
    equipe.rondes(3)
    equipe.relever()
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        equipe.rondes(1)
        decor.pannes = set()
        equipe.rondes(3)

    assert [objet.partition(" (")[0] for objet in objets(serveur.recus)] == [
        "2 pannes : Smtp, Disque", "Rétabli : Disque", "Rétabli : Smtp",
    ]  # fmt: skip
    noms = [recu.message["Message-ID"] for recu in serveur.recus]
    assert len(set(noms)) == 3


def test_what_is_older_than_a_day_is_told_in_one(equipe, decor, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:9"
    for nom in ("disque", "valkey", "smtp"):
        decor.pannes = {nom}
        equipe.rondes(6)
        decor.pannes = set()
        equipe.rondes(3)
    equipe.rondes(1, pas=25 * 3600.0)
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        equipe.rondes(1)

    (recu,) = serveur.recus
    assert objets([recu]) == ["Alertes qui n'ont pas pu partir à temps (6)"]
    assert texte(recu).count("\n- ") == 6
    assert "Panne : Valkey" in texte(recu)


def test_a_repeat_after_a_silence_bears_the_same_name(equipe, decor, relais):
    relais.script["fin"] = [COUPER]
    decor.pannes = {"disque"}
    equipe.rondes(7)

    premier, second = relais.recus
    assert premier.message["Message-ID"] == second.message["Message-ID"]


def test_a_full_mailbox_keeps_back_its_own_only(equipe, decor, relais, settings):
    settings.ALERTES = Alertes(courriels=[VOUS, ELLE])
    relais.script[f"rcpt:{VOUS}"] = "452 pleine"
    decor.pannes = {"disque"}
    equipe.rondes(6)
    decor.pannes = set()
    equipe.rondes(2)
    assert [recu.destinataires for recu in relais.recus] == [(ELLE,), (ELLE,)]

    del relais.script[f"rcpt:{VOUS}"]
    equipe.rondes(1)

    assert [recu.destinataires for recu in relais.recus[2:]] == [(VOUS,), (VOUS,)]
    assert objets(relais.recus[2:]) == objets(relais.recus[:2])


def test_an_address_refused_for_good_is_tried_again_now_and_then(equipe, decor, relais):
    relais.script["rcpt"] = "550 inconnue"
    decor.pannes = {"disque"}
    equipe.rondes(6)
    essais = relais.commandes.count("rcpt")
    equipe.rondes(9)
    assert relais.commandes.count("rcpt") == essais
    del relais.script["rcpt"]
    equipe.rondes(2)

    assert len(relais.recus) == 1


class TestWebhook:
    def test_it_is_used_when_mail_is_down_and_the_mail_follows(
        self, equipe, decor, settings, crochet, caplog
    ):
        settings.EMAIL_URL = "smtp://127.0.0.1:9"
        decor.pannes = {"smtp"}
        equipe.rondes(9)
        (dit,) = crochet.recues
        assert dit.json["objet"].startswith("[Art & Jardin] Panne : Smtp")
        assert dit.methode == "POST"
        with serveur_smtp() as serveur:
            settings.EMAIL_URL = serveur.url
            equipe.rondes(1)
            decor.pannes = set()
            equipe.rondes(3)

        assert len(crochet.recues) == 1
        assert len(serveur.recus) == 2
        assert serveur.recus[0].message["Message-ID"].strip("<>") == dit.json["id"]
        assert "secret" not in caplog.text

    def test_it_gets_everything_when_asked_to_once(self, equipe, decor, relais, settings, crochet):
        settings.ALERTES = replace(settings.ALERTES, webhook_toujours=True)
        relais.script["accueil"] = ["421 plus tard", "421 plus tard"]
        decor.pannes = {"disque"}
        equipe.rondes(10)

        assert (len(crochet.recues), len(relais.recus)) == (1, 1)

    def test_one_that_is_away_gets_it_later(self, equipe, decor, settings, crochet, caplog):
        settings.EMAIL_URL = "smtp://127.0.0.1:9"
        crochet.statut = 503
        decor.pannes = {"smtp"}
        equipe.rondes(8)
        essais = len(crochet.recues)
        assert essais == 3
        crochet.statut = 204
        equipe.relever()
        equipe.rondes(3)

        assert len(crochet.recues) == essais + 1
        assert len({une.json["id"] for une in crochet.recues}) == 1
        assert "127.0.0.1 répond 503" in caplog.text
        assert "secret" not in caplog.text

    def test_it_goes_nowhere_else(self, equipe, decor, settings, crochet):
        settings.EMAIL_URL = "smtp://127.0.0.1:9"
        with serveur_http() as ailleurs:
            crochet.statut, crochet.vers = 307, ailleurs.url
            decor.pannes = {"smtp"}
            equipe.rondes(7)
            assert ailleurs.recues == []
        assert len(crochet.recues) == 2

    def test_without_any_address_it_is_told_all_the_same(self, equipe, decor, settings, crochet):
        """The database never answered since this machine is new: no patron is known."""
        settings.ALERTES = replace(settings.ALERTES, courriels=[])
        decor.pannes = {"postgresql"}
        equipe.rondes(8)

        assert len(crochet.recues) == 1

    @pytest.mark.parametrize("forme", ["ntfy", "slack", "mattermost", "json"])
    def test_each_shape_says_it_in_its_own_words(self, equipe, decor, settings, crochet, forme):
        settings.EMAIL_URL = "smtp://127.0.0.1:9"
        settings.ALERTES = replace(settings.ALERTES, webhook_forme=forme)
        decor.pannes = {"smtp"}
        equipe.rondes(6)

        (dit,) = crochet.recues
        corps = dit.corps.decode()
        assert "réparez smtp" in corps
        if forme == "ntfy":
            assert dit.entetes["Title"].startswith("=?UTF-8?B?")
            assert dit.entetes["Priority"] == "high"
        else:
            assert "Panne : Smtp" in (dit.json.get("objet") or dit.json["text"])
        assert ("Art &amp; Jardin" in corps) == (forme == "slack")


def test_patrons_are_told_by_default_also_when_the_database_is_away(
    equipe, decor, relais, settings, patron
):
    settings.ALERTES = Alertes()
    equipe.rondes(1)
    decor.pannes = {"postgresql"}
    equipe.relever()
    equipe.rondes(6)

    assert [recu.destinataires for recu in relais.recus] == [(patron.email,)]


def test_each_round_that_ends_gives_a_sign_of_life(equipe, settings, monkeypatch):
    with serveur_http() as serveur:
        settings.ALERTES = replace(settings.ALERTES, ping_url=f"{serveur.url}/vivant")
        equipe.rondes(2)
        monkeypatch.setattr(equipe.decor, "examiner", lambda: 1 / 0)
        equipe.relever()
        with pytest.raises(ZeroDivisionError):
            equipe.rondes(1)

    assert [(une.methode, une.chemin) for une in serveur.recues] == [("GET", "/vivant")] * 2


def test_what_is_watched_no_more_is_told_to_be_over(equipe, decor, relais):
    decor.pannes = {"disque"}
    equipe.rondes(7)
    decor.noms.remove("disque")
    equipe.rondes(3)

    assert objets(relais.recus)[1].startswith("Rétabli : Disque")
    assert Incident.objects.get().dernier_message == "n'est plus surveillé"


def test_a_probe_that_cannot_answer_is_not_believed_at_once(equipe, decor, relais):
    """What has no delay of its own is told at once when the probe says so, not when it hangs."""
    sonde = Sonde("courriels_incertains", "Incertains", "x", "voyez.", delai=timedelta(0))
    muette = Constat(sonde, Etat.PANNE, "ne répond pas", 1.0, timezone.now(), repondu=False)
    decor.examiner = lambda: [muette]
    equipe.relever()
    equipe.rondes(5)
    assert relais.recus == []
    decor.examiner = lambda: [replace(muette, repondu=True)]
    equipe.relever()
    equipe.rondes(1)

    assert objets(relais.recus)[0].startswith("Alerte : Incertains (depuis ")
