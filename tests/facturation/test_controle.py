"""The nightly check finds any gap, any altered cent, any missing link, and says which (G2)."""

from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from facturation import services
from facturation.controle import controler
from facturation.models import Facture
from tests.facturation.factories import (
    ROBOT,
    creer_devis_accepte,
    creer_facture,
    ligne,
    payer,
)

pytestmark = pytest.mark.django_db
AN_NEUF = "2027-01-04T10:00:00+01:00"


@pytest.fixture(scope="module")
def _documents(base_du_module):
    """Two years of every kind of document: three invoices, a credit note, a deposit, payments."""
    with time_machine.travel("2026-12-30T10:00:00+01:00", tick=False):
        premiere = creer_facture(lignes=[ligne(quantite=Decimal(3), remise=Decimal("7.5"))])
        payer(premiere, "50.00")
    with time_machine.travel(AN_NEUF, tick=False):
        creer_facture()
        avoir = services.faire_un_avoir(premiere, motif="Erreur", par=ROBOT)
        services.emettre_facture(avoir, par=ROBOT)
        devis = creer_devis_accepte()
        demande = services.Demande(type="acompte", pourcentage=Decimal(30))
        acompte = services.facturer_devis(devis, par=ROBOT, demande=demande)
        services.emettre_facture(acompte, par=ROBOT)
    return premiere.pk


@pytest.fixture
def annee(_documents):
    """The first invoice of them, five days after it."""
    with time_machine.travel(AN_NEUF, tick=False):
        yield Facture.objects.get(pk=_documents)


TABLES = ["facture", "lignefacture", "tvafacture", "imputation", "paiement", "compteur"]


def sans_garde(requete, *valeurs):
    """As someone who owns the tables could, triggers put aside."""
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            curseur.execute(f"ALTER TABLE facturation_{table} DISABLE TRIGGER USER")
        curseur.execute(requete, valeurs)
        for table in TABLES:
            curseur.execute(f"ALTER TABLE facturation_{table} ENABLE TRIGGER USER")


def effacer(numero):
    """An invoice and all that hangs below it."""
    la = "(SELECT id FROM facturation_facture WHERE numero = %s)"
    for table in ("imputation", "lignefacture", "tvafacture"):
        sans_garde(f"DELETE FROM facturation_{table} WHERE facture_id = {la}", numero)  # noqa: S608
    sans_garde("DELETE FROM facturation_facture WHERE numero = %s", numero)


def fautes():
    return [str(anomalie) for anomalie in controler().anomalies]


def test_a_sound_base_has_no_fault(annee):
    bilan = controler()

    assert bilan.anomalies == []
    assert (bilan.lus["pieces"], bilan.lus["series"]) == (
        7,
        4,
    )  # a payment, and what the credit note took back of it


def test_documents_from_before_the_chain_are_read_without_a_fault(annee):
    sans_garde("UPDATE facturation_facture SET empreinte = '', precedente = '' WHERE serie='AVO'")
    sans_garde("UPDATE facturation_compteur SET empreinte = '' WHERE serie='AVO'")

    assert fautes() == []


@pytest.mark.parametrize(
    ("requete", "faute"),
    [
        ("UPDATE facturation_lignefacture SET total_ht = total_ht + 0.01 WHERE facture_id = %s",
         "FAC-2026-0001 : le contenu n'est plus celui qui a été scellé"),
        ("UPDATE facturation_facture SET objet = objet || '.' WHERE id = %s",
         "FAC-2026-0001 : le contenu n'est plus celui qui a été scellé"),
        (("UPDATE facturation_facture SET destinataire = jsonb_set(destinataire, '{ville}', "
         "'\"Nantes\"') WHERE id = %s"),
         "FAC-2026-0001 : le contenu n'est plus celui qui a été scellé"),
        ("UPDATE facturation_tvafacture SET montant = montant - 0.01 WHERE facture_id = %s",
         "FAC-2026-0001 : ses totaux ne sont pas la somme de ses taux"),
        ("UPDATE facturation_facture SET precedente = repeat('a', 64) WHERE id = %s",
         "FAC-2026-0001 : le maillon précédent n'est pas celui qui a été scellé"),
        ("UPDATE facturation_facture SET numero = 'FAC-2026-0003' WHERE id = %s",
         "FAC-2026-0001 à FAC-2026-0002 : numéro manquant"),
    ],
)  # fmt: skip
def test_an_altered_document_is_named(annee, requete, faute):
    sans_garde(requete, annee.pk)

    assert faute in fautes()


def test_a_missing_document_in_the_middle_is_named(annee):
    effacer("FAC-2027-0001")

    trouvees = fautes()

    assert "FAC-2027-0001 : numéro manquant" in trouvees
    maillon = "FAC-2027-0002 : le maillon précédent n'est pas celui qui a été scellé"
    assert maillon in trouvees


def test_a_missing_last_document_is_named(annee):
    effacer("FAC-2027-0002")

    trouvees = fautes()

    assert "FAC-2027-0002 : numéro manquant" in trouvees
    assert "FAC-2027- : la fin de la chaîne n'est pas celle du compteur" in trouvees


def test_a_counter_put_back_with_its_document_breaks_the_chain(annee):
    """Someone who hides the last invoice and its number still leaves the fingerprint."""
    effacer("FAC-2027-0002")
    sans_garde("UPDATE facturation_compteur SET dernier = 1 WHERE serie = 'FAC' AND annee = 2027")

    assert fautes() == ["FAC-2027- : la fin de la chaîne n'est pas celle du compteur"]


def test_an_altered_payment_is_named(annee):
    sans_garde("UPDATE facturation_paiement SET montant = 49.99")

    trouvees = fautes()

    assert "ENC-2026-0001 : le contenu n'est plus celui qui a été scellé" in trouvees


def test_a_whole_year_taken_away_is_found(annee):
    effacer("AVO-2027-0001")
    effacer("FAC-2026-0001")
    sans_garde("DELETE FROM facturation_compteur WHERE serie = 'FAC' AND annee = 2026")

    assert "FAC-2027-0001 : le maillon précédent n'est pas celui qui a été scellé" in fautes()


def test_the_command_says_what_it_read(annee):
    sortie = StringIO()

    call_command("verifier_chaine", stdout=sortie)

    assert sortie.getvalue() == "7 pièces de 4 séries : aucun trou, aucune altération.\n"


def test_the_command_fails_with_the_list(annee):
    sans_garde("UPDATE facturation_facture SET objet = 'Autre' WHERE id = %s", annee.pk)
    erreurs = StringIO()

    with pytest.raises(CommandError, match=r"1 anomalie\(s\) sur 7 pièces de 4 séries"):
        call_command("verifier_chaine", stderr=erreurs)

    assert "FAC-2026-0001 : le contenu" in erreurs.getvalue()
