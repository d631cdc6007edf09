"""Durations as people write them, ``7 days``, in every spelling of other clean-up actions."""

import re
from datetime import timedelta

from ghcr_action.errors import InvalidValue

_UNITS = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "w": timedelta(weeks=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "y": timedelta(days=365),
    "year": timedelta(days=365),
}
_PART = re.compile(r"([0-9]{1,5}) ?([a-z]+)")
_LONGEST = timedelta(days=36500)


def parse(text: str) -> timedelta:
    """``7 days``, ``12h``, ``1 week 2 days``, ``0``; a month is 30 days, a year 365. Raises
    InvalidValue."""
    words = " ".join(text.lower().replace(",", " ").split())
    if words == "0":
        return timedelta()
    if not words or _PART.sub("", words).strip():
        raise _refusal(text)
    total = timedelta()
    for count, unit in _PART.findall(words):
        length = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
        if length is None:
            raise _refusal(text)
        total += int(count) * length
    return min(total, _LONGEST)


def say(age: timedelta) -> str:
    """The same in days, hours and minutes: ``7 days``, ``1 day 12 hours``, ``0 minutes``."""
    seconds = int(age.total_seconds())
    parts = (
        (seconds // 86400, "day"),
        (seconds % 86400 // 3600, "hour"),
        (seconds % 3600 // 60, "minute"),
    )
    said = tuple(f"{count} {unit}{'s' * (count != 1)}" for count, unit in parts if count)
    return " ".join(said) or "0 minutes"


def _refusal(text: str) -> InvalidValue:
    return InvalidValue(
        f"{text!r} is not a duration: write a number and a unit, for example `7 days`, "
        "`12h` or `1 week 2 days`"
    )
