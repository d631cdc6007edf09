"""A bake in words: plan lines for the log, outputs by target, the view for the summary, a row of
the comment for each target."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ghcr_action.plans import attest as plans
from ghcr_action.report import attest, publish, publish_row, visibility
from ghcr_action.report.comment import timeline
from ghcr_action.report.comment.rows import BUILT, PUSHED, Row
from ghcr_action.report.publish_row import Base
from ghcr_action.report.words import markdown, naming

if TYPE_CHECKING:
    from ghcr_action.plans.bake_plan import BakeOutcome, BakePlan, TargetOutcome, TargetPlan
    from ghcr_action.report.comment.rows import StepCells
    from ghcr_action.settings.bake import BakeSettings

_SHOWN_PLATFORMS = 4


@dataclass(frozen=True, kw_only=True)
class BakeRow:
    """One target of the summary's table."""

    target: str
    status: str
    digest: str
    tags: str
    size: str
    platforms: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BakeView:
    """What the job summary shows of all targets."""

    title: str
    verdict: str
    reason: str = ""
    rows: tuple[BakeRow, ...] = ()
    by_digest: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    chart: str = ""
    commands: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()

    @property
    def pull_commands(self) -> str:
        """One ``docker pull`` a line."""
        return "\n".join(f"docker pull {reference}" for reference in self.by_digest)


def plan_lines(plan: BakePlan) -> tuple[str, ...]:
    """The plan as the log shows it before anything is built."""
    lines = [f"Definition: {', '.join(plan.files) or 'the default files'}."]
    for target in plan.targets:
        lines += _target_lines(target)
    if plan.linked:
        lines.append(
            f"Built because others need them, and not published: {', '.join(plan.linked)}."
        )
    if plan.built:
        lines += [
            *publish.build_lines(plan.building),
            f"Build: {publish.docker(plan.build.arguments)}",
        ]
    if plan.reason:
        return (*lines, f"Push: no, {plan.reason}.")
    return (
        *lines,
        *plans.lines(plan.attest),
        "Push: every target by digest, then the tags of all:",
        *(f"  {reference}" for reference in plan.tag),
    )


def _target_lines(target: TargetPlan) -> Iterator[str]:
    platforms = ", ".join(map(str, target.platforms)) or "the engine's platform"
    if target.base:
        yield f"Target {target.name}: not changed, its names go to the base's {target.base}."
    elif not target.is_built and target.push:
        yield f"Target {target.name}: {platforms}, of the digests that other jobs have pushed."
    elif not target.is_built:
        yield f"Target {target.name}: not built, {target.reason}."
    elif target.push:
        yield f"Target {target.name}: {platforms}, pushed to {', '.join(map(str, target.push))}."
    else:
        yield f"Target {target.name}: {platforms}, only built: {target.reason}."
    if target.is_built and target.outputs:
        yield f"  also {'; '.join(target.outputs)}"
    yield from (f"  {line}" for line in naming.kept_tag_lines(target.kept_tags))


def plan_json(plan: BakePlan) -> str:
    """The plan for machines."""
    return json.dumps(
        {
            "files": list(plan.files),
            "targets": {target.name: _target_json(target) for target in plan.targets},
            "linked": list(plan.linked),
            **publish.build_json(plan.building),
            "push": list(map(str, plan.push)),
            "tags": list(map(str, plan.tag)),
            "verify": plan.verify,
            "attest": attest.plan_json(plan.attest),
            "reason": plan.reason,
            "warnings": list(plan.warnings),
        }
    )


def _target_json(target: TargetPlan) -> dict[str, object]:
    return {
        "platforms": list(map(str, target.platforms)),
        "build": target.is_built,
        "push": list(map(str, target.push)),
        "tags": list(map(str, target.tag)),
        "stay": naming.kept_tag_json(target.kept_tags),
        "labels": dict(target.labels),
        "annotations": list(target.annotations),
        "attests": list(target.attests),
        "base": str(target.base or ""),
        "outputs": list(target.outputs),
        "reason": target.reason,
    }


