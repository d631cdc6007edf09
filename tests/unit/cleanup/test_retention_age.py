from datetime import timedelta

import pytest

from ghcr_action.cleanup import age
from ghcr_action.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 days", timedelta(days=7)),
        ("1 day", timedelta(days=1)),
        ("12h", timedelta(hours=12)),
        ("90 s", timedelta(seconds=90)),
        ("1 week 2 days", timedelta(days=9)),
        ("2w3d", timedelta(days=17)),
        ("1 month", timedelta(days=30)),
        ("1 Year, 30 MIN", timedelta(days=365, minutes=30)),
        ("0", timedelta()),
        ("0 days", timedelta()),
        ("99999 years", timedelta(days=36500)),
    ],
)
def test_parse__durations_as_people_write_them(text: str, expected: timedelta) -> None:
    assert age.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "days",
        "7 dais",
        "seven days",
        "-7 days",
        "1.5 days",
        "7 days ago",
        "123456 days",
        "7 s s",
    ],
)
def test_parse__refuses_what_is_none(text: str) -> None:
    with pytest.raises(InvalidValue, match="is not a duration: write a number and a unit"):
        age.parse(text)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (timedelta(days=7), "7 days"),
        (timedelta(days=1, hours=12), "1 day 12 hours"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(), "0 minutes"),
    ],
    ids=["days", "day and hours", "minute", "nothing"],
)
def test_say__largest_units_first(value: timedelta, said: str) -> None:
    assert age.say(value) == said
