"""The whole matrix of kills, outside the gate: each process, killed in the middle of each kind of work.

    python -m tests.kills [--rounds 3] [--works import training] [--victims broker web]

A server of its own is started (on DATABASE_URL where that is set); a cell says how long it took until the work had gone
on and what was begun had ended. It ends with an error where anything acknowledged is lost.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.journeys.conftest import _start
from tests.kills import victims
from tests.kills.rounds import Rounds

PLATES = 12
ONE_EPOCH = {"finder_epochs": 1, "reader_epochs": 1}
Cell = Callable[[Rounds, str], None]


def amid_upload(rounds: Rounds, victim: str) -> None:
    rounds.kill_amid(victim, "upload")


def amid_annotation(rounds: Rounds, victim: str) -> None:
    rounds.kill_amid(victim, "upload", "annotate")


def amid_prediction(rounds: Rounds, victim: str) -> None:
    rounds.kill_amid(victim, "predict")


def amid_training(rounds: Rounds, victim: str) -> None:
    run = rounds.train(ONE_EPOCH)
    rounds.wait_for_epoch(run, "finder")
    rounds.kill(victim)
    rounds.check_ended_once(run)


WORKS: dict[str, Cell] = {
    "upload": amid_upload,
    "import": Rounds.kill_amid_uploads_annotation_and_an_import,
    "annotation": amid_annotation,
    "prediction": amid_prediction,
    "training": amid_training,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often each cell is tried")
    parser.add_argument("--works", nargs="+", choices=WORKS, default=list(WORKS))
    parser.add_argument("--victims", nargs="+", choices=victims.ALL, default=list(victims.ALL))
    options = parser.parse_args()
    os.environ["RUN_LEASE_SECONDS"] = "15"
    with tempfile.TemporaryDirectory(prefix="gs-kills-") as folder:
        rounds = Rounds.begin(_start(Path(folder)))
        try:
            prepare(rounds)
            for _ in range(options.rounds):
                table(rounds, options.works, options.victims)
            rounds.check_everything()
        finally:
            victims.stop(rounds.stack)
    say("nothing that was acknowledged is lost, and all that was begun has ended")


def prepare(rounds: Rounds) -> None:
    """A version that answers: predictions and further trainings start from it."""
    for seed in range(PLATES):
        rounds.upload_annotated(seed)
    rounds.check_ended_once(rounds.train(ONE_EPOCH))


def table(rounds: Rounds, works: list[str], killed: list[str]) -> None:
    say("| killed | " + " | ".join(f"{work}, s" for work in works) + " |")
    say("| --- |" + " --- |" * len(works))
    for victim in killed:
        cells = []
        for work in works:
            begun = time.monotonic()
            WORKS[work](rounds, victim)
            cells.append(f"{time.monotonic() - begun:.0f}")
        say(f"| {victim} | {' | '.join(cells)} |")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
