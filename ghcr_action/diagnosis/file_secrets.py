"""What of a secret's file nobody may read in a log: its lines, and the values in them that are
called secrets.

A value that stands alone is hidden as one that is given by ``secrets``. Of a file over several
lines, no brace and no bare word is: they are in every log.
"""

from collections.abc import Iterator

from ghcr_action.diagnosis import redaction
from ghcr_action.values.secret import Secret

MOST = 16 * 1024
"""Bytes of a file whose lines are looked for: keys, tokens and logins are smaller, and each line is
looked for in each line of the log."""
_TELLING = 6
"""Letters and digits from which a line of several is a secret."""
_VALUE = 8
"""Characters of a value behind a name."""
_AROUND = " \t\"',;"
_NAMES = frozenset({"auth", "_auth", "_authtoken", "identitytoken"})
"""Names of npm and docker that end in no word for a secret."""


def found(content: bytes) -> tuple[Secret, ...] | None:
    """The secrets in a file; None where it is no text, or has more than ``MOST`` bytes."""
    if len(content) > MOST or b"\0" in content:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return tuple(map(Secret, lines))
    telling = (line for line in lines if sum(map(str.isalnum, line)) >= _TELLING)
    values = (value for line in lines for value in _values(line))
    return tuple(dict.fromkeys((*map(Secret, (*telling, *values)), *redaction.found(text))))


def _values(line: str) -> Iterator[str]:
    """The value behind the last name of a line: ``//host/:_authToken=x``, ``"auth": "x"``,
    ``password x``."""
    for mark in ("=", ":", " "):
        before, _, value = line.partition(mark)
        name = before.rpartition(":")[2].strip(_AROUND).lower()
        if len(found := value.strip(_AROUND)) >= _VALUE and (
            name in _NAMES or redaction.is_secret_name(name)
        ):
            yield found
