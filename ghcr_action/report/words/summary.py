"""The job summary, for a page and for a terminal; on a page no longer than a runner takes,
folded parts given up first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ghcr_action.report.words import plain, render
from ghcr_action.values.summary import Summary

if TYPE_CHECKING:
    from ghcr_action.report.bake import BakeView
    from ghcr_action.report.cleanup import CleanupView
    from ghcr_action.report.inspect import InspectedView
    from ghcr_action.report.visibility import VisibleRow
    from ghcr_action.report.words.views import FailureView, ImageView

MAX_MARKDOWN = 1_000_000
"""Bytes; a step has 1 MiB, with what it may say after a failure:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits."""
FEW = 20
"""Rows of a list that had to be shortened."""
V = TypeVar("V")


def image(view: ImageView, write: Callable[[ImageView], str] = render.summary) -> Summary:
    """One image that a run built, merged, named or pulled."""
    return Summary(markdown=fitted(view, write, IMAGE), plain=plain.image(view))


def bake(view: BakeView) -> Summary:
    """Every target of a bake."""
    return Summary(markdown=fitted(view, render.bake, BAKE), plain=plain.bake(view))


def inspected(images: tuple[InspectedView, ...]) -> Summary:
    """The images of ``mode: inspect``."""
    return Summary(
        markdown=fitted(images, render.inspected, INSPECTED), plain=plain.inspected(images)
    )


def cleanup(packages: tuple[CleanupView, ...]) -> Summary:
    """The packages of ``mode: cleanup``."""
    return Summary(
        markdown=fitted(packages, render.cleanup, CLEANUP), plain=plain.cleanup(packages)
    )


def visibility(rows: tuple[VisibleRow, ...]) -> Summary:
    """The images of ``mode: visibility``."""
    return Summary(markdown=render.visibility(rows), plain=plain.visibility(rows))


def failure(view: FailureView) -> Summary:
    """A run that failed; on a terminal its error stands in the log, whole."""
    return Summary(markdown=fitted(view, render.failure, FAILURE), plain="")


def fitted(view: V, write: Callable[[V], str], steps: Iterable[Callable[[V], V]]) -> str:
    """The text of the view, after as few steps as make it short enough. A user's template may still
    be too long: the runner warns."""
    written = write(view)
    for step in steps:
        if len(written.encode()) <= MAX_MARKDOWN:
            break
        view = step(view)
        written = write(view)
    return written


def _without(member: str, name: str) -> Callable[[ImageView], ImageView]:
    """A step that leaves one member out, and says so."""

    def step(view: ImageView) -> ImageView:
        gone = type(getattr(view, member))()
        return (
            replace(view, **{member: gone}, notices=(*view.notices, _told(name)))
            if getattr(view, member)
            else view
        )

    return step


def _short_lists(view: ImageView) -> ImageView:
    """The open parts, in the last resort."""
    facts = tuple(fact for fact in view.facts if fact[0] != "Tags")
    short = replace(
        view,
        facts=facts,
        by_digest=view.by_digest[:FEW],
        by_tag=view.by_tag[:FEW],
        platforms=view.platforms[:FEW],
    )
    return replace(short, notices=(*view.notices[:FEW], _told(f"all but {FEW} of each list")))


def _told(name: str) -> str:
    return f"Left out, since GitHub takes 1 MiB at most: {name}."


def _without_chart(view: BakeView) -> BakeView:
    return replace(view, chart="", outputs=(), notices=(*view.notices, _told("timeline, outputs")))


def _few_targets(view: BakeView) -> BakeView:
    said = _told(f"all but {FEW} of the targets; the output `images` has them")
    short = replace(view, rows=view.rows[:FEW], by_digest=view.by_digest[:FEW], commands=())
    return replace(short, notices=(*view.notices[:FEW], said))


def _without_texts(images: tuple[InspectedView, ...]) -> tuple[InspectedView, ...]:
    said = _told("labels and annotations; the output `json` has them")
    return tuple(
        replace(each, texts=(), notices=(said,)) if each.texts else each for each in images
    )


def _few_referrers(images: tuple[InspectedView, ...]) -> tuple[InspectedView, ...]:
    said = _told(f"all but {FEW} of the referrers and platforms; the output `json` has them")
    return tuple(
        replace(
            each,
            referrers=each.referrers[:FEW],
            platforms=each.platforms[:FEW],
            notices=(*each.notices, said),
        )
        for each in images
    )


def _few_kept(packages: tuple[CleanupView, ...]) -> tuple[CleanupView, ...]:
    return tuple(
        replace(each, kept=each.kept[:FEW], more_kept=each.more_kept + len(each.kept[FEW:]))
        for each in packages
    )


def _few_going(packages: tuple[CleanupView, ...]) -> tuple[CleanupView, ...]:
    return tuple(
        replace(each, going=each.going[:FEW], more_going=each.more_going + len(each.going[FEW:]))
        for each in packages
    )


def _without_what_was_said(view: FailureView) -> FailureView:
    return replace(view, said="It is too long for this page: the log of the step has all of it.")


IMAGE: tuple[Callable[[ImageView], ImageView], ...] = (
    _without("chart", "the timeline"),
    _without("outputs", "the outputs"),
    _without("commands", "what ran"),
    _without("pins", "how to pin it"),
    _short_lists,
)
"""What goes first, then second, …"""
BAKE = (_without_chart, _few_targets)
INSPECTED = (_without_texts, _few_referrers)
CLEANUP = (_few_kept, _few_going)
FAILURE = (_without_what_was_said,)
