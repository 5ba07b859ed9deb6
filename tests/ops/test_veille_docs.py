"""The person on call finds every alert in docs/exploitation.md, with its remedy."""

from tests.ops.alertes import ecrite, lignes


def test_the_table_of_alerts_is_that_of_what_is_watched():
    """To write it: python -m tests.ops.alertes --ecrire"""
    assert ecrite() == list(lignes())
