"""Which builder builds: the engine's own, one that is there, or one of ours.

The plain engine costs nothing to set up; a builder in a container costs an image pull and some
seconds, and can more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ghcr_action.buildx import options, versions
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.versions import Version
from ghcr_action.errors import SettingsError
from ghcr_action.values.engine import BuilderFacts, EngineFacts
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

AUTO = "auto"
ENGINE_DRIVER = "docker"
DEFAULT_DRIVER = "docker-container"
DRIVERS = (ENGINE_DRIVER, DEFAULT_DRIVER, "kubernetes", "remote", "cloud")

INSECURE = "security.insecure"
"""A right that a builder of ours grants, and the engine's own only by its configuration:
``builder.entitlements`` of https://docs.docker.com/reference/cli/dockerd/."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node of a builder that is to be created."""

    name: str = ""
    endpoint: str = ""
    """A Docker context or socket, ``tcp://…``, ``unix://…``, ``kubernetes://…``."""
    driver_opts: tuple[str, ...] = ()
    buildkitd_flags: str = ""
    """Empty: the entitlements that docker/setup-buildx-action allows."""
    platforms: tuple[Platform, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuilderRequest:
    """What the inputs say of the builder; empty means "not given"."""

    name: str = ""
    """Empty or ``auto``: the choice is ours."""
    driver: str = ""
    node: Node = Node()
    append: tuple[Node, ...] = ()
    config: str = ""
    """Path of BuildKit's configuration."""
    config_inline: str = ""
    keep_state: bool = False
    cleanup: bool = True
    tls: tuple[tuple[int, str, Secret], ...] = ()
    """TLS of ``tcp://`` endpoints: number of the node, kind (``cacert``, ``cert``, ``key``) and
    content in PEM."""

    @property
    def is_named(self) -> bool:
        """Whether the user says which builder."""
        return self.name not in ("", AUTO)

    @property
    def is_described(self) -> bool:
        """Whether any input says how a builder is to be made."""
        return bool(
            self.driver or self.node != Node() or self.append or self.config or self.config_inline
        )


@dataclass(frozen=True, kw_only=True)
class UseEngine:
    """The engine's own builder."""

    why: str

    @property
    def label(self) -> str:
        """As the log names it."""
        return "the engine's own"


@dataclass(frozen=True, kw_only=True)
class UseNamed:
    """A builder that is there."""

    name: str
    driver: str
    why: str

    @property
    def label(self) -> str:
        """As the log names it."""
        return self.name


@dataclass(frozen=True, kw_only=True)
class Create:
    """A builder of our own."""

    name: str
    driver: str
    request: BuilderRequest
    why: str

    @property
    def label(self) -> str:
        """As the log names it."""
        return f"{self.name}, new, with the driver {self.driver}"

    @property
    def has_config(self) -> bool:
        """Whether BuildKit's configuration has to be written to a file."""
        return bool(self.request.config_inline and not self.request.config)


Choice = UseEngine | UseNamed | Create


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """A builder on the engine's own BuildKit, by the driver ``remote``: ``docker`` refuses to push
    by digest."""

    name: str
    """The builder's name, which no other builder has."""
    socket: PurePosixPath
    """Leads to the engine's BuildKit while the run lasts."""
    engine: str = ""
    """The builder whose engine that is; empty for the engine of this run."""


def choose(
    asked: BuilderRequest,
    build: BuildRequest,
    *,
    engine: EngineFacts,
    found: BuilderFacts | None,
    free_name: str,
    digest_only: bool,
) -> Choice:
    """The builder for this build. ``found`` is the builder of the asked name, None where there is
    none; ``free_name`` nobody has.

    Raises SettingsError where a named builder is not there and no input says how to make it.
    """
    name = asked.name if asked.is_named else ""
    if name and found:
        return UseNamed(
            name=name, driver=found.driver, why=f"`builder` names it; its driver is {found.driver}"
        )
    if name and not asked.is_described:
        raise SettingsError(
            f"There is no builder `{name}`",
            why="`builder`, or the variable BUILDX_BUILDER in its place, names one that is not set "
            "up, and no other input says how to make it",
            fix="Remove it, and one is chosen. Or add `driver: docker-container`. One that an "
            "earlier step has made is found if both steps have the same directory below "
            "`runner.temp` in `env: BUILDX_CONFIG`.",
        )
    if asked.driver == ENGINE_DRIVER:
        return UseEngine(why="`driver: docker` is asked for")
    if asked.is_described:
        why = (
            f"`driver: {asked.driver}` is asked for"
            if asked.driver
            else "inputs describe a builder of its own"
        )
        return Create(
            name=name or free_name, driver=asked.driver or DEFAULT_DRIVER, request=asked, why=why
        )
    if why := _beyond_the_engine(build, engine, digest_only=digest_only):
        return Create(name=free_name, driver=DEFAULT_DRIVER, request=asked, why=why)
    return UseEngine(why="it can do all that is asked")


def _beyond_the_engine(build: BuildRequest, engine: EngineFacts, *, digest_only: bool) -> str:
    """Why the engine's own builder can't do what is asked; empty where it can."""
    if INSECURE in build.allow:
        return f"the engine's own grants no `{INSECURE}`, unless its daemon.json says so"
    if engine.has_containerd_store:
        return ""
    reasons = ", ".join(_beyond_the_classic_store(build, digest_only=digest_only))
    return f"the engine's classic image store can't do {reasons}" if reasons else ""


def _beyond_the_classic_store(build: BuildRequest, *, digest_only: bool) -> Iterator[str]:
    """What is asked for and needs more than the ``docker`` driver with the classic image store.

    Source: https://docs.docker.com/build/builders/drivers/ and ``build/opt.go`` of buildx.
    """
    if len(set(build.platforms)) > 1:
        yield "several platforms"
    if (
        any(text.lower() not in ("", "false") for text in (build.provenance, build.sbom))
        or build.attests
    ):
        yield "attestations"
    if any(
        dict(options.read(entry, source="cache-to")).get("type") != "inline"
        for entry in build.cache_to
    ):
        yield "`cache-to`"
    if options.has_exporter(build.outputs, "oci"):
        yield "an OCI output"
    if build.image:
        yield f"`outputs` with {', '.join(key for key, _ in build.image)}"
    if digest_only:
        yield "`push-by-digest`"


Argv = tuple[str, ...]

_ENTITLEMENTS = (
    "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"
)
_REMOTE = ("remote", "cloud")
"""Drivers whose BuildKit somebody else has started."""


def create(
    choice: Create,
    *,
    buildx: Version,
    config: PurePosixPath | None,
    tls: Mapping[tuple[int, str], PurePosixPath],
) -> tuple[Argv, ...]:
    """One ``buildx create`` for each node, then the start of them all. Every command is without
    ``docker``.

    ``config`` is BuildKit's configuration; ``tls`` has the file for each node and kind.
    """
    option = (
        "--buildkitd-config" if versions.knows(buildx, versions.BUILDKITD_CONFIG) else "--config"
    )
    configured = (option, str(config)) if config and choice.driver not in _REMOTE else ()
    nodes = (choice.request.node, *choice.request.append)
    made = tuple(
        (
            *("buildx", "create", "--name", choice.name),
            *(("--append",) if number else ("--driver", choice.driver)),
            *_described(
                node,
                choice.driver,
                tuple(f"{kind}={path}" for (of, kind), path in sorted(tls.items()) if of == number),
            ),
            *configured,
            *options.positional(*filter(None, (node.endpoint,))),
        )
        for number, node in enumerate(nodes)
    )
    return (*made, ("buildx", "inspect", "--bootstrap", *options.positional(choice.name)))


def on_bridge(bridge: Bridge) -> Argv:
    """The command that makes a builder on a bridge; its BuildKit runs already."""
    socket = f"unix://{bridge.socket}"
    return ("buildx", "create", "--name", bridge.name, "--driver", "remote", socket)


def remove(name: str, *, keep_state: bool) -> Argv:
    """The command that removes a builder with its containers, and with its cache unless
    ``keep_state``."""
    return ("buildx", "rm", *(("--keep-state",) if keep_state else ()), *options.positional(name))


def _described(node: Node, driver: str, certificates: tuple[str, ...]) -> Argv:
    flags = "" if driver in _REMOTE else node.buildkitd_flags or _ENTITLEMENTS
    return (
        *(("--node", node.name) if node.name else ()),
        *(
            part
            for entry in (*node.driver_opts, *(certificates if driver == "remote" else ()))
            for part in ("--driver-opt", entry)
        ),
        *(("--buildkitd-flags", flags) if flags else ()),
        *(("--platform", ",".join(map(str, node.platforms))) if node.platforms else ()),
    )
