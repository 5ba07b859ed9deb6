"""The labels are few and name nobody; every metric is documented, and those of the rules exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from artjardin.accounts.models import User
from artjardin.api.mesures import Comptees
from clients.models import Client
from facturation import services
from facturation.models import Facture
from ops.mesures import collecte, exposition
from ops.mesures.familles import HISTOGRAMME, Famille
from ops.nuit import CONTROLES
from ops.sante import registre
from tests.artjardin.monde import MARDI, peupler
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture
from tests.ops.mesures import du_produit, lire_ici
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db
RACINE = Path(__file__).parents[2]
SURVEILLANCE = RACINE / "ops" / "monitoring"
EXPLOITATION = (RACINE / "docs" / "exploitation.md").read_text(encoding="utf-8")
DEFINIES = [
    *collecte.DE_LA_COLLECTE,
    *(famille for groupe in collecte.GROUPES for famille in groupe.familles),
]
A_PART = {  # probes whose own measure has a rule
    "postgresql": "BaseInjoignable",
    "disque": "DisquePlein",
    "worker": "ProcessusMuet",
    "beat": "ProcessusMuet",
    "files": "TachesEnAttente",
    "verrous_repetes": "VerrousRepetes",
    "executions_echec": "TacheEnEchec",
    "courriels_file": "CourrielsEnRetard",
    "courriels_echecs": "CourrielsRefusesEnNombre",
    "courriels_incertains": "CourrielIncertain",
    "sauvegarde_nuit": "SauvegardeEnEchec",
    "sauvegarde_fraicheur": "SauvegardeAncienne",
    "archives_retard": "ArchiveEnRetard",
    **{
        controle.tache.replace(".", "_"): "ControleEnAnomalie"
        for controle in CONTROLES
        if controle.tache != "sauvegarde.fraicheur"
    },
}
NOM = re.compile(r"\b(?:artjardin|django)_\w+")


@pytest.fixture(scope="module")
def texte(base_du_module) -> Iterator[str]:
    """What a world with one row of everything exposes."""
    with time_machine.travel(MARDI, tick=True):
        peupler()
        yield exposition.en_texte(lire_ici()).decode()


def regles() -> list[dict[str, Any]]:
    groupes = yaml.safe_load((SURVEILLANCE / "alertes.yml").read_text(encoding="utf-8"))["groups"]
    return [regle for groupe in groupes for regle in groupe["rules"]]


def test_no_label_names_anybody(texte):
    """Neither a person, nor an address, nor the number of a document."""
    noms = {c.designation for c in Client.tous.all()} | {c.code for c in Client.tous.all()}
    noms |= set(Facture.tous.exclude(numero=None).values_list("numero", flat=True))
    noms |= {user.get_full_name() for user in User.objects.all()}

    assert len(noms) > 10
    assert [nom for nom in noms if nom and nom in texte] == []
    assert re.findall(r"[\w.]+@[\w.]+|\b0[1-9](?: ?\d\d){4}\b", texte) == []


def test_each_metric_is_exposed_as_it_is_declared(texte):
    restantes = {f.nom: f for groupe in collecte.GROUPES for f in groupe.familles}
    for famille in text_string_to_metric_families(texte):
        dite = restantes.pop(famille.name + "_total" * (famille.type == "counter"))
        assert (dite.genre, dite.aide) == (famille.type, famille.documentation)
        libelles = {tuple(sorted(s.labels.keys() - {"le"})) for s in famille.samples}
        assert libelles <= {tuple(sorted(dite.libelles))}
        assert len({tuple(s.labels.items()) for s in famille.samples}) < 150
    assert restantes == {}


def test_twenty_clients_more_make_no_label_more(texte):
    avant = {nom: set(valeurs) for nom, valeurs in du_produit().items()}
    for _ in range(20):
        services.envoyer_facture(creer_facture(client=creer_client()), par=PAR)

    assert {nom: set(valeurs) for nom, valeurs in du_produit().items()} == avant


def test_the_documentation_lists_them_all_and_nothing_else():
    chapitre = EXPLOITATION.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    lignes = [
        une.strip("| ").split(" | ") for une in chapitre.splitlines() if une.startswith("| `")
    ]
    dites = [(nom.strip("`"), genre, libelles, sens) for nom, genre, libelles, sens in lignes]

    voulues = [ligne(famille) for famille in DEFINIES]
    assert [dite for dite in dites if dite[0].startswith("artjardin_")] == voulues
    autres = {dite[0] for dite in dites} - {v[0] for v in voulues}
    assert autres == {nom for nom in exposees() if nom.startswith("django_")}


def ligne(famille: Famille) -> tuple[str, ...]:
    libelles = ", ".join(f"`{libelle}`" for libelle in famille.libelles) or "–"
    return famille.nom, famille.genre, libelles, famille.aide


def exposees() -> set[str]:
    """By the name that a query uses: a counter's ends in _total."""
    noms = {f.name + "_total" * (f.type == "counter") for f in des_requetes()}
    return {famille.nom for famille in DEFINIES} | noms


