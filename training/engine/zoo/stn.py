"""A rectifier before any reader: a spatial transformer (Jaderberg 2015, arxiv.org/abs/1506.02025).

A small network, the localisation (section 3.1), looks at the crop and says theta; theta says for every pixel of the
rectified crop from where in the crop it comes (3.2); a bilinear sampler fetches it (3.3). All of it has gradients, so
what makes a text likely is all that teaches it: nobody annotates how a crop is turned.

Theta starts as the identity: the last layer has zero weights and the identity as its bias, so that a reader which
already reads goes on doing so. The localisation learns at a tenth of the rate, as the authors did on house numbers.

Coordinates go from -1 to 1 over the crop itself, edges of its outer pixels included. Readers get crops padded with
127.5, a colour that no crop of whole numbers has: what lies beyond is padding, stays padding and moves nothing, so a
crop is rectified alike however wide its batch is.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.crops import PAD_VALUE
from training.engine.spec import Rectifier
from training.engine.zoo.layers import Tensor
from training.engine.zoo.reader import Options, Reader

PREFIX = "rectifier"
"""Of the names of all its layers."""
LOOK = (32, 64)
"""Height and width of the grey picture that the localisation sees of every crop."""
_FILTERS = (8, 16, 32)
_UNITS = 64
_COLUMNS = 8
CONTROL = np.array([(x, y) for y in (-1.0, 1.0) for x in np.linspace(-1.0, 1.0, _COLUMNS)])
"""[16, 2], (x, y): where the thin-plate spline's points lie in the rectified crop, along its upper and lower edge.

As many as in the paper, and placed as Shi 2016 (arxiv.org/abs/1603.03915, section 3.1) does for lines of text.
"""
_NEAR = 0.1
"""The least divisor of a projective theta: at 0 a point would lie infinitely far away."""


def before(reader: Reader, kind: Rectifier, options: Options) -> Reader:
    """`reader` behind a rectifier of this kind, trained as one network.

    Its form, heads and recipe stay; the localisation is one head more, slowed down. `look` gives what `reader` gets to
    see: rectified pixels float32[B, H, W, 3], 0..255, as large as the pixels given.
    """
    _, height, width, _ = reader.model.inputs[0].shape
    look = build(kind, height, width, options)
    logits = reader.model(look.outputs[0])
    logits = keras.layers.Activation("linear", dtype="float32", name="logits")(logits)

    def loss(pixels: Tensor, ids: Tensor, lengths: Tensor, noise: Tensor) -> Tensor:
        return reader.loss(look(pixels, training=True), ids, lengths, noise)

    def unlikelihood(pixels: Tensor, ids: Tensor, lengths: Tensor, logits: Tensor) -> Tensor:
        return reader.unlikelihood(look(pixels, training=False), ids, lengths, logits)

    return replace(
        reader,
        model=keras.Model(look.inputs[0], logits, name=f"{kind}_{reader.model.name}"),
        recipe=replace(reader.recipe, slow=(*reader.recipe.slow, PREFIX)),
        heads=(*reader.heads, PREFIX),
        loss=loss,
        unlikelihood=unlikelihood,
        look=look,
        draws="rectified",
    )


def build(
    kind: Rectifier = "affine", height: int = 48, width: int | None = None, options: Options | None = None
) -> keras.Model:
    """The rectifier alone: pixels float32[B, height, W, 3] 0..255 to rectified pixels of the same shape.

    W is `width`, or any. Its layer `rectifier_theta` answers theta, float32[B, 6], [B, 8] or [B, 32]. Raises KeyError
    for a kind there is none of.
    """
    options = options or Options()
    pixels = keras.Input((height, width, 3), name="pixels")
    theta = _localise(Look(dtype="float32", name=f"{PREFIX}_look")(pixels), kind, options)
    rectified = Rectify(kind, dtype="float32", name=f"{PREFIX}_sampler")(pixels, theta)
    return keras.Model(pixels, rectified, name=PREFIX)


def _localise(x: Tensor, kind: Rectifier, options: Options) -> Tensor:
    """A small picture [B, 32, 64, 1] to theta. Convolutions and pools, then two dense layers, the last one zero."""
    start = keras.initializers.HeNormal(keras.random.SeedGenerator(options.seed))
    same: dict[str, Any] = {"activation": "relu", "kernel_initializer": start, "dtype": options.dtype}
    for number, filters in enumerate(_FILTERS):
        x = keras.layers.Conv2D(filters, 3, padding="same", name=f"{PREFIX}_conv{number}", **same)(x)
        x = keras.layers.MaxPooling2D(2, dtype=options.dtype)(x)
    x = keras.layers.Flatten(dtype=options.dtype)(x)
    x = keras.layers.Dense(_UNITS, name=f"{PREFIX}_dense", **same)(x)
    return keras.layers.Dense(
        len(IDENTITY[kind]),
        kernel_initializer="zeros",
        bias_initializer=Identity(kind),
        dtype="float32",
        name=f"{PREFIX}_theta",
    )(x)


@keras.saving.register_keras_serializable("glyphsmith.stn")
class Identity(keras.initializers.Initializer):
    """The theta under which a crop stays as it is."""

    def __init__(self, kind: Rectifier) -> None:
        self.kind = kind

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        return ops.convert_to_tensor(IDENTITY[self.kind], dtype)

    def get_config(self) -> dict[str, Any]:
        return {"kind": self.kind}


# From theta to coordinates. x [B, 1, W] or [B, H, W] and y [B, H, 1] or [B, H, W] of the rectified crop, -1 to 1;
# the answers are [B, H, W] each, of the crop as it came.


def _affine(theta: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Equation 1: (a, b, c, d, e, f), x' = ax + by + c and y' = dx + ey + f."""
    a, b, c, d, e, f = (theta[:, index, None, None] for index in range(6))
    return a * x + b * y + c, d * x + e * y + f


