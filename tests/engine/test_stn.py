"""The rectifier: it starts as nothing, moves pixels where theta says, and learns what is straight by reading."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import cv2
import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from training.engine import conversion, export, reader_training
from training.engine.autodiff import backend
from training.engine.charset import Charset
from training.engine.crops import PAD_VALUE, fit
from training.engine.loop import train
from training.engine.predict import Bundle
from training.engine.reader_training import Line
from training.engine.recipe import Recipe
from training.engine.sessions import open_session
from training.engine.spec import LabelSpec, Rectifier, TrainSpec
from training.engine.zoo import stn
from training.engine.zoo.form import Form
from training.engine.zoo.losses import slots_unlikelihood
from training.engine.zoo.reader import Options, Reader, plain

from .drawn import crop_of, run_folder
from .test_zoo_readers import READERS, batch_of, built, trainer_of

KINDS: tuple[Rectifier, ...] = get_args(Rectifier)
HEIGHT, WIDTH = 48, 160

Array = NDArray[Any]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Rectifier:
    return request.param  # type: ignore[no-any-return]


def strips(*filled: int, width: int = WIDTH) -> NDArray[np.float32]:
    """Smooth noise [N, 48, width, 3], each padded after so many columns."""
    random = np.random.default_rng(3)
    pixels = np.full((len(filled), HEIGHT, width, 3), PAD_VALUE, np.float32)
    for strip, columns in zip(pixels, filled, strict=True):
        noise = random.integers(0, 256, (HEIGHT, columns, 3)).astype(np.uint8)
        strip[:, :columns] = cv2.GaussianBlur(noise, (0, 0), 2.0).astype(np.float32)
    return pixels


def slightly_moved(kind: Rectifier, seed: int = 0, by: float = 0.05) -> Array:
    """[2, n] float64: thetas that turn, stretch and bend a little."""
    identity = stn.IDENTITY[kind]
    return identity + np.random.default_rng(seed).normal(0.0, by, (2, len(identity)))


def rectified(kind: Rectifier, pixels: Array, theta: Array) -> Array:
    tensors = (keras.ops.convert_to_tensor(pixels), keras.ops.convert_to_tensor(theta.astype(pixels.dtype)))
    return np.asarray(keras.ops.convert_to_numpy(stn.rectify(kind, *tensors)))


# Where theta moves pixels


def test_it_starts_as_nothing(kind: Rectifier) -> None:
    pixels = strips(160, 97)
    assert np.abs(keras.ops.convert_to_numpy(stn.build(kind)(pixels)) - pixels).max() < 0.01


def to_unit(wide: int, high: int) -> Array:
    """From the pixels of a crop to -1 … 1."""
    return np.array([[2.0 / wide, 0.0, 1.0 / wide - 1.0], [0.0, 2.0 / high, 1.0 / high - 1.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("kind", "theta"),
    [
        ("affine", [1.0, 0.0, 0.25, 0.0, 1.0, 0.0]),  # a shift to the left
        ("affine", [0.9, -0.1, 0.0, 0.4, 0.8, 0.1]),  # a turn, and larger
        ("affine", [1.2, 0.1, 0.0, 0.0, 1.3, -0.1]),  # smaller: the padding's colour around it
        ("projective", [0.9, 0.05, 0.1, 0.2, 0.9, 0.0, 0.15, -0.2]),
        ("projective", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, -0.3, 0.1]),
    ],
)
@pytest.mark.parametrize("columns", [160, 96])
def test_it_moves_pixels_as_opencv_does(kind: Rectifier, theta: list[float], columns: int) -> None:
    pixels = strips(columns)
    unit = to_unit(columns, HEIGHT)
    matrix = np.linalg.inv(unit) @ np.array([*theta, *[0.0, 0.0, 1.0][len(theta) - 6 :]]).reshape(3, 3) @ unit
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    options: dict[str, Any] = {"flags": flags, "borderMode": cv2.BORDER_CONSTANT, "borderValue": (PAD_VALUE,) * 3}
    crop, size = np.ascontiguousarray(pixels[0, :, :columns]), (columns, HEIGHT)
    if kind == "affine":
        expected = cv2.warpAffine(crop, matrix[:2], size, **options)
    else:
        expected = cv2.warpPerspective(crop, matrix, size, **options)
    found = rectified(kind, pixels, np.array([theta]))[0]
    # OpenCV rounds places to a 32nd of a pixel.
    assert np.abs(found[:, :columns] - expected).max() < 4.0
    assert (found[:, columns:] == PAD_VALUE).all()
    assert np.abs(crop - expected).mean() > 4.0, "the theta should have moved something"


def test_a_spline_takes_its_control_points_where_theta_says() -> None:
    theta = slightly_moved("tps")
    x, y = (keras.ops.convert_to_tensor(np.tile(side, (2, 1, 1))) for side in stn.CONTROL.T)
    found = np.stack([keras.ops.convert_to_numpy(one) for one in stn.MOVES["tps"](as_tensor(theta), x, y)], axis=-1)
    assert np.allclose(found[:, 0], theta.reshape(2, -1, 2), atol=1e-9)


def test_a_spline_bends_as_scipy_says() -> None:
    interpolate = pytest.importorskip("scipy.interpolate")
    pixels, theta = strips(160), slightly_moved("tps")[:1]
    across, down = np.meshgrid(*((2.0 * np.arange(side) + 1.0) / side - 1.0 for side in (WIDTH, HEIGHT)))
    spline = interpolate.RBFInterpolator(stn.CONTROL, theta.reshape(-1, 2), kernel="thin_plate_spline", degree=1)
    places = spline(np.column_stack([across.ravel(), down.ravel()])).reshape(HEIGHT, WIDTH, 2)
    places = (places + 1.0) * np.array([WIDTH, HEIGHT]) / 2.0 - 0.5
    x, y = np.moveaxis(places.astype(np.float32), -1, 0)
    border: dict[str, Any] = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": (PAD_VALUE,) * 3}
    expected = cv2.remap(pixels[0], x, y, cv2.INTER_LINEAR, **border)
    assert np.abs(rectified("tps", pixels, theta)[0] - expected).max() < 4.0


def test_padding_further_changes_nothing(kind: Rectifier) -> None:
    """A crop is read alike whatever else is in its batch."""
    model = moved_model(kind)
    narrow, wide = strips(97, 120), np.full((2, HEIGHT, 320, 3), PAD_VALUE, np.float32)
    wide[:, :, :WIDTH] = narrow
    one, two = (keras.ops.convert_to_numpy(model(pixels)) for pixels in (narrow, wide))
    assert np.abs(one - two[:, :, :WIDTH]).max() < 0.05
    assert (two[0, :, 97:] == PAD_VALUE).all()


def moved_model(kind: Rectifier) -> keras.Model:
    """A rectifier whose theta is no longer the identity, and differs from crop to crop."""
    model = stn.build(kind, HEIGHT)
    shake(model.get_layer("rectifier_theta"))
    return model


def shake(layer: keras.layers.Layer) -> None:
    random = np.random.default_rng(5)
    layer.set_weights([one + random.normal(0.0, 0.02, one.shape) for one in layer.get_weights()])


# Gradients


def as_tensor(array: Array) -> Any:
    return keras.ops.convert_to_tensor(array, "float64")


def check_gradient(of: Callable[[Any], Any], at: Array, step: float = 1e-6, asked: int = 40) -> None:
    """Against central differences, at so many of the places of `at`."""
    _, _, gradient = backend().gradient(lambda tensor: (of(tensor), tensor), as_tensor(at))
    slopes = np.ravel(keras.ops.convert_to_numpy(gradient))
    assert np.abs(slopes).max() > 0
    for place in np.random.default_rng(1).permutation(at.size)[:asked]:
        beside = np.zeros(at.size)
        beside[place] = step
        after, ahead = (float(of(as_tensor(at + sign * beside.reshape(at.shape)))) for sign in (1, -1))
        assert slopes[place] == pytest.approx((after - ahead) / (2 * step), rel=1e-5, abs=1e-5 * np.abs(slopes).max())


def test_the_gradient_by_theta_is_that_of_finite_differences(kind: Rectifier) -> None:
    pixels = as_tensor(np.random.default_rng(0).uniform(0.0, 100.0, (2, 6, 9, 3)))
    wanted = as_tensor(np.random.default_rng(2).normal(size=(2, 6, 9, 3)))
    check_gradient(lambda theta: keras.ops.sum(wanted * stn.rectify(kind, pixels, theta)), slightly_moved(kind))


def test_the_gradient_by_pixels_is_that_of_finite_differences(kind: Rectifier) -> None:
    theta = as_tensor(slightly_moved(kind))
    wanted = as_tensor(np.random.default_rng(2).normal(size=(2, 6, 9, 3)))
    pixels = np.random.default_rng(0).uniform(0.0, 100.0, (2, 6, 9, 3))
    check_gradient(lambda one: keras.ops.sum(wanted * stn.rectify(kind, one, theta)), pixels)


# Before readers


@pytest.mark.parametrize("name", READERS)
def test_every_kind_stands_before_every_reader_and_starts_as_nothing(name: str) -> None:
    reader, data = built(name)
    pixels, ids, lengths, noise = batch_of(data)
    for kind in KINDS:
        bare = reader.model(pixels, training=False)  # anew: a loss outside of a trainer moves batch norms' statistics
        both = stn.before(reader, kind, Options())
        logits = both.model(pixels, training=False)
        assert np.abs(keras.ops.convert_to_numpy(logits) - keras.ops.convert_to_numpy(bare)).max() < 1e-2
        assert both.look is not None
        assert both.look(pixels).shape == pixels.shape
        assert (both.form, both.draws, both.noise) == (reader.form, "rectified", reader.noise)
        assert both.recipe.frozen == reader.recipe.frozen
        assert len(both.model.weights) == len(reader.model.weights) + 10
        assert np.isfinite(float(both.loss(pixels, ids, lengths, noise)))
        assert both.unlikelihood(pixels, ids, lengths, logits).shape == (len(pixels),)


def before_ppocr(kind: Rectifier = "affine", **options: Any) -> tuple[Reader, reader_training.ReaderData]:
    reader, data = built("ppocr", **options)
    return stn.before(reader, kind, Options(**options)), data


def test_the_localisation_learns_at_a_tenth_of_the_heads_rate_and_frozen_layers_inside_stay() -> None:
    reader, data = before_ppocr()
    before = {one.path: keras.ops.convert_to_numpy(one) for one in reader.model.weights}
    trainer = trainer_of(reader, 2)
    trainer.step(batch_of(data))
    trainer.step(batch_of(data))
    trainer.restore(trainer.state())
    moved = {one.path: np.abs(keras.ops.convert_to_numpy(one) - before[one.path]).max() for one in reader.model.weights}
    frozen = [path for path in moved if path.startswith(reader.recipe.frozen)]
    assert frozen
    assert not any(moved[path] for path in frozen)
    # Adam's first steps are as long as the rate, whatever the gradient.
    assert moved["rectifier_theta/bias"] / moved["head/bias"] == pytest.approx(0.1, rel=0.2)
    assert moved["neck_norm/gamma"] / moved["head/bias"] == pytest.approx(0.3, rel=0.2)


def test_weights_can_be_stored_and_put_back(kind: Rectifier) -> None:
    (one, data), (other, _) = before_ppocr(kind), before_ppocr(kind, seed=1, pretrained_start=False)
    shake(one.model.get_layer("rectifier_theta"))
    other.model.set_weights(one.model.get_weights())
    pixels = batch_of(data)[0]
    first, second = (keras.ops.convert_to_numpy(each.model(pixels, training=False)) for each in (one, other))
    assert np.abs(first - second).max() < 1e-5


# Learning

LETTERS = "ABEHKTZ357"
TURNED = 30.0


@dataclass(frozen=True)
class Turned:
    """Drawn words of three letters, each turned by `degrees`, and what a reader's loss takes of them."""

    arrays: tuple[Array, ...]
    degrees: Array

    @classmethod
    def some(cls, form: Form, seed: int, most: float, count: int) -> "Turned":
        random = np.random.default_rng(seed)
        charset = Charset.of([LETTERS])
        words = ["".join(random.choice(list(LETTERS), 3)) for _ in range(count)]
        degrees = random.uniform(-most, most, count)
        lines = [Line(crop_of(word, float(turn)), word) for word, turn in zip(words, degrees, strict=True)]
        noise = np.zeros((count, 0), np.float32)
        return cls((*reader_training.together(lines, charset, form), noise), degrees)


