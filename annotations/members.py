"""Who works on a project."""

from django.db import transaction

from accounts import invitations, people
from accounts.errors import Conflict, NotFound
from accounts.mail import MailFailed
from accounts.models import User
from annotations.models import Membership, Project, Role


def of(project: Project) -> list[Membership]:
    return list(project.memberships.select_related("user").order_by("created_at", "id"))


def add(project: Project, by: User, email: str, role: Role) -> Membership:
    """Someone who is not known here yet is invited by mail; once more, whoever is invited already."""
    user = people.find(email)
    if user is None or not user.is_active:
        return _invite(project, by, email, role)
    membership, is_new = Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})
    if not is_new:
        raise Conflict(f"{user.email} is a member already, as {membership.role}.", code="already_member")
    return membership


def _invite(project: Project, by: User, email: str, role: Role) -> Membership:
    with transaction.atomic():
        invited = invitations.listed(email, by, project.id)
        membership, is_new = Membership.objects.update_or_create(
            project=project, user=invited.user, defaults={"role": role}
        )
    try:
        invitations.send(invited, by, project.name)
    except MailFailed:
        if is_new:  # nobody was told, so nobody is listed
            _take_out(membership)
        raise
    return membership


@transaction.atomic
def set_role(project: Project, user_id: int, role: Role) -> Membership:
    membership = _of(project, user_id)
    if membership.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(project, but=membership)
    membership.role = role
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove(project: Project, user_id: int) -> None:
    membership = _of(project, user_id)
    if membership.role == Role.OWNER:
        _keep_an_owner(project, but=membership)
    _take_out(membership)


def _take_out(membership: Membership) -> None:
    """With the membership ends the invitation to it."""
    user, project_id = membership.user, membership.project_id
    membership.delete()
    invitations.withdraw(user, project_id)
    if not Membership.objects.filter(user=user).exists():
        invitations.forget(user)


def _of(project: Project, user_id: int) -> Membership:
    """Locks the project, so that two owners cannot leave at the same moment."""
    Project.objects.select_for_update().get(id=project.id)
    membership = project.memberships.select_related("user").filter(user_id=user_id).first()
    if membership is None:
        raise NotFound("This person is no member of the project.")
    return membership


def _keep_an_owner(project: Project, but: Membership) -> None:
    """One who can come in, that is: neither invited only nor shut out."""
    others = project.memberships.filter(role=Role.OWNER, user__is_active=True).exclude(pk=but.pk)
    if not others.exists():
        raise Conflict("A project needs an owner. Make someone else an owner first.", code="last_owner")
