"""Passwords: long enough, known to nobody, no more rules than that."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from artjardin.accounts.models import User

CLAIRE = User(email="claire.moreau@art-jardin.example", prenom="Claire", nom="Moreau")


@pytest.mark.parametrize(
    "mot",
    [
        "jardin-a-la-francaise", "sous-le-grand-tilleul", "correcthorsebatterystaple2",
        "Cèdre bleu du parc", "potager-en-carres-8", "une phrase, tout simplement",
        "x7#kQ9!mZ2$pL4", "🌳 dans la cour du voisin", "lavande sous la tonnelle",
    ],
)  # fmt: skip
def test_a_phrase_is_accepted(mot):
    validate_password(mot, CLAIRE)


@pytest.mark.parametrize(
    "mot",
    [
        "court", "onze-lettre", "password1234", "motdepasse2026", "M0tDeP@sse2026!",
        "Printemps2026!!", "azertyuiopqsdfghjklm", "123456789012", "aaaaaaaaaaaaaa",
        "abababababab", "administrateur1!", "jetaimejetaime12", "Marseille13013!",
        "qwertyuiop123", "éééééééééééé", "1q2w3e4r5t6y",
        "claire.moreau@art-jardin.example", "clairemoreau1", "Liberté-Égalité-Fraternité",
        "ARTETJARDIN49000", "soleil123456", "abcdefghijklmnop", "            ",
    ],
)  # fmt: skip
def test_what_anyone_would_try_is_refused_in_french(mot):
    with pytest.raises(ValidationError) as refus:
        validate_password(mot, CLAIRE)

    assert all("password" not in dit.lower() for dit in refus.value.messages)
