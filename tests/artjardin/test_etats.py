"""State machines: every pair of states of every table, allowed or refused."""

from itertools import product

import pytest

from artjardin.erreurs import Conflit
from artjardin.etats import exiger
from artjardin.outbox.models import Courriel
from facturation.models import Devis, Facture

ATTENDUES = {
    Devis: {
        "brouillon": {"finalise"},
        "finalise": {"envoye", "accepte", "refuse", "expire", "remplace"},
        "envoye": {"accepte", "refuse", "expire", "remplace"},
        "refuse": {"remplace"},
        "expire": {"accepte", "remplace"},
    },
    Facture: {"brouillon": {"emise"}},
    Courriel: {
        "en_attente": {"en_cours", "annule"},
        "en_cours": {"envoye", "en_attente", "echec", "incertain"},
        "incertain": {"envoye", "echec"},
    },
}


@pytest.mark.parametrize(
    ("modele", "de", "vers"),
    [(m, str(de), str(vers)) for m in ATTENDUES for de, vers in product(m.Statut, m.Statut)],
)
def test_only_the_declared_transitions_are_allowed(modele, de, vers):
    if vers in ATTENDUES[modele].get(de, ()):
        exiger(modele.TRANSITIONS, de=de, vers=vers)
        return

    with pytest.raises(Conflit) as refus:
        exiger(modele.TRANSITIONS, de=de, vers=vers)
    assert refus.value.code == "transition_refusee"


@pytest.mark.parametrize("modele", ATTENDUES)
def test_every_state_has_its_row_in_the_table(modele):
    assert set(modele.TRANSITIONS) == set(modele.Statut)


@pytest.mark.parametrize("modele", [Devis, Courriel])
def test_a_refused_verb_leaves_the_object_as_it_was(modele):
    objet = modele(statut="envoye")

    with pytest.raises(Conflit):
        objet.passer("envoye")

    assert objet.statut == "envoye"


def test_an_unknown_state_leads_nowhere():
    with pytest.raises(Conflit):
        exiger({"brouillon": ["emise"]}, de="inconnu", vers="emise")
