"""moment.js formats, token by token."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.errors import InvalidValue
from ghcr_action.metadata import dates

MOMENT = datetime(2026, 3, 2, 15, 4, 5, 67890, tzinfo=UTC)
"""A Monday, in ISO week 10."""

TOKENS = {
    "M": "3",
    "Mo": "3rd",
    "MM": "03",
    "MMM": "Mar",
    "MMMM": "March",
    "Q": "1",
    "Qo": "1st",
    "D": "2",
    "Do": "2nd",
    "DD": "02",
    "DDD": "61",
    "DDDo": "61st",
    "DDDD": "061",
    "d": "1",
    "do": "1st",
    "dd": "Mo",
    "ddd": "Mon",
    "dddd": "Monday",
    "e": "1",
    "E": "1",
    "w": "10",
    "wo": "10th",
    "ww": "10",
    "W": "10",
    "Wo": "10th",
    "WW": "10",
    "Y": "2026",
    "YY": "26",
    "YYYY": "2026",
    "YYYYY": "02026",
    "YYYYYY": "+002026",
    "y": "2026",
    "yo": "2026th",
    "yy": "2026",
    "yyy": "2026",
    "yyyy": "2026",
    "N": "AD",
    "NN": "AD",
    "NNN": "AD",
    "NNNN": "Anno Domini",
    "NNNNN": "AD",
    "gg": "26",
    "gggg": "2026",
    "ggggg": "02026",
    "GG": "26",
    "GGGG": "2026",
    "GGGGG": "02026",
    "A": "PM",
    "a": "pm",
    "H": "15",
    "HH": "15",
    "h": "3",
    "hh": "03",
    "k": "15",
    "kk": "15",
    "hmm": "304",
    "hmmss": "30405",
    "Hmm": "1504",
    "Hmmss": "150405",
    "m": "4",
    "mm": "04",
    "s": "5",
    "ss": "05",
    "S": "0",
    "SS": "06",
    "SSS": "067",
    "SSSS": "0670",
    "SSSSSSSSS": "067000000",
    "x": "1772463845067",
    "X": "1772463845",
    "z": "UTC",
    "zz": "UTC",
    "Z": "+00:00",
    "ZZ": "+0000",
    "LT": "3:04 PM",
    "LTS": "3:04:05 PM",
    "L": "03/02/2026",
    "LL": "March 2, 2026",
    "LLL": "March 2, 2026 3:04 PM",
    "LLLL": "Monday, March 2, 2026 3:04 PM",
    "l": "3/2/2026",
    "ll": "Mar 2, 2026",
    "lll": "Mar 2, 2026 3:04 PM",
    "llll": "Mon, Mar 2, 2026 3:04 PM",
}


@pytest.mark.parametrize(("token", "expected"), TOKENS.items(), ids=TOKENS)
def test_text__of_token(token: str, expected: str) -> None:
    assert dates.text(MOMENT, token) == expected


PATTERNS = {
    "empty is ISO 8601": ("", "2026-03-02T15:04:05Z"),
    "date": ("YYYYMMDD", "20260302"),
    "dashes": ("YYYY-MM-DD", "2026-03-02"),
    "time": ("HHmmss", "150405"),
    "both": ("YYYYMMDD-HHmmss", "20260302-150405"),
    "dots": ("YYYY.MM.DD", "2026.03.02"),
    "letters that are no token": ("YYYY-MM-DDTHH:mm", "2026-03-02T15:04"),
    "milliseconds": ("YYYY-MM-DDTHH:mm:ss.SSS[Z]", "2026-03-02T15:04:05.067Z"),
    "brackets": ("[at] HH", "at 15"),
    "empty brackets": ("HH[]mm", "1504"),
    "brackets twice": ("[v]YYYY[x]MM", "v2026x03"),
    "bracket that never closes": ("[YYYY", "[2026"),
    "backslash": (r"\YYYYY", "YYYYY"),
    "backslash before two tokens": (r"\MM-MM", "MM-03"),
    "backslash at a long token": (r"\LT", "LT"),
    "long token in brackets": ("[LT]", "LT"),
    "calendar week": ("GGGG-[W]WW", "2026-W10"),
    "year of three letters": ("YYY", "262026"),
    "line end": ("HH\nmm", "15\n04"),
    "unicode": ("YYYY年MM月", "2026年03月"),
}


@pytest.mark.parametrize(("pattern", "expected"), PATTERNS.values(), ids=PATTERNS)
def test_text__of_pattern(pattern: str, expected: str) -> None:
    assert dates.text(MOMENT, pattern) == expected


MOMENTS = {
    "midnight": (datetime(2026, 1, 1, tzinfo=UTC), "h hh H k kk A", "12 12 0 24 24 AM"),
    "noon": (datetime(2026, 1, 1, 12, tzinfo=UTC), "h a", "12 pm"),
    "eleventh": (datetime(2026, 1, 11, tzinfo=UTC), "Do", "11th"),
    "thirteenth": (datetime(2026, 1, 13, tzinfo=UTC), "Do", "13th"),
    "twenty-third": (datetime(2026, 1, 23, tzinfo=UTC), "Do", "23rd"),
    "hundred-eleventh": (datetime(2026, 4, 21, tzinfo=UTC), "DDDo", "111th"),
    "last quarter": (datetime(2026, 12, 1, tzinfo=UTC), "Q", "4"),
    "Sunday begins the week": (
        datetime(2026, 3, 1, tzinfo=UTC),
        "d e E dddd w W",
        "0 0 7 Sunday 10 9",
    ),
    "first week has January 1st": (
        datetime(2026, 1, 1, tzinfo=UTC),
        "gggg-ww GGGG-WW",
        "2026-01 2026-01",
    ),
    "ISO week of the old year": (
        datetime(2027, 1, 1, tzinfo=UTC),
        "gggg-ww GGGG-WW",
        "2027-01 2026-53",
    ),
    "week of the new year": (
        datetime(2026, 12, 31, tzinfo=UTC),
        "gggg-ww GGGG-WW",
        "2027-01 2026-53",
    ),
    "last week of the old year": (datetime(2026, 12, 26, tzinfo=UTC), "gggg-ww", "2026-52"),
    "year that begins on a Sunday": (datetime(2023, 1, 1, tzinfo=UTC), "gggg-ww", "2023-01"),
    "Saturday before it": (datetime(2022, 12, 31, tzinfo=UTC), "gggg-ww", "2022-53"),
    "before 1970": (datetime(1969, 12, 31, 23, 59, 59, 500000, tzinfo=UTC), "X x", "-1 -500"),
    "year with zeros": (datetime(987, 1, 1, tzinfo=UTC), "YYYY Y y", "0987 0987 987"),
}


@pytest.mark.parametrize(("moment", "pattern", "expected"), MOMENTS.values(), ids=MOMENTS)
def test_text__of_moment(moment: datetime, pattern: str, expected: str) -> None:
    assert dates.text(moment, pattern) == expected


ZONES = {
    "UTC": ("UTC", "2026-03-02 15:04 UTC +00:00"),
    "UTC in lower case": ("utc", "2026-03-02 15:04 UTC +00:00"),
    "Berlin": ("Europe/Berlin", "2026-03-02 16:04 CET +01:00"),
    "another case": ("europe/berlin", "2026-03-02 16:04 CET +01:00"),
    "New York": ("America/New_York", "2026-03-02 10:04 EST -05:00"),
    "half hours": ("Asia/Kolkata", "2026-03-02 20:34 IST +05:30"),
    "St. John's, negative half hours": ("America/St_Johns", "2026-03-02 11:34 NST -03:30"),
    "next day": ("Pacific/Auckland", "2026-03-03 04:04 NZDT +13:00"),
    "old name that Debian no longer has": ("US/Pacific", "2026-03-02 07:04 PST -08:00"),
    "no letters": ("America/Sao_Paulo", "2026-03-02 12:04 -03 -03:00"),
}


@pytest.mark.parametrize(("name", "expected"), ZONES.values(), ids=ZONES)
def test_zone__shifts(name: str, expected: str) -> None:
    assert dates.text(MOMENT, "YYYY-MM-DD HH:mm z Z", dates.zone(name)) == expected


def test_text__empty_pattern_in_a_zone() -> None:
    assert dates.text(MOMENT, "", dates.zone("Europe/Berlin")) == "2026-03-02T16:04:05+01:00"


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "/etc/localtime", "CET/"]
)
def test_zone__unknown(name: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        dates.zone(name)

    assert (
        str(caught.value)
        == f"tz={name!r} is not a time zone: write an IANA name, for example 'Europe/Berlin'"
    )


ISO = {
    "milliseconds": (datetime(2026, 1, 2, 3, 4, 5, 6789, tzinfo=UTC), "2026-01-02T03:04:05.006Z"),
    "whole second": (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
    "from a zone": (
        datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        "2026-01-01T22:00:00.000Z",
    ),
}


@pytest.mark.parametrize(("moment", "expected"), ISO.values(), ids=ISO)
def test_iso__as_javascript(moment: datetime, expected: str) -> None:
    assert dates.iso(moment) == expected


YEARS = st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is the strategy's


@given(YEARS)
def test_text__agrees_with_python(moment: datetime) -> None:
    assert dates.text(moment, "YYYY-MM-DDTHH:mm:ss.SSSZ") == moment.isoformat(
        timespec="milliseconds"
    )


@given(YEARS)
def test_text__weeks_begin_on_sunday(moment: datetime) -> None:
    same_week = (
        moment + timedelta(days=1) if moment.isoweekday() != 6 else moment - timedelta(days=6)
    )

    assert dates.text(moment, "gggg-ww") == dates.text(same_week, "gggg-ww")


@given(st.text().filter(lambda text: not set(text) & set("[]")), YEARS)
def test_text__never_reads_what_stands_in_brackets(literal: str, moment: datetime) -> None:
    assert dates.text(moment, f"[{literal}]YYYY") == f"{literal}{moment.year}"
