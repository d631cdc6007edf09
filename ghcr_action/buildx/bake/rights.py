"""What a definition may do on this machine, read from what it prints: the check that buildx
leaves out under ``--progress rawjson``.

Every target that will be solved counts, asked for or linked. Rights and words are those of buildx
0.20: https://docs.docker.com/reference/cli/docker/buildx/bake/#allow,
https://github.com/docker/buildx/blob/master/bake/entitlements.go.
"""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.buildx import options
from ghcr_action.buildx.bake import environment
from ghcr_action.buildx.bake.definition import LINK, Definition, Target
from ghcr_action.buildx.options import Pairs
from ghcr_action.errors import PolicyRefused, SettingsError

_ADDRESSES = (
    "docker-image://",
    "oci-layout://",
    "http://",
    "https://",
    "git://",
    "ssh://",
    "git@",
    LINK,
)
CLIENT = "cwd://"
"""How a remote definition names a path of this machine."""
_LAYOUT = "oci-layout://"
_WRITERS = ("local", "tar", "oci", "docker")
"""Exporters that write to ``dest``."""
_FILES = ("fs", "fs.read", "fs.write")
ANYWHERE = ("fs", "ssh")
"""What ``BUILDX_BAKE_ENTITLEMENTS_FS=0`` grants."""


