"""The data check is kept until something changes; of a large project the default worker makes it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import redis
from django.db import connection, connections
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from annotations import datacheck, drafts, holders, kept_checks, labelling, labels, snapshots
from annotations.models import DataCheck, Label, Project, Region, Snapshot
from tests.annotations.conftest import MakeImage
from tests.annotations.test_revisions import CHANGES, Scene

transactional = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(project: Project, alice: User, label: Label, make_image: MakeImage) -> Scene:
    return Scene(project, alice, label, make_image)


@pytest.fixture
def large(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Its four images are more than are looked at in a request."""
    monkeypatch.setattr(kept_checks, "IMAGES_AT_ONCE", 3)
    return scene


def told(client: APIClient, scene: Scene) -> tuple[int, dict[str, Any]]:
    answer = client.get(f"/api/v1/projects/{scene.project.id}/check")
    return answer.status_code, answer.json()


def found(scene: Scene) -> dict[str, Any]:
    return datacheck.check(scene.project).as_dict()


def looks_at_regions(client: APIClient, scene: Scene) -> bool:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        told(client, scene)
    return any('FROM "annotations_region"' in query["sql"] for query in queries)


def test_what_was_found_is_kept_while_nothing_changes(scene: Scene, alice_client: APIClient) -> None:
    first = told(alice_client, scene)[1]
    assert first["state"] == "done"
    assert not looks_at_regions(alice_client, scene)
    again = told(alice_client, scene)[1]
    assert {name: again[name] for name in found(scene)} == found(scene)
    assert again["findings"] == first["findings"]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_kind_of_change_makes_it_anew(
    scene: Scene, alice_client: APIClient, change: Callable[[Scene], object]
) -> None:
    told(alice_client, scene)
    change(scene)
    assert looks_at_regions(alice_client, scene)
    after = told(alice_client, scene)[1]
    assert {name: after[name] for name in found(scene)} == found(scene)


def test_another_release_looks_again(scene: Scene, alice_client: APIClient) -> None:
    told(alice_client, scene)
    revision = DataCheck.objects.get().basis.partition(":")[0]
    DataCheck.objects.update(basis=f"{revision}:code of before")
    assert looks_at_regions(alice_client, scene)


def test_a_viewer_of_another_project_is_told_nothing(scene: Scene, charlie_client: APIClient) -> None:
    assert told(charlie_client, scene)[0] == 404


@transactional
def test_a_large_project_is_looked_at_by_the_worker(large: Scene, alice_client: APIClient, valkey: redis.Redis) -> None:
    status, first = told(alice_client, large)
    assert (status, first["state"], first["done"], first["total"]) == (202, "checking", 0, 4)
    assert (first["ready"], first["summary"], first["findings"]) == (None, None, [])
    told(alice_client, large)
    assert valkey.llen("default") == 1  # asked for once
    kept_checks.run(large.project.id)
    status, done = told(alice_client, large)
    assert (status, done["state"]) == (200, "done")
    assert {name: done[name] for name in found(large)} == found(large)
    kept_checks.run(large.project.id)  # the message comes again
    assert told(alice_client, large) == (status, done)


@transactional
def test_while_it_is_made_anew_the_last_one_is_told(large: Scene, alice_client: APIClient, valkey: redis.Redis) -> None:
    told(alice_client, large)
    kept_checks.run(large.project.id)
    before = found(large)
    labels.create(large.project, "date")
    for _ in range(2):  # others go on annotating: it is not made anew at once, but soon
        status, meanwhile = told(alice_client, large)
        assert (status, meanwhile["state"], meanwhile["findings"]) == (202, "checking", before["findings"])
    assert valkey.llen("default") == 1
    DataCheck.objects.update(finished_at=timezone.now() - timedelta(seconds=21))
    assert told(alice_client, large)[1]["findings"] == before["findings"]
    assert valkey.llen("default") == 2
    kept_checks.run(large.project.id)
    assert told(alice_client, large)[1]["findings"] == found(large)["findings"] != before["findings"]


