"""`python -m tests.artjardin.roles` prints docs/roles.md with the matrix as it is measured.

With `--ecrire` it is written there, for a person to read the difference.
"""

import os
import sys

import pytest

if __name__ == "__main__":
    os.environ["MATRICE"] = "ecrire" if "--ecrire" in sys.argv else "imprimer"
    sys.exit(pytest.main(["-q", "-s", "tests/artjardin/test_routes.py", "-k", "matrix"]))
