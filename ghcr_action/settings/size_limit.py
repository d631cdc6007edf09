"""The settings of ``size-limit``: how much an image may grow."""

import re
from dataclasses import dataclass

from ghcr_action.errors import SettingsError
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.visibility import Check

_LIMIT = r"(?i)\+?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|[kmg]?i?b?)"
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


@dataclass(frozen=True, kw_only=True)
class SizeLimit:
    """By how much each platform may grow against the base branch: bytes, or a share."""

    text: str
    size: int | None = None
    share: float | None = None
    """0.1 for 10 %."""
    check: Check = Check.WARN

    def allows(self, before: int, after: int) -> bool:
        """Whether this change is small enough."""
        allowed = before * self.share if self.share is not None else self.size or 0
        return after - before <= allowed


def parse(reader: Reader) -> SizeLimit | None:
    """``size-limit`` and ``size-check``; None where nothing is limited. Problems stay with the
    reader."""
    text, check = reader.text("size-limit"), reader.choice("size-check", tuple(Check))
    return reader.part(None, lambda: _limit(text, check)) if text else None


def _limit(text: str, check: Check) -> SizeLimit:
    found = re.fullmatch(_LIMIT, text)
    if not found:
        raise SettingsError(
            f"`size-limit` is {text!r}",
            why="it is a share or a number of bytes",
            fix="size-limit: 10%",
        )
    number, unit = float(found["number"]), found["unit"].lower()
    if unit == "%":
        return SizeLimit(text=text, share=number / 100, check=check)
    step = 1000 if unit in ("kb", "mb", "gb") else 1024
    power = _POWERS[unit.removesuffix("b").removesuffix("i")]
    return SizeLimit(text=text, size=round(number * step**power), check=check)
