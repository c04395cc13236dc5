"""How long predictions are kept: so many days, not beyond the answer, or until somebody deletes them.

A removed prediction loses its pictures, its texts and its name. Its empty row stays for as long as the usage counts it.
"""

from datetime import timedelta

from django.db.models.functions import Now

from accounts.errors import Forbidden
from accounts.models import User
from annotations import orphans, projects
from annotations.models import Project, Role
from training import predictions
from training.models import Prediction, PredictionState

FETCHABLE = timedelta(hours=1)  # what is not kept beyond the answer, where the answer may still be fetched
MOST_AT_ONCE = 1000  # of one project


def remove_for(user: User, prediction: Prediction) -> None:
    """Whoever asked may delete it, and the owners of the project."""
    if prediction.user_id != user.pk:
        owned = prediction.project.memberships.filter(user=user, role=Role.OWNER)
        if not owned.exists():
            raise Forbidden("Only whoever asked for this prediction, or an owner of the project, may delete it.")
    remove(prediction)


def remove(prediction: Prediction) -> bool:
    """The row first: what a crash leaves are files that no row names. One that still waits is not read any more."""
    emptied = {"pages": [], "name": "", "address": "", "request_metadata": "", "failure": "", "removed_at": Now()}
    kept = Prediction.kept.filter(pk=prediction.pk)
    kept.filter(state=PredictionState.WAITING).update(state=PredictionState.FAILED, finished_at=Now())
    if not kept.update(**emptied):
        return False
    orphans.remove([orphans.MEDIA + page[part] for page in prediction.pages for part in ("file", "thumbnail")])
    return True


def answer_given(prediction: Prediction) -> None:
    """A program has its answer: where nothing is to be kept, it goes at once.

    On the Try page the answer is looked at, with its picture, and added to the project: it goes within the next hour,
    as does an answer that is fetched later.
    """
    if prediction.state == PredictionState.WAITING or prediction.via != "api":
        return
    if projects.prediction_days(prediction.project) == 0:
        remove(prediction)


def remove_expired() -> int:
    """Of all projects, deleted ones too. How many."""
    removed = 0
    for project in Project.objects.only("pk", "prediction_days"):
        removed += sum(remove(prediction) for prediction in _expired(project))
    counted_since = Now() - timedelta(days=predictions.DAYS_SHOWN + 1)
    Prediction.objects.filter(removed_at__isnull=False, created_at__lt=counted_since).delete()
    return removed


def _expired(project: Project) -> list[Prediction]:
    days = projects.prediction_days(project)
    answered = Prediction.kept.filter(project=project).exclude(state=PredictionState.WAITING)
    if days:
        found = answered.filter(created_at__lt=Now() - timedelta(days=days))
    else:
        found = answered.filter(finished_at__lt=Now() - FETCHABLE)
    return list(found.only("pk", "pages")[:MOST_AT_ONCE])