def small_reader() -> Reader:
    """Three convolutions and two dense layers, which say the three letters of a box in four slots."""
    keras.utils.set_random_seed(0)
    classes = len(Charset.of([LETTERS]))
    pixels = keras.Input((32, 96, 3), name="pixels")
    x = keras.layers.Rescaling(1.0 / 127.5, -1.0)(keras.ops.mean(pixels, axis=-1, keepdims=True))
    for number, filters in enumerate((16, 32, 32)):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"body{number}")(x)
        x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Dense(128, activation="relu", name="body3")(keras.layers.Flatten()(x))
    logits = keras.layers.Reshape((4, classes), name="logits")(keras.layers.Dense(4 * classes, name="body4")(x))
    recipe = Recipe(1, 32, 2e-3, 2e-3, average=0.9)
    return plain(keras.Model(pixels, logits, name="small"), Form.box(32, 96, most=3), recipe, (), slots_unlikelihood)


def teach(reader: Reader, steps: int, words: Turned) -> None:
    trainer = trainer_of(reader, steps)
    random = np.random.default_rng(0)
    for _ in range(steps):
        some = random.permutation(len(words.degrees))[:32]
        trainer.step(tuple(array[some] for array in words.arrays))
    with trainer.averaged() as model:
        weights = model.get_weights()
    reader.model.set_weights(weights)


