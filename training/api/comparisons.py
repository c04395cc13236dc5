"""Versions measured on the same held-out images."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import Door, body, person
from annotations.access import project_for
from training import comparisons
from training.access import comparison_for
from training.api.evaluation import RateShape
from training.api.shapes import MOST_LISTED, CornerShape, ReadsWithShape
from training.models import Comparison, ComparisonState

ID = {"type": "string", "format": "uuid"}


@extend_schema_field({"type": "array", "items": ID, "minItems": 2, "maxItems": comparisons.MOST_VERSIONS})
class VersionIds(serializers.ListField):
    """`training.comparisons` says in a sentence why others cannot be compared."""


class CompareShape(serializers.Serializer[dict[str, Any]]):
    versions = VersionIds(
        child=serializers.UUIDField(), help_text=f"The ids of two to {comparisons.MOST_VERSIONS} versions."
    )


@extend_schema_serializer(component_name="ComparedVersion")
class ComparedVersionShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    run = serializers.UUIDField()
    number = serializers.IntegerField()
    network = ReadsWithShape()
    exact = RateShape(help_text="Whole pictures: found, and read exactly as typed.")
    exact_normalised = RateShape(help_text="The same by letters and digits alone.")
    cer = serializers.FloatField(help_text="Character error rate on whole pictures.")
    given_region = RateShape(help_text="The reader alone, given the true region.")
    cer_given_region = serializers.FloatField()
    found = serializers.IntegerField()
    regions = serializers.IntegerField()
    invented = serializers.IntegerField(help_text="Regions found where there is none.")
    milliseconds = serializers.FloatField(help_text="What one core works on one picture: the median.")
    megabytes = serializers.FloatField(help_text="Of its bundle.")
    minutes = serializers.FloatField(allow_null=True, help_text="That its training took.")


@extend_schema_serializer(component_name="Difference")
class DifferenceShape(serializers.Serializer[Any]):
    image = serializers.CharField()
    image_id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field's own label is a string
    quad = serializers.ListField(child=CornerShape(min_length=2, max_length=2), min_length=4, max_length=4)
    truth = serializers.CharField()
    readings = serializers.DictField(
        child=serializers.CharField(allow_null=True),
        help_text="By the version's number; null where it found nothing there.",
    )
    right = serializers.ListField(child=serializers.IntegerField(), help_text="Who read it right.")
    crop = serializers.CharField()


class ComparedCountsShape(serializers.Serializer[Any]):
    fields = serializers.IntegerField()  # type: ignore[assignment]
    all_right = serializers.IntegerField()
    some_right = serializers.IntegerField()
    none_right = serializers.IntegerField()


@extend_schema_serializer(component_name="ComparisonResult")
class ResultShape(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    some_only = serializers.IntegerField(help_text="Images held out by some of the versions and not by all: left out.")
    gone = serializers.IntegerField(help_text="Images held out by all of them that were deleted since: left out.")
    skipped = serializers.IntegerField(help_text="Images that could not be opened.")
    labels = serializers.ListField(child=serializers.CharField(), help_text="The fields that all of them read.")
    sentence = serializers.CharField()
    counts = ComparedCountsShape()
    versions = ComparedVersionShape(many=True)
    differing = serializers.IntegerField(help_text="How many fields they read differently; not all may be listed.")
    differences = DifferenceShape(many=True)


class ComparisonLineShape(serializers.ModelSerializer[Comparison]):
    versions = serializers.SerializerMethodField()

    class Meta:
        model = Comparison
        fields = ["id", "project", "state", "versions", "done", "total", "failure", "created_at", "finished_at"]

    def get_versions(self, comparison: Comparison) -> list[int]:
        return comparison.numbers


class ComparisonShape(ComparisonLineShape):
    result = serializers.SerializerMethodField()

    class Meta(ComparisonLineShape.Meta):
        fields = [*ComparisonLineShape.Meta.fields, "result"]

    @extend_schema_field(ResultShape(allow_null=True))
    def get_result(self, comparison: Comparison) -> dict[str, Any] | None:
        if comparison.state != ComparisonState.DONE:
            return None
        told = comparisons.under_names_of_now(comparison)
        shown = [
            one | {"crop": reverse("comparison-crop", args=[comparison.pk, place])}
            for place, one in enumerate(told["differences"])
        ]
        return dict(told | {"differences": shown})


class Comparisons(Door):
    @extend_schema(responses=ComparisonLineShape(many=True), operation_id="comparisons")
    def get(self, request: Request, project_id: UUID) -> Response:
        """What was compared in a project, the newest first, 200 at most."""
        found = Comparison.objects.filter(project=project_for(person(request), project_id))
        return Response(ComparisonLineShape(found[:MOST_LISTED], many=True).data)

    @extend_schema(request=CompareShape, responses={201: ComparisonShape}, operation_id="compare_versions")
    def post(self, request: Request, project_id: UUID) -> Response:
        """Measure versions on the images that all of them held out. Asked again, the same comparison is the answer."""
        project = project_for(person(request), project_id)
        versions = body(request, CompareShape)["versions"]
        return Response(ComparisonShape(comparisons.ask(project, person(request), versions)).data, status=201)


class OneComparison(Door):
    @extend_schema(responses=ComparisonShape, operation_id="comparison")
    def get(self, request: Request, comparison_id: UUID) -> Response:
        """Poll it until its state is done or failed."""
        return Response(ComparisonShape(comparison_for(person(request), comparison_id)).data)
