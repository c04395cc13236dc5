import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.engine.charset import Charset, CharsetError, MissingSymbols, clean_text, likely_symbols, one_line

texts = st.lists(st.text(max_size=12), max_size=6)


@given(texts)
def test_what_is_encoded_is_decoded_again(drawn: list[str]) -> None:
    cleaned = [clean_text(text) for text in drawn]
    charset = Charset.of(cleaned)
    for text in cleaned:
        assert charset.decode(charset.encode(text)) == one_line(text)


@given(texts, texts)
def test_ids_stay_when_new_texts_bring_new_symbols(first: list[str], second: list[str]) -> None:
    old = Charset.of(map(clean_text, first))
    new = old.extend(map(clean_text, second))
    assert new.symbols[: len(old)] == old.symbols
    assert all(not new.missing(clean_text(text)) for text in second)


@given(texts)
def test_a_charset_file_gives_back_the_charset(tmp_path_factory: pytest.TempPathFactory, drawn: list[str]) -> None:
    charset = Charset.of(map(clean_text, drawn))
    path = tmp_path_factory.mktemp("charset") / "charset-labels.txt"
    charset.save_fsns(path)
    assert Charset.load_fsns(path) == charset


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)


@pytest.mark.parametrize(
    ("typed", "learned"),
    [
        (" KL 55 ", "KL 55"),
        ("KL 55\r\nR 2473", "KL 55\nR 2473"),
        ("a\n\n b\t", "a\nb"),
        ("e\u0301", "é"),
        (" ", ""),
        ("a\x00b", "a b"),
        ("a\u2028b", "a\nb"),
    ],
)
def test_texts_are_cleaned(typed: str, learned: str) -> None:
    assert clean_text(typed) == learned


def test_the_file_is_the_one_fsns_readers_expect(tmp_path: Path) -> None:
    path = tmp_path / "charset-labels.txt"
    Charset.of(["B A"]).save_fsns(path)
    assert path.read_bytes() == b"0\t<nul>\n1\t \n2\tA\n3\tB\n"


def test_a_row_break_is_encoded_as_a_space() -> None:
    charset = Charset.of(["a b"])
    assert charset.encode("a\nb") == charset.encode("a b")


def test_missing_symbols_are_named() -> None:
    with pytest.raises(MissingSymbols, match=r"'!' \(U\+0021\), 'é' \(U\+00E9\)") as caught:
        Charset.of(["abc"]).encode("aé!")
    assert caught.value.symbols == ("!", "é")


@pytest.mark.parametrize("symbols", [(), ("a",), ("", "a", "a"), ("", "ab"), ("", "\n")])
def test_impossible_charsets_are_refused(symbols: tuple[str, ...]) -> None:
    with pytest.raises(CharsetError):
        Charset(symbols)


@pytest.mark.parametrize("content", ["0\t<nul>\n1 a\n", "0\t<nul>\n2\ta\n", "0\ta\n1\t<nul>\n"])
def test_a_broken_charset_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "charset-labels.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CharsetError):
        Charset.load_fsns(path)


def test_a_family_of_symbols_is_likely_once_one_of_it_is_seen() -> None:
    assert likely_symbols(["KL 5"]) == " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert likely_symbols(["é"]) == " "
