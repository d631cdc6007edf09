"""What ``docker buildx build --call=check`` writes for people, read back as warnings: it ends with
an error that says no more than a ruled line.

Source: https://github.com/moby/buildkit/blob/master/frontend/subrequests/lint/lint.go.
"""

import re
from collections.abc import Sequence

from ghcr_action.buildx import failure
from ghcr_action.buildx.checks import BuildWarning

_RULE = r"WARNING: (?P<rule>\w+)(?: - (?P<url>\S+))?"


def warnings(call: str, lines: Sequence[str]) -> tuple[BuildWarning, ...]:
    """Each warning of this ``call``, in order; none where it asks for no checks."""
    if call != "check":
        return ()
    starts = [number for number, line in enumerate(lines) if re.fullmatch(_RULE, line)]
    ends = (*starts[1:], len(lines))
    return tuple(_warning(lines[start:end]) for start, end in zip(starts, ends, strict=False))


def _warning(lines: Sequence[str]) -> BuildWarning:
    """One warning: its rule, its sentence, and where it stands."""
    named, place = re.fullmatch(_RULE, lines[0]), failure.snippet(lines)
    return BuildWarning(
        text=next((line for line in lines[1:] if line.strip()), ""),
        rule=named["rule"] if named else "",
        url=(named["url"] or "") if named else "",
        file=place.file,
        line=place.line,
        end_line=place.end_line,
    )
