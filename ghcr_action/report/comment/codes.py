"""Words for an error's code, for what a report of a stranger carries as the code alone."""

from ghcr_action.diagnosis import find, links
from ghcr_action.diagnosis.known import Circumstances
from ghcr_action.report.comment.rows import FailureCells

MAX_LINES = 10
MAX_LINE = 200
"""Lines of the failing step that are shown, fenced, as what they are: a stranger's log."""
_LOG = "The run's log says why; the link to it stands below."
_KINDS = {
    "ACCESS-DENIED": "The token may not do this",
    "BUILD": "The build failed",
    "CONTENT": "What was received is not what it claims to be",
    "MACHINE": "The machine's disk or file system refused",
    "NOT-FOUND": "Something that is named is not there",
    "OTHER-DIGEST": "The image is not the expected one",
    "POLICY": "A rule of this workflow stopped the run",
    "SETTINGS": "An input is wrong",
    "SOURCE-MOVED": "The tag moved while the run read it",
    "TAG-EXISTS": "A protected tag names another image already",
    "UNAVAILABLE": "A service did not answer as it should",
}


REASONS = (
    "the token of a pull request from a fork can only read",
    "the token of a Dependabot pull request can only read",
    "the input says `push: false`",
)
"""Why a run that may not comment has pushed nothing, in our words."""


def reason(text: str) -> str:
    """One of our sentences; a stranger's becomes the one that is always true."""
    return text if text in REASONS else "the run may not push"


def told(failure: FailureCells) -> FailureCells:
    """The same failure in our words: nothing of it that somebody else may have written but the last
    lines of its log, which stand in a block of their own."""
    said = tuple(line[:MAX_LINE] for line in failure.said[-MAX_LINES:])
    row = next((row for row in find.CATALOGUE if row.code == failure.code), None)
    if row:
        words = links.names(Circumstances())
        return FailureCells(
            what=f"It failed [{row.code}]",
            cause=row.cause.format_map(words),
            fix=row.fix.format_map(words),
            code=row.code,
            said=said,
        )
    known = failure.code in _KINDS
    return FailureCells(
        what=_KINDS.get(failure.code, "The run failed"),
        cause=_LOG,
        code=failure.code if known else "",
        said=said,
    )
