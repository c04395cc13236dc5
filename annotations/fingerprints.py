"""What tells pictures apart: an exact hash of the pixels, and a perceptual one for near-duplicates."""

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

Words = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]

ALIKE = 6  # of 64 bits: pictures that differ in fewer are the same photo, scaled or saved again
BLOCK = 64  # hashes that are compared with all others at once: what bounds the memory


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


def first_alike(hashes: Sequence[str], threshold: int = ALIKE) -> list[int]:
    """Of each picture the first one that it hangs together with: alike, or alike through others in between.

    Two perceptual hashes are alike that differ in at most `threshold` bits. Groups grow while hashes are compared, and
    a hash that has found its group is compared no more: pictures that are all alike are the cheapest, and the memory
    is that of the hashes, however many pairs they make.
    """
    words, first, inverse = np.unique(_words(hashes), return_index=True, return_inverse=True)
    found = np.empty(len(words), np.int64)
    rest = np.arange(len(words))
    while len(rest):
        edge, rest = rest[:1], rest[1:]
        members = [edge]
        while len(edge) and len(rest):
            some, edge = edge[:BLOCK], edge[BLOCK:]
            near = (_bits_apart(words[some], words[rest]) <= threshold).any(axis=0)
            if near.any():
                members.append(rest[near])
                edge, rest = np.concatenate([edge, rest[near]]), rest[~near]
        group = np.concatenate(members)
        found[group] = first[group].min()
    positions: list[int] = found[inverse].tolist()
    return positions


def alike_across(
    hashes: Sequence[str], marked: Sequence[bool], most: int, threshold: int = ALIKE
) -> tuple[int, list[int]]:
    """How many alike pairs have one picture marked and the other not, and at most `most` of the pictures in them.

    Equal hashes are compared once and counted as often as they occur.
    """
    words, inverse = np.unique(_words(hashes), return_inverse=True)
    is_marked = np.array(marked, bool)
    ones = np.bincount(inverse[is_marked], minlength=len(words))
    others = np.bincount(inverse[~is_marked], minlength=len(words))
    rows, columns = np.flatnonzero(ones), np.flatnonzero(others)
    hit = np.zeros((2, len(words)), bool)  # in a pair as one that is marked; as one that is not
    count = 0
    for start in range(0, len(rows), BLOCK):
        some = rows[start : start + BLOCK]
        near = _bits_apart(words[some], words[columns]) <= threshold
        if near.any():
            count += int(ones[some] @ (near @ others[columns]))
            hit[0, some] |= near.any(axis=1)
            hit[1, columns] |= near.any(axis=0)
    paired = np.where(is_marked, hit[0, inverse], hit[1, inverse])
    return count, _listed(words[inverse], is_marked, np.flatnonzero(paired), most, threshold)


def _listed(words: Words, is_marked: npt.NDArray[np.bool_], paired: Positions, most: int, threshold: int) -> list[int]:
    """Pictures of pairs, those of one pair as near to each other as they come, in order of each pair's first."""
    listed: dict[int, None] = {}
    for position in paired.tolist():
        if len(listed) >= most:
            break
        near = _bits_apart(words[position : position + 1], words[position + 1 :])[0] <= threshold
        partners = position + 1 + np.flatnonzero(near & (is_marked[position + 1 :] != is_marked[position]))
        if len(partners):
            listed |= dict.fromkeys([position, *partners[:most].tolist()])
    return list(listed)[:most]


def _words(hashes: Sequence[str]) -> Words:
    return np.array([int(each, 16) for each in hashes], np.uint64)


def _bits_apart(ones: Words, others: Words) -> npt.NDArray[np.uint8]:
    """(n,) and (m,) → (n, m)."""
    apart: npt.NDArray[np.uint8] = np.bitwise_count(ones[:, None] ^ others[None, :])
    return apart
