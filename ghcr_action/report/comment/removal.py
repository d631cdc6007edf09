"""Rows of a comment whose images are gone from the registry."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from ghcr_action.report.comment.rows import FAILED, PUSHED, Row


def mark(rows: Iterable[Row], is_gone: Callable[[str, str], bool], day: str) -> tuple[Row, ...]:
    """The rows, those marked with the day whose image is gone. ``is_gone`` takes the image's name
    and a digest."""

    def marked(row: Row) -> Row:
        if row.removed:
            return row
        if row.status == PUSHED and row.digest and is_gone(row.image, row.digest):
            return replace(row, removed=day)
        if row.good_digest and is_gone(row.image, row.good_digest):
            return replace(row, removed=day, good_digest="", good_sha="")
        return row

    return tuple(map(marked, rows))


def day(rows: Iterable[Row]) -> str:
    """The day of the last removal where none of these images is left; else empty."""
    found = tuple(rows)
    is_left = any(row.good_digest or (row.status == PUSHED and not row.removed) for row in found)
    return "" if is_left else max((row.removed for row in found), default="")


def notes(row: Row) -> Iterable[str]:
    """What a removed row says of itself."""
    if row.removed:
        yield (
            "🗑️ "
            f"{'The last good image was removed' if row.status == FAILED else 'Removed'} from "
            f"the registry on {row.removed}."
        )
