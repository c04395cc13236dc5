"""The mail that tells a run's starter how it ended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts import mail
from annotations import holders, leases, projects
from training import dispatch, evaluations, label_names, runs
from training.models import Run, RunState
from training.words import duration

SOON, SELDOM = timedelta(minutes=1), timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=1)
SENDING_TAKES = timedelta(minutes=2)  # far more than EMAIL_TIMEOUT


def send(run_id: UUID) -> bool:
    """Send the mail of an ended run, once however often this is called; one that is not taken may be tried again.

    Killed between handing the mail over and noting it, it comes twice: rather than never.
    """
    token = holders.new_token()
    # Of two who claim one wins. Of a deleted project no mail is sent.
    if not unmailed().filter(pk=run_id, mail_token="").update(mail_token=token, sent_at=Now()):
        return False
    mine = Run.objects.filter(pk=run_id, mail_token=token)
    run = Run.objects.select_related("project", "started_by", "version").get(pk=run_id)
    meant = may_know(run)
    try:
        if meant:
            deliver(run)
    except BaseException:  # the next attempt may claim it
        mine.update(mail_token="")
        raise
    mine.update(mailed_at=Now(), mail_token="")
    return meant


def may_know(run: Run) -> bool:
    """Whether who started it is still a member, and not shut out: the mail tells of the project."""
    return run.started_by.is_active and run.project.memberships.filter(user=run.started_by_id).exists()


def unmailed() -> QuerySet[Run]:
    ended = Run.objects.filter(state__in=(RunState.READY, RunState.FAILED), mailed_at=None)
    return ended.filter(project__in=projects.existing())


def sweep() -> list[UUID]:
    """Knock again for mails that should be out by now, for a day; tells which.

    Their sender was killed, their task was lost, or the mail server took none: at first each minute, then every ten.
    """
    due = unmailed().filter(finished_at__gt=Now() - GIVEN_UP_AFTER)
    for run in due.exclude(mail_token="").only("pk", "mail_token"):
        dead = Q() if holders.is_dead(run.mail_token) else leases.not_sent_for(SENDING_TAKES)
        due.filter(dead, pk=run.pk, mail_token=run.mail_token).update(mail_token="", sent_at=None)
    lately = Q(finished_at__gt=Now() - SELDOM) & leases.not_sent_for(SOON)
    fresh = Q(finished_at__gt=Now() - SOON, sent_at__isnull=False)  # its first message is on its way
    due = due.filter(lately | leases.not_sent_for(SELDOM), mail_token="").exclude(fresh)
    sent = [run.pk for run in due.only("pk") if due.filter(pk=run.pk).update(sent_at=Now())]
    for run_id in sent:
        dispatch.mail_run(run_id)
    return sent


def deliver(run: Run) -> None:
    address = f"{settings.PUBLIC_URL}/projects/{run.project_id}"
    context = {
        "project": run.project.name,
        "run": run.number,
        "person": run.started_by.name,
        "taken": duration(runs.seconds_taken(run)),
        "link": f"{address}/runs/{run.pk}",
        "try_link": f"{address}/try",
    }
    subject, template, more = ready(run) if run.state == RunState.READY else failed(run)
    mail.send(run.started_by.email, subject, template, context | more)


def ready(run: Run) -> tuple[str, str, dict[str, Any]]:
    version = run.version
    names = label_names.LabelNames.of(run.project_id).of_spec(run.spec)
    score = evaluations.end_to_end(version.evaluation)
    share = evaluations.percent(score)
    unfound_then = evaluations.unfound(version.evaluation)  # as the note has it
    is_noted = bool(unfound_then) and unfound_then in version.note
    unfound = evaluations.unfound_sentence(label_names.renamed(version.evaluation, names))
    told = {
        "version": f"v{version.number}",
        "share": share,
        "accuracy": evaluations.sentence(score),
        "plainly": evaluations.plainly(version.evaluation),
        "start": "" if evaluations.behind_start(version.evaluation) else evaluations.beside_start(version.evaluation),
        "unfound": "" if is_noted else unfound,
        "note": version.note,
        "live": version.live,
    }
    stands = "is ready" if version.live else "is ready, but not live"
    return f"{run.project.name} v{version.number} {stands}: {share}", "mail/run-ready", told


def failed(run: Run) -> tuple[str, str, dict[str, Any]]:
    return f"Training of {run.project.name} failed", "mail/run-failed", {"failure": run.failure}
