"""Two at once, in real threads: one wins, the other is told (G1, G2, G12)."""

from datetime import date
from decimal import Decimal
from threading import Event, Thread

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from artjardin.accounts.models import Role
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document
from clients.models import Client
from facturation.models import Devis, Facture, Imputation, Litige, Paiement, Prestation
from facturation.services import (
    accepter_devis,
    annuler_paiement,
    clore_litige,
    emettre_facture,
    enregistrer_prestation,
    expirer_devis,
    facturer_devis,
    finaliser_devis,
    modifier_devis,
    modifier_facture,
    ouvrir_litige,
    refuser_devis,
)
from tests.artjardin.serveurs import en_parallele
from tests.chantiers.factories import creer_chantier, creer_employe
from tests.clients.factories import creer_client
from tests.clients.fils import pendant
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    ligne,
    payer,
    solde,
)

partagee = pytest.mark.usefixtures("base_partagee")


def un_seul_gagne(*travaux, code):
    """Exactly one result, every other a Conflit with this code; returns the winner's."""
    resultats = en_parallele(*travaux)
    refus = [r for r in resultats if isinstance(r, Exception)]
    assert [(type(r), getattr(r, "code", r)) for r in refus] == [(Conflit, code)] * len(refus)
    gagnants = [r for r in resultats if not isinstance(r, Exception)]
    assert len(gagnants) == 1
    return gagnants[0]


@partagee
def test_the_same_draft_is_issued_once():
    brouillon = creer_brouillon()

    un_seul_gagne(*[lambda: emettre_facture(brouillon, par=ROBOT)] * 4, code="document_fige")

    assert Facture.objects.get().numero.endswith("-0001")
    assert Document.objects.count() == 1
    assert Entree.objects.filter(action="facture.emise").count() == 1


@partagee
def test_the_same_devis_is_finalised_once():
    devis = creer_devis()

    un_seul_gagne(*[lambda: finaliser_devis(devis, par=ROBOT)] * 3, code="document_fige")

    assert Devis.objects.get().numero.endswith("-0001")


@partagee
def test_the_same_balance_is_paid_once():
    facture = creer_facture()

    un_seul_gagne(*[lambda: payer(facture, "120.00")] * 4, code="trop_percu")

    assert (Paiement.objects.count(), solde(facture)) == (1, 0)


@partagee
def test_partial_payments_at_once_never_exceed_the_balance():
    facture = creer_facture()

    resultats = en_parallele(*[lambda: payer(facture, "50.00")] * 4)

    assert sum(isinstance(r, Paiement) for r in resultats) == 2
    assert solde(facture) == Decimal("20.00")


@partagee
def test_the_same_payment_is_cancelled_once():
    facture = creer_facture()
    paiement = payer(facture, "120.00")

    un_seul_gagne(
        *[lambda: annuler_paiement(paiement, motif="erreur", par=ROBOT)] * 3, code="deja_annule"
    )

    assert (Imputation.objects.count(), solde(facture)) == (2, Decimal("120.00"))


@partagee
def test_a_devis_is_accepted_or_refused():
    devis = creer_devis_finalise()

    gagnant = un_seul_gagne(
        lambda: accepter_devis(devis, par=ROBOT),
        lambda: refuser_devis(devis, motif="non", par=ROBOT),
        code="transition_refusee",
    )

    devis.refresh_from_db()
    assert devis.statut == gagnant.statut
    decisions = Entree.objects.filter(action__in=["devis.accepte", "devis.refuse"])
    assert decisions.get().action == f"devis.{gagnant.statut}"


@partagee
def test_the_same_devis_is_billed_once():
    devis = creer_devis_accepte()

    un_seul_gagne(*[lambda: facturer_devis(devis, par=ROBOT)] * 3, code="devis_deja_facture")

    assert Facture.objects.get().devis == devis


@partagee
def test_a_dispute_is_opened_and_closed_once():
    facture = creer_facture()

    un_seul_gagne(*[lambda: ouvrir_litige(facture, motif="x", par=ROBOT)] * 3, code="litige_ouvert")
    un_seul_gagne(*[lambda: clore_litige(facture, par=ROBOT)] * 3, code="sans_litige")

    assert Litige.objects.get().clos_par == ROBOT.nom


@partagee
def test_a_change_that_waits_for_the_issue_is_refused():
    brouillon = creer_brouillon()
    verrouille, reprendre, resultat = Event(), Event(), []

    def modifier():
        verrouille.wait(10)
        try:
            modifier_facture(brouillon, par=ROBOT, lignes=[ligne(prix_unitaire=Decimal(1))])
        except Conflit as refus:
            resultat.append(refus.code)
        finally:
            connections.close_all()
            reprendre.set()

    fil = Thread(target=modifier)
    fil.start()
    with transaction.atomic():
        emettre_facture(brouillon, par=ROBOT)
        verrouille.set()
        assert not reprendre.wait(0.3)  # it waits for our lock
    fil.join(10)

    assert resultat == ["document_fige"]
    assert Facture.objects.get().total_ttc == 120
    assert Facture.objects.get().lignes.get().prix_unitaire == 100


