"""moment.js date formats, which the expressions ``date`` and ``commit_date`` speak."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ghcr_action.errors import InvalidValue

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_LONG: Final = {
    "LTS": "h:mm:ss A",
    "LT": "h:mm A",
    "L": "MM/DD/YYYY",
    "LL": "MMMM D, YYYY",
    "LLL": "MMMM D, YYYY h:mm A",
    "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "l": "M/D/YYYY",
    "ll": "MMM D, YYYY",
    "lll": "MMM D, YYYY h:mm A",
    "llll": "ddd, MMM D, YYYY h:mm A",
}
_LONG_TOKEN = r"(\[[^\[]*\])|\\?(?:LTS|LT|L{1,4}|l{1,4})"
_TOKEN = (
    r"(?s)\[([^\[]*)\]|(\\?)((?:[Hh]mm(?:ss)?|Mo|M{1,4}|Do|DDDo|D{1,4}|d{2,4}|do?|w[ow]?|W[oW]?|Qo?|N{1,5}|Y{4,6}|YY?"
    r"|y{2,4}|yo?|g{4,5}|gg|G{4,5}|GG|e|E|a|A|hh?|HH?|kk?|mm?|ss?|S{1,9}|x|X|zz?|ZZ?|.))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(moment: datetime, pattern: str, zone: tzinfo = UTC) -> str:
    """A time in a zone, written by a moment.js pattern; the empty pattern is ISO 8601 in seconds.

    Letters that are no token stay; ``[…]`` and a backslash escape.
    """
    local = moment.astimezone(zone)
    pattern = pattern or ("YYYY-MM-DDTHH:mm:ssZ" if local.utcoffset() else "YYYY-MM-DDTHH:mm:ss[Z]")
    pattern = re.sub(_LONG_TOKEN, lambda found: _LONG.get(found[0], found[0]), pattern)

    def written(found: re.Match[str]) -> str:
        literal, slash, token = found.groups()
        if literal is not None or slash or token not in _TOKENS:
            return str(token if literal is None else literal)
        return _TOKENS[token](local)

    return re.sub(_TOKEN, written, pattern)


def iso(moment: datetime) -> str:
    """UTC with milliseconds and ``Z``, as JavaScript's ``Date.toISOString`` writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def zone(name: str) -> tzinfo:
    """The IANA zone of this name, in any case. Raises InvalidValue for an unknown one.

    Source: https://www.iana.org/time-zones, by the system's copy.
    """
    import zoneinfo

    if name.upper() == "UTC":
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = next(
            (known for known in zoneinfo.available_timezones() if known.lower() == name.lower()),
            None,
        )
    if known:
        return zoneinfo.ZoneInfo(known)
    raise InvalidValue(
        f"tz={name!r} is not a time zone: write an IANA name, for example 'Europe/Berlin'"
    )


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _day(moment: datetime) -> int:
    """Sunday is 0."""
    return moment.isoweekday() % 7


def _week(moment: datetime) -> tuple[int, int]:
    """Year and week as North America counts: weeks start on Sunday, and the one with January 1st is
    the first."""
    saturday = moment.date() + timedelta(days=6 - _day(moment))
    if saturday.year > moment.year:
        return saturday.year, 1
    return moment.year, (saturday.timetuple().tm_yday + 6) // 7


def _offset(moment: datetime, colon: str) -> str:
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _fraction(digits: int) -> Callable[[datetime], str]:
    """Milliseconds are all that a JavaScript date has; further digits are zero."""
    return lambda moment: f"{moment.microsecond // 1000:03}000000"[:digits]


_TOKENS: Final[dict[str, Callable[[datetime], str]]] = {
    "M": lambda at: str(at.month),
    "Mo": lambda at: _ordinal(at.month),
    "MM": lambda at: f"{at.month:02}",
    "MMM": lambda at: _MONTHS[at.month - 1][:3],
    "MMMM": lambda at: _MONTHS[at.month - 1],
    "Q": lambda at: str((at.month + 2) // 3),
    "Qo": lambda at: _ordinal((at.month + 2) // 3),
    "D": lambda at: str(at.day),
    "Do": lambda at: _ordinal(at.day),
    "DD": lambda at: f"{at.day:02}",
    "DDD": lambda at: str(at.timetuple().tm_yday),
    "DDDo": lambda at: _ordinal(at.timetuple().tm_yday),
    "DDDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "d": lambda at: str(_day(at)),
    "do": lambda at: _ordinal(_day(at)),
    "dd": lambda at: _DAYS[_day(at)][:2],
    "ddd": lambda at: _DAYS[_day(at)][:3],
    "dddd": lambda at: _DAYS[_day(at)],
    "e": lambda at: str(_day(at)),
    "E": lambda at: str(at.isoweekday()),
    "w": lambda at: str(_week(at)[1]),
    "wo": lambda at: _ordinal(_week(at)[1]),
    "ww": lambda at: f"{_week(at)[1]:02}",
    "W": lambda at: str(at.isocalendar().week),
    "Wo": lambda at: _ordinal(at.isocalendar().week),
    "WW": lambda at: f"{at.isocalendar().week:02}",
    "Y": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "YYYY": lambda at: f"{at.year:04}",
    "YYYYY": lambda at: f"{at.year:05}",
    "YYYYYY": lambda at: f"+{at.year:06}",
    "y": lambda at: str(at.year),
    "yo": lambda at: _ordinal(at.year),
    "yy": lambda at: f"{at.year:02}",
    "yyy": lambda at: f"{at.year:03}",
    "yyyy": lambda at: f"{at.year:04}",
    "gg": lambda at: f"{_week(at)[0] % 100:02}",
    "gggg": lambda at: f"{_week(at)[0]:04}",
    "ggggg": lambda at: f"{_week(at)[0]:05}",
    "GG": lambda at: f"{at.isocalendar().year % 100:02}",
    "GGGG": lambda at: f"{at.isocalendar().year:04}",
    "GGGGG": lambda at: f"{at.isocalendar().year:05}",
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "H": lambda at: str(at.hour),
    "HH": lambda at: f"{at.hour:02}",
    "h": lambda at: str(_hour12(at)),
    "hh": lambda at: f"{_hour12(at):02}",
    "k": lambda at: str(at.hour or 24),
    "kk": lambda at: f"{at.hour or 24:02}",
    "hmm": lambda at: f"{_hour12(at)}{at.minute:02}",
    "hmmss": lambda at: f"{_hour12(at)}{at.minute:02}{at.second:02}",
    "Hmm": lambda at: f"{at.hour}{at.minute:02}",
    "Hmmss": lambda at: f"{at.hour}{at.minute:02}{at.second:02}",
    "m": lambda at: str(at.minute),
    "mm": lambda at: f"{at.minute:02}",
    "s": lambda at: str(at.second),
    "ss": lambda at: f"{at.second:02}",
    **{"S" * digits: _fraction(digits) for digits in range(1, 10)},
    "x": lambda at: str((at - _EPOCH) // timedelta(milliseconds=1)),
    "X": lambda at: str((at - _EPOCH) // timedelta(seconds=1)),
    "z": lambda at: at.tzname() or "",
    "zz": lambda at: at.tzname() or "",
    "Z": lambda at: _offset(at, ":"),
    "ZZ": lambda at: _offset(at, ""),
    **dict.fromkeys(("N", "NN", "NNN", "NNNNN"), lambda _: "AD"),
    "NNNN": lambda _: "Anno Domini",
}
