"""Which versions go, in which order, and why each other one stays: a pure function from a graph
and rules.

Only what a rule selects is deleted, and nothing that a kept manifest needs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ghcr_action.cleanup import images
from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.images import Images
from ghcr_action.cleanup.reason import Reason
from ghcr_action.cleanup.rules import Rules
from ghcr_action.cleanup.selector import ABOUT_TAGS, World
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest

PART = Reason(rule="part", text="it belongs to something that stays")
LAST_NAMED = Reason(
    rule="last", text="it is the last image with a tag that can be pulled: one stays in any case"
)
LAST_TAGGED = Reason(rule="last", text="GitHub keeps the last tagged version of a package")
LAST = Reason(rule="last", text="GitHub keeps the last version of a package")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What the rules are held against beside the package itself."""

    now: datetime
    world: World = field(default_factory=World)


@dataclass(frozen=True, kw_only=True)
class VersionToDelete:
    """One version that goes, and why."""

    version: PackageVersion
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class ImageToDelete:
    """One image with everything that goes with it, nothing before what needs it."""

    members: tuple[VersionToDelete, ...]

    @property
    def versions(self) -> tuple[PackageVersion, ...]:
        """Its versions, in the order in which they go."""
        return tuple(each.version for each in self.members)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One version that stays, and why."""

    version: PackageVersion
    reason: Reason
    is_candidate: bool = False
    """Whether a rule nominated it and something spared it."""


@dataclass(frozen=True, kw_only=True)
class Untag:
    """Tags that are taken from an image which other tags keep."""

    version: PackageVersion
    tags: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What happens to one package."""

    to_delete: tuple[ImageToDelete, ...] = ()
    """Images in the order in which they go, the oldest first."""
    kept: tuple[Kept, ...] = ()
    """Everything else, the newest first."""
    untags: tuple[Untag, ...] = ()
    images: int = 0
    """Tagged images there are; platforms of an image count with it."""
    brake: str = ""
    """Why a run deletes nothing; empty where it may."""

    @property
    def going(self) -> tuple[PackageVersion, ...]:
        """Every version that goes, in order."""
        return tuple(version for image in self.to_delete for version in image.versions)


class Planner(Protocol):
    """Makes the same plan anew for a package that has changed."""

    def __call__(self, graph: Graph, /) -> Retention:
        """The plan for this graph."""


def make(graph: Graph, rules: Rules, moment: Moment) -> Retention:
    """The plan; equal arguments give equal plans, whatever the order in which the versions are
    listed."""
    found = images.find(graph, rules, moment.world, moment.now)
    reasons = dict(found.reasons)
    going = _going(graph, found, reasons)
    wanted = _named(found, going)
    if last := _last(graph, found, going):
        digest, why = last
        reasons[digest] = why
        going = _going(graph, found, reasons)
    going_images = _named(found, going)
    stays = sorted(
        (each for each in graph.versions.values() if each.digest not in going),
        key=images.key(found),
        reverse=True,
    )
    return Retention(
        to_delete=tuple(_images(graph, found, going)),
        kept=tuple(_kept(found, each, reasons) for each in stays),
        untags=tuple(_untags(graph, rules, moment, found, going)),
        images=len(found.named - found.covered),
        brake=_brake(
            rules, len(found.named - found.covered), len(wanted) if going_images else 0, len(going)
        ),
    )


def freed(graph: Graph, gone: Iterable[Digest]) -> int:
    """Bytes of the blobs that only these manifests hold, each blob once."""
    gone = frozenset(gone)
    left = graph.size(digest for digest in graph.nodes if digest not in gone)
    return sum(size for blob, size in graph.size(gone).items() if blob not in left)


def _named(found: Images, going: frozenset[Digest]) -> frozenset[Digest]:
    return found.named & going - found.covered


def _brake(rules: Rules, total: int, wanted: int, versions: int) -> str:
    """Why so much is too much; ``wanted`` counts the last image, too, which stays in any case."""
    brake = rules.brake
    if wanted * 100 > brake.share * total:
        return f"{wanted} of {total} tagged images would go, and `max-share` is {brake.share}%"
    if brake.deletions and versions > brake.deletions:
        return f"{versions} versions would go, and `max-deletions` is {brake.deletions}"
    return ""


