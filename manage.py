#!/usr/bin/env python
"""Django's command line, with the embedded services up for the commands that need them."""

import os
import sys

from django.core.management import execute_from_command_line

from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.services import assurer

SANS_SERVICE = {"", "help", "--help", "-h", "version", "--version", "collectstatic"}
SANS_SERVICE |= {"check", "compilemessages", "makemessages"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "artjardin.settings")
    if "".join(sys.argv[1:2]) in SANS_SERVICE and "--database" not in sys.argv:
        execute_from_command_line(sys.argv)
        return
    with assurer():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except ErreurEmbarque as erreur:
        sys.exit(str(erreur))
