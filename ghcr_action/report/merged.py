"""A merge in words: plan lines for the log, outputs for later steps, the view for the summary. Pure."""

import json
from collections.abc import Iterable

from ghcr_action.merging import Plan
from ghcr_action.report import markdown, naming
from ghcr_action.report.view import ImageView, PlatformRow
from ghcr_action.values.size import ImageSize

Row = tuple[str, str]


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """The plan as the log shows it before anything is written."""
    return (
        f"Index: {plan.digest}.",
        *(f"  {entry.platform} {entry.digest} of {plan.origins[entry.digest]}" for entry in plan.index.manifests),
        *(f"Kept of the index that is there: {platform}." for platform in plan.kept),
        *(f"Tag {reference}." for reference in plan.decision.write),
        *naming.stay_lines(plan.decision.stay),
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
            "stay": naming.stay_json(plan.decision.stay),
            "verify": plan.verify,
        }
    )


def reason(plan: Plan) -> str:
    """Why no name was written; empty where one was."""
    if plan.decision.write:
        return ""
    return "; ".join(line.removesuffix(".") for line in naming.stay_lines(plan.decision.stay))


def outputs(plan: Plan, size: ImageSize | None, *, pushed: bool) -> tuple[Row, ...]:
    """Outputs of the step; ``size`` is what the registry confirmed."""
    names = plan.decision.write
    by_digest = naming.by_digest(names, plan.digest)
    return (
        ("digest", str(plan.digest)),
        ("digests", naming.digests_json(plan.index)),
        ("image", next(iter(by_digest), "")),
        ("images", "\n".join(by_digest)),
        ("version", next((reference.target for reference in names), "")),
        ("tags", "\n".join(map(str, names))),
        ("annotations", "\n".join(f"index:{key}={value}" for key, value in plan.index.annotations.items())),
        ("pushed", "true" if pushed else "false"),
        ("reason", reason(plan)),
        ("size", str(size.total) if size else ""),
        ("previous-digests", naming.previous_json(plan.previous)),
        ("plan", plan_json(plan)),
    )


def view(plan: Plan, size: ImageSize | None, *, pushed: bool) -> ImageView:
    """What the job summary shows."""
    names = plan.decision.write
    shown = tuple(pair for pair in outputs(plan, size, pushed=pushed) if pair[1] and pair[0] not in ("plan", "annotations"))
    return ImageView(
        title=str(plan.push[0]) if plan.push else "Index",
        verdict="✅ merged" if pushed else "planned",
        reason=f"No name was written: {reason(plan)}." if reason(plan) else "",
        digest=str(plan.digest),
        by_digest=naming.by_digest(names, plan.digest),
        by_tag=tuple(map(str, names)),
        platforms=tuple(_platforms(plan, size)),
        facts=(("Tags", naming.tag_cells(names)),) if names else (),
        notices=naming.stay_lines(plan.decision.stay),
        outputs=shown,
    )


def _platforms(plan: Plan, size: ImageSize | None) -> Iterable[PlatformRow]:
    sizes = {image.digest: markdown.size(image.size) for image in size.platforms} if size else {}
    for entry in plan.index.platforms:
        yield PlatformRow(platform=str(entry.platform), digest=str(entry.digest), size=sizes.get(entry.digest, "unknown"))
