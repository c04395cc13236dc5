"""The mail that tells a run's starter how it ended."""

from typing import Any
from uuid import UUID

from django.conf import settings

from accounts import mail
from training import evaluations, runs
from training.models import Run, RunState
from training.words import duration


def send(run_id: UUID) -> bool:
    """Send the mail of an ended run, once however often this is called; one that is not taken may be tried again."""
    if not runs.claim_mail(run_id):
        return False
    run = Run.objects.select_related("project", "started_by", "version").get(pk=run_id)
    if not may_know(run):
        return False
    try:
        deliver(run)
    except Exception:
        runs.give_mail_back(run_id)
        raise
    return True


def may_know(run: Run) -> bool:
    """Whether who started it is still a member, and not shut out: the mail tells of the project."""
    return run.started_by.is_active and run.project.memberships.filter(user=run.started_by_id).exists()


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
    score = evaluations.end_to_end(version.evaluation)
    share = evaluations.percent(score)
    told = {
        "version": f"v{version.number}",
        "share": share,
        "accuracy": evaluations.sentence(score),
        "plainly": evaluations.plainly(version.evaluation),
        "start": "" if evaluations.behind_start(version.evaluation) else evaluations.beside_start(version.evaluation),
        "note": version.note,
        "live": version.live,
    }
    stands = "is ready" if version.live else "is ready, but not live"
    return f"{run.project.name} v{version.number} {stands}: {share}", "mail/run-ready", told


def failed(run: Run) -> tuple[str, str, dict[str, Any]]:
    return f"Training of {run.project.name} failed", "mail/run-failed", {"failure": run.failure}
