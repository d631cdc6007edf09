"""The whole mode over packages that hypothesis draws: what can be pulled before by a name that
stays can be pulled afterwards."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings

from ghcr_action.cleanup.rules import Rules
from ghcr_action.modes import cleanup
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Digest, Repository, Tag
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.events import schedule_event
from tests.fakes.github import FakeGitHub
from tests.fakes.package_draws import RULES, Push, pushes
from tests.fakes.packages import FakePackages
from tests.fakes.registry import Contents

APP = Repository("ghcr.io", "octo/app")
some = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class World:
    """A package as drawn, and what a run does to it."""

    def __init__(self, drawn: list[Push]) -> None:
        self.store = FakePackages(listed={APP: {}})
        self.store.registry.repositories[APP] = Contents()
        self.ports: Ports = fakes.make(
            github=FakeGitHub(store=self.store), registry=self.store.registry
        )
        for push in drawn:
            if push.is_hidden:
                self.held.manifests[push.document.descriptor.digest] = push.document
            else:
                self.store.push(
                    APP, push.document, *push.tags, at=FakeClock.started - timedelta(days=push.days)
                )

    def clean(self, rules: Rules, *, dry_run: bool) -> None:
        found = parse.settings(
            {"mode": "cleanup", "github-token": "t", "dry-run": str(dry_run).lower()},
            {},
            schedule_event(),
        )[0]
        assert isinstance(found, CleanupSettings)
        cleanup.run(
            replace(
                found,
                rules=replace(rules, remove=tuple(set(rules.remove) - {"closed-pull-requests"})),
            ),
            self.ports,
        )

    @property
    def held(self) -> Contents:
        return self.store.registry.repositories[APP]

    def pulled(self) -> dict[Tag, frozenset[Digest]]:
        """Every manifest that each tag gives, indexes followed."""
        return {tag: frozenset(self._tree(digest)) for tag, digest in self.held.tags.items()}

    def _tree(self, digest: Digest) -> set[Digest]:
        found = self.held.manifests.get(digest)
        below = [entry.digest for entry in found.manifests] if isinstance(found, Index) else []
        return ({digest} if found else set()).union(*map(self._tree, below))

    @property
    def deletes(self) -> list[str]:
        github = self.ports.github
        assert isinstance(github, FakeGitHub)
        return [call for call in github.calls if call.startswith("delete")]


@some
@given(drawn=pushes(), rules=RULES)
def test_cleanup__every_tag_that_stays_gives_what_it_gave(drawn: list[Push], rules: Rules) -> None:
    world = World(drawn)
    before = world.pulled()

    world.clean(rules, dry_run=False)

    after = world.pulled()
    assert after == {tag: before[tag] for tag in after}


@some
@given(drawn=pushes(), rules=RULES)
def test_cleanup__a_dry_run_deletes_nothing_and_a_second_run_nothing_more(
    drawn: list[Push], rules: Rules
) -> None:
    """Where GitHub lists everything: what it does not list keeps its parts only while something
    listed leads to it."""
    world = World([replace(push, is_hidden=False) for push in drawn])

    world.clean(rules, dry_run=True)
    assert world.deletes == []
    world.clean(rules, dry_run=False)
    count = len(world.deletes)
    world.clean(rules, dry_run=False)

    assert len(world.deletes) == count
