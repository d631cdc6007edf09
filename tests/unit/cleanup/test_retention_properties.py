"""Whatever a package holds and whatever the rules say: nothing breaks that stays, and a second run
finds nothing more to do."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghcr_action.cleanup import graph as graphs
from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup.graph import is_digest_tag
from ghcr_action.cleanup.plan import Moment, Retention
from ghcr_action.cleanup.rules import Rules
from ghcr_action.cleanup.selector import Kind, World
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest
from tests.fakes.images import index, manifest
from tests.fakes.package_draws import RULES, pushes
from tests.unit.cleanup.packages import NOW, Package


@st.composite
def packages(draw: st.DrawFn) -> Package:
    made = Package()
    for push in draw(pushes()):
        made.add(push.document, *push.tags, days=push.days, is_hidden=push.is_hidden)
    return made


many = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def after(package: Package, gone: set[Digest]) -> Package:
    left = Package()
    left.names = package.names
    left.nodes = {digest: node for digest, node in package.nodes.items() if digest not in gone}
    left.versions = [version for version in package.versions if version.digest not in gone]
    return left


def plan(package: Package, rules: Rules, world: World | None = None) -> Retention:
    moment = Moment(now=NOW, world=world or World(open_pulls=frozenset({1})))
    return plans.make(package.graph, rules, moment)


def deleted(package: Package, rules: Rules, world: World | None = None) -> list[Digest]:
    return [version.digest for version in plan(package, rules, world).going]


@many
@given(package=packages(), rules=RULES)
def test_plan__nothing_that_stays_loses_a_part(package: Package, rules: Rules) -> None:
    gone = set(deleted(package, rules))

    for digest, node in package.nodes.items():
        if digest not in gone:
            assert not gone & set(node.children), "an index that stays lost a child"
        if node.subject and node.subject in gone and digest in package.graph.versions:
            assert digest in gone, "a description outlived what it describes"
        if node.subject and node.subject not in gone and node.subject in package.nodes:
            assert digest not in gone, "what stays lost what describes it"


def is_named(package: Package, version: PackageVersion, rules: Rules) -> bool:
    """Whether the rules name the version as a whole, or each of its tags."""
    digest, graph = version.digest, package.graph
    kinds = {Kind.GHOSTS: graph.is_ghost(digest), Kind.PARTIALS: graph.is_partial(digest)}
    tags = [tag for tag in version.tags if not is_digest_tag(tag)]
    world = World(open_pulls=frozenset({1}))
    return any(holds for kind, holds in kinds.items() if kind in rules.kinds) or all(
        any(family.naming(tag, world) for family in rules.families) for tag in tags
    )


@many
@given(package=packages(), rules=RULES)
def test_plan__keeps_what_the_rules_protect(package: Package, rules: Rules) -> None:
    gone = set(deleted(package, rules))

    for version in package.versions:
        is_young = NOW - version.time < rules.younger_than
        is_kept = rules.keeping(version.tags, str(version.digest)) or is_young
        assert version.digest not in gone or (is_named(package, version, rules) and not is_kept)


@many
@given(package=packages(), rules=RULES)
def test_plan__splits_the_package_and_leaves_a_tag(package: Package, rules: Rules) -> None:
    found = plan(package, rules)
    going, kept = [each.id for each in found.going], [each.version.id for each in found.kept]

    assert sorted(going + kept) == [version.id for version in package.versions]
    assert all(str(each.reason) and each.reason.rule for each in found.kept)
    if any(version.tags for version in package.versions):
        assert any(each.version.tags for each in found.kept)
    assert bool(kept) == bool(package.versions)


@many
@given(package=packages(), rules=RULES)
def test_plan__parents_go_first(package: Package, rules: Rules) -> None:
    position = {digest: place for place, digest in enumerate(deleted(package, rules))}

    graph = package.graph
    for digest, place in position.items():
        for child in package.nodes[digest].children:
            is_circle = digest in graph.reached([child])
            assert position.get(child, len(position)) > place or is_circle


@many
@given(package=packages(), rules=RULES)
def test_plan__a_second_run_finds_nothing_more(package: Package, rules: Rules) -> None:
    left = after(package, set(deleted(package, rules)))

    assert deleted(left, rules) == []


@many
@given(package=packages(), rules=RULES, share=st.floats(0, 1))
def test_plan__a_run_that_was_killed_ends_like_one_that_was_not(
    package: Package, rules: Rules, share: float
) -> None:
    """The next run knows from GitHub what was deleted, and from the cache what that listed."""
    order = deleted(package, rules)
    done = order[: round(share * len(order))]
    gone = [package.graph.versions[digest] for digest in done]
    listed, platforms = graphs.remains(gone, package.nodes.get)
    left = after(package, set(done))
    world = World(
        open_pulls=frozenset({1}),
        deleted=frozenset(done),
        remains=listed,
        platforms=platforms,
    )

    assert set(deleted(left, rules, world)) == set(order[len(done) :])


@many
@given(package=packages(), rules=RULES, seed=st.randoms(use_true_random=False))
def test_plan__the_order_of_the_list_does_not_matter(
    package: Package, rules: Rules, seed: Random
) -> None:
    before = plan(package, rules)
    seed.shuffle(package.versions)
    nodes = list(package.nodes.items())
    seed.shuffle(nodes)
    package.nodes = dict(nodes)

    assert plan(package, rules) == before


@many
@given(package=packages(), rules=RULES)
def test_plan__the_last_image_that_can_be_pulled_stays(package: Package, rules: Rules) -> None:
    gone, graph = set(deleted(package, rules)), package.graph
    whole = {each for each in graph.versions if graph.names(each) and graph.is_whole(each)}

    assert not whole or whole - gone


def test_documents__are_what_the_strategies_say() -> None:
    assert isinstance(index("a", manifest("b")), Index)
    assert isinstance(manifest("b"), Manifest)
