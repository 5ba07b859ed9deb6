"""Threads that mostly wait for a server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

TOUR = 0.0002  # seconds


@contextmanager
def sans_se_faire_attendre() -> Iterator[None]:
    """A thread that its server has answered takes its turn at once, not up to 5 ms later."""
    avant = sys.getswitchinterval()
    sys.setswitchinterval(TOUR)
    try:
        yield
    finally:
        sys.setswitchinterval(avant)
