"""What a bake will do: from settings and facts to a complete plan.

Every target is built in one call, those with names are pushed by digest, and all names of all
targets are written last: fixed ones, then moving ones. What is only built is in the plan too, with
the reason.
"""

from collections.abc import Mapping
from dataclasses import replace

from ghcr_action.buildx import annotations, options, provenance
from ghcr_action.buildx.bake import matrix, plan_file
from ghcr_action.buildx.bake.definition import Definition, Target
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.errors import SettingsError
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import wanted
from ghcr_action.names.policy import Rules
from ghcr_action.plans import bake_build, bake_names, pushing
from ghcr_action.plans.attest import Unattested
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.plans.bake_plan import BakeFacts, BakePlan, TargetPlan
from ghcr_action.settings import exporters
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository


def heard(settings: BakeSettings, definition: Definition) -> BakeSettings:
    """The settings, by digest where an output of a target says so: in a matrix no job may move a
    tag, but for the one that merges."""
    if settings.job_lines is not None or settings.plan_matrix:
        return settings
    images = exporters.of_images(
        output for target in definition.wanted for output in target.outputs
    )
    return replace(
        settings, push_by_digest=settings.push_by_digest or exporters.are_by_digest(images)
    )


def names(
    settings: BakeSettings,
    definition: Definition,
    metadata: Metadata,
    by_target: Mapping[str, Metadata],
) -> tuple[TargetNames, ...]:
    """Every name of every target that was asked for. Raises SettingsError where two want one, or a
    key of ``target-tags`` names nobody."""
    rules = metadata.tag_names if settings.has_rules else None
    extra = _extra(settings, definition, by_target)
    found = tuple(
        _unless_refused(
            settings,
            target,
            bake_names.of(
                target,
                rules=None if rules is None else bake_names.tags(rules),
                extra=extra.get(target.name, ()),
            ),
        )
        for target in definition.wanted
    )
    bake_names.refuse_shared(found)
    return found


def make(settings: BakeSettings, facts: BakeFacts) -> BakePlan:
    """The plan; equal settings and facts give equal plans. Raises SettingsError before anything is
    built."""
    named = names(settings, facts.definition, facts.metadata, facts.by_target)
    reason = why_not(settings, named, facts.cannot_push)
    targets = tuple(_target(settings, facts, each, reason) for each in named)
    building = bake_build.make(settings, facts, targets, named)
    return BakePlan(
        files=facts.files,
        targets=targets,
        linked=tuple(target.name for target in facts.definition.linked),
        building=building,
        request=replace(settings.request, source=facts.source),
        retries=settings.common.retries,
        rules=rules(settings, named),
        verify=settings.verify,
        attest=Unattested(why="nothing is pushed") if reason else facts.attest,
        reason=reason,
        warnings=facts.metadata.warnings,
    )


def _unless_refused(settings: BakeSettings, target: Target, named: TargetNames) -> TargetNames:
    """The names; for the engine alone where the target's output says not to push, and the input
    says nothing."""
    images = exporters.of_images(target.outputs)
    if settings.push is not None or not named.references or not exporters.refuse_push(images):
        return named
    why = "its `output` says `push=false`"
    return TargetNames(target=named.target, references=(), why=why, local=named.references)


def rules(settings: BakeSettings, named: tuple[TargetNames, ...]) -> Rules:
    """What decides whether a name of any target may be written."""
    return Rules(
        policy=settings.policy,
        wanted=tuple(reference for each in named for reference in each.references),
        released=wanted.released(settings.common.event),
    )


def why_not(settings: BakeSettings, named: tuple[TargetNames, ...], cannot_push: str) -> str:
    """Why nothing will be pushed; empty where something will."""
    references = tuple(reference for each in named for reference in each.references)
    if settings.request.call:
        return f"`call: {settings.request.call}` evaluates, it does not build"
    return pushing.why_not(settings.common, settings.push, references, cannot_push) or (
        "" if references else "no target has a name to be published under"
    )


