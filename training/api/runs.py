"""Starting, watching and cancelling training runs."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, body, person, query
from accounts.errors import NotFound
from annotations.access import project_for
from annotations.models import Role
from training import estimates, evaluations, folders, label_names, misses, networks, runs
from training.access import run_for
from training.api.evaluation import EvaluationShape
from training.api.shapes import MOST_LISTED, RunShape
from training.engine import looks
from training.models import Run


class PaperShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    url = serializers.CharField(allow_null=True)


class NetworkShape(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    what = serializers.CharField()
    guidance = serializers.CharField(help_text="When to choose it, and what it needs.")
    paper = serializers.CharField()
    papers = PaperShape(many=True)
    parameters = serializers.IntegerField()
    default = serializers.BooleanField()
    starts = serializers.ChoiceField(
        choices=["pretrained", "tower", "nothing"],
        help_text="What its weights start from: published ones, those of what it stands on alone, or nothing.",
    )
    towers = serializers.ListField(
        child=serializers.ChoiceField(choices=["own", "pretrained"]),
        help_text="What it can stand on, the usual one first; none where its convolutions are of another kind.",
    )
    most = serializers.IntegerField(help_text="The longest text it reads, in characters; 0: any.")
    not_as = serializers.DictField(
        child=serializers.CharField(), help_text="The formats it cannot be exported to beside ONNX, each with why."
    )


@extend_schema_field({"type": "string", "enum": [choice.network.name for choice in networks.choices()]})
class NetworkName(serializers.CharField):
    """One that is not known is refused in a sentence that names those that are."""


class StartShape(serializers.Serializer[dict[str, Any]]):
    network = NetworkName(required=False, allow_null=True)
    options = serializers.DictField(
        required=False,
        allow_null=True,
        help_text="tower, rectifier, exports, reader_epochs, finder_epochs, max_minutes: docs/training.md.",
    )


class AskEstimateShape(serializers.Serializer[dict[str, Any]]):
    network = NetworkName(required=False)
    tower = serializers.ChoiceField(required=False, choices=["own", "pretrained"])


class EstimateShape(serializers.Serializer[dict[str, Any]]):
    network = serializers.CharField()
    name = serializers.CharField()
    start = serializers.CharField()
    minutes_expected = serializers.FloatField(allow_null=True)
    minutes_low = serializers.FloatField(help_text="What it likely takes at least; a guess where `based_on` is 0.")
    minutes_high = serializers.FloatField()
    based_on = serializers.IntegerField(help_text="Past runs of the same network.")
    device = serializers.CharField()
    warning = serializers.CharField(allow_null=True, help_text="Where the network cannot read all of the texts.")


class LookShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["attention", "glimpses", "rectified"])
    url = serializers.CharField()
    text = serializers.CharField(help_text="What was read.")
    truth = serializers.CharField(help_text="What was annotated.")


EPOCHS = {200: {"type": "array", "items": {"type": "object", "additionalProperties": {}}}}


class Networks(Door):
    @extend_schema(responses=NetworkShape(many=True), operation_id="networks")
    def get(self, request: Request) -> Response:
        """The networks that can be trained."""
        return Response(NetworkShape([choice.as_dict() for choice in networks.choices()], many=True).data)


class Runs(Door):
    @extend_schema(responses=RunShape(many=True), operation_id="runs")
    def get(self, request: Request, project_id: UUID) -> Response:
        """The runs of a project, the newest first, 200 at most."""
        project = project_for(person(request), project_id)
        found = Run.objects.filter(project=project).select_related("snapshot", "started_by", "version")
        return Response(RunShape(found[:MOST_LISTED], many=True).data)

    @extend_schema(request=StartShape, responses={201: RunShape}, operation_id="start_run")
    def post(self, request: Request, project_id: UUID) -> Response:
        """Train the project as it is now. Refused with findings where its data cannot be trained yet."""
        project = project_for(person(request), project_id, at_least=Role.OWNER)
        choices = body(request, StartShape)
        run = runs.start(project, person(request), network=choices.get("network"), options=choices.get("options"))
        return Response(RunShape(run).data, status=201)


class OneRun(Door):
    @extend_schema(responses=RunShape, operation_id="run")
    def get(self, request: Request, run_id: UUID) -> Response:
        return Response(RunShape(run_for(person(request), run_id)).data)


class CancelRun(Door):
    @extend_schema(request=None, responses=RunShape, operation_id="cancel_run")
    def post(self, request: Request, run_id: UUID) -> Response:
        """A waiting run is cancelled at once; a running one stops where it next reports, within seconds."""
        return Response(RunShape(runs.cancel(run_for(person(request), run_id, Role.OWNER))).data)


class Epochs(Door):
    @extend_schema(responses=EPOCHS, operation_id="run_epochs")
    def get(self, request: Request, run_id: UUID) -> Response:
        """One entry an epoch: loss, character errors, exact matches: what the curves are drawn from."""
        return Response(folders.epochs(run_for(person(request), run_id).pk))


class Log(Door):
    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="run_log")
    def get(self, request: Request, run_id: UUID) -> Response:
        """The last 200 kB of what the run said."""
        return Response({"text": folders.log_tail(run_for(person(request), run_id).pk)})


class RunEvaluation(Door):
    @extend_schema(responses=EvaluationShape, operation_id="run_evaluation")
    def get(self, request: Request, run_id: UUID) -> Response:
        """The scores on held-out images, in numbers and in sentences, with the worst misses."""
        run = run_for(person(request), run_id)
        version = getattr(run, "version", None)
        if version is None:
            raise NotFound("This run has no evaluation: it has not come that far.")
        told = label_names.renamed(version.evaluation, label_names.LabelNames.of(run.project_id).of_spec(run.spec))
        crops = reverse("run-crop", args=[run.pk, "x"])[:-1]
        shown = {"sentences": evaluations.sentences(told), "misses": list(misses.shown(run.project, told, crops))}
        return Response(told | shown)


class Looks(Door):
    @extend_schema(responses=LookShape(many=True), operation_id="run_looks")
    def get(self, request: Request, run_id: UUID) -> Response:
        """Pictures of what the network looked at; none of networks that cannot show it."""
        run = run_for(person(request), run_id)
        told = [
            look.model_dump() | {"url": reverse("run-look", args=[run.pk, look.file])}
            for look in looks.load(folders.of(run.pk))
        ]
        return Response(LookShape(told, many=True).data)


class TrainEstimate(Door):
    @extend_schema(parameters=[AskEstimateShape], responses=EstimateShape, operation_id="train_estimate")
    def get(self, request: Request, project_id: UUID) -> Response:
        """What would be trained, and how long it probably takes, judged by earlier runs on this machine."""
        project = project_for(person(request), project_id)
        chosen = query(request, AskEstimateShape)
        return Response(estimates.estimate(project, network=chosen.get("network"), tower=chosen.get("tower")))
