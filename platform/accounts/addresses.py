"""Under which address this server is reached."""

from typing import Protocol

from django.conf import settings


class Asked(Protocol):
    """Django's request or DRF's around it."""

    @property
    def scheme(self) -> str | None: ...

    def get_host(self) -> str: ...


def origin(request: Asked) -> str:
    """PUBLIC_URL; where nobody has set it, the address by which whoever asks has come, like "http://10.0.0.7:8000".

    Host names are checked against ALLOWED_HOSTS before, so that nobody is led elsewhere by a forged one.
    """
    if settings.PUBLIC_URL_IS_SET:
        return str(settings.PUBLIC_URL)
    return f"{request.scheme}://{request.get_host()}"