def des_requetes() -> list[Any]:
    """What django-prometheus counts here; it declares more, which is never counted."""
    Comptees.get_instance()
    comptees = ("django_http_", "django_db_")
    return [famille for famille in REGISTRY.collect() if famille.name.startswith(comptees)]


def lues(expression: str) -> set[str]:
    """The families that a query asks for."""
    noms = set(NOM.findall(expression))
    reparties = {f.nom for f in DEFINIES if f.genre == HISTOGRAMME}
    reparties |= {f.name for f in des_requetes() if f.type == "histogram"}
    return {
        base if (base := re.sub("_(bucket|count|sum)$", "", nom)) in reparties else nom
        for nom in noms
    }


def test_each_rule_asks_for_what_is_exposed_and_says_what_to_do():
    titres = {t.strip() for t in re.findall(r"^#+ (.*)$", EXPLOITATION, re.MULTILINE)}
    assert len(regles()) > 20
    for regle in regles():
        assert lues(regle["expr"]), regle["alert"]
        assert lues(regle["expr"]) <= exposees(), regle["alert"]
        assert regle["labels"]["gravite"] in {"critique", "normale"}
        textes = regle["annotations"]
        assert textes.keys() == {"summary", "description", "runbook"}, regle["alert"]
        fichier, _, titre = textes["runbook"].partition(", ")
        assert fichier == "docs/exploitation.md"
        assert titre in titres, regle["alert"]


def test_each_probe_has_its_rule():
    """One of its own, or the rule of all the others."""
    expressions = {regle["alert"]: regle["expr"] for regle in regles()}
    [sauf] = re.findall(r'sonde!~"([^"]+)"', expressions["EnPanne"])
    noms = {sonde.nom for sonde in registre.toutes()}

    assert {nom for nom in noms if re.fullmatch(sauf, nom)} == A_PART.keys()
    assert set(A_PART.values()) <= expressions.keys()
    assert {
        nom for expr in expressions.values() for nom in re.findall(r'sonde="(\w+)"', expr)
    } <= noms


def test_each_panel_asks_for_what_is_exposed_and_has_a_french_title():
    tableau = json.loads((SURVEILLANCE / "tableau.json").read_text(encoding="utf-8"))
    panneaux = [panneau for panneau in tableau["panels"] if panneau["type"] != "row"]

    assert len(panneaux) > 15
    for panneau in panneaux:
        assert panneau["title"]
        for cible in panneau["targets"]:
            assert lues(cible["expr"]), panneau["title"]
            assert lues(cible["expr"]) <= exposees(), panneau["title"]
    ids = [panneau["id"] for panneau in tableau["panels"]]
    assert len(ids) == len(set(ids))


def test_what_is_counted_is_shown():
    """A metric that no rule and no panel reads serves nobody."""
    textes = [(SURVEILLANCE / nom).read_text("utf-8") for nom in ("alertes.yml", "tableau.json")]
    assert {f.nom for f in DEFINIES} - lues(" ".join(textes)) == set()
