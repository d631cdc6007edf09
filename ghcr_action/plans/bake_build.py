"""The engine's part of a bake: a builder that pushes by digest, the plan file, the one call."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from ghcr_action.buildx import cache, checks, destination, options
from ghcr_action.buildx.bake import calls, plan_file, rights
from ghcr_action.buildx.bake.calls import BakeRequest
from ghcr_action.buildx.bake.definition import Target
from ghcr_action.buildx.bake.plan_file import Edit
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import Bridge, Choice
from ghcr_action.buildx.cache import Caches
from ghcr_action.buildx.destination import Nowhere
from ghcr_action.errors import SettingsError
from ghcr_action.plans import builder as builder_plan
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.plans.bake_plan import BakeFacts, TargetPlan
from ghcr_action.plans.build_plan import BuildPlan
from ghcr_action.settings import exporters
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.engine import BuildCommand
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
    return _Planner(settings, facts, targets, named).plan()


@dataclass(frozen=True)
class _Planner:
    """Settings, facts and targets in one place; each decision is made once, from those before
    it."""

    settings: BakeSettings
    facts: BakeFacts
    targets: tuple[TargetPlan, ...]
    named: tuple[TargetNames, ...]

    def plan(self) -> BuildPlan:
        """All decisions together."""
        choice, build = self.choice, self.facts.build
        platforms = tuple(dict.fromkeys(each for one in self.built for each in one.platforms))
        return BuildPlan(
            secrets=(*self.files, *builder_plan.files(choice)),
            choice=choice,
            bridge=self.bridge,
            setup=builder_plan.setup(choice, build, self.bridge),
            removal=builder_plan.removal(choice),
            emulation=builder_plan.emulate(
                choice, build, self.settings.building.emulation, platforms
            ),
            trial=None,
            build=self.published(),
            load=self.loaded() if self.is_loaded else None,
            destination=Nowhere(),
            dockerfile=self.dockerfile(self.built[0].name) if self.built else "",
            checks=self.settings.building.checks,
            cache_why=self.cache_why,
        )

    @cached_property
    def choice(self) -> Choice:
        """A builder that pushes by digest: the engine's own behind a bridge, a named one, one of
        ours. Raises SettingsError where it can't be one."""
        asked, build = self.settings.building.builder, self.facts.build
        entitled = (right for each in self.facts.definition.targets for right in each.entitlements)
        request = BuildRequest(allow=tuple(entitled))
        choice = builder_plan.choose(asked, request, build, digest_only=True)
        if builder_plan.is_engine(choice) and not build.engine.has_containerd_store:
            raise SettingsError(
                "The engine's classic image store can't push by digest, so that tags could not "
                "come last",
                why=choice.why,
                fix="Leave `driver` and `builder` out, so that a builder in a container is used.",
            )
        return choice

    @property
    def builder(self) -> str:
        """The name of the builder, as buildx knows it."""
        return builder_plan.name(self.choice, self.facts.build)

    @cached_property
    def bridge(self) -> Bridge | None:
        """The way to the engine's own BuildKit, where something is pushed through it."""
        pushes = any(target.push for target in self.built)
        return builder_plan.bridge(self.choice, self.facts.build) if pushes else None

    @cached_property
    def built(self) -> tuple[TargetPlan, ...]:
        """The targets of the one build."""
        return tuple(target for target in self.targets if target.is_built)

    @property
    def is_loaded(self) -> bool:
        """Whether the engine gets the images as well."""
        return self.settings.load and bool(self.built)

    def published(self) -> BuildCommand:
        """The one build."""
        scratch = self.facts.build.scratch
        return self._called(
            self.settings.request,
            builder=self.bridge.name if self.bridge else self.builder,
            plan=scratch / calls.PLAN,
            metadata=scratch / "metadata.json",
        )

    def loaded(self) -> BuildCommand:
        """The same steps again, from the cache, into the engine."""
        scratch = self.facts.build.scratch
        return self._called(
            replace(self.settings.request, no_cache=False),
            builder=self.builder,
            plan=scratch / LOAD,
            metadata=scratch / "load-metadata.json",
        )

    def _called(
        self, request: BakeRequest, *, builder: str, plan: PurePosixPath, metadata: PurePosixPath
    ) -> BuildCommand:
        """The call in the directory whose paths the definition means; buildx names a step's target
        where it solves several."""
        names = tuple(target.name for target in self.built)
        buildx = self.facts.build.engine.buildx
        found = calls.building(
            request, names, builder=builder, plan=plan, metadata=metadata, buildx=buildx
        )
        needed = (name for each in names for name in self.facts.definition.needs(each))
        solved = tuple(dict.fromkeys(needed))
        return replace(
            found,
            environment=(*found.environment, *self.settings.building.environment),
            directory=self.directory,
            targets=solved if len(solved) > 1 else (),
            dockerfiles=tuple((name, self.dockerfile(name)) for name in solved)
            if len(solved) > 1
            else (),
        )

    @property
    def directory(self) -> str:
        """Where the definition's paths begin, in the work tree."""
        source = self.facts.source
        return "" if source.remote else source.directory

    def dockerfile(self, name: str) -> str:
        """A target's Dockerfile in the work tree, for annotations; empty where it lies
        elsewhere."""
        target = self.facts.definition.target(name)
        places = (target.context, target.dockerfile)
        if target.is_inline or not all(map(rights.is_local, places)):
            return ""
        return posixpath.normpath(posixpath.join(self.directory, *map(rights.path_of, places)))

    @property
    def files(self) -> Iterator[tuple[str, Secret]]:
        """The plan files, one for each call."""
        definition = self.facts.definition
        edits = tuple(map(self.edit, self.targets))
        facts = self.facts.build.builder
        host_gateway = facts.host_gateway if facts and self.bridge else ""
        yield calls.PLAN, Secret(plan_file.text(definition, edits, host_gateway))
        if self.is_loaded:
            loads = map(self.load_edit, self.targets)
            yield LOAD, Secret(plan_file.text(definition, loads))

    def edit(self, planned: TargetPlan) -> Edit:
        """What the plan file changes of a target."""
        caches = self.caches(planned)
        is_pushed = planned.push and planned.is_built
        return Edit(
            target=planned.name,
            output=self.pushed(planned) if is_pushed else "",
            names=self.names(planned.name),
            labels=planned.labels,
            annotations=planned.annotations,
            platforms=tuple(map(str, self.settings.platforms)),
            args=self.checked(self.facts.definition.target(planned.name)),
            attests=planned.attests,
            cache_from=caches.read,
            cache_to=caches.write,
        )

    def pushed(self, planned: TargetPlan) -> str:
        """The push by digest, with the options of the target's own image outputs."""
        images = exporters.of_images(self.facts.definition.target(planned.name).outputs)
        return destination.by_digest(planned.push, exporters.options_of(images))

    def names(self, target: str) -> tuple[str, ...]:
        """Every name of a target, as its outputs and the engine have them."""
        found = next((each for each in self.named if each.target == target), None)
        return tuple(map(str, (*found.references, *found.local))) if found else ()

    def load_edit(self, planned: TargetPlan) -> Edit:
        """The same image for the engine, under all of its names: no attestations, which the store
        may not take, and no cache."""
        found = self.edit(planned)
        media_types = (("oci-mediatypes", "true"),) if builder_plan.is_engine(self.choice) else ()
        named = ("name", ",".join(found.names))
        output = options.write((("type", "docker"), named, *media_types))
        return replace(
            found,
            output=output if found.names and planned.is_built else "",
            is_bare=True,
            attests=(),
            cache_from=(),
            cache_to=(),
        )

    def checked(self, target: Target) -> tuple[tuple[str, str], ...]:
        """The build argument that turns the Dockerfile's checks on or off."""
        given = tuple(f"{name}={value}" for name, value in target.args)
        found = checks.build_args(self.settings.building.checks, given)
        return tuple((name, value) for name, _, value in (item.partition("=") for item in found))

    def caches(self, planned: TargetPlan) -> Caches:
        """A scope for each target and platform, where the definition names none."""
        target = self.facts.definition.target(planned.name)
        if target.cache_from or target.cache_to or self.settings.request.no_cache:
            return Caches()
        return cache.choose(
            self.settings.building.cache,
            self.settings.common.event,
            image=next(iter(planned.push), None),
            platforms=planned.platforms,
            target=planned.name,
            may_write=bool(planned.push),
        )

    @property
    def cache_why(self) -> str:
        """Why the caches are these, as the last target that has any says."""
        whys = [why for why in (self.caches(each).why for each in self.targets) if why]
        return whys[-1] if whys else "as the definition says"