def outputs(outcome: BakeOutcome) -> tuple[tuple[str, str], ...]:
    """Every output of the step. What several targets have is a JSON object, target → value."""
    published = tuple(target for target in outcome.targets if target.digest)
    ratio = outcome.cache.ratio if outcome.cache else None
    findings = tuple(target.visible for target in published if target.visible)
    only = published[0] if len(published) == 1 else None
    found = {
        "digest": str(only.digest) if only else "",
        "digests": _json({each.plan.name: str(each.digest) for each in published}),
        "image": by_digest(only)[0] if only else "",
        "images": _json({each.plan.name: by_digest(each)[0] for each in published}),
        "version": only.plan.version if only else "",
        "tags": _json({each.plan.name: list(map(str, each.plan.tag)) for each in published}),
        "platforms": _json(
            {
                each.plan.name: {
                    str(image.platform): str(image.digest) for image in each.size.platforms
                }
                for each in published
                if each.size
            }
        ),
        "metadata": outcome.metadata_json
        if len(outcome.metadata_json.encode()) <= publish.MAX_METADATA
        else "",
        "metadata-file": outcome.metadata_file,
        "pushed": "true" if published else "false",
        "reason": reason(outcome),
        "size": str(sum(each.size.total for each in published if each.size)) if published else "",
        "cache-hit-ratio": "" if ratio is None else f"{ratio:.2f}",
        **dict(visibility.outputs(next(iter(findings), None))),
        **_attestations(published),
        "plan": plan_json(outcome.plan),
    }
    return tuple(found.items())


def _attestations(published: tuple[TargetOutcome, ...]) -> dict[str, str]:
    """The outputs of the attestations; of several targets JSON, target → value."""
    if len(published) == 1:
        return dict(attest.outputs(published[0].attested))
    told = {each.plan.name: dict(attest.outputs(each.attested)) for each in published}
    names = dict(attest.outputs(None))
    return {
        name: _json({target: row[name] for target, row in told.items() if row[name]})
        for name in names
    }


def reason(outcome: BakeOutcome) -> str:
    """Why nothing was pushed; empty where something was."""
    if any(target.digest for target in outcome.targets):
        return ""
    reasons = dict.fromkeys(
        f"{each.name}: {each.reason}" for each in outcome.plan.targets if each.reason
    )
    return outcome.plan.reason or "; ".join(reasons)


def by_digest(target: TargetOutcome) -> tuple[str, ...]:
    """``name@digest`` of each repository."""
    return (
        tuple(str(repository.at(target.digest)) for repository in target.plan.push)
        if target.digest
        else ()
    )


def published_lines(outcome: BakeOutcome) -> tuple[str, ...]:
    """The last lines of a green log."""
    return tuple(
        line
        for each in outcome.targets
        for line in naming.published_lines(each.plan.push, each.digest, each.size, each.plan.tag)
    )


def view(
    outcome: BakeOutcome, *, source: str, is_dry_run: bool, steps: tuple[StepCells, ...]
) -> BakeView:
    """What the job summary shows."""
    plan = outcome.plan
    pushed = sum(1 for target in outcome.targets if target.digest)
    hidden = ("plan", "metadata")
    kept_tags = (
        line for target in plan.targets for line in naming.kept_tag_lines(target.kept_tags)
    )
    unsigned = (line for target in outcome.targets for line in attest.notices(target.attested))
    seen = (line for target in outcome.targets for line in visibility.notices(target.visible))
    return BakeView(
        title="1 target" if len(plan.targets) == 1 else f"{len(plan.targets)} targets",
        verdict=_verdict(outcome, pushed, is_dry_run=is_dry_run),
        reason=f"Nothing was pushed: {reason(outcome)}."
        if reason(outcome) and not is_dry_run
        else "",
        rows=tuple(_row(target, is_dry_run=is_dry_run) for target in outcome.targets),
        by_digest=tuple(by_digest(target)[0] for target in outcome.targets if target.digest),
        facts=tuple(_facts(outcome, source)),
        notices=(*plan.warnings, *kept_tags, *unsigned, *seen),
        chart=timeline.chart(steps),
        commands=(publish.docker(plan.build.arguments),) if plan.built else (),
        outputs=tuple(pair for pair in outputs(outcome) if pair[1] and pair[0] not in hidden),
    )


