"""What can be uploaded, as it comes out: upright, RGB, eight bits."""

import zlib
from io import BytesIO
from pathlib import Path
from struct import pack, pack_into, unpack_from
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from annotations import jpeg, pictures
from annotations.pictures import Unreadable
from tests.annotations.conftest import blocks, encoded
from training.engine.pictures import open_picture

LIMIT = 10_000_000
DRAWN = Path(__file__).with_name("drawn")  # by pillow-heif 1.8.1, which encodes too
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


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_a_camera_of_fewer_bits_in_a_sixteen_bit_file_is_as_bright_as_it_was(bits: int) -> None:
    ramp = np.linspace(0, 2**bits - 1, 64 * 48).reshape(48, 64).astype(np.uint16)
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


def second_directory_at(place: int) -> bytes:
    """A TIFF of one page that says where a second one is."""
    content = bytearray(encoded(blocks(), "TIFF"))
    (directory,) = unpack_from("<I", content, 4)
    (entries,) = unpack_from("<H", content, directory)
    pack_into("<I", content, directory + 2 + 12 * entries, place)
    return bytes(content)


def two_pages_cut_off() -> bytes:
    content = encoded(blocks((20, 20)), "TIFF", save_all=True, append_images=[blocks((20, 20))])
    return content[: len(content) // 2 + 40]


@pytest.mark.parametrize(
    "content",
    [two_pages_cut_off(), second_directory_at(0xFFFFFFF0), second_directory_at(1)],
    ids=["cut", "far", "inside"],
)
def test_a_tiff_that_breaks_off_after_its_first_page_is_damaged(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^x\.tif is damaged"):
        pictures.count_pages(BytesIO(content), "x.tif")
    with pytest.raises(Unreadable, match=r"^x\.tif is damaged"):
        list(pictures.read_pages(BytesIO(content), "x.tif", LIMIT))


def test_a_tiff_whose_kind_of_page_is_no_number_is_a_picture() -> None:
    kind = TiffImagePlugin.ImageFileDirectory_v2()
    kind.tagtype[254] = 2  # text
    kind[254] = "abc"
    assert only_page(encoded(blocks(), "TIFF", tiffinfo=kind)).image.size == (64, 48)


def test_a_page_as_thin_as_a_hair_is_drawn_no_longer_than_a_picture_can_be() -> None:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400000 1]>>"
    content = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj" + page + b"endobj\ntrailer<</Root 1 0 R>>"
    )
    assert max(only_page(content).image.size) <= 65_500


def test_of_an_animated_gif_the_first_picture_is_taken() -> None:
    content = encoded(blocks(), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))])
    assert_alike(only_page(content).image, blocks())


def test_the_pages_of_a_pdf_are_drawn_at_200_dots_an_inch() -> None:
    content = encoded(blocks((100, 50)), "PDF", save_all=True, append_images=[blocks((50, 100))], resolution=50)
    pages = list(pictures.read_pages(BytesIO(content), "doc.pdf", LIMIT))
    assert [page.number for page in pages] == [0, 1]
    assert [page.image.size for page in pages] == [(400, 200), (200, 400)]
    assert pictures.count_pages(BytesIO(content), "doc.pdf") == 2


def pdf(*objects: bytes) -> bytes:
    """Object 1 is the catalogue. PDFium finds the objects without a table of where they stand."""
    numbered = (b"%d 0 obj %s endobj\n" % (number, told) for number, told in enumerate(objects, 1))
    return b"%PDF-1.7\n" + b"".join(numbered) + b"trailer <</Root 1 0 R>>\n%%EOF\n"


