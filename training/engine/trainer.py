"""One way to train any of the networks: AdamW with a warm-up and a cosine, two rates, and an average of the weights.

A pretrained network forgets quickly, so its body learns slowly and its head, which is partly new, faster; and what is
kept is a running average of the weights, which on few images reads better than any single step.

All weights that learn lie in one long vector. A step is then some twenty operations on it instead of twenty for each
of two hundred variables, which a graph of would take longer to build than many a training lasts. What batch norms have
seen lies in a second one: it is counted along, not learned.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.autodiff import Shapes, State, backend
from training.engine.device import Device
from training.engine.recipe import SLOW, Recipe, keep_at, rate_at

Loss = Callable[[keras.Model, tuple[Any, ...]], Any]
Tensor = Any

LOSS_SCALE = 1024.0
"""float16 gradients this small would vanish; scaled up they do not, and a step that overflows is left out."""
BETAS = (0.9, 0.999)
EPSILON = 1e-7
UNDECAYED = ("bias", "gamma", "beta")


class Trainer:
    """Trains `model` in place; build the model under `device.strategy.scope()`. `shapes`: of batches that differ."""

    def __init__(
        self,
        model: keras.Model,
        loss: Loss,
        heads: Sequence[str],
        recipe: Recipe,
        steps: int,
        device: Device,
        *,
        shapes: Shapes | None = None,
    ) -> None:
        self.model = model
        self.steps_done = 0
        self._loss, self._recipe, self._steps = loss, recipe, steps
        self._share = 1.0 / device.replicas
        self._scale = LOSS_SCALE if device.policy == "mixed_float16" else 1.0
        for layer in _leaves(model):
            layer.trainable = not layer.name.startswith(recipe.frozen) if recipe.frozen else True
        self._variables = model.trainable_variables
        self._statistics = [one for one in model.non_trainable_variables if one.dtype == "float32"]
        self._shapes = [tuple(variable.shape) for variable in self._variables]
        self._ends = np.cumsum([math.prod(shape) for shape in self._shapes]).tolist()
        self._rates = self._each(lambda path: _pace(path, recipe, tuple(heads)))
        self._decays = self._each(lambda path: 0.0 if path.endswith(UNDECAYED) else recipe.weight_decay)
        weights = _flat(self._variables)
        zeros = np.zeros_like(weights)
        state = {
            "weights": weights,
            "average": weights.copy(),
            "first": zeros,
            "second": zeros.copy(),
            "statistics": _flat(self._statistics),
        }
        self._start = state
        self._machine = backend().Machine(self._advance, state, device.strategy, shapes)

    @property
    def rate(self) -> float:
        """The body's learning rate of the last step."""
        return rate_at(self._recipe, max(0, self.steps_done - 1), self._steps)

    def batches(self, arrays: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The same arrays, the next ones made in a thread beside the training.

        Not `tf.data.Dataset.from_generator`: it tells malloc to give every freed page back at once, which makes the
        steps themselves a third slower on a processor.
        """
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(next, arrays, None)
            while (batch := waiting.result()) is not None:
                waiting = beside.submit(next, arrays, None)
                yield batch

    def step(self, batch: tuple[Any, ...]) -> float:
        """One step; the loss before it."""
        done = self.steps_done
        numbers = {
            "rate": rate_at(self._recipe, done, self._steps),
            "keep": keep_at(self._recipe, done),
            "first": 1.0 / (1.0 - BETAS[0] ** (done + 1)),
            "second": 1.0 / (1.0 - BETAS[1] ** (done + 1)),
        }
        self.steps_done += 1
        return self._machine.step(batch, numbers)

    @contextmanager
    def averaged(self) -> Iterator[keras.Model]:
        """The model with the averaged weights in it, until the block ends."""
        state = self._machine.state()
        _fill(self._variables, state["average"])
        _fill(self._statistics, state["statistics"])
        try:
            yield self.model
        finally:
            _fill(self._variables, state["weights"])

    def state(self) -> State:
        """Everything a later process needs to go on as if nothing had happened."""
        return {**self._machine.state(), "steps_done": np.array(self.steps_done)}

    def restore(self, state: State) -> None:
        self.steps_done = int(state["steps_done"])
        self._machine.restore(state)
        _fill(self._variables, state["weights"])
        _fill(self._statistics, state["statistics"])

    def restart(self) -> None:
        """Everything as before the first step."""
        self.restore({**self._start, "steps_done": np.array(0)})

    def _each(self, of: Callable[[str], float]) -> NDArray[np.float32]:
        """A number for each variable's path, repeated for all its weights."""
        return np.concatenate(
            [np.full(math.prod(s), of(v.path), np.float32) for v, s in zip(self._variables, self._shapes, strict=True)]
        )

    def _advance(self, state: dict[str, Tensor], batch: Any, numbers: dict[str, Tensor]) -> tuple[Tensor, Any]:
        """AdamW (Loshchilov 2019) on the whole vector, its gradient clipped to a norm of `clip` over all devices."""
        loss, statistics, gradient = backend().gradient(
            lambda weights: self._scaled_loss(weights, state["statistics"], batch), state["weights"]
        )
        gradient = backend().total(gradient) / self._scale
        norm = ops.sqrt(ops.sum(ops.square(gradient)))
        gradient = gradient * (self._recipe.clip / ops.maximum(norm, self._recipe.clip))
        first = BETAS[0] * state["first"] + (1.0 - BETAS[0]) * gradient
        second = BETAS[1] * state["second"] + (1.0 - BETAS[1]) * ops.square(gradient)
        step = first * numbers["first"] / (ops.sqrt(second * numbers["second"]) + EPSILON)
        weights = state["weights"] - numbers["rate"] * self._rates * (step + self._decays * state["weights"])
        average = numbers["keep"] * state["average"] + (1.0 - numbers["keep"]) * weights
        then = {"weights": weights, "average": average, "first": first, "second": second, "statistics": statistics}
        sound = ops.isfinite(norm)
        return loss / self._scale, {key: ops.where(sound, then[key], state[key]) for key in state}

    def _scaled_loss(self, weights: Tensor, statistics: Tensor, batch: Any) -> tuple[Tensor, Tensor]:
        """And the statistics as they are after this step."""
        parts = ops.split(weights, self._ends[:-1])
        values = [ops.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]
        held = list(zip(self._variables, values, strict=True))
        if not self._statistics:
            with keras.StatelessScope(state_mapping=held):
                return self._loss(self.model, batch) * self._share * self._scale, statistics
        sizes = [math.prod(one.shape) for one in self._statistics]
        seen = ops.split(statistics, np.cumsum(sizes[:-1]).tolist()) if len(sizes) > 1 else [statistics]
        shaped = [ops.reshape(part, one.shape) for part, one in zip(seen, self._statistics, strict=True)]
        with keras.StatelessScope(state_mapping=[*held, *zip(self._statistics, shaped, strict=True)]) as scope:
            loss = self._loss(self.model, batch) * self._share * self._scale
        after = [ops.reshape(scope.get_current_value(one), (-1,)) for one in self._statistics]
        return loss, ops.stop_gradient(ops.concatenate(after))


def _pace(path: str, recipe: Recipe, heads: tuple[str, ...]) -> float:
    """The rate of the variable at this path, as a share of the body's."""
    pace = recipe.head_rate / recipe.rate if path.startswith(heads) else 1.0
    return SLOW * pace if path.startswith(recipe.slow) else pace


def _leaves(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers with weights of their own, those of models inside the model too."""
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return [layer for layer in model.layers if layer not in inner] + [leaf for one in inner for leaf in _leaves(one)]


def _flat(variables: Sequence[Any]) -> NDArray[np.float32]:
    arrays = [np.ravel(ops.convert_to_numpy(variable)) for variable in variables]
    return np.concatenate(arrays) if arrays else np.zeros(0, np.float32)


def _fill(variables: Sequence[Any], flat: NDArray[np.float32]) -> None:
    """Puts the parts of one long vector where they belong."""
    at = 0
    for variable in variables:
        size = math.prod(variable.shape)
        variable.assign(flat[at : at + size].reshape(tuple(variable.shape)))
        at += size


def steps_in(items: int, batch: int, least: int = 1) -> int:
    """Steps of one epoch: every item at least once, and `least` steps however few the items."""
    return max(least, math.ceil(items / batch))


def order(items: int, batch: int, seed: Sequence[int], least: int = 1) -> list[list[int]]:
    """A shuffled epoch in whole batches; where items run out they come again in another order."""
    random = np.random.default_rng(list(seed))
    needed = steps_in(items, batch, least) * batch
    rounds = [random.permutation(items) for _ in range(math.ceil(needed / items))]
    return np.concatenate(rounds)[:needed].reshape(-1, batch).tolist()
