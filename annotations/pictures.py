"""Uploaded bytes become upright RGB pictures, or a sentence that says why not. Names are never trusted."""

import struct
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
import pi_heif
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from accounts.errors import Refusal
from annotations import jpeg

# What lies in the file beside the picture is not looked at.
pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
Image.init()  # Pillow registers its readers late, and naming one that is not registered is an error
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "AVIF", "JPEG2000", "HEIF")
JPEGS = ("JPEG", "MPO")  # MPO: a camera's JPEG that carries a second picture; opened as JPEG
READABLE = "JPEG, PNG, WebP, AVIF, HEIC, JPEG 2000, BMP, TIFF, GIF and PDF files can be read"
OTHER_KINDS: dict[str, tuple[tuple[int, bytes], ...]] = {  # where the bytes stand by which each is known
    "JPEG XL": ((0, b"\xff\x0a"), (0, b"\0\0\0\x0cJXL \r\n\x87\n")),
    "Photoshop": ((0, b"8BPS"),),
}
MOST_PAGES = 1000
PDF_DOTS_PER_INCH = 200
# Pixels at least of the longer side of a page of print: PDFium heeds no UserUnit, and the page of a label is tiny.
PDF_SIDE = 1600
PDF_PIXELS = 20_000_000  # a page larger than A2 at 200 dpi is drawn smaller, not refused
FILLS = 0.5  # share of its page from which on a picture says how finely the page is drawn
LONGEST_SIDE = 65_000  # a page as thin as a hair is drawn no longer than a JPEG can be
THUMBNAIL_SIDE = 384
JPEG_QUALITY = 96  # of pages that were drawn here and would be large as PNG
EXIF_ORIENTATION = 0x0112
TIFF_SUBFILE_TYPE, TIFF_REDUCED_COPY = 254, 1
OBLONG = 1.5  # times as many dots an inch one way as the other: a fax, whose rows were left out
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pdfium_lock = threading.Lock()  # PDFium is one library for the whole process and not thread-safe


class Unreadable(Refusal):
    def __init__(self, message: str, *, status: int = 400, code: str = "unreadable") -> None:
        super().__init__(message, code=code, status=status)


@dataclass(frozen=True)
class Page:
    """One upright RGB picture of a file.

    `lossless`: what is stored must be the file's picture to the pixel, as that is what is read and learnt from. What
    was drawn here, such as the page of a PDF, need not be. `own`: the JPEG data of the file itself, without notes.
    """

    image: Image.Image
    number: int
    lossless: bool
    own: bytes = b""
    turn: int = 1  # EXIF's number for how the file's picture was turned to be upright


def is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]


def is_zip(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"))


def count_pages(file: BinaryIO, name: str) -> int:
    file.seek(0)
    if is_pdf(file.read(1024)):
        with pdfium_lock, _pdf(file, name) as document:
            return _allowed(len(document), name)
    with _opened(file, name) as picture:
        return _allowed(len(_frames(picture, name)), name)


def read_pages(file: BinaryIO, name: str, most_pixels: int, first: int = 0) -> Iterator[Page]:
    """The file's pages in order, from page `first` on, one at a time. Raises Unreadable naming the file."""
    file.seek(0)
    if is_pdf(file.read(1024)):
        yield from _pdf_pages(file, name, min(most_pixels, PDF_PIXELS), first)
    else:
        yield from _picture_pages(file, name, most_pixels, first)


# --- pictures -------------------------------------------------------------------------------------------------------


def _opened(file: BinaryIO, name: str) -> Image.Image:
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # size is checked below, with a sentence
            return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        raise Unreadable(_what_it_is(file, name), status=415, code="not_a_picture") from None
    except Image.DecompressionBombError:
        raise Unreadable(f"{name} has far too many pixels to be read.", status=413, code="too_large") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, TypeError) as error:
        raise Unreadable(f"{name} is damaged and cannot be read: {error}") from None


def _what_it_is(file: BinaryIO, name: str) -> str:
    """A picture of a kind that is not read here is called by its name, with what to do about it."""
    file.seek(0)
    head = file.read(64)
    for kind, marks in OTHER_KINDS.items():
        if any(head[place:].startswith(mark) for place, mark in marks):
            return f"{name} is a {kind} picture, which cannot be read here. Save it as JPEG or PNG and upload that."
    return f"{name} is not a picture. {READABLE}."


