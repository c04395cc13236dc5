"""The Celery application. Tasks are declared with `@shared_task(queue=...)` in each app's tasks.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

app = Celery("glyphsmith")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
