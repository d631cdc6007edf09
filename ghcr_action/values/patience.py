"""How often and how patiently something is asked again: the one policy of every retry, and the one
reader of what the other side asks for."""

import re
from dataclasses import dataclass
from datetime import datetime

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "": 1.0,
}
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ns|us|µs|μs|ms|s|m|h|)")
_MESSAGE = re.compile(
    rf'retry-after"?\s{{0,9}}[:=]\s{{0,9}}"?((?:{_PART.pattern}){{1,9}})', re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Waits in seconds: the first is ``shortest``, each is twice the one before, none is longer
    than ``longest``."""

    retries: int = 4
    shortest: float = 1.0
    longest: float = 60.0
    unreached: int | None = None
    """How often, where nobody was there at all; None: as any other fault."""

    @property
    def total(self) -> float:
        """The longest that all waits can be together."""
        waits = (self.wait(attempt, 1.0) or 0.0 for attempt in range(self.retries))
        return sum(waits)

    def wait(self, attempt: int, jitter: float, asked: float | None = None) -> float | None:
        """Seconds before the next attempt, the first failed one being 0; None to give up.

        ``jitter`` is between 0 and 1: what many clients do at once is spread over half of the wait.
        ``asked`` is what the other side asks for: it is kept, a little late, or we give up.
        """
        if attempt >= self.retries or (asked is not None and asked > self.longest):
            return None
        if asked is not None:
            return asked + jitter * self.shortest
        return min(self.longest, self.shortest * 2.0**attempt) * (0.5 + jitter / 2)


def asked_wait(header: str, message: str, now: datetime) -> float | None:
    """Seconds to wait: of the header ``Retry-After`` (seconds or a date), else of the message; None
    where neither says.

    Source: RFC 9110 section 10.2.3, https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3.
    """
    if header.strip().isdecimal():
        return float(header)
    if header:
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
        except (ValueError, TypeError, OverflowError):
            pass
    return wait_in(message)


def wait_in(message: str) -> float | None:
    """The wait in ``retry-after: 10.3ms, allowed: 2000/minute``, in seconds; a bare number is
    seconds. None where there is none.

    Durations are Go's (``1m0.5s``, ``974µs``), https://pkg.go.dev/time#Duration.String; seen at
    ghcr.io.
    """
    found = _MESSAGE.search(message)
    return (
        sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(found[1]))
        if found
        else None
    )
