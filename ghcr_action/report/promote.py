"""A promotion in words: plan lines for the log, outputs for later steps, the view for the
summary."""

import json
from collections.abc import Iterable

from ghcr_action.names.policy import ExistingImage
from ghcr_action.plans.promote import Plan
from ghcr_action.report.words import markdown, naming
from ghcr_action.report.words.views import ImageView
from ghcr_action.values.reference import Digest, Reference

Row = tuple[str, str]


def plan_lines(plan: Plan) -> tuple[str, ...]:
    """The plan as the log shows it before anything is written."""
    whole = "" if plan.is_whole else f", of which {plan.digest} is kept"
    return (
        f"Source: {plan.source} is {plan.found.descriptor.digest}{whole}.",
        *(f"Copy to {repository}." for repository in plan.copy),
        *(f"Tag {_from(reference, before)}." for reference, before in plan.previous),
        *(f"{reference} holds this digest already." for reference in plan.already),
        *naming.kept_tag_lines(plan.kept_tags),
    )


def plan_json(plan: Plan) -> str:
    """The plan for machines."""
    return json.dumps(
        {
            "source": str(plan.source),
            "digest": str(plan.digest),
            "copy": list(map(str, plan.copy)),
            "referrers": list(map(str, plan.referrers)),
            "tags": list(map(str, plan.write)),
            "already": list(map(str, plan.already)),
            "stay": naming.kept_tag_json(plan.kept_tags),
            "verify": plan.verify,
        }
    )


def reason(plan: Plan) -> str:
    """Why no name was written; empty where one was."""
    if plan.write:
        return ""
    if plan.already:
        return f"every name holds {plan.digest} already"
    return (
        "; ".join(line.removesuffix(".") for line in naming.kept_tag_lines(plan.kept_tags))
        or "no tag rule yields a name for this event"
    )


def way_back(plan: Plan) -> tuple[Row, ...]:
    """Outputs that are set before the first name is written, so that they are known after a failure
    too."""
    return (("previous-digests", naming.previous_json(plan.previous)), ("plan", plan_json(plan)))


def outputs(plan: Plan, existing: ExistingImage | None, *, is_dry_run: bool) -> tuple[Row, ...]:
    """Outputs of a step that did not fail. ``image`` and ``images`` are where the digest is, so in
    a dry run where it was before."""
    by_digest = naming.by_digest(_held(plan, is_dry_run=is_dry_run), plan.digest)
    names = plan.names or (existing.names if existing else ())
    found = {
        "digest": str(plan.digest),
        "digests": naming.digests_json(plan.root, plan.platform),
        "image": next(iter(by_digest), ""),
        "images": "\n".join(by_digest),
        "version": next((reference.target for reference in names), ""),
        "tags": "\n".join(map(str, names)),
        "pushed": "true" if plan.write and not is_dry_run else "false",
        "reason": reason(plan),
        **dict(way_back(plan)),
    }
    return tuple((found | naming.existing_outputs(existing)).items())


def view(plan: Plan, existing: ExistingImage | None, *, is_dry_run: bool) -> ImageView:
    """What the job summary shows; how to use a name only where it holds the digest."""
    shown = tuple(
        pair
        for pair in outputs(plan, existing, is_dry_run=is_dry_run)
        if pair[1] and pair[0] != "plan"
    )
    held = _held(plan, is_dry_run=is_dry_run)
    image = ImageView(
        title=str(plan.source),
        verdict="planned" if is_dry_run else "✅ promoted" if plan.write else "🟦 nothing to do",
        reason=f"No name was written: {reason(plan)}." if not plan.write else "",
        digest=str(plan.digest),
        by_digest=naming.by_digest(held, plan.digest),
        by_tag=tuple(map(str, held)),
        facts=tuple(_rows(plan)),
        notices=naming.kept_tag_lines(plan.kept_tags),
        outputs=shown,
    )
    return naming.with_existing(image, existing)


def _held(plan: Plan, *, is_dry_run: bool) -> tuple[Reference, ...]:
    """The names that hold the digest when the run has ended."""
    return plan.already if is_dry_run else plan.names


def _rows(plan: Plan) -> Iterable[Row]:
    if not plan.is_whole:
        yield "Whole image", markdown.code(plan.found.descriptor.digest)
    if plan.copy:
        yield "Copied to", markdown.Safe(", ".join(map(markdown.code, plan.copy)))
    for reference, before in plan.previous:
        yield (
            "Tag",
            markdown.Safe(
                f"{markdown.code(reference)}, before "
                f"{markdown.code(before) if before else 'absent'}"
            ),
        )
    if plan.already:
        yield "Unchanged", naming.tag_cells(plan.already)


def _from(reference: Reference, before: Digest | None) -> str:
    return (
        f"{reference}, which is {before} now"
        if before
        else f"{reference}, which does not exist yet"
    )