class Right(StrEnum):
    """The words of ``allow`` for files and agents; entitlements are words of their own."""

    READ = "fs.read"
    WRITE = "fs.write"
    SSH = "ssh"
    ENTITLEMENT = "entitlement"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One thing that a target asks of this machine."""

    target: str
    what: str
    """What it does, for a sentence: "reads the context '../x'"."""
    right: Right
    value: str = ""
    """A path as the definition writes it, the id of an agent, or the entitlement."""

    @property
    def grant(self) -> str:
        """The item of ``allow`` that would let it."""
        if self.right is Right.ENTITLEMENT:
            return self.value
        return (
            f"{self.right}={self.value}"
            if self.value and self.right is not Right.SSH
            else str(self.right)
        )


def asks(definition: Definition) -> tuple[Ask, ...]:
    """Everything that any of its targets asks, in order."""
    return tuple(dict.fromkeys(ask for target in definition.targets for ask in _asks(target)))


def check(
    asked: Iterable[Ask],
    allow: Iterable[str],
    is_inside: Callable[[str], bool],
    definition: Definition,
) -> None:
    """Raise PolicyRefused for all that is asked and neither allowed nor harmless, with the lines
    that would allow it.

    ``is_inside`` tells whether a path, links resolved, lies in the workspace. Variables that belong
    to the action or the runner are never for a definition, whatever is allowed. Raise
    SettingsError for files that go to standard output.
    """
    granted = tuple(allow)
    _check_variables(definition)
    _check_places(definition)
    refused = tuple(
        ask for ask in asked if not _is_harmless(ask, is_inside) and not _is_granted(ask, granted)
    )
    if refused:
        lines = "\n  ".join(dict.fromkeys(ask.grant for ask in refused))
        raise PolicyRefused(
            "The definition asks for more than it may: nothing was built",
            why="\n".join(f"target {ask.target!r} {ask.what}" for ask in refused),
            fix=f"If that is meant, say so:\nallow: |\n  {lines}",
            docs="https://docs.docker.com/reference/cli/docker/buildx/bake/#allow",
            code="BAKE-RIGHTS",
        )


def variables(target: Target) -> tuple[str, ...]:
    """The variables of the environment that its secrets may read; one without file or variable is
    looked for under its id."""
    found = []
    for secret in target.secrets:
        named = dict(secret)
        if not named.get("src") and not named.get("source"):
            found.append(named.get("env") or named.get("id", ""))
    return tuple(filter(None, found))


def secret_files(target: Target) -> tuple[str, ...]:
    """The paths of the files that its secrets are."""
    named = map(dict, target.secrets)
    return tuple(filter(None, (each.get("src") or each.get("source") or "" for each in named)))


def is_local(place: str) -> bool:
    """Whether a context is a path of this machine."""
    return not place.startswith(_ADDRESSES)


def path_of(place: str) -> str:
    """The path that a local place names."""
    return place.removeprefix(CLIENT) or "."


def _check_variables(definition: Definition) -> None:
    taken = [
        f"target {target.name!r} mounts the variable {name} as a secret"
        for target in definition.targets
        for name in variables(target)
        if environment.is_ours(name)
    ]
    if taken:
        raise PolicyRefused(
            "The definition asks for a variable of the action or of the runner: nothing was built",
            why="\n".join(taken),
            fix="Give a build the one secret it needs, under a name of its own:\nenv:\n  "
            "MY_SECRET: ${{ secrets.MY_SECRET }}",
            code="BAKE-RIGHTS",
        )


def _check_places(definition: Definition) -> None:
    lost = [
        f"target {target.name!r}: {options.write(output)}"
        for target in definition.targets
        for output in target.outputs
        if not options.has_place(output)
    ]
    if lost:
        raise SettingsError(
            "The definition has an output that does not say where its files go",
            why="\n".join((*lost, "the log stands on standard output, and files can't")),
            fix='output = ["type=tar,dest=out.tar"]',
        )


def _asks(target: Target) -> Iterator[Ask]:
    yield from _contexts(target)
    for path in secret_files(target):
        yield _read(target, path, f"reads the file {path!r} as a secret")
    for agent in target.ssh:
        yield from _agents(target, agent)
    for caches, right, verb in (
        (target.cache_from, Right.READ, "reads"),
        (target.cache_to, Right.WRITE, "writes"),
    ):
        for cache in caches:
            named = dict(cache)
            path = named.get("src" if right is Right.READ else "dest", "")
            if named.get("type") == "local" and path:
                yield Ask(
                    target=target.name, what=f"{verb} a cache at {path!r}", right=right, value=path
                )
    for output in target.outputs:
        yield from _writes(target, output)
    named_networks = ("network.host",) if target.network == "host" else ()
    for entitlement in dict.fromkeys((*target.entitlements, *named_networks)):
        yield Ask(
            target=target.name,
            what=f"asks for the entitlement {entitlement!r}",
            right=Right.ENTITLEMENT,
            value=entitlement,
        )


def _contexts(target: Target) -> Iterator[Ask]:
    """The contexts, and the Dockerfile where it stands on this machine: a relative path counts from
    the context."""
    for title, place in (
        ("the context", target.context),
        *((f"the context {name!r}", at) for name, at in target.contexts),
    ):
        if place.startswith(_LAYOUT):
            yield _read(
                target, place.removeprefix(_LAYOUT).partition("@")[0], f"reads {title} {place!r}"
            )
        elif is_local(place):
            yield _read(target, path_of(place), f"reads {title} {place!r}")
    if target.is_inline or not (
        is_local(target.context) or target.dockerfile.startswith((CLIENT, "/"))
    ):
        return
    if is_local(target.dockerfile):
        base = "" if target.dockerfile.startswith(CLIENT) else path_of(target.context)
        yield _read(
            target,
            posixpath.join(base, path_of(target.dockerfile)),
            f"reads the Dockerfile {target.dockerfile!r}",
        )


def _read(target: Target, path: str, what: str) -> Ask:
    return Ask(target=target.name, what=what, right=Right.READ, value=path)


def _agents(target: Target, agent: Pairs) -> Iterator[Ask]:
    """The agent of the environment where no path is named, else a read of each path."""
    named, paths = dict(agent), [value for key, value in agent if key == "paths"]
    bare = [key or value for key, value in agent if not key]
    name = named.get("id") or next(iter(bare), "default")
    paths += [value for key, value in agent if key not in ("id", "paths", "")]
    if not paths:
        yield Ask(
            target=target.name, what=f"asks for the SSH agent {name!r}", right=Right.SSH, value=name
        )
    for path in (each for listed in paths for each in listed.split(",")):
        yield _read(target, path, f"reads the SSH key or socket {path!r}")


def _writes(target: Target, output: Pairs) -> Iterator[Ask]:
    named = dict(output)
    bare = next((value for key, value in output if not key), "")
    kind = named.get("type") or ("tar" if bare == "-" else "local" if bare else "")
    path = named.get("dest") or bare
    if kind in _WRITERS and path not in ("", "-"):
        yield Ask(target=target.name, what=f"writes to {path!r}", right=Right.WRITE, value=path)


def _is_harmless(ask: Ask, is_inside: Callable[[str], bool]) -> bool:
    return ask.right in (Right.READ, Right.WRITE) and is_inside(ask.value)


def _is_granted(ask: Ask, granted: Iterable[str]) -> bool:
    for item in granted:
        word, equals, value = item.strip().partition("=")
        if ask.right is Right.ENTITLEMENT:
            if item.strip() == ask.value or (
                word == "device" and _is_device(ask.value, value, is_any=not equals)
            ):
                return True
        elif ask.right is Right.SSH:
            if word == Right.SSH and (not equals or value in (ask.value, "*")):
                return True
        elif (
            word in _FILES
            and word in ("fs", ask.right)
            and (not equals or _holds(value, ask.value))
        ):
            return True
    return False


def _is_device(asked: str, allowed: str, *, is_any: bool) -> bool:
    word, _, device = asked.partition("=")
    return word == "device" and (is_any or device.partition(",")[0] == allowed.partition(",")[0])


def _holds(allowed: str, path: str) -> bool:
    """Whether a path is this one or below it; ``*`` is every path. Steps up are resolved before
    they are compared."""
    if allowed == "*":
        return True
    base, found = posixpath.normpath(allowed), posixpath.normpath(path)
    if base == "/":
        return found.startswith("/")
    return found == base or found.startswith(f"{base}/")
