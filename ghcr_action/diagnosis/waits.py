"""How long a registry asks us to wait, when it says so in a message instead of a header."""

import re

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
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|)")
_MESSAGE = re.compile(rf"retry-after\"?\s*[:=]\s*\"?((?:{_PART.pattern})+)", re.IGNORECASE)


def wait_seconds(text: str) -> float | None:
    """The wait in ``retry-after: 10.3ms, allowed: 2000/minute``, in seconds; a bare number is
    seconds. None where there is none.

    Durations are Go's (``1m0.5s``, ``974µs``), https://pkg.go.dev/time#Duration.String; seen at
    ghcr.io.
    """
    found = _MESSAGE.search(text)
    return (
        sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(found[1]))
        if found
        else None
    )
