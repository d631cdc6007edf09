"""Finds the row of the catalogue that an answer belongs to, and tells the error by it."""

import re
from dataclasses import replace

from ghcr_action.diagnosis import (
    access_rows,
    api_rows,
    build_rows,
    links,
    network_rows,
    refusal_rows,
    signs,
    transfer_rows,
)
from ghcr_action.diagnosis.cleaning import clean
from ghcr_action.diagnosis.known import At, Circumstances, Known
from ghcr_action.diagnosis.redaction import redact
from ghcr_action.errors import ActionError
from ghcr_action.values.answer import Answer, Where

CATALOGUE: tuple[Known, ...] = (
    *api_rows.ROWS,
    *build_rows.ROWS,
    *transfer_rows.EXACT,
    *access_rows.EXACT,
    *network_rows.ROWS,
    *refusal_rows.GENERAL,
    *transfer_rows.GENERAL,
)
"""Every known cause. Order is specificity: the first row that fits is the finding."""

_SEARCHED = 20_000
"""Characters of what was said that are searched, from the end."""
_ERROR = r"(?m)^(?:#[0-9]+ )?(?:ERROR|Error|error): "


def find(answer: Answer, context: Circumstances | None = None) -> Known | None:
    """The row that fits an answer, None where none does.

    Of an engine's output what follows its last ``ERROR:`` counts.
    """
    context = replace(context or Circumstances(), answer=answer)
    words = clean(answer.words).strip()[-_SEARCHED:]
    words = _last_words(words) if answer.where is Where.ENGINE else words
    return next(
        (row for row in CATALOGUE if _holds(row, answer, context) and _fits(row, answer, words)),
        None,
    )


def explain(error: ActionError, context: Circumstances | None = None) -> ActionError:
    """An adapter's error with the cause and the fix of the catalogue, its own words kept below the
    cause; the error itself where nobody answered or the catalogue does not know it.
    """
    row = find(error.answer, context) if error.answer else None
    if row is None or error.answer is None:
        return error
    context = context or Circumstances()
    words = redact(error.answer.words, context.secrets)
    context = replace(context, answer=replace(error.answer, words=words))
    known = links.names(context)
    cause, fix = (links.sentence(text, known) for text in (row.cause, row.fix))
    why = "\n".join(filter(None, (cause, redact(error.why, context.secrets))))
    told = row.kind(
        f"{redact(error.what, context.secrets)} [{row.code}]",
        why=why,
        fix=fix,
        docs=row.docs,
        code=row.code,
        answer=error.answer,
    )
    told.cause, told.writes = cause, error.writes
    return told


def _holds(row: Known, answer: Answer, context: Circumstances) -> bool:
    """Whether every condition of a row holds."""
    whose = At.GITHUB if context.is_at_github else At.ELSEWHERE
    return (
        answer.where in row.where
        and row.at in (At.ANYWHERE, whose)
        and (not row.methods or answer.method in ("", *row.methods))
        and (not row.parts or answer.part in (None, *row.parts))
        and (not row.path or re.search(row.path, answer.url) is not None)
        and row.when(context)
    )


def _fits(row: Known, answer: Answer, words: str) -> bool:
    """Whether one sign of a row is there."""
    return (
        answer.status in row.statuses
        or bool(answer.codes.intersection(row.codes))
        or answer.fault in row.faults
        or any(signs.are_in(each, words) for each in row.patterns)
    )


def _last_words(text: str) -> str:
    starts = [found.start() for found in re.finditer(_ERROR, text)]
    return text[starts[-1] :] if starts else text
