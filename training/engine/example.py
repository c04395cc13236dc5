"""`tf.train.Example`: the message in each record, read and written without TensorFlow.

Of Protocol Buffers' wire format it needs two kinds of fields: numbers, and bytes with a length before them. An Example
holds Features, these a map from names to a Feature each, and that a list of bytes, of floats or of integers.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence

Values = list[bytes] | list[float] | list[int]

_NUMBER, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_BYTES_LIST, _FLOAT_LIST, _INT_LIST = 1, 2, 3
_MOST_BITS = 70  # of a number as it is written: ten bytes of seven


class NotAnExample(ValueError):
    """The bytes are no `tf.train.Example`."""


def parse(data: bytes) -> dict[str, Values]:
    """The values of each feature. Raises NotAnExample."""
    found: dict[str, Values] = {}
    for features in _within(data, 1):
        for entry in _within(features, 1):
            name, feature = b"", b""
            for number, value in _fields(entry):
                name, feature = (_data(value), feature) if number == 1 else (name, _data(value))
            try:
                found[name.decode()] = _values(feature)
            except (UnicodeDecodeError, struct.error) as error:
                raise NotAnExample from error
    return found


def serialise(features: Mapping[str, Sequence[bytes] | Sequence[int]]) -> bytes:
    """An Example of lists of bytes and of integers, its features in alphabetical order; an empty list is of no kind."""
    entries = [_field(1, name.encode()) + _field(2, _feature(features[name])) for name in sorted(features)]
    return _field(1, b"".join(_field(1, entry) for entry in entries))


def _feature(values: Sequence[bytes] | Sequence[int]) -> bytes:
    whole = b"".join(_number(value) for value in values if isinstance(value, int))
    raw = b"".join(_field(1, value) for value in values if isinstance(value, bytes))
    if whole:
        return _field(_INT_LIST, _field(1, whole))
    return _field(_BYTES_LIST, raw) if raw else b""


def _field(number: int, data: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(data)) + data


def _number(value: int) -> bytes:
    left = value & (1 << 64) - 1
    written = bytearray()
    while left > 0x7F:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    written.append(left)
    return bytes(written)


def _values(feature: bytes) -> Values:
    """The last list of the feature, as a message with a choice is read; none is an empty list."""
    values: Values = []
    for kind, value in _fields(feature):
        inside = [one for number, one in _fields(_data(value)) if number == 1]
        if kind == _BYTES_LIST:
            values = [_data(one) for one in inside]
        elif kind == _INT_LIST:
            values = [whole for one in inside for whole in ([one] if isinstance(one, int) else _numbers(one))]
            values = [whole - (1 << 64) if whole >> 63 else whole for whole in values]
        elif kind == _FLOAT_LIST:
            values = [real for one in inside for (real,) in struct.iter_unpack("<f", _data(one))]
    return values


def _within(data: bytes, wanted: int) -> Iterator[bytes]:
    return (_data(value) for number, value in _fields(data) if number == wanted)


def _data(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise NotAnExample
    return value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    place = 0
    while place < len(data):
        key, place = _read_number(data, place)
        kind = key & 7
        if kind == _NUMBER:
            value, place = _read_number(data, place)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            size, place = _read_number(data, place)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise NotAnExample
        if key >> 3 == 0 or size > len(data) - place:
            raise NotAnExample
        yield key >> 3, data[place : place + size]
        place += size


def _numbers(data: bytes) -> Iterator[int]:
    place = 0
    while place < len(data):
        value, place = _read_number(data, place)
        yield value


def _read_number(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, _MOST_BITS, 7):
        if place >= len(data):
            raise NotAnExample
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, place
    raise NotAnExample
