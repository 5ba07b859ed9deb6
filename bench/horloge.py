"""python -m bench.horloge SECONDS MODULE ARGUMENTS…: run a program with its clock moved forward.

A campaign of reminders is run on a working day at 10:00, whatever the day it is measured on.
"""

import runpy
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    decalage, module = float(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    time_machine.travel(datetime.now(UTC) + timedelta(seconds=decalage), tick=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
