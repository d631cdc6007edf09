"""Figures of a finished build: how much the cache spared, and what took the time."""

from collections.abc import Iterable
from dataclasses import dataclass

from ghcr_action.buildx.rawjson import Progress
from ghcr_action.buildx.step import Step
from ghcr_action.values.engine import BuildProgress

SLOWEST = 5


@dataclass(frozen=True, kw_only=True)
class CacheUse:
    """Steps that the cache spared, of those that it could spare."""

    cached: int
    cacheable: int

    @property
    def ratio(self) -> float | None:
        """From 0 to 1; None where there was nothing to cache."""
        return self.cached / self.cacheable if self.cacheable else None

    def __str__(self) -> str:
        """``17/21``, ``n/a``."""
        return f"{self.cached}/{self.cacheable}" if self.cacheable else "n/a"


def cache_use(steps: Iterable[Step]) -> CacheUse:
    """Count the finished instructions of the Dockerfile. A base image is not counted: it is
    fetched, not built."""
    counted = [step for step in steps if step.name.is_cacheable and step.completed]
    cached = sum(step.is_cached for step in counted)
    return CacheUse(cached=cached, cacheable=len(counted))


def first_runs(*builds: Iterable[Step]) -> tuple[Step, ...]:
    """The steps of several builds on one engine, each as it went first: later builds find in the
    cache what earlier ones did."""
    found: dict[str, Step] = {}
    for steps in builds:
        for step in steps:
            if step.digest not in found or not found[step.digest].completed:
                found[step.digest] = step
    return tuple(found.values())


def slowest(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The ``SLOWEST`` steps that took longest, longest first; of equals the earlier one. Cached
    steps took none, and the engine's own are nobody's."""
    executed = (
        step
        for step in steps
        if step.completed
        and not step.is_cached
        and step.seconds > 0
        and step.name.stage != "internal"
    )
    return tuple(sorted(executed, key=lambda step: (-step.seconds, step.number))[:SLOWEST])


def build_progress(progress: Progress) -> BuildProgress:
    """How many steps are done, how many are known, and which one runs: an instruction or an export
    is named before anything else."""
    steps = progress.steps
    running = sorted(
        (step for step in steps if not step.completed),
        key=lambda step: (_is_aside(step), step.number),
    )
    return BuildProgress(
        done=len(steps) - len(running),
        known=progress.known,
        now="".join(part for part in str(running[0].name) if part.isprintable()) if running else "",
    )


def _is_aside(step: Step) -> bool:
    return step.name.is_base or not (step.name.total or step.name.is_export)