@partagee
def test_lines_and_totals_agree_when_issue_and_changes_cross():
    brouillon = creer_brouillon()

    def changer(prix):
        modifier_facture(brouillon, par=ROBOT, lignes=[ligne(prix_unitaire=Decimal(prix))] * 3)

    resultats = en_parallele(
        lambda: changer(10),
        lambda: emettre_facture(brouillon, par=ROBOT),
        lambda: changer(20),
        lambda: emettre_facture(brouillon, par=ROBOT),
    )

    assert {r.code for r in resultats if isinstance(r, Exception)} == {"document_fige"}
    facture = Facture.objects.get()
    assert facture.statut == "emise"
    assert facture.total_ht == sum(li.total_ht for li in facture.lignes.all())
    assert facture.total_ht == facture.tva.get().base


@partagee
def test_a_draft_never_hangs_below_a_client_in_the_trash():
    client = creer_client()

    resultats = en_parallele(
        lambda: creer_brouillon(client=client),
        lambda: supprimer(Client.objects.get(pk=client.pk), par=ROBOT),
    )

    codes = [r.code for r in resultats if isinstance(r, Exception)]
    assert codes in ([], ["client_supprime"])
    assert not Facture.objects.filter(client__supprime_le__isnull=False).exists()


@partagee
@pytest.mark.parametrize("partie", ["client", "chantier"])
@pytest.mark.parametrize(
    ("creer", "modifier"), [(creer_brouillon, modifier_facture), (creer_devis, modifier_devis)]
)
def test_a_draft_does_not_move_below_what_leaves_for_the_trash(creer, modifier, partie):
    chantier = creer_chantier()
    document = creer(client=chantier.client if partie == "chantier" else None)
    nouveau = {"client": creer_client(), "chantier": chantier}[partie]

    _, refus = pendant(
        lambda: supprimer(type(nouveau).objects.get(pk=nouveau.pk), par=ROBOT),
        lambda: modifier(document, par=ROBOT, **{partie: nouveau}),
    )

    assert isinstance(refus, Conflit), refus
    assert refus.code == f"{partie}_supprime"
    assert getattr(type(document).objects.get(), f"{partie}_id") != nouveau.pk


@partagee
def test_two_changes_of_a_prestation_are_both_kept(connecter):
    prestation = Prestation.objects.get(code="TONTE")
    lieu = f"/api/v1/prestations/{prestation.pk}/"
    http = connecter(creer_employe(role=Role.PATRON))

    def rencherir():
        prestation.prix_unitaire = Decimal(9)
        return enregistrer_prestation(prestation, par=ROBOT, champs=["prix_unitaire"])

    _, reponse = pendant(rencherir, lambda: http.patch(lieu, {"active": False}))

    assert (reponse.status_code, reponse.json()["prix_unitaire"]) == (200, "9.000000")
    prestation.refresh_from_db()
    assert (prestation.prix_unitaire, prestation.active) == (9, False)
    derniere = Entree.objects.filter(action="prestation.modifiee").first()
    assert derniere.avant["prix_unitaire"] == derniere.apres["prix_unitaire"] == "9.000000"
    assert (derniere.avant["active"], derniere.apres["active"]) == (True, False)


@partagee
def test_a_devis_decided_meanwhile_does_not_keep_the_others_from_expiring():
    autre, decide = (creer_devis_finalise(le=date(2026, 1, 1)) for _ in range(2))

    _, expires = pendant(
        lambda: refuser_devis(decide, motif="non", par=ROBOT),
        lambda: expirer_devis(au=date(2026, 7, 1)),
    )

    assert expires == 1
    assert [Devis.objects.get(pk=d.pk).statut for d in (autre, decide)] == ["expire", "refuse"]


@partagee
def test_payment_and_cancellation_at_once_keep_the_balance_right():
    facture = creer_facture()
    premier = payer(facture, "100.00")

    resultats = en_parallele(
        lambda: annuler_paiement(premier, motif="erreur", par=ROBOT),
        lambda: payer(facture, "120.00"),
        lambda: payer(facture, "20.00"),
    )

    entres = [r.montant for r in resultats if isinstance(r, Paiement)]
    assert solde(facture) == Decimal("20.00") - sum(entres)
    assert 0 <= solde(facture) <= 120


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("creer", "faire"),
    [
        (creer_brouillon, lambda o: emettre_facture(o, par=ROBOT)),
        (creer_brouillon, lambda o: modifier_facture(o, par=ROBOT, objet="autre")),
        (creer_facture, lambda o: payer(o, "1.00")),
        (creer_facture, lambda o: ouvrir_litige(o, motif="x", par=ROBOT)),
        (creer_devis, lambda o: finaliser_devis(o, par=ROBOT)),
        (creer_devis_finalise, lambda o: accepter_devis(o, par=ROBOT)),
        (creer_devis_accepte, lambda o: facturer_devis(o, par=ROBOT)),
    ],
)
def test_a_use_case_begins_by_locking_the_row_it_changes(creer, faire):
    objet = creer()

    with CaptureQueriesContext(connection) as requetes:
        faire(objet)

    depuis = f'FROM "{objet._meta.db_table}"'
    premiere = next(r["sql"] for r in requetes.captured_queries if depuis in r["sql"])
    assert "FOR NO KEY UPDATE" in premiere
