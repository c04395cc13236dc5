"""People come in: the first one, those who sign up, those who were invited (see invitations.py)."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts import names
from accounts.errors import Conflict, Refusal
from accounts.models import User, normalised

TAKEN = "There is an account or an invitation for this address. Sign in, or use the link in the invitation's mail."


def find(email: str) -> User | None:
    return User.objects.filter(email=normalised(email)).first()


def nobody_yet() -> bool:
    """No administrator, that is: the command that prints API keys may have made people before anybody came."""
    return not User.objects.filter(is_staff=True).exists()


@transaction.atomic
def create_first(email: str, password: str, name: str = "") -> User:
    """The administrator. Of two who try at once, one wins."""
    if connection.vendor == "postgresql":  # SQLite's transactions wait for each other by themselves
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {User._meta.db_table} IN EXCLUSIVE MODE")
    if not nobody_yet():
        raise Conflict("The first account was made before. Sign in, or ask for an invitation.", code="not_first")
    person = find(email) or User(email=normalised(email))
    if person.pk and person.has_usable_password():  # somebody's own already, who made it theirs by mail
        raise Refusal(TAKEN, code="taken", fields={"email": [TAKEN]})
    person.name = names.checked(name) or person.name
    check_password(password, person)
    person.is_active = person.is_staff = person.is_superuser = True
    person.shut_out_at = None
    person.set_password(password)
    person.save()
    return person


@transaction.atomic
def sign_up(email: str, password: str, name: str = "") -> User:
    if nobody_yet():
        raise Conflict("Make the first account first: it becomes the administrator.", code="first_visit")
    if find(email):
        raise Refusal(TAKEN, code="taken", fields={"email": [TAKEN]})
    name = names.checked(name)
    check_password(password, User(email=email, name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name)
    except IntegrityError:  # somebody was quicker
        raise Refusal(TAKEN, code="taken", fields={"email": [TAKEN]}) from None


def find_or_list(email: str, *, is_active: bool) -> User:
    """The person with this address, made without a password where there is none; however many ask at once."""
    defaults = {"is_active": is_active, "password": make_password(None)}
    return User.objects.get_or_create(email=normalised(email), defaults=defaults)[0]


def find_or_create(email: str) -> User:
    """For the administrator's own command: a person without a password, who can set one by a reset mail."""
    person = find_or_list(email, is_active=True)
    if is_awaited(person):
        person.is_active = True
        person.save(update_fields=["is_active"])
    if not person.is_active:
        raise Refusal(f"{person.email} is shut out of this installation.", code="inactive")
    return person


def is_awaited(person: User) -> bool:
    """Invited and not come yet; unlike one whom the administrator has shut out."""
    return not person.is_active and person.shut_out_at is None and not person.has_usable_password()


def check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal(error.messages[0], code="invalid", fields={"password": list(error.messages)}) from error
