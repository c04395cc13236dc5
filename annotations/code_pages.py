"""Which code page bytes are in that are not UTF-8: names in ZIPs, and tables as spreadsheets save them.

Nothing in them says so. But in the right one there are words, and in a wrong one rare signs, frames and letters of two
alphabets. Where several are as likely, the one that more people use is taken; whoever takes it says so.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

NAMES = {
    "gb18030": "GBK (Chinese)", "cp949": "949 (Korean)", "big5": "Big5 (Chinese)", "cp932": "932 (Japanese)",
    "cp866": "866 (Cyrillic)", "cp1251": "1251 (Cyrillic)", "cp437": "437", "cp850": "850", "cp852": "852",
    "cp1252": "1252 (Western)",
}  # fmt: skip
IN_ZIPS = ("cp437", "cp850", "cp852", "cp1252", "cp866", "cp1251", "gb18030", "cp949", "big5", "cp932")
IN_TABLES = ("cp1252", "cp1251", "gb18030", "cp949", "big5", "cp932")
CYRILLIC = ("cp866", "cp1251")
COMMON = {  # first bytes of the signs that are used most; and whether the second one is beyond ASCII for those
    "gb18030": (0xB0, 0xD7, True),
    "cp949": (0xB0, 0xC8, True),
    "big5": (0xA4, 0xC6, False),
    "cp932": (0x82, 0x97, False),
}
KOREAN_FROM = 4  # different signs, all of them in the Korean part of what would be Chinese else
MOST = 20_000  # bytes that are looked at


def guessed(lines: Sequence[bytes], among: Sequence[str]) -> str:
    """`utf-8`, or the likeliest of the code pages; the first of them where none can be read."""
    if all(_decoded(line, "utf-8") is not None for line in lines):
        return "utf-8"
    return max(likely(lines, among), key=lambda found: found[1], default=(among[0], 0.0))[0]


def likely(lines: Sequence[bytes], among: Sequence[str]) -> Iterator[tuple[str, float]]:
    """The code pages in which all of it can be read, each with how likely it is: about 1 at most."""
    written = b"\n".join(_beginning(lines))
    for page in among:
        text = _decoded(written, page)
        if text is not None:
            points = list(_of_signs(text, page) if page in COMMON else _of_letters(text, page in CYRILLIC))
            yield page, sum(points) / max(1, len(points)) + _more_for_korean(text, page)


def _beginning(lines: Sequence[bytes]) -> Iterator[bytes]:
    """As many of the lines that tell anything as are looked at."""
    length = 0
    for line in lines:
        if not line.isascii() and length < MOST:
            yield line
            length += len(line)


def _decoded(written: bytes, page: str) -> str | None:
    try:
        return written.decode(page)
    except UnicodeDecodeError:
        return None


def _of_signs(text: str, page: str) -> Iterator[float]:
    """Of Chinese, Japanese and Korean: common signs beside each other tell most; a single one may be two letters."""
    for run in re.findall(r"[^\x00-\x7f]+", text):
        for sign in run:
            if not _is_common(sign, page):
                yield -0.2 if unicodedata.category(sign)[0] == "L" and not "\uff61" <= sign <= "\uff9f" else -1.0
            elif len(run) > 1:
                yield 1.0
            else:
                yield 0.3 if sign.encode(page)[-1] > 0x7F else -0.3


@lru_cache(4096)
def _is_common(sign: str, page: str) -> bool:
    first, last, beyond = COMMON[page]
    written = sign.encode(page)
    return len(written) == 2 and first <= written[0] <= last and not (beyond and written[1] < 0xA1)


def _more_for_korean(text: str, page: str) -> float:
    signs = set(re.findall(r"[^\x00-\x7f]", text))
    return 0.1 if page == "cp949" and len(signs) >= KOREAN_FROM and all(_is_common(s, page) for s in signs) else 0.0


def _of_letters(text: str, cyrillic: bool) -> Iterator[float]:
    """Of alphabets: words are of one, and no capital stands behind a small letter."""
    for word in re.findall(r"[^\W\d_]+|[^\x00-\x7f]", text):
        others = [letter for letter in word if letter > "\x7f"]
        if not word[0].isalpha():
            yield -1.0 if "\u2500" <= word <= "\u259f" else 0.0
            continue
        odd = any(a.islower() and b.isupper() and not (a + b).isascii() for a, b in pairwise(word))
        scripts = ("CYRILLIC",) if cyrillic else ("LATIN", "MICRO", "FEMININE", "MASCULINE")  # µ, ª, º
        if odd or not all(unicodedata.name(letter, "").startswith(scripts) for letter in others):
            yield from (-1.0 for _ in others)
        elif cyrillic:
            yield from ((1.0 if len(word) > 1 else 0.0) if len(others) == len(word) else -1.0 for _ in others)
        else:
            fits = 1.0 if len(others) * 2 <= len(word) else 0.5 if len(word) == 1 else -0.5
            yield from (fits for _ in others)
