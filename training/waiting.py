"""Requests that wait for somebody else, a predict worker or a foreign web server, hold a thread of the web.

At most half of a process's threads may, so that pages, saves and /healthz are always answered.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from runner import web

_seats = threading.BoundedSemaphore(web.MAX_WAITING)


@contextmanager
def seat() -> Iterator[bool]:
    """Whether this request may wait; where False, it has to answer at once."""
    taken = _seats.acquire(blocking=False)
    try:
        yield taken
    finally:
        if taken:
            _seats.release()
