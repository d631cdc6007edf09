"""Whether words hold the sign of a known failure.

A sign is an expression. Where it says ``.*``, anything may stand on the same line; the part in
front of it is looked for first, and the one behind it from there on, so that no text of a stranger
costs more than its length.
"""

import re
from functools import cache

GAP = ".*"


def are_in(sign: str, words: str) -> bool:
    """Whether some line has every part, one behind the other; case does not matter."""
    first, *others = parts(sign)
    at = 0
    while found := first.search(words, at):
        line = words.find("\n", found.end())
        at = line if line >= 0 else len(words)
        if _follow(others, words, found.end(), at):
            return True
        at += 1
    return False


@cache
def parts(sign: str) -> tuple[re.Pattern[str], ...]:
    """The expressions between the gaps."""
    return tuple(re.compile(each, re.IGNORECASE | re.MULTILINE) for each in sign.split(GAP))


def _follow(others: list[re.Pattern[str]], words: str, at: int, end: int) -> bool:
    for each in others:
        found = each.search(words, at, end)
        if not found:
            return False
        at = found.end()
    return True
