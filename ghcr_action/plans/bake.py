"""What a bake will do: from settings and facts to a complete plan. Pure.

Every target is built in one call, those with names are pushed by digest, and all names of all targets are written last: fixed ones, then
moving ones. What is only built is in the plan too, with the reason.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ghcr_action.buildx import annotations, builder, cache, checks, destination, emulation, provenance
from ghcr_action.buildx.bake import command, matrix, plan_file
from ghcr_action.buildx.bake.command import BakeRequest
from ghcr_action.buildx.bake.definition import Definition, Target
from ghcr_action.buildx.bake.plan_file import Edit
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import Choice, Create, UseEngine
from ghcr_action.buildx.checks import Note
from ghcr_action.buildx.destination import Nowhere
from ghcr_action.buildx.measures import CacheUse
from ghcr_action.buildx.step import Step
from ghcr_action.errors import SettingsError
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import policy
from ghcr_action.names.policy import Decision, Stay
from ghcr_action.plans import bake_names, pushing
from ghcr_action.plans import builder as builder_plan
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.plans.build import BuildPlan
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.plans.visibility import Finding
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.secret import Secret
from ghcr_action.values.size import ImageSize

LOAD = "load.json"
"""The name of the plan file that loads."""


@dataclass(frozen=True, kw_only=True)
class BakeFacts:
    """What was read before anything is decided."""

    build: BuildFacts
    files: tuple[str, ...]
    """The definition's files."""
    definition: Definition
    metadata: Metadata
    by_target: Mapping[str, Metadata] = field(default_factory=dict, hash=False)
    """By the key of ``target-tags``: what its own rules yield."""
    decision: Decision = Decision(write=())
    cannot_push: str = ""
    changed: Mapping[str, str] | None = field(default=None, hash=False)
    """Targets that have changed, and why; None where nobody asked."""
    bases: Mapping[str, Digest] = field(default_factory=dict, hash=False)
    """Of targets that have not changed: what the base branch has of them."""


@dataclass(frozen=True, kw_only=True)
class TargetPlan:
    """What becomes of one target that was asked for."""

    name: str
    description: str = ""
    platforms: tuple[Platform, ...] = ()
    """What its image must hold; empty where that is the engine's choice."""
    push: tuple[Repository, ...] = ()
    """Where it is pushed by digest."""
    tag: tuple[Reference, ...] = ()
    stay: tuple[Stay, ...] = ()
    guarded: tuple[Reference, ...] = ()
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    annotations: tuple[str, ...] = ()
    is_built: bool = True
    base: Digest | None = None
    """The image of the base branch that gets the names, where the target has not changed."""
    reason: str = ""
    """Why it is not published, or not built."""
    outputs: tuple[str, ...] = ()
    """What else becomes of it, as buildx writes it."""

    @property
    def image(self) -> str:
        """Its first name without a tag, else the target's own name."""
        return str(self.push[0]) if self.push else self.name


@dataclass(frozen=True, kw_only=True)
class BakePlan:
    """What will be written, in order."""

    files: tuple[str, ...]
    targets: tuple[TargetPlan, ...]
    linked: tuple[str, ...]
    """Built because others need them; they go nowhere."""
    building: BuildPlan
    request: BakeRequest
    retries: int
    verify: bool
    reason: str = ""
    """Why nothing of all is pushed."""
    warnings: tuple[str, ...] = ()

    @property
    def build(self) -> BuildCommand:
        """The one build."""
        return self.building.build

    @property
    def built(self) -> tuple[TargetPlan, ...]:
        """The targets that are built."""
        return tuple(target for target in self.targets if target.is_built)

    @property
    def published(self) -> tuple[TargetPlan, ...]:
        """The targets that get content or names."""
        return tuple(target for target in self.targets if target.push)

    @property
    def push(self) -> tuple[Repository, ...]:
        """Every repository that is written to."""
        return tuple(dict.fromkeys(repository for target in self.targets for repository in target.push))

    @property
    def tag(self) -> tuple[Reference, ...]:
        """Every name of every target: fixed ones first, moving ones at the very end."""
        return policy.ordered(reference for target in self.targets for reference in target.tag)

    @property
    def shown_command(self) -> str:
        """The build as one would type it."""
        return shlex.join(("docker", *self.build.arguments))


