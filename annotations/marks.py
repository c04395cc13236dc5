"""Marks that nobody sees in a text: those that came with it from a spreadsheet or a web page go, those it needs stay.

Two texts that look the same are to be the same, and no network can learn to write what has no picture. But joiners part
and bind the letters of Arabic and Indic scripts, and a few marks of the same kind are drawn.
"""

import unicodedata

NOT_JOINER, JOINER = "\u200c", "\u200d"
DRAWN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"  # signs around numbers
INVISIBLE = "\u034f\u3164\uffa0"  # of other categories: a joiner of graphemes, two fillers of Hangul
PRESENTATION = "\ufe0e\ufe0f"  # says only whether a sign is shown in colour
KEYCAP = "\u20e3"
# The blocks whose letters change with a joiner: Arabic, Syriac, N'Ko; the Indic ones to Sinhala; Myanmar; Khmer and
# Mongolian; those of South East Asia; later additions to Arabic, Indic and Myanmar; Indic scripts beyond the BMP.
JOINED = (
    (0x0600, 0x08FF), (0x0900, 0x0DFF), (0x1000, 0x109F), (0x1780, 0x18AF), (0x1900, 0x1CFF), (0xA840, 0xA8FF),
    (0xA900, 0xAAFF), (0xABC0, 0xABFF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC), (0x10A00, 0x10D3F), (0x11000, 0x11FFF),
    (0x1E900, 0x1E95F),
)  # fmt: skip


def taken_out(text: str) -> str:
    """The text without its invisible marks."""
    if text.isascii():
        return text
    kept = ""
    for place, character in enumerate(text):
        if not is_mark(character) or _means_something(kept[-1:], character, text[place + 1 : place + 2]):
            kept += character
    return kept


def is_mark(character: str) -> bool:
    """Whether nothing is drawn for this character: of category Cf, with those of its kind that have another one."""
    if character in INVISIBLE or character in PRESENTATION:
        return True
    return unicodedata.category(character) == "Cf" and character not in DRAWN


def _means_something(before: str, mark: str, after: str) -> bool:
    """Whether the mark changes what is drawn of the characters beside it.

    A joiner may end a word: it gives the last letter its form. What parts two letters needs both.
    """
    if mark in PRESENTATION:
        return _is_sign(before) or after == KEYCAP
    if mark == JOINER:
        return _is_joined(before) or ((_is_sign(before) or before in tuple(PRESENTATION)) and _is_sign(after))
    if mark == NOT_JOINER:
        return _is_joined(before) and _is_joined(after)
    # The vowel separator of Mongolian, and what stacks hieroglyphs.
    return (mark == "\u180e" and _is_joined(before)) or "\U00013430" <= mark <= "\U0001343f"


def _is_joined(character: str) -> bool:
    """Whether it is a letter, or a mark on one, of a script that knows joiners."""
    code = ord(character) if character else 0
    return any(first <= code <= last for first, last in JOINED) and unicodedata.category(character)[0] in "LM"


def _is_sign(character: str) -> bool:
    """Whether several of its kind may be joined to one picture, as emoji are."""
    return bool(character) and unicodedata.category(character) in ("So", "Sk")
