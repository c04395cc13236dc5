"""The readers that look at a few places: what they see, how they learn where to look, and who knows what."""

import cv2
import keras
import numpy as np
import pytest
from keras import ops
from numpy.typing import NDArray

from training.engine.autodiff import backend
from training.engine.zoo import dram, glimpses, ram
from training.engine.zoo.glimpses import Path, Sensor
from training.engine.zoo.reader import Options, Reader

SYMBOLS = ("", *"0123456789")
SMALL = Options(length=3, size=(24, 32))
RANDOM = np.random.default_rng(3)
PICTURE = RANDOM.random((40, 56)).astype(np.float32)


def cut(picture: NDArray[np.float32], place: tuple[float, float], size: int, scale: int) -> NDArray[np.float32]:
    """A patch as OpenCV cuts and shrinks it, of a picture with nothing around."""
    room, side = 100, size * scale
    y, x = ((at + 1) / 2 * length - 0.5 + room for at, length in zip(place, picture.shape, strict=True))
    framed = cv2.copyMakeBorder(picture, room, room, room, room, cv2.BORDER_CONSTANT, value=(0.0,))
    steps = np.arange(side) - (side - 1) / 2
    rows, columns = np.meshgrid(y + steps, x + steps, indexing="ij")
    patch = cv2.remap(framed, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(patch, (size, size), interpolation=cv2.INTER_AREA), np.float32)


@pytest.mark.parametrize(
    "place",
    [
        (0.0, 0.0),
        (0.3, -0.41),
        (-1.0, -1.0),  # the corner: three quarters of every patch lie outside
        (1.0, 0.2),
        (0.95, 1.0),
    ],
)
def test_the_sensor_sees_patches_of_doubling_scale_and_nothing_beyond_the_border(place: tuple[float, float]) -> None:
    seen = ops.convert_to_numpy(Sensor(8, 3)(PICTURE[None], np.array([place], np.float32)))[0]
    assert seen.shape == (8, 8, 3)
    for index in range(3):
        # OpenCV samples in steps of a thirty-second of a pixel.
        assert np.abs(seen[..., index] - cut(PICTURE, place, 8, 2**index)).max() < 0.04


def test_at_whole_pixels_the_finest_patch_is_the_picture_itself() -> None:
    place = np.array([[2 * 14 / 40 - 1, 2 * 30 / 56 - 1]], np.float32)
    seen = ops.convert_to_numpy(Sensor(6, 1)(PICTURE[None], place))[0, ..., 0]
    assert np.abs(seen - PICTURE[11:17, 27:33]).max() < 1e-5


def test_light_and_contrast_make_no_difference() -> None:
    pixels = np.repeat(RANDOM.uniform(20, 140, (1, 20, 30, 1)), 3, axis=3).astype(np.float32)
    one, other = (ops.convert_to_numpy(glimpses.grey(each)) for each in (pixels, 20 + 1.5 * pixels))
    assert np.abs(one - other).max() < 0.05
    assert abs(one.mean()) < 1e-4


SIGMA = 0.2
MEAN = np.array([0.1, -0.3], np.float32)
TARGET = np.array([0.4, 0.2], np.float32)


def slopes(baseline: float, draws: int = 40000) -> NDArray[np.float32]:
    """What each of many draws says of the gradient at MEAN, where a place earns 1 minus its squared distance."""
    noise = np.random.default_rng(0).standard_normal((draws, 2)).astype(np.float32)

    def of(means: object) -> tuple[object, object]:
        place = glimpses.drawn(noise, SIGMA)(means, 0)
        earned = 1.0 - ops.sum(ops.square(place - TARGET), axis=-1)
        path = Path(None, means[:, None], place[:, None], ops.full((draws, 1), baseline))  # type: ignore[index]
        return ops.sum(glimpses.policy_loss(path, earned[:, None], SIGMA)), ops.zeros(())

    _, _, gradient = backend().gradient(of, ops.convert_to_tensor(np.tile(MEAN, (draws, 1))))
    return np.asarray(ops.convert_to_numpy(gradient))


def test_on_average_places_move_up_the_slope_of_the_expected_reward() -> None:
    # E[1 - |place - target|^2] falls by 2 (mean - target) for each unit the mean moves.
    expected = 2.0 * (MEAN - TARGET)
    for baseline in (0.0, 0.6):
        assert np.abs(slopes(baseline).mean(axis=0) - expected).max() < 0.06


def test_a_baseline_near_the_expected_reward_takes_most_of_the_variance() -> None:
    expected = 1.0 - float(np.square(MEAN - TARGET).sum()) - 2 * SIGMA**2
    assert slopes(expected).var(axis=0).max() < 0.5 * slopes(0.0).var(axis=0).min()


def test_the_baseline_learns_the_mean_reward() -> None:
    earned = np.array([[1.0], [0.0], [0.0], [0.0]], np.float32)

    def of(expected: object) -> tuple[object, object]:
        path = Path(None, None, None, ops.zeros((4, 1)) + expected)
        return ops.mean(glimpses.baseline_loss(path, earned)), ops.zeros(())

    for value, sign in ((0.0, -1), (0.25, 0), (0.6, 1)):
        _, _, gradient = backend().gradient(of, ops.convert_to_tensor(np.float32(value)))
        assert np.sign(np.round(float(gradient), 6)) == sign