@dataclass(frozen=True, kw_only=True)
class TargetOutcome:
    """What a run has done with one target, as far as it is confirmed."""

    plan: TargetPlan
    root: Manifest | Index | None = None
    size: ImageSize | None = None
    pushed: bool = False
    visible: Finding | None = None

    @property
    def digest(self) -> Digest | None:
        """The digest of the whole image."""
        return self.root.descriptor.digest if self.root else None


@dataclass(frozen=True, kw_only=True)
class BakeOutcome:
    """What a run has done."""

    plan: BakePlan
    targets: tuple[TargetOutcome, ...]
    metadata_json: str = ""
    metadata_file: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    cache: CacheUse | None = None
    steps: tuple[Step, ...] = ()
    notes: tuple[Note, ...] = ()


def names(settings: BakeSettings, definition: Definition, metadata: Metadata, by_target: Mapping[str, Metadata]) -> tuple[TargetNames, ...]:
    """Every name of every target that was asked for. Raises SettingsError where two want one, or a key of ``target-tags`` names nobody."""
    rules = metadata.tag_names if settings.has_rules else None
    extra = _extra(settings, definition, by_target)
    found = tuple(
        bake_names.of(target, rules=None if rules is None else bake_names.tags(rules), extra=extra.get(target.name))
        for target in definition.wanted
    )
    bake_names.refuse_shared(found)
    return found


def make(settings: BakeSettings, facts: BakeFacts) -> BakePlan:
    """The plan; equal settings and facts give equal plans. Raises SettingsError before anything is built."""
    named = names(settings, facts.definition, facts.metadata, facts.by_target)
    reason = why_not(settings, named, facts.cannot_push)
    targets = tuple(_target(settings, facts, each, reason) for each in named)
    building = _building(settings, facts, targets, named)
    return BakePlan(
        files=facts.files,
        targets=targets,
        linked=tuple(target.name for target in facts.definition.linked),
        building=building,
        request=settings.request,
        retries=settings.common.retries,
        verify=settings.verify,
        reason=reason,
        warnings=facts.metadata.warnings,
    )


def why_not(settings: BakeSettings, named: tuple[TargetNames, ...], cannot_push: str) -> str:
    """Why nothing will be pushed; empty where something will."""
    references = tuple(reference for each in named for reference in each.references)
    if settings.request.call:
        return f"`call: {settings.request.call}` evaluates, it does not build"
    return pushing.why_not(settings.common, settings.push, references, cannot_push) or ("" if references else "no target has a name to be published under")


def _extra(settings: BakeSettings, definition: Definition, by_target: Mapping[str, Metadata]) -> dict[str, tuple[Reference, ...]]:
    """What ``target-tags`` names each target; of two keys the later one counts."""
    found: dict[str, tuple[Reference, ...]] = {}
    for each in settings.target_tags:
        matched = bake_names.match(each.pattern, definition)
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
            found[name] = (*(repository.tag(tag) for repository in repositories for tag in tags), *map(bake_names.tagged, each.names.references))
    return found


