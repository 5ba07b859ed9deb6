"""An invoice issued by the version before, whose PDF is still promised, keeps its mentions."""

import pytest

from facturation.anciens import completer
from facturation.contenu import contenu_facture
from facturation.facturx.verification import verifier_xml
from facturation.facturx.xml import xml_de
from facturation.models import Entreprise
from tests.facturation.factories import creer_facture, creer_professionnel

pytestmark = pytest.mark.django_db
RECENTES = ("franchise", "tva_debits", "sap", "couleur", "logo")


def d_avant(facture, **emetteur):
    """As the version before froze it."""
    contenu = contenu_facture(facture)
    gardees = {c: v for c, v in contenu["emetteur"].items() if c not in RECENTES}
    return contenu | {"mentions": [], "emetteur": gardees | emetteur}


def codes(contenu):
    return [mention["code"] for mention in contenu["mentions"]]


def test_a_professional_is_still_told_of_penalties():
    complet = completer(d_avant(creer_facture(client=creer_professionnel())))

    assert codes(complet) == ["decennale", "escompte", "penalites", "indemnite"]
    assert verifier_xml([xml_de(complet)]) == [[]]


def test_a_consumer_is_still_told_of_the_mediator():
    complet = completer(d_avant(creer_facture(), assurance=""))

    assert codes(complet) == ["mediateur"]
    assert Entreprise.la_notre().mediateur in complet["mentions"][0]["texte"]


def test_a_firm_without_vat_number_was_in_franchise():
    contenu = d_avant(creer_facture(), tva_intracom="", assurance="")
    lignes = [ligne | {"taux_tva": "0.00"} for ligne in contenu["lignes"]]

    assert codes(completer(contenu | {"lignes": lignes})) == ["franchise", "mediateur"]
