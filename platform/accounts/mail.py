"""Mails: text and HTML from two templates of one name, styles written into the HTML where mail programs read them."""

from smtplib import SMTPException
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts import names


class MailFailed(SMTPException):
    """The mail server did not take a mail: a task tries again, a page says so."""


def send(to: str | list[str], subject: str, template: str, context: dict[str, Any]) -> None:
    """Sends TEMPLATE.txt and TEMPLATE.html, such as "mail/invitation"; raises MailFailed.

    What people wrote (names, above all) stands in a mail as one line of what can be seen: with breaks in it, it could
    look like a mail of its own.
    """
    everything = {"public_url": settings.PUBLIC_URL, "subject": subject, **context}
    everything = {
        name: names.one_line(value) if isinstance(value, str) else value for name, value in everything.items()
    }
    recipients = [to] if isinstance(to, str) else to
    message = EmailMultiAlternatives(everything["subject"], text_of(template, everything), to=recipients)
    message.attach_alternative(html_of(template, everything), "text/html")
    try:
        message.send()
    except OSError as error:  # smtplib's own errors are of this kind too
        raise MailFailed(str(error)) from error


def text_of(template: str, context: dict[str, Any]) -> str:
    return render_to_string(f"{template}.txt", context).strip() + "\n"


def html_of(template: str, context: dict[str, Any]) -> str:
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False)
    return str(inliner.inline(render_to_string(f"{template}.html", context)))
