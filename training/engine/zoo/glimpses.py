"""What readers that look at a few places share: a sensor, a policy of where to look, and how it learns from reward.

Mnih 2014 (RAM, arxiv.org/abs/1406.6247, section 3) and Ba 2015 (DRAM, arxiv.org/abs/1412.7755, sections 2 and 3).
A place is (y, x) from -1, the upper or left edge of the picture, to 1, the lower or right one. Where to look cannot be
learned by following the slope of what is seen, so places are drawn around what the network says and those that paid
are made likelier (REINFORCE, Williams 1992). All chance comes from numbers that are handed in; without them the
network looks exactly where it says.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from training.engine.zoo.layers import Tensor

Choose = Callable[[Tensor, int], Tensor]
"""From the mean of a place [B, 2] and the number of the glimpse to the place [B, 2] that is looked at."""


FLAT = 0.02
"""Added to a picture's deviation, as a share of half the range of pixels: an empty one stays empty."""


@dataclass(frozen=True)
class Sensor:
    """`scales` square patches around one place, each twice as wide as the one before, all seen as size × size cells.

    The first patch shows single pixels, each next one the mean of twice as many a side. Beyond the picture all is 0.
    """

    size: int
    scales: int

    def __call__(self, picture: Tensor, place: Tensor) -> Tensor:
        """[B, H, W] at places [B, 2] to float32[B, size, size, scales]; between pixels it interpolates bilinearly."""
        _, height, width = picture.shape
        shares = self._shares(place, height, width)
        rows, columns = shares[:, 0, :, :height], shares[:, 1, :, :width]
        swept = ops.reshape(ops.matmul(rows, picture), (-1, self.scales, self.size, width))
        columns = ops.transpose(ops.reshape(columns, (-1, self.scales, self.size, width)), (0, 1, 3, 2))
        return ops.transpose(ops.matmul(swept, columns), (0, 2, 3, 1))

    def looks(self, places: Tensor, height: int) -> Tensor:
        """places [B, N, 2] as [B, N, 3]: with the side of the finest patch as a share of the picture's height."""
        return ops.concatenate([places, ops.full_like(places[..., :1], self.size / height)], axis=-1)

    def _shares(self, place: Tensor, height: int, width: int) -> Tensor:
        """What share each pixel has in each cell along either axis: [B, 2, scales * size, the longer side].

        A cell of s pixels covers s neighbouring bilinear samples. Their mean weighs a pixel at distance d by a
        trapezium: 1 / s up to (s - 1) / 2, 0 from (s + 1) / 2 on. All constants are worked out beforehand: the fewer
        operations a glimpse takes, the sooner the graph of many of them is built.
        """
        sides = np.repeat(2.0 ** np.arange(self.scales), self.size)[:, None]
        steps = np.tile(np.arange(self.size) - (self.size - 1) / 2, self.scales)[:, None]
        halves = np.array([height / 2, width / 2])[:, None, None]
        pixels = np.arange(max(height, width))
        from_middle = ((pixels + 0.5 - halves) / sides - steps).astype(np.float32)
        far = ops.abs(from_middle - place[:, :, None, None] * (halves / sides).astype(np.float32))
        top, high = ((sides + 1.0) / (2.0 * sides)).astype(np.float32), (1.0 / sides).astype(np.float32)
        return ops.minimum(ops.relu(top - far), high)


@dataclass(frozen=True)
class Path:
    """Of one look at a batch: logits [B, C] or [B, T, C]; where it meant to look and did, [B, N, 2] each.

    `baselines` [B, N]: the reward it expected before each glimpse.
    """

    logits: Tensor
    means: Tensor
    places: Tensor
    baselines: Tensor


def grey(pixels: Tensor) -> Tensor:
    """pixels [B, H, W, 3] 0..255 to float32[B, H, W] of mean 0 and deviation 1: no glimpse is spent on the light."""
    picture = ops.mean(pixels, axis=-1) / 127.5 - 1.0
    centred = picture - ops.mean(picture, axis=(1, 2), keepdims=True)
    return centred / (ops.sqrt(ops.mean(ops.square(centred), axis=(1, 2), keepdims=True)) + FLAT)


def exactly(mean: Tensor, number: int) -> Tensor:
    """Looks where the network says."""
    return mean


def drawn(noise: Tensor, sigma: float) -> Choose:
    """Looks around where the network says, `sigma` of half a side away, by standard normal noise [B, 2 N].

    That may be a little beyond the picture, where there is nothing to see.
    """
    return lambda mean, number: ops.stop_gradient(mean + sigma * noise[:, 2 * number : 2 * number + 2])


def given(places: Tensor) -> Choose:
    """Looks at these places [B, N, 2] whatever the network says."""
    return lambda mean, number: places[:, number]


def policy_loss(path: Path, returns: Tensor, sigma: float) -> Tensor:
    """[B, N], to be lowered: its gradient at the means is that of the expected reward, with its sign turned.

    `returns` [B, N] is what was earned after each glimpse. A glimpse counts by how much more that was than the baseline
    expected, which leaves the gradient's mean as it is and takes most of its variance (Mnih 2014, equation 2).
    """
    log_likelihood = -0.5 * ops.sum(ops.square((path.places - path.means) / sigma), axis=-1)
    return -log_likelihood * ops.stop_gradient(returns - path.baselines)


def baseline_loss(path: Path, returns: Tensor) -> Tensor:
    """[B, N]: the squared error of the reward that was expected."""
    return ops.square(ops.stop_gradient(returns) - path.baselines)


def unseen(term: Tensor) -> Tensor:
    """Worth 0 and with the gradient of `term`: what is told of a loss stays the error in reading."""
    return term - ops.stop_gradient(term)


def what(patches: Tensor) -> Tensor:
    """[B, g, g, k] to [B, g * g * k]."""
    return ops.reshape(patches, (-1, int(np.prod(patches.shape[1:]))))


def place_layer(name: str, seed: int) -> keras.layers.Dense:
    """The mean of the next place, inside the picture, from a state. Small weights: it starts in the middle."""
    start = keras.initializers.RandomNormal(stddev=0.01, seed=seed)
    return keras.layers.Dense(2, activation="tanh", kernel_initializer=start, name=name, dtype="float32")
