"""The commands that make a builder of our own, start it and remove it. Separate from the choice, which needs none of their grammar.

Source: https://docs.docker.com/reference/cli/docker/buildx/create/; order and defaults are docker/setup-buildx-action's (v4.3.0), but
for nodes that are appended: theirs get no flags unless they have driver options, ours always.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from ghcr_action.build import versions
from ghcr_action.build.builder import Create, Node
from ghcr_action.values.engine import EngineFacts

Argv = tuple[str, ...]

_ENTITLEMENTS = "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"
_REMOTE = ("remote", "cloud")
"""Drivers whose BuildKit somebody else has started."""


def create(
    choice: Create, *, engine: EngineFacts, config: PurePosixPath | None, tls: Mapping[tuple[int, str], PurePosixPath]
) -> tuple[Argv, ...]:
    """One ``buildx create`` for each node, then the start of them all. Every command is without ``docker``.

    ``config`` is BuildKit's configuration; ``tls`` has the file for each node and kind.
    """
    option = "--buildkitd-config" if versions.knows(engine.buildx, versions.BUILDKITD_CONFIG) else "--config"
    configured = (option, str(config)) if config and choice.driver not in _REMOTE else ()
    nodes = (choice.request.node, *choice.request.append)
    made = tuple(
        (
            *("buildx", "create", "--name", choice.name),
            *(("--append",) if number else ("--driver", choice.driver)),
            *_described(node, choice.driver, tuple(f"{kind}={path}" for (of, kind), path in sorted(tls.items()) if of == number)),
            *configured,
            *filter(None, (node.endpoint,)),
        )
        for number, node in enumerate(nodes)
    )
    return (*made, ("buildx", "inspect", "--bootstrap", choice.name))


def remove(name: str, *, keep_state: bool) -> Argv:
    """The builder with its containers; its cache too, unless it is to be kept."""
    return ("buildx", "rm", *(("--keep-state",) if keep_state else ()), name)


def _described(node: Node, driver: str, certificates: tuple[str, ...]) -> Argv:
    flags = "" if driver in _REMOTE else node.buildkitd_flags or _ENTITLEMENTS
    return (
        *(("--node", node.name) if node.name else ()),
        *(part for entry in (*node.driver_opts, *(certificates if driver == "remote" else ())) for part in ("--driver-opt", entry)),
        *(("--buildkitd-flags", flags) if flags else ()),
        *(("--platform", ",".join(node.platforms)) if node.platforms else ()),
    )
