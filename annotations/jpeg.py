"""A JPEG's own data without what was written beside the picture: places, owners, previews, what follows its end.

The layout of the segments is that of ITU-T T.81, annex B.
"""

START, END, SCAN = 0xD8, 0xD9, 0xDA
ALONE = (0x01, *range(0xD0, 0xD8))  # markers without a segment behind them
JFIF, EXIF, ADOBE, COMMENT = 0xE0, 0xE1, 0xEE, 0xFE
APPLICATION = range(0xE0, 0xF0)


def without_notes(data: bytes, orientation: int = 1) -> bytes:
    """The same picture, to the pixel. The one note it keeps is how it is to be turned (2 to 8, as EXIF counts).

    Raises ValueError where the data are not laid out as a whole JPEG.
    """
    if data[:2] != bytes((0xFF, START)):
        raise ValueError("no JPEG begins so")
    kept, place = [bytes((0xFF, START)), _turned(orientation)], 2
    while True:
        marker, place = _marker(data, place)
        if marker == END:
            return b"".join([*kept, bytes((0xFF, END))])
        begin = place
        if marker not in ALONE:
            place += int.from_bytes(data[place : place + 2])
        if place > len(data) or place < begin or (marker not in ALONE and place < begin + 2):
            raise ValueError("a segment is longer than the file, or shorter than its own length")
        if marker == SCAN:
            place = _end_of_scan(data, place)
        if _belongs(marker, data[begin : begin + 7]):
            kept.append(bytes((0xFF, marker)) + data[begin:place])


def _marker(data: bytes, place: int) -> tuple[int, int]:
    """The next marker, and the place behind it. Any number of 0xFF may stand before one."""
    if data[place : place + 1] != b"\xff":
        raise ValueError("a marker is missing")
    while data[place : place + 1] == b"\xff":
        place += 1
    if place >= len(data):
        raise ValueError("the file ends before its picture")
    return data[place], place + 1


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the next marker stands that is no part of the entropy-coded data."""
    while True:
        place = data.find(b"\xff", place)
        if place < 0 or place + 1 >= len(data):
            raise ValueError("the file ends before its picture")
        if data[place + 1] == 0 or data[place + 1] in ALONE:
            place += 2
        else:
            return place


def _belongs(marker: int, head: bytes) -> bool:
    """Whether decoding needs the segment: of the notes only those that tell which colours are meant."""
    if marker in APPLICATION:
        return (marker == JFIF and head[2:7] == b"JFIF\0") or (marker == ADOBE and head[2:7] == b"Adobe")
    return marker != COMMENT


def _turned(orientation: int) -> bytes:
    """An EXIF segment that holds nothing but the orientation; none where the picture is upright."""
    if orientation not in range(2, 9):
        return b""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + orientation.to_bytes(2) + b"\0\0"
    body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"
    return bytes((0xFF, EXIF)) + (len(body) + 2).to_bytes(2) + body
