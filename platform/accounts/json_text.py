"""JSON that people and their programs wrote, read within limits: what is behind this door surprises nothing later.

Python's reader takes more than the databases keep and than an answer can repeat: NaN, 1e999 as infinity, whole numbers
of any length, half a surrogate pair, and lists within lists until the interpreter gives up. NUL is left to whoever
keeps a text (`annotations.texts`, the fields of the API): they refuse what cannot be printed, and name the field.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

DEEPEST = 50  # lists and objects within each other; what is offered here needs five
LARGEST = 2**53 - 1  # the whole numbers that every reader of JSON tells apart
PAIRS = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""Found wherever a text may hold half a pair, and in whole pairs too."""


class NotJson(ValueError):
    """`reason` goes on after what was read is named: "The line" + " holds a number that is too large"."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        self.detail = detail


def read(written: str | bytes) -> Any:
    """The value. Raises NotJson, and nothing else."""
    try:
        text = written if isinstance(written, str) else written.decode(json.detect_encoding(written))
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_no_number)
    except NotJson:
        raise
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError as error:
        raise NotJson("is not JSON", f"it is not UTF-8: {error.reason} at byte {error.start}") from None
    except ValueError as error:
        raise NotJson("is not JSON", str(error)) from None
    _refuse_deep(value)
    if PAIRS.search(text):
        for string in _strings(value):
            _refuse_halves(string)
    return value


def printable(text: str) -> str:
    """The text with its half surrogate pairs written out as \\ud800: without, no answer could be encoded."""
    return text.encode("utf-8", "backslashreplace").decode()


def _whole(digits: str) -> int:
    if len(digits) > len(str(-LARGEST)) or abs(number := int(digits)) > LARGEST:
        raise NotJson("holds a number that is too large")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJson("holds a number that is too large")
    return number


def _no_number(name: str) -> NoReturn:
    raise NotJson(f"holds {name}, which JSON does not know as a number")


def _too_deep() -> NotJson:
    return NotJson(f"holds lists or objects more than {DEEPEST} deep within each other")


def _refuse_deep(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST):
        level = [part for one in level for part in _parts(one) if isinstance(part, dict | list)]
        if not level:
            return
    raise _too_deep()


def _parts(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _strings(value: Any) -> Iterator[str]:
    """All texts, the names of objects' members too; not deep, as that was refused before."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        if isinstance(value, dict):
            yield from value
        for part in _parts(value):
            yield from _strings(part)


def _refuse_halves(string: str) -> None:
    if (shown := printable(string)) != string:
        half = re.search(r"\\ud[89a-f]..", shown)
        raise NotJson(f"holds half of a surrogate pair ({half.group() if half else ''}), which is no character")
