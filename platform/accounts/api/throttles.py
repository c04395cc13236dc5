"""How often one may ask. Rates are settings; an answer of 429 says how long to wait.

Four counts, so that nobody is kept out by what others do: a person's requests, by page and by key; a person's
predictions; what an address asks of the doors that are open to anyone; and what it asks of the others without a sign-in
or with a key that is none. The last one is looked at only where the answer is 401 already: who has a right key or a
session at the same address never meets it, and signing in stays possible.
"""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts import limits

if TYPE_CHECKING:  # the framework imports its throttles while it is being imported itself
    from rest_framework.views import APIView


class SlidingThrottle(SimpleRateThrottle):
    """Counts in the cache's own atomic way, where DRF reads, changes and writes a list."""

    turn: limits.Turn
    duration: int
    num_requests: int

    def allow_request(self, request: Request, view: "APIView") -> bool:
        key = self.get_cache_key(request, view)
        if self.rate is None or key is None:
            return True
        self.turn = limits.take_turn(key, self.num_requests, self.duration)
        view.headers |= {
            "RateLimit-Limit": str(self.num_requests),
            "RateLimit-Remaining": str(self.turn.left),
            "RateLimit-Reset": str(self.turn.seconds),
        }
        return self.turn.allowed

    def wait(self) -> float:
        return self.turn.seconds

    def get_ident(self, request: Request) -> str:
        return network(super().get_ident(request) or "")

    def counted(self, ident: str) -> str:
        return f"throttle:{self.scope}:{ident}"


class AnyoneThrottle(SlidingThrottle):
    """By address, for those who are not signed in, at the doors that are open to them."""

    scope = "anyone"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return None if request.user.is_authenticated else self.counted(self.get_ident(request))


class StrangerThrottle(SlidingThrottle):
    """By address, where the answer is 401."""

    scope = "stranger"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return self.counted(self.get_ident(request))


class PersonThrottle(SlidingThrottle):
    scope = "person"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        return self.counted(str(request.user.pk)) if request.user.is_authenticated else None


class PredictionThrottle(PersonThrottle):
    """For the views that predict: `throttle_classes = [PredictionThrottle]`."""

    scope = "prediction"


def network(address: str) -> str:
    """What is counted as one: of IPv6 the 64 bits that one household or machine has to itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))
    return str(found)


def for_strangers(error: Exception, request: Request, view: "APIView") -> Exception:
    """The error of a request without a sign-in or with a wrong key; Throttled where its address sent too many.

    A page whose session has ended asks for a hundred pictures at once: the doors that count nothing count no such
    request either, but wrong keys they do.
    """
    counts = isinstance(error, AuthenticationFailed) or (isinstance(error, NotAuthenticated) and view.get_throttles())
    if not counts:
        return error
    throttle = StrangerThrottle()
    return error if throttle.allow_request(request, view) else Throttled(throttle.wait())
