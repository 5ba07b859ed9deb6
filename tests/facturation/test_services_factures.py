"""Use cases of invoices: prepared, changed, issued, sent, disputed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document
from clients.models import Client
from clients.services import modifier_client
from facturation.models import Compteur, Facture, Litige, TvaFacture
from facturation.services import (
    annuler_paiement,
    clore_litige,
    emettre_facture,
    encaisser,
    envoyer_facture,
    facturer_devis,
    modifier_entreprise,
    modifier_facture,
    ouvrir_litige,
    promettre_recapitulatif,
)
from tests.chantiers.factories import creer_chantier
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis_accepte,
    creer_facture,
    ligne,
    ligne_reduite,
    payer,
    solde,
)

pytestmark = pytest.mark.django_db


def etat():
    """What a refusal must leave alone."""
    return (
        list(Facture.tous.order_by("pk").values()),
        list(TvaFacture.objects.order_by("pk").values()),
        list(Compteur.objects.values()),
        list(Litige.objects.order_by("pk").values()),
        Entree.objects.count(),
        Document.objects.count(),
        Courriel.objects.count(),
    )


def refuse(code, travail, genre=Conflit):
    avant = etat()
    with pytest.raises(genre) as refus:
        travail()
    assert refus.value.code == code
    assert etat() == avant
    return refus.value


@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_from_accepted_devis_to_settled_invoice_and_back(auteur):
    facture = facturer_devis(creer_devis_accepte(par=auteur), par=auteur)
    facture = emettre_facture(facture, par=auteur, envoyer=True)
    assert (facture.numero, facture.statut) == ("FAC-2026-0001", "emise")

    payer(facture, "50.00", par=auteur)
    assert solde(facture) == Decimal("70.00")
    dernier = payer(facture, "70.00", par=auteur, mode="cheque")
    assert solde(facture) == 0
    assert not Facture.objects.ouvertes().exists()

    annuler_paiement(dernier, motif="chèque sans provision", par=auteur)
    assert solde(facture) == Decimal("70.00")
    actions = Entree.objects.order_by("id").filter(acteur=auteur.user)
    assert list(actions.values_list("action", flat=True)) == [
        "devis.prepare", "devis.finalise", "devis.accepte", "facture.preparee", "facture.emise",
        "facture.envoyee", "facture.encaissee", "paiement.recu", "facture.encaissee",
        "paiement.recu", "paiement.annule",
    ]  # fmt: skip


@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_issuing_numbers_freezes_and_promises_the_pdf():
    client = creer_client(delai_jours=45)
    lignes = [ligne(), ligne_reduite(quantite=Decimal(2))]

    facture = creer_facture(client=client, lignes=lignes)

    facture.refresh_from_db()
    assert (facture.statut, facture.serie, facture.numero) == ("emise", "FAC", "FAC-2026-0001")
    assert (facture.date, facture.echeance) == (date(2026, 6, 10), date(2026, 7, 25))
    assert (facture.total_ht, facture.total_tva, facture.total_ttc) == (300, 40, 340)
    assert list(facture.tva.values_list("taux", "base", "montant")) == [
        (20, 100, 20),
        (10, 200, 20),
    ]
    document = Document.objects.get()
    assert document.cle == "2026/06/facture/FAC-2026-0001.pdf"
    assert (document.objet_id, document.client_ref) == (facture.pk, client.pk)
    assert not Courriel.objects.exists()


def test_the_due_date_given_wins_over_the_terms_of_the_client():
    dans_dix_jours = timezone.localdate() + timedelta(days=10)

    assert creer_facture(echeance=dans_dix_jours).echeance == dans_dix_jours


@time_machine.travel("2026-01-31T12:00:00+01:00", tick=False)
def test_terms_at_the_end_of_the_month():
    client = creer_client(delai_jours=30, fin_de_mois=True)

    assert creer_facture(client=client).echeance == date(2026, 3, 31)


def test_snapshots_survive_changes_of_client_and_firm():
    client = creer_client(nom="Lemaire", ville="Angers")
    facture = creer_facture(client=client)
    avant = (facture.destinataire, facture.emetteur, facture.echeance)

    modifier_client(client, par=ROBOT, nom="Autre", ville="Trélazé", delai_jours=60)
    modifier_entreprise(par=ROBOT, nom="Autre nom", siret="")

    facture.refresh_from_db()
    assert (facture.destinataire, facture.emetteur, facture.echeance) == avant
    assert (avant[0]["ville"], avant[1]["nom"]) == ("Angers", "Art & Jardin")


def test_the_journal_says_who_issued_what(auteur):
    facture = creer_facture(par=auteur)

    entree = Entree.objects.get(action="facture.emise")
    assert (entree.objet_type, entree.objet_id) == ("facturation.facture", facture.pk)
    assert (entree.objet_nom, entree.acteur) == (f"Facture {facture.numero}", auteur.user)
    assert (entree.apres["numero"], entree.apres["total_ttc"]) == (facture.numero, "120.00")
    assert (entree.adresse, entree.requete) == ("192.0.2.7", "test")


def test_the_journal_is_rolled_back_with_the_change():
    brouillon = creer_brouillon()
    avant = etat()

    with transaction.atomic():
        emettre_facture(brouillon, par=ROBOT, envoyer=True)
        transaction.set_rollback(True)

    assert etat() == avant


def test_an_empty_facture_cannot_be_issued():
    brouillon = creer_brouillon(lignes=[])

    refuse("document_vide", lambda: emettre_facture(brouillon, par=ROBOT))


def test_a_facture_is_issued_once_even_with_a_stale_copy():
    brouillon = creer_brouillon()
    emettre_facture(brouillon, par=ROBOT)
    assert brouillon.statut == "brouillon"

    refuse("document_fige", lambda: emettre_facture(brouillon, par=ROBOT))
    refuse("document_fige", lambda: modifier_facture(brouillon, par=ROBOT, objet="Autre"))


def test_a_date_in_the_future_is_refused():
    brouillon = creer_brouillon()
    demain = timezone.localdate() + timedelta(days=1)

    erreur = refuse(
        "invalide", lambda: emettre_facture(brouillon, par=ROBOT, le=demain), genre=Invalide
    )

    assert list(erreur.champs) == ["date"]


def test_a_due_date_before_the_date_is_refused():
    aujourdhui = timezone.localdate()
    brouillon = creer_brouillon(echeance=aujourdhui - timedelta(days=1))

    erreur = refuse("invalide", lambda: emettre_facture(brouillon, par=ROBOT), genre=Invalide)

    assert list(erreur.champs) == ["echeance"]


def test_a_due_date_on_the_day_itself_is_allowed():
    aujourdhui = timezone.localdate()

    assert creer_facture(echeance=aujourdhui).echeance == aujourdhui


def test_the_site_of_another_client_is_refused_also_on_a_change():
    client, chantier, brouillon = creer_client(), creer_chantier(), creer_brouillon()

    refuse("invalide", lambda: creer_brouillon(client=client, chantier=chantier), genre=Invalide)
    refuse("invalide", lambda: modifier_facture(brouillon, par=ROBOT, chantier=chantier), Invalide)


def test_a_client_in_the_trash_gets_no_facture():
    client = creer_client()
    supprimer(Client.objects.get(pk=client.pk), par=ROBOT)

    refuse("client_supprime", lambda: creer_brouillon(client=client))


def test_a_draft_left_behind_by_its_client_is_not_issued():
    brouillon = creer_brouillon()
    Client.tous.update(supprime_le=timezone.now())

    refuse("client_supprime", lambda: emettre_facture(brouillon, par=ROBOT))


def test_a_draft_in_the_trash_is_worked_on_no_more():
    brouillon = creer_brouillon()
    supprimer(Facture.objects.get(pk=brouillon.pk), par=ROBOT)

    refuse("supprime", lambda: emettre_facture(brouillon, par=ROBOT))
    refuse("supprime", lambda: modifier_facture(brouillon, par=ROBOT, objet="x"))
    refuse("facture_non_emise", lambda: payer(brouillon, "1.00"))


def test_issue_and_send_promises_one_mail_with_the_pdf():
    client = creer_client(email="anne@example.org")

    facture = emettre_facture(creer_brouillon(client=client), par=ROBOT, envoyer=True)

    courriel = Courriel.objects.get()
    assert (courriel.a, courriel.type) == (["anne@example.org"], "facture")
    assert (courriel.client_ref, courriel.statut) == (client.pk, "en_attente")
    assert facture.numero in courriel.objet
    assert [piece.document.nom for piece in courriel.pieces.all()] == [f"{facture.numero}.pdf"]


def test_issue_and_send_to_a_client_without_email_issues_nothing():
    brouillon = creer_brouillon(client=creer_client(email=""))

    refuse("sans_email", lambda: emettre_facture(brouillon, par=ROBOT, envoyer=True))


def test_a_draft_is_not_sent():
    brouillon = creer_brouillon()

    refuse("pas_de_document", lambda: envoyer_facture(brouillon, par=ROBOT))


def test_an_issued_facture_is_sent_again_to_the_present_address():
    facture = creer_facture(client=creer_client(email="avant@example.org"))
    modifier_client(facture.client, par=ROBOT, email="apres@example.org")

    courriel = envoyer_facture(facture, par=ROBOT)

    assert courriel.a == ["apres@example.org"]
    assert Facture.objects.get().destinataire["email"] == "avant@example.org"


def test_a_dispute_is_opened_once_and_closed_once():
    facture = creer_facture()

    litige = ouvrir_litige(facture, motif="haie abîmée", par=ROBOT)

    assert (litige.motif, litige.ouvert_par, litige.clos_le) == (
        "haie abîmée", ROBOT.nom, None,
    )  # fmt: skip
    assert list(Facture.objects.en_litige()) == [facture]
    refuse("litige_ouvert", lambda: ouvrir_litige(facture, motif="encore", par=ROBOT))
    assert clore_litige(facture, par=ROBOT).clos_par == ROBOT.nom
    refuse("sans_litige", lambda: clore_litige(facture, par=ROBOT))
    assert not Facture.objects.en_litige().exists()
    assert ouvrir_litige(facture, motif="à nouveau", par=ROBOT).pk != litige.pk


def test_a_draft_is_not_disputed():
    brouillon = creer_brouillon()

    refuse("transition_refusee", lambda: ouvrir_litige(brouillon, motif="x", par=ROBOT))


def test_a_client_who_owes_money_does_not_go_to_the_trash():
    facture = creer_facture()

    refuse("suppression_refusee", lambda: supprimer(facture.client, par=ROBOT))
    payer(facture, "120.00")
    supprimer(facture.client, par=ROBOT)

    facture = Facture.objects.get()
    assert facture.client.supprime_le is not None
    assert facture.destinataire["nom"] == facture.client.nom_complet


def test_a_summary_is_one_per_day_and_balance():
    facture, jour = creer_facture(), timezone.localdate()

    premier = promettre_recapitulatif(facture, le=jour)
    assert promettre_recapitulatif(facture, le=jour) == premier
    encaisser(facture, montant=Decimal(20), mode="carte", le=jour, par=ROBOT)
    second = promettre_recapitulatif(facture, le=jour)

    assert second != premier
    assert (premier.contexte["total"], second.contexte["total"]) == ("120.00", "100.00")
