"""Many digests to one index: a pure function, equal digests in any order give equal bytes.

Source: OCI image 1.1, https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ghcr_action.errors import ContentInvalid
from ghcr_action.names.policy import Decision, ExistingImage, Rules
from ghcr_action.plans.attest import Attested, Attesting, Unattested
from ghcr_action.plans.visibility import Finding
from ghcr_action.values import oci
from ghcr_action.values import platform as platforms
from ghcr_action.values.oci import ATTESTED_KEY, Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.size import ImageSize

_LEVEL = r"(?s)(index|manifest-descriptor)(?:\[([^\]]*)\])?:([^=]+)=(.*)"
_DOCKER = frozenset({MediaType.DOCKER_MANIFEST})


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the digests: what it is, where it is, and for a single manifest the platform of its
    config."""

    origin: Repository
    found: Manifest | Index
    platform: Platform | None = None

    @property
    def entries(self) -> tuple[Descriptor, ...]:
        """What it brings into the index: itself, or what it lists."""
        if isinstance(self.found, Index):
            return self.found.manifests
        return (replace(self.found.descriptor, platform=self.platform, annotations={}),)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was read before anything is decided."""

    parts: tuple[Part, ...]
    existing: tuple[Part, ...]
    """The index that is extended; where names hold several, the first of them decides."""
    decision: Decision
    rules: Rules
    """What the decision was made by, to ask again."""
    current: Mapping[Reference, Digest | None]
    attest: Attesting | Unattested


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be written, in order."""

    index: Index
    origins: Mapping[Digest, Repository]
    """Where each entry is read from."""
    kept: tuple[Platform, ...]
    """Platforms of the index that is extended."""
    push: tuple[Repository, ...]
    decision: Decision
    rules: Rules
    """What is asked again right before a name is written."""
    new: tuple[Descriptor, ...]
    """What this run brings: its entries of the index."""
    previous: tuple[tuple[Reference, Digest | None], ...]
    verify: bool
    attest: Attesting | Unattested
    """What signs the index before any name is written."""

    @property
    def digest(self) -> Digest:
        """The digest of the index."""
        return self.index.descriptor.digest


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a merge has done, as far as it is confirmed."""

    plan: Plan
    pushed: bool = False
    size: ImageSize | None = None
    """What the registry confirmed; None where nobody asked it."""
    existing: ExistingImage | None = None
    """What every name that was wanted holds already, where that is left alone."""
    attested: Attested | None = None
    """The attestation that was made, or why there is none where none was required."""
    visible: Finding | None = None
    """Who can see the package; None where nothing was written."""


def make(
    facts: Facts, *, platforms: tuple[Platform, ...], annotations: Iterable[str], verify: bool
) -> Plan:
    """The plan. Raises ContentInvalid for a platform that is there twice, a missing one, and a
    digest that is no image."""
    new = [entry for part in facts.parts for entry in part.entries]
    _check_images(facts.parts)
    _check_once(new)
    kept = _others(facts.existing, new)
    entries = _sorted({entry.digest: entry for entry in (*kept, *new)}.values())
    _check_expected(entries, platforms)
    parts = (*facts.existing, *facts.parts)
    return Plan(
        index=index(entries, annotations),
        origins={entry.digest: part.origin for part in parts for entry in part.entries},
        kept=tuple(entry.platform for entry in kept if entry.platform and not entry.is_attestation),
        push=tuple(dict.fromkeys(reference.repository for reference in facts.decision.write)),
        decision=facts.decision,
        rules=facts.rules,
        new=tuple(new),
        previous=tuple(
            (reference, facts.current.get(reference)) for reference in facts.decision.write
        ),
        verify=verify,
        attest=facts.attest if facts.decision.write else Unattested(why="no name is written"),
    )


def index(entries: Iterable[Descriptor], annotations: Iterable[str]) -> Index:
    """An index of these entries; ``annotations`` are ``index:key=value`` and
    ``manifest-descriptor[PLATFORM]:key=value``, other levels lie in the manifests, which are not
    touched.
    """
    found = [
        match.groups(default="") for text in annotations if (match := re.fullmatch(_LEVEL, text))
    ]
    own = {key: value for level, _, key, value in found if level == "index"}
    listed = [
        _annotated(entry, [each[1:] for each in found if each[0] != "index"]) for entry in entries
    ]
    is_docker = not own and all(
        entry.media_type in _DOCKER and not entry.annotations for entry in listed
    )
    media_type = MediaType.DOCKER_INDEX if is_docker else MediaType.OCI_INDEX
    return oci.make_index(listed, media_type=media_type, annotations=own)


def _annotated(entry: Descriptor, annotations: list[tuple[str, ...]]) -> Descriptor:
    if entry.is_attestation:
        return entry
    added = {
        key: value for platform, key, value in annotations if platform in ("", str(entry.platform))
    }
    return replace(entry, annotations={**entry.annotations, **added})


def _images(entries: Iterable[Descriptor]) -> list[Descriptor]:
    return [entry for entry in entries if entry.platform and not entry.is_attestation]


def _sorted(entries: Iterable[Descriptor]) -> list[Descriptor]:
    """Images by platform, then their attestations in the same order, whatever the order of the jobs
    was."""
    every = list(entries)
    images = sorted(_images(every), key=lambda entry: entry.platform or Platform("", ""))
    order = {str(entry.digest): number for number, entry in enumerate(images)}
    rest = [entry for entry in every if entry not in images]
    return [
        *images,
        *sorted(
            rest,
            key=lambda entry: (
                order.get(entry.annotations.get(ATTESTED_KEY, ""), len(order)),
                str(entry.digest),
            ),
        ),
    ]


def _others(existing: Iterable[Part], new: list[Descriptor]) -> list[Descriptor]:
    """The entries that stay of what is extended: other platforms, with their attestations."""
    kept: list[Descriptor] = []
    for part in existing:
        kept += _not_replaced(part, [*kept, *new])
    return kept


def _not_replaced(existing: Part, new: Iterable[Descriptor]) -> list[Descriptor]:
    replaced = {entry.platform for entry in _images(new)}
    gone = {entry.digest for entry in _images(existing.entries) if entry.platform in replaced}
    attested = set(map(str, gone))
    return [
        entry
        for entry in existing.entries
        if entry.digest not in gone and entry.annotations.get(ATTESTED_KEY) not in attested
    ]


def _check_images(parts: Iterable[Part]) -> None:
    for part in parts:
        if not _images(part.entries) or any(
            entry.platform and not entry.platform.is_known for entry in _images(part.entries)
        ):
            raise ContentInvalid(
                f"{part.origin.at(part.found.descriptor.digest)} is no image",
                why="neither an index nor its config says for which platform it is",
            )


def _check_once(entries: Iterable[Descriptor]) -> None:
    found: dict[Platform | None, Descriptor] = {}
    for entry in _images(entries):
        other = found.setdefault(entry.platform, entry)
        if other.digest != entry.digest:
            raise ContentInvalid(
                f"Two digests are for {entry.platform}",
                why=f"{other.digest} and {entry.digest}; a client would take either",
                fix=(
                    "Give each job of the matrix another platform, and pass the digests "
                    "of one run only."
                ),
            )


def _check_expected(entries: Iterable[Descriptor], wanted: tuple[Platform, ...]) -> None:
    found = [entry.platform for entry in _images(entries) if entry.platform]
    if missing := platforms.missing(wanted, found):
        raise ContentInvalid(
            f"No digest is for {missing}: nothing was written",
            why=f"`platforms` asks for it; the digests are for {platforms.listed(found)}",
            fix="Look at the job that builds it.",
        )
