"""Issued documents never change: refused by the database itself, raw SQL included (G1, G9)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document
from artjardin.storage.services import produire
from facturation.models import (
    Devis,
    Facture,
    Imputation,
    LigneDevis,
    LigneFacture,
    Paiement,
    TvaFacture,
)
from facturation.services import annuler_paiement, modifier_facture
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    ligne,
    payer,
)

pytestmark = pytest.mark.django_db
REFUS = (IntegrityError, ProgrammingError)  # a constraint, RAISE EXCEPTION of a trigger
TABLES = {
    modele._meta.db_table: modele
    for modele in (
        Facture, LigneFacture, TvaFacture, Paiement, Imputation, Devis, LigneDevis, Entree,
        Document,
    )
}  # fmt: skip
COLONNES = {
    "facturation_facture": [
        "objet", "numero", "serie", "date", "echeance", "client_id", "total_ht", "destinataire",
        "emetteur", "statut", "type", "supprime_le", "emise_le",
    ],
    "facturation_lignefacture": ["designation", "quantite", "total_ht", "rang", "facture_id"],
    "facturation_tvafacture": ["taux", "base", "montant", "facture_id"],
    "facturation_paiement": ["montant", "mode", "le", "reference", "client_id"],
    "facturation_imputation": ["montant", "facture_id", "paiement_id"],
    "facturation_devis": [
        "objet", "numero", "date", "valide_jusqu_au", "total_ht", "destinataire", "client_id",
    ],
    "facturation_lignedevis": ["designation", "quantite", "prix_unitaire", "devis_id"],
    "audit_entree": ["le", "acteur_nom", "action", "apres", "objet_id"],
    "storage_document": ["cle", "sha256", "nom", "taille", "client_ref"],
}  # fmt: skip
AUTRE = {
    "echeance": "echeance + 1", "date": "date - 1", "le": "le - interval '1 day'",
    "emise_le": "now()", "supprime_le": "now()", "destinataire": "'{}'", "emetteur": "'{}'",
    "apres": "'{}'", "statut": "'brouillon'", "type": "'avoir'", "mode": "'cheque'",
    "valide_jusqu_au": "valide_jusqu_au + 1", "sha256": "repeat('0', 64)",
}  # fmt: skip
TEXTES = {"objet", "numero", "serie", "designation", "reference", "acteur_nom", "action", "cle",
          "nom"}  # fmt: skip


def tout():
    return {
        nom: list(modele._base_manager.order_by("pk").values()) for nom, modele in TABLES.items()
    }


def tenter(sql, *valeurs):
    with pytest.raises(REFUS) as refus, transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(sql, valeurs)
    return str(refus.value)


def changement(colonne):
    if colonne in TEXTES:
        return f"'x' || {colonne}"
    return AUTRE.get(colonne, f"{colonne} + 1")


def test_drafts_stay_editable():
    brouillon = creer_brouillon()

    modifiee = modifier_facture(
        brouillon, par=ROBOT, objet="Autre", lignes=[ligne(quantite=Decimal(2))] * 2
    )

    assert (modifiee.objet, modifiee.total_ttc) == ("Autre", Decimal("480.00"))
    assert brouillon.lignes.count() == 2


def test_a_draft_goes_to_the_trash():
    for brouillon in (creer_brouillon(), creer_devis()):
        supprimer(brouillon, par=ROBOT)

    assert not Facture.objects.exists()
    assert not Devis.objects.exists()


def test_a_payment_is_corrected_by_an_opposite_one_only():
    paiement = payer(creer_facture(), "50.00")

    annuler_paiement(paiement, motif="chèque revenu", par=ROBOT)

    assert sorted(Paiement.objects.values_list("montant", flat=True)) == [-50, 50]


def test_the_state_of_a_finalised_devis_moves_but_not_back_to_draft():
    devis = creer_devis_finalise()

    tenter("UPDATE facturation_devis SET statut = 'brouillon' WHERE id = %s", devis.pk)
    tenter(
        "UPDATE facturation_devis SET statut = 'brouillon', numero = NULL WHERE id = %s", devis.pk
    )

    devis.refresh_from_db()
    assert devis.statut == "finalise"


def test_a_due_date_before_the_date_cannot_be_issued_even_by_sql():
    brouillon = creer_brouillon()
    hier = timezone.localdate() - timedelta(days=1)

    tenter(
        "UPDATE facturation_facture SET statut='emise', numero='X', serie='FAC', date=%s,"
        " echeance=%s WHERE id=%s",
        timezone.localdate(),
        hier,
        brouillon.pk,
    )

    brouillon.refresh_from_db()
    assert brouillon.statut == "brouillon"


@pytest.fixture(scope="module")
def _emis(base_du_module, tmp_path_factory):
    """One of each: an issued facture, part paid, an accepted devis, a PDF already made.

    For the tests from here to the end; those above start from an empty database.
    """
    producteurs = dict.fromkeys(["facture", "devis"], "tests.facturation.factories.pdf")
    documents = tmp_path_factory.mktemp("documents")
    with override_settings(DOCUMENT_PRODUCTEURS=producteurs, DONNEES_DOCUMENTS=documents):
        payer(creer_facture(), "50.00")
        creer_devis_accepte()
        for document in Document.objects.all():
            produire(document)


@pytest.mark.parametrize(
    ("table", "colonne"), [(table, c) for table, colonnes in COLONNES.items() for c in colonnes]
)
def test_raw_update_is_refused(_emis, table, colonne):
    avant = tout()

    tenter(f'UPDATE {table} SET "{colonne}" = {changement(colonne)}')  # noqa: S608

    assert tout() == avant


@pytest.mark.parametrize("table", TABLES)
def test_raw_delete_is_refused(_emis, table):
    avant = tout()

    tenter(f"DELETE FROM {table}")  # noqa: S608

    assert tout() == avant


@pytest.mark.parametrize("table", [*TABLES, "clients_client"])
def test_truncate_is_refused(_emis, table):
    avant = tout()
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as after a commit: nothing is pending

    message = tenter(f"TRUNCATE {table} CASCADE")

    assert "Cannot truncate" in message
    assert tout() == avant


def test_a_line_cannot_be_added_under_an_issued_document(_emis):
    avant = tout()
    colonnes = "rang, designation, quantite, unite, prix_unitaire, remise, taux_tva, total_ht"
    valeurs = "2, 'x', 1, 'u', 1, 0, 20, 1"

    for table, lien, mere in (
        ("facturation_lignefacture", "facture_id", Facture.objects.get()),
        ("facturation_lignedevis", "devis_id", Devis.objects.get()),
    ):
        sql = f"INSERT INTO {table} ({lien}, {colonnes}) VALUES (%s, {valeurs})"  # noqa: S608
        assert "ne changent plus" in tenter(sql, mere.pk)

    assert tout() == avant


def test_a_vat_row_cannot_be_added_under_an_issued_facture(_emis):
    sql = "INSERT INTO facturation_tvafacture (facture_id, taux, base, montant) VALUES (%s,0,1,0)"

    tenter(sql, Facture.objects.get().pk)

    assert TvaFacture.objects.count() == 1


def test_a_line_cannot_move_from_a_draft_into_an_issued_facture(_emis):
    brouillon = creer_brouillon()
    avant = tout()

    tenter(
        "UPDATE facturation_lignefacture SET facture_id = %s WHERE facture_id = %s",
        Facture.objects.emises().get().pk,
        brouillon.pk,
    )

    assert tout() == avant


def test_an_issued_facture_cannot_be_slipped_into_the_trash(_emis):
    with pytest.raises(Conflit) as refus:
        supprimer(Facture.objects.get(), par=ROBOT)

    assert refus.value.code == "suppression_refusee"
    assert Facture.objects.get().supprime_le is None


@pytest.mark.parametrize(
    "changer",
    [
        lambda: Facture.objects.update(objet="autre"),
        lambda: LigneFacture.objects.update(quantite=9),
        lambda: LigneFacture.objects.all().delete(),
        lambda: TvaFacture.objects.all().delete(),
        lambda: Facture.objects.get().lignes.create(**ligne(rang=2)),
        lambda: Facture(**dict(Facture.objects.values().get(), objet="autre")).save(),
        lambda: Paiement.objects.update(montant=1),
        lambda: Imputation.objects.all().delete(),
        lambda: Devis.objects.update(objet="autre"),
        lambda: LigneDevis.objects.update(prix_unitaire=0),
        lambda: Entree.objects.update(acteur_nom="personne"),
        lambda: Entree.objects.all()._raw_delete("default"),
        lambda: Document.objects.update(sha256=""),
        lambda: Document.objects.all().delete(),
    ],
)
def test_the_orm_is_refused_too(_emis, changer):
    avant = tout()

    with pytest.raises(REFUS), transaction.atomic():
        changer()

    assert tout() == avant


@pytest.mark.parametrize("modele", [Facture, Devis])
def test_delete_of_the_orm_points_to_the_trash(_emis, modele):
    with pytest.raises(TypeError, match="softdelete"):
        modele.objects.all().delete()
    with pytest.raises(TypeError, match="softdelete"):
        modele.objects.get().delete()

    assert modele.objects.count() == 1
