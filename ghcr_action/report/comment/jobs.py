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
from ghcr_action.settings.common import JOB_PREFIX

MAX_JOB_LINE = 5000
"""Characters: twenty jobs arrive in one variable, and Linux takes 128 KiB of one (MAX_ARG_STRLEN,
execve(2))."""
MAX_UNPACKED = 64 * 1024
"""Bytes."""
MAX_STEPS = 12
LOOK = "Look at those jobs, and run them again; what the others pushed is kept."
_ELSEWHERE = r"https?://(?!(?:docs\.)?github\.com/)"
SILENT = "its job handed nothing over, because it failed early, was cancelled or did not run"


@dataclass(frozen=True, kw_only=True)
class MatrixJob:
    """One job of a matrix: what it was asked to build, and what came of it."""

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


def encode(job: MatrixJob) -> str:
    """One line of at most ``MAX_JOB_LINE`` characters, details left out until it is; empty where
    that is not enough."""
    longest = sorted(job.row.steps, key=lambda step: -step.seconds)[:MAX_STEPS]
    lean = replace(
        job.row, id="", layers=(), steps=tuple(step for step in job.row.steps if step in longest)
    )
    kept = (shedding.shed((lean,), level)[0] for level in range(len(shedding.STEPS) + 1))
    lines = (JOB_PREFIX + schema.pack(schema.dump(replace(job, row=row))) for row in kept)
    return next((line for line in lines if len(line) <= MAX_JOB_LINE), "")


def decode(line: str) -> MatrixJob:
    """The job again. Raises InvalidValue where the line is not of this shape."""
    return schema.load(schema.unpack(line.removeprefix(JOB_PREFIX), MAX_UNPACKED), MatrixJob)


def silent(jobs: Iterable[MatrixJob], wanted: Iterable[object]) -> tuple[str, ...]:
    """Those of the platforms that no job speaks of."""
    spoken = {platform for job in jobs for platform in job.platforms}
    return tuple(platform for platform in map(str, wanted) if platform not in spoken)


def failure(jobs: tuple[MatrixJob, ...], missing: tuple[str, ...]) -> FailureCells | None:
    """Why there can be no index: jobs that failed, that pushed nothing while others did, or that
    nobody heard of; else None."""
    stopped = {FAILED, BUILT} if any(job.reference for job in jobs) else {FAILED}
    broken = tuple(job for job in jobs if job.row.status in stopped)
    whys = [f"{job.name}: {_why(job.row)}" for job in broken] + [
        f"{name}: {SILENT}" for name in missing
    ]
    if not whys:
        return None
    known = next((job.row.failure for job in broken if job.row.failure), None)
    names = ", ".join(tuple(job.name for job in broken) or missing)
    return FailureCells(
        what=f"There is no image for {names}: nothing was merged or tagged"[: schema.MAX_TEXT],
        cause="; ".join(whys)[: schema.MAX_TEXT],
        fix=_fix(names, known) if known and len(broken) == 1 else LOOK,
        code=known.code if known else BuildFailed.code,
        said=known.said if known and len(broken) == 1 else (),
    )


def unmerged(jobs: tuple[MatrixJob, ...], begun: Row, failed: FailureCells | None) -> Row:
    """One row for the image that was not merged: every platform, and why; where one job failed,
    with the link to its log."""
    reasons = dict.fromkeys(job.row.reason for job in jobs if job.row.reason)
    return with_builds(
        replace(
            begun,
            status=FAILED if failed else BUILT,
            reason="; ".join(reasons)[: schema.MAX_TEXT],
            failure=failed,
            check_run_id=_failed_in(jobs, begun),
            platforms=tuple(cells for job in jobs for cells in _cells(job)),
            base_reason=next((job.row.base_reason for job in jobs), ""),
        ),
        jobs,
    )


def _failed_in(jobs: tuple[MatrixJob, ...], begun: Row) -> int:
    """Whose log tells why: that of the one job that failed, where there is one."""
    found = {job.row.check_run_id for job in jobs if job.row.status == FAILED} - {0}
    return found.pop() if len(found) == 1 else begun.check_run_id


def with_builds(row: Row, jobs: Iterable[MatrixJob]) -> Row:
    """The row with what jobs say of their builds: caches together, steps under their platform, the
    time of the longest."""
    known = tuple(jobs)
    return replace(
        row,
        cached=sum(job.row.cached for job in known),
        cacheable=sum(job.row.cacheable for job in known),
        steps=steps(known),
        seconds=max((job.row.seconds for job in known), default=0.0),
    )


def steps(jobs: Iterable[MatrixJob]) -> tuple[StepCells, ...]:
    """The steps of all builds, each under its job; times count from the start of its own build."""
    return tuple(replace(step, section=job.name) for job in jobs for step in job.row.steps)


def _fix(names: str, known: FailureCells) -> str:
    """What the job says of itself, unless it sends the reader to a page that is not GitHub's: a
    stranger may have written it."""
    is_told = known.fix and not re.search(_ELSEWHERE, known.fix)
    return f"In the job of {names}: {known.fix}"[: schema.MAX_TEXT] if is_told else LOOK


def _why(row: Row) -> str:
    if row.failure is None:
        return f"built and not pushed: {row.reason}"
    return f"{row.failure.what}. {row.failure.cause}".strip()


def _cells(job: MatrixJob) -> tuple[PlatformCells, ...]:
    """What was pushed, with sizes; of what was only built, the engine's own digest."""
    if job.row.platforms or job.row.status == FAILED:
        return job.row.platforms
    local = job.row.digest if len(job.platforms) == 1 else ""
    return tuple(
        PlatformCells(platform=platform, digest=local, size=0) for platform in job.platforms
    )
