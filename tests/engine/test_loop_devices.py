"""Training spreads over several devices and agrees with one; here the devices are two halves of a processor."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import pytest

from training.engine import device

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, sys
import numpy as np, keras, tensorflow as tf
replicas = int(sys.argv[1])
processors = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processors[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from training.engine.device import Device
from training.engine.trainer import Recipe, Trainer

keras.utils.set_random_seed(1)
names = [f"CPU:{i}" for i in range(2)]
strategy = tf.distribute.MirroredStrategy(names) if replicas == 2 else tf.distribute.get_strategy()
with strategy.scope():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(1, name="head")(keras.layers.Dense(8, name="body")(inputs)))
random = np.random.default_rng(0)
x = random.normal(size=(64, 8, 3)).astype("float32")
y = x.sum(axis=-1, keepdims=True)
recipe = Recipe(epochs=1, batch=8, rate=0.02, head_rate=0.05, average=0.9, clip=1e6)  # shares are clipped apart
loss = lambda model, batch: tf.reduce_mean(tf.square(model(batch[0]) - batch[1]))
trainer = Trainer(model, loss, ("head",), recipe, 64, Device("test", "float32", strategy))
signature = (tf.TensorSpec((None, 3), tf.float32), tf.TensorSpec((None, 1), tf.float32))
losses = [trainer.step(batch) for batch in trainer.batches(zip(x, y), signature)]
state = trainer.state()
other = Trainer(model, loss, ("head",), recipe, 64, Device("test", "float32", strategy))
other.restore(state)
with other.averaged() as averaged:
    mean = float(np.mean((np.asarray(averaged(x[0])) - y[0]) ** 2))
print(json.dumps({"losses": losses, "averaged": mean, "steps": other.steps_done}))
"""


class Trained(TypedDict):
    losses: list[float]
    averaged: float
    steps: int


def trained(replicas: int) -> Trained:
    command = [sys.executable, "-c", PROGRAM, str(replicas)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer: Trained = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def one_and_two() -> tuple[Trained, Trained]:
    return trained(1), trained(2)


def test_two_devices_learn_what_one_learns(
    one_and_two: tuple[Trained, Trained],
) -> None:
    one, two = one_and_two
    assert one["losses"][-1] < one["losses"][0] / 5
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-3, abs=1e-5)


def test_the_average_and_the_optimizer_survive_a_restore(
    one_and_two: tuple[Trained, Trained],
) -> None:
    for run in one_and_two:
        assert run["steps"] == 64
        assert run["averaged"] < run["losses"][0] / 5


def test_a_machine_without_a_gpu_trains_on_its_processor_by_name() -> None:
    chosen = device.choose("float32")
    assert chosen.policy == "float32"
    assert chosen.name
    assert chosen.replicas >= 1
