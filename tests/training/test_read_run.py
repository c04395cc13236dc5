"""GET of one run, its epochs, log, evaluation and crops, and cancelling it."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.serializers import DictField, ListSerializer, Serializer
from rest_framework.test import APIClient

from annotations import images
from annotations.models import Project, Region
from tests.training.conftest import MakeRun, MakeVersion, evaluation_of, scores_of, streamed
from training import folders
from training.api.evaluation import EvaluationShape
from training.engine import looks
from training.engine.bundle import Parity
from training.engine.evaluate import Calibration, Scores
from training.engine.looks import Look
from training.models import Run, RunState, Version

pytestmark = pytest.mark.usefixtures("valkey", "data_dir")

PARTS = ["", "/epochs", "/log", "/evaluation", "/looks"]


def address(run: Run, part: str = "") -> str:
    return f"/api/v1/runs/{run.pk}{part}"


def test_a_run_shows_its_progress(make_run: MakeRun, bob_client: APIClient) -> None:
    run = make_run(
        RunState.TRAINING, started_at=timezone.now(), progress={"part": "reader", "fraction": 0.5}, device="CPU"
    )
    told = bob_client.get(address(run)).json()
    assert (told["state"], told["progress"]["fraction"], told["device"]) == ("training", 0.5, "CPU")
    assert told["queue_position"] is None
    assert told["seconds"] >= 0


@pytest.mark.parametrize("part", PARTS)
def test_a_stranger_finds_no_run(make_run: MakeRun, charlie_client: APIClient, part: str) -> None:
    assert charlie_client.get(address(make_run(), part)).status_code == 404


@pytest.mark.parametrize("part", PARTS)
def test_without_a_key_no_run_is_shown(make_run: MakeRun, anyone: APIClient, part: str) -> None:
    assert anyone.get(address(make_run(), part)).status_code == 401


def test_the_epochs_are_those_written_whole(make_run: MakeRun, alice_client: APIClient) -> None:
    run = make_run()
    assert alice_client.get(address(run, "/epochs")).json() == []
    folder = folders.of(run.pk)
    folder.mkdir(parents=True)
    whole = json.dumps({"part": "reader", "epoch": 1, "loss": 0.5})
    (folder / "epochs.jsonl").write_text(f'{whole}\n{{"part": "rea')
    assert alice_client.get(address(run, "/epochs")).json() == [{"part": "reader", "epoch": 1, "loss": 0.5}]


def test_the_log_is_cut_at_its_end(make_run: MakeRun, alice_client: APIClient) -> None:
    run = make_run()
    assert alice_client.get(address(run, "/log")).json() == {"text": ""}
    folders.of(run.pk).mkdir(parents=True)
    (folders.of(run.pk) / "log.txt").write_text("x" * 300_000 + "the end")
    text = alice_client.get(address(run, "/log")).json()["text"]
    assert len(text) == folders.LOG_TAIL_BYTES
    assert text.endswith("the end")


def test_a_run_without_a_version_has_no_evaluation(make_run: MakeRun, alice_client: APIClient) -> None:
    response = alice_client.get(address(make_run(), "/evaluation"))
    assert response.status_code == 404
    assert "no evaluation" in response.json()["error"]["message"]


def test_the_evaluation_speaks_in_sentences_and_shows_misses(make_version: MakeVersion, bob_client: APIClient) -> None:
    run = make_version(right=9).run
    told = bob_client.get(address(run, "/evaluation")).json()
    assert told["sentences"]["end_to_end"] == (
        "On whole pictures it reads 9 of 10 held-out fields exactly (90 %, likely between 60 and 98 %)."
    )
    assert told["overall"] == evaluation_of(9)["overall"]
    assert told["misses"][0]["crop"] == f"/media/runs/{run.pk}/crops/000.png"


def test_a_miss_leads_to_its_image_and_region_while_they_are_there(
    make_version: MakeVersion, annotated_project: Project, alice_client: APIClient
) -> None:
    version = make_version()
    region = Region.objects.select_related("image").first()
    assert region is not None
    file = f"images/{region.image.pk}.png"
    one = {**version.evaluation["misses"][0], "image": file, "quad": region.quad}
    elsewhere = {**one, "quad": [[x + 40, y] for x, y in region.quad]}
    invented = {**one, "kind": "invented", "truth": None}
    gone = {**one, "image": f"images/{uuid4()}.png"}
    version.evaluation |= {"misses": [one, elsewhere, invented, gone]}
    version.save()

    def told() -> list[tuple[str | None, str | None]]:
        misses = alice_client.get(address(version.run, "/evaluation")).json()["misses"]
        return [(miss["image_id"], miss["region"]) for miss in misses]

    image = str(region.image.pk)
    assert told() == [(image, str(region.pk)), (image, None), (image, None), (None, None)]
    images.delete(annotated_project, [region.image.pk])
    assert told() == [(None, None)] * 4


def test_the_schema_of_the_api_describes_all_of_an_evaluation(make_version: MakeVersion, bob_client: APIClient) -> None:
    """The engine's own classes are not seen by the web, so their keys are written down twice."""
    version = make_version()
    scores = scores_of(9).model_copy(update={"calibration": Calibration.over([0.9, 0.8], [True, False])})
    version.evaluation = evaluation_of(
        9, start=scores, overall=scores, parity=Parity(photos=2, crops=32, finder=0.0, reader=0.0)
    )
    version.save()
    told = bob_client.get(address(version.run, "/evaluation")).json()
    assert undescribed(told, EvaluationShape()) == set()


