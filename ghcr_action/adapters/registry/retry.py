"""When to ask again and how long to wait first: a policy as data, and the classes of answers as
a pure function.

Sources: the table of registry errors seen at GitHub's registry, and RFC 9110 section 10.2.3
(``Retry-After``).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from ghcr_action.adapters.registry.refusal import LOST_CODES

_PASSING = frozenset({408, 429, 499})
_FINAL = frozenset({501, 505})
_IN_MESSAGE = re.compile(r"retry-after:\s*(\d+(?:\.\d+)?)\s*(µs|μs|us|ms|s|m)\b", re.IGNORECASE)
_SECONDS = {"µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently a passing fault is tried again; times in seconds."""

    retries: int = 4
    first: float = 1.0
    growth: float = 2.0
    longest: float = 60.0

    def wait(self, attempt: int, jitter: float, asked: float | None = None) -> float | None:
        """Seconds before the next attempt, the first failed one being 0; None to give up.

        ``jitter`` is between 0 and 1. ``asked`` is the registry's own wish: it is kept, a little
        late, or we give up.
        """
        if attempt >= self.retries or (asked is not None and asked > self.longest):
            return None
        if asked is not None:
            return asked + jitter * self.first
        return min(self.longest, self.first * self.growth**attempt) * (0.5 + jitter / 2)


def may_pass(method: str, status: int, codes: frozenset[str], message: str) -> bool:
    """Whether this answer can be another one in some seconds.

    408, 429, 499 and 5xx can, and an upload or blob the registry lost sight of during a push; a
    pull limit by the day can't.
    """
    if status == 429 and "pull rate limit" in message:
        return False
    if method in ("PUT", "POST") and (codes & LOST_CODES or "unknown blob" in message.lower()):
        return True
    return status in _PASSING or (500 <= status < 600 and status not in _FINAL)


def asked_wait(header: str, message: str, now: datetime) -> float | None:
    """Seconds a registry asks for: in ``Retry-After`` (seconds or a date), else in the message
    (``retry-after: 1.1ms``)."""
    if header.strip().isdecimal():
        return float(header)
    if header:
        try:
            return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
        except (ValueError, TypeError, OverflowError):
            pass
    found = _IN_MESSAGE.search(message)
    return float(found[1]) * _SECONDS[found[2].lower()] if found else None
