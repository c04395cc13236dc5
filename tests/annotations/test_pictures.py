"""What can be uploaded, as it comes out: upright, RGB, eight bits."""

import zlib
from io import BytesIO
from struct import pack
from typing import Any

import numpy as np
import pytest
from PIL import Image

from annotations import pictures
from annotations.pictures import Unreadable
from tests.annotations.conftest import blocks, encoded

LIMIT = 10_000_000
# What a camera held in each way writes: its sensor's picture, and the number that says how to turn it.
SENSOR = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def only_page(content: bytes, name: str = "a picture") -> pictures.Page:
    (page,) = pictures.read_pages(BytesIO(content), name, LIMIT)
    return page


def assert_alike(one: Image.Image, other: Image.Image, tolerance: float = 6.0) -> None:
    assert one.size == other.size
    assert np.abs(np.asarray(one, float) - np.asarray(other, float)).mean() < tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_comes_out_upright(form: str, orientation: int) -> None:
    turn = SENSOR[orientation]
    taken = blocks().transpose(turn) if turn is not None else blocks()
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(taken, form, exif=exif)
    assert_alike(only_page(content).image, blocks())


def with_broken_notes() -> bytes:
    return encoded(blocks(), "JPEG", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff", quality=95)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: encoded(blocks(), "JPEG", quality=95), "JPEG"),
        (lambda: encoded(blocks(), "BMP"), "BMP"),
        (lambda: encoded(blocks(), "GIF"), "GIF"),
        (lambda: encoded(blocks(), "WEBP", quality=95), "WebP"),
        (lambda: encoded(blocks().quantize(16), "PNG"), "palette"),
        (lambda: encoded(blocks().convert("CMYK"), "JPEG", quality=95), "CMYK JPEG"),
        (lambda: encoded(blocks().convert("CMYK"), "TIFF"), "CMYK TIFF"),
        (lambda: encoded(blocks().convert("RGBA"), "PNG"), "opaque alpha"),
        (with_broken_notes, "broken metadata"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_formats_and_modes_give_the_same_picture(make: Any, what: str) -> None:
    page = only_page(make())
    assert page.image.mode == "RGB"
    assert_alike(page.image, blocks(), tolerance=8.0)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut(form: str) -> None:
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    page = only_page(encoded(Image.fromarray(ramp), form))
    got = np.asarray(page.image)[..., 0].astype(float)
    assert np.abs(got - ramp / 257).max() <= 1.0


def test_twelve_bits_in_a_sixteen_bit_file_are_not_black() -> None:
    ramp = np.linspace(0, 4095, 64 * 48).reshape(48, 64).astype(np.uint16)
    assert np.asarray(only_page(encoded(Image.fromarray(ramp), "TIFF")).image).max() == 255


def test_floats_from_nought_to_one_are_scaled() -> None:
    ramp = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64)
    assert np.ptp(np.asarray(only_page(encoded(Image.fromarray(ramp), "TIFF")).image)) == 255


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_seen_through_becomes_white(mode: str) -> None:
    clear = Image.new(mode, (20, 10), 0)
    assert np.asarray(only_page(encoded(clear, "PNG")).image).min() == 255


def test_a_see_through_colour_of_a_palette_becomes_white() -> None:
    picture = Image.new("P", (20, 10), 0)
    picture.putpalette([10, 20, 30] + [0, 0, 0] * 255)
    assert np.asarray(only_page(encoded(picture, "GIF", transparency=0)).image).min() == 255


def test_the_pages_of_a_tiff_are_all_read_but_not_its_reduced_copies() -> None:
    reduced = blocks((16, 12))
    reduced.encoderinfo = {"tiffinfo": {254: 1}}
    content = encoded(blocks(), "TIFF", save_all=True, append_images=[blocks((30, 40)), reduced])
    sizes = [page.image.size for page in pictures.read_pages(BytesIO(content), "x", LIMIT)]
    assert sizes in ([(64, 48), (30, 40)], [(64, 48), (30, 40), (16, 12)])
    assert pictures.count_pages(BytesIO(content), "x") == len(sizes)


def test_of_an_animated_gif_the_first_picture_is_taken() -> None:
    content = encoded(blocks(), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert_alike(only_page(content).image, blocks())


def test_the_pages_of_a_pdf_are_drawn_at_200_dots_an_inch() -> None:
    content = encoded(blocks((100, 50)), "PDF", save_all=True, append_images=[blocks((50, 100))], resolution=50)
    pages = list(pictures.read_pages(BytesIO(content), "doc.pdf", LIMIT))
    assert [page.number for page in pages] == [0, 1]
    assert [page.image.size for page in pages] == [(400, 200), (200, 400)]
    assert pictures.count_pages(BytesIO(content), "doc.pdf") == 2


def test_a_huge_pdf_page_is_drawn_smaller() -> None:
    content = encoded(Image.new("RGB", (300, 300), "white"), "PDF", resolution=1)
    (page,) = pictures.read_pages(BytesIO(content), "poster.pdf", 1_000_000)
    assert 900_000 < page.image.width * page.image.height <= 1_000_000


def test_reading_may_start_at_a_later_page() -> None:
    content = encoded(blocks(), "PDF", save_all=True, append_images=[blocks(), blocks()])
    assert [page.number for page in pictures.read_pages(BytesIO(content), "x", LIMIT, first=2)] == [2]


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 30,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    header = pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"just words, whatever they are called", 415, "x.jpg is not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415, "x.jpg is not a picture"),
        (encoded(blocks(), "JPEG")[:300], 400, "x.jpg is damaged"),
        (encoded(blocks(), "PNG")[:60], 400, "x.jpg is damaged"),
        (b"%PDF-1.7\nnothing else", 400, "x.jpg is damaged"),
        (bomb(), 413, "x.jpg has"),
        (encoded(blocks((4000, 3000)), "PNG"), 413, "x.jpg has 4000 × 3000 pixels; at most 10 million are taken."),
    ],
    ids=["text", "svg", "cut jpeg", "cut png", "broken pdf", "bomb", "too large"],
)
def test_what_cannot_be_read_is_refused_by_name(content: bytes, status: int, sentence: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        list(pictures.read_pages(BytesIO(content), "x.jpg", LIMIT))
    assert refusal.value.message.startswith(sentence)
    assert refusal.value.status == status


def test_what_lost_nothing_is_kept_without_loss_and_photos_as_jpeg() -> None:
    drawn = only_page(encoded(blocks(), "PNG"))
    content, ending = pictures.encoded(drawn)
    assert ending == "png"
    assert Image.open(BytesIO(content)).tobytes() == blocks().tobytes()
    _, ending = pictures.encoded(only_page(encoded(blocks(), "JPEG")))
    assert ending == "jpg"
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (1200, 1600, 3), np.uint8))
    assert pictures.encoded(pictures.Page(noise, 0, lossless=True))[1] == "jpg"


def test_what_is_kept_holds_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera maker"
    content, _ = pictures.encoded(only_page(encoded(blocks(), "JPEG", exif=exif)))
    assert not Image.open(BytesIO(content)).getexif()


def test_a_thumbnail_is_a_small_webp() -> None:
    small = Image.open(BytesIO(pictures.thumbnail(blocks((1000, 500)))))
    assert (small.format, small.size) == ("WEBP", (384, 192))
