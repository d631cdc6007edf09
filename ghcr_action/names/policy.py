"""Which names an image gets, in which order, and which stay where they are: pure, from the wish, a
policy and the registry's tags."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from ghcr_action.errors import PolicyRefused
from ghcr_action.values import version as versions
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.size import ImageSize
from ghcr_action.values.tag import is_moving

Numbers = tuple[int, ...]
Existing = Mapping[Repository, tuple[Tag, ...]]
"""The tags of each repository that was asked; one that does not exist has none."""
_LINE = re.compile(r"(?:^|(?<=[-_]))v?(latest|\d+(?:\.\d+)?)(?=$|[-_])")


class Moving(StrEnum):
    """What moving tags do."""

    FORWARD = "forward"
    """``latest``, ``1``, ``1.2`` never go back to an older release, and no pre-release takes
    them."""
    ALWAYS = "always"
    """As docker/metadata-action: whatever was built last."""


class IfExists(StrEnum):
    """What happens to a protected tag that exists."""

    FAIL = "fail"
    SKIP = "skip"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, kw_only=True)
class TagPolicy:
    """The inputs ``moving-tags``, ``immutable-tags`` (globs) and ``if-exists``."""

    moving: Moving = Moving.FORWARD
    immutable: tuple[str, ...] = ()
    if_exists: IfExists = IfExists.FAIL

    def protects(self, reference: Reference) -> bool:
        """Whether this name must not be given to another digest once it exists."""
        return self.if_exists is not IfExists.OVERWRITE and any(
            fnmatchcase(reference.target, glob) for glob in self.immutable
        )


@dataclass(frozen=True, kw_only=True)
class Stay:
    """A name that is wanted and not written, and why."""

    reference: Reference
    reason: str
    is_kept: bool = False
    """Whether it is protected: what it holds stands for what this run would give it."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An image that a run leaves where it is, confirmed by the registry, under the names that it
    holds."""

    names: tuple[Reference, ...]
    root: Manifest | Index
    size: ImageSize


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What becomes of every name that is wanted."""

    write: tuple[Reference, ...]
    """Fixed names, then moving ones."""
    stay: tuple[Stay, ...] = ()
    guarded: tuple[Reference, ...] = ()
    """Those of ``write`` that exist and are protected: right only where they name the same
    digest."""


