import re

import numpy as np
import pytest

from annotations import quads
from annotations.drawn import STYLES, draw_scene


def test_the_same_seed_draws_the_same_scene() -> None:
    one, other = draw_scene(7), draw_scene(7)
    assert one.regions == other.regions
    assert one.image.tobytes() == other.image.tobytes()


def test_another_seed_draws_another_scene() -> None:
    assert draw_scene(7).image.tobytes() != draw_scene(8).image.tobytes()


@pytest.mark.parametrize("easy", [False, True])
def test_every_region_is_a_valid_quad_inside_the_image_with_a_plate_number(easy: bool) -> None:
    for seed in range(12):
        scene = draw_scene(seed, (320, 240), easy=easy)
        assert scene.image.size == (320, 240)
        assert scene.regions
        for region in scene.regions:
            quads.checked(region.quad, 320, 240)
            assert re.fullmatch(r"[A-Z0-9 -]{5,}", region.text)


def test_the_lettering_is_where_the_quad_says() -> None:
    """Ink and ground differ inside the quad far more than on the calm ground around an easy plate."""
    for seed in range(5):
        scene = draw_scene(seed, (320, 240), easy=True)
        grey = np.asarray(scene.image.convert("L"), np.float64)
        left, top, right, bottom = (round(v) for v in quads.bounding_box(scene.regions[0].quad))
        inside = grey[top:bottom, left:right]
        assert np.ptp(np.percentile(inside, [10, 90])) > 80
        edge = grey[top + 1 : bottom - 1, left - 1 : left + 2]  # the quad hugs the letters: its edge is ground
        assert inside.min() + 40 < edge.mean()


def test_every_style_is_drawn_sooner_or_later() -> None:
    shapes = set()
    for seed in range(90):
        for region in draw_scene(seed, (200, 150)).regions:
            shapes.add(re.sub("[A-Z]", "A", re.sub("[0-9]", "0", region.text)))
    assert shapes == {style.grammar.replace("/", " ") for style in STYLES}
