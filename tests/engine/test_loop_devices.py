"""One device, two (here two halves of a processor) and another backend of Keras learn the same."""

import json
from typing import TypedDict

import pytest

from tests.engine.backends import last_line
from training.engine import device

PROGRAM = """
import json, sys
import numpy as np
import keras
from keras import ops
from training.engine.autodiff import backend
from training.engine.device import Device
from training.engine.recipe import Recipe
from training.engine.trainer import Trainer

if sys.argv[1] == "two":
    import tensorflow as tf
    processors = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processors[0], [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(2)])
else:
    strategy = backend().choose()[2]
keras.utils.set_random_seed(1)
random = np.random.default_rng(0)
with strategy.scope():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1, name="head")(keras.layers.Dense(8, name="body")(inputs)))
model.set_weights([random.normal(size=weight.shape) * 0.5 for weight in model.get_weights()])
x = random.normal(size=(64, 8, 3)).astype("float32")
y = x.sum(axis=-1, keepdims=True)
recipe = Recipe(epochs=1, batch=8, rate=0.02, head_rate=0.05, average=0.9)
loss = lambda model, batch: ops.mean(ops.square(model(batch[0], training=True) - batch[1]))
shapes = ((None, 3), (None, 1))
trainer = Trainer(model, loss, ("head",), recipe, 64, Device("test", "float32", strategy), shapes=shapes)
losses = [trainer.step(batch) for batch in trainer.batches(zip(x, y))]
state = trainer.state()
other = Trainer(model, loss, ("head",), recipe, 64, Device("test", "float32", strategy))
other.restore(state)
answer = backend().compiled(lambda pixels: model(pixels, training=False), [(None, 3)], model.variables)
last = float(np.mean((answer(x[0]) - y[0]) ** 2))
with other.averaged():
    mean = float(np.mean((answer(x[0]) - y[0]) ** 2))
print(json.dumps({"losses": losses, "last": last, "averaged": mean, "steps": other.steps_done}))
"""


class Trained(TypedDict):
    losses: list[float]
    last: float
    averaged: float
    steps: int


def trained(devices: str, keras_backend: str = "tensorflow") -> Trained:
    answer: Trained = json.loads(last_line(PROGRAM, devices, keras_backend=keras_backend))
    return answer


@pytest.fixture(scope="module")
def one() -> Trained:
    return trained("one")


@pytest.fixture(scope="module")
def two() -> Trained:
    return trained("two")


@pytest.fixture(scope="module")
def on_jax() -> Trained:
    return trained("one", "jax")


def test_two_devices_learn_what_one_learns(one: Trained, two: Trained) -> None:
    assert one["losses"][-1] < one["losses"][0] / 5
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-3, abs=1e-5)


def test_jax_learns_what_tensorflow_learns(one: Trained, on_jax: Trained) -> None:
    assert on_jax["losses"] == pytest.approx(one["losses"], rel=1e-3, abs=1e-5)
    assert on_jax["averaged"] == pytest.approx(one["averaged"], rel=1e-2)


def test_what_is_asked_again_answers_with_the_weights_of_that_moment(one: Trained, on_jax: Trained) -> None:
    for run in (one, on_jax):
        assert run["last"] != run["averaged"]
    assert on_jax["last"] == pytest.approx(one["last"], rel=1e-2)


def test_the_average_and_the_optimizer_survive_a_restore(one: Trained, two: Trained, on_jax: Trained) -> None:
    for run in (one, two, on_jax):
        assert run["steps"] == 64
        assert run["averaged"] < run["losses"][0] / 5


def test_a_machine_without_a_gpu_trains_on_its_processor_by_name() -> None:
    chosen = device.choose("float32")
    assert chosen.policy == "float32"
    assert chosen.name
    assert chosen.replicas >= 1
