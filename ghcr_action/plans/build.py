"""What the engine will be told, in order: a pure function from settings and facts.

Set up a builder, try the image, build what is published, load it.
"""

from dataclasses import dataclass, replace

from ghcr_action.buildx import (
    annotations,
    builder,
    cache,
    checks,
    command,
    emulation,
    options,
    provenance,
    secret_mounts,
)
from ghcr_action.buildx.build_request import HOST_GATEWAY, BuildRequest
from ghcr_action.buildx.builder import Argv, Bridge, Choice, Create, UseEngine
from ghcr_action.buildx.checks import Checks
from ghcr_action.buildx.command import BuildFiles, ProgressMode
from ghcr_action.buildx.destination import ByDigest, Destination, Nowhere, TagsByEngine
from ghcr_action.buildx.emulation import Emulation
from ghcr_action.metadata.compute import Metadata
from ghcr_action.plans import builder as builder_plan
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.values.engine import BuildCommand, EngineFacts
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository
from ghcr_action.values.secret import Secret

_TESTED = "localhost/tested"
"""The local repository of an image under test: no registry has this name, so that nothing is pulled
in its place."""


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What ``plan`` has decided of the image's names."""

    metadata: Metadata
    references: tuple[Reference, ...]
    push: tuple[Repository, ...]
    """Empty where nothing is pushed."""
    digest_only: bool


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A build before the one that is published: nothing is pushed yet when the image is tested, and
    when the checks speak."""

    build: BuildCommand
    script: str = ""
    """The user's test; empty where only the checks count."""
    image: str = ""
    """The tag that the image is loaded under for the test, and that is removed after it."""
    names_by_digest: bool = False
    """Whether the engine runs ``NAME@DIGEST`` of an image that it has not pulled."""
    keeps_digest: bool = False
    """Whether the loaded image has the very bytes that are published."""
    fresh: BuildCommand | None = None
    """Where steps are to run anew: all of them once, for every platform, before the trial; what is
    tested and what is published then take these."""


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """The engine's part of a run, in the order of execution."""

    secrets: tuple[tuple[str, Secret], ...]
    """Names and contents of private files to write before anything else."""
    choice: Choice
    bridge: Bridge | None
    """The way to the engine's own BuildKit; None where nothing is pushed through it."""
    setup: tuple[Argv, ...]
    """Commands that make the builder, without ``docker``."""
    removal: Argv | None
    """What removes that builder again; None where it stays, or there is none."""
    emulation: Emulation | None
    trial: Trial | None
    build: BuildCommand
    load: BuildCommand | None
    """Loads what was built into the engine, where the build itself can't do that as well."""
    destination: Destination
    dockerfile: str
    """Path in the work tree, for annotations; empty where it lies elsewhere."""
    checks: Checks
    cache_why: str
    warnings: tuple[str, ...] = ()


def make(settings: PublishSettings, facts: BuildFacts, aim: Aim) -> BuildPlan:
    """Every command of the build. Raises SettingsError before anything is written."""
    choice = builder_plan.choose(settings, facts, digest_only=aim.digest_only and bool(aim.push))
    destination = _destination(choice, facts, aim, settings.build)
    files, secrets = _files(settings, facts, choice)
    caches = _caches(settings, facts, aim, choice)
    bridge = builder_plan.bridge(choice, facts) if isinstance(destination, ByDigest) else None
    request = _request(settings, facts, aim, choice, caches)
    planner = _Planner(settings, facts, files, attest_fallback(settings, facts, aim, choice))
    return BuildPlan(
        secrets=secrets,
        choice=choice,
        bridge=bridge,
        setup=builder_plan.setup(choice, facts, bridge),
        removal=builder_plan.removal(choice, bridge),
        emulation=_emulation(settings, facts, choice),
        trial=_trial(
            settings, request, destination, planner, keeps_digest=_stores_oci(choice, facts)
        ),
        build=planner.command(
            _published(_again(request, settings, destination), facts, destination, bridge),
            destination,
        ),
        load=_load(
            _repeated(request),
            destination,
            planner,
            names=aim.references,
            keeps_digest=_stores_oci(choice, facts),
        ),
        destination=destination,
        dockerfile=checks.dockerfile(settings.build.file, facts.context),
        checks=settings.building.checks,
        cache_why=caches.why,
        warnings=planner.warnings(request, destination),
    )


