"""Predictions in the shape of the Nanonets API: one result a page."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from django.utils.timezone import localtime

from training import signed
from training.label_names import LabelNames
from training.models import Prediction, PredictionState

MESSAGES = {PredictionState.DONE: "Success", PredictionState.WAITING: "pending", PredictionState.FAILED: "failure"}
TURNS = {"acw_rotate_90": 90, "acw_rotate_180": 180, "acw_rotate_270": 270}
SECONDS_A_DAY = 86400


def answer(predictions: Sequence[Prediction], origin: str, *, processing: str = "sync") -> dict[str, Any]:
    """The whole body, with links to pictures below `origin`.

    Boxes are whole pixels, `type` is always there: typed clients break on anything else.
    """
    results = [result(one, page, processing) for one in predictions for page in one.pages]
    messages = {entry["message"] for entry in results}
    return {
        "message": messages.pop() if len(messages) == 1 else "Partially successful",
        "result": results,
        "signed_urls": signed_urls(predictions, origin),
    }


def result(prediction: Prediction, page: dict[str, Any], processing: str) -> dict[str, Any]:
    return {
        "message": MESSAGES[PredictionState(prediction.state)],
        "input": prediction.address or prediction.name,  # clients tell what they sent apart by it
        "prediction": boxes(prediction, page),
        "page": page["page"],
        "request_file_id": str(prediction.pk),
        "filepath": page_path(prediction, page),
        "id": page["id"],
        "rotation": 0,
        "file_url": file_path(prediction),
        "request_metadata": prediction.request_metadata,
        "processing_type": processing,
        "size": {"width": page["width"], "height": page["height"]},
    } | ({"error": prediction.failure} if prediction.failure else {})


def boxes(prediction: Prediction, page: dict[str, Any]) -> list[dict[str, Any]]:
    names = LabelNames.of(prediction.project_id)
    return [
        {
            "id": str(uuid5(UUID(page["id"]), str(number))),
            "label": region["label"],
            **bounds(region["quad"]),
            "score": region["confidence"],
            "ocr_text": region["text"],
            "type": "field",
            "status": "correctly_predicted",
            "page_no": page["page"],
            "label_id": region["label_id"] or "",
            "validation_status": "",
            "validation_message": "",
        }
        for number, region in enumerate(map(names.region, page["regions"] or []))
    ]


def bounds(quad: Sequence[Sequence[float]]) -> dict[str, int]:
    """The smallest upright box of whole pixels around a quadrilateral, as near as rounding goes."""
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    return {"xmin": round(min(xs)), "ymin": round(min(ys)), "xmax": round(max(xs)), "ymax": round(max(ys))}


def page_path(prediction: Prediction, page: dict[str, Any]) -> str:
    return f"uploadedfiles/{prediction.project_id}/PredictionImages/{page['id']}.jpeg"


def file_path(prediction: Prediction) -> str:
    return f"uploadedfiles/{prediction.project_id}/RawPredictions/{prediction.pk}"


def signed_urls(predictions: Sequence[Prediction], origin: str) -> dict[str, dict[str, str]]:
    return {page_path(one, page): links(page, origin) for one in predictions for page in one.pages}


def links(page: dict[str, Any], origin: str) -> dict[str, str]:
    """Links that show the page's picture without a key, until they expire."""
    picture = page["file"]
    return {
        "original": signed.link(picture, origin),
        "original_compressed": signed.link(picture, origin),
        "thumbnail": signed.link(page["thumbnail"], origin),
        **{name: signed.link(picture, origin, turn=degrees) for name, degrees in TURNS.items()},
        "original_with_long_expiry": signed.link(picture, origin, hours=signed.LONG_HOURS),
    }


def page_record(prediction: Prediction, page: dict[str, Any]) -> dict[str, Any]:
    """A page as lists of inferences show it. Nobody moderates here, so no page is moderated."""
    made = localtime(prediction.created_at)
    seconds = int(prediction.created_at.timestamp())
    finished = localtime(prediction.finished_at).isoformat() if prediction.finished_at else ""
    return {
        "model_id": str(prediction.project_id),
        "day_since_epoch": seconds // SECONDS_A_DAY,
        "hour_of_day": made.hour,
        "is_moderated": False,
        "id": page["id"],
        "url": page_path(prediction, page),
        "file_url": file_path(prediction),
        "predicted_boxes": boxes(prediction, page),
        "moderated_boxes": [],
        "original_file_name": prediction.name,
        "no_of_fields": len(page["regions"] or []),
        "page": page["page"],
        "request_file_id": str(prediction.pk),
        "request_metadata": prediction.request_metadata,
        "status": MESSAGES[PredictionState(prediction.state)],
        "size": {"width": page["width"], "height": page["height"]},
        "updated_at": finished,
        "verified_at": "",
        "verified_by": "",
        "export_status": "",
        "current_stage_id": "",
        "approval_status": "",
    }


def inferences(predictions: Sequence[Prediction], origin: str) -> dict[str, Any]:
    pages = [page_record(one, page) for one in predictions for page in one.pages]
    return {
        "moderated_images_count": 0,
        "unmoderated_images_count": len(pages),
        "moderated_images": [],
        "unmoderated_images": pages,
        "signed_urls": signed_urls(predictions, origin),
    }
