"""A publishing run in words: plan lines for the log, outputs for later steps, the view for the
summary."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ghcr_action.buildx.destination import ByDigest, TagsByEngine
from ghcr_action.plans import attest as plans
from ghcr_action.report import attest, visibility
from ghcr_action.report.comment import timeline
from ghcr_action.report.words import markdown, naming
from ghcr_action.report.words.views import ImageView, PlatformRow

if TYPE_CHECKING:
    from ghcr_action.buildx.step import Step
    from ghcr_action.plans.build_plan import BuildPlan
    from ghcr_action.plans.publish import Outcome, Plan
    from ghcr_action.report.comment.rows import StepCells
    from ghcr_action.values.event import Event

SLOW = 0.1
"""Seconds; what took less is no step to look at."""
MAX_STEP = 60
"""Characters of a step's name in the summary."""
MAX_METADATA = 100 * 1024
"""Bytes of the ``metadata`` output; beyond 128 KiB a step that gets it through ``env`` can't
start."""


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """The plan as the log shows it before anything is written."""
    lines = [
        f"Context: {plan.context.value}: {plan.context.why}.",
        f"Platforms: {', '.join(map(str, plan.platforms)) or 'the engine decides'}.",
        *build_lines(plan.building),
        f"Build: {docker(plan.build.arguments)}",
    ]
    if plan.reason:
        return (*lines, f"Push: no, {plan.reason}.")
    kept_tags = naming.kept_tag_lines(plan.kept_tags)
    how = {
        ByDigest: f"by the builder, by digest, {'then each tag' if plan.tag else 'without a tag'}",
        TagsByEngine: "by the engine, tags with it",
    }[type(plan.building.destination)]
    names = (f"  {reference}" for reference in plan.tag)
    return (*lines, f"Push: {how}.", *names, *kept_tags, *plans.lines(plan.attest))


def build_lines(building: BuildPlan) -> Iterable[str]:
    """What stands before the build itself, and why."""
    yield f"Builder: {building.choice.label}: {building.choice.why}."
    if building.bridge:
        yield "  buildx's driver docker can't push by digest, so a socket of this run leads to it:"
    yield from (f"  {docker(command)}" for command in building.setup)
    yield f"Cache: {building.cache_why}."
    if building.emulation:
        when = "before the build" if building.emulation.is_certain else "once a step needs it"
        yield (
            f"Emulation: {', '.join(map(str, building.emulation.platforms))}, {when}: "
            f"{docker(building.emulation.command)}"
        )
    if building.trial and building.trial.fresh:
        yield "Build anew: every step once, without the cache; the trial and the build take these."
    if building.trial:
        tested = (
            f"loaded as {building.trial.image} for the test"
            if building.trial.script
            else "for the checks"
        )
        yield f"Trial build: the same steps, {tested}, before anything is pushed."
    if building.load:
        yield "Load: the same steps again, from the cache, into the engine."


def docker(arguments: Iterable[str]) -> str:
    """A command as one would type it."""
    return shlex.join(("docker", *arguments))


def docker_lines(arguments: Iterable[str]) -> str:
    """The same with each option on a line of its own."""
    words = ("docker", *map(shlex.quote, arguments))
    return " ".join(f"\\\n  {word}" if word.startswith("--") else word for word in words)


def plan_json(plan: Plan) -> str:
    """The plan for machines."""
    return json.dumps(
        {
            "context": plan.context.value,
            "platforms": list(map(str, plan.platforms)),
            **build_json(plan.building),
            "push": list(map(str, plan.push)),
            "attest": attest.plan_json(plan.attest),
            "verify": plan.verify,
            "tags": list(map(str, plan.tag)),
            "stay": naming.kept_tag_json(plan.kept_tags),
            "labels": dict(plan.metadata.labels),
            "annotations": list(plan.metadata.annotations),
            "reason": plan.reason,
            "warnings": list(plan.warnings),
        }
    )


def build_json(building: BuildPlan) -> dict[str, object]:
    """The build's part; each command as the list of its arguments, None where there is none."""

    def argv(arguments: Iterable[str] | None) -> list[str] | None:
        return None if arguments is None else ["docker", *arguments]

    return {
        "builder": building.choice.label,
        "setup": [argv(command) for command in building.setup],
        "emulation": argv(building.emulation.command if building.emulation else None),
        "fresh": argv(
            building.trial.fresh.arguments if building.trial and building.trial.fresh else None
        ),
        "trial": argv(building.trial.build.arguments if building.trial else None),
        "test": building.trial.script if building.trial else "",
        "build": argv(building.build.arguments),
        "environment": dict(building.build.environment),
        "load": argv(building.load.arguments if building.load else None),
    }


