"""Requests that hold more parts than are read, each told the limit that it passed."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent

from accounts.errors import Refusal


def refusal(error: BaseException) -> Refusal | None:
    """None for every other error."""
    if isinstance(error, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return _told(f"At most {most} files are taken in one request. Send the others in further requests.", 400)
    if isinstance(error, TooManyFieldsSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return _told(f"At most {most:,} fields are taken in one request. Send the others in further requests.", 400)
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return _told(f"The fields of a form hold at most {most:,} bytes, its files not counted.", 413)
    return None


def _told(message: str, status: int) -> Refusal:
    return Refusal(f"{message} Nothing of this request was taken.", code="too_many", status=status)
