"""The commands that no workflow has, over working fakes."""

import json
import logging
from typing import Any

import pytest

from ghcr_action.cli import lookups, names
from ghcr_action.errors import NotFound, SettingsError, Unavailable
from ghcr_action.values.reference import Tag
from tests.flow.existing import AMD64, APP, ARM64, World, settings
from tests.flow.test_inspect import labelled


@pytest.fixture
def world() -> World:
    return World()


def test_tags__one_a_line(world: World) -> None:
    for name in ("1", "latest"):
        world.hold(f"{APP}:{name}")

    lookups.tags(settings("inspect", source=str(APP)), world.ports)

    assert world.runner.outputs == {"tags": "1\nlatest"}


def test_digest__of_a_tag(world: World) -> None:
    root = world.hold(f"{APP}:1")

    lookups.digest(settings("inspect", source=f"{APP}:1"), world.ports)

    assert world.runner.outputs == {"digest": str(root.descriptor.digest)}
    assert world.registry.calls == [("head", f"{APP}:1")]


@pytest.mark.parametrize(
    ("look", "source"),
    [(lookups.tags, str(APP)), (lookups.digest, f"{APP}:1"), (names.untag, f"{APP}:1")],
)
def test_look__where_nothing_is(look: Any, source: str, world: World) -> None:
    with pytest.raises(NotFound, match="is not there"):
        look(settings("inspect", source=source), world.ports)


def test_diff__platforms_layers_and_labels(world: World) -> None:
    world.hold(f"{APP}:1", AMD64)
    world.hold(f"{APP}:2", AMD64, ARM64)

    lookups.diff(settings("inspect", source=f"{APP}:1\n{APP}:2"), world.ports)

    said = world.runner.outputs["diff"]
    assert said.splitlines()[0].startswith(f"{APP}:1  sha256:")
    assert "\nlinux/amd64: 39 B → 39 B (0, +0.0%)\nunchanged  19 B  19 B  0  a layer" in said
    assert f"\nlinux/arm64: only in {APP}:2" in said
    changes = json.loads(world.runner.outputs["changes"])
    assert changes["platforms"]["linux/amd64"]["layers"] == []


def test_diff__labels_that_came_went_and_changed(world: World) -> None:
    for tag, labels in (
        ("1", {"kept": "1", "old": "x", "to": "1"}),
        ("2", {"kept": "1", "new": "y", "to": "2"}),
    ):
        labelled(world, f"{APP}:{tag}", {"config": {"Labels": labels}})

    lookups.diff(settings("inspect", source=f"{APP}:1\n{APP}:2"), world.ports)

    said = world.runner.outputs["diff"].partition("\nLabels\n")[2]
    assert [line.split() for line in said.splitlines()] == [
        ["added", "new", "–", "y"],
        ["removed", "old", "x", "–"],
        ["changed", "to", "1", "2"],
    ]
    assert json.loads(world.runner.outputs["changes"])["labels"] == {
        "new": {"before": None, "after": "y"},
        "old": {"before": "x", "after": None},
        "to": {"before": "1", "after": "2"},
    }


def test_diff__of_one_image_under_two_names(world: World) -> None:
    world.hold(f"{APP}:1")
    world.hold(f"{APP}:2")

    lookups.diff(settings("inspect", source=f"{APP}:1\n{APP}:2"), world.ports)

    assert world.runner.outputs["diff"].endswith("\nThe same image.")


def test_diff__takes_two(world: World) -> None:
    with pytest.raises(SettingsError, match="Two different images"):
        lookups.diff(settings("inspect", source=f"{APP}:1\n{APP}:1"), world.ports)


def test_copy__every_tag(world: World) -> None:
    one, two = world.hold(f"{APP}:1", AMD64), world.hold(f"{APP}:2", AMD64, ARM64)
    given = {"mode": "promote", "source": str(APP), "tags": "quay.io/octo/app"}

    names.copy_all(settings("inspect", source=str(APP)), world.ports, given)

    assert world.digest("quay.io/octo/app:1") == str(one.descriptor.digest)
    assert world.digest("quay.io/octo/app:2") == str(two.descriptor.digest)
    assert world.runner.outputs["images"] == "quay.io/octo/app:1\nquay.io/octo/app:2"
    assert world.runner.summaries == []


@pytest.mark.parametrize(
    ("source", "target"), [(f"{APP}:1", "quay.io/octo/app"), (str(APP), "quay.io/octo/app:2")]
)
def test_copy__every_tag_of_one_tag_is_refused(world: World, source: str, target: str) -> None:
    world.hold(f"{APP}:1")

    with pytest.raises(SettingsError, match="has a tag, and a repository stands there; write"):
        names.copy_all(settings("inspect", source=source), world.ports, {"tags": target})

    assert world.registry.calls == []


@pytest.mark.parametrize(("end", "kind"), [(":1", "tag"), (f"@sha256:{'0' * 64}", "digest")])
def test_tags__of_one_tag_are_refused(world: World, end: str, kind: str) -> None:
    with pytest.raises(SettingsError, match=f"has a {kind}, .*; write {APP}$"):
        lookups.tags(settings("inspect", source=f"{APP}{end}"), world.ports)


def test_copy__of_nothing(world: World) -> None:
    with pytest.raises(NotFound, match="has no tags"):
        names.copy_all(settings("inspect", source=str(APP)), world.ports, {"tags": "a/b"})


def test_untag__leaves_the_image_and_its_other_tags(world: World) -> None:
    root = world.hold(f"{APP}:1")
    world.hold(f"{APP}:latest")

    names.untag(settings("inspect", source=f"{APP}:1"), world.ports)

    held = world.registry.repositories[APP]
    assert set(held.tags) == {Tag("latest")}
    assert set(held.manifests) == {root.descriptor.digest}
    assert world.runner.outputs == {"untagged": f"{APP}:1"}


def test_untag__where_nothing_is_deleted_the_tag_is_back(world: World) -> None:
    root = world.hold(f"{APP}:1")
    world.registry.deletes = False

    with pytest.raises(Unavailable, match="can't be taken away"):
        names.untag(settings("inspect", source=f"{APP}:1"), world.ports)

    assert world.digest(f"{APP}:1") == str(root.descriptor.digest)


def test_untag__twice_puts_the_empty_blob_once(world: World) -> None:
    world.hold(f"{APP}:1")
    world.hold(f"{APP}:2")

    names.untag(settings("inspect", source=f"{APP}:1\n{APP}:2"), world.ports)

    assert [verb for verb, _ in world.registry.calls].count("put_blob") == 1
    assert world.registry.repositories[APP].tags == {}


def test_untag__a_tag_that_stays_is_told(world: World) -> None:
    """GitHub's registry deletes nothing; the version is deleted by the API, and the tag is still
    answered for a while."""
    world.hold(f"{APP}:1")
    world.registry.delete = bool  # type: ignore[method-assign,assignment]

    with pytest.raises(Unavailable, match="is still there"):
        names.untag(settings("inspect", source=f"{APP}:1"), world.ports)


def test_untag__dry_run_says_what_it_would_do(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    root = world.hold(f"{APP}:1")

    names.untag(settings("inspect", source=f"{APP}:1", dry_run="true"), world.ports)

    assert caplog.messages == [f"Would untag {APP}:1."]
    assert world.digest(f"{APP}:1") == str(root.descriptor.digest)


@pytest.mark.parametrize("name", [str(APP), f"{APP}@sha256:{'a' * 64}"])
def test_untag__takes_tags_only(name: str, world: World) -> None:
    with pytest.raises(SettingsError, match="is no tag"):
        names.untag(settings("inspect", source=name), world.ports)
