"""One way to train any of the networks: AdamW with a warm-up and a cosine, two rates, and an average of the weights.

A pretrained network forgets quickly, so its body learns slowly and its head, which is partly new, faster; and what is
kept is a running average of the weights, which on few images reads better than any single step.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.engine.device import Device

State = dict[str, NDArray[Any]]
Loss = Callable[[keras.Model, tuple[Any, ...]], Any]

LOSS_SCALE = 1024.0
"""float16 gradients this small would vanish; scaled up they do not, and a step that overflows is left out."""


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


class Trainer:
    """Trains `model` in place; build the model under `device.strategy.scope()`."""

    def __init__(
        self, model: keras.Model, loss: Loss, heads: Sequence[str], recipe: Recipe, steps: int, device: Device
    ) -> None:
        self.model = model
        self._loss = loss
        self._device = device
        self._clip = recipe.clip / device.replicas  # each device clips its own share; together they keep to the whole
        self._keep = recipe.average
        self._scale = LOSS_SCALE if device.policy == "mixed_float16" else 1.0
        for layer in model.layers:
            layer.trainable = not layer.name.startswith(recipe.frozen) if recipe.frozen else True
        self._variables = model.trainable_variables
        self._is_head = [variable.path.startswith(tuple(heads)) for variable in self._variables]
        with device.strategy.scope():
            self._optimizers = [self._optimizer(rate, recipe, steps) for rate in (recipe.rate, recipe.head_rate)]
            self._average = [_beside(variable) for variable in self._variables]
            for optimizer, part in zip(self._optimizers, (False, True), strict=True):
                optimizer.build([v for v, head in zip(self._variables, self._is_head, strict=True) if head is part])
        self._compiled: Any = None

    @property
    def rate(self) -> float:
        """The body's learning rate now."""
        return float(_array(self._optimizers[0].learning_rate))

    @property
    def steps_done(self) -> int:
        return int(_array(self._optimizers[0].iterations))

    def batches(self, arrays: Iterator[tuple[Any, ...]], signature: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """The arrays as tensors, the next ones made in a thread beside the training, spread over the devices.

        Not `tf.data.Dataset.from_generator`: it tells malloc to give every freed page back at once, which makes the
        steps themselves a third slower on a processor.
        """
        if self._compiled is None:
            self._compiled = self._compile(signature)
        with ThreadPoolExecutor(1) as beside:
            waiting = beside.submit(next, arrays, None)
            while (batch := waiting.result()) is not None:
                waiting = beside.submit(next, arrays, None)
                yield self._spread(batch, signature)

    def step(self, batch: tuple[Any, ...]) -> float:
        """One step; the loss before it."""
        return float(self._compiled(batch))

    def _spread(self, batch: tuple[Any, ...], signature: tuple[Any, ...]) -> tuple[Any, ...]:
        """Each device gets its share of the items, one after the other."""
        tensors = [tf.constant(array, spec.dtype) for array, spec in zip(batch, signature, strict=True)]
        replicas = self._device.replicas
        if replicas == 1:
            return tuple(tensors)
        parts = [tf.split(tensor, replicas) for tensor in tensors]
        strategy = self._device.strategy
        values = strategy.experimental_distribute_values_from_function(
            lambda context: tuple(part[context.replica_id_in_sync_group] for part in parts)
        )
        return tuple(values)

    @contextmanager
    def averaged(self) -> Iterator[keras.Model]:
        """The model with the averaged weights in it, until the block ends."""
        now = [_array(variable) for variable in self._variables]
        for variable, average in zip(self._variables, self._average, strict=True):
            variable.assign(_array(average))
        try:
            yield self.model
        finally:
            for variable, value in zip(self._variables, now, strict=True):
                variable.assign(value)

    def state(self) -> State:
        """Everything a later process needs to go on as if nothing had happened."""
        parts = {"weights": self._variables, "average": self._average}
        parts |= {f"optimizer{i}": optimizer.variables for i, optimizer in enumerate(self._optimizers)}
        return {f"{part}/{i}": _array(v) for part, variables in parts.items() for i, v in enumerate(variables)}

    def restore(self, state: State) -> None:
        parts = {"weights": self._variables, "average": self._average}
        parts |= {f"optimizer{i}": optimizer.variables for i, optimizer in enumerate(self._optimizers)}
        for part, variables in parts.items():
            for index, variable in enumerate(variables):
                variable.assign(state[f"{part}/{index}"])

    def _optimizer(self, rate: float, recipe: Recipe, steps: int) -> Any:
        warm = max(1, round(recipe.warm_up * steps))
        schedule = keras.optimizers.schedules.CosineDecay(
            rate * 0.02, max(1, steps - warm), alpha=0.05, warmup_target=rate, warmup_steps=warm
        )
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer

    def _compile(self, signature: tuple[Any, ...]) -> Any:
        def spread(batch: tuple[Any, ...]) -> Any:
            losses = self._device.strategy.run(self._replica_step, args=(batch,))
            return self._device.strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

        # Strips of text differ in width: one trace must serve them all. Several devices pass values of another kind.
        fixed = [signature] if self._device.replicas == 1 else None
        return tf.function(spread, input_signature=fixed, jit_compile=False, reduce_retracing=True)

    def _replica_step(self, batch: tuple[Any, ...]) -> Any:
        with tf.GradientTape() as tape:
            loss = self._loss(self.model, batch) / self._device.replicas
            scaled = loss * self._scale
        gradients = [gradient / self._scale for gradient in tape.gradient(scaled, self._variables)]
        gradients, norm = tf.clip_by_global_norm(gradients, self._clip)
        sound = tf.math.is_finite(norm)
        gradients = [tf.where(sound, gradient, tf.zeros_like(gradient)) for gradient in gradients]
        for optimizer, part in zip(self._optimizers, (False, True), strict=True):
            optimizer.apply([g for g, head in zip(gradients, self._is_head, strict=True) if head is part])
        self._update_average()
        return loss

    def _update_average(self) -> None:
        """Early steps count more: an average that starts at the pretrained weights would not leave them in time."""
        done = tf.cast(self._optimizers[0].iterations, tf.float32)
        keep = tf.minimum(self._keep, (1.0 + done) / (10.0 + done))
        for average, variable in zip(self._average, self._variables, strict=True):
            average.assign(keep * average + (1.0 - keep) * tf.convert_to_tensor(variable))


def _array(variable: Any) -> NDArray[Any]:
    """The value of a Keras or TensorFlow variable, wherever and however often it lies."""
    tensor = getattr(variable, "value", variable)
    tensor = tensor() if callable(tensor) else tensor
    if hasattr(tensor, "values"):  # one copy a device
        tensor = tensor.values[0]
    return np.array(tensor)


def _beside(variable: Any) -> tf.Variable:
    """A copy that is never trained; devices that keep one each agree on the mean."""
    return tf.Variable(_array(variable), trainable=False, aggregation=tf.VariableAggregation.MEAN)


def steps_in(items: int, batch: int, least: int = 1) -> int:
    """Steps of one epoch: every item at least once, and `least` steps however few the items."""
    return max(least, math.ceil(items / batch))


def order(items: int, batch: int, seed: Sequence[int], least: int = 1) -> list[list[int]]:
    """A shuffled epoch in whole batches; where items run out they come again in another order."""
    random = np.random.default_rng(list(seed))
    needed = steps_in(items, batch, least) * batch
    rounds = [random.permutation(items) for _ in range(math.ceil(needed / items))]
    return np.concatenate(rounds)[:needed].reshape(-1, batch).tolist()
