"""Regions as programs send them, perhaps for the second time: what stands there already is recognised, not doubled.

The rules are those of tables (`annotations.placing`): boxes of one label that overlap by `quads.SAME` mean the same
region, and another text for it is told rather than kept over what is there.
"""

from django.db import transaction

from accounts.errors import Refusal
from accounts.models import User
from annotations import absences, labelling, labels, projects, quads, texts, turns
from annotations.models import Image, ImageState, Label, Origin, Region


@transaction.atomic
def give(user: User, image: Image, label: Label, quad: quads.Quad, text: str) -> None:
    """Adds a region, or leaves it where it is there. A suggestion, and a region without text, takes what was sent."""
    locked = labelling.lock_image(image.pk)
    placed, _ = turns.fitted(quad, locked.turn, (locked.width, locked.height))
    known = same_region(locked, label, quads.bounding_box(placed))
    if known is None:
        labelling.add(user, locked.pk, label_id=label.pk, quad=placed, text=text)
    elif known.origin == Origin.SUGGESTION:
        labelling.change(user, known.pk, version=known.version, quad=placed, text=text or None)
    elif not known.text:
        labelling.change(user, known.pk, version=known.version, text=text)
    elif text and labels.text_of(label.words, text) != known.text:
        raise Refusal(
            f"The picture has this box of {label.name} already, with the text “{texts.shown(known.text)}”. "
            f"“{texts.shown(text)}” was not taken; if it is right, change the text on the annotation page.",
            code="other_text",
        )


def same_region(image: Image, label: Label, box: quads.Box) -> Region | None:
    """The region of the label that lies most nearly there."""
    overlaps = [
        (quads.overlap(box, (region.xmin, region.ymin, region.xmax, region.ymax)), region)
        for region in image.regions.filter(label=label)
    ]
    nearest = max(overlaps, key=lambda one: one[0], default=None)
    return nearest[1] if nearest and nearest[0] >= quads.SAME else None


@transaction.atomic
def give_nothing(image: Image) -> None:
    """Somebody looked at the picture, and none of the labels is on it. Regions that are there are not deleted."""
    locked = labelling.lock_image(image.pk)
    if there := locked.regions.count():
        raise Refusal(
            f"The picture was sent as one without fields, and has {texts.counted(there, 'field')} here. "
            "Nothing was deleted; if they are wrong, delete them on the annotation page.",
            code="has_regions",
        )
    changed = absences.replace(locked, set(locked.project.labels.values_list("id", flat=True)))
    if changed or locked.state == ImageState.TODO:
        locked.state = ImageState.ANNOTATED if locked.state == ImageState.TODO else locked.state
        locked.version += 1
        locked.save(update_fields=["state", "version"])
        projects.touch(locked.project_id)
