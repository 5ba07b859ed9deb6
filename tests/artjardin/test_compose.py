"""docker-compose.yml, held against the settings: no engine is at hand to run it."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from artjardin import guichet, settings
from artjardin.celery import app
from artjardin.embarque import superviseur

RACINE = Path(__file__).resolve().parents[2]
TEXTE = (RACINE / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXTE)
SERVICES = COMPOSE["services"]
DOCKERFILE = (RACINE / "Dockerfile").read_text(encoding="utf-8")
APPLICATION = {nom for nom, service in SERVICES.items() if service.get("image") == "artjardin"}
PONCTUELS = {nom for nom, service in SERVICES.items() if service["restart"] == "no"}
DURABLES = sorted(set(SERVICES) - PONCTUELS)
EXIGEES = {nom.partition(":")[0] for nom in re.findall(r"(?<!\$)\$\{([^}]*)\}", TEXTE)}


def environnement(nom):
    return SERVICES[nom].get("environment", {})


@pytest.mark.parametrize("nom", sorted(APPLICATION))
def test_every_variable_given_to_the_application_is_read_by_the_settings(nom):
    assert set(environnement(nom)) <= settings.VARIABLES


@pytest.mark.parametrize("nom", sorted(APPLICATION))
def test_every_variable_given_to_the_application_is_documented(nom):
    exemple = (RACINE / ".env.example").read_text(encoding="utf-8")
    documentees = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]*)=", exemple, flags=re.MULTILINE))
    assert set(environnement(nom)) <= documentees


def test_every_service_that_the_settings_need_is_there_and_nothing_is_embedded():
    for variable, service in {
        "DATABASE_URL": "base",
        "REDIS_URL": "valkey",
        "EMAIL_URL": "courriels",
        "S3_ENDPOINT_URL": "objets",
    }.items():
        assert service in SERVICES
        assert all(
            re.search(rf"[@/]{service}:", environnement(nom)[variable]) for nom in APPLICATION
        )


def test_the_application_runs_as_six_services_and_two_commands_that_end():
    services = {"beat", "veilleur", "web", "web-bis", "worker", "worker-longues"}
    assert services | {"compartiments", "migrate"} == APPLICATION
    assert sorted(PONCTUELS) == ["compartiments", "migrate"]
    assert "depends_on" not in SERVICES["veilleur"], "it tells that the others do not start"
    for nom in services - {"veilleur"}:
        attendus = SERVICES[nom]["depends_on"]
        assert attendus["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("nom", DURABLES)
def test_a_lasting_service_is_watched_restarted_and_bounded(nom):
    service = SERVICES[nom]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("nom", ["base", "valkey", "objets", "courriels"])
def test_what_a_service_keeps_is_in_a_named_volume(nom):
    volumes = [volume.partition(":")[0] for volume in SERVICES[nom]["volumes"]]
    assert volumes
    assert set(volumes) <= set(COMPOSE["volumes"])


def test_no_secret_is_written_and_each_must_be_given():
    secrets = {
        (nom, valeur)
        for service in SERVICES
        for nom, valeur in environnement(service).items()
        if re.search(r"PASSWORD|SECRET|KEY|AUTH|CLE$|JETON", nom)
    }
    assert len(secrets) == 9
    assert {
        nom for nom, valeur in secrets if not re.fullmatch(r"\$\{\w+:\?[^}]+\}", valeur)
    } == set()
    assert not re.findall(r"(?<!\$)\$\{\w+\}|\$\{\w+:?-", TEXTE)
    assert not re.findall(r"://[^/\s\"]*:[^$/\s\"]+@", TEXTE)


def option(nom, clef):
    commande = SERVICES[nom]["command"]
    return commande[commande.index(clef) + 1]


def test_the_workers_serve_every_queue_once_and_have_time_to_end():
    ouvriers = [nom for nom in SERVICES if nom.startswith("worker")]
    assert sorted(option(nom, "--queues") for nom in ouvriers) == sorted(
        file.name for file in app.conf.task_queues
    )
    for nom in ouvriers:
        assert int(SERVICES[nom]["stop_grace_period"].removesuffix("s")) >= 120
        assert (
            f"{option(nom, '--hostname').split('@')[0]}@$$(hostname)"
            in (SERVICES[nom]["healthcheck"]["test"][1])
        )


def test_a_web_has_time_to_receive_a_body_and_to_answer_before_it_is_killed():
    delai = int(re.search(r'"--workers-kill-timeout", "(\d+)"', DOCKERFILE)[1])
    assert delai > guichet.DUREE
    for nom in ("web", "web-bis"):
        assert int(SERVICES[nom]["stop_grace_period"].removesuffix("s")) > delai
        assert "/ready" in SERVICES[nom]["healthcheck"]["test"][-1]


def test_the_unit_of_the_documentation_starts_the_web_as_the_image_does():
    guide = (RACINE / "docs" / "installation.md").read_text(encoding="utf-8")
    unite = re.search(r"^ExecStart=\S+/granian (.+)$", guide, flags=re.MULTILINE)[1]
    commande = re.search(r"^CMD (\[.+?\])$", DOCKERFILE, flags=re.MULTILINE | re.DOTALL)[1]
    image = json.loads(commande.replace("\\\n", ""))
    partout = image[image.index("--host") + 1]  # the container's own network
    assert unite.replace("127.0.0.1", partout).split() == image[1:]
    assert set(superviseur.GRANIAN) <= set(image)


def test_one_web_is_replaced_while_the_other_answers():
    nginx = COMPOSE["configs"]["nginx"]["content"]
    serveurs = re.findall(r"server (\S+):8000 resolve ", nginx)
    assert serveurs == ["web", "web-bis"]
    assert set(serveurs) <= SERVICES["mandataire"]["depends_on"].keys()
    assert "resolver 127.0.0.11" in nginx
    assert "proxy_pass http://web;" in nginx
    assert "non_idempotent" not in nginx, "a request that was sent is not sent twice"


def test_every_value_to_give_is_named_at_the_top_of_the_file():
    tete = TEXTE.partition("x-journaux")[0]
    assert {nom for nom in EXIGEES if nom not in tete} == set()


def test_the_proxy_buffers_and_only_it_is_reached_from_outside():
    nginx = COMPOSE["configs"]["nginx"]["content"]
    assert "proxy_request_buffering on;" in nginx
    assert "proxy_buffering on;" in nginx
    ports = {nom: service["ports"] for nom, service in SERVICES.items() if "ports" in service}
    assert ports == {"mandataire": ["80:80", "443:443"], "courriels": ["127.0.0.1:8025:8025"]}


def test_every_configuration_and_secret_mounted_is_defined():
    for service in SERVICES.values():
        assert {config["source"] for config in service.get("configs", [])} <= set(
            COMPOSE["configs"]
        )
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_the_script_that_makes_the_buckets_asks_for_object_lock_and_reads_known_settings():
    arbre = ast.parse(COMPOSE["configs"]["compartiments"]["content"])
    lus = {
        noeud.attr
        for noeud in ast.walk(arbre)
        if isinstance(noeud, ast.Attribute) and ast.unparse(noeud.value) == "settings"
    }
    assert lus
    assert all(hasattr(settings, nom) for nom in lus)
    assert "ObjectLockEnabledForBucket=True" in ast.unparse(arbre)


def test_the_image_runs_as_nobody_special_and_holds_every_package_of_the_product():
    assert "\nUSER artjardin\n" in DOCKERFILE
    for paquet in ("artjardin", "clients", "chantiers", "facturation", "relances", "ops"):
        assert f"COPY {paquet} {paquet}\n" in DOCKERFILE
        assert f"!{paquet}\n" in (RACINE / ".dockerignore").read_text(encoding="utf-8")