def _frames(picture: Image.Image, name: str) -> list[int]:
    """The frames that are pages: all of a TIFF but its reduced copies; of anything else the first."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return [picture.tell()]  # the first, and of several in a HEIC the one that its file calls the picture
    pages = []
    try:
        for number in range(min(getattr(picture, "n_frames", 1), MOST_PAGES + 1)):
            picture.seek(number)
            if not _is_reduced(picture):
                pages.append(number)
        picture.seek(0)
    except (OSError, SyntaxError, ValueError, EOFError, TypeError, struct.error) as error:  # cut off, or led astray
        raise Unreadable(f"{name} is damaged and cannot be read: {error}") from None
    return pages or [0]


def _is_reduced(picture: TiffImagePlugin.TiffImageFile) -> bool:
    kind = picture.tag_v2.get(TIFF_SUBFILE_TYPE, 0)
    return isinstance(kind, int) and bool(kind & TIFF_REDUCED_COPY)


def _allowed(pages: int, name: str) -> int:
    if pages > MOST_PAGES:
        raise Unreadable(f"{name} has {pages} pages; at most {MOST_PAGES} are taken. Split it up.", status=413)
    if pages == 0:
        raise Unreadable(f"{name} has no pages.")
    return pages


def _picture_pages(file: BinaryIO, name: str, most_pixels: int, first: int) -> Iterator[Page]:
    with _opened(file, name) as picture:
        frames = _frames(picture, name)
        _allowed(len(frames), name)
        for number, frame in enumerate(frames):
            if number >= first:
                upright, turn = _decoded(picture, frame, name, most_pixels)
                own = _own_data(file, picture, upright) if picture.format in JPEGS else b""
                yield Page(upright, number, lossless=True, own=own, turn=turn)


def _own_data(file: BinaryIO, picture: Image.Image, upright: Image.Image) -> bytes:
    """The JPEG data of the file without its notes, where they are decoded to the very same picture; else nothing."""
    if picture.mode not in ("RGB", "L"):  # browsers show CMYK in other colours than these
        return b""
    file.seek(0)
    try:
        own = jpeg.without_notes(file.read(), _orientation(picture))
        with Image.open(BytesIO(own), formats=("JPEG",)) as again:
            same = ImageOps.exif_transpose(again).convert("RGB").tobytes() == upright.tobytes()
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, TypeError):
        return b""
    return own if same else b""


def _decoded(picture: Image.Image, frame: int, name: str, most_pixels: int) -> tuple[Image.Image, int]:
    """The upright picture, and how it was turned."""
    try:
        picture.seek(frame)
        width, height = picture.size
        if width * height > most_pixels:
            raise Unreadable(
                f"{name} has {width} × {height} pixels; at most {most_pixels / 1e6:g} million are taken.",
                status=413, code="too_large",
            )  # fmt: skip
        turn = _orientation(picture)
        dots = picture.info.get("dpi") if picture.format == "TIFF" else None
        picture.load()
    except Unreadable:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, MemoryError) as error:
        raise Unreadable(f"{name} is damaged and cannot be read: {error}") from None
    upright = _square_dots(rgb(picture), dots, most_pixels)
    if upright.size != (width, height) or isinstance(picture, TiffImagePlugin.TiffImageFile):
        return upright, turn  # Pillow turns TIFF pages upright while loading them
    return upright.transpose(TURNS[turn]) if turn in TURNS else upright, turn


def _square_dots(picture: Image.Image, dots: Any, most_pixels: int) -> Image.Image:
    """A fax at standard resolution has 204 dots an inch across and 98 down: its letters are half as high as they were.

    Stretched along the coarser way, as far as the limit of pixels lets it.
    """
    across, down = (float(dot or 0) for dot in dots) if isinstance(dots, tuple) and len(dots) == 2 else (0.0, 0.0)
    if min(across, down) <= 0 or max(across, down) < OBLONG * min(across, down):
        return picture
    width, height = picture.size
    factor = min(max(across, down) / min(across, down), most_pixels / (width * height))
    wanted = (round(width * factor), height) if across < down else (width, round(height * factor))
    return picture.resize(wanted, Image.Resampling.BICUBIC) if factor > 1 else picture


def _orientation(picture: Image.Image) -> int:
    try:
        noted = int(picture.getexif().get(EXIF_ORIENTATION, 1))
        return noted if noted in TURNS else 1
    except Exception:  # metadata is written by anything; a picture whose notes are broken is still a picture
        return 1


def rgb(picture: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB: deep greys scaled down, see-through parts on white."""
    if picture.mode.startswith(("I", "F")):
        return _from_deep(picture)
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, layered).convert("RGB")
    return picture.convert("RGB")


