"""A publishing run as a row of the comment, whether it ended well or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ghcr_action.report import attest, failed, growth
from ghcr_action.report.comment.rows import (
    BUILT,
    EXPORT,
    FAILED,
    PUSHED,
    FailureCells,
    LayerCells,
    PlatformCells,
    Row,
    StepCells,
)
from ghcr_action.report.comment.schema import MAX_TEXT

if TYPE_CHECKING:
    from ghcr_action.buildx.step import Step
    from ghcr_action.errors import ActionError
    from ghcr_action.names.asked import Names
    from ghcr_action.plans.publish import Outcome, Plan
    from ghcr_action.settings.publish import PublishSettings
    from ghcr_action.values.event import Event
    from ghcr_action.values.size import PlatformImage

MAX_STEPS = 60
MAX_LINE, MAX_LINES = 300, 12
"""Of what a failed step said last: characters of a line, lines."""
WORTH_TELLING = 1.0
"""Seconds, of a step that no Dockerfile asks for."""
MAX_NAME = 160
"""Characters of a step's name."""


@dataclass(frozen=True, kw_only=True)
class Base:
    """What the image is compared with: the same image of the base branch."""

    name: str = ""
    digest: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Compressed bytes by platform."""
    reason: str = ""
    """Why there is none."""
    layers: tuple[LayerCells, ...] = ()
    layers_of: str = ""
    fresh: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """Layers of our image by platform, as far as they were read."""


def row(outcome: Outcome, settings: PublishSettings, now: datetime, base: Base) -> Row:
    """The row of a run that did not fail."""
    event, plan = settings.common.event, outcome.plan
    found = replace(
        started(settings, plan, now),
        status=PUSHED if outcome.pushed else BUILT,
        reason=plan.reason,
        digest=str(outcome.digest or outcome.image_id),
        tags=tuple(
            str(reference.tag)
            for reference in plan.tag
            if reference.repository == plan.tag[0].repository
        )
        if outcome.pushed
        else (),
        platforms=platform_cells(outcome.platforms, base),
        total=outcome.size.total if outcome.size else 0,
        cached=outcome.cache.cached if outcome.cache else 0,
        cacheable=outcome.cache.cacheable if outcome.cache else 0,
        steps=steps(outcome.steps),
        seconds=sum(seconds for _, seconds in outcome.seconds),
        visibility=outcome.visible.sentence if outcome.visible else "",
        package_url=outcome.visible.package_url if outcome.visible else "",
        attestation=attest.sentence(outcome.attested),
    )
    compared = against(found, base, event)
    return replace(compared, over=growth.over(settings.size_limit, compared.platforms, base.layers))


def against(row: Row, base: Base, event: Event) -> Row:
    """The row with what it is compared with."""
    return replace(
        row,
        base_name=base.name,
        base_digest=base.digest,
        base_reason=base.reason if event.pull_request else "",
        layers=base.layers,
        layers_of=base.layers_of,
        fresh=base.fresh,
    )


def platform_cells(images: Iterable[PlatformImage], base: Base) -> tuple[PlatformCells, ...]:
    """Digests and sizes beside those of the base."""
    return tuple(
        PlatformCells(
            platform=str(each.platform),
            digest=str(each.digest),
            size=each.size,
            base=base.sizes.get(str(each.platform)),
            layers=base.counts.get(str(each.platform), 0),
        )
        for each in images
    )


def failed_row(error: ActionError, begun: Row) -> Row:
    """The row of a run that failed after it knew what to do."""
    found = dict(failed.outputs(error))
    said = tuple(line[:MAX_LINE] for line in failed.last_words(error)[-MAX_LINES:])
    cause, what = found["error-cause"], failed.title(error)
    is_told = what.endswith(cause) or cause in said[-1:]
    causes = ("" if is_told else cause, " ".join(str(error.writes or "").split("\n")))
    failure = FailureCells(
        what=what[:MAX_TEXT],
        cause=" ".join(filter(None, causes))[:MAX_TEXT],
        said=said,
        fix="" if said and error.code == type(error).code else error.fix[:MAX_TEXT],
        code=error.code[:MAX_NAME],
    )
    return replace(begun, status=FAILED, failure=failure)


def steps(found: Iterable[Step]) -> tuple[StepCells, ...]:
    """The steps that took longest, in the order they started; times count from the first start."""
    started = tuple(step for step in found if step.started and _is_told(step))
    if not started:
        return ()
    first = min(step.started for step in started if step.started)
    longest = sorted(started, key=lambda step: -step.seconds)[:MAX_STEPS]
    return tuple(
        StepCells(
            text=step.name.text[:MAX_NAME],
            start=(step.started - first).total_seconds() if step.started else 0.0,
            seconds=step.seconds,
            is_cached=step.is_cached,
            section=_section(step),
        )
        for step in sorted(longest, key=lambda step: step.number)
    )


def _is_told(step: Step) -> bool:
    """Instructions of the Dockerfile, and what else took a second: not the engine's own errands."""
    return step.name.total > 0 or step.seconds >= WORTH_TELLING


def _section(step: Step) -> str:
    """Target and platform; what belongs to neither is an export, or nobody's."""
    named = " ".join(filter(None, (step.name.target, step.name.platform)))
    return named or (EXPORT if step.name.is_export else "")


def commit(event: Event) -> str:
    """The commit a person knows: a pull request's head, not the merge that GitHub made of it."""
    return event.pull_request.head_sha if event.pull_request else event.sha


def started(settings: PublishSettings, plan: Plan | None, now: datetime) -> Row:
    """What the row of a publishing run begins with, also before there is a plan."""
    planned = (*map(str, plan.push), *plan.metadata.images) if plan else ()
    return begun(
        settings.common.event, now, image=image(settings.names, planned), variant=_variant(settings)
    )


def begun(event: Event, now: datetime, *, image: str, variant: str = "") -> Row:
    """What every row says of its run; ``variant`` tells rows of one image apart."""
    return Row(
        id=f"{image}|{variant}"[:MAX_TEXT],
        image=image,
        status=BUILT,
        sha=commit(event),
        run_id=_number(event.run_id),
        check_run_id=event.check_run_id,
        run_number=_number(event.run_number),
        attempt=_number(event.run_attempt) or 1,
        updated=f"{now:%Y-%m-%d %H:%M} UTC",
    )


def image(named: Names, known: Iterable[str] = ()) -> str:
    """Also where nothing is pushed, an image has the name it would have."""
    named_by_tags = (reference.repository for reference in named.references)
    found = (*known, *map(str, (*named.repositories, *named_by_tags)))
    return next(iter(found), "image")[:MAX_TEXT]


def _variant(settings: PublishSettings) -> str:
    """What tells the jobs of a matrix apart that build the same image."""
    build, flavor = settings.build, settings.metadata.request.flavor
    platforms = ", ".join(map(str, build.platforms)) if settings.push_by_digest else ""
    return " · ".join(
        filter(None, (build.target, build.file, flavor.prefix.text, flavor.suffix.text, platforms))
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
