"""Due dates, the search, and what the database itself refuses."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Client
from tests.clients.factories import creer_client

JOURS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(JOURS, st.integers(0, 365))
def test_the_due_date_is_so_many_days_later(jour, delai):
    assert Client(delai_jours=delai).echeance(du=jour) == jour + timedelta(days=delai)


@given(JOURS, st.integers(0, 365))
def test_or_the_end_of_that_month(jour, delai):
    echeance = Client(delai_jours=delai, fin_de_mois=True).echeance(du=jour)

    brut = jour + timedelta(days=delai)
    assert (echeance.year, echeance.month) == (brut.year, brut.month)
    assert echeance.day == monthrange(brut.year, brut.month)[1]


@pytest.mark.parametrize(
    ("du", "echeance"),
    [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 1, 2), date(2026, 2, 28)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2028, 1, 31), date(2028, 3, 31)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 12, 2), date(2027, 1, 31)),
    ],
)
def test_thirty_days_end_of_month_on_both_sides_of_month_ends(du, echeance):
    assert Client(delai_jours=30, fin_de_mois=True).echeance(du=du) == echeance


@pytest.mark.django_db
class TestRecherche:
    @pytest.mark.parametrize(
        "demande",
        ["lefevre", "LEFÈVRE", "Lefèvre Loïc", "loic lefevre", "lefvre", "Lefebvre", "C0042",
         "angers lefevre", "loic@example.org", "274763"],
    )  # fmt: skip
    def test_accents_case_order_and_typos_are_forgiven(self, demande):
        client = creer_client(
            code="C0042",
            nom="Lefèvre",
            prenom="Loïc",
            email="loic@example.org",
            telephone="02 41 27 47 63",
        )
        creer_client(nom="Garnier", prenom="Zoé", email="zoe@example.com", ville="Saumur")

        assert list(Client.objects.rechercher(demande)) == [client]

    def test_gautier_finds_gauthier(self):
        client = creer_client(nom="Gauthier", prenom="Irène")
        creer_client(nom="Morel", prenom="Anaïs")

        assert list(Client.objects.rechercher("gautier")) == [client]

    @pytest.mark.parametrize("demande", ["%", "_", "100 %", "\\", "'", "--"])
    def test_signs_of_sql_are_plain_text(self, demande):
        creer_client()

        assert list(Client.objects.rechercher(demande)) == []

    def test_an_exact_find_hides_the_near_misses(self):
        creer_client(nom="Gauthier")
        exact = creer_client(nom="Gautier")

        assert list(Client.objects.rechercher("gautier")) == [exact]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "champs",
    [
        {"nom": "", "raison_sociale": ""},
        {"code": ""},
        {"siret": "123"},
        {"telephone": "0241"},
        {"exclusion_fin": date(2026, 1, 1)},
        {"exclusion_le": date(2026, 1, 1)},
    ],
)
def test_the_database_has_the_last_word(champs):
    client = creer_client()

    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.filter(pk=client.pk).update(**champs)
