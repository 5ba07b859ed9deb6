"""Any tree, any deletions and restores: a restore undoes its deletion and nothing else."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artjardin.erreurs import Conflit
from artjardin.softdelete.parcours import liens, modeles
from artjardin.softdelete.services import restaurer, supprimer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Facture
from tests.chantiers.factories import LUNDI_8H, creer_employe
from tests.relances.factories import PAR

REGLAGES = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
rang = st.integers(0, 99)
arbres = st.fixed_dictionaries(
    {
        "chantiers": st.lists(rang, min_size=1, max_size=4),
        "interventions": st.lists(rang, max_size=4),
        "devis": st.lists(st.tuples(rang, st.booleans()), max_size=4),
        "factures": st.lists(st.tuples(rang, rang), max_size=4),
    }
)
gestes = st.lists(
    st.tuples(st.sampled_from(["jeter", "jeter", "ramener", "ramener seul"]), rang), max_size=14
)


def planter(arbre):
    """The rows of a tree, straight into the tables."""
    employe = creer_employe()
    clients = [Client.objects.create(code=f"H{n}", nom=f"Client {n}") for n in range(2)]
    chantiers = [
        Chantier.objects.create(client=clients[c % 2], nom=f"Chantier {n}")
        for n, c in enumerate(arbre["chantiers"])
    ]
    for n, c in enumerate(arbre["interventions"]):
        debut = LUNDI_8H + timedelta(days=n)
        Intervention.objects.create(
            chantier=chantiers[c % len(chantiers)],
            employe=employe,
            prevu_debut=debut,
            prevu_fin=debut + timedelta(hours=1),
        )
    devis = []
    for c, avec_chantier in arbre["devis"]:
        chantier = chantiers[c % len(chantiers)]
        lieu = chantier if avec_chantier else None
        un = Devis.objects.create(client=chantier.client, chantier=lieu, objet="Haie")
        devis.append(un)
    for c, d in arbre["factures"]:
        du = devis[d % len(devis)] if devis and d % 2 else None
        libre = du is not None and not du.factures.exists()
        client = du.client if libre else clients[c % 2]
        Facture.objects.create(client=client, devis=du if libre else None, objet="Haie")
    return [une for modele in modeles() for une in modele.objects.order_by("pk")]


class Modele:
    """What should be, worked out without the product: who lives, and what each batch holds."""

    def __init__(self, toutes):
        self.parents = {
            clef(une): [clef(getattr(une, nom)) for nom, _ in liens(type(une)) if getattr(une, nom)]
            for une in toutes
        }
        self.lot_de = dict.fromkeys(self.parents)
        self.lots = 0

    def jeter(self, une):
        if self.lot_de[une] is not None:
            return False
        self.lots += 1
        partent = {une}
        while nouvelles := {
            enfant
            for enfant, siens in self.parents.items()
            if self.lot_de[enfant] is None and enfant not in partent and partent & {*siens}
        }:
            partent |= nouvelles
        self.lot_de |= dict.fromkeys(partent, self.lots)
        return True

    def ramener(self, une, *, seul):
        lot = self.lot_de[une]
        if lot is None:
            return False
        reviennent = {une} if seul else {r for r, le_leur in self.lot_de.items() if le_leur == lot}
        dehors = {p for r in reviennent for p in self.parents[r]} - reviennent
        if any(self.lot_de[parent] is not None for parent in dehors):
            return False
        self.lot_de |= dict.fromkeys(reviennent)
        return True

    @property
    def vivantes(self):
        return {une for une, lot in self.lot_de.items() if lot is None}


def clef(une):
    return type(une)._meta.label, une.pk


def vivantes():
    return {(m._meta.label, pk) for m in modeles() for pk in m.objects.values_list("pk", flat=True)}


def photographier():
    return {m._meta.label: list(m.tous.order_by("pk").values()) for m in modeles()}


def orphelines():
    """Living rows that hang below the trash."""
    return [
        une
        for modele in modeles()
        for nom, _ in liens(modele)
        for une in modele.objects.filter(**{f"{nom}__supprime_le__isnull": False})
    ]


@contextmanager
def sans_suite():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tenter(geste, une):
    try:
        if geste == "jeter":
            supprimer(une, par=PAR)
        else:
            restaurer(une, par=PAR, seul=geste == "ramener seul", malgre_les_doublons=True)
    except Conflit:
        return False
    return True


@pytest.mark.django_db
@REGLAGES
@given(arbre=arbres, suite=gestes)
def test_any_deletions_and_restores_do_what_they_say_and_leave_no_orphan(arbre, suite):
    with sans_suite():
        toutes = planter(arbre)
        attendu = Modele(toutes)
        for geste, n in suite:
            une = toutes[n % len(toutes)]
            if geste == "jeter":
                prevu = attendu.jeter(clef(une))
            else:
                prevu = attendu.ramener(clef(une), seul=geste == "ramener seul")

            assert tenter(geste, une) is prevu
            assert vivantes() == attendu.vivantes
            assert orphelines() == []


@pytest.mark.django_db
@REGLAGES
@given(arbre=arbres, suite=gestes, n=rang)
def test_a_restore_is_the_exact_inverse_of_its_deletion(arbre, suite, n):
    with sans_suite():
        toutes = planter(arbre)
        for geste, m in suite:
            tenter(geste, toutes[m % len(toutes)])
        une = toutes[n % len(toutes)]
        avant = photographier()

        if tenter("jeter", une):
            restaurer(une, par=PAR)

        assert photographier() == avant
