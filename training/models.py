"""Runs, versions and predictions of a project."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotations.models import Project, Snapshot


class RunState(models.TextChoices):
    QUEUED = "queued"
    PREPARING = "preparing"
    TRAINING = "training"
    EVALUATING = "evaluating"
    EXPORTING = "exporting"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE_STATES = (RunState.PREPARING, RunState.TRAINING, RunState.EVALUATING, RunState.EXPORTING)
UNFINISHED_STATES = (RunState.QUEUED, *ACTIVE_STATES)
ENDED_STATES = (RunState.READY, RunState.FAILED, RunState.CANCELLED)


class Run(models.Model):
    """One training run. Its state is written by `training.runs` alone, by conditional updates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()  # 1, 2, … within the project
    # None: of a large project, and the default worker has not frozen it yet
    snapshot = models.ForeignKey(Snapshot, on_delete=models.RESTRICT, related_name="runs", null=True)
    spec = models.JSONField()  # what spec.json will say; frozen at the start
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)  # first claimed by a worker
    finished_at = models.DateTimeField(null=True, blank=True)
    owner_token = models.CharField(max_length=64, blank=True)  # the worker that holds the lease
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.JSONField(default=dict)  # last report of the engine: {step, part, epoch, epochs, fraction, ...}
    steps = models.JSONField(default=dict)  # {state: iso time it was entered}: what the stepper shows
    device = models.CharField(max_length=200, blank=True)
    failure = models.TextField(blank=True)  # a sentence
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_token = models.CharField(max_length=64, blank=True)  # of the process that is sending its mail
    sent_at = models.DateTimeField(null=True, blank=True)  # the task was last put on the queue

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=[state.value for state in UNFINISHED_STATES]),
                name="one_unfinished_run_a_project",
            ),
            models.UniqueConstraint(fields=["project", "number"], name="run_number_once_a_project"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
        ]

    def __str__(self) -> str:
        return f"run {self.number}"

    @property
    def frozen(self) -> Snapshot:
        """The data of a run that was claimed, which none is before it has its snapshot."""
        if self.snapshot is None:
            raise ValueError("the data of this run is not frozen yet")
        return self.snapshot


class Version(models.Model):
    """A trained model: v1, v2, …"""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="versions")
    run = models.OneToOneField(Run, on_delete=models.RESTRICT, related_name="version")
    number = models.PositiveIntegerField()
    evaluation = models.JSONField()  # evaluation.json as the engine wrote it
    accuracy = models.FloatField()  # end-to-end exact on held-out images, 0..1
    live = models.BooleanField(default=False)
    note = models.TextField(blank=True)  # why it did or did not go live, in a sentence
    comparison = models.JSONField(default=dict)  # the then live version on the same images: {version, exact, of}
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="version_number_once_a_project"),
            models.UniqueConstraint(fields=["project"], condition=Q(live=True), name="one_live_version"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class PredictionState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class KeptPredictions(models.Manager["Prediction"]):
    def get_queryset(self) -> models.QuerySet["Prediction"]:
        return super().get_queryset().filter(removed_at__isnull=True)


class Prediction(models.Model):
    """One answered request: pages, regions, texts, confidences. Removed, it is empty, and counted for a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="predictions")
    version = models.ForeignKey(Version, on_delete=models.RESTRICT, related_name="predictions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    via = models.CharField(max_length=4, choices=[("ui", "ui"), ("api", "api")])
    name = models.CharField(max_length=255)
    address = models.TextField(blank=True)  # where the picture was fetched from; "" of one that was sent itself
    state = models.CharField(max_length=10, choices=PredictionState.choices, default=PredictionState.WAITING)
    pages = models.JSONField(default=list)  # [{id, page, file, thumbnail, width, height, regions: [...] | null}]
    request_metadata = models.TextField(blank=True)
    milliseconds = models.FloatField(null=True, blank=True)
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # the task was last put on the queue
    finished_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # by `training.retention`

    objects = models.Manager["Prediction"]()
    kept = KeptPredictions()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["project", "-created_at"], name="predictions_of_project")]

    def __str__(self) -> str:
        return self.name


class ComparisonState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Comparison(models.Model):
    """Versions of a project, measured on the same images. Its state is written by `training.comparisons` alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="comparisons")
    of = models.CharField(max_length=100)  # the versions' numbers in their order: "1,3"
    state = models.CharField(max_length=10, choices=ComparisonState.choices, default=ComparisonState.WAITING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    owner_token = models.CharField(max_length=64, blank=True)  # the worker that holds the lease
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # of `total` predictions, one an image and version
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)  # see training.side_by_side
    failure = models.TextField(blank=True)  # a sentence
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # the task was last put on the queue
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "of"], name="versions_compared_once_a_project"),
            models.CheckConstraint(condition=Q(state__in=ComparisonState.values), name="comparison_state_known"),
        ]

    def __str__(self) -> str:
        return self.of

    @property
    def numbers(self) -> list[int]:
        return [int(number) for number in self.of.split(",")]
