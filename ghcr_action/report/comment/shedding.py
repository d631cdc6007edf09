"""What a comment leaves out when it would be too long, step by step: details first, never half a
line."""

from collections.abc import Callable
from dataclasses import replace

from ghcr_action.report.comment.rows import FAILED, UNCHANGED, Row

TOP_LAYERS = 10
TOP_PLATFORMS = 8
TOP_TAGS = 5
SHORT = 200
"""Characters of a text in the last resort."""


def _without_steps(row: Row) -> Row:
    return replace(row, steps=())


def _without_equal_layers(row: Row) -> Row:
    return replace(row, layers=tuple(layer for layer in row.layers if layer.kind != UNCHANGED))


def _top_layers(row: Row) -> Row:
    largest = sorted(row.layers, key=lambda layer: -abs((layer.after or 0) - (layer.before or 0)))[
        :TOP_LAYERS
    ]
    return replace(row, layers=tuple(layer for layer in row.layers if layer in largest))


def _top_platforms(row: Row) -> Row:
    return replace(row, platforms=row.platforms[:TOP_PLATFORMS], tags=row.tags[:TOP_TAGS])


def _outline(row: Row) -> Row:
    """What fits into one line of the table, and why it failed."""
    failure = row.failure and replace(
        row.failure,
        cause=row.failure.cause[:SHORT],
        fix="",
        what=row.failure.what[:SHORT],
        said=(),
    )
    kept = replace(
        row,
        layers=(),
        platforms=row.platforms[:1],
        tags=row.tags[:1],
        failure=failure,
        image=row.image[:SHORT],
    )
    return replace(kept, reason=row.reason[:SHORT], visibility="", attestation="", base_reason="")


STEPS: tuple[Callable[[Row], Row], ...] = (
    _without_steps,
    _without_equal_layers,
    _top_layers,
    _top_platforms,
    _outline,
)
"""In this order, each on top of those before."""


def shed(rows: tuple[Row, ...], level: int) -> tuple[Row, ...]:
    """The rows with so many steps taken; beyond the last step the oldest rows that have not failed
    go, half of them each time."""
    for step in STEPS[:level]:
        rows = tuple(map(step, rows))
    for _ in range(level - len(STEPS)):
        newest = sorted(rows, key=lambda row: (row.status == FAILED, row.order), reverse=True)[
            : max(1, len(rows) // 2)
        ]
        rows = tuple(row for row in rows if row in newest)
    return rows
