from io import BytesIO

from PIL import Image

from annotations import fingerprints
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
    assert fingerprints.alike_pairs(hashes) == []


def test_all_pairs_are_found_across_blocks() -> None:
    hashes = [f"{seed * 0x9E3779B97F4A7C15 % 2**64:016x}" for seed in range(600)]
    hashes[599] = f"{int(hashes[2], 16) ^ 0b101:016x}"
    assert (2, 599) in fingerprints.alike_pairs(hashes)
    assert fingerprints.alike_pairs([]) == []