def _from_deep(picture: Image.Image) -> Image.Image:
    """16-bit, 32-bit and floating greys. The scale is that of the smallest usual depth which holds the brightest."""
    values = np.nan_to_num(np.asarray(picture, np.float64))
    top = float(values.max(initial=0.0))
    depths = (*((1.0,) if picture.mode == "F" else ()), 255.0, 1023.0, 4095.0, 16383.0, 65535.0)
    scale = next((depth for depth in depths if top <= depth), top)
    return Image.fromarray((values / scale * 255).clip(0, 255).round().astype(np.uint8)).convert("RGB")


# --- PDF ------------------------------------------------------------------------------------------------------------


def _pdf(file: BinaryIO, name: str) -> Any:
    import pypdfium2

    file.seek(0)
    try:
        document = pypdfium2.PdfDocument(file.read())
        document.init_forms()  # before the first page is got: otherwise every field of a form is drawn empty
        return document
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        reason = "is locked with a password" if locked else "is damaged and cannot be read"
        raise Unreadable(f"{name} {reason}.") from None


def _pdf_pages(file: BinaryIO, name: str, most_pixels: int, first: int) -> Iterator[Page]:
    import pypdfium2

    with pdfium_lock:
        document = _pdf(file, name)
        pages = _allowed(len(document), name)
    try:
        for number in range(first, pages):
            try:
                with pdfium_lock:
                    drawn = _drawn_page(document, number, most_pixels)
            except pypdfium2.PdfiumError:
                raise Unreadable(f"Page {number + 1} of {name} is damaged and cannot be drawn.") from None
            yield Page(drawn, number, lossless=False)
    finally:
        with pdfium_lock:
            document.close()


def _drawn_page(document: Any, number: int, most_pixels: int) -> Image.Image:
    page = document[number]
    width, height = page.get_size()  # points, 72 an inch
    finest = _own_scale(page, width * height) or PDF_SIDE / max(1.0, width, height)
    scale = max(PDF_DOTS_PER_INCH / 72, finest)
    scale = min(scale, (most_pixels / max(1.0, width * height)) ** 0.5 * 0.999, LONGEST_SIDE / max(1.0, width, height))
    image: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    page.close()
    return image


def _own_scale(page: Any, area: float) -> float:
    """Pixels a point of the finest picture that fills the page: a scan is drawn as finely as it was scanned. Else 0."""
    import pypdfium2.raw as pdfium

    finest = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = picture.get_bounds()
        covered = (right - left) * (top - bottom)
        if covered >= FILLS * area > 0:
            wide, high = picture.get_px_size()
            finest = max(finest, (wide * high / covered) ** 0.5)
    return finest


# --- what is kept ---------------------------------------------------------------------------------------------------


def encoded(page: Page) -> tuple[bytes, str]:
    """The stored file and its ending, without metadata: a JPEG's own data, or PNG.

    A page that was drawn here, and would be large as PNG, is the one thing that is saved as JPEG.
    """
    if page.own:
        return page.own, "jpg"
    kept = _saved(page.image, "PNG", compress_level=4)
    if page.lossless or len(kept) <= 2_000_000 or len(kept) < 1.5 * page.image.width * page.image.height:
        return kept, "png"
    return _saved(page.image, "JPEG", quality=JPEG_QUALITY, subsampling=0), "jpg"


def thumbnail(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _saved(small, "WEBP", quality=80, method=2)


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
