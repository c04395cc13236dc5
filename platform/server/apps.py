from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "server"

    def ready(self) -> None:
        from server import (
            checks,  # noqa: F401  (registers the startup checks)
            lock_waits,
        )

        lock_waits.limit()
