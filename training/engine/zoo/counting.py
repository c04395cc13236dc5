"""Where the next character stands, by counting those that the published head sees along each band of its tower.

A decoder that learns from few crops where to look learns the crops by heart instead. But the tower's cells already say
where characters are: each begins where its probability rises, as CTC reads them. How many have begun up to a cell,
beside how many were said, tells where to look next; weights integrated until the next character fires (Dong 2020,
arxiv.org/abs/1905.11235) count alike. Only letters and digits count: spaces and dots are typed by habit, seen or not.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.zoo.layers import Tensor

LEAST = 0.01
"""Of a beginning: what no cell falls below, so that one the head overlooked can still be found."""
FAR = 4.0
"""Characters beyond which a cell is as far from the next one as any other."""
FEW, UNSURE = 0.1, -2.0
"""A band is as unsure as if it held so much of a character more, with this log-probability: one with none is unsure."""
SURER = 10.0
"""How much more likely the surer of several bands is to be the row above: by this power of its probability."""
STRICT, BEGINS, SURE, WHOLE = 4.0, 1.0, 3.0, 1.0
"""At first: the weight of a character's distance, of where one begins, of how sure a band is, of all rows at once."""


class Counts(NamedTuple):
    """What cells say of the letters and digits in their bands, float32.

    `begun` [B, 1, N]: how many have begun up to each of N cells, in its band and in the row above it;
    `begins` [B, 1, N]: logarithm of how much of one begins in it; `sure` [B, 1, N]: mean log-probability of the band's;
    `totals` [B, 1, M] of bands and of pairs of them; `bands` [B, 1, R]: `sure` of each band.
    """

    begun: Tensor
    begins: Tensor
    sure: Tensor
    totals: Tensor
    bands: Tensor


