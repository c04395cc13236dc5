"""What is sent to every door, and never what is expected there.

All of it is harmless to what stands behind: no picture that a decoder stumbles over, nothing that takes for ever.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

DEEP = "[" * 60 + "]" * 60
BOTTOMLESS = "[" * 100_000
LONG = "x" * 10_000

# Values as they stand in JSON: half of them no writer of JSON would make.
IN_JSON = [
    "null", "true", "false", "0", "-1", "1.5", "2147483648", "9223372036854775808", "1" + "0" * 22, "-" + "9" * 400,
    "9" * 5000, "1e308", "1e999", "-1e999", "NaN", "Infinity", '""', '" "', '"²"', '"nan"', '"1e999"', f'"{"9" * 400}"',
    f'"{"9" * 5000}"', f'"{LONG}"', '"\\ud800"', '"a\\u0000b"', '"a\\nb"', '"../../etc/passwd"', '"%s%n{0}"', '"=1+1"',
    '"9999-99-99"', '"\\ud83d\\ude00"', "[]", "{}", "[null]", "[[]]", '{"\\ud800": 1}', '{"a": null}', DEEP,
]  # fmt: skip

# The same for forms, queries and addresses, where all is text.
IN_TEXT = [
    "", " ", "0", "-1", "1.5", "²", "٣", "2147483648", "9223372036854775808", "1" + "0" * 22, "9" * 400, "9" * 5000,
    "1e308", "1e999", "nan", "-inf", "null", "true", "a\0b", "a\nb", "../../etc/passwd", "..%2f..", "%00", "%ff", "[",
    "{}", DEEP, "9999-99-99", "0001-01-01T00:00:00+14:00", "=1+1", "é" * 130, "\N{GRINNING FACE}", LONG,
]  # fmt: skip

PART = b"--x\r\nContent-Disposition: form-data; name="
END = b"\r\n--x--"


def json_bodies() -> Iterator[tuple[str, bytes]]:
    for text in (BOTTOMLESS, '{"name":' * 1000, DEEP, "", "{", "[]", "null", "7", '{"name": 1e999}', '"\\ud800"'):
        yield "application/json", text.encode()
    for body in (b'{"\\ud800": 1}', b"\xff\xfe\x00", b"\xed\xa0\x80"):
        yield "application/json", body
    for charset in ("rot13", "utf-7", "utf-16", "none-such", "zlib"):
        yield f"application/json; charset={charset}", b'{"name": "x"}'
    yield "application/json; boundary", b"{}"
    yield "application/json; x*=none-such''y", b"{}"


def form_bodies() -> Iterator[tuple[str, bytes]]:
    for rest in ("", "boundary=x", "boundary=\xe9", "boundary=" + "x" * 300):
        yield f"multipart/form-data; {rest}", b"--x\r\n"
    for part in (
        b"file; filename*=rot13''a\r\n\r\na",
        b"file; filename*=utf-7''%2B2AA-\r\n\r\na",
        b'file; filename=".."\r\n\r\na',
        b"words[" + b"9" * 5000 + b"]\r\n\r\na",
        b"quad\r\n\r\n" + b"[" * 9000,
        b"name\r\nContent-Transfer-Encoding: base64\r\n\r\n!",
    ):
        yield "multipart/form-data; boundary=x", PART + part + END
    yield "multipart/form-data; boundary=x; charset=rot13", PART + b"name\r\n\r\na%ff" + END


def other_bodies() -> Iterator[tuple[str, bytes]]:
    form = "application/x-www-form-urlencoded"
    yield form, b"name=%00&urls=%ff&file=%ed%a0%80"
    yield f"{form}; charset=utf-7", b"name=%2B2AA-"
    yield form, b"&".join(b"a=1" for _ in range(2000))
    yield "text/plain", b"name=x"
    yield "", b"\0"


# Whole bodies: content type and bytes.
BODIES = [*json_bodies(), *form_bodies(), *other_bodies()]

# Headers that a program, a proxy or a scanner may send; none that the web server in front takes out.
HEADERS: list[dict[str, str]] = [
    {name: value}
    for name, values in {
        "HTTP_AUTHORIZATION": (
            "Basic", "Basic !", "Basic Z3NfAAAAAA==", "Basic /////w==", "Bearer \xff\xfe", f"Bearer {LONG}", "\xa0",
            "gs_\xb2",
        ),
        "HTTP_ACCEPT": ("text/html", "*", "a/b/c;q=\xb2", "application/json; indent=" + "9" * 5000, "\xff"),
        "HTTP_RANGE": ("bytes=-", "bytes=9-1", "bytes=" + "9" * 5000 + "-", "pages=\xb2"),
        "HTTP_IF_MODIFIED_SINCE": ("\xb2", "Mon, 99 Foo 99999 99:99:99 GMT", "Sat, 01 Jan 0000 00:00:00 GMT"),
        "HTTP_IF_NONE_MATCH": ('"', "*", f'"{LONG}"', "\xff"),
        "HTTP_IF_MATCH": ('"', "\xff"),
        "HTTP_COOKIE": ('sessionid="a\\000bcdefgh"', f"sessionid={LONG}", "csrftoken=\xff", ";;=;", '="'),
        "HTTP_ORIGIN": ("http://[::1", "null", "\xff", "http://a:99999999/"),
        "HTTP_REFERER": ("http://[::1", "\xff"),
        "HTTP_X_FORWARDED_FOR": ("\xb2", LONG, ",,,"),
        "HTTP_X_CSRFTOKEN": ("\xff" * 32,),
        "HTTP_ACCEPT_LANGUAGE": ("x" * 3000,),
        "CONTENT_TYPE": ("text/plain; charset=rot13", "text/plain; x*=none-such''y"),
    }.items()
    for value in values
]  # fmt: skip

HOLE = "@hole@"


def holes(good: Any) -> Iterator[Any]:
    """The value with a hole in its place: the whole of it, then each of its parts."""
    yield HOLE
    if isinstance(good, dict):
        for name, part in good.items():
            yield from (good | {name: other} for other in holes(part))
    elif isinstance(good, list) and good:
        yield from ([other, *good[1:]] for other in holes(good[0]))


def share(values: Sequence[str], turn: int, of: int) -> Sequence[str]:
    """Every so-many-th value, other ones at the next turn: over all places each is sent, in a part of the time."""
    return values[turn % of :: of]


def filled(with_hole: Any, value: str) -> str:
    """As JSON, with what is nasty written into the hole as it is."""
    return json.dumps(with_hole).replace(f'"{HOLE}"', value)
