"""What a bake knows, will do and has done, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ghcr_action.buildx.bake.calls import BakeRequest
from ghcr_action.buildx.bake.definition import Definition
from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.buildx.measures import CacheUse
from ghcr_action.buildx.step import Step
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import policy
from ghcr_action.names.policy import Decision, KeptTag, Rules
from ghcr_action.plans.attest import Attested, Attesting, Unattested
from ghcr_action.plans.build_plan import BuildPlan
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.plans.visibility import Finding
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.size import ImageSize


@dataclass(frozen=True, kw_only=True)
class BakeFacts:
    """What was read before anything is decided."""

    build: BuildFacts
    source: BakeSource
    """Where the definition is."""
    files: tuple[str, ...]
    """The definition's files."""
    definition: Definition
    metadata: Metadata
    by_target: Mapping[str, Metadata] = field(default_factory=dict, hash=False)
    """By the key of ``target-tags``: what its own rules yield."""
    decision: Decision = field(default_factory=lambda: Decision(write=()))
    attest: Attesting | Unattested = field(default_factory=lambda: Unattested(why="nobody asked"))
    """What signs, where something is pushed."""
    cannot_push: str = ""
    changed: Mapping[str, str] | None = field(default=None, hash=False)
    """Targets that have changed, and why; None where nobody asked."""
    is_merge: bool = False
    """Whether other jobs have built and pushed it all."""
    bases: Mapping[str, Digest] = field(default_factory=dict, hash=False)
    """Of targets that have not changed: what the base branch has of them."""


@dataclass(frozen=True, kw_only=True)
class TargetPlan:
    """What becomes of one target that was asked for."""

    name: str
    platforms: tuple[Platform, ...] = ()
    """What its image must hold; empty where that is the engine's choice."""
    push: tuple[Repository, ...] = ()
    """Where it is pushed by digest."""
    tag: tuple[Reference, ...] = ()
    kept_tags: tuple[KeptTag, ...] = ()
    guarded: tuple[Reference, ...] = ()
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    annotations: tuple[str, ...] = ()
    """Those that its image can hold."""
    attests: tuple[str, ...] = ()
    """What is added to those of the definition, as buildx writes it."""
    is_built: bool = True
    base: Digest | None = None
    """The image of the base branch that gets the names, where the target has not changed."""
    reason: str = ""
    """Why it is not published, or not built."""
    outputs: tuple[str, ...] = ()
    """What else becomes of it, as buildx writes it."""

    @property
    def image(self) -> str:
        """Its first name without a tag, else the target's own name."""
        return str(self.push[0]) if self.push else self.name


@dataclass(frozen=True, kw_only=True)
class BakePlan:
    """What will be written, in order."""

    files: tuple[str, ...]
    targets: tuple[TargetPlan, ...]
    linked: tuple[str, ...]
    """Built because others need them; they go nowhere."""
    building: BuildPlan
    request: BakeRequest
    retries: int
    rules: Rules
    """Asked again right before the names are written."""
    verify: bool
    attest: Attesting | Unattested
    """What signs the digests of all before any name is written."""
    reason: str = ""
    """Why nothing of all is pushed."""
    warnings: tuple[str, ...] = ()

    @property
    def build(self) -> BuildCommand:
        """The one build."""
        return self.building.build

    @property
    def built(self) -> tuple[TargetPlan, ...]:
        """The targets that are built."""
        return tuple(target for target in self.targets if target.is_built)

    @property
    def published(self) -> tuple[TargetPlan, ...]:
        """The targets that get content or names."""
        return tuple(target for target in self.targets if target.push)

    @property
    def push(self) -> tuple[Repository, ...]:
        """Every repository that is written to."""
        return tuple(
            dict.fromkeys(repository for target in self.targets for repository in target.push)
        )

    @property
    def tag(self) -> tuple[Reference, ...]:
        """Every name of every target: fixed ones first, moving ones at the very end."""
        return policy.ordered(reference for target in self.targets for reference in target.tag)

    def left(self, names: Iterable[Reference], kept_tags: Iterable[KeptTag]) -> Self:
        """The plan with the names that other runs have left to this one."""
        kept, others = frozenset(names), tuple(kept_tags)
        targets = (
            replace(
                target,
                tag=tuple(name for name in target.tag if name in kept),
                kept_tags=(
                    *target.kept_tags,
                    *(each for each in others if each.reference in target.tag),
                ),
            )
            for target in self.targets
        )
        return replace(self, targets=tuple(targets))


@dataclass(frozen=True, kw_only=True)
class TargetOutcome:
    """What a run has done with one target, as far as it is confirmed."""

    plan: TargetPlan
    root: Manifest | Index | None = None
    size: ImageSize | None = None
    pushed: bool = False
    attested: Attested | None = None
    """The attestation that was made, or why there is none where none was required."""
    visible: Finding | None = None

    @property
    def digest(self) -> Digest | None:
        """The digest of the whole image."""
        return self.root.descriptor.digest if self.root else None


@dataclass(frozen=True, kw_only=True)
class BakeOutcome:
    """What a run has done."""

    plan: BakePlan
    targets: tuple[TargetOutcome, ...]
    metadata_json: str = ""
    metadata_file: str = ""
    seconds: tuple[tuple[str, float], ...] = ()
    cache: CacheUse | None = None
    steps: tuple[Step, ...] = ()
