"""Whatever a package holds and whatever the rules say: nothing breaks that stays, and a second run
finds nothing more to do."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghcr_action.cleanup.graph import is_digest_tag
from ghcr_action.cleanup.rules import Rules
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


many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def after(package: Package, gone: set[Digest]) -> Package:
    left = Package()
    left.names = package.names
    left.nodes = {digest: node for digest, node in package.nodes.items() if digest not in gone}
    left.versions = [version for version in package.versions if version.digest not in gone]
    return left


def doomed(package: Package, rules: Rules) -> list[Digest]:
    plan = package.plan(1, **vars(rules))
    return [version.digest for version in plan.going]


@many
@given(package=packages(), rules=RULES)
def test_plan__nothing_that_stays_loses_a_part(package: Package, rules: Rules) -> None:
    gone = set(doomed(package, rules))

    for digest, node in package.nodes.items():
        if digest not in gone:
            assert not gone & set(node.children), "an index that stays lost a child"
        if node.subject and node.subject in gone and digest in package.graph.versions:
            assert digest in gone, "a description outlived what it describes"
        if node.subject and node.subject not in gone and node.subject in package.nodes:
            assert digest not in gone, "what stays lost what describes it"


@many
@given(package=packages(), rules=RULES)
def test_plan__keeps_what_the_rules_protect(package: Package, rules: Rules) -> None:
    gone = set(doomed(package, rules))

    for version in package.versions:
        protected = rules.keeping(version.tags) or NOW - version.time < rules.keep_younger_than
        named = not rules.unnamed(
            [tag for tag in version.tags if not is_digest_tag(tag)], frozenset({1})
        )
        assert version.digest not in gone or (named and not protected)


@many
@given(package=packages(), rules=RULES)
def test_plan__splits_the_package_and_leaves_a_tag(package: Package, rules: Rules) -> None:
    plan = package.plan(1, **vars(rules))
    going, kept = [version.id for version in plan.going], [each.version.id for each in plan.kept]

    assert sorted(going + kept) == [version.id for version in package.versions]
    assert all(each.why for each in plan.kept)
    if any(version.tags for version in package.versions):
        assert any(each.version.tags for each in plan.kept)
    assert bool(kept) == bool(package.versions)


@many
@given(package=packages(), rules=RULES)
def test_plan__parents_go_first(package: Package, rules: Rules) -> None:
    position = {digest: place for place, digest in enumerate(doomed(package, rules))}

    graph = package.graph
    for digest, place in position.items():
        for child in package.nodes[digest].children:
            is_circle = digest in graph.reached([child])
            assert position.get(child, len(position)) > place or is_circle


@many
@given(package=packages(), rules=RULES)
def test_plan__a_second_run_finds_nothing_more(package: Package, rules: Rules) -> None:
    left = after(package, set(doomed(package, rules)))

    assert doomed(left, rules) == []


def test_documents__are_what_the_strategies_say() -> None:
    assert isinstance(index("a", manifest("b")), Index)
    assert isinstance(manifest("b"), Manifest)