@pytest.mark.parametrize("appearance", ["written in the file", "left to the viewer"])
def test_the_fields_of_a_filled_form_are_drawn(appearance: str) -> None:
    drawn = b"/AP <</N 6 0 R>>" if appearance == "written in the file" else b""
    asked = b"" if drawn else b"/NeedAppearances true"
    text = b"BT /F 20 Tf 0 g 6 9 Td (PN-48213) Tj ET"
    content = pdf(
        b"<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R] /DR <</Font <</F 5 0 R>>>> %s>>>>" % asked,
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 420 200] /Annots [4 0 R] /Resources <<>>>>",
        b"<</Type /Annot /Subtype /Widget /FT /Tx /T (policy) /V (PN-48213) /F 4 /P 3 0 R "
        b"/Rect [180 110 400 144] /DA (/F 20 Tf 0 g) %s>>" % drawn,
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
        b"<</Type /XObject /Subtype /Form /BBox [0 0 220 34] /Resources <</Font <</F 5 0 R>>>> /Length %d>>\n"
        b"stream\n%s\nendstream" % (len(text), text),
    )
    assert np.asarray(only_page(content, "form.pdf").image).min() < 64


def test_a_scanned_page_is_drawn_as_finely_as_it_was_scanned() -> None:
    content = encoded(blocks((600, 300)), "PDF", resolution=600)
    assert only_page(content, "label.pdf").image.size == (600, 300)


def test_a_page_in_larger_units_is_drawn_large_enough_to_be_read() -> None:
    content = pdf(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 153 198] /UserUnit 4 /Resources <<>>>>",
    )
    assert max(only_page(content, "plan.pdf").image.size) == 1600


@pytest.mark.parametrize(("dots", "size"), [((204, 98), (64, 100)), ((100, 200), (128, 48)), ((96, 96), (64, 48))])
def test_a_fax_gets_back_the_rows_that_were_left_out(dots: tuple[int, int], size: tuple[int, int]) -> None:
    fax = encoded(blocks().convert("1"), "TIFF", compression="group4", dpi=dots)
    assert only_page(fax).image.size == size


@pytest.mark.parametrize("form", ["AVIF", "JPEG2000"])
def test_newer_formats_are_read(form: str) -> None:
    assert_alike(only_page(encoded(blocks(), form)).image, blocks(), tolerance=8.0)


@pytest.mark.parametrize("name", ["plain.heic", "two.heic"])
def test_the_picture_of_a_heic_is_read_and_kept_to_the_pixel(name: str) -> None:
    """Of two pictures in one file, the second of which the file calls the picture, that one is taken."""
    page = only_page((DRAWN / name).read_bytes(), name)
    drawn = Image.new("RGB", (96, 64), (250, 250, 250))
    drawn.paste((200, 30, 30), (0, 0, 48, 32))
    drawn.paste((20, 40, 200), (48, 32, 96, 64))
    assert_alike(page.image, drawn, tolerance=8.0)
    content, ending = pictures.encoded(page)
    assert ending == "png"
    assert only_page(content).image.tobytes() == page.image.tobytes()


def test_a_heic_with_too_many_pixels_or_cut_off_is_refused_with_a_sentence() -> None:
    content = (DRAWN / "plain.heic").read_bytes()
    with pytest.raises(Unreadable, match="96 × 64 pixels; at most"):
        list(pictures.read_pages(BytesIO(content), "phone.heic", 1000))
    for length in range(40, len(content), 40):
        with pytest.raises(Unreadable, match=r"phone\.heic is"):
            only_page(content[:length], "phone.heic")


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"\xff\x0a\0\0", "JPEG XL"), (b"8BPS\0\1", "Photoshop")],
)
def test_a_kind_of_picture_that_is_not_read_is_called_by_its_name(head: bytes, kind: str) -> None:
    with pytest.raises(Unreadable, match=f"photo is a {kind} picture.*Save it as JPEG or PNG") as refused:
        only_page(head + bytes(400), "photo")
    assert refused.value.status == 415


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


def test_pictures_are_kept_to_the_pixel_and_drawn_pages_as_jpeg_where_they_are_large() -> None:
    drawn = only_page(encoded(blocks(), "PNG"))
    content, ending = pictures.encoded(drawn)
    assert ending == "png"
    assert Image.open(BytesIO(content)).tobytes() == blocks().tobytes()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (1200, 1600, 3), np.uint8))
    assert pictures.encoded(only_page(encoded(noise, "PNG")))[1] == "png"
    assert pictures.encoded(pictures.Page(noise, 0, lossless=False))[1] == "jpg"


