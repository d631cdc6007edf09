"""Which builder a run has, the commands that make and remove it, and the files it needs: from
settings and facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ghcr_action.buildx import builder, emulation
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import (
    Argv,
    Bridge,
    BuilderRequest,
    Choice,
    Create,
    UseEngine,
    UseNamed,
)
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.emulation import Emulation
from ghcr_action.values.engine import BuilderFacts, EngineFacts
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

SOCKET = "bk.sock"
"""The name of the socket that leads to the engine's BuildKit."""


@dataclass(frozen=True, kw_only=True)
class BuildFacts:
    """What was read of the build's surroundings."""

    engine: EngineFacts
    builder: BuilderFacts | None
    """The builder that ``builder`` names, else the engine's own; None where there is none, or
    nobody had to ask."""
    context: Context
    scratch: PurePosixPath
    """A private directory for what the engine writes and for secrets."""
    socket: PurePosixPath
    """A path in it that is short enough for a socket."""


def choose(
    asked: BuilderRequest, build: BuildRequest, facts: BuildFacts, *, digest_only: bool
) -> Choice:
    """The builder of this run. Raises SettingsError where one is named that is not there."""
    return builder.choose(
        asked,
        build,
        engine=facts.engine,
        found=facts.builder if asked.is_named else None,
        free_name=free_name(facts),
        digest_only=digest_only,
    )


def is_engine(choice: Choice) -> bool:
    """Whether the engine itself builds, so that its image store sets the limits."""
    return isinstance(choice, UseEngine) or (
        isinstance(choice, UseNamed) and choice.driver == builder.ENGINE_DRIVER
    )


def name(choice: Choice, facts: BuildFacts) -> str:
    """What buildx calls the builder."""
    return facts.engine.builder if isinstance(choice, UseEngine) else choice.name


def bridge(choice: Choice, facts: BuildFacts) -> Bridge | None:
    """The way to push by digest on the engine's own BuildKit; None where another builder builds."""
    if not is_engine(choice):
        return None
    named = choice.name if isinstance(choice, UseNamed) else ""
    return Bridge(name=free_name(facts), socket=facts.socket, engine=named)


def setup(choice: Choice, facts: BuildFacts, bridge: Bridge | None) -> tuple[Argv, ...]:
    """The commands that make the builder, without ``docker``; none where it is there."""
    if bridge:
        return (builder.on_bridge(bridge),)
    if not isinstance(choice, Create):
        return ()
    asked = choice.request
    inline = facts.scratch / "buildkitd.toml" if choice.has_config else None
    config = PurePosixPath(asked.config) if asked.config else inline
    tls: Mapping[tuple[int, str], PurePosixPath] = {
        (node, kind): facts.scratch / f"tls-{node}-{kind}" for node, kind, _ in asked.tls
    }
    return builder.create(choice, buildx=facts.engine.buildx, config=config, tls=tls)


def removal(choice: Choice) -> Argv | None:
    """The command that removes a builder of ours again; None where it stays. The one on a bridge is
    in no list of builders, so that nothing has to remove it."""
    if not isinstance(choice, Create) or not choice.request.cleanup:
        return None
    return builder.remove(choice.name, keep_state=choice.request.keep_state)


def emulate(
    choice: Choice, facts: BuildFacts, asked: str, platforms: tuple[Platform, ...]
) -> Emulation | None:
    """What makes foreign platforms run. Nodes that inputs describe may run anything, so nothing is
    set up for them. A builder of ours on this machine runs what the engine runs."""
    if isinstance(choice, Create) and (
        choice.request.append
        or choice.request.node.endpoint
        or choice.driver != builder.DEFAULT_DRIVER
    ):
        return None
    said = facts.builder.platforms if facts.builder else ()
    own = next(iter(facts.engine.platforms), None)
    if isinstance(choice, UseNamed) and not is_engine(choice):
        native = (*said, *facts.engine.platforms)
        return emulation.plan(asked, platforms, native, engine=own)
    return emulation.plan(asked, platforms, facts.engine.platforms or said, said, engine=own)


def files(choice: Choice) -> tuple[tuple[str, Secret], ...]:
    """Names and contents of the private files it is made with: configuration and TLS."""
    if not isinstance(choice, Create):
        return ()
    config = (
        (("buildkitd.toml", Secret(choice.request.config_inline)),) if choice.has_config else ()
    )
    return (
        *config,
        *((f"tls-{node}-{kind}", content) for node, kind, content in choice.request.tls),
    )


def free_name(facts: BuildFacts) -> str:
    """A builder's name that nobody else has. Kubernetes takes no underscore."""
    return facts.scratch.name.replace("_", "-")