def left_turned(reader: Reader, words: Turned) -> Array:
    """Degrees by which the words' rows are still turned in the rectified crops."""
    theta_of = keras.Model(reader.model.inputs[0], reader.model.get_layer("rectifier_theta").output)
    theta = keras.ops.convert_to_numpy(theta_of(words.arrays[0]))
    wide, high = map(keras.ops.convert_to_numpy, stn.extent(words.arrays[0]))
    return np.asarray(np.degrees(np.arctan2(theta[:, 3] * high / wide, theta[:, 0])) + words.degrees)


@pytest.mark.slow
def test_a_reader_of_upright_words_teaches_its_rectifier_to_turn_words_upright() -> None:
    upright = small_reader()
    teach(upright, 150, Turned.some(upright.form, 0, 2.0, 400))
    alone = replace(upright, recipe=replace(upright.recipe, frozen=("body",)))
    both = replace(stn.before(alone, "affine", Options()), recipe=replace(alone.recipe, rate=5e-3, head_rate=5e-3))
    words = Turned.some(both.form, 1, TURNED, 64)
    before = float(both.loss(*words.arrays))
    teach(both, 200, Turned.some(both.form, 2, TURNED, 400))
    assert float(both.loss(*words.arrays)) < before, "the reader is frozen: only straighter crops can be read better"
    left = left_turned(both, words)
    assert np.abs(left).mean() < 0.75 * np.abs(words.degrees).mean()
    assert np.corrcoef(words.degrees, left - words.degrees)[0, 1] < -0.8, "each crop is turned back by its own angle"


