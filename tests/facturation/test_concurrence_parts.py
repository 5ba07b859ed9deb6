"""Two at once on one devis, one invoice, one payment: one wins, nothing is counted twice."""

from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.softdelete.services import supprimer
from facturation.controle import controler
from facturation.models import Devis, Facture, Imputation, Paiement
from facturation.services import (
    accepter_devis,
    annuler_paiement,
    emettre_facture,
    faire_un_avoir,
    finaliser_devis,
    imputer,
    recevoir_paiement,
    rembourser,
    reviser_devis,
)
from tests.artjardin.serveurs import en_parallele
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    facturer,
    facturer_et_emettre,
    ligne,
    payer,
    solde,
)
from tests.facturation.test_concurrence import un_seul_gagne

pytestmark = pytest.mark.usefixtures("base_partagee")
MOITIE = Decimal(60)


def recu(client, montant="100.00"):
    return recevoir_paiement(
        client, montant=Decimal(montant), mode="virement", le=timezone.localdate(), par=ROBOT
    )


def test_one_deposit_waits_for_a_devis():
    devis = creer_devis_accepte()

    un_seul_gagne(
        *[lambda: facturer(devis, type="acompte", pourcentage=MOITIE)] * 3,
        code="devis_deja_facture",
    )

    assert Facture.objects.get().total_ttc == 72


def test_two_deposits_at_once_do_not_exceed_the_devis():
    devis = creer_devis_accepte()

    un_seul_gagne(
        *[lambda: facturer_et_emettre(devis, type="acompte", pourcentage=MOITIE)] * 2,
        code="devis_deja_facture",
    )

    assert Facture.objects.emises().get().total_ttc == 72


def test_the_same_part_is_issued_once():
    brouillon = facturer(creer_devis_accepte(), type="acompte", pourcentage=MOITIE)

    un_seul_gagne(*[lambda: emettre_facture(brouillon, par=ROBOT)] * 3, code="document_fige")


def test_one_credit_note_waits_for_an_invoice():
    facture = creer_facture()

    un_seul_gagne(
        *[lambda: faire_un_avoir(facture, motif="x", par=ROBOT)] * 3, code="avoir_en_brouillon"
    )


def test_two_credit_notes_of_the_whole():
    facture = creer_facture()

    resultats = en_parallele(*[lambda: crediter(facture)] * 3)

    refus = {r.code for r in resultats if isinstance(r, Conflit)}
    assert refus <= {"avoir_en_brouillon", "avoir_trop_grand"}
    assert [r.total_ttc for r in resultats if isinstance(r, Facture)] == [120]
    assert solde(facture) == 0


def test_two_payments_of_the_whole():
    facture = creer_facture()

    un_seul_gagne(*[lambda: payer(facture, "120.00")] * 3, code="trop_percu")

    assert (solde(facture), Paiement.objects.count()) == (0, 1)


def test_a_credit_note_and_a_payment_leave_credit_not_a_negative_balance():
    facture = creer_facture()
    avoir = faire_un_avoir(facture, motif="x", par=ROBOT)

    resultats = en_parallele(
        lambda: emettre_facture(avoir, par=ROBOT), lambda: payer(facture, "120.00")
    )

    refus = [r.code for r in resultats if isinstance(r, Exception)]
    assert refus in ([], ["trop_percu"])
    assert solde(facture) == 0
    assert all(p.credit == p.montant for p in Paiement.objects.avec_credit())


def test_the_same_credit_is_used_once():
    client = creer_client()
    paiement = recu(client)
    factures = [creer_facture(client=client) for _ in range(3)]

    un_seul_gagne(
        *[lambda f=f: imputer(paiement, f, montant=Decimal(100), par=ROBOT) for f in factures],
        code="credit_insuffisant",
    )

    assert Imputation.objects.get().montant == 100


def test_credit_is_not_both_used_and_given_back():
    client = creer_client()
    paiement, facture = recu(client), creer_facture(client=client)
    virement = {"mode": "virement", "le": timezone.localdate(), "motif": "x", "par": ROBOT}

    un_seul_gagne(
        lambda: imputer(paiement, facture, montant=Decimal(100), par=ROBOT),
        lambda: rembourser(paiement, montant=Decimal(100), **virement),
        lambda: rembourser(paiement, montant=Decimal(100), **virement),
        code="credit_insuffisant",
    )

    assert Paiement.objects.avec_credit().get(pk=paiement.pk).credit == 0


def test_a_payment_is_not_both_cancelled_and_given_back():
    paiement = recu(creer_client())
    jour = timezone.localdate()

    resultats = en_parallele(
        lambda: annuler_paiement(paiement, motif="x", par=ROBOT),
        lambda: rembourser(
            paiement, montant=Decimal(100), mode="virement", le=jour, motif="x", par=ROBOT
        ),
    )

    codes = {r.code for r in resultats if isinstance(r, Conflit)}
    assert codes in ({"deja_rembourse"}, {"credit_insuffisant"})
    assert sum(p.montant for p in Paiement.objects.all()) == 0


def test_the_same_revision_is_finalised_once():
    revision = reviser_devis(creer_devis_finalise(), par=ROBOT)

    un_seul_gagne(*[lambda: finaliser_devis(revision, par=ROBOT)] * 3, code="document_fige")

    assert list(Devis.objects.order_by("pk").values_list("statut", flat=True)) == [
        "remplace", "finalise",
    ]  # fmt: skip


def test_one_revision_waits():
    devis = creer_devis_finalise()

    un_seul_gagne(*[lambda: reviser_devis(devis, par=ROBOT)] * 3, code="deja_revise")


def test_a_devis_is_not_both_accepted_and_superseded():
    devis = creer_devis_finalise()
    revision = reviser_devis(devis, par=ROBOT)

    un_seul_gagne(
        lambda: accepter_devis(devis, par=ROBOT),
        lambda: finaliser_devis(revision, par=ROBOT),
        code="transition_refusee",
    )


def test_everything_at_once_leaves_the_chain_whole():
    lots = [creer_devis_accepte(lignes=[ligne(), ligne()]) for _ in range(3)]

    def vivre(devis):
        acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
        payer(acompte, "40.00")
        emettre_facture(faire_un_avoir(acompte, motif="x", par=ROBOT), par=ROBOT)
        return facturer_et_emettre(devis)

    resultats = en_parallele(*[lambda d=d: vivre(d) for d in lots])

    assert [r.total_ttc for r in resultats] == [240] * 3
    assert controler().anomalies == []


def test_a_revision_and_the_deletion_of_its_client_do_not_wait_in_a_circle():
    """Both take the client's row first."""
    for _ in range(6):
        client = creer_client()
        devis = creer_devis_finalise(client=client)

        resultats = en_parallele(
            lambda devis=devis: reviser_devis(devis, par=ROBOT),
            lambda client=client: supprimer(client, par=ROBOT),
        )

        refus = [r for r in resultats if isinstance(r, Exception)]
        assert all(isinstance(r, Conflit) for r in refus), refus


def test_the_check_reads_one_instant_while_others_issue():
    brouillons = [creer_brouillon() for _ in range(12)]

    def emettre():
        for brouillon in brouillons:
            emettre_facture(brouillon, par=ROBOT)

    bilans = en_parallele(emettre, *[lambda: [controler().anomalies for _ in range(4)]] * 2)

    assert bilans[1:] == [[[]] * 4] * 2
    assert controler().anomalies == []
