"""Deposits, situations and solde of an accepted devis: what is asked, and what is refused."""

from decimal import Decimal

import pytest

from artjardin.erreurs import Invalide
from artjardin.softdelete.services import restaurer, supprimer
from facturation.models import Facture
from facturation.services import (
    accepter_devis,
    emettre_facture,
    modifier_facture,
    refuser_devis,
    reste_a_facturer,
)
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    facturer,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
)

pytestmark = pytest.mark.django_db
DEUX_TAUX = [ligne(prix_unitaire=Decimal(600)), ligne_reduite(prix_unitaire=Decimal(400))]
CENT_POUR_CENT = Decimal(100)


def deux_lignes():
    devis = creer_devis_accepte(lignes=[ligne(), ligne(prix_unitaire=Decimal(300))])
    return devis, *[une.pk for une in devis.lignes.all()]


def test_a_deposit_takes_its_percentage_of_each_rate():
    devis = creer_devis_accepte(lignes=DEUX_TAUX)

    acompte = facturer(devis, type="acompte", pourcentage=Decimal(30))

    assert (acompte.type, acompte.devis, acompte.statut) == ("acompte", devis, "brouillon")
    assert list(acompte.lignes.values_list("taux_tva", "total_ht", "quantite", "unite")) == [
        (20, 180, 1, "forfait"),
        (10, 120, 1, "forfait"),
    ]
    assert acompte.total_ttc == Decimal("348.00")
    designation = acompte.lignes.first().designation
    assert designation == (
        f"Acompte de 30\N{NO-BREAK SPACE}% sur le devis {devis.numero} du {devis.date:%d/%m/%Y}"
    )


@pytest.mark.parametrize("montant", ["500.00", "1.00", "333.33", "1160.00"])
def test_a_deposit_is_the_round_sum_asked_for(montant):
    devis = creer_devis_accepte(lignes=DEUX_TAUX)

    acompte = facturer(devis, type="acompte", montant=Decimal(montant))

    assert abs(acompte.total_ttc - Decimal(montant)) <= Decimal("0.01")


def test_a_deposit_keeps_the_reason_of_a_reduced_rate_certified_on_the_devis():
    devis = creer_devis_accepte(lignes=DEUX_TAUX)

    acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))

    reduite = acompte.lignes.get(taux_tva=10)
    assert reduite.justification_tva == ligne_reduite()["justification_tva"]
    assert "tva_10" in [mention["code"] for mention in devis.mentions]
    assert "tva_10" not in [mention["code"] for mention in acompte.mentions]


@pytest.mark.parametrize("genre", ["acompte", "situation"])
def test_an_impossible_percentage_is_refused(genre):
    devis = creer_devis_accepte()

    for voulu in (None, Decimal(0), Decimal(-1), Decimal("100.01"), Decimal(101)):
        erreur = refuse(
            "invalide", lambda v=voulu: facturer(devis, type=genre, pourcentage=v), genre=Invalide
        )
        assert list(erreur.champs) == ["pourcentage"]


@pytest.mark.parametrize("genre", ["acompte", "situation"])
def test_a_hundred_percent_is_the_whole(genre):
    devis = creer_devis_accepte(lignes=DEUX_TAUX)

    assert facturer(devis, type=genre, pourcentage=CENT_POUR_CENT).total_ttc == devis.total_ttc


def test_a_deposit_beyond_what_is_left_is_refused():
    devis = creer_devis_accepte()
    facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(60))

    for demande in ({"pourcentage": Decimal(41)}, {"montant": Decimal("48.02")}):
        refuse("devis_deja_facture", lambda d=demande: facturer(devis, type="acompte", **d))

    assert facturer(devis, type="acompte", pourcentage=Decimal(40)).total_ttc == 48


def test_a_deposit_too_small_to_have_a_cent_is_refused():
    devis = creer_devis_accepte(lignes=[ligne(prix_unitaire=Decimal("0.10"))])

    refuse("rien_a_facturer", lambda: facturer(devis, type="acompte", pourcentage=Decimal("0.01")))


def test_a_situation_bills_the_progress_of_each_line():
    devis, haie, mur = deux_lignes()

    premiere = facturer_et_emettre(
        devis, type="situation", avancement={haie: Decimal(50), mur: Decimal(10)}
    )
    seconde = facturer(devis, type="situation", avancement={haie: CENT_POUR_CENT, mur: Decimal(30)})

    champs = ["ligne_devis", "avancement", "total_ht"]
    assert list(premiere.lignes.values_list(*champs)) == [(haie, 50, 50), (mur, 10, 30)]
    assert list(seconde.lignes.values_list(*champs)) == [(haie, 100, 50), (mur, 30, 60)]


def test_a_line_that_is_not_named_does_not_progress():
    devis, haie, _ = deux_lignes()

    situation = facturer(devis, type="situation", avancement={haie: Decimal(25)})

    assert situation.lignes.get().ligne_devis_id == haie


