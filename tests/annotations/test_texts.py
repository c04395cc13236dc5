import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import Refusal
from annotations import texts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("KL 55 R 2473", "KL 55 R 2473"),
        ("  KL  55\t\n R ", "KL 55\nR"),
        ("a\r\nb\rc\x0bd\u2028e\n\n \nf", "a\nb\nc\nd\ne\nf"),
        ("KL\u00a055", "KL 55"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("", ""),
        ("नमस्ते", "नमस्ते"),
        ("x" * 500, "x" * 500),
    ],
)
def test_a_text_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert texts.region_text(typed) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"), [("a\x00b", "U\\+0000"), ("a\x1bb", "U\\+001B"), ("\ud800", "U\\+D800"), ("x" * 501, "501")]
)
def test_what_cannot_be_printed_or_is_too_long_is_refused(typed: str, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        texts.region_text(typed)


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: a prefix is parted from its verb
        "\u0915\u094d\u200d\u0937",  # Devanagari: a half letter
        "\u0d28\u0d4d\u200d",  # Malayalam: a letter without its vowel ends the word
        "\u0d9a\u0dca\u200d\u0dbb",  # Sinhala: two letters bound to one sign
        "\u0647\u200d",  # Persian: the initial form of a letter that stands alone
        "\u1820\u180e\u1820",  # Mongolian: a vowel that stands apart
        "\U0001f469\u200d\U0001f33e",  # a picture of two
        "\u2764\ufe0f\u200d\U0001f525",
        "\u0600\u0661\u0662",  # a sign that is drawn below its number
    ],
)
def test_marks_that_change_what_is_drawn_stay(text: str) -> None:
    assert texts.region_text(text) == text
    assert texts.one_line(text) == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("A\u200dB\u200cC", "ABC"),
        ("\u200c\u0645\u06cc\u200c", "\u0645\u06cc"),
        ("\u0645 \u200c\u06cc", "\u0645 \u06cc"),
        ("\u200f\u0645\u200e12", "\u064512"),
        ("e\u200b\u0301", "\u00e9"),
        ("12\ufe0f", "12"),
        ("\u3164A\u2060B\u2066C\u2069", "ABC"),
    ],
)
def test_marks_that_change_nothing_go(typed: str, kept: str) -> None:
    assert texts.region_text(typed) == kept


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=30))
def test_what_is_kept_stays_as_it_is_when_it_is_saved_again(typed: str) -> None:
    kept = texts.region_text(typed)
    assert texts.region_text(kept) == kept
    name = texts.one_line(typed)
    assert texts.one_line(name) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("photos/day one/3.jpg", "3.jpg"),
        ("C:\\photos\\3.jpg", "3.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n.png", "ab.png"),
        ("", "unnamed"),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
    ],
)
def test_a_file_name_is_the_last_part_and_printable(path: str, name: str) -> None:
    assert texts.file_name(path) == name


@pytest.mark.parametrize(
    ("name", "stem"),
    [("3.PNG", "3"), ("a.b.jpg", "a.b"), ("scan", "scan"), ("v1.2 notes.tiff", "v1.2 notes"), ("x.", "x.")],
)
def test_stems_compare_names_without_their_ending(name: str, stem: str) -> None:
    assert texts.stem(name) == stem
