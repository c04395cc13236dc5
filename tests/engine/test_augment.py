"""Variations of training pictures are repeatable, keep their kind, and move quads with their pixels."""

from collections.abc import Callable

import numpy as np
import pytest

from training.engine import augment
from training.engine.crops import Around, Picture
from training.engine.geometry import Points, area, box_quad


def striped(height: int, width: int) -> Picture:
    random = np.random.default_rng(3)
    picture = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
    picture[:, ::7] = 255
    return picture


@pytest.mark.parametrize("vary", [augment.vary_strip, augment.vary_look])
@pytest.mark.parametrize(("height", "width"), [(48, 200), (9, 30), (4, 4), (220, 90)])
def test_the_same_generator_state_gives_the_same_picture(
    vary: Callable[[Picture, np.random.Generator], Picture], height: int, width: int
) -> None:
    picture = striped(height, width)
    before = picture.copy()
    for seed in range(12):
        first, second = (vary(picture, np.random.default_rng(seed)) for _ in range(2))
        assert first.dtype == np.uint8
        assert first.shape[2] == 3
        assert np.array_equal(first, second)
    assert np.array_equal(picture, before), "the picture given must stay as it was"


def test_different_seeds_give_different_pictures() -> None:
    picture = striped(48, 200)
    seen = {augment.vary_strip(picture, np.random.default_rng(seed)).tobytes() for seed in range(8)}
    assert len(seen) == 8


def test_strips_are_also_framed_as_found_boxes_are_with_what_really_lies_around() -> None:
    picture = np.full((60, 160, 3), 40, np.uint8)
    picture[20:40, 40:120] = 200
    around = Around(picture, (40, 20, 40, 20))
    frames = [augment._frame(around, np.random.default_rng(seed)) for seed in range(200)]
    wider = np.array([frame.shape[1] - 80 for frame in frames])
    assert all(frame.shape[1] >= 80 - 2 * augment.CUT_OFF * 20 - 1 for frame in frames), "no letter is cut off"
    assert 0 < np.median(wider) < 6, "boxes are found a little larger than they are drawn"
    assert np.mean([frame.min() == 40 for frame in frames]) > 0.9, "what lies around is the picture's own"


def test_varying_the_look_moves_nothing() -> None:
    picture = np.full((64, 128, 3), 40, np.uint8)
    picture[20:44, 30:98] = 230
    for seed in range(20):
        varied = augment.vary_look(picture, np.random.default_rng(seed)).astype(float)
        assert varied.shape == picture.shape
        assert varied[26:38, 36:92].mean() > varied[:12].mean() + 20


@pytest.mark.parametrize("size", [(600, 800), (150, 120), (1500, 2500)])
def test_a_window_moves_quads_with_their_pixels(size: tuple[int, int]) -> None:
    height, width = size
    picture = np.zeros((height, width, 3), np.uint8)
    box = box_quad(width * 0.4, height * 0.45, width * 0.6, height * 0.6)
    picture[round(box[0, 1]) : round(box[2, 1]), round(box[0, 0]) : round(box[2, 0])] = 255
    for seed in range(10):
        window, (moved,) = augment.look_at(picture, [box], 512 / max(size), (384, 512), np.random.default_rng(seed))
        assert window.shape == (384, 512, 3)
        assert brightness_inside(window, moved) > 200, f"seed {seed}"


def brightness_inside(window: Picture, quad: Points) -> float:
    """Mean of the middle of the quad's bounding box, as far as the window shows it."""
    left, top = np.maximum(quad.min(axis=0), 0)
    right, bottom = np.minimum(quad.max(axis=0), [window.shape[1], window.shape[0]])
    inset_x, inset_y = (right - left) * 0.2, (bottom - top) * 0.25
    part = window[round(top + inset_y) : round(bottom - inset_y), round(left + inset_x) : round(right - inset_x)]
    return float(part.mean())


def test_windows_show_the_field_in_most_cases_and_all_of_it_in_many() -> None:
    picture = striped(900, 1200)
    box = box_quad(1050, 820, 1180, 880)
    shares = []
    for seed in range(40):
        _, (moved,) = augment.look_at(picture, [box], 0.43, (384, 512), np.random.default_rng(seed))
        clipped = np.clip(moved, 0, [512, 384])
        shares.append(area(clipped) / area(moved))
    assert np.mean(np.array(shares) > 0.99) > 0.6
