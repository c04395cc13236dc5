"""Addresses of the Nanonets-compatible API. A slash at the end is optional everywhere, and the two families are one."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, re_path

from training.api.nanonets.base import NotOffered, Root
from training.api.nanonets.models import Annotations, Classifiers, Models, OneModel, Train
from training.api.nanonets.predicting import FileInference, FullText, Inferences, LabelFile, LabelUrls, PageInference
from training.api.nanonets.uploading import UploadFile, UploadUrls

FAMILY = "(?:ObjectDetection|OCR|Inferences)"
ONE = f"{FAMILY}/Model/(?P<model_id>[^/]+)"
ALL = f"{FAMILY}/Models?"


def at(address: str, view: Callable[..., Any], name: str) -> URLPattern:
    return re_path(rf"^api/v2/(?:{address})/?$", view, name=f"nanonets-{name}")


urlpatterns = [
    re_path(r"^(?:api/)?v2/?$", Root.as_view(), name="nanonets-root"),
    at(ALL, Models.as_view(), "models"),
    at("ImageCategorization/Models?", Classifiers.as_view(), "classifiers"),
    at(ONE, OneModel.as_view(), "model"),
    at(f"{ONE}/Annotations", Annotations.as_view(), "annotations"),
    at(f"{ONE}/Train", Train.as_view(), "train"),
    at(f"{ONE}/UploadFile", UploadFile.as_view(), "upload-file"),
    at(f"{ONE}/UploadUrls", UploadUrls.as_view(), "upload-urls"),
    at(f"{ONE}/LabelFile", LabelFile.as_view(), "label-file"),
    at(f"{ONE}/LabelUrls", LabelUrls.as_view(), "label-urls"),
    at(f"{ONE}/ImageLevelInferences", Inferences.as_view(), "inferences"),
    at(f"{ONE}/ImageLevelInferences/(?P<page_id>[^/]+)", PageInference.as_view(), "page-inference"),
    at(
        f"{ONE}/InferenceRequestFiles/GetPredictions/(?P<file_id>[^/]+)",
        FileInference.as_view(),
        "file-inference",
    ),
    at("OCR/FullText", FullText.as_view(), "full-text"),
    re_path(r"^api/v2/(?P<rest>.+)$", NotOffered.as_view(), name="nanonets-not-offered"),
]
