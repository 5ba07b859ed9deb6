"""Versions and options of a devis, its waste box, and what it cannot be finalised without."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.erreurs import Invalide
from artjardin.softdelete.services import supprimer
from facturation.models import Devis, Entreprise
from facturation.services import (
    accepter_devis,
    envoyer_devis,
    expirer_devis,
    finaliser_devis,
    modifier_devis,
    modifier_entreprise,
    refuser_devis,
    reviser_devis,
)
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    ligne,
    ligne_reduite,
)

pytestmark = pytest.mark.django_db
Statut = Devis.Statut


def expire():
    devis = creer_devis_finalise()
    expirer_devis(au=devis.valide_jusqu_au + timedelta(days=1))
    devis.refresh_from_db()
    return devis


def envoye():
    devis = creer_devis_finalise()
    envoyer_devis(devis, par=ROBOT)
    devis.refresh_from_db()
    return devis


REVISABLES = {
    "finalise": creer_devis_finalise,
    "envoye": envoye,
    "refuse": lambda: refuser_devis(creer_devis_finalise(), motif="trop cher", par=ROBOT),
    "expire": expire,
}


@pytest.mark.parametrize("depuis", REVISABLES)
def test_a_version_supersedes_the_one_before_only_once_finalised(depuis):
    ancien = REVISABLES[depuis]()
    avant = Devis.objects.values().get(pk=ancien.pk)

    revision = reviser_devis(ancien, par=ROBOT)
    assert Devis.objects.values().get(pk=ancien.pk) == avant
    nouveau = finaliser_devis(revision, par=ROBOT)

    ancien.refresh_from_db()
    assert (ancien.statut, nouveau.statut) == (Statut.REMPLACE, Statut.FINALISE)
    assert (nouveau.remplace, nouveau.version, ancien.version) == (ancien, 2, 1)
    assert nouveau.numero != ancien.numero
    assert Devis.objects.values().get(pk=ancien.pk) == avant | {"statut": "remplace"}


def test_a_version_starts_as_the_copy_of_the_one_before():
    ancien = creer_devis_finalise(
        lignes=[ligne(section="Haie"), ligne_reduite(option=True)],
        remise_taux=Decimal(5), conclusion="etablissement", duree_validite=10,
        dechets_tri="Tri fait sur place",
    )  # fmt: skip

    revision = reviser_devis(ancien, par=ROBOT)

    for champ in ("client", "objet", "remise_taux", "conclusion", "duree_validite", "dechets_tri"):
        assert getattr(revision, champ) == getattr(ancien, champ), champ
    champs = ["rang", "section", "designation", "total_ht", "taux_tva", "justification_tva",
              "option"]  # fmt: skip
    assert list(revision.lignes.values(*champs)) == list(ancien.lignes.values(*champs))
    assert (revision.statut, revision.numero, revision.total_ttc) == (
        "brouillon", None, ancien.total_ttc,
    )  # fmt: skip


def test_a_version_is_changed_before_it_is_finalised():
    revision = reviser_devis(creer_devis_finalise(), par=ROBOT)

    modifiee = modifier_devis(revision, par=ROBOT, lignes=[ligne(prix_unitaire=Decimal(90))])

    assert finaliser_devis(modifiee, par=ROBOT).total_ttc == 108


@pytest.mark.parametrize("faire", [creer_devis, creer_devis_accepte])
def test_a_draft_or_an_agreement_is_not_revised(faire):
    devis = faire()

    refuse("transition_refusee", lambda: reviser_devis(devis, par=ROBOT))


def test_a_superseded_devis_is_nothing_any_more():
    ancien = creer_devis_finalise()
    finaliser_devis(reviser_devis(ancien, par=ROBOT), par=ROBOT)

    for faire in (
        lambda: reviser_devis(ancien, par=ROBOT),
        lambda: accepter_devis(ancien, par=ROBOT),
        lambda: refuser_devis(ancien, motif="non", par=ROBOT),
        lambda: envoyer_devis(ancien, par=ROBOT),
    ):
        refuse("transition_refusee", faire)
    assert expirer_devis(au=ancien.valide_jusqu_au + timedelta(days=9)) == 1  # the new one alone


def test_only_one_version_waits():
    devis = creer_devis_finalise()
    revision = reviser_devis(devis, par=ROBOT)

    refuse("deja_revise", lambda: reviser_devis(devis, par=ROBOT))
    supprimer(revision, par=ROBOT)
    assert reviser_devis(devis, par=ROBOT).version == 2


def test_a_version_of_what_was_accepted_meanwhile_is_not_finalised():
    devis = creer_devis_finalise()
    revision = reviser_devis(devis, par=ROBOT)
    accepter_devis(devis, par=ROBOT)

    refuse("transition_refusee", lambda: finaliser_devis(revision, par=ROBOT))


def test_versions_follow_one_another():
    devis = creer_devis_finalise()

    for version in (2, 3, 4):
        devis = finaliser_devis(reviser_devis(devis, par=ROBOT), par=ROBOT)
        assert devis.version == version

    assert list(Devis.objects.order_by("pk").values_list("statut", flat=True)) == [
        "remplace", "remplace", "remplace", "finalise",
    ]  # fmt: skip


def avec_options():
    return creer_devis_finalise(
        lignes=[ligne(), ligne(option=True, prix_unitaire=Decimal(30)), ligne_reduite(option=True)]
    )


def test_options_are_not_counted_until_they_are_chosen():
    devis = avec_options()
    _, premiere, seconde = devis.lignes.all()
    assert (devis.total_ht, devis.total_ttc) == (100, 120)

    devis = accepter_devis(devis, options=[seconde.pk, premiere.pk, premiere.pk], par=ROBOT)

    assert devis.options_retenues == [2, 3]
    assert (devis.total_ht, devis.marche().ht) == (100, 230)
    assert [(une.taux, une.base) for une in devis.marche().par_taux] == [(20, 130), (10, 100)]


def test_an_unknown_option_is_refused():
    devis, ailleurs = avec_options(), avec_options()
    ferme = devis.lignes.get(option=False).pk

    for pk in (ferme, ailleurs.lignes.filter(option=True).first().pk, 0):
        erreur = refuse(
            "invalide", lambda pk=pk: accepter_devis(devis, options=[pk], par=ROBOT), Invalide
        )
        assert list(erreur.champs) == ["options"]


def test_the_reduced_rates_of_the_options_are_certified_too():
    codes = [mention["code"] for mention in avec_options().mentions]

    assert "tva_10" in codes


@pytest.mark.parametrize("nom", ["quantite", "tri", "collecte", "cout"])
def test_each_item_of_the_waste_box_is_asked(nom):
    Entreprise.objects.update(**{f"dechets_{nom}": ""})
    devis = creer_devis()

    erreur = refuse("document_incomplet", lambda: finaliser_devis(devis, par=ROBOT))
    assert list(erreur.champs) == [f"dechets_{nom}"]

    complet = modifier_devis(devis, par=ROBOT, **{f"dechets_{nom}": "Dit sur le devis"})
    assert getattr(finaliser_devis(complet, par=ROBOT), f"dechets_{nom}") == "Dit sur le devis"


def test_the_waste_box_of_the_firm_is_frozen_on_the_devis():
    devis = creer_devis_finalise()
    avant = devis.dechets_collecte

    modifier_entreprise(par=ROBOT, dechets_collecte="Ailleurs")

    devis.refresh_from_db()
    assert devis.dechets_collecte == avant == "Déchèterie des Essais, 49000 Angers"


def test_works_without_waste_say_nothing_of_it():
    modifier_entreprise(par=ROBOT, dechets_collecte="")

    devis = creer_devis_finalise(sans_dechets=True)

    assert [
        getattr(devis, f"dechets_{nom}") for nom in ("quantite", "tri", "collecte", "cout")
    ] == ([""] * 4)


def test_a_ten_year_warranty_needs_its_insurance():
    modifier_entreprise(par=ROBOT, assurance="")
    devis = creer_devis(lignes=[ligne(), ligne(decennale=True)])

    erreur = refuse("document_incomplet", lambda: finaliser_devis(devis, par=ROBOT))

    assert list(erreur.champs) == ["entreprise.assurance"]
    sans = creer_devis_finalise(lignes=[ligne()])
    assert "decennale" not in [mention["code"] for mention in sans.mentions]


def test_a_devis_in_the_future_is_refused():
    devis = creer_devis(client=creer_client())
    demain = timezone.localdate() + timedelta(days=1)

    erreur = refuse("invalide", lambda: finaliser_devis(devis, par=ROBOT, le=demain), Invalide)

    assert list(erreur.champs) == ["date"]