@pytest.mark.parametrize(
    ("right", "length", "reached", "earned"),
    [
        ([1, 1, 1, 0], 2, [1, 1, 1, 0], [1, 1, 1, 0]),  # two symbols and the end
        ([1, 0, 1, 0], 2, [1, 1, 0, 0], [1, 0, 0, 0]),  # in vain after the first wrong one
        ([0, 1, 1, 1], 3, [1, 0, 0, 0], [0, 0, 0, 0]),
        ([1, 1, 1, 1], 1, [1, 1, 0, 0], [1, 1, 0, 0]),  # nothing counts after the end
    ],
)
def test_a_symbol_earns_where_it_and_all_before_it_were_right(
    right: list[int], length: int, reached: list[int], earned: list[int]
) -> None:
    got = dram.rewards(np.array([right], bool), np.array([length], np.int32))
    assert [ops.convert_to_numpy(one)[0].tolist() for one in got] == [reached, earned]


def pixels_of(reader: Reader, count: int = 2) -> NDArray[np.float32]:
    form = reader.form
    return np.random.default_rng(1).uniform(0, 255, (count, form.height, form.max_width, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def readers() -> list[Reader]:
    return [ram.reader(SYMBOLS, SMALL), dram.reader(SYMBOLS, SMALL), dram.reader(SYMBOLS, SMALL, context=False)]


def test_what_is_served_looks_where_it_means_to_and_always_answers_alike(readers: list[Reader]) -> None:
    for reader in readers:
        pixels = pixels_of(reader)
        core = reader.model.layers[1]
        none = np.zeros((2, reader.noise), np.float32)
        unmoved = core.walk(pixels, glimpses.drawn(none, 0.2))
        assert reader.look is not None
        looks = ops.convert_to_numpy(reader.look(pixels))
        assert np.abs(looks[..., :2] - ops.convert_to_numpy(unmoved.places)).max() < 1e-5
        assert looks.shape == (2, reader.noise // 2, 3)
        assert np.allclose(looks[..., 2], 12 / 24)
        assert np.abs(looks[..., :2]).max() <= 1.0
        one, other = (ops.convert_to_numpy(reader.model(pixels)) for _ in range(2))
        assert (one == other).all()


def test_one_symbol_and_then_certainly_the_end(readers: list[Reader]) -> None:
    reader = readers[0]
    logits = ops.convert_to_numpy(reader.model(pixels_of(reader)))
    assert logits.shape == (2, 2, len(SYMBOLS))
    assert (logits[:, 1].argmax(axis=-1) == 0).all()
    assert logits[:, 1, 0].min() - logits[:, 1, 1:].max() >= ram.SURE


def test_the_loss_told_is_the_error_in_reading_alone(readers: list[Reader]) -> None:
    ids, lengths = np.array([[4, 2], [7, 3]], np.int32), np.array([2, 2], np.int32)
    for reader in readers:
        pixels = pixels_of(reader)
        none = np.zeros((2, reader.noise), np.float32)
        reading = reader.unlikelihood(pixels, ids, lengths, reader.model(pixels))
        assert float(reader.loss(pixels, ids, lengths, none)) == pytest.approx(float(ops.mean(reading)), abs=1e-4)


def test_the_context_decides_where_to_look_first_and_never_what_was_read() -> None:
    reader = dram.reader(SYMBOLS, SMALL)
    pixels, core = pixels_of(reader), reader.model.get_layer("dram")
    places = np.random.default_rng(2).uniform(-1, 1, (2, reader.noise // 2, 2)).astype(np.float32)
    told = ops.convert_to_numpy(core.walk(pixels, glimpses.given(places)).logits)
    core.place.set_weights([np.ones_like(core.place.get_weights()[0]), np.zeros(2, np.float32)])
    first = ops.convert_to_numpy(core.walk(pixels, glimpses.exactly).means)[:, 0]
    view = core.coarse[-1]
    view.set_weights([-5.0 * weight for weight in view.get_weights()])
    assert (ops.convert_to_numpy(core.walk(pixels, glimpses.given(places)).logits) == told).all()
    after = ops.convert_to_numpy(core.walk(pixels, glimpses.exactly).means)[:, 0]
    assert np.abs(first - after).min() > 0.01


def test_without_context_every_picture_is_looked_at_first_at_the_same_place(
    readers: list[Reader],
) -> None:
    for reader, context in zip(readers[1:], (True, False), strict=True):
        assert reader.look is not None
        first = ops.convert_to_numpy(reader.look(pixels_of(reader)))[:, 0]
        assert (np.abs(first[0] - first[1]).max() == 0.0) is not context


def test_what_looks_learns_from_reward_alone_and_what_reads_from_symbols_alone(readers: list[Reader]) -> None:
    reader = readers[0]
    core, pixels = reader.model.get_layer("ram"), pixels_of(reader)
    noise = np.random.default_rng(4).standard_normal((2, reader.noise)).astype(np.float32)
    places = glimpses.drawn(noise, ram.SIGMA)

    def slope(variable: keras.Variable, of: str) -> float:
        def value(weights: object) -> tuple[object, object]:
            with keras.StatelessScope(state_mapping=[(variable, weights)]):
                path = core.walk(pixels, places)
                paid = ops.ones_like(path.baselines)
                terms = {"place": glimpses.policy_loss(path, paid, ram.SIGMA), "symbol": path.logits}
                return ops.sum(ops.square(terms[of])), ops.zeros(())

        _, _, gradient = backend().gradient(value, ops.convert_to_tensor(variable.value))
        return 0.0 if gradient is None else float(ops.max(ops.abs(gradient)))

    assert slope(core.place.kernel, "place") > 0
    assert slope(core.core.kernel, "place") == 0
    assert slope(core.core.kernel, "symbol") > 0
    assert slope(core.place.kernel, "symbol") == 0