@transactional
def test_how_far_it_has_come_is_told(large: Scene, alice_client: APIClient, valkey: redis.Redis) -> None:
    told(alice_client, large)
    lease = kept_checks.LEASES.claim(large.project.id)
    assert lease is not None
    with kept_checks.Counting(lease) as counting:
        counting.count(3, 4)
        assert counting.renew()
        assert (told(alice_client, large)[1]["done"], told(alice_client, large)[1]["total"]) == (3, 4)
    DataCheck.objects.update(owner_token="another's")
    assert not counting.renew()


def gone() -> str:
    """The token of a process that was here and is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{holders.place()}:{process.pid}:x"


@transactional
def test_a_check_whose_worker_was_killed_is_taken_up_and_given_up_after_the_third_time(
    large: Scene, alice_client: APIClient, valkey: redis.Redis
) -> None:
    told(alice_client, large)
    for attempt in (1, 2, 3):
        assert kept_checks.LEASES.claim(large.project.id)
        DataCheck.objects.update(owner_token=gone())
        kept_checks.sweep()
        assert valkey.llen("default") == min(attempt + 1, 3)
    status, failed = told(alice_client, large)
    assert (status, failed["state"], failed["failure"]) == (200, "failed", kept_checks.KILLED)
    labels.create(large.project, "date")
    assert told(alice_client, large)[1]["state"] == "checking"
    kept_checks.run(large.project.id)
    assert told(alice_client, large)[1]["state"] == "done"


@transactional
def test_the_check_of_a_project_that_was_deleted_meanwhile_is_dropped(
    large: Scene, alice_client: APIClient, valkey: redis.Redis
) -> None:
    told(alice_client, large)
    Project.objects.update(deleted_at=timezone.now())
    kept_checks.run(large.project.id)
    assert not DataCheck.objects.exists()


def elsewhere(work: Callable[[], object], seconds: float = 5) -> bool:
    """Whether another person's work is done while this one goes on."""
    done: list[bool] = []

    def act() -> None:
        try:
            work()
            done.append(True)
        finally:
            connections.close_all()

    thread = Thread(target=act)
    thread.start()
    thread.join(seconds)
    return bool(done)


@transactional
def test_a_draft_is_of_one_moment_and_nobody_waits_for_it(scene: Scene, bob: User) -> None:
    region = scene.region
    with drafts.opened(scene.project) as draft:
        assert elsewhere(lambda: labelling.change(bob, region.id, version=1, text="LATER"))
        texts = [region.text for _, _, regions in draft.annotated() for region in regions]
    assert texts == ["ABC"] * 4
    assert Region.objects.get(id=region.id).text == "LATER"


@transactional
def test_others_save_while_a_snapshot_is_made(scene: Scene, alice: User, bob: User) -> None:
    region_id: UUID = scene.region.id
    saved: list[bool] = []

    def save_another(**_: Any) -> None:
        saved.append(elsewhere(lambda: labelling.change(bob, region_id, version=1, text="LATER")))

    pre_save.connect(save_another, sender=Snapshot)
    try:
        snapshots.freeze(scene.project, alice)
    finally:
        pre_save.disconnect(save_another, sender=Snapshot)
    assert saved == [True]


@transactional
def test_what_changes_while_it_is_looked_at_makes_it_anew(scene: Scene, bob: User, alice_client: APIClient) -> None:
    def edit(done: int, total: int) -> None:
        assert elsewhere(lambda: labelling.change(bob, scene.region.id, version=1, text="Q"))

    basis, _ = kept_checks.made(scene.project, edit)
    DataCheck.objects.create(project=scene.project, state="done", basis=basis, finished_at=timezone.now())
    assert "rare_character" in {finding["code"] for finding in told(alice_client, scene)[1]["findings"]}
