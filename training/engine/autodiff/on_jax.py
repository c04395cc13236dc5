"""Learning with Keras on JAX, for machines that have it and no TensorFlow: the first device there is."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import keras
import numpy as np

from training.engine.autodiff import Array, Shapes, State

FILL = 4
"""Shapes of batches are to differ so much more coarsely: every one is compiled, for up to a minute."""


def gradient(of: Callable[[Any], tuple[Any, Any]], at: Any) -> tuple[Any, Any, Any]:
    """The scalar that `of(at)` gives first, what it gives beside it, and the scalar's gradient, shaped like `at`."""
    (value, beside), slope = jax.value_and_grad(of, has_aux=True)(at)
    return value, beside, slope


def total(tensor: Any) -> Any:
    """One device takes part: its own."""
    return tensor


def compiled(function: Callable[..., Any], shapes: Shapes, variables: Sequence[Any]) -> Callable[..., Any]:
    """`function` of tensors compiled once a shape; arrays in, arrays out.

    What `variables` hold goes in at every call: read from within, it would stay for ever what it was at the first.
    """

    def given(values: Sequence[Any], arrays: Sequence[Any]) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*arrays)

    graph = jax.jit(given)

    def call(*arrays: Array) -> Any:
        return jax.tree.map(np.asarray, graph([variable.value for variable in variables], arrays))

    return call


def exactly() -> AbstractContextManager[None]:
    """Products in full float32: on a GPU they are rounded to TensorFloat-32 otherwise."""
    precise: AbstractContextManager[None] = jax.default_matmul_precision("float32")
    return precise


class Machine:
    """A training step whose state stays on the device; the memory of the old state is used for the new one."""

    def __init__(self, advance: Callable[..., Any], state: State, strategy: Any, shapes: Shapes | None = None) -> None:
        self._state = jax.device_put(state)
        self._step = jax.jit(advance, donate_argnums=0)

    def step(self, batch: tuple[Array, ...], numbers: dict[str, float]) -> float:
        loss, self._state = self._step(self._state, batch, {key: np.float32(n) for key, n in numbers.items()})
        return float(loss)

    def state(self) -> State:
        return {key: np.array(value) for key, value in self._state.items()}

    def restore(self, state: State) -> None:
        self._state = jax.device_put({key: state[key] for key in self._state})


class _OneDevice:
    """Stands where TensorFlow has a distribution strategy."""

    num_replicas_in_sync = 1

    def scope(self) -> Any:
        return nullcontext()


def choose() -> tuple[list[str], tuple[int, ...] | None, Any]:
    """(names of the GPUs, compute capability of the weakest, how work is spread).

    A processor counts as one without bfloat16, AMX or not: max pools in it gave infinities (jax 0.11.2).
    """
    gpus = [device for device in jax.devices() if device.platform == "gpu"][:1]
    capability = tuple(int(part) for part in str(gpus[0].compute_capability).split(".")) if gpus else (0, 0)
    return [gpus[0].device_kind] if gpus else [], capability, _OneDevice()
