"""The whole mode over packages that hypothesis draws: what can be pulled before by a name that
stays can be pulled afterwards."""

import contextlib
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghcr_action.cleanup.rules import Rules
from ghcr_action.modes import cleanup
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Digest, Repository, Tag
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.events import schedule_event
from tests.fakes.github import FakeGitHub
from tests.fakes.package_draws import RULES, Push, pushes
from tests.fakes.packages import FakePackages
from tests.fakes.registry import Contents
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace

APP = Repository("ghcr.io", "octo/app")
some = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class KilledError(BaseException):
    """The process is gone."""


@dataclass
class KillingGitHub(FakeGitHub):
    workspace: FakeWorkspace = field(default_factory=FakeWorkspace)
    deletes_left: int = 0
    is_heard: bool = True
    written: dict[str, bytes] = field(default_factory=dict)
    """What was written when it happened."""

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        if self.deletes_left:
            self.deletes_left -= 1
            return super().delete_version(repository, version)
        if self.is_heard:
            super().delete_version(repository, version)
        self.written = dict(self.workspace.files)
        raise KilledError


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

    def clean(self, rules: Rules, *, dry_run: bool = False) -> None:
        given = {
            "mode": "cleanup",
            "github-token": "t",
            "dry-run": str(dry_run).lower(),
            "cache-file": "cache/manifests",
        }
        found = parse.settings(given, {}, schedule_event())[0]
        assert isinstance(found, CleanupSettings)
        cleanup.run(replace(found, rules=rules, allow_unmatched=True), self.ports)

    def killed(self, rules: Rules, at: int, *, is_heard: bool) -> None:
        """A run that is killed at a delete, before or after GitHub has heard it: what it would
        have written afterwards is not there."""
        workspace, usual = self.ports.workspace, self.ports
        assert isinstance(workspace, FakeWorkspace)
        github = KillingGitHub(
            store=self.store, workspace=workspace, deletes_left=at, is_heard=is_heard
        )
        self.ports = replace(usual, github=github, runner=FakeRunner())
        with contextlib.suppress(KilledError):
            self.clean(rules)
        self.ports = usual
        workspace.files = github.written or workspace.files

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

    def output(self, name: str) -> str:
        runner = self.ports.runner
        assert isinstance(runner, FakeRunner)
        return runner.outputs[name]

    @property
    def left(self) -> frozenset[Digest]:
        """Every manifest that GitHub lists."""
        return frozenset(version.digest for version in self.store.listed[APP].values())

    @property
    def deletes(self) -> list[str]:
        github = self.ports.github
        assert isinstance(github, FakeGitHub)
        return [call for call in github.calls if call.startswith("delete ")]


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
    planned = world.output("plan")
    world.clean(rules, dry_run=False)
    assert world.output("deleted") == planned
    count = len(world.deletes)
    world.clean(rules, dry_run=False)

    assert len(world.deletes) == count


@some
@given(
    drawn=pushes(),
    rules=RULES,
    kills=st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=3),
)
def test_cleanup__ends_the_same_after_it_was_killed_at_any_delete(
    drawn: list[Push], rules: Rules, kills: list[tuple[int, bool]]
) -> None:
    drawn = [replace(push, is_hidden=False) for push in drawn]
    usual, killed = World(drawn), World(drawn)
    before = usual.pulled()

    usual.clean(rules)
    for at, is_heard in kills:
        killed.killed(rules, at, is_heard=is_heard)
    killed.clean(rules)

    assert killed.left == usual.left
    assert killed.pulled() == {tag: before[tag] for tag in usual.held.tags}
