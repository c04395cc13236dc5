import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.engine.crops import (
    PAD_VALUE,
    READER_MIN_WIDTH,
    Picture,
    cut,
    cut_around,
    fit,
    fit_image,
    fitted_width,
    padded_width,
    views_of,
)
from training.engine.geometry import box_quad


def noise(height: int, width: int) -> Picture:
    return np.random.default_rng(height * width).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_an_upright_region_is_cut_pixel_for_pixel_with_a_small_margin() -> None:
    image = noise(100, 200)
    crop = cut(image, box_quad(50, 20, 150, 70))
    assert np.array_equal(crop, image[19:71, 49:151])


def test_no_pixel_is_lost_at_the_edges() -> None:
    image = noise(30, 40)
    assert np.array_equal(cut(image, box_quad(-5, -5, 60, 50)), image)
    assert np.array_equal(cut(image, box_quad(0.4, 0.4, 39.6, 29.6), margin=0.0), image)


@pytest.mark.parametrize(
    ("box", "inset"),
    [
        pytest.param(
            (40, 30, 80, 50), (7, 7, 7, 7), id="inside: 0.35 of 20 pixels, less the margin's one, cut outwards"
        ),
        pytest.param((0, 30, 40, 50), (0, 7, 7, 7), id="at the left edge"),
        pytest.param((0, 0, 100, 60), (0, 0, 0, 0), id="the whole picture"),
    ],
)
def test_what_lies_around_a_region_is_kept_as_far_as_the_picture_goes(
    box: tuple[int, int, int, int], inset: tuple[int, int, int, int]
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 100, 3)).astype(np.uint8)
    around = cut_around(image, box_quad(*box), 0.35)
    left, top, right, bottom = around.inset
    assert np.abs(np.subtract(around.inset, inset)).max() <= 1
    height, width = around.picture.shape[:2]
    assert (around.picture[top : height - bottom, left : width - right] == cut(image, box_quad(*box))).all()


def test_what_lies_around_a_turned_region_is_as_wide_on_every_side() -> None:
    image = noise(300, 300)
    quad = np.array([[100.0, 80.0], [180.0, 120.0], [160.0, 160.0], [80.0, 120.0]])
    around, alone = cut_around(image, quad, 0.35), cut(image, quad)
    left, top, right, bottom = around.inset
    height, width = around.picture.shape[:2]
    assert abs(height - top - bottom - alone.shape[0]) <= 2
    assert abs(width - left - right - alone.shape[1]) <= 2
    assert left == top == right == bottom > 10


def test_a_turned_region_comes_out_upright_and_whole() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    angle = np.deg2rad(30)
    right, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    start = np.array([60.0, 50.0])
    quad = np.array([start, start + 100 * right, start + 100 * right + 40 * down, start + 40 * down])
    ys, xs = np.mgrid[0:200, 0:200] + 0.5
    along = (xs - start[0]) * right[0] + (ys - start[1]) * right[1]
    across = (xs - start[0]) * down[0] + (ys - start[1]) * down[1]
    image[(along >= 0) & (along < 50) & (across >= 0) & (across < 40)] = 255
    crop = cut(image, quad, margin=0.0)
    assert abs(crop.shape[1] - 101) <= 1
    assert abs(crop.shape[0] - 41) <= 1
    assert crop[8:-8, 5:45].min() > 200, "the left half is white"
    assert crop[8:-8, 56:-5].max() < 60, "the right half is black"


@settings(max_examples=50)
@given(st.integers(1, 90), st.integers(1, 400))
def test_a_strip_keeps_the_aspect_ratio_and_pads_on_the_right(height: int, width: int) -> None:
    crop = np.full((height, width, 3), 7, np.uint8)
    strip = fit(crop, max_width=2000)
    filled = fitted_width(crop, max_width=2000)
    assert strip.shape == (48, padded_width(filled), 3)
    assert strip.shape[1] % 8 == 0
    assert strip.shape[1] >= READER_MIN_WIDTH
    assert abs(filled / 48 - width / height) < 1 / 48 or filled == 2000
    assert (strip[:, :filled] == 7).all()
    assert (strip[:, filled:] == PAD_VALUE).all()


def test_a_strip_in_a_batch_holds_the_same_pixels_as_alone() -> None:
    crop = noise(20, 100)
    alone, wide = fit(crop), fit(crop, width=640)
    assert np.array_equal(alone, wide[:, : alone.shape[1]])


def test_a_strip_too_narrow_for_its_crop_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        fit(noise(48, 500), width=320)


@settings(max_examples=50)
@given(st.integers(1, 500), st.integers(1, 500), st.sampled_from([64, 320, 640]))
def test_a_fitted_picture_is_of_the_asked_size_and_maps_points_back(height: int, width: int, side: int) -> None:
    fitted = fit_image(np.full((height, width, 3), 9, np.uint8), side)
    assert fitted.pixels.shape[0] % 32 == 0
    assert fitted.pixels.shape[1] % 32 == 0
    assert max(fitted.filled) <= side
    assert max(fitted.filled) <= 2 * max(height, width)
    corner = np.array([[width, height]], dtype=np.float64)
    assert fitted.to_pixels(corner).tolist() == [pytest.approx(list(fitted.filled))]
    assert fitted.to_image(fitted.to_pixels(corner)) == pytest.approx(corner)
    wide, high = fitted.filled
    assert (fitted.pixels[:high, :wide] == 9).all()
    assert (fitted.pixels[high:] == PAD_VALUE).all()


def test_views_side_by_side_are_fitted_each_into_its_own_part_of_the_box() -> None:
    views = [np.full((30, 20, 3), value, np.uint8) for value in (10, 90, 170)]
    box = fit(np.concatenate(views, axis=1), 60, None, 3 * 64, boxed=True, views=3)
    assert box.shape == (60, 192, 3)
    for view, part in zip(views, np.split(box, 3, axis=1), strict=True):
        alone = fit(view, 60, None, 64, boxed=True)
        assert np.array_equal(part, alone)


@pytest.mark.parametrize("width", [1, 2, 3, 7])
def test_a_crop_too_narrow_for_its_views_is_fitted_all_the_same(width: int) -> None:
    crop = np.full((9, width, 3), 10, np.uint8)
    assert len(views_of(crop, 3)) == 3
    assert fit(crop, 32, None, 96, boxed=True, views=3).shape == (32, 96, 3)