def test_the_discount_of_the_devis_follows_the_progress():
    devis = creer_devis_accepte(
        lignes=[ligne(), ligne(prix_unitaire=Decimal(300))], remise_montant=Decimal(40)
    )

    situation = facturer(devis, type="situation", pourcentage=Decimal(50))

    assert list(situation.lignes.values_list("total_ht", flat=True)) == [45, 135]
    assert (situation.remise_montant, situation.total_ht) == (0, 180)


def test_a_progress_that_goes_back_is_refused():
    devis, haie, mur = deux_lignes()
    facturer_et_emettre(devis, type="situation", pourcentage=Decimal(50))

    erreur = refuse(
        "invalide",
        lambda: facturer(devis, type="situation", avancement={haie: Decimal(60), mur: Decimal(40)}),
        Invalide,
    )

    assert list(erreur.champs) == [f"avancement.{mur}"]


def test_an_impossible_progress_of_a_line_is_refused():
    devis, haie, _ = deux_lignes()

    for pourcentage in (Decimal(0), Decimal(101), Decimal(-5)):
        erreur = refuse(
            "invalide",
            lambda p=pourcentage: facturer(devis, type="situation", avancement={haie: p}),
            Invalide,
        )
        assert list(erreur.champs) == ["avancement"]


def test_the_line_of_another_devis_and_an_option_not_chosen_are_unknown():
    _, ailleurs, _ = deux_lignes()
    devis = creer_devis_accepte(lignes=[ligne(), ligne(option=True)])
    option = devis.lignes.get(option=True).pk

    for pk in (ailleurs, option, 999_999):
        erreur = refuse(
            "invalide",
            lambda pk=pk: facturer(devis, type="situation", avancement={pk: Decimal(10)}),
            Invalide,
        )
        assert list(erreur.champs) == ["avancement"]


def test_a_situation_without_progress_is_refused():
    devis, *_ = deux_lignes()
    facturer_et_emettre(devis, type="situation", pourcentage=Decimal(50))

    refuse("rien_a_facturer", lambda: facturer(devis, type="situation", pourcentage=Decimal(50)))
    refuse("rien_a_facturer", lambda: facturer(devis, type="situation", avancement={}))


def test_a_line_that_stays_where_it_was_neither_goes_back_nor_is_billed_again():
    devis = creer_devis_accepte(lignes=[ligne(prix_unitaire=Decimal("100.02")), ligne_reduite()])
    fixe, avance = devis.lignes.all()
    facturer_et_emettre(devis, type="situation", avancement={fixe.pk: Decimal("33.33")})

    suite = facturer(
        devis,
        type="situation",
        avancement={fixe.pk: Decimal("33.33"), avance.pk: Decimal(50)},
    )

    assert suite.lignes.get().ligne_devis_id == avance.pk


def test_a_solde_deducts_every_earlier_part_by_rate():
    devis = creer_devis_accepte(lignes=DEUX_TAUX)
    acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
    situation = facturer_et_emettre(devis, type="situation", pourcentage=Decimal(50))

    solde = facturer_et_emettre(devis, type="solde")

    deductions = solde.lignes.filter(deduit__isnull=False)
    assert list(deductions.values_list("deduit", "taux_tva", "quantite", "total_ht")) == [
        (acompte.pk, 20, -1, -180),
        (acompte.pk, 10, -1, -120),
        (situation.pk, 20, -1, -300),
        (situation.pk, 10, -1, -200),
    ]
    assert [une["numero"] for une in solde.references] == [acompte.numero, situation.numero]
    assert (solde.total_ht, solde.total_tva, solde.total_ttc) == (200, 32, 232)
    assert all(une.base == une.montant == 0 for une in reste_a_facturer(devis).values())


def test_a_second_part_waits_until_the_first_draft_is_issued():
    devis = creer_devis_accepte()
    premier = facturer(devis, type="acompte", pourcentage=Decimal(30))

    for genre in ("acompte", "situation", "solde", "facture", ""):
        refuse(
            "devis_deja_facture",
            lambda g=genre: facturer(devis, type=g, pourcentage=Decimal(10)),
        )

    emettre_facture(premier, par=ROBOT)
    assert facturer(devis).type == "solde"


def test_after_a_part_the_whole_is_refused_and_after_the_solde_everything():
    devis = creer_devis_accepte()
    facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
    refuse("devis_deja_facture", lambda: facturer(devis, type="facture"))
    facturer_et_emettre(devis)

    for genre in ("acompte", "situation", "solde", "facture", ""):
        refuse(
            "devis_deja_facture",
            lambda g=genre: facturer(devis, type=g, pourcentage=Decimal(10)),
        )


def test_a_devis_wholly_invoiced_at_once_is_not_invoiced_again():
    devis = creer_devis_accepte()
    facturer_et_emettre(devis)

    for genre in ("acompte", "situation", "solde", "facture", ""):
        refuse(
            "devis_deja_facture",
            lambda g=genre: facturer(devis, type=g, pourcentage=Decimal(10)),
        )


