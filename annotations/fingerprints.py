"""What tells pictures apart: an exact hash of the pixels, and a perceptual one for near-duplicates."""

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

ALIKE = 6  # of 64 bits: pictures that differ in fewer are the same photo, scaled or saved again


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of the size and the RGB pixels: blind to names, file formats and metadata."""
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()


def perceptual_hash(image: Image.Image) -> str:
    """64 bits as hex: the signs of the 8 × 8 lowest frequencies of a 32 × 32 grey copy against their median."""
    grey = image.convert("L").resize((32, 32), Image.Resampling.BOX)
    waves = _cosines() @ np.asarray(grey, np.float64) @ _cosines().T
    bits = (waves > np.median(waves.ravel()[1:])).ravel()
    return np.packbits(bits).tobytes().hex()


@cache
def _cosines() -> npt.NDArray[np.float64]:
    """The first eight rows of the 32-point DCT-II."""
    k, n = np.arange(8)[:, None], np.arange(32)[None, :]
    rows: npt.NDArray[np.float64] = np.cos(np.pi * k * (2 * n + 1) / 64)
    return rows


def alike_pairs(hashes: Sequence[str], threshold: int = ALIKE) -> list[tuple[int, int]]:
    """Positions (i < j) of the pictures whose perceptual hashes differ in at most `threshold` bits."""
    words = np.array([int(h, 16) for h in hashes], np.uint64)
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(words), 256):
        block = words[start : start + 256]
        distance = np.bitwise_count(block[:, None] ^ words[None, :])
        for i, j in zip(*np.nonzero(distance <= threshold), strict=True):
            if start + i < j:
                pairs.append((int(start + i), int(j)))
    return pairs