def _target(settings: BakeSettings, facts: BakeFacts, named: TargetNames, reason: str) -> TargetPlan:
    target = facts.definition.target(named.target)
    metadata = _metadata(settings, facts, target)
    write = tuple(each for each in facts.decision.write if each in named.references)
    stay = tuple(each for each in facts.decision.stay if each.reference in named.references)
    why = reason or named.why or ("every name stays where it is" if not write else "")
    is_unchanged = facts.changed is not None and target.name not in facts.changed
    base = facts.bases.get(target.name) if is_unchanged else None
    why = why or ("nothing that it is built from has changed" if is_unchanged and base is None else "")
    return TargetPlan(
        name=target.name,
        description=target.description,
        platforms=matrix.parsed(settings.platforms or target.platforms, target.name),
        push=() if why else tuple(dict.fromkeys(each.repository for each in write)),
        tag=() if why or settings.push_by_digest else write,
        stay=stay,
        guarded=() if why else tuple(each for each in facts.decision.guarded if each in write),
        version=metadata.version,
        labels=metadata.labels,
        annotations=metadata.annotations,
        is_built=not is_unchanged and (bool(write) or not stay),
        base=None if why else base,
        reason=why,
        outputs=plan_file.kept_outputs(target),
    )


def _metadata(settings: BakeSettings, facts: BakeFacts, target: Target) -> Metadata:
    own = [each.pattern for each in settings.target_tags if target.name in bake_names.match(each.pattern, facts.definition) and each.names.rules]
    return facts.by_target[own[-1]] if own else facts.metadata


def _building(settings: BakeSettings, facts: BakeFacts, targets: tuple[TargetPlan, ...], named: tuple[TargetNames, ...]) -> BuildPlan:
    """The engine's part: a builder, the plan file, the one build, loading."""
    choice = _choice(settings, facts)
    pushes = any(target.push and target.is_built for target in targets)
    bridge = builder_plan.bridge(choice, facts.build) if pushes else None
    request = replace(settings.request, builder=bridge.name if bridge else "" if isinstance(choice, UseEngine) else choice.name)
    edits, caches = _edits(settings, facts, targets, choice)
    scratch, built = facts.build.scratch, tuple(target.name for target in targets if target.is_built)
    directory = settings.request.source.directory
    built_command = command.building(
        request, built, plan=scratch / command.PLAN, metadata=scratch / "metadata.json", buildx=facts.build.engine.buildx
    )
    load = _load(settings, facts, built) if settings.load and built else None
    loading = tuple(_load_files(settings, facts, named)) if load else ()
    files = ((command.PLAN, Secret(plan_file.text(facts.definition, edits))), *loading, *builder_plan.files(choice))
    return BuildPlan(
        secrets=files,
        choice=choice,
        bridge=bridge,
        setup=builder_plan.setup(choice, facts.build, bridge),
        removal=builder_plan.removal(choice, bridge),
        emulation=_emulation(settings, facts, targets, choice),
        trial=None,
        build=_at(built_command, settings, directory, built, facts.definition),
        load=_at(load, settings, directory, built, facts.definition) if load else None,
        destination=Nowhere(),
        dockerfile="",
        checks=settings.building.checks,
        cache_why=caches,
    )


def _at(found: BuildCommand, settings: BakeSettings, directory: str, built: tuple[str, ...], definition: Definition) -> BuildCommand:
    """The call in the directory whose paths the definition means; buildx names a step's target where it solves several."""
    solved = tuple(dict.fromkeys(name for each in built for name in definition.needs(each)))
    return replace(
        found,
        environment=(*found.environment, *settings.building.environment),
        directory=directory,
        targets=solved if len(solved) > 1 else (),
    )


def _choice(settings: BakeSettings, facts: BakeFacts) -> Choice:
    """A builder that pushes by digest: the engine's own behind a bridge, a named one, one of ours."""
    asked = settings.building.builder
    choice = builder.choose(
        asked,
        BuildRequest(),
        engine=facts.build.engine,
        found=facts.build.builder if asked.is_named else None,
        free_name=builder_plan.free_name(facts.build),
        digest_only=True,
    )
    if builder_plan.is_engine(choice) and not facts.build.engine.has_containerd_store:
        raise SettingsError(
            "The engine's classic image store can't push by digest, so that tags could not come last",
            why=choice.why,
            fix="Leave `driver` and `builder` out, so that a builder in a container is used.",
        )
    return choice


