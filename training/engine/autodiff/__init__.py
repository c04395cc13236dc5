"""What differs between Keras's backends when a network learns: gradients, compilation, devices.

Everything else of the engine's training is written in `keras.ops` and NumPy. Set `KERAS_BACKEND` (tensorflow or jax)
before Keras is imported; without it Keras takes TensorFlow.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

import keras
from numpy.typing import NDArray

Array = NDArray[Any]
State = dict[str, Array]
Shapes = Sequence[tuple[int | None, ...]]
"""Of the arrays of a batch; None where a side may have any size. TensorFlow builds one graph for all of them."""


class Machine(Protocol):
    """A compiled training step and the tensors it changes, held where the device wants them."""

    def step(self, batch: tuple[Array, ...], numbers: dict[str, float]) -> float:
        """Runs `advance(state, batch, numbers)` once, keeps the new state, gives back its first answer."""

    def state(self) -> State: ...

    def restore(self, state: State) -> None: ...


def backend() -> Any:
    """The module for the backend Keras runs on. Raises RuntimeError for one the engine cannot train with.

    Its `Machine(advance, state, strategy, shapes)` makes a step of a pure function of tensors, (state, batch, numbers)
    → (a scalar, the new state), in which `gradient(of, at)` gives the value, the rest and the gradient of a function
    of one tensor, and `total(tensor)` adds up what several devices have. `compiled(function, shapes,
    variables)` makes of a function of tensors one from arrays to arrays, which sees what the Keras variables hold at
    each call. `choose()` says which devices there are, `FILL` how much coarser than usual the shapes of batches are to
    be. Within `exactly()` no product is rounded to fewer bits.
    """
    name = keras.backend.backend()
    if name not in ("tensorflow", "jax"):
        raise RuntimeError(f"Keras runs on {name}; set KERAS_BACKEND to tensorflow or jax to train.")
    return import_module(f"training.engine.autodiff.on_{name}")
