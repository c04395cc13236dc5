"""Who may do what. Every door asks here first; to a stranger nothing exists, administrators included."""

from uuid import UUID

from accounts.errors import Forbidden, NotFound
from accounts.models import User
from annotations.models import Image, Import, Label, Membership, Project, Role

RANKS = {Role.VIEWER: 0, Role.ANNOTATOR: 1, Role.OWNER: 2}
WHAT_IT_TAKES = {
    Role.ANNOTATOR: "You may look at this project but not change it. Ask an owner to make you an annotator.",
    Role.OWNER: "Only an owner of this project may do this.",
}


def project_for(user: User, project_id: UUID, at_least: Role = Role.VIEWER, *, deleted: bool = False) -> Project:
    """The project, with `role` set to the user's. 404 for strangers, 403 where the role is too low.

    `deleted` finds it among the deleted ones instead, for restoring.
    """
    membership = (
        Membership.objects.select_related("project")
        .filter(user=user, project_id=project_id, project__deleted_at__isnull=not deleted)
        .first()
    )
    if membership is None:
        raise NotFound("There is no such project.")
    require(Role(membership.role), at_least)
    membership.project.role = membership.role
    return membership.project


def require(role: Role, at_least: Role) -> None:
    if RANKS[role] < RANKS[at_least]:
        raise Forbidden(WHAT_IT_TAKES[at_least])


def image_for(user: User, image_id: UUID, at_least: Role = Role.VIEWER) -> Image:
    image = Image.objects.select_related("project").filter(id=image_id, deleted_at__isnull=True).first()
    if image is None or not _may(user, image.project_id, at_least):
        raise NotFound("There is no such image.")
    return image


def label_for(user: User, label_id: UUID, at_least: Role = Role.VIEWER) -> Label:
    label = Label.objects.select_related("project").filter(id=label_id).first()
    if label is None or not _may(user, label.project_id, at_least):
        raise NotFound("There is no such label.")
    return label


def import_for(user: User, import_id: UUID) -> Import:
    found = Import.objects.filter(id=import_id).first()
    if found is None or not _may(user, found.project_id, Role.VIEWER):
        raise NotFound("There is no such import.")
    return found


def own_import_for(user: User, import_id: UUID) -> Import:
    """To end it: for the person who started it, and for owners."""
    found = import_for(user, import_id)
    if found.user_id != user.id:
        _may(user, found.project_id, Role.OWNER)
    return found


def _may(user: User, project_id: UUID, at_least: Role) -> bool:
    """False for strangers; raises 403 for members whose role is too low."""
    role = (
        Membership.objects.filter(user=user, project_id=project_id, project__deleted_at__isnull=True)
        .values_list("role", flat=True)
        .first()
    )
    if role is not None:
        require(Role(role), at_least)
    return role is not None
