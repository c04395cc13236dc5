import pytest

from accounts.errors import Refusal
from annotations import texts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("KL 55 R 2473", "KL 55 R 2473"),
        ("  KL  55\t\n R ", "KL 55 R"),
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
