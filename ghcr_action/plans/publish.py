"""What a publishing run will do: a pure function from settings and facts to a complete Plan.

Owns Facts, Plan and Outcome. Fields stand in the order of execution; tags come last, so that a run
that fails leaves no name on something unverified.
"""

from dataclasses import dataclass, replace

from ghcr_action.buildx.context import Context
from ghcr_action.buildx.destination import Destination, TagsByEngine
from ghcr_action.buildx.measures import CacheUse
from ghcr_action.buildx.step import Step
from ghcr_action.errors import SettingsError
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import policy
from ghcr_action.names import wanted as wanted_names
from ghcr_action.names.policy import Decision, ExistingImage, KeptTag, Rules
from ghcr_action.plans import build as build_plan
from ghcr_action.plans import pushing
from ghcr_action.plans.attest import Attested, Attesting, Unattested
from ghcr_action.plans.build_plan import Aim, BuildPlan
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.plans.visibility import Finding
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.size import ImageSize, PlatformImage


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was read before anything is decided."""

    build: BuildFacts
    metadata: Metadata
    decision: Decision
    """What becomes of each name, after a look at the registry's tags."""
    attest: Attesting | Unattested
    """What signs, where something is pushed."""
    cannot_push: str = ""
    """Why the job's token can't push; empty where it can, or nobody knows."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be written, in order."""

    metadata: Metadata
    context: Context
    building: BuildPlan
    platforms: tuple[Platform, ...]
    """What the published image must hold; empty where that is the engine's choice."""
    push: tuple[Repository, ...]
    """Repositories that get the content, by digest, so that nothing is visible under a name yet."""
    retries: int
    """How often a build is tried again after a fault that may pass."""
    verify: bool
    attest: Attesting | Unattested
    """What signs the digests before any name is written."""
    tag: tuple[Reference, ...]
    """Every name, fixed ones first, moving ones last."""
    rules: Rules
    """What is asked again right before a name is written."""
    kept_tags: tuple[KeptTag, ...] = ()
    """Names that are wanted and stay where they are."""
    guarded: tuple[Reference, ...] = ()
    """Names that exist and may only be written where they hold the same digest."""
    builds: bool = True
    """False where every name stays, so that nobody would see what is built."""
    reason: str = ""
    """Why nothing is pushed."""
    warnings: tuple[str, ...] = ()

    @property
    def build(self) -> BuildCommand:
        """The build that is published."""
        return self.building.build


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run has done, as far as it is confirmed."""

    plan: Plan
    root: Manifest | Index | None = None
    """What was built: an index for several platforms, a manifest for one; None where no digest is
    known."""
    size: ImageSize | None = None
    """Each platform with digest and compressed bytes."""
    image_id: str = ""
    metadata_json: str = ""
    metadata_file: str = ""
    pushed: bool = False
    seconds: tuple[tuple[str, float], ...] = ()
    """Each step with its duration."""
    cache: CacheUse | None = None
    slowest: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    """Every step of the build, as it went the first time."""
    existing: ExistingImage | None = None
    """What every name that was wanted holds already, where that is left alone."""
    attested: Attested | None = None
    """The attestation that was made, or why there is none where none was required."""
    visible: Finding | None = None
    """Who can see the package; None where nothing was pushed."""

    @property
    def platforms(self) -> tuple[PlatformImage, ...]:
        """Each platform of what was published."""
        return self.size.platforms if self.size else ()

    @property
    def digest(self) -> Digest | None:
        """The digest of the whole image."""
        return self.root.descriptor.digest if self.root else None


def make(settings: PublishSettings, facts: Facts) -> Plan:
    """The plan; equal settings and facts give equal plans. Raises SettingsError before anything is
    built."""
    wanted = wanted_names.references(settings.names, facts.metadata)
    references = facts.decision.write
    is_settled = bool(wanted) and not references and not settings.push_by_digest
    settled = _settled(facts.decision) if is_settled else ""
    reason = why_not(settings, wanted, facts.cannot_push) or settled
    repositories = () if reason else _repositories(settings, references)
    aim = Aim(
        metadata=facts.metadata,
        references=references,
        push=repositories,
        digest_only=settings.push_by_digest,
    )
    building = build_plan.make(settings, facts.build, aim)
    if isinstance(building.destination, TagsByEngine):
        policy.refuse_unseen(facts.decision.guarded)
    return Plan(
        metadata=facts.metadata,
        context=facts.build.context,
        building=building,
        platforms=settings.build.named_platforms,
        push=repositories,
        retries=settings.common.retries,
        verify=settings.verify,
        attest=_attest(facts, building.destination, reason),
        tag=() if reason or settings.push_by_digest else references,
        rules=rules(settings, wanted),
        kept_tags=facts.decision.kept_tags,
        guarded=facts.decision.guarded,
        builds=not is_settled,
        reason=reason,
        warnings=(*facts.metadata.warnings, *building.warnings),
    )


def rules(settings: PublishSettings, names: tuple[Reference, ...]) -> Rules:
    """What decides which of these names may be written."""
    released = wanted_names.released(settings.common.event)
    return Rules(policy=settings.policy, wanted=names, released=released)


def _attest(facts: Facts, destination: Destination, reason: str) -> Attesting | Unattested:
    """What signs. Raises SettingsError where an image must be signed before it has a name, and the
    engine names it while it pushes."""
    if reason:
        return Unattested(why="nothing is pushed")
    if not isinstance(destination, TagsByEngine) or isinstance(facts.attest, Unattested):
        return facts.attest
    if facts.attest.is_required:
        raise SettingsError(
            "`attest: true`, and this engine writes the tags itself",
            why="its image store can't push by digest, so that a tag would be there unsigned",
            fix="driver: docker-container",
        )
    return replace(facts.attest, in_registry=False)


def _repositories(
    settings: PublishSettings, references: tuple[Reference, ...]
) -> tuple[Repository, ...]:
    """Those that get the content: of every name, or of the images where names come later."""
    named = (reference.repository for reference in references)
    images = settings.names.repositories if settings.push_by_digest else ()
    return tuple(dict.fromkeys((*named, *images)))


def _settled(decision: Decision) -> str:
    """Why there is nothing left to publish."""
    return "every name stays: " + "; ".join(
        f"{each.reference}: {each.reason}" for each in decision.kept_tags
    )


def why_not(settings: PublishSettings, references: tuple[Reference, ...], cannot_push: str) -> str:
    """Why nothing will be pushed; empty where something will. Raises SettingsError where a push
    can't be what is meant."""
    if settings.push is not False and settings.build.call:
        return f"`call: {settings.build.call}` evaluates, it does not build"
    if settings.why_not:
        return settings.why_not
    reason = pushing.why_not(settings.common, settings.push, references, cannot_push)
    if not reason and not references and not settings.push_by_digest:
        raise SettingsError(
            "There is no tag to publish under",
            why=(
                "no rule of `tags` gives one for the event "
                f"{settings.common.event.name} on {settings.common.event.ref}"
            ),
            fix="tags: |\n  type=sha",
        )
    return reason
