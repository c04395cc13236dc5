"""Supervise small programs for the tests: python supervised.py DATA PROGRAMS.

The programs are JSON, one stage each; those with `once` are run to their end, {"broker": true} is the product's own.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "platform"))

from runner import console  # noqa: E402
from runner.child import Program  # noqa: E402
from runner.stack import broker_program  # noqa: E402
from runner.supervisor import Supervisor  # noqa: E402


def main() -> None:
    data = Path(sys.argv[1])
    with console.told("supervised"):
        supervisor = Supervisor(data)

        def work() -> None:
            for program in json.loads(sys.argv[2]):
                if program.pop("once", False):
                    supervisor.run_once(**program)
                    continue
                if program.pop("broker", False):
                    supervisor.start([broker_program(data)])
                    continue
                never = (lambda: False) if program.pop("never_ready", False) else None
                supervisor.start([Program(**program, ready=never)])
            console.say("all started")

        sys.exit(supervisor.serve(work))


if __name__ == "__main__":
    main()
