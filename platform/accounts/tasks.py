"""What the default worker does for people."""

from smtplib import SMTPException

from celery import Task, shared_task


@shared_task(bind=True, queue="default", autoretry_for=(SMTPException,), retry_backoff=30, max_retries=3)
def mail_reset(self: "Task[..., None]", request_id: int) -> None:
    """Of an address, as the door that sends it looks nobody up: how long that takes would tell who has an account.

    May run twice: then two mails come, and both links are good until one is used.
    """
    from accounts import signing

    signing.mail_reset(request_id)


@shared_task(bind=True, queue="default", autoretry_for=(SMTPException,), retry_backoff=30, max_retries=3)
def mail_new_password(self: "Task[..., None]", user_id: int) -> None:
    """May run twice: then two mails say the same."""
    from accounts import own_account

    own_account.mail_new_password(user_id)


@shared_task(queue="default")
def sweep_resets() -> None:
    from accounts import signing

    signing.sweep_resets()