def _going(graph: Graph, found: Images, reasons: Mapping[Digest, Reason]) -> frozenset[Digest]:
    """What is reached from the roots that have no reason to stay, and needed by nothing else.

    What no such root reaches stays, whatever it is (manifests that GitHub does not list, circles of
    tags), so that it has needs, too.
    """
    roots = (each for each in graph.versions if graph.is_root(each) or each in found.nominated)
    reached = graph.reached(digest for digest in roots if digest not in reasons)
    staying = {
        *reasons,
        *(
            digest
            for digest in graph.nodes
            if digest not in reached or digest not in graph.versions
        ),
    }
    while True:
        going = reached - graph.needed(staying)
        bereft = _bereft(graph, reached - going, going)
        if not bereft:
            return going
        staying |= bereft


def _bereft(graph: Graph, parts: Iterable[Digest], going: frozenset[Digest]) -> set[Digest]:
    """Indexes whose deletion would turn a kept child into an untagged image."""
    loose = (
        digest
        for digest in parts
        if digest in graph.versions and not graph.names(digest) and not graph.described.get(digest)
    )
    listed = (graph.parents.get(digest, ()) for digest in loose)
    return {parent for parents in listed if going.issuperset(parents) for parent in parents}


def _last(graph: Graph, found: Images, going: frozenset[Digest]) -> tuple[Digest, Reason] | None:
    """The version that has to stay because no other one would; None where enough do."""
    everything = sorted(graph.versions.values(), key=images.key(found), reverse=True)
    named = [version.digest for version in everything if version.digest in found.named]
    whole = [digest for digest in named if graph.is_whole(digest)]
    if whole and going.issuperset(whole):
        return whole[0], LAST_NAMED
    tagged = [version.digest for version in everything if version.tags]
    if tagged and going.issuperset(tagged):
        return (*named, *tagged)[0], LAST_TAGGED
    if going and len(going) == len(everything):
        return everything[0].digest, LAST
    return None


def _images(graph: Graph, found: Images, going: frozenset[Digest]) -> Iterable[ImageToDelete]:
    """Roots from the oldest to the newest; what several share goes with the last of them."""
    key = images.key(found)
    roots = (each for each in going if graph.is_root(each) or each in found.nominated)
    ordered = sorted((graph.versions[digest] for digest in roots), key=key)
    assigned, planned = set[Digest](), list[ImageToDelete]()
    for root in reversed(ordered):
        members = [
            digest
            for digest in graph.parents_first(root.digest)
            if digest in going and digest not in assigned
        ]
        assigned.update(members)
        if members:
            planned.append(
                ImageToDelete(
                    members=tuple(_leaving(graph, found, root.digest, each) for each in members)
                )
            )
    return reversed(planned)


def _leaving(graph: Graph, found: Images, root: Digest, digest: Digest) -> VersionToDelete:
    own = found.nominated.get(digest)
    if own:
        return VersionToDelete(version=graph.versions[digest], reason=own)
    return VersionToDelete(
        version=graph.versions[digest],
        reason=Reason(rule="part", text=f"it belongs to {root}, which goes"),
    )


def _kept(found: Images, version: PackageVersion, reasons: Mapping[Digest, Reason]) -> Kept:
    digest = version.digest
    return Kept(
        version=version, reason=reasons.get(digest) or PART, is_candidate=digest in found.nominated
    )


def _untags(
    graph: Graph,
    rules: Rules,
    moment: Moment,
    found: Images,
    going: frozenset[Digest],
) -> Iterable[Untag]:
    """Tags that are named, of images that stay for another tag and for nothing else."""
    if not rules.untag:
        return
    for version in sorted(graph.versions.values(), key=images.key(found)):
        names = graph.names(version.digest)
        if (
            version.digest in going
            or len(names) < 2
            or moment.now - found.times[version.digest] < rules.younger_than
        ):
            continue
        tags = tuple(tag for tag in names if _is_free(tag, rules, moment))
        if 0 < len(tags) < len(names):
            stays = next(tag for tag in names if tag not in tags)
            yield Untag(
                version=version,
                tags=tags,
                reason=Reason(rule="untag", text=f"its tag {stays} keeps the image"),
            )


def _is_free(tag: str, rules: Rules, moment: Moment) -> bool:
    """Whether a rule names this tag and nothing keeps it."""
    families = (
        each for each in rules.families if any(item.kind in ABOUT_TAGS for item in each.selectors)
    )
    family = next((each for each in families if each.naming(tag, moment.world)), None)
    spared = family is None or family.keeps_all or family.keep_last or family.keep_lines
    return not spared and not rules.keeping((tag,), "") and tag not in rules.in_use
