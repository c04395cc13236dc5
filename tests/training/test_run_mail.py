"""The mail at the end of a run: to its starter, once, in words."""

import os
import signal
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.utils import timezone

from accounts.mail import MailFailed
from accounts.models import User
from tests.training.conftest import MakeRun, MakeVersion, evaluation_of, scores_of
from training import mails, sweeps
from training.engine.evaluate import FinderScores
from training.models import Run, RunState

pytestmark = pytest.mark.usefixtures("valkey")


def only_mail() -> EmailMultiAlternatives:
    assert len(mail.outbox) == 1
    assert isinstance(mail.outbox[0], EmailMultiAlternatives)
    return mail.outbox[0]


def test_a_ready_version_is_told_in_plain_words(make_version: MakeVersion) -> None:
    version = make_version(9, live=True)
    assert mails.send(version.run_id)
    sent = only_mail()
    assert sent.to == ["alice@example.org"]
    assert sent.subject == "Plates v1 is ready: 90 %"
    told = (
        "Plates v1 is ready. On whole pictures it reads 9 of 10 held-out fields exactly "
        "(90 %, likely between 60 and 98 %)."
    )
    link = f"http://localhost:8000/projects/{version.project_id}/runs/{version.run_id}"
    for said in (told, "Training took 4 minutes.", "Live: it is the first version.", link):
        assert said in sent.body
    html = str(sent.alternatives[0][0])
    assert "<style" not in html
    assert "reads 9 of 10 held-out fields exactly" in html
    assert f'href="{link}"' in html


def test_a_ready_version_is_told_beside_its_untrained_start(make_version: MakeVersion) -> None:
    version = make_version(9, live=True)
    version.evaluation = evaluation_of(9, start=scores_of(4, plain=6))
    version.save()
    mails.send(version.run_id)
    said = "The untrained start reads 4 of 10 of the same fields, 6 by letters and digits alone."
    sent = only_mail()
    assert said in sent.body
    assert said in str(sent.alternatives[0][0])


def test_a_version_that_does_not_go_live_is_told_with_its_reason(make_version: MakeVersion) -> None:
    version = make_version(4)
    version.evaluation = evaluation_of(4, start=scores_of(6))
    version.note = "Not live: it reads 4 of 10 held-out fields, the untrained start reads 6. No version is live."
    version.save()
    mails.send(version.run_id)
    sent = only_mail()
    assert sent.subject == "Plates v1 is ready, but not live: 40 %"
    for body in (sent.body, str(sent.alternatives[0][0])):
        assert "is ready, but not live" in body
        assert version.note in body
        assert body.count("The untrained start reads") == 0


@pytest.mark.parametrize("said", [True, False])
def test_a_label_of_which_nothing_was_found_is_told_once(said: bool, make_version: MakeVersion) -> None:
    version = make_version(9)
    none = FinderScores.count(10, 0, 0).model_dump(mode="json")
    scores = version.evaluation["overall"]
    version.evaluation["labels"]["address"] = scores | {"finder": none}
    version.note = "Not live: " + ("it finds none of the 10 held-out “address”. " if said else "v1 reads more. ")
    version.save()
    mails.send(version.run_id)
    sent = only_mail()
    for body in (sent.body, str(sent.alternatives[0][0])):
        assert body.lower().count("it finds none of the 10 held-out “address”") == 1


def test_a_failure_is_told_with_its_reason(make_run: MakeRun) -> None:
    run = make_run(RunState.FAILED, failure="The disk is full & more.", finished_at=timezone.now())
    assert mails.send(run.pk)
    sent = only_mail()
    assert sent.subject == "Training of Plates failed"
    assert "The disk is full & more." in sent.body
    assert "The disk is full &amp; more." in str(sent.alternatives[0][0])


def test_it_is_sent_once_however_often_the_task_runs(make_version: MakeVersion) -> None:
    run = make_version().run
    assert [mails.send(run.pk) for _ in range(3)] == [True, False, False]
    only_mail()


@pytest.mark.parametrize("change", ["shut out", "taken out of the project"])
def test_no_mail_tells_of_a_project_to_whoever_is_out_of_it(
    change: str, make_version: MakeVersion, alice: User
) -> None:
    version = make_version(9, live=True)
    if change == "shut out":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        version.project.memberships.filter(user=alice).delete()
    assert not mails.send(version.run_id)
    assert mail.outbox == []


@pytest.mark.parametrize("state", [s for s in RunState if s not in (RunState.READY, RunState.FAILED)])
def test_no_mail_is_sent_of_a_run_that_was_cancelled_or_goes_on(make_run: MakeRun, state: RunState) -> None:
    assert not mails.send(make_run(state).pk)
    assert mail.outbox == []


def test_a_mail_that_the_server_refuses_is_tried_again(
    make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_version().run
    with monkeypatch.context() as patched:
        patched.setattr("django.conf.settings.EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        patched.setattr("django.conf.settings.EMAIL_HOST", "127.0.0.1")
        patched.setattr("django.conf.settings.EMAIL_PORT", 1)  # nothing listens there
        with pytest.raises(MailFailed):
            mails.send(run.pk)
    assert mails.send(run.pk)
    only_mail()


@pytest.mark.django_db(transaction=True)
def test_a_mail_whose_sender_is_killed_is_sent_by_the_next(
    make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_version().run
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now(), sent_at=timezone.now())
    sender = os.fork()
    if not sender:  # a worker that is killed in the middle of sending
        connection.connection = None  # the parent's
        monkeypatch.setattr(mails, "deliver", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        mails.send(run.pk)
    os.waitpid(sender, 0)
    assert mail.outbox == []
    sweeps.sweep()
    assert mails.send(run.pk)
    only_mail()


def test_the_sweep_knocks_again_for_a_mail_each_minute_and_later_every_ten_for_a_day(
    make_version: MakeVersion, make_run: MakeRun
) -> None:
    fresh, lost, later, old = (make_version().run for _ in range(4))
    now = timezone.now()
    for run, minutes in ((fresh, 0.5), (lost, 2), (later, 30), (old, 2880)):
        Run.objects.filter(pk=run.pk).update(
            finished_at=now - timedelta(minutes=minutes), sent_at=now - timedelta(minutes=minutes)
        )
    make_run(RunState.CANCELLED, finished_at=now - timedelta(minutes=11), sent_at=None)
    assert set(mails.sweep()) == {lost.pk, later.pk}
    assert mails.sweep() == []
    Run.objects.filter(pk__in=[lost.pk, later.pk]).update(sent_at=now - timedelta(minutes=2))
    assert mails.sweep() == [lost.pk]
    Run.objects.filter(pk=later.pk).update(sent_at=now - timedelta(minutes=11))
    assert mails.sweep() == [later.pk]
    mails.send(later.pk)
    Run.objects.filter(pk=later.pk).update(sent_at=now - timedelta(minutes=11))
    assert mails.sweep() == []


@pytest.mark.parametrize(("token", "minutes", "again"), [("elsewhere:1:x", 3, True), ("elsewhere:1:x", 1, False)])
def test_a_mail_is_left_to_whoever_sends_it_for_two_minutes(
    token: str, minutes: int, again: bool, make_version: MakeVersion
) -> None:
    run, now = make_version().run, timezone.now()
    Run.objects.filter(pk=run.pk).update(
        mail_token=token, finished_at=now - timedelta(minutes=20), sent_at=now - timedelta(minutes=minutes)
    )
    assert mails.sweep() == ([run.pk] if again else [])
