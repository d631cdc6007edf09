from datetime import UTC, datetime

import pytest

from ghcr_action.adapters.registry.retry import is_transient
from ghcr_action.values.patience import Patience, asked_wait

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
POLICY = Patience(retries=3, shortest=1.0, longest=5.0)

WAITS = {
    "first": (0, 1.0, None, 1.0),
    "second": (1, 1.0, None, 2.0),
    "third": (2, 1.0, None, 4.0),
    "none left": (3, 1.0, None, None),
    "jitter halves at most": (2, 0.0, None, 2.0),
    "asked for": (0, 0.5, 3.0, 3.5),
    "asked for nothing": (0, 0.0, 0.0, 0.0),
    "asked for too much": (0, 0.5, 5.1, None),
}


@pytest.mark.parametrize(
    ("attempt", "jitter", "asked", "expected"), WAITS.values(), ids=WAITS.keys()
)
def test_wait__before_the_next_attempt(
    attempt: int, jitter: float, asked: float | None, expected: float | None
) -> None:
    assert POLICY.wait(attempt, jitter, asked) == expected


def test_wait__never_above_the_longest() -> None:
    assert Patience(retries=20).wait(15, 1.0) == 60.0


CLASSES = {
    "200": ("GET", 200, "", "", False),
    "400": ("PUT", 400, "MANIFEST_INVALID", "manifest invalid", False),
    "401": ("GET", 401, "UNAUTHORIZED", "authentication required", False),
    "403": ("PUT", 403, "DENIED", "permission_denied: write_package", False),
    "404": ("GET", 404, "MANIFEST_UNKNOWN", "manifest unknown", False),
    "405": ("DELETE", 405, "UNSUPPORTED", "The operation is unsupported.", False),
    "408": ("GET", 408, "", "", True),
    "416": ("PATCH", 416, "REQUESTED_RANGE_NOT_SATISFIABLE", "exceeds 4.00MiB", False),
    "429": ("GET", 429, "TOOMANYREQUESTS", "retry-after: 1.1ms, allowed: 44000/minute", True),
    "429 by the day": (
        "GET",
        429,
        "TOOMANYREQUESTS",
        "You have reached your pull rate limit",
        False,
    ),
    "499": ("PUT", 499, "", "", True),
    "500": ("PUT", 500, "UNKNOWN", "", True),
    "501": ("GET", 501, "", "", False),
    "502": ("GET", 502, "", "", True),
    "503": ("GET", 503, "", "Egress is over the account limit", True),
    "504": ("HEAD", 504, "", "", True),
    "505": ("GET", 505, "", "", False),
    "upload lost": ("PUT", 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown", True),
    "upload invalid": ("PUT", 400, "BLOB_UPLOAD_INVALID", "blob upload invalid", True),
    "blob lost": ("PUT", 400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", True),
    "unknown blob, in words": ("PUT", 400, "", "Unknown Blob", True),
    "blob unknown when read": ("GET", 404, "BLOB_UNKNOWN", "unknown blob", False),
}


@pytest.mark.parametrize(
    ("method", "status", "code", "message", "expected"), CLASSES.values(), ids=CLASSES.keys()
)
def test_may_pass__by_class(
    method: str, status: int, code: str, message: str, expected: bool
) -> None:
    assert is_transient(method, status, frozenset({code} - {""}), message) == expected


ASKED = {
    "seconds": ("120", "", 120.0),
    "a date": ("Mon, 23 Nov 2026 12:00:30 GMT", "", 30.0),
    "a date that has passed": ("Mon, 23 Nov 2026 11:00:00 GMT", "", 0.0),
    "a date without a zone": ("Mon, 23 Nov 2026 12:00:30 -0000", "", None),
    "nonsense": ("soon", "", None),
    "a date in no zone of this world": (
        "Mon, 23 Nov 2026 12:00:30 +99999999999999999999",
        "",
        None,
    ),
    "message, ms": ("", "retry-after: 10.3ms, allowed: 2000/minute", 0.0103),
    "message, µs": ("", "retry-after: 500µs, allowed: 44000/minute", 0.0005),
    "message, s": ("", "toomanyrequests: Retry-After: 2s", 2.0),
    "message after nonsense": ("soon", "retry-after: 1ms", 0.001),
    "header before message": ("3", "retry-after: 1ms", 3.0),
    "nothing": ("", "slow down", None),
}


@pytest.mark.parametrize(("header", "message", "expected"), ASKED.values(), ids=ASKED.keys())
def test_asked_wait__from_header_or_message(
    header: str, message: str, expected: float | None
) -> None:
    found = asked_wait(header, message, NOW)

    assert found == (expected if expected is None else pytest.approx(expected))
