"""What the default worker does for people."""

from smtplib import SMTPException

from celery import Task, shared_task


@shared_task(bind=True, queue="default", autoretry_for=(SMTPException,), retry_backoff=30, max_retries=3)
def mail_reset(self: "Task[..., None]", email: str) -> None:
    """By address, as the door that sends it looks nobody up: how long that takes would tell who has an account.

    May run twice: then two mails come, and both links are good until one is used.
    """
    from accounts import signing

    signing.mail_reset(email)
