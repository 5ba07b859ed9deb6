"""Pytest plugin: what shortens a run and changes nothing of what it proves.

`--cov-floor` measures the code only while the tests named by `cov_floor` (pyproject) run: a trace
makes Python half as slow again, and the floor is to be reached by the modules' own tests.
"""

import gc
from fnmatch import fnmatch

import pytest

# The longest first: at the end the workers share short ones, and none is left alone with a long one
LONGS = ("test_embarque.py", "test_demo.py", "test_soixante_jours.py")


class Mesure:
    """Stops the coverage for the tests that it is not asked of, their fixtures included."""

    def __init__(self, config):
        self._racine = config.rootpath
        self._motifs = config.getini("cov_floor")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        couverture = item.config.pluginmanager.getplugin("_cov").cov_controller
        if couverture.started != self.compte(item):
            (couverture.pause if couverture.started else couverture.resume)()
        return (yield)

    def compte(self, item):
        chemin = item.path.relative_to(self._racine).as_posix()
        return any(fnmatch(chemin, motif) for motif in self._motifs)


def pytest_addoption(parser):
    parser.addoption("--cov-floor", action="store_true", help="--cov: the tests of the floor only")
    parser.addini("cov_floor", "files of tests during which coverage is measured", type="args")


def pytest_configure(config):
    gc.disable()  # until everything is imported
    if config.option.cov_floor and config.getoption("cov_source", None):
        config.pluginmanager.register(Mesure(config), "artjardin-mesure")


def pytest_collection_modifyitems(items):
    rangs = {nom: rang for rang, nom in enumerate(LONGS)}
    items.sort(key=lambda item: rangs.get(item.path.name, len(LONGS)))


def pytest_collection_finish():
    """What was imported stays to the end: it need not be searched again and again."""
    gc.freeze()
    gc.enable()
