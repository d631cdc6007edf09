"""What a promotion will do: a pure function from what was read to a complete Plan.

No rebuild, no new bytes but for a platform filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghcr_action.errors import NotFound, PolicyRefused
from ghcr_action.names import policy
from ghcr_action.names.policy import Decision, KeptTag, Rules
from ghcr_action.values import oci
from ghcr_action.values import platform as platforms
from ghcr_action.values.oci import ATTESTED_KEY, Descriptor, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository

if TYPE_CHECKING:
    from ghcr_action.settings.promote import PromoteSettings


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was read before anything is decided."""

    found: Manifest | Index
    """What the source names."""
    root: Manifest | Index
    """What is promoted: the same, or what ``choose`` leaves of it."""
    platform: Platform | None = None
    """What a single manifest is for, as the index that lists it or its config says; None where
    nothing had to be read for it."""
    decision: Decision
    rules: Rules
    """What the decision was made by, to ask again."""
    current: Mapping[Reference, Digest | None]
    """What each name to be written holds now."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be written, in order."""

    source: Reference
    found: Manifest | Index
    root: Manifest | Index
    copy: tuple[Repository, ...]
    """Repositories that get the content first."""
    referrers: tuple[Repository, ...]
    """Repositories that get what describes it, before any name."""
    write: tuple[Reference, ...]
    """Fixed names, then moving ones."""
    already: tuple[Reference, ...]
    """Names that hold this digest before anything is written."""
    kept_tags: tuple[KeptTag, ...]
    previous: tuple[tuple[Reference, Digest | None], ...]
    """What each name in ``write`` held, for the way back."""
    verify: bool
    rules: Rules
    """What is asked again right before a name is written."""
    platform: Platform | None = None
    """What a single manifest is for, where that was read."""

    @property
    def digest(self) -> Digest:
        """The digest that is promoted."""
        return self.root.descriptor.digest

    @property
    def names(self) -> tuple[Reference, ...]:
        """Every name that holds the digest in the end."""
        return policy.ordered((*self.write, *self.already))

    @property
    def is_whole(self) -> bool:
        """Whether the digest is the source's own."""
        return self.root == self.found


def make(settings: PromoteSettings, facts: Facts) -> Plan:
    """The plan. Raises PolicyRefused where a protected name holds another digest."""
    digest, decision = facts.root.descriptor.digest, facts.decision
    policy.refuse(
        {reference: facts.current.get(reference) for reference in decision.guarded}, digest
    )
    write = tuple(
        reference for reference in decision.write if facts.current.get(reference) != digest
    )
    others = dict.fromkeys(
        each.repository for each in decision.write if each.repository != settings.source.repository
    )
    return Plan(
        source=settings.source,
        found=facts.found,
        root=facts.root,
        copy=tuple(
            repository
            for repository in others
            if any(each.repository == repository for each in write)
        ),
        referrers=tuple(others) if settings.referrers else (),
        write=write,
        already=tuple(reference for reference in decision.write if reference not in write),
        kept_tags=decision.kept_tags,
        previous=tuple((reference, facts.current.get(reference)) for reference in write),
        verify=settings.verify,
        rules=facts.rules,
        platform=facts.platform,
    )


def expect(source: Reference, found: Digest, wanted: Digest | None) -> None:
    """Raise PolicyRefused where the source is not what it is expected to be."""
    if wanted and found != wanted:
        raise PolicyRefused(
            f"{source} is not the expected image: nothing was written",
            why=f"it is {found}, and `expect-digest` is {wanted}",
            fix="Find out who moved the tag; name the digest as `source` to be independent of it.",
            code="OTHER-DIGEST",
        )


def choose(found: Manifest | Index, wanted: tuple[Platform, ...]) -> Index | Descriptor | None:
    """What a platform filter leaves of an index: None for everything, a descriptor for one
    platform, a smaller index for several.

    The smaller index is a new document, so it has a digest of its own. Raises NotFound for a
    platform that is not there.
    """
    if not wanted or not isinstance(found, Index):
        return None
    entries = {entry.platform.normal: entry for entry in found.platforms if entry.platform}
    _check(found, wanted, tuple(entries))
    kept = {entries[platform].digest for platform in wanted}
    if len(kept) == len(entries):
        return None
    return (
        next(entry for entry in found.platforms if entry.digest in kept)
        if len(kept) == 1
        else _smaller(found, kept)
    )


def check_own(found: Manifest, own: Platform | None, wanted: tuple[Platform, ...]) -> None:
    """Raise NotFound where a single image is not for the platforms that are asked for; one that
    says nothing is taken as it is."""
    if own and own.is_known:
        _check(found, wanted, (own.normal,))


def _check(
    found: Manifest | Index, wanted: tuple[Platform, ...], there: tuple[Platform, ...]
) -> None:
    if missing := platforms.missing(wanted, there):
        raise NotFound(
            f"{found.descriptor.digest} has no {missing}",
            why=f"it has {platforms.listed(there)}",
        )


def _smaller(found: Index, kept: set[Digest]) -> Index:
    """The index with these platforms and their attestations only."""
    attested = {str(digest) for digest in kept}
    entries = [
        entry
        for entry in found.manifests
        if entry.digest in kept or entry.annotations.get(ATTESTED_KEY) in attested
    ]
    return oci.make_index(entries, media_type=found.media_type, annotations=found.annotations)
