"""Addresses of runs, versions, comparisons and predictions, of their pictures, and of the Nanonets-compatible API."""

from django.urls import URLPattern, URLResolver, include, path

from accounts import row_ids  # noqa: F401  (registers its kind of number)
from training.api import comparisons, media, predictions, runs, versions

PROJECT = "api/v1/projects/<uuid:project_id>"
RUN = "api/v1/runs/<uuid:run_id>"
PAGE = "media/predictions/<uuid:prediction_id>/<uuid:page_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/networks", runs.Networks.as_view(), name="networks"),
    path(f"{PROJECT}/runs", runs.Runs.as_view(), name="runs"),
    path(f"{PROJECT}/train-estimate", runs.TrainEstimate.as_view(), name="train-estimate"),
    path(RUN, runs.OneRun.as_view(), name="run"),
    path(f"{RUN}/cancel", runs.CancelRun.as_view(), name="run-cancel"),
    path(f"{RUN}/epochs", runs.Epochs.as_view(), name="run-epochs"),
    path(f"{RUN}/log", runs.Log.as_view(), name="run-log"),
    path(f"{RUN}/evaluation", runs.RunEvaluation.as_view(), name="run-evaluation"),
    path(f"{RUN}/looks", runs.Looks.as_view(), name="run-looks"),
    path(f"{PROJECT}/versions", versions.Versions.as_view(), name="versions"),
    path("api/v1/versions/<uuid:version_id>/make-live", versions.MakeLive.as_view(), name="version-make-live"),
    path("api/v1/versions/<uuid:version_id>/bundle", versions.Bundle.as_view(), name="version-bundle"),
    path(f"{PROJECT}/comparisons", comparisons.Comparisons.as_view(), name="comparisons"),
    path("api/v1/comparisons/<uuid:comparison_id>", comparisons.OneComparison.as_view(), name="comparison"),
    path(f"{PROJECT}/predictions", predictions.Predictions.as_view(), name="predictions"),
    path(f"{PROJECT}/usage", predictions.Usage.as_view(), name="usage"),
    path("api/v1/predictions/<uuid:prediction_id>", predictions.OnePrediction.as_view(), name="prediction"),
    path(
        "api/v1/predictions/<uuid:prediction_id>/add-to-project",
        predictions.AddToProject.as_view(),
        name="prediction-add",
    ),
    path(f"{PAGE}/file", media.PredictionFile.as_view(), name="prediction-file"),
    path(f"{PAGE}/thumbnail", media.PredictionThumbnail.as_view(), name="prediction-thumbnail"),
    path("media/runs/<uuid:run_id>/crops/<str:name>", media.RunCrop.as_view(), name="run-crop"),
    path("media/runs/<uuid:run_id>/looks/<str:name>", media.RunLook.as_view(), name="run-look"),
    path(
        "media/comparisons/<uuid:comparison_id>/crops/<row:place>",
        media.ComparisonCrop.as_view(),
        name="comparison-crop",
    ),
    path("media/signed/<str:token>", media.SignedFile.as_view(), name="signed-file"),
    path("", include("training.api.nanonets.urls")),
]
