"""Which version is live, and why; listing, making live, downloading."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rest_framework.test import APIClient

from annotations import projects
from tests.training.conftest import MakeRun, MakeVersion, evaluation_of, scores_of, streamed
from training import folders, runs, versions
from training.engine.evaluate import FinderScores
from training.engine.report import Stopped
from training.engine.spec import EngineError
from training.models import Run, RunState, Version
from training.runs import Lease

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def finished(make_version: MakeVersion, held: tuple[Run, Lease], published_bundle: Path) -> tuple[Run, Lease]:
    """A held run whose folder holds all that the engine leaves, 8 of 10 read exactly."""
    run, lease = held
    folders.bundle(run.pk).parent.mkdir(parents=True, exist_ok=True)
    folders.bundle(run.pk).symlink_to(published_bundle)
    (folders.of(run.pk) / "evaluation.json").write_text(json.dumps(evaluation_of(8)))
    return run, lease


def never(bundle: Path, folder: Path) -> dict[str, Any]:
    raise AssertionError("there is nothing to compare with")


def reads(right: int, of: int = 10) -> versions.Compare:
    return lambda bundle, folder: evaluation_of(right, of)


def test_the_first_version_goes_live(finished: tuple[Run, Lease]) -> None:
    run, lease = finished
    version = versions.publish(run, lease, never)
    assert (version.number, version.live, version.accuracy) == (1, True, 0.8)
    run.refresh_from_db()
    assert run.state == RunState.READY


@pytest.mark.parametrize(
    ("earlier", "live", "note"),
    [
        (7, True, "Live: it reads 8 exactly, v1 read 7 on the same 10 held-out fields."),
        (8, True, "Live: it reads 8 exactly, v1 read 8 on the same 10 held-out fields."),
        (9, False, "Not live: it reads 8 exactly, v1 reads 9 on the same 10 held-out fields. v1 stays live; "),
    ],
)
def test_a_version_goes_live_where_it_is_not_worse(
    make_version: MakeVersion, finished: tuple[Run, Lease], earlier: int, live: bool, note: str
) -> None:
    before = make_version(live=True, number=1)
    run, lease = finished
    version = versions.publish(run, lease, reads(earlier))
    before.refresh_from_db()
    assert (version.number, version.live, before.live) == (2, live, not live)
    assert version.note.startswith(note)
    assert version.comparison == {"version": 1, "exact": earlier, "of": 10}


def ends_with(run: Run, evaluation: dict[str, Any]) -> None:
    (folders.of(run.pk) / "evaluation.json").write_text(json.dumps(evaluation))


BEHIND = [
    ((7, 7), (8, 8), "it reads 7 of 10 held-out fields, the untrained start reads 8"),
    (
        (5, 7),
        (2, 8),
        "counting letters and digits alone, it reads 7 of 10 held-out fields, the untrained start reads 8",
    ),
    ((6, 8), (7, 8), "it reads 6 of 10 held-out fields, the untrained start reads 7"),
]


@pytest.mark.parametrize(("trained", "untrained", "said"), BEHIND)
def test_a_first_version_that_is_worse_than_its_untrained_start_does_not_go_live(
    finished: tuple[Run, Lease], trained: tuple[int, int], untrained: tuple[int, int], said: str
) -> None:
    ends_with(
        finished[0], evaluation_of(trained[0], plain=trained[1], start=scores_of(untrained[0], plain=untrained[1]))
    )
    version = versions.publish(*finished, never)
    assert not version.live
    assert version.note == (
        f"Not live: {said}. No version is live: annotate more images and train again, or make this one live by hand."
    )
    assert versions.live(version.project) is None
    assert Run.objects.get(pk=version.run_id).state == RunState.READY


def test_a_version_that_is_worse_than_its_start_leaves_the_live_one_live_even_where_it_beats_it(
    make_version: MakeVersion, finished: tuple[Run, Lease]
) -> None:
    before = make_version(live=True, number=1)
    ends_with(finished[0], evaluation_of(7, start=scores_of(8)))
    version = versions.publish(*finished, reads(5))
    before.refresh_from_db()
    assert (version.live, before.live) == (False, True)
    assert version.note.endswith("the untrained start reads 8. v1 stays live; this one can be made live by hand.")


@pytest.mark.parametrize(
    "evaluation",
    [
        evaluation_of(8, start=scores_of(8)),
        evaluation_of(8, start=scores_of(7)),
        evaluation_of(5, plain=9, start=scores_of(6, plain=8)),
        evaluation_of(8, start=None),
    ],
    ids=["as good", "better", "better by letters and digits alone", "unknown"],
)
def test_a_first_version_that_is_not_worse_than_its_start_goes_live(
    finished: tuple[Run, Lease], evaluation: dict[str, Any]
) -> None:
    ends_with(finished[0], evaluation)
    version = versions.publish(*finished, never)
    assert (version.live, version.note) == (True, "Live: it is the first version.")


TYPED = {"typed": ["number_plate"]}


def test_a_version_that_loses_every_decimal_point_is_behind_its_start(finished: tuple[Run, Lease]) -> None:
    lost = evaluation_of(0, 20, plain=20, start=scores_of(19, 20, plain=19), **TYPED)
    ends_with(finished[0], lost)
    version = versions.publish(*finished, never)
    assert not version.live
    assert version.note.startswith(
        "Not live: as typed, with its points, signs and case, it reads 0 of 20 held-out fields, the untrained start "
        "reads 19. No version is live"
    )


def test_a_version_that_reads_more_as_typed_is_not_behind_where_points_and_case_count(
    finished: tuple[Run, Lease],
) -> None:
    ends_with(finished[0], evaluation_of(15, 20, plain=16, start=scores_of(9, 20, plain=19), **TYPED))
    assert versions.publish(*finished, never).live


def blind(right: int = 9, of: int = 10, **more: Any) -> dict[str, Any]:
    """The evaluation of a version that finds none of ten addresses, nor the one date."""
    told = evaluation_of(right, of, **more)
    for name, regions in (("address", 10), ("date", 1), ("never held out", 0)):
        none = scores_of(0, regions).model_dump(mode="json")
        told["labels"][name] = none | {"finder": FinderScores.count(regions, 0, 0).model_dump(mode="json")}
    return told


def test_a_version_that_finds_nothing_of_a_label_is_not_made_live_by_itself(
    finished: tuple[Run, Lease], alice_client: APIClient
) -> None:
    ends_with(finished[0], blind())
    version = versions.publish(*finished, never)
    none = "it finds none of the 10 held-out “address” and the one held-out “date”"
    assert (version.live, version.note.partition(". ")[0]) == (False, f"Not live: {none}")
    told = alice_client.get(f"/api/v1/runs/{version.run_id}/evaluation").json()["sentences"]["unfound"]
    assert told.startswith(f"I{none[1:]}: where a label is found on no held-out image")
    assert "Annotate more images that have it" in told
    by_hand = alice_client.post(f"/api/v1/versions/{version.pk}/make-live").json()
    assert (by_hand["live"], by_hand["note"]) == (True, f"Live: made so by hand, though {none}.")


def test_a_version_that_finds_nothing_of_a_label_leaves_the_live_one_live(
    make_version: MakeVersion, finished: tuple[Run, Lease]
) -> None:
    before = make_version(live=True, number=1)
    ends_with(finished[0], blind())
    version = versions.publish(*finished, reads(5))
    before.refresh_from_db()
    assert (version.live, before.live) == (False, True)
    assert version.note.endswith("v1 stays live; this one can be made live by hand.")


def test_an_evaluation_of_an_earlier_release_lacks_the_start_and_is_judged_as_before(
    finished: tuple[Run, Lease],
) -> None:
    old = evaluation_of(8)
    for name in ("start", "parity", "typed"):
        del old[name]
    for name in ("fields", "fields_normalised", "calibration"):
        del old["overall"][name]
    ends_with(finished[0], old)
    assert versions.publish(*finished, never).live


def test_the_first_version_that_is_good_enough_goes_live_after_one_that_was_not(
    make_version: MakeVersion, finished: tuple[Run, Lease]
) -> None:
    make_version(3, live=False, number=1)
    version = versions.publish(*finished, never)
    assert (version.live, version.note) == (True, "Live: no version was live before it.")


def test_a_version_made_live_by_hand_still_says_what_spoke_against_it(
    finished: tuple[Run, Lease], alice_client: APIClient
) -> None:
    ends_with(finished[0], evaluation_of(7, start=scores_of(8)))
    version = versions.publish(*finished, never)
    for _ in range(2):
        told = alice_client.post(f"/api/v1/versions/{version.pk}/make-live").json()
        assert told["live"]
        assert told["note"] == (
            "Live: made so by hand, though it reads 7 of 10 held-out fields, the untrained start reads 8."
        )


def test_a_live_version_that_cannot_be_measured_gives_way(
    make_version: MakeVersion, finished: tuple[Run, Lease]
) -> None:
    make_version(live=True, number=1)

    def broken(bundle: Path, folder: Path) -> dict[str, Any]:
        raise EngineError("The bundle lacks reader.onnx.")

    version = versions.publish(*finished, broken)
    assert version.live
    assert version.note == "Live: v1 could not be measured on the same held-out images."


def test_a_run_cancelled_at_the_last_moment_makes_no_version(finished: tuple[Run, Lease]) -> None:
    run, lease = finished
    runs.cancel(run)
    with pytest.raises(Stopped):
        versions.publish(run, lease, never)
    assert not Version.objects.exists()


def test_a_run_taken_back_makes_no_version(finished: tuple[Run, Lease]) -> None:
    run, _ = finished
    with pytest.raises(Stopped):
        versions.publish(run, Lease(run.pk, "another worker"), never)
    assert not Version.objects.exists()


def test_earlier_runs_are_tidied_and_keep_what_people_look_at(
    make_version: MakeVersion, finished: tuple[Run, Lease]
) -> None:
    old = folders.of(make_version(live=True, number=1).run.pk)
    for name in ("checkpoint", "crops", "images", "misses"):
        (old / name).mkdir()
        (old / name / "one").touch()
    Run.objects.filter(pk=finished[0].pk).update(number=9)
    finished[0].refresh_from_db()
    versions.publish(*finished, reads(5))
    assert sorted(path.name for path in old.iterdir()) == ["bundle", "misses"]


def test_a_version_tells_what_it_reads_with(make_version: MakeVersion, alice_client: APIClient) -> None:
    version = make_version()
    Run.objects.update(spec={"labels": [], "network": "crnn", "rectifier": "tps"})
    told = alice_client.get(f"/api/v1/projects/{version.project_id}/versions").json()
    assert told[0]["network"] == {"key": "crnn", "name": "CRNN", "tower": None, "rectifier": "tps"}


def test_members_see_all_versions(make_version: MakeVersion, bob_client: APIClient) -> None:
    first, second = make_version(8), make_version(9, live=True)
    told = bob_client.get(f"/api/v1/projects/{first.project_id}/versions").json()
    assert [(one["number"], one["live"]) for one in told] == [(second.number, True), (first.number, False)]
    assert told[1]["sentence"].startswith("reads 8 of 10 held-out fields exactly (80 %, likely between")


def test_an_owner_makes_an_earlier_version_live(make_version: MakeVersion, alice_client: APIClient) -> None:
    first, second = make_version(8), make_version(9, live=True)
    response = alice_client.post(f"/api/v1/versions/{first.pk}/make-live")
    assert (response.status_code, response.json()["live"]) == (200, True)
    assert response.json()["note"] == "Live: made so by hand."
    second.refresh_from_db()
    assert not second.live


def test_a_version_without_its_bundle_cannot_be_made_live(make_version: MakeVersion, alice_client: APIClient) -> None:
    version = make_version()
    folders.remove(version.run_id)
    response = alice_client.post(f"/api/v1/versions/{version.pk}/make-live")
    assert response.status_code == 409
    assert "no longer on the disk" in response.json()["error"]["message"]


def test_a_bundle_is_downloaded_as_a_zip(
    make_version: MakeVersion, bob_client: APIClient, published_bundle: Path
) -> None:
    response = bob_client.get(f"/api/v1/versions/{make_version().pk}/bundle")
    assert response["Content-Disposition"] == 'attachment; filename="plates-v1.zip"'
    with zipfile.ZipFile(io.BytesIO(streamed(response))) as archive:
        assert archive.testzip() is None
        expected = {f"plates-v1/{path.name}" for path in published_bundle.iterdir()}
        assert set(archive.namelist()) == expected
        assert archive.read("plates-v1/reader.onnx") == (published_bundle / "reader.onnx").read_bytes()


def test_a_bundle_bears_the_name_of_its_project_in_any_script(
    make_version: MakeVersion, alice_client: APIClient
) -> None:
    version = make_version()
    projects.rename(version.project, "Номера машин")
    response = alice_client.get(f"/api/v1/versions/{version.pk}/bundle")
    plain, _, named = response["Content-Disposition"].partition("; filename*=UTF-8''")
    assert unquote(named) == "номера-машин-v1.zip"
    assert plain == 'attachment; filename="v1.zip"'
    with zipfile.ZipFile(io.BytesIO(streamed(response))) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {"номера-машин-v1"}


@pytest.mark.parametrize(
    ("who", "statuses"), [("bob_client", [200, 403, 200]), ("charlie_client", [404] * 3), ("anyone", [401] * 3)]
)
def test_who_may_do_what_with_versions(
    make_version: MakeVersion, request: pytest.FixtureRequest, who: str, statuses: list[int]
) -> None:
    client: APIClient = request.getfixturevalue(who)
    version = make_version()
    answers = [
        client.get(f"/api/v1/projects/{version.project_id}/versions"),
        client.post(f"/api/v1/versions/{version.pk}/make-live"),
        client.get(f"/api/v1/versions/{version.pk}/bundle"),
    ]
    assert [answer.status_code for answer in answers] == statuses


def test_a_projects_card_shows_its_live_version_and_its_run(
    make_version: MakeVersion, make_run: MakeRun, alice_client: APIClient
) -> None:
    version = make_version(9, live=True)
    run = make_run(progress={"fraction": 0.25})
    told = alice_client.get(f"/api/v1/projects/{version.project_id}").json()
    assert told["live"] == {"version": 1, "accuracy": 0.9}
    assert told["newest"] == 1
    assert told["run"] == {"id": str(run.pk), "number": run.number, "state": "queued", "fraction": 0.25}


def test_a_projects_card_shows_a_version_that_is_not_live(make_version: MakeVersion, bob_client: APIClient) -> None:
    make_version(3)
    version = make_version(4)
    told = bob_client.get(f"/api/v1/projects/{version.project_id}").json()
    assert (told["live"], told["newest"]) == (None, version.number)
