import json

import pytest

from accounts import json_text


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("[" * 100_000, "deep within each other"),
        ("[" * 51 + "]" * 51, "more than 50 deep"),
        ('{"a": ' * 60 + "1" + "}" * 60, "more than 50 deep"),
        ("1e999", "too large"),
        ("-1e999", "too large"),
        ("9" * 5000, "too large"),
        ("9007199254740992", "too large"),
        ("NaN", "NaN"),
        ("[-Infinity]", "-Infinity"),
        ('"\\ud800"', "(\\ud800)"),
        ('"\\udfff x"', "(\\udfff)"),
        ('{"\\ud800": 1}', "(\\ud800)"),
        ('"\ud800"', "(\\ud800)"),
        ("", "is not JSON"),
        ("[1,]", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b'"\xed\xa0\x80"', "is not JSON"),
    ],
)
def test_what_nobody_could_keep_or_repeat_is_refused_with_a_reason(written: str | bytes, reason: str) -> None:
    with pytest.raises(json_text.NotJson) as refused:
        json_text.read(written)
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 2**53 - 1, -(2**53 - 1), 1.5e308, "", "é", "\N{GRINNING FACE}", [], {}, [[[{"a": [1]}]]],
        "\\ud800",
    ],
)  # fmt: skip
def test_all_else_is_read_as_it_was_written(value: object) -> None:
    assert json_text.read(json.dumps(value)) == value
    assert json_text.read(json.dumps(value, ensure_ascii=False).encode()) == value


def test_fifty_lists_within_each_other_are_read() -> None:
    json_text.read("[" * 50 + "]" * 50)


def test_the_mark_at_the_start_of_a_file_is_passed_over() -> None:
    assert json_text.read(b"\xef\xbb\xbf[1]") == [1]


def test_half_a_pair_is_written_out_and_all_else_left_as_it_is() -> None:
    assert json_text.printable("a\ud800é\N{GRINNING FACE}") == "a\\ud800é\N{GRINNING FACE}"
