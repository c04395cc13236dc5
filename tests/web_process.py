"""The web alone, as the product starts it: gunicorn on a free port, in processes of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from runner import layout, preflight, stack


@contextmanager
def running(data: Path, database: str, **settings: str) -> Iterator[str]:
    """Its address, over this data folder and this database; it reaches the tests' Valkey where there is one."""
    with preflight.listen("127.0.0.1", 0) as listener:
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "server.settings",
            "GLYPHSMITH_DATA": str(data),
            "PYTHONPATH": str(layout.ROOT),
            "REDIS_URL": f"unix://{os.environ['GLYPHSMITH_DATA']}/run/valkey.sock",
            "WEB_CONCURRENCY": "1",
            **settings,
        }
        program = stack.web_program(listener, environment)
        process = subprocess.Popen(program.command, env=environment, pass_fds=program.inherited, cwd=layout.ROOT)
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            requests.get(f"{address}/healthz", timeout=60)
            yield address
        finally:
            process.terminate()
            process.wait(20)
