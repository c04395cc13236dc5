import os

from server.settings import *  # noqa: F403

CELERY_IMPORTS = ["tests.server.naps"]
CELERY_BEAT_SCHEDULE = {"nap": {"task": "tests.server.naps.nap", "schedule": 2.0, "args": [0, os.environ["NAP_DIARY"]]}}
