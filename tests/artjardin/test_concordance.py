"""What is changed behind the journal's back is found, and named with both values (design G9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import models

from artjardin.accounts.models import User
from artjardin.audit import concordance
from artjardin.audit.constat import prendre_acte
from artjardin.audit.etats import lire_les_etats
from artjardin.audit.models import Entree, Sel
from clients.models import Client
from clients.services import exclure_des_relances, modifier_client
from facturation.models import (
    Entreprise,
    Evenement,
    Facture,
    Imputation,
    Litige,
    MandatPrelevement,
    Mention,
    Paiement,
    TvaFacture,
)
from facturation.reprise import FactureLue
from facturation.reprise_ecriture import creer_reprises
from facturation.services import modifier_entreprise, ouvrir_litige
from ops.models import CompteComptable
from relances.models import (
    Liberation,
    Modele,
    Niveau,
    PlanDeRelance,
    PlanDuClient,
    Reglages,
    Relance,
    Suspension,
    TauxLegal,
)
from relances.services import (
    donner_un_plan,
    liberer,
    relancer_la_facture,
    supprimer_niveau,
    suspendre,
)
from tests.artjardin.concorde import ecarts, en_cachette
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_brouillon, creer_facture, mandater, payer
from tests.relances.factories import LUNDI, PAR

pytestmark = pytest.mark.django_db
IBAN = "FR1420041010050500013M02606"


class Cas(NamedTuple):
    """One row changed: which one, how, and what the night says of it."""

    ligne: Callable[[], models.Model]
    ordre: str
    valeurs: tuple[object, ...]
    dit: str


def poser(champ: str, valeur: object, dit: str, ligne: Callable[[], models.Model]) -> Cas:
    ordre = f"UPDATE {{table}} SET {champ} = %s"  # noqa: S608 - names of columns only
    return Cas(ligne, ordre, (valeur,), f"« {champ} » : {dit}")


def oter(ligne: Callable[[], models.Model]) -> Cas:
    return Cas(ligne, "DELETE FROM {table}", (), "cette ligne a disparu ; le journal n° ")


def reprise() -> Facture:
    return Facture.objects.get(numero="FA-1")


def paiement() -> Paiement:
    return Paiement.objects.get()


def client() -> Client:
    return Client.objects.get(code="C9")


CAS = {
    "total of an imported invoice": Cas(
        reprise, "UPDATE {table} SET total_ht = 1, total_ttc = 21", (),
        "« total_ht » : le journal n° {n} dit « 100.00 », la base « 1.00 »",
    ),
    "due date of an imported invoice": poser(
        "echeance", date(2027, 1, 1),
        "le journal n° {n} dit « 2026-10-01 », la base « 2027-01-01 »", reprise,
    ),
    "series of an imported invoice": poser(
        "serie", "FAC", "le journal n° {n} dit « REPRISE », la base « FAC »", reprise
    ),
    "addressee of an imported invoice": poser(
        "destinataire", "{}", "le journal n° {n} dit « #", reprise
    ),
    "VAT base of an imported invoice": Cas(
        lambda: TvaFacture.objects.get(facture=reprise()), "UPDATE {table} SET base = 99", (),
        '« tva » : le journal n° {n} dit « [["20.00", "100.00", "20.00"]] », la base '
        '« [["20.00", "99.00", "20.00"]] »',
    ),
    "allocation of an imported payment": Cas(
        Imputation.objects.get, "UPDATE {table} SET montant = 1", (),
        "« imputations » : le journal n° {n} dit « [[",
    ),
    "no allocation of an imported payment": Cas(
        Imputation.objects.get, "DELETE FROM {table}", (),
        "« imputations » : le journal n° {n} dit « [[",
    ),
    "amount of an imported payment": poser(
        "montant", 1, "le journal n° {n} dit « 30.00 », la base « 1.00 »", paiement
    ),
    "reference of an imported payment": poser(
        "reference", "Autre",
        "le journal n° {n} dit « Repris de l'ancien logiciel », la base « Autre »", paiement,
    ),
    "IBAN of the firm": poser(
        "iban", IBAN.replace("0505", "0506"), "le journal n° {n} dit « FR14 … 2606 #",
        Entreprise.la_notre,
    ),
    "e-mail of a client": poser(
        "email", "jeanme@example.org", "le journal n° {n} dit « …@example.org #", client
    ),
    "exclusion of a client": poser(
        "exclusion_le", None, "le journal n° {n} dit « 2026-11-23 », la base « null »", client
    ),
    "type of a client": poser(
        "type", "syndic", "le journal n° {n} dit « particulier », la base « syndic »", client
    ),
    "IBAN of a mandate": poser(
        "iban", IBAN.replace("0505", "0506"), "le journal n° {n} dit « FR14 … 2606 #",
        MandatPrelevement.objects.get,
    ),
    "plan of a client": Cas(
        PlanDuClient.objects.get, "UPDATE {table} SET plan_id = 2", (),
        "« plan » : le journal n° {n} dit « 1 », la base « 2 »",
    ),
    "reason of a dispute": poser(
        "motif", "Haye", "le journal n° {n} dit « Haie », la base « Haye »", Litige.objects.get
    ),
    "dispute": oter(Litige.objects.get),
    "amount in the ledger": poser(
        "solde", "9.00", "le journal n° {n} dit « 90.00 », la base « 9.00 »", Relance.objects.get
    ),
    "row of the ledger": oter(Relance.objects.get),
    "end of a suspension": poser(
        "fin", date(2027, 1, 1), "le journal n° {n} dit « 2026-12-24 », la base « 2027-01-01 »",
        Suspension.objects.get,
    ),
    "suspension": oter(Suspension.objects.get),
    "role of an account": poser(
        "is_superuser", True, "le journal n° {n} dit « false », la base « true »",
        lambda: User.objects.get(email="claire@art-jardin.example"),
    ),
    "legal rate": poser(
        "bce", "9.00", "le journal n° {n} dit « 2.15 », la base « 9.00 »",
        lambda: TauxLegal.objects.get(debut=date(2026, 1, 1)),
    ),
    "level of a plan": poser(
        "actif", False, "le journal n° {n} dit « true », la base « false »", Niveau.objects.first
    ),
    "text of a reminder": Cas(
        Modele.objects.first, "UPDATE {table} SET courriel = courriel || 'x'", (),
        "« courriel » : le journal n° {n} dit « …",
    ),
    "text of a mention": Cas(
        Mention.objects.first, "UPDATE {table} SET texte = texte || 'x'", (),
        "« texte » : le journal n° {n} dit « TVA non applicable, article 293 B du CGI », la base "
        "« TVA non applicable, article 293 B du CGIx »",
    ),
    "to whom an event is told": poser(
        "vers", "client", "le journal n° {n} dit « aucun », la base « client »",
        lambda: Evenement.objects.get(pk="facture_emise"),
    ),
    "release of reminders": oter(Liberation.objects.get),
    "account of the sales journal": poser(
        "numero", "512", "le journal n° {n} dit « ", CompteComptable.objects.first
    ),
    "setting of the reminders": poser(
        "credit_bloque", False, "le journal n° {n} dit « true », la base « false »",
        Reglages.les_notres,
    ),
}  # fmt: skip


@pytest.fixture
def monde(patron, time_machine_a, settings):
    """A client with one of each thing that the journal answers for, on a Monday at 10:00."""
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")
    time_machine_a(datetime.combine(LUNDI, time(10), tzinfo=ZoneInfo("Europe/Paris")))
    prendre_acte()
    modifier_entreprise(par=PAR, iban=IBAN)
    seul = creer_client(code="C9", email="jeanne@example.org")
    payeur = creer_client(code="C10")
    lues = [lue("FA-1"), lue("FA-2")]
    creer_reprises(list(zip(lues, [seul, payeur], strict=True)), par=PAR)
    mandater(seul, iban=IBAN)
    donner_un_plan(seul, PlanDeRelance.objects.get(pk=1), par=PAR)
    ouvrir_litige(Facture.objects.get(numero="FA-2"), motif="Haie", par=PAR)
    liberer(None, par=PAR)
    relancer_la_facture(reprise(), par=PAR)
    pause = {"genre": "pause", "motif": "Décès", "jusqu_au": LUNDI + timedelta(days=31)}
    suspendre(seul, **pause, par=PAR)
    exclure_des_relances(seul, motif="Ami", par=PAR)


def lue(numero: str) -> FactureLue:
    du, regle = Decimal("100.00"), Decimal("30.00" if numero == "FA-1" else 0)
    return FactureLue(
        numero, "C9", date(2026, 9, 1), date(2026, 10, 1), "Taille", du, Decimal("20.00"),
        du + 20, regle,
    )  # fmt: skip


def test_what_the_services_do_is_what_the_rows_are(monde):
    assert ecarts() == []


@pytest.mark.parametrize("nom", CAS)
def test_a_row_changed_behind_the_journal_is_named_with_both_values(monde, nom):
    cas = CAS[nom]
    ligne = cas.ligne()

    en_cachette(ligne, cas.ordre, *cas.valeurs)

    [faute, *autres] = ecarts()
    numero = re.search(r"le journal n° (\d+)", faute)[1]
    assert cas.dit.format(n=numero) in faute
    assert len(autres) == (nom == "total of an imported invoice")
    assert "Martin" not in faute
    assert "jean" not in faute


def test_the_row_is_named_by_its_number_and_its_code(monde):
    en_cachette(client(), "UPDATE {table} SET type = 'syndic'")
    en_cachette(Litige.objects.get(), "UPDATE {table} SET motif = 'Haye'")

    noms = [faute.split(" : ")[0] for faute in ecarts()]

    assert noms == [f"Client n° {client().pk} (C9)", f"Litige n° {Litige.objects.get().pk} (FA-2)"]


def test_a_row_added_behind_the_journal_is_named(monde):
    User.objects.create_superuser("intrus@example.org", "x")
    Suspension.objects.create(
        client=client(), genre="exclusion", motif="?", debut=LUNDI, par="personne"
    )

    assert [re.sub(r"n° \d+", "n° …", faute) for faute in ecarts()] == [
        "Utilisateur n° … (intrus@example.org) : le journal ne connaît pas cette ligne",
        "Suspension n° … (C9) : le journal ne connaît pas cette ligne",
    ]


def test_a_row_that_comes_back_is_named(monde):
    inutile = Niveau.objects.get(jours=60, plan__type_client="syndic")
    supprimer_niveau(inutile, par=PAR)
    assert ecarts() == []

    Niveau.objects.bulk_create([inutile])

    [faute] = ecarts()
    assert "cette ligne est revenue, alors que le journal n° " in faute


def test_the_right_value_put_back_by_a_service_ends_it(monde):
    en_cachette(client(), "UPDATE {table} SET email = 'autre@example.org'")
    assert len(ecarts()) == 1

    modifier_client(client(), par=PAR, email="jeanne@example.org")

    assert ecarts() == []


def test_a_draft_and_what_is_chained_are_not_asked_of_the_journal(monde):
    brouillon, emise = creer_brouillon(), creer_facture()
    payer(emise, "20.00")
    Facture.objects.filter(pk=brouillon.pk).update(objet="Autre")

    assert ecarts() == []


def test_more_rows_than_can_be_told_are_told_so(monde, monkeypatch):
    monkeypatch.setattr(concordance, "NOMMEES", 2)
    Niveau.objects.update(delai_minimum=30)

    assert len(ecarts()) == 3
    assert ecarts()[-1] == "Journal : d'autres lignes, au-delà de 2"


def test_the_journal_keeps_no_name_of_imported_clients(monde):
    [lot] = Entree.objects.filter(action="client.cree", objet_nom__contains="C9")
    etat = lot.details["etats"]["clients.client"][str(client().pk)]

    assert etat["code"] == "C9"
    assert re.fullmatch(r"#[0-9a-f]{16}", etat["nom"])
    assert re.fullmatch(r"…@example\.org #[0-9a-f]{16}", etat["email"])
    assert (etat["telephone"], etat["siret"]) == ("", "")
    assert "etats" not in lot.precisions


def test_the_same_value_has_another_hash_on_another_row(monde):
    deux = [creer_client(nom="Pareil").pk for _ in range(2)]
    etats = lire_les_etats(Client(pk=pk) for pk in deux)["clients.client"]

    assert len({etat["nom"] for etat in etats.values()}) == 2
    assert Sel.objects.filter(objet_id__in=map(str, deux)).count() == 2


def test_a_salt_changed_or_lost_shows(monde):
    Sel.objects.filter(objet_type="clients.client", objet_id=str(client().pk)).delete()

    assert any("« email »" in faute for faute in ecarts())
