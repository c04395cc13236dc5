"""The pages of a picture or document that is to be read: decoded as uploads are, stored, and described as JSON."""

from collections.abc import Collection
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings

from accounts.errors import Refusal
from annotations import pictures, uploads
from annotations.stored import Store

MOST_PAGES = 20
FOLDER = "predictions"
COMPARISONS = "comparisons"  # crops of what versions read differently


def take_in(
    project_id: UUID,
    prediction_id: UUID,
    file: BinaryIO,
    name: str,
    size: int,
    store: Store,
    wanted: Collection[int] = (),
) -> list[dict[str, Any]]:
    """Decode and store a file's pages (`wanted`: which, from 0; none: all). What is refused stores nothing."""
    uploads.check_size(name, size)
    decoded: list[tuple[pictures.Page, bytes, str, bytes, tuple[int, int]]] = []
    for page in pictures.read_pages(file, name, settings.MAX_IMAGE_PIXELS):
        if not wanted or page.number in wanted:
            refuse_many(name, len(decoded) + 1)
            decoded.append((page, *pictures.encoded(page), pictures.thumbnail(page.image), page.image.size))
            page.image.close()
    if not decoded:
        raise Refusal(f"None of the pages asked for is in {name}.", code="no_such_page")
    folder = f"{FOLDER}/{project_id}"
    return [described(store, folder, page_id(prediction_id, place), *one) for place, one in enumerate(decoded)]


def page_id(prediction_id: UUID, place: int) -> UUID:
    """A page's id follows from its prediction's, so that one leads to the other without a table between them."""
    return UUID(int=(prediction_id.int + place + 1) % (1 << 128))


def predictions_of(page: UUID) -> list[UUID]:
    """The ids of which one is of the prediction that this page may belong to."""
    return [UUID(int=(page.int - place - 1) % (1 << 128)) for place in range(MOST_PAGES)]


def page_of_file(key: str) -> UUID | None:
    """The page whose picture or thumbnail is stored under this key; None for what is no such key."""
    try:
        return UUID(key.rpartition("/")[2].partition(".")[0].removesuffix("-small"))
    except ValueError:
        return None


def refuse_many(name: str, pages: int) -> None:
    if pages > MOST_PAGES:
        raise Refusal(
            f"{name} has more than {MOST_PAGES} pages. Send it in parts, or name the pages to read.",
            code="too_many_pages",
            status=413,
        )


def described(
    store: Store,
    folder: str,
    page_id: UUID,
    page: pictures.Page,
    picture: bytes,
    ending: str,
    thumbnail: bytes,
    size: tuple[int, int],
) -> dict[str, Any]:
    """The stored page as its prediction keeps it; `regions` are null until it is read."""
    return {
        "id": str(page_id),
        "page": page.number,
        "file": store(f"{folder}/{page_id}.{ending}", picture),
        "thumbnail": store(f"{folder}/{page_id}-small.webp", thumbnail),
        "width": size[0],
        "height": size[1],
        "regions": None,
    }
