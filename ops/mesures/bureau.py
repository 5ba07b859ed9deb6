"""The business itself: what clients owe, what lies in the trash, who is protected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Value
from django.utils import timezone
from prometheus_client.core import Metric

from artjardin.accounts.models import Role
from artjardin.argent import ZERO
from facturation.comptes.balance import LIMITES, NON_ECHU, PLUS, ages
from facturation.comptes.soldes import creances
from ops.corbeille.entites import ENTITES
from ops.mesures.familles import Groupe, interroger, jauge

DU = jauge(
    "solde_du_euros",
    "What clients owe, in euros TTC, by age: not late, up to 30, 60, 90 days late, more.",
    "age",
)
CORBEILLE = jauge("corbeille_objets", "Rows in the trash, by entity.", "entite")
PATRONS = jauge(
    "patrons", "Active accounts of patrons, with and without a second factor.", "second_facteur"
)
VERROUS = jauge("verrous_fermes", "Accounts, codes and addresses locked after too many guesses.")
AGES = [NON_ECHU, *(nom for _, nom in LIMITES), PLUS]
ACCES = """
    SELECT count(*) FILTER (WHERE protege), count(*) FILTER (WHERE NOT protege),
        (SELECT count(*) FROM accounts_verrou WHERE jusqu_a > now())
    FROM (
        SELECT EXISTS (
            SELECT FROM accounts_facteur f WHERE f.user_id = u.id AND f.confirmed
        ) AS protege
        FROM accounts_user u
        JOIN accounts_user_groups ug ON ug.user_id = u.id
        JOIN auth_group g ON g.id = ug.group_id
        WHERE u.is_active AND g.name = %(patron)s
    ) patrons
"""


def lire_le_du() -> Iterator[Metric]:
    """By the day of Paris, as the aged balance."""
    au = timezone.localdate()
    sommes = dict.fromkeys(AGES, ZERO)
    for creance in creances(au=au):
        for age, montant in ages(creance, au=au):
            sommes[age] += montant
    yield DU(sommes)


def lire_la_corbeille() -> Iterator[Metric]:
    par_entite: list[Any] = [
        modele.tous.supprimes().order_by().annotate(entite=Value(nom)).values("entite")
        .annotate(nombre=Count("pk")).values_list("entite", "nombre")
        for nom, modele in ENTITES.items()
    ]  # fmt: skip
    premiere, *autres = par_entite
    yield CORBEILLE(dict.fromkeys(ENTITES, 0) | dict(premiere.union(*autres, all=True)))


def lire_les_acces() -> Iterator[Metric]:
    [(avec, sans, verrous)] = interroger(ACCES, {"patron": Role.PATRON})
    yield PATRONS({"oui": avec, "non": sans})
    yield VERROUS(verrous)


GROUPES = [
    Groupe("soldes", lire_le_du, (DU,)),
    Groupe("corbeille", lire_la_corbeille, (CORBEILLE,)),
    Groupe("acces", lire_les_acces, (PATRONS, VERROUS)),
]