@dataclass(frozen=True)
class _Planner:
    """What every build of one run shares."""

    settings: PublishSettings
    facts: BuildFacts
    files: BuildFiles
    fallback: provenance.Default

    def command(self, request: BuildRequest, destination: Destination) -> BuildCommand:
        """One call of buildx."""
        planned = command.command(
            request,
            self.facts.context,
            engine=self.facts.engine,
            files=self.files,
            event=self.settings.common.event,
            destination=destination,
            fallback=self.fallback,
            progress=ProgressMode.RAW_JSON,
        )
        return replace(
            planned, environment=(*planned.environment, *self.settings.building.environment)
        )

    def beside(self, request: BuildRequest, output: str, name: str) -> BuildCommand:
        """A build of the same steps for this machine only: no attestations, which its store may not
        take, no cache written."""
        files = replace(
            self.files,
            metadata=self.facts.scratch / f"{name}.json",
            iid=self.facts.scratch / f"{name}-iid",
        )
        bare = replace(
            request,
            attests=(),
            provenance="false",
            sbom="",
            cache_to=(),
            outputs=(output,),
            load=False,
            push=False,
        )
        return replace(self, files=files).command(bare, Nowhere())

    def warnings(self, request: BuildRequest, destination: Destination) -> tuple[str, ...]:
        """What is left out of the published image, and why."""
        event = self.settings.common.event
        return command.warnings(
            request, self.facts.engine, event, destination=destination, fallback=self.fallback
        )


def _destination(choice: Choice, facts: BuildFacts, aim: Aim, build: BuildRequest) -> Destination:
    """Who names what is pushed: we do, once BuildKit has pushed by digest; the engine where its
    store can't do that.

    What goes nowhere has no names either where it would be pushed by digest only: jobs that share
    one engine would take them from each other, and two that end at once stop each other. ``load``
    asks for the names all the same.
    """
    if not aim.push and aim.digest_only and not build.load:
        return Nowhere()
    if not aim.push:
        return Nowhere(references=aim.references, image=build.image)
    if builder_plan.is_engine(choice) and not facts.engine.has_containerd_store:
        return TagsByEngine(references=aim.references)
    return ByDigest(names=aim.push, image=build.image or ())


def attest_fallback(
    settings: PublishSettings, facts: BuildFacts, aim: Aim, choice: Choice
) -> provenance.Default:
    """The classic image store has no index to keep attestations in, so that nothing is asked of
    it; ``BUILDX_NO_DEFAULT_ATTESTATIONS`` says the same of any store."""
    registries = {reference.repository.registry for reference in aim.references} or {
        settings.common.event.registry
    }
    is_classic = builder_plan.is_engine(choice) and not facts.engine.has_containerd_store
    is_off = is_classic or settings.switches.no_default_attestations
    return provenance.default(registries, settings.common.event, is_off=is_off)


def _caches(settings: PublishSettings, facts: BuildFacts, aim: Aim, choice: Choice) -> cache.Caches:
    """Those the inputs name, else ours; the classic image store writes none."""
    build = settings.build
    if build.cache_from or build.cache_to:
        return cache.Caches(
            read=build.cache_from,
            write=tuple(map(cache.forgiving, build.cache_to)),
            why="as `cache-from` and `cache-to` say",
        )
    if (
        build.no_cache
        or build.call
        or (builder_plan.is_engine(choice) and not facts.engine.has_containerd_store)
    ):
        return cache.Caches(why="no cache beyond the engine's own")
    image = next(iter((*aim.push, *(reference.repository for reference in aim.references))), None)
    return cache.choose(
        settings.building.cache,
        settings.common.event,
        image=image,
        platforms=build.platforms,
        target=build.target,
        may_write=bool(aim.push),
    )


def _request(
    settings: PublishSettings, facts: BuildFacts, aim: Aim, choice: Choice, caches: cache.Caches
) -> BuildRequest:
    given = settings.build
    return replace(
        given,
        build_args=(
            *given.build_args,
            *checks.build_args(settings.building.checks, given.build_args),
        ),
        builder=facts.engine.builder if isinstance(choice, UseEngine) else choice.name,
        cache_from=caches.read,
        cache_to=caches.write,
        labels=tuple(f"{key}={value}" for key, value in aim.metadata.labels.items()),
        annotations=annotations.over(aim.metadata.annotations, given.annotations),
        push=bool(aim.push),
        tags=aim.references,
    )


def _published(
    request: BuildRequest, facts: BuildFacts, destination: Destination, bridge: Bridge | None
) -> BuildRequest:
    """The build that is pushed; loading may take another one. The driver ``remote`` does not know
    what ``host-gateway`` stands for."""
    kept = replace(request, load=request.load and not _loads_apart(destination))
    if bridge is None:
        return kept
    address = facts.builder.host_gateway if facts.builder else ""
    hosts = tuple(
        host.replace(HOST_GATEWAY, address) if address else host for host in kept.add_hosts
    )
    return replace(kept, builder=bridge.name, add_hosts=hosts)