def outputs(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Every output of the step, in the order of ``OUTPUTS``; those that are not known are
    empty."""
    plan, digest = outcome.plan, outcome.digest
    by_digest = _by_digest(outcome)
    size = outcome.size
    found = {
        "digest": str(digest or ""),
        "digests": json.dumps(
            {str(image.platform): str(image.digest) for image in outcome.platforms}
        )
        if digest
        else "",
        "image": next(iter(by_digest), ""),
        "images": "\n".join(by_digest),
        "imageid": outcome.image_id,
        "version": plan.metadata.version,
        "tags": "\n".join(map(str, plan.tag)),
        "labels": "\n".join(f"{key}={value}" for key, value in plan.metadata.labels.items()),
        "annotations": "\n".join(plan.metadata.annotations),
        "metadata": outcome.metadata_json
        if len(outcome.metadata_json.encode()) <= MAX_METADATA
        else "",
        "metadata-file": outcome.metadata_file,
        "pushed": "true" if outcome.pushed else "false",
        "reason": plan.reason,
        "size": str(size.total) if size else "",
        "cache-hit-ratio": _ratio(outcome),
        **dict(visibility.outputs(outcome.visible)),
        **dict(attest.outputs(outcome.attested)),
        "plan": plan_json(plan),
    }
    return tuple((found | naming.existing_outputs(outcome.existing)).items())


def view(
    outcome: Outcome, *, source: str, is_dry_run: bool, steps: tuple[StepCells, ...] = ()
) -> ImageView:
    """What the job summary shows."""
    plan = outcome.plan
    shown = tuple(
        pair
        for pair in outputs(outcome)
        if pair[1] and pair[0] not in ("plan", "metadata", "labels", "annotations")
    )
    image = ImageView(
        title=str(plan.push[0]) if plan.push else "Image",
        verdict=_verdict(outcome, is_dry_run=is_dry_run),
        reason=f"Not pushed: {plan.reason}." if plan.reason else "",
        digest=str(outcome.digest or ""),
        by_digest=_by_digest(outcome),
        by_tag=tuple(map(str, plan.tag)) if outcome.pushed else (),
        platforms=tuple(
            PlatformRow(
                platform=str(image.platform),
                digest=str(image.digest),
                size=markdown.size(image.size),
            )
            for image in outcome.platforms
        ),
        facts=tuple(_rows(outcome, source)),
        notices=(
            *plan.warnings,
            *naming.kept_tag_lines(plan.kept_tags),
            *visibility.notices(outcome.visible),
            *attest.notices(outcome.attested),
        ),
        chart=timeline.chart(steps),
        pins=(*naming.pins(_by_digest(outcome)), *_verifying(outcome)),
        commands=(docker_lines(plan.build.arguments),),
        outputs=shown,
    )
    return naming.with_existing(image, outcome.existing)


def _by_digest(outcome: Outcome) -> tuple[str, ...]:
    return (
        tuple(str(repository.at(outcome.digest)) for repository in outcome.plan.push)
        if outcome.digest
        else ()
    )


def _verifying(outcome: Outcome) -> Iterable[tuple[str, str, str]]:
    image = next(iter(_by_digest(outcome)), "")
    return attest.commands(outcome.attested, image, outcome.plan.attest)


def _ratio(outcome: Outcome) -> str:
    ratio = outcome.cache.ratio if outcome.cache else None
    return "" if ratio is None else f"{ratio:.2f}"


def _verdict(outcome: Outcome, *, is_dry_run: bool) -> str:
    if is_dry_run:
        return "planned"
    if not outcome.plan.builds:
        return "🟦 nothing to publish"
    return "✅ pushed" if outcome.pushed else "🟦 built, not pushed"


def _rows(outcome: Outcome, source: str) -> Iterable[tuple[str, str]]:
    plan = outcome.plan
    if plan.tag:
        yield (
            "Tags",
            markdown.Safe(", ".join(markdown.code(reference.tag) for reference in plan.tag)),
        )
    if outcome.size:
        yield "Compressed", f"{markdown.size(outcome.size.total)}, all platforms together"
    if outcome.cache and outcome.cache.cacheable:
        yield "Cache", f"{outcome.cache} steps"
    if slowest := [step for step in outcome.slowest if step.seconds >= SLOW]:
        several = len({step.name.platform for step in slowest} - {""}) > 1
        yield "Slowest", " · ".join(_slow(step, several=several) for step in slowest[:3])
    if source:
        yield "Source", source
    if outcome.visible:
        yield "Visibility", outcome.visible.sentence
    if told := attest.sentence(outcome.attested):
        yield "Attestation", told
    if outcome.seconds:
        yield "Time", times(outcome.seconds)


def times(seconds: tuple[tuple[str, float], ...]) -> str:
    """Each step with its duration, and the total."""
    steps = (f"{name.lower()} {markdown.duration(each)}" for name, each in seconds)
    total = sum(each for _, each in seconds)
    return " · ".join((*steps, f"total {markdown.duration(total)}"))


def _slow(step: Step, *, several: bool) -> str:
    """A step and its time, with its platform where several were built."""
    name = step.name.text
    where = f" ({step.name.platform})" if several and step.name.platform else ""
    return (
        f"{name if len(name) <= MAX_STEP else name[: MAX_STEP - 1] + '…'}{where} "
        f"{markdown.duration(step.seconds)}"
    )


def source(event: Event) -> str:
    """The commit and the ref it stands on."""
    return f"{event.sha[:7]} on {event.ref}" if event.sha else ""
