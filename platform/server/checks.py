"""Startup checks: what is wrong with the configuration, with an id and a hint each."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from server.environment import Problem

CONFIGURATION = "configuration"  # the tag of what every process asks; all else is asked once, by `prepare`


@register(CONFIGURATION)
def configuration(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [as_message(problem) for problem in settings.PROBLEMS]


def as_message(problem: Problem) -> CheckMessage:
    kind = Warning if problem.id.startswith("glyphsmith.W") else Error
    return kind(problem.message, hint=problem.hint, id=problem.id)
