"""Which versions go, in which order, and why each other one stays: a pure function from a graph and
rules.

Nothing goes that is not reached from a root which a rule names, and nothing that anything needs
which stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ghcr_action.cleanup import age
from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.rules import Rules
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest

PART = "it belongs to something that stays"
NOT_NAMED = "`remove` does not name it"
LAST_TAGGED = "GitHub keeps the last tagged version of a package"
LAST = "GitHub keeps the last version of a package"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What the rules are held against beside the package itself."""

    now: datetime
    open_pulls: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Doomed:
    """One image with everything that goes with it, nothing before what needs it."""

    versions: tuple[PackageVersion, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One version that stays, and why."""

    version: PackageVersion
    why: str


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What happens to one package."""

    doomed: tuple[Doomed, ...]
    """Images in the order in which they go, the oldest first."""
    kept: tuple[Kept, ...]
    """Everything else, the newest first."""

    @property
    def going(self) -> tuple[PackageVersion, ...]:
        """Every version that goes, in order."""
        return tuple(version for image in self.doomed for version in image.versions)


def make(graph: Graph, rules: Rules, moment: Moment) -> Retention:
    """The plan; equal arguments give equal plans."""
    reasons = _reasons(graph, rules, moment)
    going = _going(graph, reasons)
    if last := _last(graph, going):
        version, why = last
        reasons = {**reasons, version.digest: why}
        going = _going(graph, reasons)
    stays = sorted(
        (each for each in graph.versions.values() if each.digest not in going),
        key=_age,
        reverse=True,
    )
    return Retention(
        doomed=tuple(_images(graph, going)),
        kept=tuple(
            Kept(version=version, why=reasons.get(version.digest) or PART) for version in stays
        ),
    )


def freed(graph: Graph, gone: Iterable[Digest]) -> int:
    """Bytes of the blobs that only these manifests hold, each blob once."""
    gone = frozenset(gone)
    left = graph.size(digest for digest in graph.nodes if digest not in gone)
    return sum(size for blob, size in graph.size(gone).items() if blob not in left)


def _reasons(graph: Graph, rules: Rules, moment: Moment) -> dict[Digest, str]:
    """Why a version stays by itself; a part of something else may have no reason of its own."""
    everything = graph.versions.values()
    reasons = {
        version.digest: why
        for version in everything
        if (why := _protected(graph, version, rules, moment))
    }
    counted = [
        version
        for version in everything
        if graph.is_root(version.digest) and _is_countable(graph, version, rules, moment)
    ]
    tagged = [version for version in counted if graph.names(version.digest)]
    untagged = [version for version in counted if not graph.names(version.digest)]
    for family, count, kind in (
        (tagged, rules.keep_last, "tagged"),
        (untagged, rules.keep_last_untagged, "untagged"),
    ):
        for version in sorted(family, key=_age, reverse=True)[:count]:
            reasons.setdefault(version.digest, f"it is one of the {count} newest {kind} images")
    return reasons


def _protected(graph: Graph, version: PackageVersion, rules: Rules, moment: Moment) -> str:
    """Why the rules keep this version whatever its neighbours; empty where they don't."""
    if found := rules.keeping(version.tags):
        return f"its tag {found[0]} matches {found[1]} of `keep-tags`"
    if not _is_named(graph, version, rules, moment) and graph.is_root(version.digest):
        return _unnamed(graph, version, rules, moment)
    if moment.now - version.time < rules.keep_younger_than:
        return f"it is younger than {age.say(rules.keep_younger_than)}"
    return ""


def _is_countable(graph: Graph, version: PackageVersion, rules: Rules, moment: Moment) -> bool:
    """Whether ``keep-last`` counts it: what would go but for its age."""
    return _is_named(graph, version, rules, moment) and not rules.keeping(version.tags)


def _is_named(graph: Graph, version: PackageVersion, rules: Rules, moment: Moment) -> bool:
    names = graph.names(version.digest)
    return not rules.unnamed(names, moment.open_pulls) if names else rules.removes_untagged


def _unnamed(graph: Graph, version: PackageVersion, rules: Rules, moment: Moment) -> str:
    tag = rules.unnamed(graph.names(version.digest), moment.open_pulls)
    return f"`remove` does not name its tag {tag}" if tag else NOT_NAMED


def _going(graph: Graph, reasons: Mapping[Digest, str]) -> frozenset[Digest]:
    """What is reached from the roots that have no reason to stay, and needed by nothing else.

    What no such root reaches stays, whatever it is (manifests that GitHub does not list, circles of
    tags), so that it has needs, too.
    """
    reached = graph.reached(
        digest for digest in graph.versions if digest not in reasons and graph.is_root(digest)
    )
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
    """Indexes that would go and leave a nameless part, which stays for a reason of its own, as an
    image that it is not."""
    loose = (
        digest
        for digest in parts
        if digest in graph.versions and not graph.names(digest) and not graph.described.get(digest)
    )
    listed = (graph.parents.get(digest, ()) for digest in loose)
    return {parent for parents in listed if going.issuperset(parents) for parent in parents}


def _last(graph: Graph, going: frozenset[Digest]) -> tuple[PackageVersion, str] | None:
    """The version that has to stay because no other one would; None where enough do."""
    everything = graph.versions.values()
    named = [version for version in everything if graph.names(version.digest)]
    tagged = named or [version for version in everything if version.tags]
    if tagged and not any(version.tags and version.digest not in going for version in everything):
        return max(tagged, key=_age), LAST_TAGGED
    if going and not any(version.digest not in going for version in everything):
        return max(everything, key=_age), LAST
    return None


def _images(graph: Graph, going: frozenset[Digest]) -> Iterable[Doomed]:
    """Roots from the oldest to the newest; what several share goes with the last of them."""
    roots = sorted((graph.versions[digest] for digest in going if graph.is_root(digest)), key=_age)
    assigned, images = set[Digest](), list[Doomed]()
    for root in reversed(roots):
        members = [
            digest
            for digest in graph.parents_first(root.digest)
            if digest in going and digest not in assigned
        ]
        assigned.update(members)
        if members:
            images.append(Doomed(versions=tuple(graph.versions[digest] for digest in members)))
    return reversed(images)


def _age(version: PackageVersion) -> tuple[datetime, int]:
    return version.time, version.id