def _extra(
    settings: BakeSettings, definition: Definition, by_target: Mapping[str, Metadata]
) -> dict[str, tuple[Reference, ...]]:
    """What ``target-tags`` names each target; of two keys the later one counts."""
    found: dict[str, tuple[Reference, ...]] = {}
    for each in settings.target_tags:
        matched = bake_names.match(each.pattern, definition)
        if not matched and (settings.request.targets or settings.push_by_digest):
            continue  # of another part of the definition, which this run does not build
        if not matched:
            near = bake_names.nearest(each.pattern, definition.asked)
            raise SettingsError(
                f"`target-tags`: no target {each.pattern!r} is built",
                why=f"built are {', '.join(definition.asked)}",
                fix=f"target-tags: |\n  {near}: …" if near else "",
            )
        for name in matched:
            tags = bake_names.tags(by_target[each.pattern].tag_names) if each.names.rules else ()
            repositories = bake_names.repositories(definition.target(name), settings.images)
            found[name] = (
                *(repository.tag(tag) for repository in repositories for tag in tags),
                *map(bake_names.tagged, each.names.references),
            )
    return found


def _target(
    settings: BakeSettings, facts: BakeFacts, named: TargetNames, reason: str
) -> TargetPlan:
    target = facts.definition.target(named.target)
    metadata = _metadata(settings, facts, target)
    write = tuple(each for each in facts.decision.write if each in named.references)
    kept_tags = tuple(
        each for each in facts.decision.kept_tags if each.reference in named.references
    )
    why = reason or named.why or ("every name stays where it is" if not write else "")
    is_unchanged = facts.changed is not None and target.name not in facts.changed
    base = facts.bases.get(target.name) if is_unchanged else None
    why = why or (
        "nothing that it is built from has changed" if is_unchanged and base is None else ""
    )
    push = () if why else tuple(dict.fromkeys(each.repository for each in write))
    asked = tuple(each for each in settings.platforms if not each.is_local)
    platforms = asked or (() if settings.platforms else matrix.platforms(target))
    attests = _attests(settings, push, target)
    if push:
        options.refuse_layouts(f"target {target.name!r}: `output`", plan_file.kept_outputs(target))
    return TargetPlan(
        name=target.name,
        platforms=platforms,
        push=push,
        tag=() if why or settings.push_by_digest else write,
        kept_tags=kept_tags,
        guarded=() if why else tuple(each for each in facts.decision.guarded if each in write),
        version=metadata.version,
        labels=metadata.labels,
        annotations=_annotations(metadata.annotations, platforms, attests, target) if push else (),
        attests=attests,
        is_built=not facts.is_merge and not is_unchanged and (bool(write) or not kept_tags),
        base=None if why else base,
        reason=why,
        outputs=plan_file.kept_outputs(target),
    )


def _metadata(settings: BakeSettings, facts: BakeFacts, target: Target) -> Metadata:
    own = [
        each.pattern
        for each in settings.target_tags
        if target.name in bake_names.match(each.pattern, facts.definition) and each.names.rules
    ]
    return facts.by_target[own[-1]] if own else facts.metadata


def _attests(
    settings: BakeSettings, push: tuple[Repository, ...], target: Target
) -> tuple[str, ...]:
    """Attestations of the kinds that the target does not speak of."""
    own = {dict(each).get("type", "") for each in target.attests}
    asked = BuildRequest(
        provenance="" if provenance.PROVENANCE in own else settings.provenance,
        sbom="" if provenance.SBOM in own else settings.sbom,
    )
    registries = {repository.registry for repository in push} or {settings.common.event.registry}
    default = provenance.default(
        registries, settings.common.event, is_off=provenance.PROVENANCE in own
    )
    return provenance.values(asked, settings.common.event, default)


def _annotations(
    items: tuple[str, ...],
    platforms: tuple[Platform, ...],
    attests: tuple[str, ...],
    target: Target,
) -> tuple[str, ...]:
    """Those that the image can hold: an index has several platforms, or attestations."""
    own = (options.write(each) for each in target.attests)
    is_index = len(platforms) > 1 or provenance.are_made((*own, *attests), inline=True)
    return annotations.passed(items, makes_index=is_index)