def a_photo(size: tuple[int, int] = (160, 120)) -> Image.Image:
    """With grain, so that saving it once more as JPEG would change it."""
    grain = np.random.default_rng(3).integers(-30, 30, (size[1], size[0], 3))
    return Image.fromarray((np.asarray(blocks(size), int) + grain).clip(0, 255).astype(np.uint8))


def turned_photo(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "A maker of cameras"
    return encoded(a_photo(), "JPEG", quality=80, exif=exif, comment=b"where it was taken")


def deep(bits: int) -> bytes:
    ramp = np.linspace(0, 2**bits - 1, 64 * 48).reshape(48, 64).astype(np.uint16)
    return encoded(Image.fromarray(ramp), "PNG")


SENT = {
    "a small JPEG": encoded(a_photo(), "JPEG", quality=80),
    "a JPEG of full colours": encoded(a_photo(), "JPEG", quality=95, subsampling=0),
    "a progressive JPEG": encoded(a_photo(), "JPEG", quality=60, progressive=True),
    "a grey JPEG": encoded(a_photo().convert("L"), "JPEG", quality=80),
    "a CMYK JPEG": encoded(a_photo().convert("CMYK"), "JPEG", quality=80),
    "a JPEG with a restart marker a row": encoded(a_photo(), "JPEG", quality=80, restart_marker_rows=1),
    **{f"a JPEG turned as {number} says": turned_photo(number) for number in range(2, 9)},
    "a JPEG with something behind it": encoded(a_photo(), "JPEG", quality=80) + b"<html>",
    "two pictures of one camera": encoded(a_photo(), "MPO", save_all=True, append_images=[blocks((160, 120))]),
    "a WebP": encoded(a_photo(), "WEBP", quality=70),
    "an AVIF": encoded(a_photo(), "AVIF", quality=60),
    "a GIF": encoded(a_photo(), "GIF"),
    "a see-through PNG": encoded(a_photo().convert("RGBA"), "PNG"),
    **{f"greys of {bits} bits": deep(bits) for bits in (10, 12, 14, 16)},
    "a fax": encoded(a_photo().convert("1"), "TIFF", compression="group4", dpi=(204, 98)),
    "a large PNG with grain": encoded(a_photo((1200, 900)), "PNG"),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT.keys())
def test_what_is_read_and_learnt_from_is_the_file_as_decoded(sent: bytes, tmp_path: Path) -> None:
    """A shell reads the file itself, every other door what was stored of it: the same pixels, so the same texts."""
    page = only_page(sent)
    content, ending = pictures.encoded(page)
    (tmp_path / "sent").write_bytes(sent)
    (tmp_path / f"kept.{ending}").write_bytes(content)
    by_the_shell = open_picture(tmp_path / "sent")
    assert np.array_equal(open_picture(tmp_path / f"kept.{ending}"), by_the_shell)
    assert np.array_equal(np.asarray(page.image), by_the_shell)
    again = only_page(content)
    assert again.image.tobytes() == page.image.tobytes(), "a picture that is taken over elsewhere stays the same"


def test_of_a_jpeg_nothing_is_kept_but_its_picture_and_how_it_is_turned() -> None:
    content, ending = pictures.encoded(only_page(turned_photo(6) + b"<script>alert(1)</script>"))
    assert ending == "jpg"
    kept = Image.open(BytesIO(content))
    assert dict(kept.getexif()) == {0x0112: 6}
    assert not any(word in content for word in (b"maker", b"taken", b"script"))
    assert content.endswith(b"\xff\xd9")
    assert len(content) < len(turned_photo(6))


@pytest.mark.parametrize("cut", [1, 3, 30, 200, -1])
def test_data_that_are_no_whole_jpeg_are_told(cut: int) -> None:
    with pytest.raises(ValueError, match=r"^\w.+"):
        jpeg.without_notes(encoded(blocks(), "JPEG")[:cut])


def test_what_is_kept_holds_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera maker"
    content, _ = pictures.encoded(only_page(encoded(blocks(), "JPEG", exif=exif)))
    assert not Image.open(BytesIO(content)).getexif()


def test_a_thumbnail_is_a_small_webp() -> None:
    small = Image.open(BytesIO(pictures.thumbnail(blocks((1000, 500)))))
    assert (small.format, small.size) == ("WEBP", (384, 192))