def undescribed(told: Any, shape: Any, path: str = "") -> set[str]:
    """The paths that are told and not in the shape, or in the shape and not told."""
    if isinstance(shape, ListSerializer | DictField):
        values = told.values() if isinstance(told, dict) else told
        return set().union(*(undescribed(value, shape.child, f"{path}.*") for value in values))
    if not isinstance(shape, Serializer) or told is None:
        return set()
    amiss = {f"{path}.{name}" for name in set(told) ^ set(shape.fields)}
    known = set(told) & set(shape.fields)
    return amiss.union(*(undescribed(told[name], shape.fields[name], f"{path}.{name}") for name in known))


def sentences(client: APIClient, version: Version, evaluation: dict[str, Any]) -> dict[str, str]:
    version.evaluation = evaluation
    version.save()
    told: dict[str, str] = client.get(address(version.run, "/evaluation")).json()["sentences"]
    return told


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (scores_of(35, 46), "The untrained start reads 35 of 46 of the same fields."),
        (
            scores_of(30, 46, plain=35),
            "The untrained start reads 30 of 46 of the same fields, 35 by letters and digits alone.",
        ),
        (scores_of(0, 0), None),
        (None, None),
    ],
)
def test_the_evaluation_says_what_the_untrained_start_reads(
    make_version: MakeVersion, bob_client: APIClient, start: Scores | None, said: str | None
) -> None:
    assert sentences(bob_client, make_version(), evaluation_of(43, 46, start=start)).get("start") == said


@pytest.mark.parametrize(
    ("calibration", "said"),
    [
        (
            {"of": 46, "confidence": 0.9, "right": 0.872, "error": 0.041},
            "When it says 90 %, as it does on average, it is right about 87 % of the time; mean gap 4 points, "
            "over 46 fields.",
        ),
        (
            {"of": 46, "confidence": 0.9, "right": 0.9, "error": 0.004},
            "When it says 90 %, as it does on average, it is right about 90 % of the time; mean gap less than a point, "
            "over 46 fields.",
        ),
        (
            {"of": 1, "confidence": 0.99, "right": 1.0, "error": 0.01},
            "When it says 99 %, as it does on average, it is right about 100 % of the time; mean gap 1 point, "
            "over 1 field: too few to hold it to that.",
        ),
        ({"of": 0, "confidence": 0.0, "right": 0.0, "error": 0.0}, None),
        (None, None),
    ],
)
def test_the_evaluation_says_what_a_confidence_is_worth(
    make_version: MakeVersion, bob_client: APIClient, calibration: dict[str, float] | None, said: str | None
) -> None:
    evaluation = evaluation_of(43, 46)
    evaluation["overall"]["calibration"] = calibration
    assert sentences(bob_client, make_version(), evaluation).get("calibration") == said


@pytest.mark.parametrize(
    ("parity", "said"),
    [
        ((0.0000213, 0.000004), "largest difference 0.00002 over 32 crops and 2 photos."),
        ((0.0, 0.00049), "largest difference 0.0005 over 32 crops and 2 photos."),
        ((0.0, 0.0), "largest difference 0 over 32 crops and 2 photos."),
    ],
)
def test_the_evaluation_says_how_far_the_exported_model_is_from_the_trained_one(
    make_version: MakeVersion, bob_client: APIClient, parity: tuple[float, float], said: str
) -> None:
    finder, reader = parity
    evaluation = evaluation_of(43, 46, parity=Parity(photos=2, crops=32, finder=finder, reader=reader))
    told = sentences(bob_client, make_version(), evaluation)
    assert told["parity"] == f"The exported model answers as the trained one: {said}"


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (46, None),
        (6, "There are only 6 held-out fields, and each is worth 17 points"),
        (1, "There is only 1 held-out field, and each is worth 100 points"),
        (0, None),
    ],
)
def test_the_evaluation_says_where_few_fields_were_measured(
    make_version: MakeVersion, bob_client: APIClient, of: int, said: str | None
) -> None:
    told = sentences(bob_client, make_version(), evaluation_of(of, of))
    assert told.get("few", "").partition(":")[0] == (said or "")


