"""Labels: the fields to find and read."""

import re
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.errors import Conflict, Refusal
from annotations import patterns, revisions
from annotations.models import Label, Project, Region
from annotations.texts import counted, one_line, region_text, unprintable, visible

# Told apart by people with any colour vision, and from most photos; after nine they come round again.
COLOURS = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7b4fb3", "#b8002e", "#5a6b00",
)  # fmt: skip
MOST_LABELS = 100
TOO_MANY = f"A project has at most {MOST_LABELS} labels."
MOST_WORDS = 10_000
LONGEST_NAME = 60


def create(project: Project, name: str, *, colour: str = "", pattern: str = "", words: Sequence[str] = ()) -> Label:
    existing = project.labels.count()
    if existing >= MOST_LABELS:
        raise Refusal(TOO_MANY, code="too_many")
    last = project.labels.aggregate(last=Max("position"))["last"]
    label = Label(project=project, position=0 if last is None else last + 1)
    label.name = checked_name(name)
    label.colour = checked_colour(colour or COLOURS[existing % len(COLOURS)])
    label.pattern = checked_pattern(pattern)
    label.words = checked_words(words)
    _save(label)
    return label


def change(
    label: Label,
    *,
    name: str | None = None,
    colour: str | None = None,
    pattern: str | None = None,
    words: Sequence[str] | None = None,
    position: int | None = None,
) -> None:
    if name is not None:
        label.name = checked_name(name)
    if colour is not None:
        label.colour = checked_colour(colour)
    if pattern is not None:
        label.pattern = checked_pattern(pattern)
    if words is not None:
        label.words = checked_words(words)
    if position is not None:
        label.position = position
    _save(label)


@transaction.atomic
def delete(label: Label) -> None:
    """Refused while regions use it; those of deleted images go with it."""
    used = Region.objects.filter(label=label, image__deleted_at__isnull=True).count()
    if used:
        regions = counted(used, "region")
        raise Conflict(
            f"The label “{label.name}” is used by {regions}. Give those another label or delete them first.",
            code="label_in_use",
            detail={"regions": used},
        )
    Region.objects.filter(label=label).delete()
    project_id = label.project_id
    label.delete()
    revisions.touch(project_id)


def _save(label: Label) -> None:
    try:
        with transaction.atomic():
            label.save()
            revisions.touch(label.project_id)
    except IntegrityError:
        message = f"There is already a label named “{label.name}”."
        raise Refusal(message, code="name_taken", status=409, fields={"name": [message]}) from None


def checked_name(name: str) -> str:
    """Two names that look the same are one: an accent typed as a mark of its own, or what nobody sees, parts none."""
    kept = one_line(name)
    if not kept or len(kept) > LONGEST_NAME or unprintable(kept):
        raise _invalid("name", f"A label's name has between 1 and {LONGEST_NAME} printable characters.")
    return kept


def checked_colour(colour: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise _invalid("colour", "A colour is written like #0072b2.")
    return colour.lower()


def checked_pattern(pattern: str) -> str:
    kept = visible(pattern)
    try:
        patterns.compiled(kept)
    except patterns.BadPattern as bad:
        raise _invalid("pattern", f"This pattern cannot be used. {bad.message}") from None
    return kept


def checked_words(words: Sequence[str]) -> list[str]:
    if len(words) > MOST_WORDS:
        raise _invalid("words", f"A label has at most {MOST_WORDS:,} words.")
    kept = (region_text(word) for word in words)
    return list(dict.fromkeys(word for word in kept if word))


def text_of(words: Sequence[str], text: str) -> str:
    """A text as a label with these words keeps it: lines are kept, unless it is one of the words but for its lines."""
    kept = region_text(text)
    joined = kept.replace("\n", " ")
    return joined if kept not in words and joined in words else kept


def _invalid(field: str, message: str) -> Refusal:
    return Refusal(message, code="invalid", fields={field: [message]})
