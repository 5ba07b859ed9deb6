"""Holds the tests' services until its standard input closes (see tests/services.py)."""

import shutil
import sys

from artjardin import settings
from artjardin.embarque.services import assurer


def tenir(prefixe):
    """Removes the folder of the data at the end, if its name says that it is a throw-away one."""
    try:
        with assurer(rapide=True):
            sys.stdout.write("ok\n")
            sys.stdout.flush()
            sys.stdin.read()
    finally:
        if settings.DONNEES.parent.name.startswith(prefixe):
            shutil.rmtree(settings.DONNEES.parent)


if __name__ == "__main__":
    tenir(sys.argv[1])
