"""Each process is killed in the middle of the work: what was acknowledged is there, what was begun ends, once.

The real stack and a real training, as programs see it. `python -m tests.kills` does each kill in each kind of work.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import _start
from tests.kills import victims
from tests.kills.rounds import Rounds

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PLATES = 12
ONE_EPOCH = {"finder_epochs": 1, "reader_epochs": 1}


@pytest.fixture
def rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rounds]:
    monkeypatch.setenv("RUN_LEASE_SECONDS", "15")
    begun = Rounds.begin(_start(tmp_path))
    yield begun
    assert victims.stop(begun.stack) == 0, begun.stack.said()[-3000:]


def test_whatever_is_killed_nothing_acknowledged_is_lost_and_all_that_was_begun_ends_once(rounds: Rounds) -> None:
    for seed in range(PLATES):
        rounds.upload_annotated(seed)
    run = rounds.train(ONE_EPOCH)
    for victim in victims.LIGHT:
        rounds.kill_amid_uploads_annotation_and_an_import(victim)
    rounds.wait_for_epoch(run, "finder")
    rounds.kill("worker-training")
    rounds.wait_for_attempt(run, 2)
    rounds.kill("the supervisor")
    rounds.wait_for_attempt(run, 3)
    rounds.check_ended_once(run)
    for victim in victims.ANSWERING:
        rounds.kill_amid(victim, "predict")
    rounds.check_everything()
