"""Versions in tags, and the lines that moving tags follow: ``latest`` all releases, ``1.2``
those of 1.2, ``1.2-alpine`` those of one variant.

Semantic Versioning calls everything after the hyphen a pre-release
(https://semver.org/spec/v2.0.0.html#spec-item-9), and images put the name of a variant there. So
the words of a pre-release are known here, and whatever else stands there names a variant, whose
versions are a line of their own. PEP 440 writes ``1.2.3rc1`` and ``1.2.3.post1``
(https://packaging.python.org/en/latest/specifications/version-specifiers/).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ghcr_action.values.reference import Tag

Numbers = tuple[int, ...]
_MAX_LENGTH = 256
"""Characters: a Git tag may be longer, and is no version then."""
_LINE = r"(?a)(?:^|(?<=[-_]))v?(latest|\d+(?:\.\d+)?)(?=$|[-_])"
_NUMBER = r"(0|[1-9][0-9]{0,15})"
_VERSION = rf"(?s)v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(|[^0-9].*)"
_PEP440 = r"[._]?(a|b|c|rc|alpha|beta|pre|preview|dev|post|rev|r)[._-]?[0-9]*(?![a-z])"
_EARLY = (
    "alpha|beta|rc|cr|pre|preview|prerelease|dev|devel|develop|development|snapshot|nightly|canary"
    "|next|ea|milestone|test|testing|unstable|experimental|edge|insiders?|trunk"
)
_EARLY_NUMBERED = r"[abcm][0-9]+"
"""``b2``, ``m1``: a letter alone may be anything."""


@dataclass(frozen=True, kw_only=True, order=True)
class Version:
    """What a text says of a version; a pre-release is older than its release, and build numbers do
    not count."""

    numbers: Numbers
    is_release: bool = True
    text: str = field(compare=False)
    """As a message says it."""
    variant: str = field(default="", compare=False)
    """What follows a release with a hyphen, ``-alpine``."""


@lru_cache(maxsize=1024)
def read(text: str) -> Version | None:
    """The version that a text is; None where it is none."""
    found = re.fullmatch(_VERSION, text.strip()) if len(text) <= _MAX_LENGTH else None
    if found is None:
        return None
    numbers, rest = tuple(map(int, found.groups()[:3])), found[4]
    plain = ".".join(map(str, numbers))
    if not rest or rest.startswith("+"):
        return Version(numbers=numbers, text=plain)
    if rest.startswith("-") and not rest.startswith("-post"):
        variant = rest.partition("+")[0]
        if _is_early(variant[1:]):
            return Version(numbers=numbers, is_release=False, text=plain + variant)
        return Version(numbers=numbers, text=plain, variant=variant)
    if python := re.match(_PEP440, rest.removeprefix("-").lower()):
        is_release = python[1] in ("post", "rev", "r")
        return Version(numbers=numbers, is_release=is_release, text=plain + rest)
    return None


def _is_early(suffix: str) -> bool:
    """Whether what follows the hyphen is a pre-release, not the name of a variant; a number first
    is one too."""
    parts = [part for part in re.split("[._-]", suffix.lower()) if part]
    return not parts or parts[0].isdigit() or any(map(_is_early_word, parts))


def _is_early_word(part: str) -> bool:
    return bool(
        re.fullmatch(_EARLY, part.rstrip("0123456789")) or re.fullmatch(_EARLY_NUMBERED, part)
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a moving tag follows: all releases (``latest``), those of ``1`` or of ``1.2``, between a
    prefix and a suffix."""

    prefix: str
    scope: Numbers
    suffix: str

    def version(self, text: str) -> Version | None:
        """The version that a fixed tag of this line names; None where it is of another line or
        variant, or no version."""
        found = self.any_variant(text)
        return found if found and not found.variant else None

    def any_variant(self, text: str) -> Version | None:
        """The same for tags of every variant of the line."""
        if (
            not text.startswith(self.prefix)
            or not text.endswith(self.suffix)
            or len(text) < len(self.prefix) + len(self.suffix)
        ):
            return None
        return self.holding(read(text[len(self.prefix) : len(text) - len(self.suffix)]))

    def released(self, text: str) -> Version | None:
        """The version that a Git tag names, which may be without the line's prefix and suffix."""
        bare = text.removeprefix(self.prefix)
        return self.holding(read(bare.removesuffix(self.suffix) if self.suffix else bare))

    def holding(self, version: Version | None) -> Version | None:
        """This version, where it belongs to the line."""
        return version if version and version.numbers[: len(self.scope)] == self.scope else None


def lines(tag: str) -> Iterator[Line]:
    """Every line that a moving tag may follow, from its beginning on."""
    for found in re.finditer(_LINE, tag):
        scope = () if found[1] == "latest" else tuple(map(int, found[1].split(".")))
        yield Line(prefix=tag[: found.start()], scope=scope, suffix=tag[found.end() :])


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A moving tag, and the version that asks for it."""

    line: Line
    version: Version

    @property
    def is_idle(self) -> bool:
        """Whether it stays whatever the registry holds, because a pre-release takes no moving
        tag."""
        return not self.version.is_release

    def newer(self, tags: Iterable[Tag]) -> tuple[Version, Tag] | None:
        """The newest release of the line, where that is newer than this one, and the tag that names
        it."""
        followed = [self.line]
        if self.version.variant:
            suffix = self.version.variant + self.line.suffix
            followed.append(Line(prefix=self.line.prefix, scope=self.line.scope, suffix=suffix))
        releases = [
            (found, tag)
            for tag in tags
            for line in followed
            if (found := line.version(tag.name)) and found.is_release
        ]
        newest = max(releases, key=lambda pair: pair[0].numbers, default=None)
        return newest if newest and newest[0].numbers > self.version.numbers else None

    def objection(self, tags: Iterable[Tag]) -> str:
        """Why the tag stays where it is; empty where it moves."""
        if self.is_idle:
            return f"{self.version.text} is a pre-release"
        newest = self.newer(tags)
        return f"{newest[0].text} is newer than {self.version.text}" if newest else ""


@lru_cache(maxsize=1024)
def claim(tag: str, beside: tuple[str, ...], released: str) -> Claim | None:
    """Which version asks for a moving tag: the Git tag's, else the newest of the tags beside it; a
    release that is made of its pre-release counts as the release. A variant's version asks for a
    tag of no variant only where nothing else does. None where the tag follows no versions: a
    branch, a pull request, ``edge``, or ``latest`` beside no version.
    """
    followed = tuple(lines(tag))
    for reads in (Line.version, Line.any_variant):
        pairs = [
            (line, max(versions))
            for line in followed
            if (versions := [version for other in beside if (version := reads(line, other))])
        ]
        line, found = next(iter(pairs), (next(iter(followed), None), None))
        version = line.released(released) if line else None
        if line and version and (reads is Line.any_variant or not version.variant):
            is_same = found and found.numbers == version.numbers
            return Claim(line=line, version=max(version, found) if found and is_same else version)
        if line and found:
            return Claim(line=line, version=found)
    return None
