"""A report as a file, for a later run that may comment where this one may not: data only,
checked when it is read.

The reader works with rights that the writer does not have, and a fork decides what stands in the
file. So its schema and size are checked, nothing of it is Markdown, and what the event knows (which
commit, which pull request, which run) is taken from the event.
"""

import json
from dataclasses import replace

from ghcr_action.errors import ContentInvalid, InvalidValue, PolicyRefused
from ghcr_action.report.comment import codes, rows, schema
from ghcr_action.report.comment.rows import Row
from ghcr_action.values.event import WorkflowRun

MAX_REPORT = 256 * 1024
"""Bytes."""
VERSION = 1


def dump(*own: Row) -> bytes:
    """The file's content: ``{"version": 1, "row": {…}}``, or ``rows`` where a run has several."""
    written = [schema.dump(row) for row in own]
    told = {"row": written[0]} if len(written) == 1 else {"rows": written}
    return json.dumps({"version": VERSION, **told}, indent=1, ensure_ascii=False).encode()


def load(content: bytes) -> tuple[Row, ...]:
    """The rows again. Raises ContentInvalid for a file that is too large, of another version, or
    not of this shape."""
    if len(content) > MAX_REPORT:
        raise _refused(f"it has more than the {MAX_REPORT} bytes that are allowed")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as cause:
        raise _refused("it is not JSON") from cause
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise _refused(f"it is no report of version {VERSION}")
    if document.keys() == {"version", "row"}:
        return (_row(document["row"]),)
    listed = document.get("rows")
    if document.keys() != {"version", "rows"} or not isinstance(listed, list):
        raise _refused(f"it is no report of version {VERSION}")
    if len(listed) > rows.MAX_ROWS:
        raise _refused(f"it has {len(listed)} rows: {rows.MAX_ROWS} are allowed")
    return tuple(map(_row, listed))


def _row(document: object) -> Row:
    try:
        row = schema.load(document, Row)
    except InvalidValue as cause:
        raise _refused(str(cause)) from cause
    if row.status not in (rows.PUSHED, rows.BUILT, rows.FAILED):
        raise _refused("its status is none that a run ends with")
    return row


def trusted(row: Row, run: WorkflowRun) -> Row:
    """The row as far as the event vouches for it: commit and run are the event's, it has pushed
    nothing, and every sentence is ours: of its failure it carries the code.

    Raises PolicyRefused where the report is about another commit than the run that is said to have
    written it.
    """
    if row.sha != run.head_sha:
        raise PolicyRefused(
            "The report is not about the run that this workflow was started for",
            why=f"it names commit {row.sha[:40] or '(none)'}, the run built {run.head_sha}",
            fix="Nothing to do, unless you wrote the report: then save it in the job that builds.",
        )
    status = rows.FAILED if row.failure else rows.BUILT
    vouched = replace(
        row,
        status=status,
        run_id=run.run_id,
        check_run_id=0,
        run_number=run.run_number,
        attempt=run.attempt,
    )
    return replace(
        vouched,
        tags=(),
        good_digest="",
        good_sha="",
        removed="",
        visibility="",
        attestation="",
        package_url="",
        reason=codes.reason(row.reason),
        base_reason="nothing of the base branch was read" if row.base_reason else "",
        failure=codes.told(row.failure) if row.failure else None,
    )


def _refused(why: str) -> ContentInvalid:
    return ContentInvalid(
        "The report can't be used",
        why=why,
        fix="Save it with the output `report` of this action's publishing run.",
    )
