"""The two state machines, cell by cell, and what the database itself refuses."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from django.db import IntegrityError, transaction

from artjardin.erreurs import Conflit
from chantiers.models import Chantier, Intervention
from tests.chantiers.factories import LUNDI_8H, creer_employe, creer_intervention

C, I = Chantier.Statut, Intervention.Statut  # noqa: E741
AVANCE = [C.LEAD, C.VISITE_PLANIFIEE, C.DEVIS_ENVOYE, C.ACCEPTE, C.PLANIFIE, C.EN_COURS, C.TERMINE,
          C.FACTURE]  # fmt: skip
PERMIS_CHANTIER = {*pairwise(AVANCE), *((etat, C.ANNULE) for etat in AVANCE)}
PERMIS_INTERVENTION = {
    (I.PLANIFIEE, I.EN_COURS): "demarrer",
    (I.EN_COURS, I.TERMINEE): "arreter",
    (I.TERMINEE, I.VALIDEE): "valider",
    (I.PLANIFIEE, I.ANNULEE): "annuler",
}
VERBES = {
    "demarrer": lambda i: i.demarrer(a=LUNDI_8H),
    "arreter": lambda i: i.arreter(a=LUNDI_8H + timedelta(hours=1)),
    "valider": lambda i: i.valider(par=None),
    "annuler": lambda i: i.annuler(),
}


@pytest.mark.parametrize(("de", "vers"), list(product(C, C)))
def test_the_pipeline_of_a_site(de, vers):
    chantier = Chantier(statut=de)

    if (de, vers) in PERMIS_CHANTIER:
        chantier.passer(vers)
        assert chantier.statut == vers
    else:
        with pytest.raises(Conflit) as refus:
            chantier.passer(vers)
        assert (chantier.statut, refus.value.code) == (de, "transition_refusee")


@pytest.mark.parametrize(("de", "verbe"), list(product(I, VERBES)))
def test_the_life_of_an_intervention(de, verbe):
    intervention = Intervention(statut=de, debut=LUNDI_8H)
    vers = {avant: apres for (avant, apres), v in PERMIS_INTERVENTION.items() if v == verbe}

    if de in vers:
        VERBES[verbe](intervention)
        assert intervention.statut == vers[de]
    else:
        with pytest.raises(Conflit):
            VERBES[verbe](intervention)
        assert (intervention.statut, intervention.fin) == (de, None)


@pytest.mark.parametrize("minutes", [-1, 0])
def test_a_clock_that_went_back_does_not_stop_an_intervention(minutes):
    intervention = Intervention(statut=I.EN_COURS, debut=LUNDI_8H)

    with pytest.raises(Conflit, match="suivre"):
        intervention.arreter(a=LUNDI_8H + timedelta(minutes=minutes))


@pytest.mark.django_db
class TestBase:
    def test_two_plans_may_touch_but_not_overlap(self):
        employe = creer_employe()
        creer_intervention(employe=employe)
        touche = LUNDI_8H + timedelta(hours=2)

        creer_intervention(employe=employe, prevu_debut=touche)
        creer_intervention(employe=employe, prevu_debut=LUNDI_8H - timedelta(hours=2))

        assert Intervention.objects.filter(employe=employe).count() == 3

    @pytest.mark.parametrize(
        ("debut", "fin"),
        [
            (timedelta(minutes=-30), timedelta(microseconds=1)),
            (timedelta(hours=2, microseconds=-1), timedelta(hours=3)),
            (timedelta(minutes=30), timedelta(minutes=40)),
            (timedelta(hours=-1), timedelta(hours=5)),
            (timedelta(), timedelta(hours=2)),
        ],
    )
    def test_any_common_moment_is_refused_by_the_database(self, debut, fin):
        une = creer_intervention()

        with pytest.raises(IntegrityError, match="chevauchement"), transaction.atomic():
            Intervention.objects.create(
                chantier=une.chantier,
                employe=une.employe,
                prevu_debut=LUNDI_8H + debut,
                prevu_fin=LUNDI_8H + fin,
            )

    def test_the_hour_that_comes_twice_is_two_hours(self):
        """25 October 2026: 2:00-3:00 in Paris happens at 0:00 and at 1:00 UTC."""
        une = creer_intervention(
            prevu_debut=datetime(2026, 10, 25, 0, tzinfo=UTC),
            prevu_fin=datetime(2026, 10, 25, 1, tzinfo=UTC),
        )

        creer_intervention(
            employe=une.employe,
            prevu_debut=datetime(2026, 10, 25, 1, tzinfo=UTC),
            prevu_fin=datetime(2026, 10, 25, 2, tzinfo=UTC),
        )
        with pytest.raises(Conflit):
            creer_intervention(
                employe=une.employe,
                prevu_debut=datetime(2026, 10, 25, 0, 59, tzinfo=UTC),
                prevu_fin=datetime(2026, 10, 25, 1, tzinfo=UTC),
            )

    @pytest.mark.parametrize(
        "champs",
        [{"prevu_fin": LUNDI_8H}, {"debut": LUNDI_8H, "fin": LUNDI_8H - timedelta(minutes=1)}],
    )
    def test_an_end_before_the_start_is_refused_by_the_database(self, champs):
        une = creer_intervention()

        with pytest.raises(IntegrityError), transaction.atomic():
            Intervention.objects.filter(pk=une.pk).update(**champs)
