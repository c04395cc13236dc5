"""Names and texts stored before are brought into the form in which they are kept now: NFC, no invisible marks.

Two labels of a project that become equal are left two, as only a person can know that they mean the same: the second is
numbered, `número (2)`, so that it can be told from the first, and renamed or given up.
"""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F

from annotations.texts import one_line, visible

LONGEST_NAME = 60  # of a label
AT_ONCE = 500


def bring_into_one_form(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    project, label, region = (apps.get_model("annotations", name) for name in ("Project", "Label", "Region"))
    changed = set(labels(label)) | set(texts(region))
    for some in batches(sorted(changed)):
        project.objects.filter(id__in=some).update(revision=F("revision") + 1)
    for row in project.objects.only("id", "name").iterator():
        if (name := one_line(row.name) or row.name) != row.name:
            project.objects.filter(id=row.id).update(name=name[:100])


def labels(label: Any) -> Iterator[Any]:
    """The projects in which something was changed."""
    for row in label.objects.order_by("project_id", "position", "name", "id"):
        was = row.name, row.pattern, row.words
        row.pattern = visible(row.pattern)[:200]
        row.words = list(dict.fromkeys(filter(None, map(one_line, row.words))))
        if (wanted := one_line(row.name)) != row.name and wanted:
            others = label.objects.filter(project_id=row.project_id).exclude(id=row.id)
            row.name = free(wanted, lambda name, others=others: others.filter(name=name).exists())
        if (row.name, row.pattern, row.words) != was:
            row.save(update_fields=["name", "pattern", "words"])
            yield row.project_id


def free(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """The name as it is wanted, or else with the first number that is free."""
    numbered = (wanted[: LONGEST_NAME - len(ending)] + ending for ending in (f" ({number})" for number in count(2)))
    return wanted if not is_taken(wanted) else next(name for name in numbered if not is_taken(name))


def texts(region: Any) -> Iterator[Any]:
    changed = []
    for row in region.objects.only("id", "text").order_by().iterator():
        if not row.text.isascii() and (text := one_line(row.text)) != row.text:
            row.text = text
            changed.append(row)
    for some in batches(changed):
        region.objects.bulk_update(some, ["text"])
        yield from region.objects.filter(id__in=[row.id for row in some]).values_list("image__project_id", flat=True)


def batches(found: list[Any]) -> Iterator[list[Any]]:
    return (found[start : start + AT_ONCE] for start in range(0, len(found), AT_ONCE))


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0006_regions_of_image_by_label"),
    ]

    operations = [
        migrations.RunPython(bring_into_one_form, migrations.RunPython.noop),
    ]