def _emulation(settings: PublishSettings, facts: BuildFacts, choice: Choice) -> Emulation | None:
    """Nodes that inputs describe may run anything; one of ours on this machine runs what the engine
    runs."""
    if isinstance(choice, Create) and (
        choice.request.append
        or choice.request.node.endpoint
        or choice.driver != builder.DEFAULT_DRIVER
    ):
        return None
    runnable = (*(facts.builder.platforms if facts.builder else ()), *facts.engine.platforms)
    return emulation.plan(settings.building.emulation, settings.build.named_platforms, runnable)


def _trial(
    settings: PublishSettings,
    request: BuildRequest,
    destination: Destination,
    planner: _Planner,
    *,
    keeps_digest: bool,
) -> Trial | None:
    script = "" if request.call else settings.building.test
    if script:
        fresh, request = _fresh(request, planner), _repeated(request)
        engine, image = planner.facts.engine, f"{_TESTED}:{planner.facts.scratch.name}"
        output = f"type=docker,name={image}" + ",oci-mediatypes=true" * keeps_digest
        native = replace(request, platforms=_for_test(request, engine))
        build = planner.beside(native, output, "trial")
        return Trial(
            build=build,
            script=script,
            image=image,
            names_by_digest=engine.has_containerd_store,
            keeps_digest=keeps_digest and not request.image,
            fresh=fresh,
        )
    if _is_checked_first(settings, destination):
        return Trial(build=planner.beside(request, "type=cacheonly", "trial"))
    return None


def _is_checked_first(settings: PublishSettings, destination: Destination) -> bool:
    """Whether a build for the checks alone comes before the one that pushes."""
    return settings.building.checks is Checks.ERROR and isinstance(
        destination, TagsByEngine | ByDigest
    )


def _fresh(request: BuildRequest, planner: _Planner) -> BuildCommand | None:
    """Every step anew, once: a trial and a published build that each did so would be two images."""
    if not (request.no_cache or request.no_cache_filters):
        return None
    return planner.beside(request, "type=cacheonly", "fresh")


def _repeated(request: BuildRequest) -> BuildRequest:
    """The same build once more: it takes the steps that have just run."""
    return replace(request, no_cache=False, no_cache_filters=())


def _again(
    request: BuildRequest, settings: PublishSettings, destination: Destination
) -> BuildRequest:
    """What is published: behind a trial, the steps of the trial."""
    is_tested = bool(settings.building.test) and not request.call
    is_repeat = is_tested or _is_checked_first(settings, destination)
    return _repeated(request) if is_repeat else request


def _for_test(request: BuildRequest, engine: EngineFacts) -> tuple[Platform, ...]:
    """The engine's own platform, if it is among those asked for; else the first of them."""
    native = (each for each in request.platforms if each in engine.platforms or each.is_local)
    return tuple(native)[:1] or request.platforms[:1]


def _loads_apart(destination: Destination) -> bool:
    """Whether loading takes a call of its own: two exporters that write one layer at once stop each
    other in containerd's store."""
    return isinstance(destination, ByDigest)


def _load(
    request: BuildRequest,
    destination: Destination,
    planner: _Planner,
    *,
    names: tuple[Reference, ...],
    keeps_digest: bool,
) -> BuildCommand | None:
    if not request.load or not _loads_apart(destination):
        return None
    named = (("name", ",".join(map(str, names))),) if names else ()
    media_types = (("oci-mediatypes", "true"),) if keeps_digest else ()
    return planner.beside(
        request, options.write((("type", "docker"), *named, *media_types)), "load"
    )


def _stores_oci(choice: Choice, facts: BuildFacts) -> bool:
    """Whether a loaded image can have the very bytes that are published."""
    return builder_plan.is_engine(choice) and facts.engine.has_containerd_store


def _files(
    settings: PublishSettings, facts: BuildFacts, choice: Choice
) -> tuple[BuildFiles, tuple[tuple[str, Secret], ...]]:
    """Where the build's own files and secrets stand, and which of them to write before."""
    token = secret_mounts.git_token(settings.build, facts.context, settings.common.event)
    given = tuple(
        (name, f"secret-{number}", value)
        for number, (name, value) in enumerate(settings.build.secrets, 1)
    )
    fetched = ((token[0], "git-token", token[1]),) if token else ()
    files = BuildFiles(
        metadata=facts.scratch / "metadata.json",
        iid=facts.scratch / "iid",
        secrets=tuple((name, facts.scratch / file) for name, file, _ in given),
        git_token=next(((name, facts.scratch / file) for name, file, _ in fetched), None),
    )
    written = tuple((file, value) for _, file, value in (*given, *fetched))
    return files, (*written, *builder_plan.files(choice))
