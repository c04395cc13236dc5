"""Any picture as upright RGB pixels."""

from pathlib import Path

import cv2
import numpy as np
import pi_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from training.engine.crops import Picture
from training.engine.spec import EngineError

pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)  # HEIC, as iPhones write it
MAX_PIXELS = 120_000_000
DEPTHS = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""The brightest grey of the usual depths; the first of floating ones."""
OBLONG = 1.5
"""Times as many dots an inch one way as the other, from which on rows or columns were left out."""


class PictureError(EngineError):
    """A picture cannot be used."""


def upright(image: Image.Image) -> Picture:
    """uint8[H, W, 3] RGB: EXIF orientation applied, transparency on white, deep greys scaled to 8 bits."""
    dots = image.info.get("dpi")  # before it is decoded, which drops it
    turned = ImageOps.exif_transpose(image)
    return _square_dots(_colours(turned), dots if image.format == "TIFF" else None)


def _colours(turned: Image.Image) -> Picture:
    if turned.mode.startswith(("I", "F")):
        return np.repeat(_eight_bits(np.asarray(turned))[..., None], 3, axis=2)
    if turned.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in turned.info:
        colours = turned.convert("RGBA")
        paper = Image.new("RGBA", colours.size, "white")
        return np.asarray(Image.alpha_composite(paper, colours).convert("RGB"))
    return np.asarray(turned.convert("RGB"))


def _eight_bits(values: np.ndarray) -> Picture:
    """By the smallest usual depth that holds the brightest: cameras write 10, 12 and 14 bits into files of 16."""
    known = np.nan_to_num(values.astype(np.float64))
    top = float(known.max(initial=0.0))
    depths = DEPTHS if values.dtype.kind == "f" else DEPTHS[1:]
    scale = next((depth for depth in depths if top <= depth), top)
    return np.clip(np.rint(known / scale * 255), 0, 255).astype(np.uint8)


def _square_dots(picture: Picture, dots: object) -> Picture:
    """A fax at standard resolution has 204 dots an inch across and 98 down: stretched along the coarser way."""
    if not isinstance(dots, tuple) or len(dots) != 2:
        return picture
    across, down = (float(dot or 0) for dot in dots)
    if min(across, down) <= 0 or max(across, down) < OBLONG * min(across, down):
        return picture
    height, width = picture.shape[:2]
    factor = min(max(across, down) / min(across, down), MAX_PIXELS / (width * height))
    if factor <= 1:
        return picture
    wanted = (round(width * factor), height) if across < down else (width, round(height * factor))
    return np.asarray(Image.fromarray(picture).resize(wanted, Image.Resampling.BICUBIC))


def open_picture(path: Path) -> Picture:
    """The upright picture in a file. Raises PictureError with the reason as a sentence."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError(_too_many(path))
            return upright(image)
    except FileNotFoundError:
        raise PictureError(f"There is no picture {path}.") from None
    except Image.DecompressionBombError:
        raise PictureError(_too_many(path)) from None
    except UnidentifiedImageError:
        raise PictureError(f"{path.name} is not a picture that can be read.") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"{path.name} cannot be decoded: {error}.") from error


def picture_size(path: Path) -> tuple[int, int]:
    """Height and width in pixels of an upright picture, without decoding it. Raises OSError."""
    with Image.open(path) as image:
        return image.height, image.width


def _too_many(path: Path) -> str:
    return f"{path.name} has more than the {MAX_PIXELS // 1_000_000} million pixels that can be used."


def picture_of(image: Path | str | Image.Image | Picture) -> Picture:
    """A path, a Pillow image or pixels (grey or RGB, uint8, taken as they are) as uint8[H, W, 3]."""
    if isinstance(image, (str, Path)):
        return open_picture(Path(image))
    if isinstance(image, Image.Image):
        return upright(image)
    if image.dtype != np.uint8 or image.size == 0:
        raise PictureError("Pixels must be whole numbers from 0 to 255, and there must be some.")
    if image.ndim == 2:
        return np.repeat(image[..., None], 3, axis=2)
    if image.ndim != 3 or image.shape[2] != 3:
        raise PictureError("Pixels must be grey, or red, green and blue.")
    return image


def write_png(path: Path, picture: Picture) -> None:
    """Saves RGB pixels without loss. Raises EngineError where the disk refuses."""
    _, encoded = cv2.imencode(".png", picture[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}.") from error
