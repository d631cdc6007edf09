"""What the engine is and what a build gave: plain values that cross the Engine port."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ghcr_action.values.platform import Platform


@dataclass(frozen=True, kw_only=True)
class EngineFacts:
    """What the engine that answered can do, and which buildx drives it."""

    buildx: tuple[int, int, int]
    has_containerd_store: bool
    platforms: tuple[Platform, ...] = ()
    builder: str = "default"
    """The builder that is this engine itself: buildx names it as docker names the context."""


@dataclass(frozen=True, kw_only=True)
class BuilderFacts:
    """A builder as it says of itself."""

    driver: str
    """``docker``, ``docker-container``, ``kubernetes``, ``remote``, ``cloud``."""
    platforms: tuple[Platform, ...] = ()
    """What its nodes run, natively or emulated; empty where no node is up."""
    host_gateway: str = ""
    """The address that ``host-gateway`` stands for; empty where it does not say."""


@dataclass(frozen=True, kw_only=True)
class BuildCommand:
    """One call of ``docker buildx build``: every argument after ``docker``, and the files the
    engine writes for us."""

    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    """Variables added to the engine's environment; no secrets, those are files or variables the
    user named."""
    metadata_file: PurePosixPath | None = None
    iid_file: PurePosixPath | None = None
    directory: str = ""
    """Where it runs, relative to the workspace."""
    context: str = ""
    """The one context that is built, the last argument; empty for a bake, which has its own."""
    call: str = ""
    """What is evaluated in place of building; empty for a build."""
    targets: tuple[str, ...] = ()
    """Of a bake: the targets whose names stand before those of their steps; none where it solves
    only one."""
    dockerfiles: tuple[tuple[str, str], ...] = ()
    """Of a bake: each target and its Dockerfile in the work tree."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What a command of docker printed, and how it ended."""

    code: int
    output: str
    errors: tuple[str, ...] = ()
    """Lines of standard error, the last ones."""


@dataclass(frozen=True, kw_only=True)
class Build:
    """What one ``buildx build`` left behind: its metadata file (decoded) and the text of its image
    id file."""

    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    image_id: str = ""


@dataclass(frozen=True, kw_only=True)
class BuildProgress:
    """Steps that are done, of those that are known so far, and what runs now."""

    done: int
    known: int
    now: str = ""
    """A step on one line, without control characters; empty between two steps."""