@keras.saving.register_keras_serializable("glyphsmith.counting")
class Counting(keras.layers.Layer):
    """Counts along the bands of cells [B, N, D] and, for `blocks` of `heads`, says where a slot is to look at first.

    `above[i][j]` is 1 where band j may be the row above band i. `counted` are the ids of the symbols that count. The
    head by which it counts stays as it is; `start` puts the published one in.
    """

    def __init__(
        self,
        symbols: int,
        counted: Sequence[int],
        above: Sequence[Sequence[float]],
        blocks: int,
        heads: int,
        width: int,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.symbols, self.counted, self.above = symbols, tuple(counted), tuple(map(tuple, above))
        self.blocks, self.heads, self.width = blocks, heads, width
        self.rows = len(self.above)
        self.expected = keras.layers.Dense(width, name="expected", dtype=self.dtype_policy)

    def build(self, cells_shape: tuple[int | None, ...]) -> None:
        fixed: dict[str, Any] = {"trainable": False, "dtype": "float32", "autocast": False}
        self.kernel = self.add_weight((cells_shape[2], self.symbols), "zeros", name="kernel", **fixed)
        self.bias = self.add_weight((self.symbols,), "zeros", name="bias", **fixed)
        self.columns = int(cells_shape[1] or 0) // self.rows
        self.pairs = [(i, j) for i, row in enumerate(self.above) for j, one in enumerate(row) if one]
        self.expected.build((None, None, 2 * self.rows + len(self.pairs)))
        exact: dict[str, Any] = {"dtype": "float32", "autocast": False}
        for name, first in (("strict", STRICT), ("begins", BEGINS), ("sure", SURE)):
            start = keras.initializers.Constant(first)
            setattr(self, name, self.add_weight((self.blocks, self.heads), start, name=name, **exact))
        self.bands = self.add_weight((self.blocks, self.heads, self.rows), "zeros", name="bands", **exact)

    def start(self, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """Counts by this head of a cell's first numbers, and looks first at the whole region at half its size."""
        rest = self.kernel.shape[0] - len(kernel)
        self.kernel.assign(np.pad(kernel, ((0, rest), (0, 0))))
        self.bias.assign(bias)
        self.bands.assign(np.broadcast_to(WHOLE * np.eye(self.rows)[0], self.bands.shape))

    def counts(self, cells: Tensor) -> Counts:
        """Of cells [B, N, D]. What they say of counts is not learned."""
        shape = (-1, self.rows, self.columns, self.symbols)
        told = ops.matmul(ops.cast(cells, "float32"), self.kernel) + self.bias
        said = ops.reshape(ops.softmax(told, axis=-1) * self.mask(), shape)
        before = ops.pad(said, ((0, 0), (0, 0), (1, 0), (0, 0)))[:, :, :-1]
        begins = ops.sum(ops.relu(said - before), axis=-1)
        begun = ops.matmul(begins, np.triu(np.ones((self.columns, self.columns), np.float32)))
        total = begun[:, :, -1]
        likeliest = ops.log(ops.max(said, axis=-1) + 1e-3)
        sure = (ops.sum(begins * likeliest, axis=-1, keepdims=True) + FEW * UNSURE) / (total[..., None] + FEW)
        begun = begun + self.in_rows_above(total, sure[..., 0])[..., None]
        pairs = [total[:, i : i + 1] + total[:, j : j + 1] for i, j in self.pairs]
        cell = [begun, ops.log(begins + LEAST), sure + ops.zeros_like(begun)]
        flat = [ops.reshape(one, (-1, 1, self.rows * self.columns)) for one in cell]
        band = [ops.concatenate([total, *pairs], axis=-1)[:, None], ops.squeeze(sure, -1)[:, None]]
        return Counts(*map(ops.stop_gradient, [*flat, *band]))

    def in_rows_above(self, total: Tensor, sure: Tensor) -> Tensor:
        """[B, R] of how many are in R bands and how sure those are: in the row above each band, 0 where none can be."""
        above = np.array(self.above, np.float32).T
        likely = ops.exp(SURER * sure)
        return ops.matmul(likely * total, above) / (ops.matmul(likely, above) + 1e-30)

    def said(self, ids: Tensor) -> Tensor:
        """float32, of each id whether it counts."""
        return ops.take(ops.convert_to_tensor(self.mask()), ids)

    def mask(self) -> NDArray[np.float32]:
        return np.isin(np.arange(self.symbols), self.counted).astype(np.float32)

    def where(self, block: int, counts: Counts, before: Tensor) -> Tensor:
        """[B, heads, T, N], to be added to the scores of T slots before which [B, T] letters and digits were said."""
        following = before[..., None] + 1.0
        apart = ops.minimum(ops.abs(counts.begun - following), FAR)
        strict, begins, sure = (ops.reshape(one[block], (1, -1, 1, 1)) for one in (self.strict, self.begins, self.sure))
        spread = np.kron(np.eye(self.rows), np.ones((1, self.columns))).astype(np.float32)
        band = ops.matmul(self.bands[block], spread)[None, :, None]
        return band - strict * apart[:, None] + begins * counts.begins[:, None] + sure * counts.sure[:, None]

    def told(self, counts: Counts, before: Tensor) -> Tensor:
        """[B, T, width]: what T slots hear of it, above all whether there is anything left to say."""
        following = before[..., None] + 1.0
        left = ops.tanh(following - counts.totals)
        return self.expected(ops.concatenate([left, counts.bands + ops.zeros_like(following)], axis=-1))

    def get_config(self) -> dict[str, Any]:
        own = {"symbols": self.symbols, "counted": list(self.counted)}
        above = [list(row) for row in self.above]
        more = {"above": above, "blocks": self.blocks, "heads": self.heads, "width": self.width}
        return {**super().get_config(), **own, **more}


def stored(counting: Counting | None) -> dict[str, Any] | None:
    """What the configuration of a layer that may have one says of it: not that it was built, which that layer does."""
    return None if counting is None else counting.get_config()


def restored(config: dict[str, Any] | None) -> Counting | None:
    """The one that `stored` told of."""
    return None if config is None else Counting.from_config(config)
