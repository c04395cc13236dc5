"""What the web server runs. It refuses to start on what the startup checks call an error, and says which."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")

application = get_wsgi_application()
call_command("check", verbosity=0)
