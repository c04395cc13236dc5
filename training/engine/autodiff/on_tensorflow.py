"""Learning with Keras on TensorFlow: one device, or several that each take a share of every batch."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import tensorflow as tf

from training.engine.autodiff import Array, Shapes, State

FILL = 1
"""One graph serves batches of any shape."""


def gradient(of: Callable[[Any], tuple[Any, Any]], at: Any) -> tuple[Any, Any, Any]:
    """The scalar that `of(at)` gives first, what it gives beside it, and the scalar's gradient, shaped like `at`."""
    with tf.GradientTape() as tape:
        tape.watch(at)
        value, beside = of(at)
    return value, beside, tape.gradient(value, at)


def total(tensor: Any) -> Any:
    """The sum over all devices that take part in this step."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return tensor
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tensor)


def compiled(function: Callable[..., Any], shapes: Shapes, variables: Sequence[Any]) -> Callable[..., Any]:
    """`function` of tensors as one graph for arrays of such shapes (None: any size); arrays in, arrays out.

    A graph reads variables where they are: `variables` is for backends whose graphs do not.
    """
    graph: Any = None

    def call(*arrays: Array) -> Any:
        nonlocal graph
        if graph is None:
            signature = [tf.TensorSpec(shape, array.dtype) for shape, array in zip(shapes, arrays, strict=True)]
            graph = tf.function(function, input_signature=signature, jit_compile=False, autograph=False)
        return tf.nest.map_structure(np.asarray, graph(*map(tf.constant, arrays)))

    return call


@contextmanager
def exactly() -> Iterator[None]:
    """Products in full float32: on a GPU they are rounded to TensorFloat-32 otherwise."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


class Machine:
    """A training step on the devices of `strategy`, which all keep the same state."""

    def __init__(self, advance: Callable[..., Any], state: State, strategy: Any, shapes: Shapes | None = None) -> None:
        self._strategy, self._shapes = strategy, shapes
        # Every device computes the same new state from the same summed gradient: any copy will do.
        same = tf.VariableAggregation.ONLY_FIRST_REPLICA
        with strategy.scope():
            self._state = {key: tf.Variable(value, trainable=False, aggregation=same) for key, value in state.items()}
        self._step = tf.function(self._spread_step, jit_compile=False, reduce_retracing=True, autograph=False)
        self._graph: Any = None
        self._advance = advance

    def step(self, batch: tuple[Array, ...], numbers: dict[str, float]) -> float:
        told = (self._spread(batch), {key: tf.constant(n, tf.float32) for key, n in numbers.items()})
        if self._graph is None:
            self._graph = self._step.get_concrete_function(*self._signature(told)) if self._shapes else self._step
        return float(self._graph(*told))

    def state(self) -> State:
        return {key: np.array(_first(variable)) for key, variable in self._state.items()}

    def restore(self, state: State) -> None:
        for key, variable in self._state.items():
            variable.assign(state[key])

    def _spread_step(self, batch: Any, numbers: Any) -> Any:
        losses = self._strategy.run(self._replica_step, args=(batch, numbers))
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    def _replica_step(self, batch: Any, numbers: Any) -> Any:
        now = {key: tf.convert_to_tensor(variable) for key, variable in self._state.items()}
        loss, then = self._advance(now, batch, numbers)
        for key, variable in self._state.items():
            variable.assign(then[key])
        return loss

    def _signature(self, told: Any) -> Any:
        """Sides of any size from the beginning: one graph is built, not one more for every new width."""
        batch, numbers = told
        if self._strategy.num_replicas_in_sync > 1 or self._shapes is None:
            return told
        arrays = tuple(tf.TensorSpec(shape, one.dtype) for shape, one in zip(self._shapes, batch, strict=True))
        return arrays, tf.nest.map_structure(lambda number: tf.TensorSpec((), number.dtype), numbers)

    def _spread(self, batch: tuple[Array, ...]) -> Any:
        """Each device gets its share of the items, one after the other."""
        replicas = self._strategy.num_replicas_in_sync
        if replicas == 1:
            return tuple(tf.constant(array) for array in batch)
        parts = [np.split(array, replicas) for array in batch]
        return self._strategy.experimental_distribute_values_from_function(
            lambda context: tuple(tf.constant(part[context.replica_id_in_sync_group]) for part in parts)
        )


def _first(variable: Any) -> Any:
    """One of the equal copies of a variable that several devices keep."""
    return variable.values[0] if hasattr(variable, "values") else variable


def choose() -> tuple[list[str], tuple[int, ...] | None, Any]:
    """(names of the GPUs, compute capability of the weakest, how work is spread). No GPU is no error."""
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        with suppress(RuntimeError):  # in use by this process already, with whatever was set then
            tf.config.experimental.set_memory_growth(gpu, True)
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    capability = min((tuple(one.get("compute_capability", (0, 0))) for one in details), default=None)
    strategy = tf.distribute.MirroredStrategy() if len(gpus) > 1 else tf.distribute.get_strategy()
    return [str(one.get("device_name", "GPU")) for one in details], capability, strategy
