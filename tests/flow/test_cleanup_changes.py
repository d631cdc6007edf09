"""`mode: cleanup` while others write to the package, while GitHub refuses, and when it is
stopped."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from ghcr_action.cleanup import checking, deleting
from ghcr_action.errors import (
    ContentInvalid,
    LimitReached,
    PolicyRefused,
    SettingsError,
    Unavailable,
)
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.reference import Reference, Repository
from tests.fakes.github import FakeGitHub
from tests.fakes.images import index, manifest
from tests.flow.test_cleanup import AMD, APP, ARM, NOW, OLD, SIGNATURE, World, digests


def limit(wait: float | None = None) -> LimitReached:
    """GitHub takes no more requests, and says for how long."""
    return LimitReached("x", why="429", answer=Answer(where=Where.API, retry_after=wait))


@dataclass
class Watched(FakeGitHub):
    """Something happens right before a version is deleted or a list is read."""

    before_delete: dict[str, Callable[[], object]] = field(default_factory=dict)
    before_list: list[Callable[[], object]] = field(default_factory=list)
    may_restore: bool = True

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        if act := self.before_delete.pop(str(version.digest), None):
            act()
        return super().delete_version(repository, version)

    def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
        if self.before_list:
            self.before_list.pop(0)()
        return super().versions(repository)

    def version_page(self, repository: Repository, number: int) -> tuple[PackageVersion, ...]:
        if self.before_list:
            self.before_list.pop(0)()
        return super().version_page(repository, number)

    def restore_version(self, repository: Repository, version: PackageVersion) -> bool:
        return self.may_restore and super().restore_version(repository, version)


@dataclass
class Watching:
    world: World
    github: Watched

    def before(self, document: Manifest | Index, act: Callable[[], object]) -> None:
        self.github.before_delete[digests(document)[0]] = act

    def push(self, document: Manifest | Index, *tags: str) -> PackageVersion:
        """Right now, by somebody else."""
        return self.world.store.push(APP, document, *tags, at=NOW + timedelta(seconds=1))


@pytest.fixture
def watching() -> Watching:
    world = World()
    github = Watched(store=world.store)
    world.ports = replace(world.ports, github=github)
    world.github = github
    return Watching(world=world, github=github)


def test_stale__a_platform_that_a_new_index_needs_is_brought_back(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    watching.before(ARM, lambda: watching.push(index("reuses", AMD, ARM), "v3"))

    world.clean()

    assert set(world.names) == {"new-amd", "new", "pull", "reuses", "old-amd", "old-arm"}
    assert world.deleted() == digests(OLD, SIGNATURE)
    assert f"An image that came meanwhile needs {digests(AMD)[0]}" in caplog.text
    assert "is back: an image that came meanwhile needs it" in world.runner.summaries[0]


def test_stale__what_cannot_be_brought_back_fails_the_run(watching: Watching) -> None:
    watching.github.may_restore = False
    watching.before(ARM, lambda: watching.push(index("reuses", AMD), "v3"))

    with pytest.raises(ContentInvalid) as raised:
        watching.world.clean()

    assert raised.value.why.endswith(f"{APP}@{digests(AMD)[0]}")


def test_stale__the_list_is_read_again_every_so_many_deletes(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new index is seen before the image whose platform it uses goes."""
    world = watching.world
    first, second = manifest("first"), manifest("second")
    world.push(first, days=40)
    world.push(second, days=20)
    monkeypatch.setattr(deleting, "RELIST", 1)
    watching.before(first, lambda: watching.push(index("reuses", second), "v3"))

    world.clean()

    assert world.deleted() == digests(first, OLD, AMD, ARM, SIGNATURE)
    (kept,) = [each for each in world.output("kept") if each["digest"] == digests(second)[0]]
    assert (kept["rule"], kept["reason"]) == ("part", "it belongs to something that stays")