def _projective(theta: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The affine six, then g and h: both coordinates are divided by gx + hy + 1."""
    across, down = _affine(theta, x, y)
    divisor = ops.maximum(theta[:, 6, None, None] * x + theta[:, 7, None, None] * y + 1.0, _NEAR)
    return across / divisor, down / divisor


def _spline(theta: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """theta: (x', y') of each of CONTROL, flat. Between them the surface that bends least (Bookstein 1989).

    The surface is that of the shifts, not of the places: small numbers keep their digits in float32.
    """
    across, down = CONTROL.T
    bends = _bend(ops.square(x[..., None] - _as(across, x)) + ops.square(y[..., None] - _as(down, y)))
    count = len(CONTROL)
    shifts = ops.reshape(theta - _as(IDENTITY["tps"], theta), (-1, count, 2))
    weights = ops.matmul(_as(_SOLVED, theta), shifts)
    bent = ops.matmul(bends, weights[:, None, :count])
    plane = ops.reshape(ops.transpose(weights[:, count:], (0, 2, 1)), (-1, 6))
    to_right, downwards = _affine(plane, x, y)
    return x + to_right + bent[..., 0], y + downwards + bent[..., 1]


def _bend(squared: Any) -> Any:
    """The thin plate's r² log r², given r², NumPy's or Keras's; 0 at 0."""
    log, maximum = (np.log, np.maximum) if isinstance(squared, np.ndarray) else (ops.log, ops.maximum)
    return squared * log(maximum(squared, 1e-12))


def _solve() -> NDArray[np.float64]:
    """[19, 16]: times what the control points are to become, the weight of each bend and then of x, y and 1."""
    count = len(CONTROL)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _bend(np.square(CONTROL[:, None] - CONTROL[None]).sum(axis=-1))
    system[:count, count:] = np.column_stack([CONTROL, np.ones(count)])
    system[count:, :count] = system[:count, count:].T
    return np.asarray(np.linalg.inv(system)[:, :count], np.float64)


_SOLVED = _solve()
IDENTITY: dict[Rectifier, NDArray[np.float64]] = {
    "affine": np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
    "projective": np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
    "tps": CONTROL.ravel(),
}
"""Theta that moves nothing."""
MOVES: dict[Rectifier, Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "affine": _affine,
    "projective": _projective,
    "tps": _spline,
}


# From coordinates to pixels


@keras.saving.register_keras_serializable("glyphsmith.stn")
class Look(keras.layers.Layer):
    """pixels [B, H, W, 3] to the crop without its padding, grey, small, from -1 to 1: [B, 32, 64, 1]."""

    def call(self, pixels: Tensor) -> Tensor:
        _, height, width, _ = ops.shape(pixels)
        wide, high = extent(pixels)
        grey = ops.mean(pixels, axis=-1) / PAD_VALUE - 1.0
        across = ops.transpose(_shrink(LOOK[1], wide, _counted(width, pixels)), (0, 2, 1))
        return ops.matmul(_shrink(LOOK[0], high, _counted(height, pixels)), ops.matmul(grey, across))[..., None]

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (shape[0], *LOOK, 1)


@keras.saving.register_keras_serializable("glyphsmith.stn")
class Rectify(keras.layers.Layer):
    """pixels [B, H, W, 3] and theta to pixels of the same shape, moved as theta says."""

    def __init__(self, kind: Rectifier, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind

    def call(self, pixels: Tensor, theta: Tensor) -> Tensor:
        return rectify(self.kind, pixels, theta)

    def compute_output_shape(
        self, pixels_shape: tuple[int | None, ...], theta_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return pixels_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind}


def rectify(kind: Rectifier, pixels: Tensor, theta: Tensor) -> Tensor:
    """pixels [B, H, W, C] as theta moves them; outside of the crop lies the padding's colour."""
    _, height, width, _ = ops.shape(pixels)
    wide, high = extent(pixels)
    x = _centres(_counted(width, pixels), wide[:, None])[:, None, :]
    y = _centres(_counted(height, pixels), high[:, None])[:, :, None]
    moved = sample(pixels, *_to_pixels(*MOVES[kind](theta, x, y), (wide, high)))
    inside = ops.logical_and(x <= 1.0, y <= 1.0)
    return ops.where(inside[..., None], moved, ops.full_like(moved, PAD_VALUE))


def extent(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """(width, height) of each crop without what it is padded with on the right and below, at least 1; [B] each."""
    _, height, width, _ = ops.shape(pixels)
    filled = ops.cast(ops.max(ops.abs(pixels - PAD_VALUE), axis=-1) > 0.0, pixels.dtype)
    wide = ops.max(ops.max(filled, axis=1) * (_counted(width, pixels) + 1.0), axis=1)
    high = ops.max(ops.max(filled, axis=2) * (_counted(height, pixels) + 1.0), axis=1)
    return ops.maximum(wide, 1.0), ops.maximum(high, 1.0)


def sample(pixels: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """pixels [B, H, W, C] at places x, y [B, h, w], bilinear (equation 5): [B, h, w, C].

    0 is the centre of the first pixel; around the picture lies the padding's colour. Gradients reach both the pixels
    and the places.
    """
    batch, height, width, channels = ops.shape(pixels)
    framed = ops.pad(pixels - PAD_VALUE, ((0, 0), (1, 1), (1, 1), (0, 0)))
    flat = ops.reshape(framed, (-1, channels))
    left, to_right = _cell(x, width)
    upper, to_lower = _cell(y, height)
    row = width + 2
    first = ops.reshape(ops.arange(batch), (-1, 1, 1)) * ((height + 2) * row)
    place = first + upper * row + left
    above, below = (
        ops.take(flat, place + down, axis=0) * (1.0 - to_right) + ops.take(flat, place + down + 1, axis=0) * to_right
        for down in (0, row)
    )
    return above * (1.0 - to_lower) + below * to_lower + PAD_VALUE


def _cell(at: Tensor, size: Any) -> tuple[Tensor, Tensor]:
    """The pixel of the framed picture that lies before each place, int32, and how far behind it the place is."""
    last = ops.cast(size, at.dtype)
    framed = ops.clip(at, -1.0, last) + 1.0
    before = ops.minimum(ops.floor(framed), last)
    return ops.cast(before, "int32"), (framed - ops.stop_gradient(before))[..., None]


def _shrink(count: int, size: Tensor, places: Tensor) -> Tensor:
    """[B, count, N]: what each of N pixels of a side weighs in each of the `count` that are to stand for `size` [B].

    A triangle over the neighbours, as wide as the side shrinks: thin strokes do not fall between two pixels.
    """
    size = size[:, None, None]
    step = size / count
    centres = (_as(np.arange(count, dtype=np.float64), size)[None, :, None] + 0.5) * step - 0.5
    weights = ops.maximum(1.0 - ops.abs(places - centres) / ops.maximum(step, 1.0), 0.0)
    weights = ops.where(places < size, weights, 0.0)
    return weights / ops.maximum(ops.sum(weights, axis=-1, keepdims=True), 1e-6)


def _centres(places: Any, size: Any) -> Any:
    """Of the pixels of a side of this size, from -1 to 1."""
    return (2.0 * places + 1.0) / size - 1.0


def _to_pixels(x: Tensor, y: Tensor, size: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    wide, high = (side[:, None, None] for side in size)
    x, y = ((at + 1.0) * side * 0.5 - 0.5 for at, side in ((x, wide), (y, high)))
    return ops.broadcast_to(x, ops.shape(x + y)), ops.broadcast_to(y, ops.shape(x + y))


def _counted(size: Any, like: Tensor) -> Tensor:
    return ops.cast(ops.arange(size), like.dtype)


def _as(values: NDArray[np.float64], like: Tensor) -> Tensor:
    return ops.cast(ops.convert_to_tensor(values), like.dtype)
