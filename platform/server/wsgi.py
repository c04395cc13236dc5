"""What the web server runs. It refuses to start on what the startup checks call an error, and says which."""

import os
import sys

from django.core.checks import run_checks
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application

from server import kept_open
from server.content_types import reading
from server.request_bodies import receiving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

application = reading(receiving(get_wsgi_application()))

if problems := [str(problem) for problem in run_checks() if problem.is_serious()]:
    sys.exit("\n".join(problems))

request_started.connect(kept_open.keep)