def rows(
    outcome: BakeOutcome, settings: BakeSettings, now: datetime, bases: dict[str, Base]
) -> tuple[Row, ...]:
    """A row of the comment for each target that has a name, or one for all where none has."""
    event = settings.common.event
    steps = publish_row.steps(outcome.steps)
    found = []
    for number, target in enumerate(outcome.targets):
        begun_row = begun(target.plan, settings, now)
        base = bases.get(target.plan.name, Base())
        row = replace(
            begun_row,
            status=PUSHED if target.pushed else BUILT,
            reason=target.plan.reason,
            digest=str(target.digest or ""),
            tags=tuple(
                str(each.tag) for each in target.plan.tag if each.repository == target.plan.push[0]
            )
            if target.pushed
            else (),
            platforms=publish_row.platform_cells(
                target.size.platforms if target.size else (), base
            ),
            total=target.size.total if target.size else 0,
            cached=outcome.cache.cached if outcome.cache else 0,
            cacheable=outcome.cache.cacheable if outcome.cache else 0,
            steps=steps if number == 0 else (),
            seconds=sum(seconds for _, seconds in outcome.seconds),
            visibility=target.visible.sentence if target.visible else "",
            attestation=attest.sentence(target.attested),
        )
        found.append(publish_row.against(row, base, event))
    return tuple(found)


def begun(target: TargetPlan, settings: BakeSettings, now: datetime) -> Row:
    """What the row of a target begins with."""
    platforms = ", ".join(map(str, settings.platforms)) if settings.push_by_digest else ""
    variant = " · ".join(filter(None, (target.name, platforms)))
    return publish_row.begun(settings.common.event, now, image=target.image, variant=variant)


def _row(target: TargetOutcome, *, is_dry_run: bool) -> BakeRow:
    plan = target.plan
    sizes = target.size.platforms if target.size else ()
    platforms = [str(image.platform) for image in sizes] or list(map(str, plan.platforms))
    more = (
        f" and {len(platforms) - _SHOWN_PLATFORMS} more"
        if len(platforms) > _SHOWN_PLATFORMS
        else ""
    )
    return BakeRow(
        target=plan.name,
        status=_status(target, is_dry_run=is_dry_run),
        digest=str(target.digest or ""),
        tags=naming.tag_cells(plan.tag) if plan.tag else markdown.Safe(""),
        size=markdown.size(target.size.total) if target.size else "",
        platforms=", ".join(platforms[:_SHOWN_PLATFORMS]) + more,
        reason=plan.reason,
    )


def _status(target: TargetOutcome, *, is_dry_run: bool) -> str:
    plan = target.plan
    if is_dry_run:
        return "planned" if plan.push or plan.is_built else "left out"
    if target.digest:
        return "✅ re-tagged" if plan.base else "✅ pushed"
    return "🟦 built, not pushed" if plan.is_built else "🟦 not built"


def _verdict(outcome: BakeOutcome, pushed: int, *, is_dry_run: bool) -> str:
    if is_dry_run:
        return "planned"
    if outcome.plan.request.call:
        return "🟦 evaluated"
    return f"✅ {pushed} pushed" if pushed else "🟦 built, not pushed"


def _facts(outcome: BakeOutcome, source: str) -> Iterable[tuple[str, str]]:
    if outcome.plan.linked:
        yield "Built for others", ", ".join(outcome.plan.linked)
    if outcome.cache and outcome.cache.cacheable:
        yield "Cache", f"{outcome.cache} steps, shared ones once"
    if source:
        yield "Source", source
    if outcome.seconds:
        yield "Time", publish.times(outcome.seconds)


def _json(
    found: dict[str, object] | dict[str, str] | dict[str, list[str]] | dict[str, dict[str, str]],
) -> str:
    return json.dumps(found, separators=(",", ":")) if found else ""