def ordered(references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Each name once, fixed ones before moving ones, so that a run that fails leaves ``latest``
    where it was."""
    return tuple(
        sorted(dict.fromkeys(references), key=lambda reference: is_moving(reference.target))
    )


def asked(
    policy: TagPolicy, wanted: tuple[Reference, ...], released: str = ""
) -> tuple[Repository, ...]:
    """The repositories whose tags have to be listed before ``decide``; none where no rule depends
    on them."""
    claims = ((reference, _claim(policy, reference, wanted, released)) for reference in wanted)
    needed = (
        each.repository
        for each, claim in claims
        if policy.protects(each) or (claim and not claim.version.is_prerelease)
    )
    return tuple(dict.fromkeys(needed))


def decide(
    policy: TagPolicy, wanted: tuple[Reference, ...], existing: Existing, *, released: str = ""
) -> Decision:
    """What is written, in order, and what stays. ``released`` is the version as a Git tag has it,
    where there is one."""
    stays = tuple(_stays(policy, wanted, existing, released))
    left_out = {stay.reference for stay in stays}
    write = tuple(reference for reference in ordered(wanted) if reference not in left_out)
    guarded = tuple(each for each in write if policy.protects(each) and _exists(each, existing))
    return Decision(write=write, stay=stays, guarded=guarded)


def refuse(guarded: Mapping[Reference, Digest | None], digest: Digest) -> None:
    """Raise PolicyRefused where a protected name holds another digest; the same digest is a
    success."""
    _refuse(
        [
            f"{reference} is {found}"
            for reference, found in guarded.items()
            if found not in (None, digest)
        ],
        str(digest),
    )


def refuse_unseen(guarded: Iterable[Reference]) -> None:
    """The same where somebody else will write the names, before a digest is known: raise
    PolicyRefused for every one that exists."""
    _refuse([f"{reference} exists" for reference in guarded], "what would be built")


def _refuse(taken: list[str], image: str) -> None:
    if taken:
        raise PolicyRefused(
            (
                "A tag of `immutable-tags` exists and names another image: nothing was "
                f"tagged with {image}"
            ),
            why="\n".join(taken),
            fix=(
                "Publish under a new version, or keep what is there with `if-exists: "
                "skip`, or say `if-exists: overwrite` for this run."
            ),
            code="TAG-EXISTS",
        )


def _stays(
    policy: TagPolicy, wanted: tuple[Reference, ...], existing: Existing, released: str
) -> Iterator[Stay]:
    for reference in ordered(wanted):
        if (
            policy.if_exists is IfExists.SKIP
            and policy.protects(reference)
            and _exists(reference, existing)
        ):
            yield Stay(
                reference=reference, reason="it exists, and `if-exists` is `skip`", is_kept=True
            )
            continue
        claim = _claim(policy, reference, wanted, released)
        if claim and (reason := claim.objection(existing.get(reference.repository, ()))):
            yield Stay(reference=reference, reason=reason)


def _exists(reference: Reference, existing: Existing) -> bool:
    return Tag(reference.target) in existing.get(reference.repository, ())


@dataclass(frozen=True, kw_only=True, order=True)
class _Version:
    """A semantic version; build numbers do not count."""

    numbers: Numbers
    is_prerelease: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class _Line:
    """What a moving tag follows: all releases (``latest``), those of ``1`` or of ``1.2``, between a
    prefix and a suffix."""

    prefix: str
    scope: Numbers
    suffix: str

    def version(self, tag: str) -> _Version | None:
        """The version that a fixed tag of this line names; None where it is of another line, or no
        version."""
        if (
            not tag.startswith(self.prefix)
            or not tag.endswith(self.suffix)
            or len(tag) < len(self.prefix) + len(self.suffix)
        ):
            return None
        return self.holding(_version(tag[len(self.prefix) : len(tag) - len(self.suffix)]))

    def holding(self, version: _Version | None) -> _Version | None:
        """This version, where it belongs to the line."""
        return version if version and version.numbers[: len(self.scope)] == self.scope else None


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """A moving tag, and the version that asks for it."""

    line: _Line
    version: _Version

    def objection(self, tags: tuple[Tag, ...]) -> str:
        """Why the tag stays where it is; empty where it moves."""
        if self.version.is_prerelease:
            return f"{self.version.text} is a pre-release"
        releases = [
            found
            for tag in tags
            if (found := self.line.version(tag.name)) and not found.is_prerelease
        ]
        newest = max(releases, default=self.version)
        return (
            f"{newest.text} is newer than {self.version.text}"
            if newest.numbers > self.version.numbers
            else ""
        )


def _claim(
    policy: TagPolicy, reference: Reference, wanted: tuple[Reference, ...], released: str
) -> _Claim | None:
    """None where the tag follows no versions: a branch, a pull request, ``edge``, or ``latest``
    beside no version."""
    if policy.moving is Moving.ALWAYS or not is_moving(reference.target):
        return None
    beside = [other.target for other in wanted if other.repository == reference.repository]
    lines = tuple(_lines(reference.target))
    pairs = [
        (line, max(found))
        for line in lines
        if (found := [version for tag in beside if (version := line.version(tag))])
    ]
    line = next((line for line, _ in pairs), next(iter(lines), None))
    if line and (version := line.holding(_version(released))):
        return _Claim(line=line, version=version)
    return next((_Claim(line=line, version=version) for line, version in pairs), None)


def _lines(tag: str) -> Iterator[_Line]:
    for found in _LINE.finditer(tag):
        scope = () if found[1] == "latest" else tuple(map(int, found[1].split(".")))
        yield _Line(prefix=tag[: found.start()], scope=scope, suffix=tag[found.end() :])


def _version(text: str) -> _Version | None:
    found = versions.read(text)
    if found is None:
        return None
    values, is_prerelease = found
    numbers = tuple(int(values[part]) for part in ("major", "minor", "patch"))
    return _Version(numbers=numbers, is_prerelease=is_prerelease, text=values["version"])
