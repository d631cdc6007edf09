"""Finds the row of the catalogue that a failure belongs to, and tells it as an error."""

import re
from http import HTTPStatus

from ghcr_action.diagnosis import access_rows, api_rows, build_rows, transfer_rows
from ghcr_action.diagnosis.known import Circumstances, Diagnosis, Known, Retry, Where
from ghcr_action.diagnosis.links import names
from ghcr_action.diagnosis.redaction import redact
from ghcr_action.diagnosis.waits import wait_seconds
from ghcr_action.errors import AccessDenied, ActionError, NotFound, Unavailable

CATALOGUE: tuple[Known, ...] = (
    *api_rows.ROWS,
    *build_rows.ROWS,
    *transfer_rows.EXACT,
    *access_rows.EXACT,
    *access_rows.GENERAL,
    *transfer_rows.GENERAL,
)
"""Every known cause. Order is specificity: the first row that fits in place, text and circumstances
is the finding."""

_SEARCHED, _KEPT, _LINE = 20_000, 4000, 300
"""Longest text that is searched, longest one and longest line that a person is shown: characters,
from the end."""

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_PREFIX = re.compile(
    r"(?:(?:#\d+ )?error: |buildx failed with: |failed to solve: )+", re.IGNORECASE
)
"""What docker and buildx put before their last words."""
_ERROR = re.compile(r"^(?:#\d+ )?(?:ERROR|Error|error): ", re.MULTILINE)
_UNKNOWN = "GHCR-UNKNOWN"


def diagnose(
    text: str, *, where: Where, status: int | None = None, context: Circumstances | None = None
) -> Diagnosis:
    """What a failure means.

    ``text`` is what the failing side said: an engine's output, of which what follows its last
    ``ERROR:`` counts, or an answer's body, with method and URL in front where they are known (some
    causes show only there). ``status`` is HTTP's.
    """
    context = context or Circumstances()
    text = redact(_ESCAPES.sub("", text).strip(), context.secrets)[-_SEARCHED:]
    said = _last_words(text) if where is Where.ENGINE else text
    searched = f"{said}\nHTTP {status}" if status else said
    for row in CATALOGUE:
        if where in row.where and row.when(context) and (found := _search(row, searched)):
            return _finding(row, _line(said, searched, found.start(), status), context, text)
    return _unknown(_line(said, searched, len(said), status), context, text, status)


def to_error(diagnosis: Diagnosis) -> ActionError:
    """The diagnosis as the error a mode raises."""
    return diagnosis.kind(
        diagnosis.what,
        why=diagnosis.why,
        fix=diagnosis.fix,
        docs=diagnosis.docs,
        code=diagnosis.code,
    )


def explain(
    error: ActionError, *, where: Where, context: Circumstances | None = None
) -> ActionError:
    """An adapter's error with the cause and the fix of the catalogue, its own words kept below the
    cause; the error itself where the catalogue does not know it.
    """
    found = diagnose(f"{error.what}\n{error.why}", where=where, context=context)
    if found.code == _UNKNOWN:
        return error
    secrets = context.secrets if context else ()
    why = "\n".join(filter(None, (found.why, redact(error.why, secrets))))
    return found.kind(
        f"{redact(error.what, secrets)} [{found.code}]",
        why=why,
        fix=found.fix,
        docs=found.docs,
        code=found.code,
    )


def _last_words(text: str) -> str:
    starts = [found.start() for found in _ERROR.finditer(text)]
    return text[starts[-1] :] if starts else text


def _search(row: Known, text: str) -> re.Match[str] | None:
    matches = (re.search(pattern, text, re.IGNORECASE | re.MULTILINE) for pattern in row.patterns)
    return next(filter(None, matches), None)


def _line(text: str, searched: str, position: int, status: int | None) -> str:
    """The line around a position; the last line where only the status speaks; the status where
    nothing does."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    around = searched[searched.rfind("\n", 0, position) + 1 :].partition("\n")[0].strip()
    said = around if around in lines else "".join(lines[-1:])
    return _PREFIX.sub("", said, count=1)[:_LINE] or (_phrase(status) if status else "no message")


def _phrase(status: int) -> str:
    return (
        f"HTTP {status} {HTTPStatus(status).phrase}"
        if status in list(HTTPStatus)
        else f"HTTP {status}"
    )


def _finding(row: Known, line: str, context: Circumstances, raw: str) -> Diagnosis:
    words = names(context)
    return Diagnosis(
        code=row.code,
        kind=row.kind,
        what=_what(line, row.code, context),
        why=row.cause.format_map(words),
        fix=row.fix.format_map(words),
        docs=row.docs,
        retry=row.retry,
        wait=wait_seconds(raw),
        raw=raw[-_KEPT:],
    )


def _unknown(line: str, context: Circumstances, raw: str, status: int | None) -> Diagnosis:
    is_passing = status in (408, 429, 499) or (status or 0) >= 500
    kinds = {401: AccessDenied, 403: AccessDenied, 404: NotFound}
    return Diagnosis(
        code=_UNKNOWN,
        kind=Unavailable if is_passing else kinds.get(status or 0, ActionError),
        what=_what(line, _UNKNOWN, context),
        why="" if raw == line else raw[-_KEPT:],
        fix=(
            "This failure is not in our catalogue. If the message does not say what to "
            "do, report it to us with this text."
        ),
        docs="",
        retry=Retry.PASSING if is_passing else Retry.NEVER,
        wait=wait_seconds(raw),
        raw=raw[-_KEPT:],
    )


def _what(line: str, code: str, context: Circumstances) -> str:
    return f"{context.doing} failed: {line} [{code}]" if context.doing else f"{line} [{code}]"
