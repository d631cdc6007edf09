"""The text of a comment: as much of the rows as a comment holds."""

from collections.abc import Callable

from ghcr_action.report.comment import rows, shedding
from ghcr_action.report.comment import view as comment_view
from ghcr_action.report.comment.rows import Row
from ghcr_action.report.comment.view import CommentView, Place
from ghcr_action.report.words import render

MAX_BODY = 60_000
"""UTF-16 units; GitHub takes 65,536 characters:
https://github.com/docker/scout-action/issues/66."""


def body(
    found: tuple[Row, ...], place: Place, write: Callable[[CommentView], str] = render.comment
) -> str:
    """The comment with all rows, details left out until it is short enough and can be read back;
    the state holds what the text shows."""
    level = 0
    while True:
        kept = shedding.shed(found, level)
        is_outline = level >= len(shedding.STEPS)
        view = comment_view.of(
            kept,
            place,
            marker=rows.marker(place.key),
            state=rows.encode(kept),
            is_outline=is_outline,
        )
        text = framed(write(view), view)
        if (length(text) <= MAX_BODY and rows.decode(text) == kept) or (
            is_outline and len(kept) == 1
        ):
            return text
        level += 1


def framed(text: str, view: CommentView) -> str:
    """Marker first and state last, whatever a template of the user's wrote between."""
    inner = text.strip("\n").removeprefix(view.marker).removesuffix(view.state).strip("\n")
    return f"{view.marker}\n{inner}\n\n{view.state}\n"


def length(text: str) -> int:
    """Characters as GitHub counts them at most: beyond the basic plane each counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
