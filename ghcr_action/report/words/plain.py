"""Views as plain text: what a person at a terminal reads, tables as wide as what is in them, so
that every reference can be copied.

What is folded on a page is left out here: the log above has said it. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ghcr_action.report.words import markdown

if TYPE_CHECKING:
    from ghcr_action.report.bake import BakeView
    from ghcr_action.report.cleanup import CleanupView
    from ghcr_action.report.inspect import InspectedView
    from ghcr_action.report.visibility import VisibleRow
    from ghcr_action.report.words.views import ImageView, PlatformRow

RULE = "─"
NOTICE = "! "
"""What a line begins with that somebody should look at."""
_GAP = "  "
_AS_EMOJI = "\ufe0f"
"""Makes the narrow character before it a wide one."""
_PLATFORMS = ("Platform", "Compressed", "Digest")
_RUN = re.compile(r"(`+)")


def image(view: ImageView) -> str:
    """One image: what happened, its table, its platforms. How to pull it is the last line at a
    terminal, ``name@digest``, and is not said twice."""
    return _joined(
        _heading(f"{view.title} · {view.verdict}"),
        [text(view.reason)],
        [] if view.by_digest else [view.digest],
        table(view.facts),
        _platforms(view.platforms),
        _notices(view.notices),
    )


def bake(view: BakeView) -> str:
    """All targets: a line for each, and how to pull them."""
    lines = (
        (row.target, row.status, row.digest or row.reason, row.tags, row.platforms, row.size)
        for row in view.rows
    )
    return _joined(
        _heading(f"{view.title} · {view.verdict}"),
        [text(view.reason)],
        table(
            lines, header=("Target", "", "Digest", "Tags", "Platforms", "Compressed"), right=(5,)
        ),
        table(view.facts),
        ["Use them", *(f"{_GAP}{line}" for line in view.pull_commands.splitlines())]
        if view.by_digest
        else [],
        _notices(view.notices),
    )


def inspected(images: Iterable[InspectedView]) -> str:
    """Each image: its table, platforms and referrers."""
    return "".join(
        _joined(
            _heading(each.title),
            table(each.facts),
            _platforms(each.platforms),
            table(
                ((kind, size, digest) for kind, digest, size in each.referrers),
                header=("Referrer", "Size", "Digest"),
                right=(1,),
            ),
        )
        for each in images
    )


def cleanup(packages: Iterable[CleanupView]) -> str:
    """Each package: what went and what stays."""
    return "".join(
        _joined(
            _heading(f"Clean-up of {each.title}"),
            [text(each.verdict)],
            _notices(each.warnings),
            table(
                ((row.digest, row.said, row.tags) for row in each.going),
                header=("Goes", "Versions", "Tags"),
                right=(1,),
            ),
            [f"… and {each.more_going} more."] if each.more_going else [],
            table(
                ((row.digest, row.tags, row.said) for row in each.kept),
                header=("Stays", "Tags", "Because"),
            ),
            [f"… and {each.more_kept} more."] if each.more_kept else [],
        )
        for each in packages
    )


def visibility(rows: tuple[VisibleRow, ...]) -> str:
    """Who can see what."""
    problems = (f"{row.finding.problem}. {row.finding.fix}" for row in rows if row.finding.problem)
    return _joined(
        _heading("Visibility"),
        table(
            ((row.image, row.finding.visibility, row.finding.sentence) for row in rows),
            header=("Image", "Visibility", "Seen"),
        ),
        _notices((*problems, *(notice for row in rows for notice in row.finding.notices))),
    )


def table(
    rows: Iterable[tuple[str, ...]], *, header: tuple[str, ...] = (), right: tuple[int, ...] = ()
) -> list[str]:
    """Lines with every column as wide as its widest cell; nothing is cut. ``right`` are the columns
    that hold numbers."""
    cells = [tuple(map(text, row)) for row in rows]
    if not cells:
        return []
    lines = [header, *cells] if header else cells
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return [_line(line, widths, right) for line in lines]


def text(value: str) -> str:
    """One line, without control characters, and without the marks of code where a value was made
    for a page."""
    plain = _unmarked(value).replace("\\|", "|") if isinstance(value, markdown.Safe) else value
    return markdown.one_line(plain.replace("\t", " "))


def _unmarked(value: str) -> str:
    """Markdown with each code span as what it holds: from a run of backticks to the next one as
    long, in time that grows with the text."""
    parts = _RUN.split(value)
    runs: dict[int, list[int]] = {}
    for position in range(1, len(parts), 2):
        runs.setdefault(len(parts[position]), []).append(position)
    shown, position = list[str](), 0
    while position < len(parts):
        alike = runs[len(parts[position])] if position % 2 else []
        later = bisect_right(alike, position)
        if later < len(alike):
            inside = "".join(parts[position + 1 : alike[later]])
            shown.append(inside.removeprefix(" ").removesuffix(" "))
            position = alike[later]
        else:
            shown.append(parts[position])
        position += 1
    return "".join(shown)


def width(cell: str) -> int:
    """Columns that a terminal takes for a text: wide characters two, what combines none (Unicode
    Standard Annex 11)."""
    return sum(map(_columns, cell))


def _columns(character: str) -> int:
    if character == _AS_EMOJI or unicodedata.category(character) not in ("Mn", "Me", "Cf"):
        return 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return 0


def _platforms(rows: Iterable[PlatformRow]) -> list[str]:
    return table(
        ((row.platform, row.size, row.digest) for row in rows), header=_PLATFORMS, right=(1,)
    )


def _line(cells: tuple[str, ...], widths: list[int], right: tuple[int, ...]) -> str:
    padded = []
    for column, cell in enumerate(cells):
        blanks = " " * (widths[column] - width(cell))
        padded.append(blanks + cell if column in right else cell + blanks)
    return _GAP.join(padded).rstrip()


def _heading(title: str) -> list[str]:
    shown = text(title)
    return [shown, RULE * width(shown)]


def _notices(notices: Iterable[str]) -> list[str]:
    return [f"{NOTICE}{text(notice)}" for notice in notices]


def _joined(*parts: list[str]) -> str:
    """Parts with a blank line between them, and around them."""
    shown = ("\n".join(filter(None, part)) for part in parts)
    return "\n" + "\n\n".join(filter(None, shown)) + "\n"
