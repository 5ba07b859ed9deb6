"""The texts we ship: distinct, lawful for each type of client; what the office may not write."""

import importlib
import itertools
import re

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from relances.messages import composer
from relances.models import Modele, TauxLegal
from tests.relances.lettres import CLIENT, FIRME, LE, lignes

pytestmark = pytest.mark.django_db

TYPES = ["particulier", "professionnel", "syndic"]
TONS = ["amical", "ferme", "mise_en_demeure"]
PEINES = ["pénalités", "40 €", "L. 441-10", "D. 441-5"]


def textes(ton, genre):
    modele = Modele.objects.get(ton=ton, type_client=genre)
    return modele.objet, modele.courriel, modele.lettre


def lu(ton, genre, *, nombre=1):
    modele = Modele.objects.get(ton=ton, type_client=genre)
    contenu = composer(
        modele=modele,
        niveau_nom=modele.get_ton_display(),
        client=CLIENT | {"type": genre},
        entreprise=FIRME,
        lignes=lignes(nombre),
        jour=LE,
    )
    return re.sub(r"\s+", " ", f"{contenu.objet} {contenu.texte}")


def test_there_is_a_text_for_each_tone_and_type():
    attendus = set(itertools.product([*TONS, "merci"], TYPES))
    assert set(Modele.objects.values_list("ton", "type_client")) == attendus


def test_every_text_we_ship_would_be_accepted_from_the_office():
    for modele in Modele.objects.all():
        modele.full_clean()


def test_no_two_texts_are_the_same():
    tous = [
        texte
        for modele in Modele.objects.all()
        for texte in (modele.courriel, modele.lettre)
        if texte
    ]
    assert len(set(tous)) == len(tous) == 21


@pytest.mark.parametrize("genre", TYPES)
def test_a_friendly_reminder_threatens_nobody(genre):
    for texte in textes("amical", genre):
        for interdit in ["demeure", "juridiction", "au plus tard", *PEINES]:
            assert interdit not in texte


@pytest.mark.parametrize("genre", TYPES)
def test_a_firm_reminder_gives_a_deadline_and_no_court(genre):
    _, courriel, lettre = textes("ferme", genre)
    for texte in (courriel, lettre):
        assert "au plus tard le **{delai}**" in texte
        assert "demeure" not in texte
        assert "juridiction" not in texte


@pytest.mark.parametrize("genre", TYPES)
def test_a_formal_notice_says_what_the_law_wants(genre):
    # C. civ. art. 1344: interpellation suffisante
    _, courriel, lettre = textes("mise_en_demeure", genre)
    for texte in (courriel, lettre):
        assert "demeure" in texte.lower()
        for attendu in ("{tableau}", "{total}", "{delai}", "juridiction", "en principal"):
            assert attendu in texte
    assert "{nom}, le {jour}" in courriel  # the head of a letter has both


@pytest.mark.parametrize("ton", TONS)
def test_a_private_person_is_never_asked_penalties_nor_costs(ton):
    # CPCE art. L111-8; C. com. L441-10 is between professionals
    for texte in textes(ton, "particulier"):
        for interdit in [*PEINES, "frais"]:
            assert interdit not in texte


@pytest.mark.parametrize("ton", TONS)
def test_the_texts_of_a_syndic_hold_whether_it_is_a_consumer_or_not(ton):
    for texte in textes(ton, "syndic"):
        for interdit in PEINES:
            assert interdit not in texte


def test_a_private_person_owes_the_legal_rate_from_the_notice_on():
    assert "intérêt au taux légal (articles 1231-6 et 1344-1" in lu(
        "mise_en_demeure", "particulier"
    )


@pytest.mark.parametrize("ton", ["ferme", "mise_en_demeure"])
def test_a_professional_is_told_of_penalties_and_40_euros(ton):
    texte = lu(ton, "professionnel")
    assert "depuis le lendemain de l'échéance" in texte
    assert "40 € est due par facture (articles L. 441-10 et D. 441-5" in texte


@pytest.mark.parametrize(("ton", "genre"), list(itertools.product([*TONS, "merci"], TYPES)))
@pytest.mark.parametrize("nombre", [1, 2, 25])
def test_every_text_reads_for_one_invoice_and_for_many(ton, genre, nombre):
    texte = lu(ton, genre, nombre=nombre)
    assert "{" not in texte
    assert "**" not in texte
    assert ("la facture FAC" in texte) == (nombre == 1)


@pytest.mark.parametrize(
    ("champ", "texte", "faute"),
    [
        ("courriel", "Bonjour {prenom} {tableau}", "« {prenom} » est inconnu"),
        ("courriel", "{tableau} ici", "mettez-le seul dans son paragraphe"),
        ("courriel", "Payez {total}", "Il manque {tableau}"),
        ("courriel", "{tableau}\n\n}", "Une accolade est seule"),
        ("lettre", "", "Il manque {tableau}"),
        ("objet", "Rappel {tableau}", "« {tableau} » est inconnu"),
        ("objet", "Rappel\nFacture", "une ligne"),
    ],
)
def test_a_wrong_hole_is_refused_on_saving(champ, texte, faute):
    modele = Modele.objects.get(ton="amical", type_client="particulier")
    setattr(modele, champ, texte)
    with pytest.raises(ValidationError) as refus:
        modele.clean()
    assert faute in " ".join(refus.value.message_dict[champ])


@pytest.mark.parametrize(
    ("champ", "trou"),
    [
        ("courriel", "{nom}"),
        ("courriel", "{jour}"),
        ("courriel", "{total}"),
        ("lettre", "{total}"),
        ("lettre", "{delai}"),
    ],
)
def test_a_formal_notice_without_what_the_law_wants_is_refused(champ, trou):
    modele = Modele.objects.get(ton="mise_en_demeure", type_client="syndic")
    setattr(modele, champ, getattr(modele, champ).replace(trou, ""))
    with pytest.raises(ValidationError, match=re.escape(f"Il manque {trou}")):
        modele.clean()


def test_a_formal_notice_that_does_not_say_so_is_refused():
    modele = Modele.objects.get(ton="mise_en_demeure", type_client="particulier")
    modele.lettre = modele.lettre.replace("demeure", "garde")
    with pytest.raises(ValidationError, match="mise en demeure"):
        modele.clean()


def test_a_thank_you_claims_nothing():
    modele = Modele.objects.get(ton="merci", type_client="particulier")
    modele.courriel += "\n\nReste dû : {total}"
    with pytest.raises(ValidationError, match="inconnu"):
        modele.clean()


def test_the_rates_are_those_of_the_law():
    # C. com. L441-10 II: ECB + 10; CMF L313-2, "autres cas"
    lus = {str(t): (str(t.penalites), str(t.legal)) for t in TauxLegal.objects.all()}
    assert lus == {
        "2024, 1er semestre": ("14.50", "5.07"),
        "2024, 2e semestre": ("14.25", "4.92"),
        "2025, 1er semestre": ("13.15", "3.71"),
        "2025, 2e semestre": ("12.15", "2.76"),
        "2026, 1er semestre": ("12.15", "2.62"),
        "2026, 2e semestre": ("12.40", "2.75"),
    }


def test_the_texts_and_rates_can_be_taken_back_and_sown_again():
    migration = importlib.import_module("relances.migrations.0008_textes_et_taux")
    migration.retirer(apps, None)
    assert not Modele.objects.exists()
    assert not TauxLegal.objects.exists()
    migration.semer(apps, None)
    assert (Modele.objects.count(), TauxLegal.objects.count()) == (12, 6)
