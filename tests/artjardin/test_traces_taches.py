"""One id from the request to its tasks and mails; one line for each of them."""

from __future__ import annotations

import json

import pytest
from celery import shared_task

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.outbox.message import rediger
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.traces.contexte import requete_courante
from tests.artjardin.factories import promettre_courriel
from tests.artjardin.serveurs import serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401
from tests.clients.factories import creer_client

TACHE = "artjardin.tache"


@shared_task
def noter(client: int) -> str:
    """What a task of ours does: a change in the journal, by the system."""
    objet = creer_client(nom="Durand")
    consigner(objet, "essai.note", par=systeme("essai"), client=client)
    return requete_courante()


@shared_task
def casser(nom: str) -> None:
    raise ValueError(f"{nom} n'a pas de ville")


@pytest.mark.django_db
def test_a_task_has_one_line_with_what_it_cost_and_its_journal_bears_its_id(lues):
    fait = noter.apply([3])

    (ligne,) = lues.de(TACHE)
    assert (ligne["tache"], ligne["tache_id"], ligne["etat"]) == (noter.name, fait.id, "success")
    assert ligne["requete"] == fait.id == fait.result
    assert ligne["sql"] > 0
    assert Entree.objects.get(action="essai.note").requete == fait.id
    assert requete_courante() == ""


@pytest.mark.django_db
def test_a_task_that_a_request_asked_for_bears_the_id_of_the_request(lues):
    noter.apply([3], headers={"requete": "r-42"})

    assert lues.de(TACHE)[0]["requete"] == "r-42"
    assert Entree.objects.get(action="essai.note").requete == "r-42"


def test_a_task_that_fails_tells_where_and_nothing_that_it_was_given(db, lues):
    casser.apply(["Durand"])

    echec, ligne = lues
    assert (echec["level"], echec["event"]) == ("error", "tâche échouée")
    assert echec["tache"] == ligne["tache"] == casser.name
    assert "ValueError" in echec["exception"]
    assert ligne["etat"] == "failure"
    assert "Durand" not in json.dumps(lues)


@pytest.mark.usefixtures("gabarit")
@pytest.mark.django_db
class TestCourriels:
    """From the request that promises a mail to the message that leaves."""

    def test_a_mail_bears_the_id_of_the_request_that_promised_it_to_the_end(self, settings, lues):
        with serveur_smtp() as serveur:
            settings.EMAIL_URL = serveur.url
            noter_un_courriel.apply(headers={"requete": "r-42"})
            envoyer_les_courriels()

        (recu,) = serveur.recus
        assert Courriel.objects.get().requete == recu.message["X-Requete"] == "r-42"
        (ligne,) = lues.de("artjardin.outbox.services.envoi")
        assert ligne["requete"] == "r-42"
        assert ligne["event"].endswith("(essai) : envoye, essai 1")

    def test_a_mail_from_before_is_written_as_it_was(self):
        courriel = promettre_courriel()

        assert courriel.requete == ""
        assert b"X-Requete" not in rediger(courriel).message

    def test_the_id_changes_one_line_of_the_message_and_the_same_row_gives_the_same_bytes(self):
        courriel = promettre_courriel()
        sans = rediger(courriel).message
        courriel.requete = "r-42"

        assert rediger(courriel).message == rediger(courriel).message
        assert rediger(courriel).message.replace(b"X-Requete: r-42\r\n", b"") == sans

    def test_a_refused_address_is_in_no_line(self, settings, lues):
        courriel = promettre_courriel(a=["jean.durand@exemple.fr"])
        refus = "550 5.1.1 <jean.durand@exemple.fr> M. Durand inconnu"
        with serveur_smtp(rcpt=refus) as serveur:
            settings.EMAIL_URL = serveur.url
            envoyer_les_courriels()

        assert f"courriel {courriel.pk} (essai) : echec, essai 1" in [x["event"] for x in lues]
        assert "urand" not in json.dumps(lues)


@shared_task
def noter_un_courriel() -> None:
    promettre_courriel()
