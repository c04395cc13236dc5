"""One way to train any of the networks: AdamW with a warm-up and a cosine, two rates, and an average of the weights.

A pretrained network forgets quickly, so its body learns slowly and its head, which is partly new, faster; and what is
kept is a running average of the weights, which on few images reads better than any single step.

All weights that learn lie in one long vector. A step is then some twenty operations on it instead of twenty for each
of two hundred variables, which a graph of would take longer to build than many a training lasts.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from training.engine.autodiff import Shapes, State, backend
from training.engine.device import Device

Loss = Callable[[keras.Model, tuple[Any, ...]], Any]
Tensor = Any

LOSS_SCALE = 1024.0
"""float16 gradients this small would vanish; scaled up they do not, and a step that overflows is left out."""
BETAS = (0.9, 0.999)
EPSILON = 1e-7
UNDECAYED = ("bias", "gamma", "beta")
FINAL_RATE = 0.05
"""Of the highest rate, where the cosine ends."""


@dataclass(frozen=True)
class Recipe:
    """`warm_up` and the rest of the schedule are shares of all steps; `average` is the weight of the past."""

    epochs: int
    batch: int
    rate: float
    head_rate: float
    warm_up: float = 0.1
    weight_decay: float = 1e-3
    clip: float = 5.0
    average: float = 0.98
    frozen: tuple[str, ...] = ()
    """Layers whose names start so stay as they are."""
    least_steps: int = 8
    """Of an epoch, so that a handful of pictures is also looked at often enough."""
    patience: int = 4
    """Epochs without a better held-out score after which no more follow."""


def rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """The body's learning rate of step 0 … steps - 1: up in a line, down in half a cosine (Loshchilov 2017)."""
    warm = max(1, round(recipe.warm_up * steps))
    if step < warm:
        return recipe.rate * (step + 1) / warm
    gone = min(1.0, (step - warm) / max(1, steps - warm))
    return recipe.rate * (FINAL_RATE + (1.0 - FINAL_RATE) * 0.5 * (1.0 + math.cos(math.pi * gone)))


def keep_at(recipe: Recipe, step: int) -> float:
    """How much of the average a step keeps: early ones count more, or it would not leave the pretrained weights."""
    return min(recipe.average, (2.0 + step) / (11.0 + step))


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
        for layer in model.layers:
            layer.trainable = not layer.name.startswith(recipe.frozen) if recipe.frozen else True
        self._variables = model.trainable_variables
        self._shapes = [tuple(variable.shape) for variable in self._variables]
        self._ends = np.cumsum([math.prod(shape) for shape in self._shapes]).tolist()
        self._rates = self._each(lambda path: recipe.head_rate / recipe.rate if path.startswith(tuple(heads)) else 1.0)
        self._decays = self._each(lambda path: 0.0 if path.endswith(UNDECAYED) else recipe.weight_decay)
        weights = np.concatenate([np.ravel(ops.convert_to_numpy(variable)) for variable in self._variables])
        zeros = np.zeros_like(weights)
        state = {"weights": weights, "average": weights.copy(), "first": zeros, "second": zeros.copy()}
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
        self._put(state["average"])
        try:
            yield self.model
        finally:
            self._put(state["weights"])

    def state(self) -> State:
        """Everything a later process needs to go on as if nothing had happened."""
        return {**self._machine.state(), "steps_done": np.array(self.steps_done)}

    def restore(self, state: State) -> None:
        self.steps_done = int(state["steps_done"])
        self._machine.restore(state)
        self._put(state["weights"])

    def _each(self, of: Callable[[str], float]) -> NDArray[np.float32]:
        """A number for each variable's path, repeated for all its weights."""
        return np.concatenate(
            [np.full(math.prod(s), of(v.path), np.float32) for v, s in zip(self._variables, self._shapes, strict=True)]
        )

    def _put(self, flat: NDArray[np.float32]) -> None:
        for variable, part, shape in zip(self._variables, np.split(flat, self._ends[:-1]), self._shapes, strict=True):
            variable.assign(part.reshape(shape))

    def _advance(self, state: dict[str, Tensor], batch: Any, numbers: dict[str, Tensor]) -> tuple[Tensor, Any]:
        """AdamW (Loshchilov 2019) on the whole vector, its gradient clipped to a norm of `clip` over all devices."""
        loss, gradient = backend().gradient(lambda weights: self._scaled_loss(weights, batch), state["weights"])
        gradient = backend().total(gradient) / self._scale
        norm = ops.sqrt(ops.sum(ops.square(gradient)))
        gradient = gradient * (self._recipe.clip / ops.maximum(norm, self._recipe.clip))
        first = BETAS[0] * state["first"] + (1.0 - BETAS[0]) * gradient
        second = BETAS[1] * state["second"] + (1.0 - BETAS[1]) * ops.square(gradient)
        step = first * numbers["first"] / (ops.sqrt(second * numbers["second"]) + EPSILON)
        weights = state["weights"] - numbers["rate"] * self._rates * (step + self._decays * state["weights"])
        average = numbers["keep"] * state["average"] + (1.0 - numbers["keep"]) * weights
        then = {"weights": weights, "average": average, "first": first, "second": second}
        sound = ops.isfinite(norm)
        return loss / self._scale, {key: ops.where(sound, then[key], state[key]) for key in state}

    def _scaled_loss(self, weights: Tensor, batch: Any) -> Tensor:
        parts = ops.split(weights, self._ends[:-1])
        values = [ops.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]
        with keras.StatelessScope(state_mapping=list(zip(self._variables, values, strict=True))):
            return self._loss(self.model, batch) * self._share * self._scale


def steps_in(items: int, batch: int, least: int = 1) -> int:
    """Steps of one epoch: every item at least once, and `least` steps however few the items."""
    return max(least, math.ceil(items / batch))


def order(items: int, batch: int, seed: Sequence[int], least: int = 1) -> list[list[int]]:
    """A shuffled epoch in whole batches; where items run out they come again in another order."""
    random = np.random.default_rng(list(seed))
    needed = steps_in(items, batch, least) * batch
    rounds = [random.permutation(items) for _ in range(math.ceil(needed / items))]
    return np.concatenate(rounds)[:needed].reshape(-1, batch).tolist()
