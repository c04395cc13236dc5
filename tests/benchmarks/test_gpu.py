"""What a training step computes, and what a device could."""

import keras
import numpy as np
import pytest

from benchmarks.gpu import Measured, Row, finder, forward_operations, known_peak, reader, step_operations, table
from training.engine import device
from training.engine.crops import READER_MIN_WIDTH
from training.engine.recipe import Recipe

ROW = Row("finder", "float32", 4, 20.0, 2.0, 40_000_000_000, 0.1, 3.0, 1.0)


def small() -> keras.Model:
    pixels = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(8, 3, padding="same", name="stem")(pixels)
    x = keras.layers.DepthwiseConv2D(3, strides=2, padding="same", name="mix")(x)
    x = keras.layers.Conv2DTranspose(4, 2, strides=2, name="double")(x)
    return keras.Model(pixels, keras.layers.Dense(5, name="head")(x))


def test_operations_are_those_counted_by_hand() -> None:
    assert forward_operations(small(), (16, 32, 3)) == {
        "stem": 2 * 3 * 3 * 3 * 8 * 16 * 32,
        "mix": 2 * 3 * 3 * 8 * 8 * 16,
        "double": 2 * 2 * 2 * 8 * 4 * 8 * 16,
        "head": 2 * 4 * 5 * 16 * 32,
    }


def test_what_is_frozen_is_computed_once_and_what_learns_three_times() -> None:
    recipe = Recipe(epochs=1, batch=1, rate=1e-4, head_rate=1e-4, frozen=("stem",))
    assert step_operations({"stem_1": 10, "head": 1}, recipe, batch=4) == 4 * (10 + 3)


def test_batches_of_any_size_fit_the_networks() -> None:
    pixels, maps, counted = finder().batch(17)
    assert (pixels.shape, maps.shape[:3], counted.shape[0]) == ((17, 384, 512, 3), (17, 384, 512), 17)
    assert maps.max() == 1
    strips, ids, lengths = reader().batch(3)
    assert (strips.shape, ids.shape[0]) == ((3, 48, READER_MIN_WIDTH, 3), 3)
    assert np.all(lengths > 0)


@pytest.mark.parametrize(
    ("name", "policy", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", "mixed_bfloat16", 989),
        ("NVIDIA H100 PCIe", "mixed_bfloat16", 756),
        ("NVIDIA A10G", "float32", 35),
        ("Tesla T4", "mixed_bfloat16", None),
        ("AMD EPYC", "float32", None),
    ],
)
def test_the_maker_s_figure_is_that_of_the_card(name: str, policy: str, peak: float | None) -> None:
    assert known_peak(name, policy) == peak


def test_without_a_gpu_the_table_says_so_and_has_the_processor() -> None:
    told = table([Measured("AMD EPYC", False, "jax", "Keras 3", "float32 0.1 TFLOP/s", [ROW])])
    assert "Unmeasured: no GPU was at hand." in told
    assert "| finder | float32 | 4 | 2.0 | 2000 | 40.0 | 0.02 | 20 % | 20 s |" in told


def test_a_gpu_measured_stands_before_the_processor() -> None:
    both = [Measured("AMD EPYC", False, "jax", "", "", [ROW]), Measured("NVIDIA H100", True, "jax", "", "", [ROW])]
    told = table(both)
    assert told.index("GPU: NVIDIA H100") < told.index("Processor: AMD EPYC")
    assert "Unmeasured" not in told


def test_the_device_has_a_name_for_the_table() -> None:
    assert device.choose("float32").name
