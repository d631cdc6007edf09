"""A merge in words: plan lines for the log, outputs for later steps, the view for the summary."""

import json
from collections.abc import Iterable

from ghcr_action.plans import attest as plans
from ghcr_action.plans.merge import Outcome, Plan
from ghcr_action.report import attest, visibility
from ghcr_action.report.comment import rows, timeline
from ghcr_action.report.comment.rows import StepCells
from ghcr_action.report.words import markdown, naming
from ghcr_action.report.words.views import ImageView, PlatformRow
from ghcr_action.values.reference import Reference
from ghcr_action.values.size import ImageSize

Row = tuple[str, str]


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """The plan as the log shows it before anything is written."""
    return (
        f"Index: {plan.digest}.",
        *(
            f"  {entry.platform} {entry.digest} of {plan.origins[entry.digest]}"
            for entry in plan.index.manifests
        ),
        *(f"Kept of the index that is there: {platform}." for platform in plan.kept),
        *(plans.lines(plan.attest) if plan.decision.write else ()),
        *(f"Tag {reference}." for reference in plan.decision.write),
        *naming.kept_tag_lines(plan.decision.kept_tags),
    )


def plan_json(plan: Plan) -> str:
    """The plan for machines."""
    return json.dumps(
        {
            "digest": str(plan.digest),
            "index": json.loads(plan.index.raw),
            "kept": list(map(str, plan.kept)),
            "push": list(map(str, plan.push)),
            "tags": list(map(str, plan.decision.write)),
            "stay": naming.kept_tag_json(plan.decision.kept_tags),
            "attest": attest.plan_json(plan.attest),
            "verify": plan.verify,
        }
    )


def reason(plan: Plan) -> str:
    """Why no name was written; empty where one was."""
    if plan.decision.write:
        return ""
    return "; ".join(
        line.removesuffix(".") for line in naming.kept_tag_lines(plan.decision.kept_tags)
    )


def outputs(outcome: Outcome) -> tuple[Row, ...]:
    """Outputs of the step; the size is what the registry confirmed, and a digest is one that it
    holds."""
    plan, size = outcome.plan, outcome.size
    names = plan.decision.write or (outcome.existing.names if outcome.existing else ())
    by_digest = _by_digest(outcome)
    found = {
        "digest": str(plan.digest) if outcome.pushed else "",
        "digests": naming.digests_json(plan.index),
        "image": next(iter(by_digest), ""),
        "images": "\n".join(by_digest),
        "version": next((reference.target for reference in names), ""),
        "tags": "\n".join(map(str, names)),
        "annotations": "\n".join(
            f"index:{key}={value}" for key, value in plan.index.annotations.items()
        ),
        "pushed": "true" if outcome.pushed else "false",
        "reason": reason(plan),
        "size": str(size.total) if size else "",
        "previous-digests": naming.previous_json(plan.previous),
        **dict(visibility.outputs(outcome.visible)),
        **dict(attest.outputs(outcome.attested)),
        "plan": plan_json(plan),
    }
    return tuple((found | naming.existing_outputs(outcome.existing)).items())


def view(outcome: Outcome, steps: tuple[StepCells, ...] = ()) -> ImageView:
    """What the job summary shows."""
    plan = outcome.plan
    names = plan.decision.write
    by_digest = _by_digest(outcome)
    image = ImageView(
        title=str(plan.push[0]) if plan.push else "Index",
        verdict="✅ merged"
        if outcome.pushed
        else "planned"
        if plan.push
        else "🟦 nothing to merge",
        reason=f"No name was written: {reason(plan)}." if reason(plan) else "",
        digest=str(plan.digest),
        by_digest=by_digest,
        by_tag=tuple(map(str, names)) if outcome.pushed else (),
        platforms=tuple(_platforms(plan, outcome.size)),
        facts=tuple(_facts(outcome)),
        notices=(
            *naming.kept_tag_lines(plan.decision.kept_tags),
            *visibility.notices(outcome.visible),
            *attest.notices(outcome.attested),
        ),
        outputs=tuple(
            pair for pair in outputs(outcome) if pair[1] and pair[0] not in ("plan", "annotations")
        ),
        chart=timeline.chart(steps),
        pins=(
            *naming.pins(by_digest),
            *attest.commands(outcome.attested, next(iter(by_digest), ""), plan.attest),
        ),
    )
    return naming.with_existing(image, outcome.existing)


def unmerged(row: rows.Row, names: Iterable[Reference], *, is_dry_run: bool) -> ImageView:
    """What the job summary shows of an image that was built, and of which nothing was pushed."""
    references = tuple(names)
    return ImageView(
        title=row.image,
        verdict="planned" if is_dry_run else "🟦 built, not merged",
        reason=f"Nothing was merged: {row.reason}.",
        platforms=tuple(
            PlatformRow(platform=each.platform, digest=each.digest, size="unknown")
            for each in row.platforms
        ),
        notices=("The digests are those of the building engines: nobody can pull them.",)
        if any(each.digest for each in row.platforms)
        else (),
        facts=(("Tags it would have", naming.tag_cells(references)),) if references else (),
        chart=timeline.chart(row.steps),
    )


def _by_digest(outcome: Outcome) -> tuple[str, ...]:
    return (
        naming.by_digest(outcome.plan.decision.write, outcome.plan.digest) if outcome.pushed else ()
    )


def _facts(outcome: Outcome) -> Iterable[tuple[str, str]]:
    if names := outcome.plan.decision.write:
        yield "Tags", naming.tag_cells(names)
    if outcome.size:
        yield "Compressed", f"{markdown.size(outcome.size.total)}, all platforms together"
    if outcome.visible:
        yield "Visibility", outcome.visible.sentence
    if told := attest.sentence(outcome.attested):
        yield "Attestation", told


def _platforms(plan: Plan, size: ImageSize | None) -> Iterable[PlatformRow]:
    sizes = {image.digest: markdown.size(image.size) for image in size.platforms} if size else {}
    for entry in plan.index.platforms:
        yield PlatformRow(
            platform=str(entry.platform),
            digest=str(entry.digest),
            size=sizes.get(entry.digest, "unknown"),
        )
