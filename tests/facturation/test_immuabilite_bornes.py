"""What raw SQL by the application's own role may not do: money beyond its source, numbers back."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone
from PIL import Image

from facturation.models import Compteur, Devis, Facture, Imputation, Logo, Paiement, Retenue
from facturation.services import (
    changer_le_logo,
    expirer_devis,
    finaliser_devis,
    receptionner_les_travaux,
    recevoir_paiement,
    refuser_devis,
    rembourser,
    reviser_devis,
)
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    facturer_et_emettre,
    ligne,
    payer,
    solde,
)

pytestmark = pytest.mark.django_db
REFUS = (IntegrityError, ProgrammingError)


def une_image():
    tampon = BytesIO()
    Image.new("RGB", (2, 2), "green").save(tampon, "PNG")
    return tampon.getvalue()


PNG = une_image()


def sql(demande, *valeurs):
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(demande, valeurs)


def tenter(demande, *valeurs):
    with pytest.raises(REFUS) as refus:
        sql(demande, *valeurs)
    return str(refus.value)


def rien_en_attente():
    """As after a commit: no constraint waits, so that TRUNCATE is judged by the triggers."""
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")


def copier(facture, **autres):
    """A raw copy of an issued row, under another number."""
    colonnes = [c.column for c in Facture._meta.concrete_fields if c.column != "id"]
    autres = {"numero": "'AVO-2099-0001'"} | autres
    noms = ", ".join(f'"{colonne}"' for colonne in colonnes)
    valeurs = ", ".join(autres.get(colonne, f'"{colonne}"') for colonne in colonnes)
    return (
        f"INSERT INTO facturation_facture ({noms})"  # noqa: S608
        f" SELECT {valeurs} FROM facturation_facture WHERE id = {facture.pk}"
    )


def test_the_triggers_are_on_for_the_role_of_the_application():
    with connection.cursor() as curseur:
        curseur.execute("SHOW session_replication_role")
        assert curseur.fetchone() == ("origin",)


# -- credit notes


def test_an_issued_credit_note_cannot_be_copied():
    facture = creer_facture()
    avoir = crediter(facture)

    assert "Avoir de" in tenter(copier(avoir))

    assert solde(facture) == 0


def test_a_credit_note_cannot_be_inserted_beyond_its_invoice():
    facture = creer_facture()
    avoir = crediter(facture, lignes=[ligne(prix_unitaire=Decimal(60))])

    assert "Avoir de" in tenter(
        copier(avoir, total_ht="40.01", total_tva="8.00", total_ttc="48.01")
    )
    sql(copier(avoir, total_ht="40.00", total_tva="8.00", total_ttc="48.00"))

    assert solde(facture) == 0


def test_a_draft_credit_note_cannot_be_issued_beyond_its_invoice():
    facture = creer_facture()
    avoir = crediter(facture, lignes=[ligne(prix_unitaire=Decimal(60))])
    sql(copier(avoir, statut="'brouillon'", numero="NULL"))
    brouillon = Facture.objects.get(type="avoir", statut="brouillon")

    assert "Avoir de" in tenter(
        "UPDATE facturation_facture SET statut = 'emise', numero = 'AVO-2099-0001' WHERE id = %s",
        brouillon.pk,
    )


def test_an_invoice_cannot_be_inserted_negative():
    facture = creer_facture()

    message = tenter(copier(facture, total_ht="-1", total_tva="0", total_ttc="-1"))

    assert "facture_positive" in message


# -- payments


IMPUTER = (
    "INSERT INTO facturation_imputation (serie, precedente, empreinte, format, paiement_id,"
    " facture_id, montant) VALUES ('', '', '', 1, %s, %s"
)


def imputer_par_sql(paiement, facture, montant):
    return (
        f"{IMPUTER}, %s)",
        paiement.pk,
        facture.pk,
        montant,
    )


@pytest.fixture
def recu():
    """100,00 € on no invoice yet, and an invoice of 120,00 € with 40,00 € paid otherwise."""
    facture = creer_facture()
    payer(facture, "40.00")
    client, jour = facture.client, timezone.localdate()
    paiement = recevoir_paiement(client, montant=Decimal(100), mode="virement", le=jour, par=ROBOT)
    return paiement, facture


def test_more_than_a_payment_cannot_be_allocated(recu):
    paiement, facture = recu
    autre = creer_facture(client=facture.client)
    sql(*imputer_par_sql(paiement, facture, "60.00"))

    assert "Imputations de" in tenter(*imputer_par_sql(paiement, autre, "40.01"))
    sql(*imputer_par_sql(paiement, autre, "40.00"))


def test_more_than_an_invoice_cannot_be_settled(recu):
    paiement, facture = recu

    assert "Règlements de" in tenter(*imputer_par_sql(paiement, facture, "80.01"))
    sql(*imputer_par_sql(paiement, facture, "80.00"))

    assert solde(facture) == 0


def test_what_was_given_back_cannot_be_allocated(recu):
    paiement, facture = recu
    rembourser(paiement, montant=Decimal(70), mode="virement", le=paiement.le, motif="x", par=ROBOT)

    assert "Imputations de" in tenter(*imputer_par_sql(paiement, facture, "30.01"))
    sql(*imputer_par_sql(paiement, facture, "30.00"))


def test_more_cannot_be_taken_back_than_was_put(recu):
    paiement, facture = recu
    sql(*imputer_par_sql(paiement, facture, "60.00"))

    assert "Imputations de" in tenter(*imputer_par_sql(paiement, facture, "-60.01"))
    sql(*imputer_par_sql(paiement, facture, "-60.00"))


def test_only_issued_invoices_of_the_client_are_settled(recu):
    paiement, facture = recu
    avoir = crediter(facture, lignes=[ligne(prix_unitaire=Decimal(10))])

    for autre in (creer_brouillon(client=facture.client), avoir, creer_facture()):
        assert "factures émises de son client" in tenter(*imputer_par_sql(paiement, autre, "1.00"))

    assert Imputation.objects.count() == 1


@pytest.mark.parametrize("montant", ["0", "NULL"])
def test_an_allocation_of_nothing_is_refused(recu, montant):
    paiement, facture = recu

    message = tenter(f"{IMPUTER}, {montant})", paiement.pk, facture.pk)

    assert "non_nulle" in message or "not-null" in message


@pytest.mark.parametrize(
    ("montant", "annule", "rembourse"),
    [("-1", False, False), ("1", True, False), ("1", False, True), ("-1", True, True), ("0", 0, 0)],
)
def test_the_sign_of_a_payment_says_what_it_is(recu, montant, annule, rembourse):
    source, _ = recu

    message = tenter(
        "INSERT INTO facturation_paiement (client_id, montant, mode, le, reference, serie, numero,"
        " precedente, empreinte, format, annule_id, rembourse_id, saisi_le)"
        " VALUES (%s, %s, 'virement', now(), '', 'X', 'X-1', '', '', 1, %s, %s, now())",
        source.client_id,
        montant,
        source.pk if annule else None,
        source.pk if rembourse else None,
    )

    assert "paiement_signe" in message
    assert Paiement.objects.count() == 2


# -- retentions


@pytest.fixture
def retenue():
    return Retenue.objects.get(facture=creer_facture(retenue_taux=Decimal(5)))


@pytest.mark.parametrize(
    "demande",
    [
        "UPDATE facturation_retenue SET montant = montant - 1",
        "UPDATE facturation_retenue SET facture_id = facture_id + 1",
        "DELETE FROM facturation_retenue",
        "TRUNCATE facturation_retenue CASCADE",
    ],
)
def test_what_is_retained_never_changes(retenue, demande):
    rien_en_attente()

    assert "Cannot" in tenter(demande)

    retenue.refresh_from_db()
    assert retenue.montant == 6


def test_the_acceptance_of_the_works_is_noted_later(retenue):
    jour = retenue.facture.date

    receptionner_les_travaux(retenue.facture, le=jour, par=ROBOT)

    for change in ("echeance = reception_le", "reception_le = NULL"):
        message = tenter(f"UPDATE facturation_retenue SET {change}")  # noqa: S608
        assert "retenue_echeance" in message
    retenue.refresh_from_db()
    assert retenue.reception_le == jour


# -- counters, logo, links of the chain


def test_a_counter_goes_forward_one_by_one():
    creer_facture()
    avant = list(Compteur.objects.values())

    for change in (
        "dernier = dernier - 1",
        "dernier = 0",
        "dernier = dernier",
        "dernier = dernier + 2",
        "dernier = dernier + 1, annee = annee + 1",
        "dernier = dernier + 1, serie = 'X'",
        "dernier = dernier + 1, derniere_date = derniere_date - 1",
        "dernier = dernier + 1, empreinte = ''",
    ):
        assert "Cannot update" in tenter(f"UPDATE facturation_compteur SET {change}")  # noqa: S608

    assert list(Compteur.objects.values()) == avant


def test_a_counter_does_not_go_forward_without_a_document():
    creer_facture()
    rien_en_attente()

    message = tenter(
        "UPDATE facturation_compteur SET dernier = dernier + 1; SET CONSTRAINTS ALL IMMEDIATE"
    )

    assert "n'est donné à aucun document" in message


@pytest.mark.parametrize("demande", ["DELETE FROM", "TRUNCATE"])
@pytest.mark.parametrize("table", ["facturation_compteur", "facturation_logo"])
def test_counters_and_logos_are_never_lost(table, demande):
    creer_facture()
    changer_le_logo(PNG, par=ROBOT)

    rien_en_attente()

    assert "Cannot" in tenter(f"{demande} {table}" + " CASCADE" * (demande == "TRUNCATE"))

    assert Compteur.objects.exists()
    assert Logo.objects.exists()


def test_a_logo_never_changes():
    changer_le_logo(PNG, par=ROBOT)

    for change in ("contenu = 'x'", "sha256 = 'x'", "type_mime = 'x'"):
        assert "Cannot update" in tenter(f"UPDATE facturation_logo SET {change}")  # noqa: S608

    assert bytes(Logo.objects.get().contenu) == PNG


def test_the_links_of_an_issued_document_never_change():
    creer_facture()

    for change in (
        "empreinte = 'x'", "precedente = 'x'", "serie = 'x'", "\"references\" = '[]'",
        "mentions = '[]'", "retenue_taux = 1", "remise_taux = 1",
    ):  # fmt: skip
        assert "Cannot update" in tenter(f"UPDATE facturation_facture SET {change}")  # noqa: S608


# -- quotes


def test_an_agreement_never_changes():
    creer_devis_accepte(lignes=[ligne(), ligne(option=True)])
    avant = list(Devis.objects.values())

    for change in (
        "statut = 'finalise'", "statut = 'brouillon'", "signe_le = signe_le + 1",
        "options_retenues = '[2]'", "decide_le = NULL", "motif_refus = 'x'", "objet = 'x'",
        "supprime_le = now()", "envoye_le = now()", "conclusion = 'domicile'",
    ):  # fmt: skip
        assert "Cannot update" in tenter(f"UPDATE facturation_devis SET {change}")  # noqa: S608

    assert list(Devis.objects.values()) == avant


def refuse():
    refuser_devis(creer_devis_finalise(), motif="non", par=ROBOT)


def expire():
    expirer_devis(au=creer_devis_finalise().valide_jusqu_au + timedelta(days=1))


def remplace():
    finaliser_devis(reviser_devis(creer_devis_finalise(), par=ROBOT), par=ROBOT)


@pytest.mark.parametrize("faire", [creer_devis_finalise, refuse, expire, remplace])
def test_a_finalised_devis_keeps_its_words_whatever_became_of_it(faire):
    faire()
    avant = list(Devis.objects.order_by("pk").values())

    for change in (
        "objet = 'x'", "empreinte = 'x'", "conditions = 'x'", "dechets_tri = 'x'",
        "version = version + 1", "remplace_id = id", "mentions = '[]'", "statut = 'brouillon'",
    ):  # fmt: skip
        tenter(f"UPDATE facturation_devis SET {change}")  # noqa: S608
    assert "Cannot delete" in tenter("DELETE FROM facturation_devis")

    assert list(Devis.objects.order_by("pk").values()) == avant


def test_a_part_of_a_devis_keeps_its_devis():
    facturer_et_emettre(creer_devis_accepte(), type="acompte", pourcentage=Decimal(30))

    for change in ("devis_id = NULL", "type = 'facture'"):
        assert "Cannot update" in tenter(f"UPDATE facturation_facture SET {change}")  # noqa: S608


def test_two_drafts_of_one_devis_cannot_be_inserted():
    devis = creer_devis_accepte(client=creer_client())
    facture = facturer_et_emettre(devis)
    sql(copier(facture, statut="'brouillon'", numero="NULL"))

    message = tenter(copier(facture, statut="'brouillon'", numero="NULL"))

    assert "facture_un_brouillon_par_devis" in message