def test_an_evaluation_of_an_earlier_release_is_told_without_what_it_lacks(
    make_version: MakeVersion, bob_client: APIClient
) -> None:
    old = evaluation_of(43, 46)
    for name in ("start", "parity"):
        del old[name]
    for scores in (old["overall"], *old["labels"].values()):
        for name in ("fields", "fields_normalised", "calibration"):
            del scores[name]
        for name in ("precision_range", "recall_range", "f1_range"):
            del scores["finder"][name]
    assert set(sentences(bob_client, make_version(), old)) == {"end_to_end", "given_region", "finder"}


def test_the_crop_of_a_miss_is_shown_to_members_alone(
    make_version: MakeVersion, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    run = make_version().run
    misses = folders.of(run.pk) / "misses"
    misses.mkdir()
    (misses / "000.png").write_bytes(b"\x89PNG")
    crop = f"/media/runs/{run.pk}/crops/000.png"
    response = bob_client.get(crop)
    assert streamed(response) == b"\x89PNG"
    assert response["Content-Type"] == "image/png"
    assert charlie_client.get(crop).status_code == 404
    assert anyone.get(crop).status_code == 401


@pytest.mark.parametrize("name", ["001.png", "..%2Fevaluation.json", "%2e%2e%2flog.txt"])
def test_nothing_but_crops_is_served(make_version: MakeVersion, alice_client: APIClient, name: str) -> None:
    run = make_version().run
    (folders.of(run.pk) / "log.txt").write_text("secret")
    assert alice_client.get(f"/media/runs/{run.pk}/crops/{name}").status_code == 404


LOOKS = [
    Look(file="001.png", kind="attention", text="KL 55", truth="KL 55"),
    Look(file="002.png", kind="rectified", text="", truth="KL 55"),
]


@pytest.fixture
def looked(make_run: MakeRun) -> Run:
    """A run whose network has shown what it looked at."""
    run = make_run(RunState.READY)
    folder = folders.of(run.pk) / looks.FOLDER
    folder.mkdir(parents=True)
    looks.save(folders.of(run.pk), LOOKS)
    (folder / "001.png").write_bytes(b"\x89PNG")
    return run


def test_what_the_network_looked_at_is_told(looked: Run, bob_client: APIClient) -> None:
    told = bob_client.get(address(looked, "/looks")).json()
    assert [(one["kind"], one["text"], one["truth"]) for one in told] == [
        ("attention", "KL 55", "KL 55"),
        ("rectified", "", "KL 55"),
    ]
    assert told[0]["url"] == f"/media/runs/{looked.pk}/looks/001.png"


def test_a_run_that_shows_nothing_has_no_looks(make_run: MakeRun, bob_client: APIClient) -> None:
    assert bob_client.get(address(make_run(), "/looks")).json() == []


def test_a_look_is_shown_to_members_alone(
    looked: Run, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    picture = f"/media/runs/{looked.pk}/looks/001.png"
    response = bob_client.get(picture)
    assert (streamed(response), response["Content-Type"]) == (b"\x89PNG", "image/png")
    assert charlie_client.get(picture).status_code == 404
    assert anyone.get(picture).status_code == 401


@pytest.mark.parametrize("name", ["002.png", "looks.json", "..%2Fevaluation.json", "%2e%2e%2flog.txt"])
def test_nothing_but_looks_is_served(looked: Run, alice_client: APIClient, name: str) -> None:
    (folders.of(looked.pk) / "log.txt").write_text("secret")
    assert alice_client.get(f"/media/runs/{looked.pk}/looks/{name}").status_code == 404


def test_an_owner_cancels(make_run: MakeRun, alice_client: APIClient) -> None:
    response = alice_client.post(address(make_run(), "/cancel"))
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")


def test_a_running_run_is_shown_as_cancelling(make_run: MakeRun, alice_client: APIClient) -> None:
    told = alice_client.post(address(make_run(RunState.TRAINING, owner_token="w"), "/cancel")).json()
    assert (told["state"], told["cancelling"]) == ("training", True)


def test_an_ended_run_is_not_cancelled(make_run: MakeRun, alice_client: APIClient) -> None:
    assert alice_client.post(address(make_run(RunState.READY), "/cancel")).status_code == 409


def test_only_owners_cancel(
    make_run: MakeRun, bob_client: APIClient, charlie_client: APIClient, anyone: APIClient
) -> None:
    run = make_run()
    statuses = [client.post(address(run, "/cancel")).status_code for client in (bob_client, charlie_client, anyone)]
    assert statuses == [403, 404, 401]
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_what_a_limit_of_time_left_out_is_told(make_version: MakeVersion, bob_client: APIClient) -> None:
    remarks = ("To keep to 5 minutes, less was done:", "The version was measured on 5 of 46 test images.")
    told = sentences(bob_client, make_version(), evaluation_of(5, 5, remarks=remarks))
    assert told["left_out"] == " ".join(remarks)
    assert "left_out" not in sentences(bob_client, make_version(), evaluation_of(5, 5))
