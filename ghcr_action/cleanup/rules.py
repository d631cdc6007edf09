"""What a user wants removed and kept: families of images, each with its own keeping, and what
stays in any case."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ghcr_action.cleanup import selector
from ghcr_action.cleanup.selector import ABOUT_TAGS, Kind, Selector, World
from ghcr_action.errors import InvalidValue
from ghcr_action.values.github import PackageVersion

LINES = ("majors", "minors", "patches")
_ONE = {"majors": "major", "minors": "minor", "patches": "patch"}


class By(StrEnum):
    """Which of GitHub's two dates counts."""

    TOUCHED = "touched"
    """The later one: pushed, or given a tag."""
    CREATED = "created"
    UPDATED = "updated"

    def time(self, version: PackageVersion) -> datetime:
        """The date of a version."""
        return {By.CREATED: version.created, By.UPDATED: version.updated}.get(self, version.time)


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Release lines that stay: the newest release of each of the newest ``count`` majors, minors or
    patches."""

    count: int
    unit: str

    @property
    def parts(self) -> int:
        """How many parts of a version make a line."""
        return LINES.index(self.unit) + 1

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else _ONE[self.unit]}"


def lines(text: str) -> Lines:
    """``3 minors``, ``1 major``. Raises InvalidValue."""
    count, _, unit = " ".join(text.lower().split()).partition(" ")
    found = {one: many for many, one in _ONE.items()}.get(unit, unit)
    if (
        not (count.isascii() and count.isdecimal() and len(count) < 5 and int(count))
        or found not in LINES
    ):
        raise InvalidValue(
            f"{text!r} is not a number of release lines: write `3 minors`, `2 majors` or `5 "
            "patches`"
        )
    return Lines(count=int(count), unit=found)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Images that may go, and which of them stay."""

    name: str
    """How a report calls it: the input or the family of the policy."""
    selectors: tuple[Selector, ...]
    keep_last: int = 0
    last_name: str = "keep-last"
    """The input or member that says so."""
    younger_than: timedelta = timedelta()
    keep_lines: Lines | None = None
    keeps_all: bool = False

    @property
    def kinds(self) -> frozenset[Kind]:
        """What its items name."""
        return frozenset(each.kind for each in self.selectors)

    def naming(self, tag: str, world: World) -> Selector | None:
        """The first item that names this tag."""
        return selector.first(self.selectors, tag, world)


@dataclass(frozen=True, kw_only=True)
class Brake:
    """How much one run may delete."""

    share: int = 50
    """Percent of the tagged images of a package."""
    deletions: int = 0
    """Versions of a package; 0 for any number."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A family nominates, its keeping and each ``keep…`` protects whatever is nominated; the first
    family that fits counts."""

    families: tuple[Family, ...] = ()
    keep: tuple[Selector, ...] = ()
    """Tags and digests that stay in any case."""
    in_use: frozenset[str] = frozenset()
    """Tags and digests that were found in files or given by a list."""
    younger_than: timedelta = timedelta(days=1)
    by: By = By.TOUCHED
    brake: Brake = field(default_factory=Brake)
    untag: bool = False
    """Whether a tag that is named is taken from an image that other tags keep."""

    @property
    def kinds(self) -> frozenset[Kind]:
        """What all families name."""
        return frozenset().union(*(each.kinds for each in self.families))

    @property
    def removes_tagged(self) -> bool:
        """Whether any image with a name can go for its tags."""
        return bool(self.kinds & ABOUT_TAGS)

    def keeping(self, tags: Iterable[str], digest: str) -> tuple[str, Selector] | None:
        """The first tag, or the digest, that is always kept, and the item that says so."""
        for each in self.keep:
            if each.kind is Kind.DIGEST and each.text == digest:
                return digest, each
        found = ((tag, selector.first(self.keep, tag, World())) for tag in tags)
        return next(((tag, each) for tag, each in found if each), None)

    def unmatched(
        self, versions: Iterable[PackageVersion], world: World
    ) -> tuple[tuple[Selector, ...], tuple[Selector, ...]]:
        """Items of families, and of ``keep``, that name nothing in a package; words are no
        mistakes."""
        versions = tuple(versions)
        tags = {tag for version in versions for tag in version.tags}
        digests = {str(version.digest) for version in versions}

        def idle(selectors: Iterable[Selector]) -> tuple[Selector, ...]:
            return tuple(
                each
                for each in dict.fromkeys(selectors)
                if (each.kind is Kind.DIGEST and each.text not in digests)
                or (
                    each.kind in (Kind.GLOB, Kind.PATTERN)
                    and not any(each.names(tag, world) for tag in tags)
                )
            )

        return idle(each for family in self.families for each in family.selectors), idle(self.keep)
