"""Where the time of a prediction goes."""

from pathlib import Path

import pytest
from onnxruntime import InferenceSession

from annotations.drawn import draw_scene
from benchmarks.spent_time import NETWORKS, Clock, table, where_time_goes
from tests.engine.published import make_bundle
from training.engine import predict
from training.engine.predict import Bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return Bundle.load(make_bundle(tmp_path_factory.mktemp("bundle")), threads=1)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "scene.png"
    draw_scene(3, easy=True).image.save(path)
    return path


def test_every_step_of_a_prediction_takes_its_time(bundle: Bundle, picture: Path) -> None:
    spent = where_time_goes(bundle, [picture, picture])
    assert all(took > 0 for took in spent.milliseconds.values())
    assert spent.milliseconds["finder network"] > spent.milliseconds["outlines"]
    assert f"| {NETWORKS[2]} |" in table(spent, threads=1)


def test_what_the_engine_costs_on_top_is_what_the_networks_leave(bundle: Bundle, picture: Path) -> None:
    spent = where_time_goes(bundle, [picture])
    predicted = sum(spent.milliseconds.values()) - spent.milliseconds["opening the file"]
    assert spent.networks * (1 + spent.on_top) == pytest.approx(predicted)


def test_the_engine_is_as_before_when_the_time_is_taken(bundle: Bundle, picture: Path) -> None:
    cut, run = vars(predict)["cut"], InferenceSession.run
    where_time_goes(bundle, [picture])
    assert (vars(predict)["cut"], InferenceSession.run) == (cut, run)


def test_time_in_an_inner_step_does_not_count_for_the_outer_one() -> None:
    clock = Clock()
    inner = clock.timed("inner", lambda: sum(range(200_000)))
    clock.timed("outer", lambda: [inner() for _ in range(5)])()
    assert clock.seconds["inner"] > clock.seconds["outer"]
