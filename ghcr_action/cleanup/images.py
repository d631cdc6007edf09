"""Which versions of a package are images, which of them the rules select, and why a version is kept
whatever refers to it.

A root is an image of its own: it has a tag, or no index lists it and it is no referrer. A tagged
platform of an index that is an image itself counts with that image: it uses no slot of
``keep-last`` and is no image of its own for ``max-share``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ghcr_action.cleanup import age
from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.reason import Reason
from ghcr_action.cleanup.rules import Family, Rules
from ghcr_action.cleanup.selector import Kind, Selector, World
from ghcr_action.values import version as versions
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest

Key = Callable[[PackageVersion], tuple[datetime, int, datetime, int]]
_UNCOUNTED = frozenset({Kind.DIGEST, Kind.GHOSTS, Kind.PARTIALS, Kind.ORPHANS})
"""Selectors of single versions: what they select uses no slot of ``keep-last``."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """The images of one package, held against the rules."""

    times: Mapping[Digest, datetime]
    """When a version, or the newest part that it lists, was pushed or touched."""
    heights: Mapping[Digest, int]
    """How many indexes deep it is; 0 for what lists nothing."""
    own: Mapping[Digest, datetime]
    named: frozenset[Digest]
    """Tagged images that can be pulled at least in part."""
    covered: frozenset[Digest]
    """What some image lists, platforms with tags of their own included."""
    nominated: Mapping[Digest, Reason]
    """Roots that a rule selects, and why."""
    reasons: Mapping[Digest, Reason]
    """Why a version is kept on its own account; a part of a kept image needs no reason."""


@dataclass(frozen=True, kw_only=True)
class _Nominee:
    """A root that a rule selects; the rules of ``family`` may keep it all the same."""

    family: Family
    reason: Reason
    is_counted: bool = True
    is_ageless: bool = False
    """Whether its age does not keep it: it is the empty index that removed tags were moved to."""


def find(graph: Graph, rules: Rules, world: World, now: datetime) -> Images:
    """Every image, and every reason to keep a version on its own account."""
    own = {version.digest: rules.by.time(version) for version in graph.versions.values()}
    times, heights = _measures(graph, own)
    everything = graph.versions.values()
    roots = [each for each in everything if graph.is_root(each.digest)]
    left = [each for each in everything if _deleted_owner(graph, each.digest, world)]
    nominees = {
        each.digest: nominee
        for each in (*roots, *left)
        if (nominee := _nominee(graph, each, rules, world))
    }
    named = frozenset(
        root.digest
        for root in roots
        if graph.names(root.digest) and not _is_nothing(graph, root.digest)
    )
    covered = _covered(graph, named | nominees.keys()) | world.platforms
    ages = {digest: now - time for digest, time in times.items()}
    reasons = dict(_reasons(graph, rules, world, nominees, ages))
    images = Images(
        times=times,
        heights=heights,
        own=own,
        named=named,
        covered=covered,
        nominated={digest: each.reason for digest, each in nominees.items()},
        reasons=reasons,
    )
    for digest, why in _newest(graph, images, rules, nominees, covered):
        reasons.setdefault(digest, why)
    return images


def key(found: Images) -> Key:
    """Orders versions by age. At equal times an index comes after what it lists, so that
    ``keep-last`` never cuts between an index and its parts."""

    def of(version: PackageVersion) -> tuple[datetime, int, datetime, int]:
        digest = version.digest
        return found.times[digest], found.heights[digest], found.own[digest], version.id

    return of


def _measures(
    graph: Graph, own: Mapping[Digest, datetime]
) -> tuple[dict[Digest, datetime], dict[Digest, int]]:
    times, heights = dict(own), dict.fromkeys(graph.nodes, 0)
    for digest in graph.children_first():
        for child in graph.nodes[digest].children:
            if child in graph.nodes:
                heights[digest] = max(heights[digest], heights[child] + 1)
            if child in times and digest in times:
                times[digest] = max(times[digest], times[child])
    return times, heights


def _is_nothing(graph: Graph, digest: Digest) -> bool:
    """Whether nobody can pull anything by it."""
    return graph.is_ghost(digest) or graph.nodes[digest].is_untag


def _covered(graph: Graph, roots: Iterable[Digest]) -> frozenset[Digest]:
    """What these images list, indexes followed."""
    listed = {
        child for root in roots for child in graph.nodes[root].children if child in graph.nodes
    }
    return graph.parts(listed)


def _nominee(graph: Graph, root: PackageVersion, rules: Rules, world: World) -> _Nominee | None:
    digest = root.digest
    if graph.nodes[digest].is_untag:
        return _leftover("untag", "it stands for tags that were taken away", is_ageless=True)
    if owner := _deleted_owner(graph, digest, world):
        return _leftover("part", f"it belongs to {owner}, which was deleted")
    for family in rules.families:
        if whole := _whole(graph, root, family):
            text = f"`{whole}` names it"
            return _Nominee(
                family=family,
                reason=_reason(family, whole, text),
                is_counted=whole.kind not in _UNCOUNTED,
            )
    names = graph.names(digest)
    return _by_names(names, rules, world) if names else _untagged(graph, digest, rules)


def _deleted_owner(graph: Graph, digest: Digest, world: World) -> Digest | None:
    """The deleted image that an untagged version was part of: the run that deleted it was stopped
    before it came to this version."""
    if graph.names(digest):
        return None
    lost = (Digest.find(text) for text in graph.lost.get(digest, ()))
    return world.remains.get(digest) or next((each for each in lost if each in world.deleted), None)


def _leftover(rule: str, text: str, *, is_ageless: bool = False) -> _Nominee:
    return _Nominee(
        family=Family(name=rule, selectors=()),
        reason=Reason(rule=rule, text=text),
        is_counted=False,
        is_ageless=is_ageless,
    )


def _reason(family: Family, selector: Selector, text: str) -> Reason:
    return Reason(rule=f"{family.name}: {selector}", text=text)


def _whole(graph: Graph, root: PackageVersion, family: Family) -> Selector | None:
    """The selector that matches a version by its kind or its digest, not by a tag."""
    held = {
        Kind.GHOSTS: graph.is_ghost(root.digest),
        Kind.PARTIALS: graph.is_partial(root.digest),
        Kind.CACHES: graph.nodes[root.digest].is_cache,
    }
    named = (
        each
        for each in family.selectors
        if held.get(each.kind) or (each.kind is Kind.DIGEST and each.text == str(root.digest))
    )
    return next(named, None)


def _by_names(names: tuple[str, ...], rules: Rules, world: World) -> _Nominee | None:
    """An image with several tags goes only if every one is named; the first family that names one
    decides how long it stays."""
    found = [
        next(
            ((family, each) for family in rules.families if (each := family.naming(tag, world))),
            None,
        )
        for tag in names
    ]
    named = [each for each in found if each]
    if len(named) < len(names):
        return None
    family = next(each for each in rules.families if any(each is other for other, _ in named))
    items = ", ".join(dict.fromkeys(str(item) for _, item in named))
    said = "its tag is named" if len(names) == 1 else "all its tags are named"
    return _Nominee(
        family=family, reason=Reason(rule=f"{family.name}: {items}", text=f"{said} by `{items}`")
    )


def _untagged(graph: Graph, digest: Digest, rules: Rules) -> _Nominee | None:
    if graph.nodes[digest].is_ghost:
        return None
    kind = Kind.ORPHANS if graph.is_orphan(digest) else Kind.UNTAGGED
    text = (
        f"it describes {', '.join(graph.lost[digest])}, which is not in this package"
        if kind is Kind.ORPHANS
        else "it has no tag"
    )
    for family in rules.families:
        if item := next((each for each in family.selectors if each.kind is kind), None):
            return _Nominee(
                family=family, reason=_reason(family, item, text), is_counted=kind not in _UNCOUNTED
            )
    return None


def _reasons(
    graph: Graph,
    rules: Rules,
    world: World,
    nominees: Mapping[Digest, _Nominee],
    ages: Mapping[Digest, timedelta],
) -> Iterator[tuple[Digest, Reason]]:
    for digest, version in graph.versions.items():
        nominee = nominees.get(digest)
        why = _protected(graph, version, rules, nominee, world)
        if why := why or _young(rules, nominee, ages.get(digest, timedelta())):
            yield digest, why


def _protected(
    graph: Graph, version: PackageVersion, rules: Rules, nominee: _Nominee | None, world: World
) -> Reason | None:
    """Why the rules keep this version whatever its neighbours and its age."""
    if odd := graph.nodes[version.digest].odd:
        return Reason(
            rule="unreadable",
            text=f"it can't be read as a manifest ({odd}), and may need every digest in its text",
        )
    if found := rules.keeping(version.tags, str(version.digest)):
        what = f"its tag {found[0]} matches" if found[0] in version.tags else "its digest is"
        return Reason(rule=f"keep-tags: {found[1]}", text=f"{what} {found[1]} of `keep-tags`")
    if used := next(
        (each for each in (*version.tags, str(version.digest)) if each in rules.in_use), ""
    ):
        return Reason(
            rule="in-use", text=f"{used if used in version.tags else 'its digest'} is in use"
        )
    if nominee and nominee.family.keeps_all:
        return Reason(
            rule=f"{nominee.family.name}: keep", text=f"the family {nominee.family.name} stays"
        )
    if nominee is None and graph.is_root(version.digest):
        return _unnamed(graph, version, rules, world)
    return None


def _unnamed(graph: Graph, version: PackageVersion, rules: Rules, world: World) -> Reason:
    """Why no rule selects a root."""
    digest, names = version.digest, graph.names(version.digest)
    tag = next(
        (tag for tag in names if not any(family.naming(tag, world) for family in rules.families)),
        "",
    )
    text = (
        f"no rule names its tag {tag}"
        if tag
        else "no rule names it: it has no tag, and `untagged` is not named"
    )
    if not names and graph.is_orphan(digest):
        lost = f"it describes {', '.join(graph.lost[digest])}, which is not in this package"
        text = f"{lost}, and `orphans` is not named"
    elif graph.nodes[digest].is_ghost:
        text = "GitHub lists it and the registry does not have it; `ghosts` removes such versions"
    return Reason(rule="none", text=text)


def _young(rules: Rules, nominee: _Nominee | None, old: timedelta) -> Reason | None:
    if nominee and nominee.is_ageless:
        return None
    limit = max(rules.younger_than, nominee.family.younger_than if nominee else timedelta())
    if old >= limit:
        return None
    return Reason(rule="keep-younger-than", text=f"it is younger than {age.say(limit)}")


def _newest(
    graph: Graph,
    found: Images,
    rules: Rules,
    nominees: Mapping[Digest, _Nominee],
    covered: frozenset[Digest],
) -> Iterator[tuple[Digest, Reason]]:
    """What stays because it is one of the newest of its family, by age or by release line."""
    counted = [
        digest
        for digest, each in nominees.items()
        if each.is_counted and digest not in covered and _counts(found, digest)
    ]
    ordered = sorted((graph.versions[digest] for digest in counted), key=key(found), reverse=True)
    for family in rules.families:
        mine = [version for version in ordered if nominees[version.digest].family is family]
        kind = "untagged" if family.kinds == {Kind.UNTAGGED} else "tagged"
        why = f"it is one of the {family.keep_last} newest {kind} images"
        for version in mine[: family.keep_last]:
            yield version.digest, Reason(rule=f"{family.last_name}: {family.keep_last}", text=why)
        yield from _released(graph, family, mine)


def _counts(found: Images, digest: Digest) -> bool:
    """Whether it may use a slot of ``keep-last``: nothing but its age keeps it otherwise."""
    why = found.reasons.get(digest)
    return why is None or why.rule == "keep-younger-than"


def _released(
    graph: Graph, family: Family, mine: Iterable[PackageVersion]
) -> Iterator[tuple[Digest, Reason]]:
    """The newest release of each of the newest lines; pre-releases are no releases of a line."""
    if family.keep_lines is None:
        return
    newest = dict[tuple[int, ...], tuple[tuple[int, ...], str, Digest]]()
    for version in mine:
        for tag in graph.names(version.digest):
            if (release := _release(tag)) is not None:
                line = release[: family.keep_lines.parts]
                newest[line] = max(
                    newest.get(line, (release, tag, version.digest)), (release, tag, version.digest)
                )
    for line in sorted(newest, reverse=True)[: family.keep_lines.count]:
        _, tag, digest = newest[line]
        unit = family.keep_lines.unit
        yield (
            digest,
            Reason(
                rule=f"keep-semver: {family.keep_lines}",
                text=f"{tag} is the newest of one of the newest {unit}",
            ),
        )


def _release(tag: str) -> tuple[int, int, int] | None:
    found = versions.read(tag)
    if found is None or found[1]:
        return None
    values = found[0]
    return int(values["major"]), int(values["minor"]), int(values["patch"])
