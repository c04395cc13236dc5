"""Who works on a project."""

from django.db import transaction

from accounts import invitations
from accounts.errors import Conflict, NotFound
from accounts.models import User, normalised
from annotations.models import Membership, Project, Role


def of(project: Project) -> list[Membership]:
    return list(project.memberships.select_related("user").order_by("created_at", "id"))


def add(project: Project, by: User, email: str, role: Role) -> Membership:
    """Someone who is not known here yet is invited by mail."""
    user = User.objects.filter(email=normalised(email), is_active=True).first()
    if user is None:
        user = invitations.invite(email, by, project.name).user
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise Conflict(f"{user.email} is a member already, as {membership.role}.", code="already_member")
    return membership


@transaction.atomic
def set_role(project: Project, user_id: int, role: Role) -> Membership:
    membership = _of(project, user_id)
    if membership.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(project)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove(project: Project, user_id: int) -> None:
    membership = _of(project, user_id)
    if membership.role == Role.OWNER:
        _keep_an_owner(project)
    membership.delete()


def _of(project: Project, user_id: int) -> Membership:
    """Locks the project, so that two owners cannot leave at the same moment."""
    Project.objects.select_for_update().get(id=project.id)
    membership = project.memberships.select_related("user").filter(user_id=user_id).first()
    if membership is None:
        raise NotFound("This person is no member of the project.")
    return membership


def _keep_an_owner(project: Project) -> None:
    if project.memberships.filter(role=Role.OWNER).count() < 2:
        raise Conflict("A project needs an owner. Make someone else an owner first.", code="last_owner")
