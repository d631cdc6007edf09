"""Which names an image gets, in which order, and which stay where they are: from the names that are
wanted, a policy and the registry's tags."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from ghcr_action.errors import PolicyRefused
from ghcr_action.names import lines
from ghcr_action.names.lines import Claim
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.size import ImageSize
from ghcr_action.values.tag import is_moving

Existing = Mapping[Repository, tuple[Tag, ...]]
"""The tags of each repository that was asked; one that does not exist has none."""


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
class Rules:
    """What decides whether a name may be written: asked before the plan, and again right before the
    write."""

    policy: TagPolicy = TagPolicy()
    wanted: tuple[Reference, ...] = ()
    """Every name of the run: the versions among them say which release asks for the moving ones."""
    released: str = ""
    """The version as a Git tag has it, where there is one."""

    def claim(self, reference: Reference) -> Claim | None:
        """The version that asks for this name; None where it follows no versions."""
        if self.policy.moving is Moving.ALWAYS or not is_moving(reference.target):
            return None
        repository = reference.repository
        beside = tuple(each.target for each in self.wanted if each.repository == repository)
        return lines.claim(reference.target, beside, self.released)

    def follows(self, reference: Reference) -> Claim | None:
        """The same, where the registry's tags have to be known to decide."""
        claim = self.claim(reference)
        return claim if claim and not claim.is_idle else None


@dataclass(frozen=True, kw_only=True)
class KeptTag:
    """A name that is wanted and not written, and why."""

    reference: Reference
    reason: str
    is_protected: bool = False
    """Whether it is protected: the protected tag's image is reported in place of the new one."""


@dataclass(frozen=True, kw_only=True)
class ExistingImage:
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
    kept_tags: tuple[KeptTag, ...] = ()
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
    rules = Rules(policy=policy, wanted=wanted, released=released)
    needed = (each.repository for each in wanted if policy.protects(each) or rules.follows(each))
    return tuple(dict.fromkeys(needed))


def decide(
    policy: TagPolicy, wanted: tuple[Reference, ...], existing: Existing, *, released: str = ""
) -> Decision:
    """What is written, in order, and what stays. ``released`` is the version as a Git tag has it,
    where there is one."""
    kept_tags = tuple(_kept_tags(Rules(policy=policy, wanted=wanted, released=released), existing))
    left_out = {each.reference for each in kept_tags}
    write = tuple(reference for reference in ordered(wanted) if reference not in left_out)
    guarded = tuple(each for each in write if policy.protects(each) and _exists(each, existing))
    return Decision(write=write, kept_tags=kept_tags, guarded=guarded)


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


def taken(reference: Reference, found: Digest | None, digest: Digest) -> PolicyRefused:
    """The same where another run has written the name since it was looked at."""
    return PolicyRefused(
        f"Another run gave {reference} to another image while this one ran",
        why=(
            f"`immutable-tags` protects it; it holds {found or 'nothing'}, and this run would give "
            f"it {digest}. No moving name was written"
        ),
        fix=(
            "Publish under a new version. Let only one run at a time publish a version: "
            "`concurrency` in the workflow."
        ),
        code="TAG-EXISTS",
    )


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


def _kept_tags(rules: Rules, existing: Existing) -> Iterator[KeptTag]:
    for reference in ordered(rules.wanted):
        if (
            rules.policy.if_exists is IfExists.SKIP
            and rules.policy.protects(reference)
            and _exists(reference, existing)
        ):
            yield KeptTag(
                reference=reference,
                reason="it exists, and `if-exists` is `skip`",
                is_protected=True,
            )
            continue
        claim = rules.claim(reference)
        if claim and (reason := claim.objection(existing.get(reference.repository, ()))):
            yield KeptTag(reference=reference, reason=reason)


def _exists(reference: Reference, existing: Existing) -> bool:
    return Tag(reference.target) in existing.get(reference.repository, ())
