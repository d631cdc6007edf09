"""What became of a clean-up plan: filled in as it happens, so that a run that is stopped in the
middle knows what it did."""

from dataclasses import dataclass, field

from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.plan import Kept, Retention
from ghcr_action.errors import AccessDenied
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest, Repository


@dataclass(kw_only=True)
class Deletion:
    """Every version of the plan ends in one of these; the only shape here that changes."""

    deleted: list[PackageVersion] = field(default_factory=list)
    gone: list[PackageVersion] = field(default_factory=list)
    """Somebody else had deleted them."""
    under_way: list[PackageVersion] = field(default_factory=list)
    """Asked for, and not answered when the run was stopped: gone, perhaps."""
    refused: list[Kept] = field(default_factory=list)
    """GitHub keeps them, whatever one asks."""
    failed: list[Kept] = field(default_factory=list)
    spared: list[Kept] = field(default_factory=list)
    """What stays after all: the package has changed, or something that could not be deleted needs
    it."""
    left: list[PackageVersion] = field(default_factory=list)
    """Not tried: the requests of this hour are used up, or the token may not delete."""
    restored: list[PackageVersion] = field(default_factory=list)
    """Deleted, and brought back for an image that came meanwhile."""
    untagged: list[str] = field(default_factory=list)
    """References that were taken from their images."""
    stopped: str = ""
    """Why something is left."""
    denied: AccessDenied | None = None
    broken: tuple[str, ...] = ()
    """References that answered before and do not now."""
    checked: str = ""
    """What was looked at in the end, in words."""


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """One package: what was planned, and what was done."""

    repository: Repository
    graph: Graph
    plan: Retention
    is_dry_run: bool
    notes: tuple[str, ...] = ()
    """What a person should know of the plan."""
    deletion: Deletion = field(default_factory=Deletion)

    @property
    def is_braked(self) -> bool:
        """Whether so much would go that nothing does."""
        return bool(self.plan.brake)

    @property
    def gone(self) -> frozenset[Digest]:
        """What is not there any more; in a dry run what would not be."""
        gone = self.plan.going if self.is_dry_run else (*self.deletion.deleted, *self.deletion.gone)
        return frozenset(version.digest for version in gone)

    @property
    def freed(self) -> int:
        """Bytes that only those held."""
        return plans.freed(self.graph, self.gone)
