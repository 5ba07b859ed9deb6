"""check --deploy names a configuration that would lose everything with its machine."""

import pytest

from artjardin.sauvegardes import verifications


@pytest.mark.parametrize(
    ("embarque", "s3", "exercice", "attendus"),
    [
        (False, "", "", {verifications.SANS_S3, verifications.SANS_EXERCICE}),
        (False, "https://s3.example", "AGE-SECRET-KEY-1", set()),
        (True, "", "", set()),
    ],
)
def test_a_real_configuration_without_a_bucket_or_a_drill_is_told(
    settings, embarque, s3, exercice, attendus
):
    settings.EMBARQUE, settings.S3_ENDPOINT_URL = embarque, s3
    settings.SAUVEGARDE_CLE_EXERCICE = exercice

    dits = [*verifications.hors_site(), *verifications.exercice()]

    assert {un.id for un in dits} == attendus
