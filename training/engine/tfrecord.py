"""TFRecord files: frames of bytes, each guarded by two checksums. Read and written without TensorFlow.

A frame is the length of its data (uint64, little-endian), the masked CRC-32C of those eight bytes, the data, and the
data's masked CRC-32C. So a damaged record can be told from its neighbours, unless its length is what was damaged.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, reflected
_LANE = 64  # bytes that one lane of the checksum walks over
_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A frame that cannot be used, with the reason as a sentence. After one that is `last` none can be found."""

    reason: str
    last: bool = False


def frames(path: Path) -> Iterator[bytes | Damaged]:
    """The data of each frame in file order, or why there is none. Raises OSError where the file cannot be read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            frame = _frame(file, size)
            yield frame
            if isinstance(frame, Damaged) and frame.last:
                return


def _frame(file: BinaryIO, size: int) -> bytes | Damaged:
    start = file.tell()
    header = file.read(_HEADER.size)
    if start == 0 and header.startswith(_GZIP):
        return Damaged("The file is compressed by gzip. Unpack it first.", last=True)
    if len(header) < _HEADER.size:
        return Damaged("The file ends within this record.", last=True)
    length, checksum = _HEADER.unpack(header)
    if masked_checksum(header[:8]) != checksum:
        why = "This is no TFRecord file." if start == 0 else "Its length is damaged: what follows cannot be found."
        return Damaged(why, last=True)
    if length + _CHECKSUM.size > size - file.tell():
        return Damaged("The file ends within this record.", last=True)
    data = file.read(length)
    (checksum,) = _CHECKSUM.unpack(file.read(_CHECKSUM.size))
    return data if masked_checksum(data) == checksum else Damaged("Its checksum is wrong: some of its bytes changed.")


def framed(data: bytes) -> bytes:
    """The data as a frame of a TFRecord file."""
    length = struct.pack("<Q", len(data))
    checksums = (_CHECKSUM.pack(masked_checksum(part)) for part in (length, data))
    return b"".join(part for pair in zip((length, data), checksums, strict=True) for part in pair)


def masked_checksum(data: bytes) -> int:
    """CRC-32C, turned and moved so that a checksum of data that hold checksums is not 0."""
    value = crc32c(data)
    return (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def crc32c(data: bytes) -> int:
    """The CRC-32C of the data (RFC 3720, appendix B.4).

    A checksum is linear: lanes of equal length are walked over side by side, each from 0, and their ends are then
    joined in pairs, the former moved over the length of the latter.
    """
    if len(data) < 2 * _LANE:
        return _step_by_step(data)
    lanes = 1 << (-(-len(data) // _LANE) - 1).bit_length()
    padded = np.zeros(lanes * _LANE, np.uint8)  # zeros before the data leave a lane at 0
    padded[-len(data) :] = np.frombuffer(data, np.uint8)
    padded[lanes * _LANE - len(data) :][:4] ^= 0xFF  # the checksum starts from all ones
    columns = padded.reshape(lanes, _LANE).T.astype(np.uint32)
    table = _table()
    ends = np.zeros(lanes, np.uint32)
    for column in columns:
        ends = table[(ends ^ column) & 0xFF] ^ (ends >> 8)
    doublings = _LANE.bit_length() - 1
    while len(ends) > 1:
        ends = _moved(ends[0::2], _moves(doublings)) ^ ends[1::2]
        doublings += 1
    return int(ends[0]) ^ 0xFFFFFFFF


def _step_by_step(data: bytes) -> int:
    table = _table_list()
    value = 0xFFFFFFFF
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


@cache
def _table() -> Words:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table


@cache
def _table_list() -> list[int]:
    return [int(value) for value in _table()]


@cache
def _moves(doublings: int) -> Words:
    """uint32[4, 256]: what each byte of a checksum becomes over 2 ** doublings zero bytes."""
    if doublings == 0:
        states = np.arange(256, dtype=np.uint32)[None] << (8 * np.arange(4, dtype=np.uint32)[:, None])
        return np.asarray(_table()[states & 0xFF] ^ (states >> 8), np.uint32)
    half = _moves(doublings - 1)
    return _moved(half, half)


def _moved(states: Words, moves: Words) -> Words:
    lowest, low, high, highest = (moves[place][(states >> (8 * place)) & 0xFF] for place in range(4))
    return np.asarray(lowest ^ low ^ high ^ highest, np.uint32)
