"""Nothing that `manques` lets through is refused by the XSD, EN 16931 or BR-FR."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from facturation.facturx.conformite import manques, manques_du_devis
from facturation.facturx.verification import coherence, verifier_xml
from facturation.facturx.xml import xml_de
from tests.facturation.contenus import contenu, contenus, contenus_abimes, ligne

RACINE = Path(__file__).resolve().parents[2]
EXAMENS = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def examiner(lot: list[dict[str, Any]]) -> None:
    """One process for the whole batch; a failure shows the content that fooled us."""
    xmls = [xml_de(un) for un in lot]
    professionnels = [un["destinataire"]["type"] == "professionnel" for un in lot]
    fautes = verifier_xml(xmls, professionnels=professionnels)
    trompeurs = [(f, un) for f, un in zip(fautes, lot, strict=True) if f]
    trompeurs += [(f, un) for un, xml in zip(lot, xmls, strict=True) if (f := coherence(xml))]
    assert trompeurs[:1] == []


def test_every_coherent_document_is_accepted_and_valid():
    lot = []

    @EXAMENS
    @given(contenus())
    def tirer(un):
        assert manques(un) == []
        lot.append(un)

    tirer()
    examiner(lot)


def test_a_damaged_document_is_refused_or_valid():
    lot, refuses = [], 0

    @settings(EXAMENS, max_examples=350)
    @given(contenus_abimes())
    def tirer(un):
        nonlocal refuses
        if manques(un):
            refuses += 1
        else:
            lot.append(un)

    tirer()
    assert refuses > 60
    assert len(lot) > 40
    examiner(lot)


def change(chemin: str, valeur: Any) -> Callable[[dict[str, Any]], None]:
    """Put a value at "client.siret", "lignes.0.unite"…"""

    def changer(un: dict[str, Any]) -> None:
        *parents, clef = chemin.split(".")
        for parent in parents:
            un = un[int(parent)] if isinstance(un, list) else un[parent]
        un[clef] = valeur

    return changer


DEGATS = [
    ("BR-FR-04_BT-3", "type", change("type", "proforma")),
    ("BR-FR-02_BT-1", "numero", change("numero", "FAC 2026 é")),
    ("BR-FR-02_BT-1", "numero", change("numero", "F" * 36)),
    ("BR-FR-03_BT-2", "date", change("date", "2026-02-30")),
    ("BR-FR-03_BT-72", "prestation_le", change("prestation_le", "1999-12-31")),
    ("BR-CO-25", "echeance", change("echeance", None)),
    ("BR-FR-CO-07_BT-9", "echeance", change("echeance", "2026-11-21")),
    ("BR-06", "entreprise.nom", change("emetteur.nom", " ")),
    ("BR-08", "entreprise.code_postal", change("emetteur.code_postal", "")),
    ("BR-FR-10_BT-30", "entreprise.siret", change("emetteur.siret", "732829320")),
    ("BR-S-02", "entreprise.tva_intracom", change("emetteur.tva_intracom", "")),
    ("BR-CO-09", "entreprise.tva_intracom", change("emetteur.tva_intracom", "44732829320")),
    ("BR-50", "entreprise.iban", change("emetteur.iban", "FR7630006000011234567890188")),
    ("BT-86", "entreprise.bic", change("emetteur.bic", "AGRI")),
    ("BR-07", "client.nom", change("destinataire.nom", "")),
    ("BR-10", "client.adresse", change("destinataire.adresse", "\n")),
    ("BR-FR-11_BT-47", "client.siret", change("destinataire.siret", "")),
    ("BR-FR-32-LEGALID", "client.siret", change("destinataire.siret", "443061841")),
    ("BR-CO-09", "client.tva_intracom", change("destinataire.tva_intracom", "ZZ123")),
    ("BR-FR-05_BT-22_PMT", "mentions", lambda un: un["mentions"].pop()),
    (
        "BR-FR-06_BT-21_PMT",
        "mentions",
        lambda un: un["mentions"].append(copy.deepcopy(un["mentions"][-1])),
    ),
    ("BR-16", "lignes", change("lignes", [])),
    ("BR-25", "lignes.0.designation", change("lignes.0.designation", "")),
    ("BR-23", "lignes.0.unite", change("lignes.0.unite", "kg")),
    ("BR-FR-16_BT-152", "lignes.0.taux_tva", change("lignes.0.taux_tva", "19.60")),
    ("BR-FR-DEC-02_BT-129", "lignes.0.quantite", change("lignes.0.quantite", "1.00001")),
    ("BR-FR-DEC-03_BT-146", "lignes.0.prix_unitaire", change("lignes.0.prix_unitaire", "-1.00")),
    ("BR-FR-DEC-03_BT-146", "lignes.0.prix_unitaire", change("lignes.0.prix_unitaire", "0.00")),
    ("BT-131", "lignes.0.total_ht", change("lignes.0.total_ht", "99.99")),
    ("BR-S-01", "tva", change("tva", [])),
    ("BR-S-08", "tva", change("tva.0.base", "99.00")),
    ("BR-CO-17", "tva", change("tva.0.montant", "20.01")),
    ("BR-FR-DEC-01", "tva", change("tva.0.montant", "vingt")),
    ("BR-CO-13", "total_ht", change("total_ht", "100.01")),
    ("BR-CO-14", "total_tva", change("total_tva", "20.01")),
    ("BR-CO-15", "total_ttc", change("total_ttc", "120.01")),
    ("BR-E-01", "exoneration", change("exoneration", "franchise")),
    ("CGI 293 B", "exoneration", change("exoneration", "franchise")),
    ("CGI 293 B", "lignes", change("emetteur.franchise", True)),
    ("XML 1.0", "lignes.0.designation", change("lignes.0.designation", "Taille\x0bde haie")),
    ("XML 1.0", "emetteur.ville", change("emetteur.ville", "Angers\ud800")),
]


@pytest.mark.parametrize(("regle", "champ", "abimer"), DEGATS)
def test_each_damage_is_named(regle, champ, abimer):
    un = contenu()
    abimer(un)

    trouves = manques(un)

    assert (regle, champ) in [(manque.regle, manque.champ) for manque in trouves]
    assert all(manque.message.endswith(".") for manque in trouves)


def regles(un: dict[str, Any]) -> list[str]:
    return [manque.regle for manque in manques(un)]


def test_a_reason_goes_with_a_zero_rate_and_its_conditions():
    nulle = ligne(taux="0.00")
    sans_motif = contenu(nulle)
    en_franchise = contenu(nulle, exoneration="franchise")
    autoliquidee = contenu(nulle, exoneration="autoliquidation")
    chez_alice = contenu(nulle, exoneration="autoliquidation", client="particulier")
    sans_mention = contenu(nulle, exoneration="franchise", client="particulier", mentions=[])
    sans_tva = copy.deepcopy(autoliquidee)
    sans_tva["destinataire"]["tva_intracom"] = ""
    les_deux = copy.deepcopy(autoliquidee)
    les_deux["emetteur"]["franchise"] = True

    assert regles(sans_motif) == ["BR-E-10"]
    assert regles(en_franchise) == regles(autoliquidee) == []
    assert regles(chez_alice) == ["CGI 283-2 nonies", "BR-AE-02"]
    assert regles(sans_mention) == ["CGI ann. II 242 nonies A"]
    assert regles(sans_tva) == ["BR-AE-02"]
    assert regles(les_deux) == ["BOI-RES-TVA-000269"]


def test_the_forty_euros_never_reach_a_particulier():
    un = contenu(client="particulier", mentions=contenu()["mentions"])

    assert regles(un) == ["CPCE L111-8", "CPCE L111-8"]


def test_an_avoir_names_its_facture_and_has_no_due_date():
    avoir = contenu(type="avoir")
    orphelin = contenu(type="avoir", references=[])
    mal_date = contenu(
        type="avoir", references=[{"type": "facture", "numero": "FAC 1", "date": None}]
    )

    assert regles(avoir) == []
    assert regles(orphelin) == ["BR-FR-CO-05_BT-3"]
    assert regles(mal_date) == ["BR-FR-02_BT-25", "BR-FR-03_BT-26"]


def test_only_a_document_that_follows_others_takes_five_cents():
    assert regles(contenu(type="solde", reliquat="0.05")) == []
    assert regles(contenu(type="solde", reliquat="0.06")) == ["BR-CO-17"]
    assert regles(contenu(reliquat="0.01")) == ["BR-CO-17"]


def test_a_free_line_is_a_full_discount_between_professionals():
    assert regles(contenu(ligne(), ligne("0.000000"))) == ["BR-FR-DEC-03_BT-146"]
    assert regles(contenu(ligne(), ligne(remise="100.00"))) == []
    assert regles(contenu(ligne(), ligne("0.000000"), client="particulier")) == []


def test_a_devis_needs_the_firm_but_not_yet_the_siret_of_the_client():
    devis = contenu(type="devis", references=[])
    devis["destinataire"]["siret"] = devis["destinataire"]["adresse"] = ""
    sans_firme = copy.deepcopy(devis)
    sans_firme["emetteur"]["siret"] = ""

    assert manques_du_devis(devis) == []
    assert [manque.champ for manque in manques_du_devis(sans_firme)] == ["entreprise.siret"]


def test_the_check_before_issue_loads_no_xml_library():
    code = "import sys, facturation.facturx.conformite; sys.exit('lxml' in sys.modules)"

    fini = subprocess.run([sys.executable, "-c", code], cwd=RACINE, check=False)

    assert fini.returncode == 0
