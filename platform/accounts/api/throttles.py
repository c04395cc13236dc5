"""How often one may ask. Rates are settings; an answer of 429 says how long to wait."""

import time
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts import limits

if TYPE_CHECKING:  # the framework imports its throttles while it is being imported itself
    from rest_framework.views import APIView


class WindowThrottle(SimpleRateThrottle):
    """Counts in fixed windows, where DRF rewrites a list of every request's time."""

    now: float
    duration: int
    num_requests: int

    def allow_request(self, request: Request, view: "APIView") -> bool:
        key = self.get_cache_key(request, view)
        if self.rate is None or key is None:
            return True
        self.now = time.time()
        return limits.count(key, self.duration, self.now) <= self.num_requests

    def wait(self) -> float:
        return self.duration - self.now % self.duration + 1

    def counted(self, ident: str) -> str:
        return f"throttle:{self.scope}:{ident}"


class AnyoneThrottle(WindowThrottle):
    """By address, for those who are not signed in."""

    scope = "anyone"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return None if request.user.is_authenticated else self.counted(self.get_ident(request))


class PersonThrottle(WindowThrottle):
    scope = "person"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return self.counted(str(request.user.pk)) if request.user.is_authenticated else None


class PredictionThrottle(PersonThrottle):
    """For the views that predict: `throttle_classes = [PredictionThrottle]`."""

    scope = "prediction"
