"""Asking the trained model, and fetching what it answered."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import origin
from accounts.api.doors import Door, body, person
from accounts.api.pages import PageChoice, Pages
from accounts.api.throttles import PredictionThrottle
from accounts.errors import Refusal
from accounts.models import ApiKey
from annotations.access import project_for
from annotations.models import Project, Role
from training import predictions, retention, suggestions
from training.access import prediction_for
from training.api.shapes import PredictionShape
from training.models import Prediction, PredictionState, Version


class AskShape(serializers.Serializer[dict[str, Any]]):
    file = serializers.FileField(allow_empty_file=True)
    version = serializers.IntegerField(required=False, min_value=1)
    wait = serializers.FloatField(required=False, min_value=0, max_value=predictions.LONGEST_WAIT)


class DayShape(serializers.Serializer[dict[str, Any]]):
    date = serializers.DateField()
    count = serializers.IntegerField()


class PredictionPageShape(serializers.Serializer[dict[str, Any]]):
    results = PredictionShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class UsageShape(serializers.Serializer[dict[str, Any]]):
    days = DayShape(many=True)
    model_id = serializers.UUIDField()
    base_url = serializers.CharField()


class AddedShape(serializers.Serializer[dict[str, Any]]):
    image_id = serializers.UUIDField()
    image_ids = serializers.ListField(child=serializers.UUIDField())
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What did not become a suggestion, and why, in sentences."
    )


class Predictions(Door):
    parser_classes = (MultiPartParser, FormParser)

    def get_throttles(self) -> list[Any]:
        return [PredictionThrottle()] if self.request.method == "POST" else super().get_throttles()

    @extend_schema(parameters=[PageChoice], responses=PredictionPageShape, operation_id="predictions")
    def get(self, request: Request, project_id: UUID) -> Response:
        """The predictions of a project, the newest first, in pages."""
        project = project_for(person(request), project_id)
        pages = Pages()
        found = Prediction.kept.filter(project=project).select_related("version")
        page = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(PredictionShape(page, many=True).data)

    @extend_schema(
        request={"multipart/form-data": AskShape},
        responses={200: PredictionShape, 202: PredictionShape},
        parameters=[
            OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[202], description="Of the answer."),
            OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[202], description="In seconds."),
        ],
        operation_id="predict",
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Find and read the fields of a picture. Waits for the answer; where it takes longer, says where it will be."""
        project = project_for(person(request), project_id)
        choices = body(request, AskShape)
        prediction = predictions.ask(
            project, person(request), choices["file"], via=via(request), version=chosen(project, choices.get("version"))
        )
        seconds = choices.get("wait", settings.PREDICT_WAIT_SECONDS)
        answer = answered(predictions.wait(prediction, seconds))
        retention.answer_given(prediction)
        return answer


class OnePrediction(Door):
    @extend_schema(responses=PredictionShape, operation_id="prediction")
    def get(self, request: Request, prediction_id: UUID) -> Response:
        return Response(PredictionShape(prediction_for(person(request), prediction_id)).data)

    @extend_schema(responses={204: None}, operation_id="delete_prediction")
    def delete(self, request: Request, prediction_id: UUID) -> Response:
        """Its pictures and what was read of them are removed for good. It is still counted in the usage."""
        retention.remove_for(person(request), prediction_for(person(request), prediction_id))
        return Response(status=204)


class AddToProject(Door):
    @extend_schema(request=None, responses=AddedShape, operation_id="add_prediction_to_project")
    def post(self, request: Request, prediction_id: UUID) -> Response:
        """The picture becomes an image of the project, what was read its suggestions."""
        prediction = prediction_for(person(request), prediction_id, Role.ANNOTATOR)
        added = suggestions.add(prediction, person(request))
        ids = [str(image.pk) for image in added.images]
        return Response({"image_id": ids[0], "image_ids": ids, "notes": added.notes})


class Usage(Door):
    @extend_schema(responses=UsageShape, operation_id="usage")
    def get(self, request: Request, project_id: UUID) -> Response:
        """Predictions a day, and the address and id under which programs reach this project."""
        project = project_for(person(request), project_id)
        return Response({"days": predictions.usage(project), "model_id": str(project.pk), "base_url": origin(request)})


def via(request: Request) -> str:
    return "api" if isinstance(request.auth, ApiKey) else "ui"


def chosen(project: Project, number: int | None) -> Version | None:
    if number is None:
        return None
    version = Version.objects.filter(project=project, number=number).first()
    if version is None:
        raise Refusal(f"This project has no version {number}.", code="no_such_version", status=404)
    return version


def answered(prediction: Prediction) -> Response:
    shown = dict(PredictionShape(prediction).data)
    if prediction.state != PredictionState.WAITING:
        return Response(shown)
    address = reverse("prediction", args=[prediction.pk])
    shown["message"] = f"This takes longer than usual. The answer will be at {address}."
    return Response(shown, status=202, headers={"Retry-After": "2", "Location": address})
