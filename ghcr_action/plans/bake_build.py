"""The engine's part of a bake: a builder that pushes by digest, the plan file, the one call."""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ghcr_action.buildx import (
    builder,
    cache,
    checks,
    destination,
)
from ghcr_action.buildx.bake import calls, plan_file, rights
from ghcr_action.buildx.bake.definition import Definition, Target
from ghcr_action.buildx.bake.plan_file import Edit
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import Choice, UseEngine
from ghcr_action.buildx.destination import Nowhere
from ghcr_action.errors import SettingsError
from ghcr_action.plans import builder as builder_plan
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.plans.bake_plan import BakeFacts, TargetPlan
from ghcr_action.plans.build_plan import BuildPlan
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

LOAD = "load.json"
"""The name of the plan file that loads."""


def make(
    settings: BakeSettings,
    facts: BakeFacts,
    targets: tuple[TargetPlan, ...],
    named: tuple[TargetNames, ...],
) -> BuildPlan:
    """The engine's part: a builder, the plan file, the one build, loading."""
    choice = _choice(settings, facts)
    pushes = any(target.push and target.is_built for target in targets)
    bridge = builder_plan.bridge(choice, facts.build) if pushes else None
    request = replace(
        settings.request,
        builder=bridge.name if bridge else "" if isinstance(choice, UseEngine) else choice.name,
    )
    edits, caches = _edits(settings, facts, targets)
    scratch, built = (
        facts.build.scratch,
        tuple(target.name for target in targets if target.is_built),
    )
    directory = facts.source.directory if not facts.source.remote else ""
    built_command = calls.building(
        request,
        built,
        plan=scratch / calls.PLAN,
        metadata=scratch / "metadata.json",
        buildx=facts.build.engine.buildx,
    )
    load = _load(settings, facts, built) if settings.load and built else None
    loading = tuple(_load_files(settings, facts, named)) if load else ()
    files = (
        (calls.PLAN, Secret(plan_file.text(facts.definition, edits))),
        *loading,
        *builder_plan.files(choice),
    )
    return BuildPlan(
        secrets=files,
        choice=choice,
        bridge=bridge,
        setup=builder_plan.setup(choice, facts.build, bridge),
        removal=builder_plan.removal(choice, bridge),
        emulation=builder_plan.emulate(
            choice, facts.build, settings.building.emulation, _platforms(targets)
        ),
        trial=None,
        build=_at(built_command, settings, directory, built, facts.definition),
        load=_at(load, settings, directory, built, facts.definition) if load else None,
        destination=Nowhere(),
        dockerfile=_dockerfile(facts.definition.target(built[0]), directory) if built else "",
        checks=settings.building.checks,
        cache_why=caches,
    )


def _dockerfile(target: Target, directory: str) -> str:
    """Its path in the work tree, for annotations; empty where it lies elsewhere."""
    places = (target.context, target.dockerfile)
    if target.is_inline or not all(map(rights.is_local, places)):
        return ""
    return posixpath.normpath(posixpath.join(directory, *map(rights.path_of, places)))


def _at(
    found: BuildCommand,
    settings: BakeSettings,
    directory: str,
    built: tuple[str, ...],
    definition: Definition,
) -> BuildCommand:
    """The call in the directory whose paths the definition means; buildx names a step's target
    where it solves several."""
    solved = tuple(dict.fromkeys(name for each in built for name in definition.needs(each)))
    dockerfiles = tuple((name, _dockerfile(definition.target(name), directory)) for name in solved)
    return replace(
        found,
        environment=(*found.environment, *settings.building.environment),
        directory=directory,
        targets=solved if len(solved) > 1 else (),
        dockerfiles=dockerfiles if len(solved) > 1 else (),
    )


def _choice(settings: BakeSettings, facts: BakeFacts) -> Choice:
    """A builder that pushes by digest: the engine's own behind a bridge, a named one, one of
    ours."""
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
            "The engine's classic image store can't push by digest, so that tags could not come "
            "last",
            why=choice.why,
            fix="Leave `driver` and `builder` out, so that a builder in a container is used.",
        )
    return choice


def _edits(
    settings: BakeSettings, facts: BakeFacts, targets: Iterable[TargetPlan]
) -> tuple[tuple[Edit, ...], str]:
    """What the plan file changes of each target, and why the caches are these."""
    found, why = [], "as the definition says"
    for planned in targets:
        target = facts.definition.target(planned.name)
        caches = _caches(settings, planned, target)
        why = caches.why or why
        found.append(
            Edit(
                target=planned.name,
                output=destination.by_digest(planned.push)
                if planned.push and planned.is_built
                else "",
                labels=planned.labels,
                annotations=planned.annotations,
                platforms=tuple(map(str, settings.platforms)),
                args=_checked(settings, target),
                attests=planned.attests,
                cache_from=caches.read,
                cache_to=caches.write,
            )
        )
    return tuple(found), why


def _checked(settings: BakeSettings, target: Target) -> tuple[tuple[str, str], ...]:
    """The build argument that turns the Dockerfile's checks on or off."""
    given = tuple(f"{name}={value}" for name, value in target.args)
    found = checks.build_args(settings.building.checks, given)
    return tuple((name, value) for name, _, value in (item.partition("=") for item in found))


def _caches(settings: BakeSettings, planned: TargetPlan, target: Target) -> cache.Caches:
    """A scope for each target and platform, where the definition names none."""
    if target.cache_from or target.cache_to or settings.request.no_cache:
        return cache.Caches()
    return cache.choose(
        settings.building.cache,
        settings.common.event,
        image=next(iter(planned.push), None),
        platforms=planned.platforms,
        target=planned.name,
        may_write=bool(planned.push),
    )


def _load(settings: BakeSettings, facts: BakeFacts, built: tuple[str, ...]) -> BuildCommand:
    """The same steps again, from the cache, into the engine."""
    scratch = facts.build.scratch
    request = replace(settings.request, builder="", no_cache=False)
    return calls.building(
        request,
        built,
        plan=scratch / LOAD,
        metadata=scratch / "load-metadata.json",
        buildx=facts.build.engine.buildx,
    )


def _load_files(
    settings: BakeSettings, facts: BakeFacts, named: Iterable[TargetNames]
) -> Iterator[tuple[str, Secret]]:
    """The plan file that loads: no attestations, which the store may not take, no cache written."""
    edits = tuple(
        Edit(
            target=each.target,
            is_bare=True,
            platforms=tuple(map(str, settings.platforms)),
            loads_as=tuple(map(str, (*each.references, *each.local))),
        )
        for each in named
    )
    yield LOAD, Secret(plan_file.text(facts.definition, edits))


def _platforms(targets: Iterable[TargetPlan]) -> tuple[Platform, ...]:
    """Every platform that is built for."""
    built = (target.platforms for target in targets if target.is_built)
    return tuple(dict.fromkeys(platform for each in built for platform in each))
