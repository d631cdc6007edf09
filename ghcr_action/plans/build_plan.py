"""The engine's part of a run as values: what is decided before it, and each of its commands."""

from dataclasses import dataclass

from ghcr_action.buildx.builder import Argv, Bridge, Choice
from ghcr_action.buildx.checks import Checks
from ghcr_action.buildx.destination import Destination
from ghcr_action.buildx.emulation import Emulation
from ghcr_action.metadata.compute import Metadata
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.reference import Reference, Repository
from ghcr_action.values.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is decided before the engine's part: how the image is called, and where it goes."""

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
    """Where steps are to run anew: a build that runs all of them once, for every platform, before
    the trial. What is tested and what is published take its steps."""


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