@pytest.mark.parametrize("genre", ["acompte", "situation", "solde", "facture"])
def test_only_an_accepted_devis_is_invoiced_by_parts(genre):
    refuse_ = refuser_devis(creer_devis_finalise(), motif="trop cher", par=ROBOT)

    for devis in (creer_devis(), creer_devis_finalise(), refuse_):
        refuse(
            "devis_non_accepte",
            lambda d=devis: facturer(d, type=genre, pourcentage=Decimal(10)),
        )


def test_two_moities_of_an_odd_sum_are_the_whole():
    devis = creer_devis_accepte(lignes=[ligne(prix_unitaire=Decimal("100.01"))])

    moities = [
        facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(50)) for _ in range(2)
    ]

    assert [moitie.total_ht for moitie in moities] == [Decimal("50.01"), Decimal("50.00")]
    assert sum(moitie.total_ttc for moitie in moities) == devis.total_ttc


def test_a_part_undone_by_its_credit_note_is_invoiced_again():
    devis = creer_devis_accepte()
    crediter(facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30)))

    tout = facturer_et_emettre(devis)

    assert (tout.type, tout.total_ttc) == ("facture", 120)


def test_a_situation_undone_by_its_credit_note_progresses_again():
    devis, haie, _ = deux_lignes()
    crediter(facturer_et_emettre(devis, type="situation", avancement={haie: Decimal(50)}))

    situation = facturer_et_emettre(devis, type="situation", avancement={haie: Decimal(20)})

    assert situation.total_ht == 20


def test_a_situation_undone_in_two_steps_progresses_again():
    devis, haie, _ = deux_lignes()
    situation = facturer_et_emettre(devis, type="situation", avancement={haie: Decimal(50)})
    crediter(situation, lignes=[ligne(prix_unitaire=Decimal(10))])
    crediter(situation)

    reprise = facturer_et_emettre(devis, type="situation", avancement={haie: Decimal(50)})

    assert reprise.total_ht == 50


def test_a_solde_follows_what_a_credit_note_took_from_a_part():
    devis = creer_devis_accepte()
    acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(50))
    crediter(acompte, lignes=[ligne(prix_unitaire=Decimal(20))])

    solde = facturer_et_emettre(devis)

    assert list(solde.lignes.values_list("total_ht", flat=True)) == [100, -30]
    assert solde.total_ht == 70


def test_a_draft_solde_made_before_a_credit_note_is_not_issued():
    devis = creer_devis_accepte()
    acompte = facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(50))
    solde = facturer(devis)
    crediter(acompte)

    refuse("devis_deja_facture", lambda: emettre_facture(solde, par=ROBOT))


@pytest.mark.parametrize("autre", ["acompte", "facture"])
def test_a_draft_back_from_the_trash_does_not_invoice_twice(autre):
    devis = creer_devis_accepte()
    revenu = facturer(devis)
    supprimer(revenu, par=ROBOT)
    facturer_et_emettre(devis, type=autre, pourcentage=Decimal(30))

    restaurer(Facture.tous.get(pk=revenu.pk), par=ROBOT)

    refuse("devis_deja_facture", lambda: emettre_facture(revenu, par=ROBOT))


FIGURES = [
    {"lignes": [ligne(prix_unitaire=Decimal(1))]},
    {"lignes": []},
    {"remise_taux": Decimal(5)},
    {"remise_montant": Decimal(5)},
    {"exoneration": "franchise"},
]


@pytest.mark.parametrize("genre", ["acompte", "situation", "solde"])
def test_the_figures_of_a_part_are_those_of_the_devis(genre):
    brouillon = facturer(creer_devis_accepte(), type=genre, pourcentage=Decimal(30))

    for champs in FIGURES:
        erreur = refuse(
            "facture_derivee",
            lambda c=champs: modifier_facture(brouillon, par=ROBOT, **c),
        )
        assert list(erreur.champs) == list(champs)


def test_what_is_not_a_figure_changes_on_a_part():
    brouillon = facturer(creer_devis_accepte(), type="acompte", pourcentage=Decimal(30))

    modifiee = modifier_facture(
        brouillon, par=ROBOT, objet="Acompte à la commande", reference_client="BC 12",
        remise_montant=Decimal(0),
    )  # fmt: skip

    assert (modifiee.objet, modifiee.reference_client) == ("Acompte à la commande", "BC 12")
    assert modifiee.total_ttc == 36


def test_chosen_options_are_invoiced_and_the_others_not():
    devis = creer_devis_finalise(
        lignes=[ligne(), ligne(option=True, prix_unitaire=Decimal(50)), ligne(option=True)]
    )
    choisie = devis.lignes.filter(option=True).first()
    assert devis.total_ht == 100
    devis = accepter_devis(devis, options=[choisie.pk], par=ROBOT)

    facture = facturer_et_emettre(devis)

    assert list(facture.lignes.values_list("total_ht", flat=True)) == [100, 50]
    assert facture.total_ht == devis.marche().ht == 150
