"""Values that no door foresaw and the database or Python refused: the asker's to mend, so 400 and not 500.

Narrow on purpose, because a fault of ours must stay a 500: only refusals that name a value as too long, too large or
not writable. Each is logged with its trace, so that the door it came through can be taught to refuse it by itself.
"""

import logging

from django.db import DataError

logger = logging.getLogger(__name__)

TOO_LARGE = "A number in this request is too large."
TOO_LONG = "A text or a number in this request is longer than can be kept."
NOT_WRITABLE = "A text in this request holds a character that cannot be kept, such as NUL or half a surrogate pair."

# PostgreSQL's own codes, in class 22 "data exception"
BY_STATE = {"22001": TOO_LONG, "22003": TOO_LARGE, "22008": TOO_LARGE, "22021": NOT_WRITABLE, "22P05": NOT_WRITABLE}
# What Python and its database drivers say, by kind of error and the words in it.
BY_WORDS: tuple[tuple[type[Exception], str, str], ...] = (
    (OverflowError, "too large to convert to SQLite INTEGER", TOO_LARGE),
    (OverflowError, "date value out of range", TOO_LARGE),
    (ValueError, "integer string conversion", TOO_LARGE),
    (DataError, "cannot contain NUL", NOT_WRITABLE),
    (ValueError, "embedded null", NOT_WRITABLE),
    (UnicodeEncodeError, "surrogates not allowed", NOT_WRITABLE),
)


def sentence(error: Exception) -> str | None:
    """What to tell who sent the value; None where the error is anything else."""
    found = by_state(error) or by_words(error)
    if found is not None:
        logger.warning("A value got past the checks of its door: %s", type(error).__name__, exc_info=error)
    return found


def by_state(error: Exception) -> str | None:
    state = getattr(error.__cause__, "sqlstate", None) if isinstance(error, DataError) else None
    return BY_STATE.get(state or "")


def by_words(error: Exception) -> str | None:
    said = str(error)
    return next((told for kind, words, told in BY_WORDS if isinstance(error, kind) and words in said), None)
