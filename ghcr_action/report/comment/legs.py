"""What a matrix job hands to the job that merges: its row of the comment, in one line that fits
a job's output."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ghcr_action.errors import BuildFailed
from ghcr_action.report.comment import schema, shedding
from ghcr_action.report.comment.rows import (
    BUILT,
    FAILED,
    PUSHED,
    FailureCells,
    PlatformCells,
    Row,
    StepCells,
)
from ghcr_action.settings.common import LEG_PREFIX

MAX_LEG = 5000
"""Characters: twenty legs arrive in one variable, and Linux takes 128 KiB of one (MAX_ARG_STRLEN,
execve(2))."""
MAX_UNPACKED = 64 * 1024
"""Bytes."""
MAX_STEPS = 12
LOOK = "Look at those jobs, and run them again; what the others pushed is kept."
_ELSEWHERE = re.compile(r"https?://(?!(?:docs\.)?github\.com/)")
SILENT = "its job handed nothing over, because it failed early, was cancelled or did not run"


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One leg: what it was asked to build, and what came of it."""

    row: Row
    platforms: tuple[str, ...] = ()
    """As ``Platform`` writes them; empty where the engine chose."""
    target: str = ""
    """Of a bake: what it built of the definition."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return " ".join(filter(None, (self.target, ", ".join(self.platforms)))) or self.row.image

    @property
    def reference(self) -> str:
        """``name@digest`` of what it pushed; empty where that is nothing."""
        return f"{self.row.image}@{self.row.digest}" if self.row.status == PUSHED else ""


def encode(leg: Leg) -> str:
    """One line of at most ``MAX_LEG`` characters, details left out until it is; empty where that is
    not enough."""
    longest = sorted(leg.row.steps, key=lambda step: -step.seconds)[:MAX_STEPS]
    lean = replace(
        leg.row, id="", layers=(), steps=tuple(step for step in leg.row.steps if step in longest)
    )
    kept = (shedding.shed((lean,), level)[0] for level in range(len(shedding.STEPS) + 1))
    lines = (LEG_PREFIX + schema.pack(schema.dump(replace(leg, row=row))) for row in kept)
    return next((line for line in lines if len(line) <= MAX_LEG), "")


def decode(line: str) -> Leg:
    """The leg again. Raises InvalidValue where the line is not of this shape."""
    return schema.load(schema.unpack(line.removeprefix(LEG_PREFIX), MAX_UNPACKED), Leg)


def silent(legs: Iterable[Leg], wanted: Iterable[object]) -> tuple[str, ...]:
    """Those of the platforms that no leg speaks of."""
    spoken = {platform for leg in legs for platform in leg.platforms}
    return tuple(platform for platform in map(str, wanted) if platform not in spoken)


def failure(legs: tuple[Leg, ...], missing: tuple[str, ...]) -> FailureCells | None:
    """Why there can be no index: legs that failed, that pushed nothing while others did, or that
    nobody heard of; else None."""
    stopped = {FAILED, BUILT} if any(leg.reference for leg in legs) else {FAILED}
    broken = tuple(leg for leg in legs if leg.row.status in stopped)
    whys = [f"{leg.name}: {_why(leg.row)}" for leg in broken] + [
        f"{name}: {SILENT}" for name in missing
    ]
    if not whys:
        return None
    known = next((leg.row.failure for leg in broken if leg.row.failure), None)
    names = ", ".join(tuple(leg.name for leg in broken) or missing)
    return FailureCells(
        what=f"There is no image for {names}: nothing was merged or tagged"[: schema.MAX_TEXT],
        cause="; ".join(whys)[: schema.MAX_TEXT],
        fix=_fix(names, known) if known and len(broken) == 1 else LOOK,
        code=known.code if known else BuildFailed.code,
    )


def unmerged(legs: tuple[Leg, ...], begun: Row, failed: FailureCells | None) -> Row:
    """One row for the image that was not merged: every platform, and why."""
    reasons = dict.fromkeys(leg.row.reason for leg in legs if leg.row.reason)
    return with_builds(
        replace(
            begun,
            status=FAILED if failed else BUILT,
            reason="; ".join(reasons)[: schema.MAX_TEXT],
            failure=failed,
            platforms=tuple(cells for leg in legs for cells in _cells(leg)),
            base_reason=next((leg.row.base_reason for leg in legs), ""),
        ),
        legs,
    )


def with_builds(row: Row, legs: Iterable[Leg]) -> Row:
    """The row with what legs say of their builds: caches together, steps under their platform, the
    time of the longest."""
    known = tuple(legs)
    return replace(
        row,
        cached=sum(leg.row.cached for leg in known),
        cacheable=sum(leg.row.cacheable for leg in known),
        steps=steps(known),
        seconds=max((leg.row.seconds for leg in known), default=0.0),
    )


def steps(legs: Iterable[Leg]) -> tuple[StepCells, ...]:
    """The steps of all builds, each under its leg; times count from the start of its own build."""
    return tuple(replace(step, section=leg.name) for leg in legs for step in leg.row.steps)


def _fix(names: str, known: FailureCells) -> str:
    """What the leg says of itself, unless it sends the reader to a page that is not GitHub's: a
    stranger may have written it."""
    is_told = known.fix and not _ELSEWHERE.search(known.fix)
    return f"In the job of {names}: {known.fix}"[: schema.MAX_TEXT] if is_told else LOOK


def _why(row: Row) -> str:
    if row.failure is None:
        return f"built and not pushed: {row.reason}"
    return f"{row.failure.what}. {row.failure.cause}".strip()


def _cells(leg: Leg) -> tuple[PlatformCells, ...]:
    """What was pushed, with sizes; of what was only built, the engine's own digest."""
    if leg.row.platforms or leg.row.status == FAILED:
        return leg.row.platforms
    local = leg.row.digest if len(leg.platforms) == 1 else ""
    return tuple(
        PlatformCells(platform=platform, digest=local, size=0) for platform in leg.platforms
    )
