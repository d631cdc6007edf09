"""Which caches a build reads and writes where no input names one.

A build reads the cache of its branch, then of the branch it goes to, then of the default branch.
Only builds of a branch write one: what a pull request wrote nobody else would read, and it would
push out what others do read.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.buildx import options
from ghcr_action.errors import SettingsError
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository
from ghcr_action.values.tag import MAX_TAG

PREFIX = "buildcache-"
_TYPES = ("gha", "local", "registry", "inline", "s3", "azblob")
_BRANCH = "refs/heads/"
_PULL_REQUESTS = ("pull_request", "pull_request_target")


class CacheMode(StrEnum):
    """The words of the input ``cache``."""

    AUTO = "auto"
    GHA = "gha"
    REGISTRY = "registry"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class CacheRequest:
    """What is asked for, and what the runner offers."""

    mode: CacheMode = CacheMode.AUTO
    has_service: bool = False
    """Address and token of GitHub's cache service are in the environment."""
    in_workflow: bool = False

    @property
    def chosen(self) -> CacheMode:
        """What ``auto`` stands for: the service where there is one, else the registry; on a machine
        of one's own the engine's cache."""
        if self.mode is not CacheMode.AUTO:
            return self.mode
        if self.has_service:
            return CacheMode.GHA
        return CacheMode.REGISTRY if self.in_workflow else CacheMode.OFF


@dataclass(frozen=True, kw_only=True)
class Caches:
    """Values of ``--cache-from`` and ``--cache-to``, and why they are these."""

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    why: str = ""


def check(source: str, entries: Iterable[str]) -> None:
    """Raise SettingsError for an entry that is a type's bare name: buildx takes it for a registry's
    reference."""
    for entry in entries:
        if entry in _TYPES:
            raise SettingsError(
                f"`{source}`: {entry} alone is read as the name of an image",
                why="a type is written as such",
                fix=f"{source}: type={entry}",
            )


def forgiving(entry: str) -> str:
    """An entry of ``cache-to`` that fails no build which is finished, unless it says so itself.

    Source: ``ignore-error`` of https://docs.docker.com/build/cache/backends/.
    """
    pairs = options.read(entry, source="cache-to")
    if len(pairs) == 1 and not pairs[0][0]:
        pairs = (("type", "registry"), ("ref", pairs[0][1]))
    if dict(pairs).get("type") == "inline" or "ignore-error" in dict(pairs):
        return entry
    return options.write((*pairs, ("ignore-error", "true")))


def choose(
    request: CacheRequest,
    event: Event,
    *,
    image: Repository | None,
    platforms: Iterable[Platform],
    target: str,
    may_write: bool,
) -> Caches:
    """The caches of a build whose inputs name none. ``image`` is where a registry's cache stands;
    ``may_write`` what the token can."""
    scope = "-".join(filter(None, (*dict.fromkeys(map(str, platforms)), target)))
    mode = request.chosen
    writes = may_write and event.ref.startswith(_BRANCH) and event.name not in _PULL_REQUESTS
    if mode is CacheMode.GHA:
        return _of_service(image.path if image else event.repository.lower(), scope, writes=writes)
    if mode is CacheMode.REGISTRY and image:
        return _of_registry(image, event, scope, writes=writes)
    return Caches(why="no cache beyond the engine's own")


def _of_service(name: str, scope: str, *, writes: bool) -> Caches:
    """GitHub's service finds entries of the branch, its base and the default branch by itself.

    Source: https://docs.docker.com/build/cache/backends/gha/.
    """
    entry = (("type", "gha"), ("scope", "-".join(filter(None, (name, scope)))))
    written = (
        (options.write((*entry, ("mode", "max"), ("ignore-error", "true"))),) if writes else ()
    )
    return Caches(
        read=(options.write(entry),),
        write=written,
        why="GitHub's cache service" + _reading(writes=writes),
    )


def _of_registry(image: Repository, event: Event, scope: str, *, writes: bool) -> Caches:
    """Tags beside the image; source: https://docs.docker.com/build/cache/backends/registry/."""
    branches = dict.fromkeys(filter(None, (*_own(event), event.base_ref, event.default_branch)))
    entries = [
        (("type", "registry"), ("ref", f"{image}:{tag(branch, scope)}")) for branch in branches
    ]
    more = (
        ("mode", "max"),
        ("image-manifest", "true"),
        ("oci-mediatypes", "true"),
        ("ignore-error", "true"),
    )
    written = (options.write((*entries[0], *more)),) if writes else ()
    return Caches(
        read=tuple(map(options.write, entries)),
        write=written,
        why="tags beside the image" + _reading(writes=writes),
    )


def tag(branch: str, scope: str) -> str:
    """``buildcache-BRANCH[-SCOPE]`` as a valid tag; one that would be too long is cut, and told
    apart by a digest of the whole."""
    whole = f"{PREFIX}{branch}" + (f"-{scope}" if scope else "")
    written = re.sub(r"[^A-Za-z0-9_.-]+", "-", whole)
    if len(written) <= MAX_TAG:
        return written
    return f"{written[: MAX_TAG - 13]}-{hashlib.sha256(whole.encode()).hexdigest()[:12]}"


def _own(event: Event) -> tuple[str, ...]:
    """The branch that is built; of a pull request the one it comes from, unless that is a
    stranger's."""
    if event.name in _PULL_REQUESTS:
        return () if event.is_fork else (event.head_ref,)
    return (event.ref.removeprefix(_BRANCH),) if event.ref.startswith(_BRANCH) else ()


def _reading(*, writes: bool) -> str:
    return "" if writes else ", to read only"
