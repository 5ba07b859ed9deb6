"""Pytest plugin: what shortens a run and changes nothing of what it proves."""

import gc

# The longest first: at the end the workers share short ones, and none is left alone with a long one
LONGS = ("test_embarque.py", "test_demo.py", "test_soixante_jours.py")


def pytest_configure():
    gc.disable()  # until everything is imported


def pytest_collection_modifyitems(items):
    rangs = {nom: rang for rang, nom in enumerate(LONGS)}
    items.sort(key=lambda item: rangs.get(item.path.name, len(LONGS)))


def pytest_collection_finish():
    """What was imported stays to the end: it need not be searched again and again."""
    gc.freeze()
    gc.enable()
