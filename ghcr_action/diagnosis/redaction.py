"""Takes secrets out of a text before anybody reads it: known values, and whatever looks like a
credential."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from ghcr_action.values.secret import Secret

STARS = "***"
SHORT = 4
"""Characters below which a value is a word rather than a secret: inside other words it stays, or no
message could be read."""
_PLAIN_QUERY = (
    "account",
    "digest",
    "from",
    "last",
    "mount",
    "n",
    "page",
    "per_page",
    "ref",
    "scope",
    "service",
    "state",
    "visibility",
)
"""Query parameters whose values are no secret and help to understand a request."""

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_\w{16,})"), STARS),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), STARS),
    (re.compile(r"(://)[^/\s@\"']+@"), rf"\1{STARS}@"),
    (
        re.compile(
            r"(Authorization[\"']?\s*[:=]\s*[\"']?(?:Bearer|Basic|Token)\s+)[^\s\"']+",
            re.IGNORECASE,
        ),
        rf"\1{STARS}",
    ),
    (re.compile(r"\b(Bearer\s+)(?!realm=)[A-Za-z0-9+/_~.-]{20,}=*", re.IGNORECASE), rf"\1{STARS}"),
    (
        re.compile(
            r"(\"(?:auth|password|token|\w+_token|identitytoken|secret)\"\s*:\s*\")[^\"]*",
            re.IGNORECASE,
        ),
        rf"\1{STARS}",
    ),
    (re.compile(rf"([?&](?!(?:{'|'.join(_PLAIN_QUERY)})=)[\w.~%-]+=)[^&\s\"'#]+"), rf"\1{STARS}"),
)


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with stars for every given secret (also percent-encoded), GitHub tokens, JWTs,
    passwords in URLs, ``Authorization`` values, JSON members that hold credentials, and query
    values unless their parameter is known to be harmless.
    """
    values = {
        form
        for secret in secrets
        if secret
        for form in (secret.reveal(), quote(secret.reveal(), safe=""))
    }
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, STARS) if len(value) >= SHORT else _alone(value).sub(STARS, text)
    for shape, stars in _SHAPES:
        text = shape.sub(stars, text)
    return text


def _alone(value: str) -> re.Pattern[str]:
    """A value where no letter, digit or underscore stands beside it."""
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)")