# Export


def test_it_is_exported_for_strips_of_any_width(kind: Rectifier, tmp_path: Path) -> None:
    model = moved_model(kind)
    conversion.to_onnx(model, tmp_path / "rectifier.onnx")
    session = open_session(tmp_path / "rectifier.onnx", threads=1)
    for width in (WIDTH, 320):
        pixels = strips(140, 97, width=width)
        expected = keras.ops.convert_to_numpy(model(pixels))
        (found,) = session.run(None, {"pixels": pixels})
        assert np.abs(expected - pixels).mean() > 1.0, "the theta should have moved something"
        assert np.abs(found - expected).max() < 0.1


@pytest.mark.slow
def test_a_port_behind_a_rectifier_is_converted_and_answers_as_trained(tmp_path: Path) -> None:
    reader, _ = before_ppocr()
    shake(reader.model.get_layer("rectifier_theta"))
    words = [np.stack([fit(crop_of(text, 8.0), width=width)]) for text, width in (("KL 55", 224), ("MH 12 DE", 400))]
    assert export.to_onnx(reader.model, tmp_path / "reader.onnx", words) <= export.TOLERANCE


@pytest.mark.slow
def test_a_whole_run_with_a_rectifier_leaves_a_bundle_that_reads(tmp_path: Path) -> None:
    run_folder(tmp_path, [("KL 55", "train"), ("MH 12", "train"), ("A7 B3", "train"), ("KL 12", "test")])
    spec = TrainSpec(
        project="Signs",
        labels=(LabelSpec(name="sign"),),
        rectifier="affine",
        finder_epochs=0,
        reader_epochs=1,
        finder_side=320,
    )
    train(spec, tmp_path, lambda report: True)
    bundle = Bundle.load(tmp_path / "bundle", threads=1)
    assert bundle.read([crop_of("KL 12")])[0].text == "KL 12"
    assert bundle.spec.parity is not None
    assert bundle.spec.parity.reader <= export.TOLERANCE
