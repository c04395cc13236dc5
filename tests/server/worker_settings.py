"""Settings for workers that know one task more, with a clock that rings on a queue of its own."""

from server.settings import *  # noqa: F403

CELERY_IMPORTS = ["tests.server.naps"]
CELERY_BEAT_SCHEDULE = {"ring": {"task": "ring", "schedule": 1.0, "options": {"queue": "clock"}}}
