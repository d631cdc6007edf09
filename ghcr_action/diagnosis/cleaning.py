"""Strangers' texts without what a terminal obeys instead of showing: the one cleaning for log,
standard output and reports.

Sources: ECMA-48 (control sequences and strings, links too), UAX #9 (marks that turn text around).
"""

import re

_INVISIBLE = (
    r"(?P<colour>\x1b\[[0-9;:]*m)|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_](?:[^\x07\x1b\n]|\x1b(?!\\))*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_BREAKS = r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+"


def clean(text: str, *, colours: bool = False) -> str:
    """Lines that only show; colours stay where that is asked for."""
    if text.isprintable() and text.isascii():
        return text
    ended = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(_INVISIBLE, r"\g<colour>" if colours else "", ended)


def one_line(text: str) -> str:
    """The same on one line."""
    return clean(re.sub(_BREAKS, " ", text))
