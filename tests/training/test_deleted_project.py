"""A project is deleted while work is under way for it: the work ends, others need not wait, no email tells of it."""

from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from annotations import projects
from annotations.models import Project
from tests.training.conftest import MakeRun, MakeVersion, picture_of_text
from training import comparisons, mails, predictions, runs, signed, sweeps
from training.models import Comparison, ComparisonState, Prediction, PredictionState, Run, RunState
from training.runs import Hold, Lease

pytestmark = pytest.mark.usefixtures("valkey")


def address(project: Project) -> str:
    return f"/api/v1/projects/{project.pk}"


def test_a_run_under_way_is_asked_to_stop(held: tuple[Run, Lease], alice_client: APIClient) -> None:
    run, lease = held
    assert alice_client.delete(address(run.project)).status_code == 204
    assert runs.look(lease) is Hold.CANCEL
    assert runs.finish_cancelled(lease)
    run.refresh_from_db()
    assert (run.state, run.mailed_at) == (RunState.CANCELLED, None)


def test_a_waiting_run_is_cancelled_and_another_projects_goes_on(
    make_run: MakeRun, other_project_run: MakeRun, alice_client: APIClient
) -> None:
    run, other = make_run(), other_project_run()
    alice_client.delete(address(run.project))
    run.refresh_from_db()
    other.refresh_from_db()
    assert [run.state, other.state] == [RunState.CANCELLED, RunState.QUEUED]
    assert runs.queue_position(other) == 1


def test_restored_it_can_be_trained_again(make_run: MakeRun, alice_client: APIClient) -> None:
    project = make_run().project
    alice_client.delete(address(project))
    assert alice_client.post(f"{address(project)}/restore").status_code == 200
    runs.refuse_second(project)
    assert runs.claim(make_run().pk, "worker-1")


def test_a_run_that_began_as_the_project_was_deleted_is_never_trained(make_run: MakeRun) -> None:
    run = make_run()
    Project.objects.update(deleted_at=timezone.now())
    assert runs.claim(run.pk, "worker-1") is None
    sweeps.sweep()
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_no_mail_is_sent_of_a_deleted_project(make_version: MakeVersion, eager_tasks: None) -> None:
    run = make_version().run
    projects.delete(run.project)
    assert not mails.send(run.pk)
    long_ago = timezone.now() - mails.SELDOM * 2
    Run.objects.filter(pk=run.pk).update(finished_at=long_ago, sent_at=long_ago)
    assert mails.sweep() == []
    assert mail.outbox == []
    projects.restore(run.project)
    assert mails.sweep() == [run.pk]
    assert len(mail.outbox) == 1


def test_a_comparison_under_way_ends(project: Project, alice: User, alice_client: APIClient) -> None:
    measured = Comparison.objects.create(project=project, of="1,2", started_by=alice)
    waiting = Comparison.objects.create(project=project, of="1,3", started_by=alice)
    lease = comparisons.Lease(measured.pk, "worker-1")
    assert comparisons.claim(lease)
    alice_client.delete(address(project))
    assert not comparisons.note(lease, 1, 2), "the worker learns that it may stop"
    assert comparisons.claim(comparisons.Lease(waiting.pk, "worker-2")) is None
    for one in (measured, waiting):
        one.refresh_from_db()
        assert (one.state, one.owner_token) == (ComparisonState.FAILED, "")
        assert "project was deleted" in one.failure


def test_waiting_predictions_are_not_read(make_version: MakeVersion, alice: User, alice_client: APIClient) -> None:
    version = make_version(live=True)
    waiting = Prediction.objects.create(project=version.project, version=version, user=alice, via="api", name="a.png")
    alice_client.delete(address(version.project))

    def opened(_: Any) -> None:
        raise AssertionError("read for nobody")

    predictions.answer(waiting.pk, opened)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.failure) == (
        PredictionState.FAILED,
        "The project was deleted before this picture was read.",
    )


@pytest.mark.django_db(transaction=True)
def test_a_signed_link_shows_no_picture_of_a_deleted_project(
    make_version: MakeVersion, predict_worker: None, alice_client: APIClient, anyone: APIClient
) -> None:
    version = make_version(live=True)
    sent = {"file": SimpleUploadedFile("a.png", picture_of_text("A 1"), "image/png")}
    alice_client.post(f"{address(version.project)}/predictions", sent, format="multipart")
    (page,) = Prediction.objects.get().pages
    links = [signed.link(page["file"], "", turn=turn) for turn in (0, 90)] + [signed.link(page["thumbnail"], "")]
    assert [anyone.get(link).status_code for link in links] == [200, 200, 200]
    projects.delete(version.project)
    assert [anyone.get(link).status_code for link in links] == [404, 404, 404]
    projects.restore(version.project)
    assert [anyone.get(link).status_code for link in links] == [200, 200, 200]
