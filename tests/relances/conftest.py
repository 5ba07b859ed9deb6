"""The tests of reminders live on a working day: nobody is reminded on a Sunday or a holiday."""

import pytest
import time_machine

MARDI = "2026-11-24T10:00:00+01:00"


@pytest.fixture(autouse=True)
def _un_jour_ouvrable():
    with time_machine.travel(MARDI, tick=True):
        yield
