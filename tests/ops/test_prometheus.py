"""A real Prometheus reads the running product: two web processes, a worker and a beat; what it
counts agrees with what was done, and the right rules ring in an outage."""

from __future__ import annotations

import os
import signal

import pytest
import yaml
from django.conf import settings as reglages_django

from artjardin.embarque import adresses
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation import services
from relances.models import Relance
from tests.artjardin import guichet_a_part, programmes
from tests.artjardin.granian import demander, lancer
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture
from tests.ops.prometheus import SURVEILLANCE, absent, attendre, promtool, regarder
from tests.relances.factories import PAR, deja_faite

pytestmark = pytest.mark.skipif(bool(absent()), reason=absent())
ESSAIS = ["alertes_test.yml", "alertes_jours_test.yml"]
COMPTEURS = [
    "artjardin_documents_emis_total",
    "artjardin_envois_total",
    "artjardin_courriel_attente_secondes_count",
    "django_http_responses_total_by_status_view_method_total",
    "django_http_requests_latency_seconds_by_view_method_count",
    "django_db_execute_total",
]
DEMANDES = "sum(django_http_responses_total_by_status_view_method_total{status='200'})"


def test_promtool_takes_the_rules_and_the_example():
    fait = promtool("check", "rules", "alertes.yml")
    assert fait.returncode == 0, fait.stderr
    fait = promtool("check", "config", "--syntax-only", "prometheus.yml")
    assert fait.returncode == 0, fait.stderr


def test_each_rule_rings_when_it_must_and_only_then():
    fait = promtool("test", "rules", *ESSAIS)
    assert fait.returncode == 0, fait.stdout + fait.stderr

    regles = yaml.safe_load((SURVEILLANCE / "alertes.yml").read_text("utf-8"))["groups"]
    essais = "".join((SURVEILLANCE / nom).read_text("utf-8") for nom in ESSAIS)
    noms = {regle["alert"] for groupe in regles for regle in groupe["rules"]}
    assert {nom for nom in noms if nom not in essais} == set()


@pytest.fixture
def valkey(tmp_path):
    with programmes.valkey_a_part(tmp_path / "v") as service:
        yield service


def facturer_et_envoyer(combien, settings) -> None:
    """So many invoices, each sent by mail; their PDF are pages made at once."""
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(
        settings.DOCUMENT_PRODUCTEURS, "tests.artjardin.monde.pdf"
    )
    for _ in range(combien):
        services.envoyer_facture(creer_facture(client=creer_client()), par=PAR)
    produire_les_promis()
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()


@pytest.mark.usefixtures("base_partagee")
def test_a_real_server_reads_the_product_and_tells_its_outage(valkey, tmp_path, settings):
    facturer_et_envoyer(3, settings)
    deja_faite(creer_facture(client=creer_client()), 30)
    web = lancer(guichet=guichet_a_part.GUICHET, ESSAI=guichet_a_part.reglages(valkey))
    worker = programmes.lancer(
        valkey, "worker", "--concurrency", "1", "-Q", "celery,longues", noter=True
    )
    jeton = adresses.jeton_de_surveillance(reglages_django.DONNEES)
    with (
        worker as ouvrier,
        programmes.lancer(valkey, "beat", "-s", str(tmp_path / "plan")),
        web as (port, granian),
        regarder(port, jeton, tmp_path / "p") as vu,
    ):
        compter(vu, port, settings)
        alerter(vu, ouvrier, granian)


def compter(vu, port, settings) -> None:
    envoyes, relances = Courriel.objects.filter(statut="envoye"), Relance.objects
    attendre(lambda: vu.valeur("artjardin_processus{genre='worker'}") == 1, pendant=30)
    attendre(lambda: vu.valeur("artjardin_processus{genre='beat'}") == 1, pendant=30)
    assert vu.valeur("sum(artjardin_documents_emis_total)") == 4
    assert vu.valeur("artjardin_envois_total{resultat='envoye'}") == envoyes.count() > 0
    assert (
        vu.valeur("artjardin_relances_total{niveau='J+30', resultat='postee'}") == relances.count()
    )
    faites = vu.valeur(DEMANDES) or 0

    for _ in range(10):
        assert demander(port, "GET", "/admin/login/")[0] == 200
    facturer_et_envoyer(2, settings)
    attendre(lambda: vu.valeur("sum(artjardin_documents_emis_total)") == 6, pendant=15)
    attendre(lambda: vu.valeur(DEMANDES) == faites + 10, pendant=15)
    attendre(
        lambda: vu.valeur("artjardin_envois_total{resultat='envoye'}") == envoyes.count(),
        pendant=15,
    )
    for compteur in COMPTEURS:  # no sawtooth, though two processes answer in turn
        assert vu.valeur(f"max(resets({compteur}[5m]))") == 0, compteur


def alerter(vu, ouvrier, granian) -> None:
    regles = vu.regles()
    assert len(regles) > 25
    attendre(lambda: {r["health"] for r in vu.regles()} == {"ok"}, pendant=15)
    jamais = {("SauvegardeAncienne", ""), ("VeilleMuette", "")}  # neither was ever made here
    avant = attendre(lambda: jamais <= (sonnent := vu.sonnent()) and sonnent, pendant=15)
    assert "ProcessusMuet" not in {nom for nom, _ in avant}

    os.killpg(ouvrier.pid, signal.SIGSTOP)
    muets = {("ProcessusMuet", f"worker {file}") for file in ("celery", "longues")}
    attendre(lambda: muets <= vu.sonnent(), pendant=30)
    autres = {nom for nom, _ in vu.sonnent() - avant} - {"ProcessusMuet"}
    assert autres <= {"EnPanne", "TachesEnAttente", "SiteLent"}  # what waits for it; a busy machine
    os.killpg(ouvrier.pid, signal.SIGCONT)
    attendre(lambda: not muets & vu.sonnent(), pendant=30)

    granian.terminate()
    attendre(lambda: ("ArtJardinAbsent", "") in vu.sonnent(), pendant=30)
