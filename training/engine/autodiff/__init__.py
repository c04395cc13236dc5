"""What differs between Keras's backends when a network learns: gradients, compilation, devices.

Everything else of the engine's training is written in `keras.ops` and NumPy. Set `KERAS_BACKEND` (tensorflow or jax)
before Keras is imported; without it Keras takes TensorFlow.
"""

from importlib import import_module
from typing import Any, Protocol

import keras
from numpy.typing import NDArray

Array = NDArray[Any]
State = dict[str, Array]


class Machine(Protocol):
    """A compiled training step and the tensors it changes, held where the device wants them."""

    def step(self, batch: tuple[Array, ...], numbers: dict[str, float]) -> float:
        """Runs `advance(state, batch, numbers)` once, keeps the new state, gives back its first answer."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


class Backend(Protocol):
    """`machine(advance, state, devices)` makes a Machine of a pure function of tensors,

    (state, batch, numbers) → (a scalar, the new state), in which `gradient(of, at)` gives the value and the gradient of
    a function of one tensor, and `total(tensor)` adds up what several devices have.
    `compiled(function)` makes of a function of tensors one from arrays to arrays.
    """

    machine: Any
    gradient: Any
    total: Any
    compiled: Any
    choose: Any


def backend() -> Any:
    """The module for the backend Keras runs on. Raises RuntimeError for one the engine cannot train with."""
    name = keras.backend.backend()
    if name not in ("tensorflow", "jax"):
        raise RuntimeError(f"Keras runs on {name}; set KERAS_BACKEND to tensorflow or jax to train.")
    return import_module(f"training.engine.autodiff.on_{name}")
