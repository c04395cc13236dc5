"""Asking a model: files or web addresses in, one result a page out; at once, or later by id."""

import base64
import binascii
import re
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import origin
from accounts.api.doors import person
from accounts.api.throttles import PredictionThrottle
from accounts.errors import NotFound, Refusal
from annotations import texts
from annotations.models import Project
from training import predictions, retention
from training.api.nanonets import answers, fetching
from training.api.nanonets.base import NanonetsView, field, model_for, several, text_field
from training.api.nanonets.sending import Sent, as_sent
from training.models import Prediction, PredictionState

MOST_LISTED = 1000
NOT_READY = "This model is not ready: it has no trained version yet. Train it and wait until its state is 5."
NONE_LIVE = (
    "This model is not ready: none of its versions is live. "
    "Make one live on the page of its run, or train on more images."
)


class LabelFile(NanonetsView):
    throttle_classes = (PredictionThrottle,)

    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id)
        sent, errors = sent_files(request)
        return predicted(project, request, sent, errors)


class LabelUrls(NanonetsView):
    throttle_classes = (PredictionThrottle,)

    def post(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id)
        sent, errors = fetching.fetch_all(fetching.addresses(several(request, "urls")))
        return predicted(project, request, sent, errors)


class FullText(NanonetsView):
    """Reading a page without a model is not what is offered here; clients probe it to see whether their key is good."""

    def post(self, request: Request) -> Response:
        raise Refusal(
            "Whole pages are not read without a model here. Train one and send the file to its LabelFile.",
            code="not_offered",
        )


def sent_files(request: Request) -> tuple[list[Sent], list[str]]:
    """The parts named `file`; else `base64_data`; else `urls`, which some clients send here too."""
    files = request.FILES.getlist("file")
    if files:
        return as_sent(files), []
    if encoded := text_field(request, "base64_data"):
        return as_sent([from_base64(encoded, text_field(request, "file") or "image")]), []
    if field(request, "urls"):
        return fetching.fetch_all(fetching.addresses(several(request, "urls")))
    raise Refusal("The part `file` is missing. Send the image as multipart/form-data under that name.")


def from_base64(encoded: str, name: str) -> "UploadedFile[Any]":
    body = encoded.partition(",")[2] if encoded.startswith("data:") else encoded
    try:
        return SimpleUploadedFile(texts.file_name(name), base64.b64decode(body, validate=True))
    except (binascii.Error, ValueError):
        raise Refusal("base64_data is not base64.") from None


def predicted(project: Project, request: Request, sent: list[Sent], errors: list[str]) -> Response:
    """200 when every file was read, 202 when some were or the answer takes longer, a refusal when none was taken."""
    later = request.query_params.get("async", "").lower() == "true"
    asked, refusals = ask_all(project, request, sent)
    errors = errors + [refusal.message for refusal in refusals]
    if not asked:
        status = refusals[0].status if refusals else 400
        raise refusals[0] if len(refusals) == 1 else Refusal(" ".join(errors), code="nothing_taken", status=status)
    if later:
        return Response(
            with_errors(answers.answer(asked, origin(request), processing="async"), errors),
            status=202 if errors else 200,
        )
    until = time.monotonic() + settings.PREDICT_WAIT_SECONDS
    answered = [predictions.wait(one, max(0.0, until - time.monotonic())) for one in asked]
    body = with_errors(answers.answer(answered, origin(request)), errors)
    waiting = [one for one in answered if one.state == PredictionState.WAITING]
    for one in answered:
        retention.answer_given(one)
    if waiting:
        body["message"] = (
            "This takes longer than usual. Ask for it later, by its id under "
            f"/api/v2/Inferences/Model/{project.pk}/ImageLevelInferences/."
        )
    return Response(body, status=202 if errors or waiting else 200)


def ask_all(project: Project, request: Request, sent: list[Sent]) -> tuple[list[Prediction], list[Refusal]]:
    """What all files have in common is refused at once, what is wrong with one of them is kept beside the others."""
    try:
        version = predictions.refuse_none_live(project)
    except Refusal:
        trained = project.versions.exists()
        raise Refusal(NONE_LIVE if trained else NOT_READY, code="not_ready") from None
    predictions.refuse_no_worker()
    asked: list[Prediction] = []
    refusals: list[Refusal] = []
    about: dict[str, Any] = {
        "via": "api",
        "version": version,
        "wanted": pages_to_process(field(request, "pages_to_process")),
        "metadata": text_field(request, "request_metadata"),
    }
    for one in sent:
        if one.file is None:
            continue
        try:
            asked.append(predictions.ask(project, person(request), one.file, address=one.address, **about))
        except Refusal as refusal:
            refusals.append(refusal)
    return asked, refusals


def pages_to_process(written: Any) -> Collection[int]:
    """`1,2` is the first and the second page."""
    if not written:
        return ()
    try:
        numbers = [int(part) for part in str(written).split(",")]
    except ValueError:
        raise Refusal("pages_to_process must be page numbers, as in 1,2.") from None
    if min(numbers) < 1:
        raise Refusal("pages_to_process counts from 1.")
    return {number - 1 for number in numbers}


def with_errors(body: dict[str, Any], errors: list[str]) -> dict[str, Any]:
    return body | {"message": "Partially successful", "errors": errors} if errors else body


class Inferences(NanonetsView):
    """All pages between two days, counted from 1970-01-01, both included."""

    def get(self, request: Request, model_id: str) -> Response:
        project = model_for(request, model_id)
        first, last = day(request, "start_day_interval"), day(request, "current_batch_day")
        found = Prediction.kept.filter(project=project)
        if first is not None:
            found = found.filter(created_at__gte=moment(first))
        if last is not None:
            found = found.filter(created_at__lt=moment(last + 1))
        return Response(answers.inferences(list(found[:MOST_LISTED]), origin(request)))


class PageInference(NanonetsView):
    def get(self, request: Request, model_id: str, page_id: str) -> Response:
        prediction = predictions.by_page(model_for(request, model_id), page_id)
        if prediction is None:
            raise NotFound("There is no prediction with this id.")
        page = next(page for page in prediction.pages if page["id"] == page_id)
        one = answers.answer([prediction], origin(request), processing="async")
        one["result"] = [entry for entry in one["result"] if entry["id"] == page_id]
        return Response(answers.page_record(prediction, page) | one)


class FileInference(NanonetsView):
    def get(self, request: Request, model_id: str, file_id: str) -> Response:
        prediction = predictions.by_id(model_for(request, model_id), file_id)
        if prediction is None:
            raise NotFound("There is no prediction with this request_file_id.")
        return Response(answers.inferences([prediction], origin(request)))


def day(request: Request, name: str) -> int | None:
    written = request.query_params.get(name)
    if not written:
        return None
    if not re.fullmatch("[0-9]{1,6}", written) or not int(written):
        raise Refusal(f"{name} must be a number of days since 1970-01-01.")
    return int(written)


def moment(day: int) -> datetime:
    return datetime.fromtimestamp(day * answers.SECONDS_A_DAY, tz=UTC)
