"""Runs, versions and predictions as the API shows them."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts import room
from accounts.models import User
from training import evaluations, networks, runs
from training.label_names import LabelNames
from training.models import Prediction, Run, RunState, Version

MOST_LISTED = 200  # runs, versions or comparisons in one list


@extend_schema_serializer(component_name="RunStarter")
class StarterShape(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "name"]


@extend_schema_serializer(component_name="ReadsWith")
class ReadsWithShape(serializers.Serializer[Any]):
    """What a run or a version reads with."""

    key = serializers.CharField()
    name = serializers.CharField()
    tower = serializers.CharField(allow_null=True)
    rectifier = serializers.CharField(allow_null=True)


class RunVersionShape(serializers.ModelSerializer[Version]):
    class Meta:
        model = Version
        fields = ["id", "number", "accuracy", "live", "note"]


@extend_schema_serializer(component_name="TrainingRun")
class RunShape(serializers.ModelSerializer[Run]):
    started_by = StarterShape(read_only=True)
    queue_position = serializers.SerializerMethodField()
    waits_for_room = serializers.SerializerMethodField()
    counts = serializers.JSONField(source="snapshot.counts", read_only=True, default=dict)
    seconds = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    cancelling = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()
    network = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id", "number", "project", "state", "queue_position", "waits_for_room", "created_at", "started_at",
            "finished_at", "started_by", "progress", "steps", "device", "failure", "version", "network", "spec",
            "counts", "attempts", "seconds", "cancelling",
        ]  # fmt: skip

    def get_queue_position(self, run: Run) -> int | None:
        return runs.queue_position(run)

    def get_waits_for_room(self, run: Run) -> bool:
        """Queued, and not begun while the server's disk is nearly full."""
        return run.state == RunState.QUEUED and room.is_short()

    def get_seconds(self, run: Run) -> float | None:
        return runs.seconds_taken(run)

    def get_steps(self, run: Run) -> dict[str, str]:
        """In the order in which they were entered, which not every database keeps."""
        return dict(sorted(run.steps.items(), key=lambda step: str(step[1])))

    def get_cancelling(self, run: Run) -> bool:
        return run.finished_at is None and run.cancel_requested_at is not None

    @extend_schema_field(ReadsWithShape)
    def get_network(self, run: Run) -> dict[str, Any]:
        return networks.of_spec(run.spec)

    def get_version(self, run: Run) -> dict[str, Any] | None:
        version = getattr(run, "version", None)
        return RunVersionShape(version).data if version else None


class VersionShape(serializers.ModelSerializer[Version]):
    sentence = serializers.SerializerMethodField()
    bundle_url = serializers.SerializerMethodField()
    network = serializers.SerializerMethodField()

    class Meta:
        model = Version
        fields = [
            "id", "project", "run", "number", "accuracy", "live", "note", "comparison", "created_at", "sentence",
            "bundle_url", "network",
        ]  # fmt: skip

    @extend_schema_field(ReadsWithShape)
    def get_network(self, version: Version) -> dict[str, Any]:
        return networks.of_spec(version.run.spec)

    def get_sentence(self, version: Version) -> str:
        return evaluations.sentence(evaluations.end_to_end(version.evaluation))

    def get_bundle_url(self, version: Version) -> str:
        return reverse("version-bundle", args=[version.pk])


@extend_schema_field(
    {
        "type": "array",
        "items": {"oneOf": [{"type": "string"}, {"type": "number"}]},
        "minItems": 2,
        "maxItems": 2,
    }
)
class CharacterShape(serializers.ListField):
    """A character and its confidence."""


class CornerShape(serializers.ListField):
    """x and y."""

    child = serializers.FloatField()


@extend_schema_serializer(component_name="PredictedRegion")
class PredictedRegionShape(serializers.Serializer[dict[str, Any]]):
    label = serializers.CharField(help_text="Its name in the project now.")  # type: ignore[assignment]
    label_id = serializers.UUIDField(allow_null=True, help_text="null: the label was deleted since.")
    quad = serializers.ListField(
        child=CornerShape(min_length=2, max_length=2),
        min_length=4,
        max_length=4,
        help_text="Four corners, clockwise from the text's top left, in pixels of the upright picture.",
    )
    text = serializers.CharField()
    confidence = serializers.FloatField(help_text="How likely the text is exactly right, 0 to 1.")
    finder_score = serializers.FloatField(help_text="How much the region looks like one of its label, 0 to 1.")
    characters = serializers.ListField(
        child=CharacterShape(),
        help_text="The characters of the text in their order, each with its own confidence, 0 to 1.",
    )
    doubtful = serializers.BooleanField(
        required=False,
        help_text="The finder is unsure; the region is given because every annotated image holds one of its label.",
    )


@extend_schema_serializer(component_name="PredictedPage")
class PredictedPageShape(serializers.Serializer[dict[str, Any]]):
    id = serializers.UUIDField()
    page = serializers.IntegerField(help_text="Of the file, from 0.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    file_url = serializers.CharField()
    thumbnail_url = serializers.CharField()
    regions = PredictedRegionShape(many=True)


class PredictionShape(serializers.ModelSerializer[Prediction]):
    version = serializers.IntegerField(source="version.number", read_only=True)
    url = serializers.SerializerMethodField()
    pages = serializers.SerializerMethodField()

    class Meta:
        model = Prediction
        fields = ["id", "state", "version", "name", "milliseconds", "failure", "url", "created_at", "pages"]

    def get_url(self, prediction: Prediction) -> str:
        return reverse("prediction", args=[prediction.pk])

    @extend_schema_field(PredictedPageShape(many=True))
    def get_pages(self, prediction: Prediction) -> list[dict[str, Any]]:
        names = self.names_of(prediction.project_id)
        return [page_shape(prediction, page, names) for page in prediction.pages]

    def names_of(self, project_id: UUID) -> LabelNames:
        """Read once for a list of predictions."""
        known: dict[UUID, LabelNames] = self.root.__dict__.setdefault("known_names", {})
        if project_id not in known:
            known[project_id] = LabelNames.of(project_id)
        return known[project_id]


def page_shape(prediction: Prediction, page: dict[str, Any], names: LabelNames) -> dict[str, Any]:
    """A stored page without its storage keys, with addresses instead, its labels under the names they have now."""
    address = [prediction.pk, page["id"]]
    return {
        "id": page["id"],
        "page": page["page"],
        "width": page["width"],
        "height": page["height"],
        "file_url": reverse("prediction-file", args=address),
        "thumbnail_url": reverse("prediction-thumbnail", args=address),
        "regions": [names.region(region) for region in page["regions"] or []],
    }
