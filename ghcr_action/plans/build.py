"""What the engine will be told, in order: a pure function from settings and facts.

Set up a builder, try the image, build what is published, load it.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from ghcr_action.buildx import annotations, cache, checks, options, provenance, secret_mounts
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import Bridge, Choice
from ghcr_action.buildx.cache import Caches
from ghcr_action.buildx.command import BuildFiles
from ghcr_action.buildx.destination import ByDigest, Destination, Nowhere, TagsByEngine
from ghcr_action.plans import builder as builder_plan
from ghcr_action.plans.build_calls import BuildCalls
from ghcr_action.plans.build_plan import Aim, BuildPlan
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.values.secret import Secret


def make(settings: PublishSettings, facts: BuildFacts, aim: Aim) -> BuildPlan:
    """Every command of the build. Raises SettingsError before anything is written."""
    return _Planner(settings, facts, aim).plan()


@dataclass(frozen=True)
class _Planner:
    """Settings, facts and names in one place; each decision is made once, from those before it."""

    settings: PublishSettings
    facts: BuildFacts
    aim: Aim

    def plan(self) -> BuildPlan:
        """All decisions together."""
        calls = self.calls
        return BuildPlan(
            secrets=self.secrets,
            choice=self.choice,
            bridge=self.bridge,
            setup=builder_plan.setup(self.choice, self.facts, self.bridge),
            removal=builder_plan.removal(self.choice),
            emulation=builder_plan.emulate(
                self.choice,
                self.facts,
                self.settings.building.emulation,
                self.settings.build.named_platforms,
            ),
            trial=calls.trial(),
            build=calls.published(),
            load=calls.load(),
            destination=self.destination,
            dockerfile=checks.dockerfile(self.settings.build.file, self.facts.context),
            checks=self.settings.building.checks,
            cache_why=self.caches.why,
            warnings=calls.warnings(),
        )

    @cached_property
    def choice(self) -> Choice:
        """The builder. Raises SettingsError where one is named that is not there."""
        asked, build, aim = self.settings.building.builder, self.settings.build, self.aim
        digest_only = aim.digest_only and bool(aim.push)
        return builder_plan.choose(asked, build, self.facts, digest_only=digest_only)

    @cached_property
    def is_engine(self) -> bool:
        """Whether the engine itself builds, so that its image store sets the limits."""
        return builder_plan.is_engine(self.choice)

    @cached_property
    def is_classic(self) -> bool:
        """Whether the result goes through the engine's classic image store, which has no index: no
        push by digest, no attestations, no cache to write."""
        return self.is_engine and not self.facts.engine.has_containerd_store

    @cached_property
    def destination(self) -> Destination:
        """Who writes the tags of what is pushed: we do, once BuildKit has pushed by digest. The
        engine does where its store can't push by digest.

        A build that would be pushed by digest only, and is not pushed at all, gets no names in the
        engine either: matrix jobs that share one engine would take them from each other, and two
        that end at once stop each other. ``load`` asks for the names all the same.
        """
        aim, build = self.aim, self.settings.build
        if not aim.push and aim.digest_only and not build.load:
            return Nowhere()
        if not aim.push:
            return Nowhere(references=aim.references, image=build.image)
        options.refuse_layouts("`outputs`", build.outputs)
        if self.is_classic:
            return TagsByEngine(references=aim.references)
        return ByDigest(names=aim.push, image=build.image or ())

    @cached_property
    def bridge(self) -> Bridge | None:
        """The way to the engine's own BuildKit, where that pushes by digest."""
        is_needed = isinstance(self.destination, ByDigest)
        return builder_plan.bridge(self.choice, self.facts) if is_needed else None

    @cached_property
    def fallback(self) -> provenance.Default:
        """The provenance of a build that does not ask for one: none in the classic store, nor with
        ``BUILDX_NO_DEFAULT_ATTESTATIONS``."""
        event = self.settings.common.event
        registries = {each.repository.registry for each in self.aim.references}
        is_off = self.is_classic or self.settings.switches.no_default_attestations
        return provenance.default(registries or {event.registry}, event, is_off=is_off)

    @cached_property
    def caches(self) -> Caches:
        """Those the inputs name, else ours; the classic image store writes none."""
        build, aim = self.settings.build, self.aim
        if build.cache_from or build.cache_to:
            return Caches(
                read=build.cache_from,
                write=tuple(map(cache.forgiving, build.cache_to)),
                why="as `cache-from` and `cache-to` say",
            )
        if build.no_cache or build.call or self.is_classic:
            return Caches(why="no cache beyond the engine's own")
        images = (*aim.push, *(reference.repository for reference in aim.references))
        return cache.choose(
            self.settings.building.cache,
            self.settings.common.event,
            image=next(iter(images), None),
            platforms=build.platforms,
            target=build.target,
            may_write=bool(aim.push),
        )

    @cached_property
    def request(self) -> BuildRequest:
        """The build that is asked for, with what only the plan knows."""
        given, metadata = self.settings.build, self.aim.metadata
        checked = checks.build_args(self.settings.building.checks, given.build_args)
        return replace(
            given,
            build_args=(*given.build_args, *checked),
            builder=builder_plan.name(self.choice, self.facts),
            cache_from=self.caches.read,
            cache_to=self.caches.write,
            labels=tuple(f"{key}={value}" for key, value in metadata.labels.items()),
            annotations=annotations.merged(metadata.annotations, given.annotations),
            push=bool(self.aim.push),
            tags=self.aim.references,
        )

    @cached_property
    def mounted(self) -> tuple[tuple[str, str, Secret], ...]:
        """Id, file and content of each secret that is given by value."""
        return _in_files("secret", self.settings.build.secrets)

    @cached_property
    def git_logins(self) -> tuple[tuple[str, str, Secret], ...]:
        """The same of what opens Git contexts."""
        event = self.settings.common.event
        found = secret_mounts.git_logins(self.settings.build, self.facts.context, event)
        return _in_files("git-login", found)

    @property
    def secrets(self) -> tuple[tuple[str, Secret], ...]:
        """Names and contents of the private files to write before."""
        written = (*self.mounted, *self.git_logins)
        return (
            *((file, value) for _, file, value in written),
            *builder_plan.files(self.choice),
        )

    @cached_property
    def files(self) -> BuildFiles:
        """Where the build's own files and its secrets are."""
        scratch = self.facts.scratch
        return BuildFiles(
            metadata=scratch / "metadata.json",
            iid=scratch / "iid",
            secrets=tuple((name, scratch / file) for name, file, _ in self.mounted),
            git_logins=tuple((name, scratch / file) for name, file, _ in self.git_logins),
        )

    @cached_property
    def calls(self) -> BuildCalls:
        """The calls of buildx."""
        return BuildCalls(
            settings=self.settings,
            facts=self.facts,
            request=self.request,
            destination=self.destination,
            bridge=self.bridge,
            files=self.files,
            fallback=self.fallback,
            keeps_digest=self.is_engine and not self.is_classic,
        )


def _in_files(
    name: str, secrets: tuple[tuple[str, Secret], ...]
) -> tuple[tuple[str, str, Secret], ...]:
    """Id, file and content of each secret."""
    return tuple(
        (secret_id, f"{name}-{number}", value)
        for number, (secret_id, value) in enumerate(secrets, 1)
    )