def test_stale__a_tag_that_moves_to_a_doomed_image_spares_it(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = watching.world
    first = manifest("first")
    world.push(first, days=40)
    monkeypatch.setattr(deleting, "RELIST", 1)
    watching.before(first, lambda: world.store.tag(APP, OLD.descriptor.digest, "stable"))

    world.clean()

    assert world.deleted() == digests(first)
    (kept,) = [each for each in world.output("kept") if each["digest"] == digests(OLD)[0]]
    assert kept["reason"] == "no rule names its tag stable"


def test_stale__a_package_that_cannot_be_looked_at_again_is_left(
    watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    first = manifest("first")
    world.push(first, days=40)
    monkeypatch.setattr(deleting, "RELIST", 1)
    fault = Unavailable("Could not list the versions", why="502")

    def break_down() -> None:
        watching.github.before_list.append(lambda: raise_(fault))

    watching.before(first, break_down)

    world.clean()

    assert world.deleted() == digests(first)
    assert "the package could not be looked at again: Could not list the versions" in caplog.text


def raise_(error: Exception) -> None:
    raise error


def test_stale__a_brake_of_the_new_plan_stops_the_rest(
    watching: Watching, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    first = manifest("first")
    world.push(first, days=40)
    world.push(manifest("other"), "keep", days=5)
    monkeypatch.setattr(deleting, "RELIST", 1)

    def tag() -> None:
        for number in range(3):
            world.push(manifest(f"x{number}"), f"pr-{number + 20}", days=2)

    watching.before(first, tag)
    world.clean(remove="untagged,pr-*", keep_younger_than="0")

    assert world.deleted() == digests(first)
    assert "tagged images would go, and `max-share` is 50%" in caplog.text


def test_limits__a_wait_that_github_asks_for_is_kept(watching: Watching) -> None:
    world = watching.world
    world.store.faults[OLD.descriptor.digest] = [
        limit(30.0),
        limit(60.0),
    ]

    world.clean()

    assert [wait for wait in world.clock.waits if wait > 5] == [30.0, 60.0]
    assert len(world.deleted()) == 4


def test_limits__a_long_wait_stops_with_its_time(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    world.store.faults[AMD.descriptor.digest] = [limit(3600.0)]

    world.clean()

    assert world.deleted() == digests(OLD)
    assert "GitHub takes no more requests for now; it will again at 12:36 UTC" in caplog.text


def test_limits__without_a_time_the_hour_says_it(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    world.store.faults[AMD.descriptor.digest] = [limit()]

    world.clean()

    assert "GitHub takes no more requests for now. 3 versions are left" in caplog.text


def test_brake__stops_before_anything_is_deleted(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    with pytest.raises(PolicyRefused) as raised:
        world.clean(remove="*")

    assert raised.value.why == "2 of 2 tagged images would go, and `max-share` is 50%"
    assert "max-share: 100%" in raised.value.fix
    assert len(world.names) == 7
    world.clean(remove="*", dry_run="true")
    assert "a run would delete nothing: 2 of 2 tagged images would go" in caplog.text
    assert "Too much at once" in world.runner.summaries[-1]
    world.clean(remove="*", max_share="100%")
    assert len(world.deleted()) == 2


def test_unmatched__an_item_that_keeps_nothing_stops(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    world = watching.world
    with pytest.raises(SettingsError, match="`keep-tags`: lates matches nothing") as refused:
        world.clean(remove="untagged, nightly-*", keep_tags="lates\nv2")
    assert refused.value.why.endswith(" Did you mean `latest`?")

    assert len(world.names) == 7
    world.clean(remove="untagged, untaged, nightly-*", keep_tags="lates", allow_unmatched="true")
    assert "`untaged` names nothing in this package. Did you mean `untagged`?" in caplog.messages
    assert "`nightly-*` names nothing in this package." in caplog.messages
    assert "`lates` names nothing in this package. Did you mean `latest`?" in caplog.messages
    assert len(world.deleted()) == 4


def test_log__says_what_is_under_way(watching: Watching, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    watching.world.clean()

    assert caplog.text.count("Deleting sha256:") == 4


def test_stale__a_package_that_cannot_be_looked_at_in_the_end_is_told(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    fault = Unavailable("Could not list the versions", why="502")

    def break_down() -> None:
        watching.github.before_list += [lambda: raise_(fault)] * 2

    watching.before(SIGNATURE, break_down)

    watching.world.clean()

    assert "ghcr.io/octo/app could not be looked at again." in caplog.text
    assert len(watching.world.deleted()) == 4


def test_check__what_somebody_else_took_away_is_not_broken(watching: Watching) -> None:
    """Between the last list and the question whether a tag answers."""
    world = watching.world
    world.push(index("shares", AMD), "v3", days=5)
    shares = world.store.listed[APP][max(world.store.listed[APP])]
    usual = world.store.registry.head
    asked: list[str] = []

    def head(reference: Reference) -> Descriptor | None:
        if not asked:
            world.store.delete(APP, shares)
        asked.append(str(reference))
        return usual(reference)

    world.store.registry.head = head  # type: ignore[method-assign]

    world.clean()

    assert f"{APP}:v3" in asked
    assert world.deleted() == digests(OLD, ARM, SIGNATURE)


def test_check__a_package_that_never_rests_is_looked_at_three_times(watching: Watching) -> None:
    """Whoever changes it each time we look has not taken away what does not answer."""
    world = watching.world
    world.push(index("shares", AMD), "v3", days=5)
    usual, asked = world.store.registry.head, 0

    def head(reference: Reference) -> Descriptor | None:
        nonlocal asked
        if str(reference) != f"{APP}:v3":
            return usual(reference)
        asked += 1
        watching.push(manifest(f"more {asked}"), f"more-{asked}")
        return None

    world.store.registry.head = head  # type: ignore[method-assign]

    with pytest.raises(ContentInvalid, match="1 references of"):
        world.clean()

    assert asked == checking.LOOKS


def test_check__a_list_that_cannot_be_read_again_leaves_the_verdict(watching: Watching) -> None:
    world = watching.world
    world.push(index("shares", AMD), "v3", days=5)
    world.store.registry.lags[f"{APP}:v3"] = 9
    fault = Unavailable("Could not list the versions", why="502")

    def break_down() -> None:
        watching.github.before_list += [lambda: None, lambda: raise_(fault)]

    watching.before(SIGNATURE, break_down)

    with pytest.raises(ContentInvalid, match="1 references of"):
        world.clean()
