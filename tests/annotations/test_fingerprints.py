from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from annotations import fingerprints, splitting
from annotations.drawn import draw_scene
from tests.annotations.conftest import blocks, encoded


def distance(one: Image.Image, other: Image.Image) -> int:
    return (int(fingerprints.perceptual_hash(one), 16) ^ int(fingerprints.perceptual_hash(other), 16)).bit_count()


def test_the_same_pixels_have_the_same_digest_whatever_held_them() -> None:
    again = Image.open(BytesIO(encoded(blocks(), "BMP"))).convert("RGB")
    assert fingerprints.pixel_digest(blocks()) == fingerprints.pixel_digest(again)
    assert fingerprints.pixel_digest(blocks()) != fingerprints.pixel_digest(blocks((48, 64)))


def test_a_photo_saved_again_smaller_and_cropped_a_little_is_alike() -> None:
    photo = draw_scene(3).image
    smaller = Image.open(BytesIO(encoded(photo.resize((400, 300)), "JPEG", quality=60)))
    assert distance(photo, smaller) <= fingerprints.ALIKE
    assert distance(photo, photo.crop((6, 6, 630, 470))) <= fingerprints.ALIKE


def test_different_photos_are_not_alike() -> None:
    hashes = [fingerprints.perceptual_hash(draw_scene(seed, (320, 240)).image) for seed in range(30)]
    assert fingerprints.first_alike(hashes) == list(range(30))
    assert fingerprints.alike_across(hashes, [seed % 2 == 0 for seed in range(30)], 50) == (0, [])


def test_no_picture_at_all_is_alike_to_none() -> None:
    assert fingerprints.first_alike([]) == []
    assert fingerprints.alike_across([], [], 50) == (0, [])


FAR = [n * 0x9E3779B97F4A7C15 % 2**64 for n in range(4)]  # differ in about half of their bits
CLOSE = st.builds(
    lambda far, bits: far ^ sum(bits), st.sampled_from(FAR), st.sets(st.integers(0, 11).map((1).__lshift__))
)
LOOKS = st.lists(st.tuples(CLOSE, st.booleans()), max_size=150)


def quadratic(hashes: list[int]) -> list[tuple[int, int]]:
    """Every pair that is alike, found by comparing each with each."""
    return [
        (i, j)
        for i, one in enumerate(hashes)
        for j, other in enumerate(hashes)
        if i < j and (one ^ other).bit_count() <= fingerprints.ALIKE
    ]


@given(LOOKS)
def test_groups_are_those_that_comparing_each_with_each_finds(looks: list[tuple[int, bool]]) -> None:
    hashes = [value for value, _ in looks]
    groups = splitting.joined(len(hashes), quadratic(hashes))
    first = {position: group[0] for group in groups for position in group}
    assert fingerprints.first_alike([f"{value:016x}" for value in hashes]) == [first[n] for n in range(len(hashes))]


@given(LOOKS, st.integers(1, 60))
def test_pairs_across_are_those_that_comparing_each_with_each_finds(looks: list[tuple[int, bool]], most: int) -> None:
    across = [(i, j) for i, j in quadratic([value for value, _ in looks]) if looks[i][1] != looks[j][1]]
    in_order = list(dict.fromkeys(position for pair in across for position in pair))
    hashes = [f"{value:016x}" for value, _ in looks]
    assert fingerprints.alike_across(hashes, [mark for _, mark in looks], most) == (len(across), in_order[:most])


def test_a_long_chain_is_one_group_and_its_ends_are_no_pair() -> None:
    chain = [f"{(1 << n) - 1:016x}" for n in range(0, 65, 5)]
    turned = chain[::-1]
    assert fingerprints.first_alike(turned) == [0] * len(chain)
    assert fingerprints.alike_across([chain[0], chain[-1]], [True, False], 50) == (0, [])
