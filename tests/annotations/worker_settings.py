"""Settings of a worker that works on the tests' own database, and sweeps without waiting."""

import os
from pathlib import Path

from server.settings import *  # noqa: F403

DATABASES["default"] = env.database("TEST_WORKER_DATABASE", default="")  # noqa: F405
MEDIA_ROOT = Path(os.environ["TEST_WORKER_MEDIA"])
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "annotations.tasks.sweep_leases", "schedule": 1.0}}
