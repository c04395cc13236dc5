"""Files become images of a project: decoded, upright, hashed, stored.

The files are written before their row and removed after it, so a crash leaves at most a file that no row names;
`annotations.sweeping` finds those.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.errors import Refusal
from accounts.models import User
from annotations import fingerprints, matching, pictures, projects, stored, texts
from annotations.models import Image, Project

PAGES_AT_ONCE = 20  # a longer file is taken in by the default worker


@dataclass
class Taken:
    """What became of a file's pages. `duplicates`: pictures that the project has already, with the name tried."""

    images: list[Image] = field(default_factory=list)
    duplicates: list[tuple[str, Image]] = field(default_factory=list)


def check_size(name: str, size: int | None, limit: int | None = None) -> None:
    limit = limit or settings.MAX_UPLOAD_BYTES
    if size is not None and size > limit:
        raise Refusal(
            f"{name} has {size / 1e6:,.1f} MB; at most {limit / 1e6:,g} MB are taken.", code="too_large", status=413
        )
    if size == 0:
        raise Refusal(f"{name} is empty.", code="unreadable")


def take(project: Project, user: User, name: str, file: BinaryIO) -> Taken:
    """All pages of one picture or PDF."""
    return take_pages(project, user, name, pictures.read_pages(file, name, settings.MAX_IMAGE_PIXELS))


def take_pages(project: Project, user: User, name: str, pages: Iterable[pictures.Page]) -> Taken:
    taken = Taken()
    for page in pages:
        image, is_new = keep(project, user, name, page)
        if is_new:
            taken.images.append(image)
        else:
            taken.duplicates.append((name, image))
    return taken


def keep(project: Project, user: User, name: str, page: pictures.Page) -> tuple[Image, bool]:
    """Stores one page; False where the project has this very picture, which then also answers to the new name.

    Here and below a name may stand behind its folders, `cam1/0000.jpg`: names alone may repeat.
    """
    return saved(written(project, user, name, page), name)


def written(project: Project, user: User, name: str, page: pictures.Page) -> Image:
    """The page as an image whose files are written and whose row is not; or the image that the project has of it.

    This is what takes long: decoding has been done, hashing and encoding are. No lock is held meanwhile.
    """
    digest = fingerprints.pixel_digest(page.image)
    known = _known(project, digest)
    if known is not None:
        _note_turn(known, page)
        return known
    with stored.together() as store:
        return _with_files(project, user, name, page, digest, store)


def saved(image: Image, name: str, others: Sequence[str] = ()) -> tuple[Image, bool]:
    """Saves what `written` made; see `keep`. Where this raises, its files are removed.

    `others`: what its name may be as well; tables find it by those too.
    """
    if not is_new(image):
        return _named_again(image, name), False
    image.also_named = list(others)
    try:
        with transaction.atomic():
            image.save(force_insert=True)
            projects.touch(image.project_id)
    except IntegrityError:  # the same picture came in by another door at the same moment
        remove_files(image)
        known = _known(image.project, image.sha256)
        if known is None:
            raise
        return _named_again(known, name), False
    except BaseException:
        remove_files(image)
        raise
    return image, True


def is_new(image: Image) -> bool:
    """Whether it has no row yet."""
    return image._state.adding


def _known(project: Project, digest: str) -> Image | None:
    return Image.objects.filter(project=project, sha256=digest, deleted_at__isnull=True).first()


def _note_turn(known: Image, page: pictures.Page) -> None:
    """Of a picture that was stored before this was kept: uploaded again, it tells."""
    if known.turn is None:
        known.turn = page.turn
        Image.objects.filter(id=known.id, turn=None).update(turn=page.turn)


def _named_again(image: Image, name: str) -> Image:
    path = matching.path_of(texts.folder_name(name), texts.file_name(name))
    own = matching.path_of(image.folder, image.name)
    if path not in (own, *image.also_named) and len(image.also_named) < 20:
        image.also_named = [*image.also_named, path]
        Image.objects.filter(id=image.id).update(also_named=image.also_named)
    return image


def _with_files(
    project: Project, user: User, name: str, page: pictures.Page, digest: str, store: stored.Store
) -> Image:
    image_id = uuid4()
    content, ending = pictures.encoded(page)
    return Image(
        id=image_id,
        project=project,
        name=texts.file_name(name),
        page=page.number,
        folder=texts.folder_name(name),
        file=store(key(project.id, image_id, ending), content),
        thumbnail=store(f"thumbnails/{project.id}/{image_id}.webp", pictures.thumbnail(page.image)),
        width=page.image.width,
        height=page.image.height,
        bytes=len(content),
        sha256=digest,
        phash=fingerprints.perceptual_hash(page.image),
        turn=page.turn,
        uploaded_by=user,
    )


def key(project_id: UUID, image_id: UUID, ending: str) -> str:
    return f"images/{project_id}/{image_id}.{ending}"


def remove_files(image: Image) -> None:
    default_storage.delete(image.file)
    default_storage.delete(image.thumbnail)
