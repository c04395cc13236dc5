"""What is looked after in the background, by the tasks that the clock sends."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from annotations.models import Project
from annotations.tasks import sweep_deleted
from runner import heartbeats
from tests.training.conftest import MakeRun, MakeVersion, silent_for
from training import comparisons, folders, tasks
from training.models import Comparison, Prediction, Run, RunState, Version
from training.runs import Lease

pytestmark = pytest.mark.usefixtures("valkey")
TWO_DAYS = 2 * 24 * 3600


def test_one_sweep_takes_back_lost_runs_and_knocks_again(held: tuple[Run, Lease], valkey: Any) -> None:
    run, _ = held
    silent_for(run, 61)
    heartbeats.beat("training")
    tasks.sweep_runs()
    tasks.sweep_runs()
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert valkey.llen("training") == 1


def test_a_waiting_run_whose_message_was_lost_is_sent_again(make_run: MakeRun, valkey: Any) -> None:
    make_run(sent_at=None)
    tasks.sweep_runs()
    assert valkey.llen("training") == 0, "nobody is there to take it"
    heartbeats.beat("training")
    tasks.sweep_runs()
    tasks.sweep_runs()
    assert valkey.llen("training") == 1


def test_a_mail_whose_task_was_lost_is_sent(make_version: MakeVersion, eager_tasks: None) -> None:
    run = make_version().run
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(minutes=15), sent_at=None)
    tasks.sweep_runs()
    tasks.sweep_runs()
    assert len(mail.outbox) == 1


def aged(path: Path) -> None:
    then = time.time() - TWO_DAYS
    os.utime(path, (then, then))


def test_a_project_removed_for_good_leaves_nothing_behind(
    make_version: MakeVersion, alice: User, installed: Path
) -> None:
    version = make_version(live=True)
    project, folder = version.project, folders.of(version.run_id)
    Prediction.objects.create(project=project, version=version, user=alice, via="api", name="a.png")
    Comparison.objects.create(project=project, of="1,2", started_by=alice)
    names = [f"{folder}/{project.pk}/{uuid4()}-000.png" for folder in ("predictions", "comparisons")]
    keys = [default_storage.save(name, ContentFile(b"x")) for name in names]
    others = [folders.of(uuid4()) for _ in range(2)]
    for other in others:
        other.mkdir()
    aged(folder)
    sweep_deleted()
    assert folder.is_dir()
    assert all(default_storage.exists(key) for key in keys)

    Project.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    sweep_deleted()
    assert [kind.objects.count() for kind in (Run, Version, Prediction, Comparison)] == [0, 0, 0, 0]
    assert not folder.exists()
    assert not any(default_storage.exists(key) for key in keys)
    assert all(other.is_dir() for other in others), "made just now"


def test_what_a_killed_worker_left_of_a_comparison_is_removed(data_dir: Path, db: None) -> None:
    old, new = (folders.of(uuid4()).with_name(f"{comparisons.WORKING}{name}") for name in ("old", "new"))
    for folder in (old, new):
        (folder / "images").mkdir(parents=True)
    aged(old)
    tasks.sweep_removed()
    assert [old.exists(), new.exists()] == [False, True]