def _edits(settings: BakeSettings, facts: BakeFacts, targets: Iterable[TargetPlan], choice: Choice) -> tuple[tuple[Edit, ...], str]:
    """What the plan file changes of each target, and why the caches are these."""
    found, why = [], "as the definition says"
    for planned in targets:
        target = facts.definition.target(planned.name)
        caches = _caches(settings, planned, target)
        why = caches.why or why
        found.append(
            Edit(
                target=planned.name,
                output=destination.by_digest(planned.push) if planned.push and planned.is_built else "",
                labels=planned.labels,
                annotations=_annotations(planned) if planned.push else (),
                platforms=settings.platforms,
                args=_checked(settings, target),
                attests=_attests(settings, planned, target),
                cache_from=caches.read,
                cache_to=caches.write,
            )
        )
    return tuple(found), why


def _annotations(planned: TargetPlan) -> tuple[str, ...]:
    """Those that the image can hold: an index has several platforms."""
    return annotations.passed(planned.annotations, makes_index=len(planned.platforms) > 1)


def _checked(settings: BakeSettings, target: Target) -> tuple[tuple[str, str], ...]:
    """The build argument that turns the Dockerfile's checks on or off."""
    given = tuple(f"{name}={value}" for name, value in target.args)
    found = checks.build_args(settings.building.checks, given)
    return tuple((name, value) for name, _, value in (item.partition("=") for item in found))


def _attests(settings: BakeSettings, planned: TargetPlan, target: Target) -> tuple[str, ...]:
    """Attestations of the kinds that the target does not speak of."""
    own = {dict(each).get("type", "") for each in target.attests}
    asked = BuildRequest(
        provenance="" if provenance.PROVENANCE in own else settings.provenance,
        sbom="" if provenance.SBOM in own else settings.sbom,
    )
    registries = {repository.registry for repository in planned.push} or {settings.common.event.registry}
    default = provenance.default(registries, settings.common.event, is_off=provenance.PROVENANCE in own)
    return provenance.values(asked, settings.common.event, default)


def _caches(settings: BakeSettings, planned: TargetPlan, target: Target) -> cache.Caches:
    """A scope for each target and platform, where the definition names none."""
    if target.cache_from or target.cache_to or settings.request.no_cache:
        return cache.Caches()
    return cache.choose(
        settings.building.cache,
        settings.common.event,
        image=next(iter(planned.push), None),
        platforms=tuple(map(str, planned.platforms)),
        target=planned.name,
        may_write=bool(planned.push),
    )


def _load(settings: BakeSettings, facts: BakeFacts, built: tuple[str, ...]) -> BuildCommand:
    """The same steps again, from the cache, into the engine."""
    scratch = facts.build.scratch
    request = replace(settings.request, builder="", no_cache=False)
    return command.building(request, built, plan=scratch / LOAD, metadata=scratch / "load-metadata.json", buildx=facts.build.engine.buildx)


def _load_files(settings: BakeSettings, facts: BakeFacts, named: Iterable[TargetNames]) -> Iterator[tuple[str, Secret]]:
    """The plan file that loads: no attestations, which the store may not take, no cache written."""
    edits = tuple(
        Edit(target=each.target, is_bare=True, platforms=settings.platforms, loads_as=tuple(map(str, (*each.references, *each.local)))) for each in named
    )
    yield LOAD, Secret(plan_file.text(facts.definition, edits))


def _emulation(settings: BakeSettings, facts: BakeFacts, targets: Iterable[TargetPlan], choice: Choice) -> emulation.Emulation | None:
    """Nodes that inputs describe may run anything; one of ours on this machine runs what the engine runs."""
    if isinstance(choice, Create) and (choice.request.append or choice.request.node.endpoint or choice.driver != builder.DEFAULT_DRIVER):
        return None
    runnable = (*(facts.build.builder.platforms if facts.build.builder else ()), *facts.build.engine.platforms)
    wanted = tuple(dict.fromkeys(platform for target in targets if target.is_built for platform in target.platforms))
    return emulation.plan(settings.building.emulation, wanted, runnable)
