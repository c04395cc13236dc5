"""Runs, versions and predictions as the API shows them."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from accounts.models import User
from training import evaluations, runs
from training.models import Prediction, Run, Version


@extend_schema_serializer(component_name="RunStarter")
class StarterShape(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "name"]


class RunVersionShape(serializers.ModelSerializer[Version]):
    class Meta:
        model = Version
        fields = ["id", "number", "accuracy", "live", "note"]


@extend_schema_serializer(component_name="TrainingRun")
class RunShape(serializers.ModelSerializer[Run]):
    started_by = StarterShape(read_only=True)
    queue_position = serializers.SerializerMethodField()
    counts = serializers.JSONField(source="snapshot.counts", read_only=True)
    seconds = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    cancelling = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id", "number", "project", "state", "queue_position", "created_at", "started_at", "finished_at",
            "started_by", "progress", "steps", "device", "failure", "version", "spec", "counts", "attempts", "seconds",
            "cancelling",
        ]  # fmt: skip

    def get_queue_position(self, run: Run) -> int | None:
        return runs.queue_position(run)

    def get_seconds(self, run: Run) -> float | None:
        return runs.seconds_taken(run)

    def get_steps(self, run: Run) -> dict[str, str]:
        """In the order in which they were entered, which not every database keeps."""
        return dict(sorted(run.steps.items(), key=lambda step: str(step[1])))

    def get_cancelling(self, run: Run) -> bool:
        return run.finished_at is None and run.cancel_requested_at is not None

    def get_version(self, run: Run) -> dict[str, Any] | None:
        version = getattr(run, "version", None)
        return RunVersionShape(version).data if version else None


class VersionShape(serializers.ModelSerializer[Version]):
    sentence = serializers.SerializerMethodField()
    bundle_url = serializers.SerializerMethodField()

    class Meta:
        model = Version
        fields = [
            "id", "project", "run", "number", "accuracy", "live", "note", "comparison", "created_at", "sentence",
            "bundle_url",
        ]  # fmt: skip

    def get_sentence(self, version: Version) -> str:
        return evaluations.sentence(evaluations.end_to_end(version.evaluation))

    def get_bundle_url(self, version: Version) -> str:
        return reverse("version-bundle", args=[version.pk])


class PredictionShape(serializers.ModelSerializer[Prediction]):
    version = serializers.IntegerField(source="version.number", read_only=True)
    url = serializers.SerializerMethodField()
    pages = serializers.SerializerMethodField()

    class Meta:
        model = Prediction
        fields = ["id", "state", "version", "name", "milliseconds", "failure", "url", "created_at", "pages"]

    def get_url(self, prediction: Prediction) -> str:
        return reverse("prediction", args=[prediction.pk])

    def get_pages(self, prediction: Prediction) -> list[dict[str, Any]]:
        return [page_shape(prediction, page) for page in prediction.pages]


def page_shape(prediction: Prediction, page: dict[str, Any]) -> dict[str, Any]:
    """A stored page without its storage keys, with addresses instead."""
    address = [prediction.pk, page["id"]]
    return {
        "id": page["id"],
        "page": page["page"],
        "width": page["width"],
        "height": page["height"],
        "file_url": reverse("prediction-file", args=address),
        "thumbnail_url": reverse("prediction-thumbnail", args=address),
        "regions": page["regions"] or [],
    }
