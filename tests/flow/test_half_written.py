"""Runs that fail after they have written a name: the error says which names hold what."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ghcr_action.cli import names, screen
from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError, Unavailable
from ghcr_action.modes import merge, promote, publish
from ghcr_action.report import failed, publish_row
from ghcr_action.report.comment.rows import PUSHED, Row
from ghcr_action.report.words import summary
from ghcr_action.values.answer import Fault, Part
from ghcr_action.values.reference import Reference
from ghcr_action.values.secret import Secret
from tests.fakes import refusals
from tests.fakes.engine import FACTS
from tests.fakes.events import push_event
from tests.flow import test_bake as baking
from tests.flow.existing import APP, ARM64, World, settings

NAMES = f"{APP}:1\n{APP}:2\n{APP}:latest"
Run = Callable[..., Any]


def broken() -> ActionError:
    """What a registry says that has a fault of its own."""
    return refusals.registry(
        "oops", 500, method="HEAD", part=Part.MANIFEST, purpose=f"read {APP}:1"
    )


@pytest.fixture
def world() -> World:
    return World.of_a_build()


def publishing(world: World, **given: str) -> Any:
    return publish.run(settings("publish", **({"tags": NAMES} | given)), world.ports)


def promoting(world: World, **given: str) -> Any:
    given = {"source": f"{APP}:build", "tags": NAMES} | given
    return promote.run(settings("promote", **given), world.ports)


def merging(world: World, **given: str) -> Any:
    given = {"digests": world.digest(f"{APP}:build"), "tags": NAMES} | given
    return merge.run(settings("merge", **given), world.ports)


MODES = pytest.mark.parametrize("run", [publishing, promoting, merging])


def breaks_after(world: World | baking.World, name: str, *calls: tuple[str, str]) -> None:
    """From the write of a name on, the calls are answered by an error."""

    def heard(reference: Reference, _: object) -> None:
        if str(reference) == name:
            world.registry.faults |= {call: broken() for call in calls}

    world.registry.heard = heard


def failure(run: Run, world: World | baking.World, **given: str) -> ActionError:
    """What a person reads in the end."""
    with pytest.raises(ActionError) as raised:
        run(world, **given)
    world.registry.faults.clear()
    return tell.tell(raised.value, push_event(), credentials={}, token=Secret("t0ken"))


@MODES
def test_verify__names_that_were_written_and_cannot_be_confirmed(world: World, run: Run) -> None:
    breaks_after(world, f"{APP}:latest", ("head", f"{APP}:1"), ("manifest", f"{APP}:1"))

    told = failure(run, world)

    digest = world.digest(f"{APP}:1")
    written = f"Written with {digest}, and not confirmed: {APP}:1, {APP}:2, {APP}:latest."
    assert str(told.writes) == written
    assert f"Names: {written}\n" in str(told)
    assert f"Names: {written}\n" in screen.told(told)
    assert str(digest) in summary.failure(failed.view(told)).markdown
    row = publish_row.failed_row(told, Row(id="api|", image="api", status=PUSHED, run_number=1))
    assert row.failure
    assert written in row.failure.cause


@MODES
def test_write__a_name_that_is_refused_after_others_were_written(world: World, run: Run) -> None:
    refused = refusals.registry("no", 403, method="PUT", part=Part.MANIFEST)
    world.registry.faults["put", f"{APP}:latest"] = refused

    told = failure(run, world)

    digest = world.digest(f"{APP}:1")
    assert str(told.writes) == (
        f"Written with {digest}, and not confirmed: {APP}:1, {APP}:2.\nNot written: {APP}:latest."
    )
    assert told.fix


@MODES
@pytest.mark.parametrize(
    ("status", "fault", "is_sent"),
    [
        (503, None, True),
        (0, Fault.CLOSED, True),
        (0, Fault.SILENT, True),
        (404, None, False),
        (429, None, False),
        (0, Fault.REFUSED, False),
    ],
)
def test_write__a_write_without_a_clear_answer_may_have_been_done(
    world: World, run: Run, status: int, fault: Fault | None, is_sent: bool
) -> None:
    answer = refusals.registry("", status, method="PUT", part=Part.MANIFEST, fault=fault)
    world.registry.faults["put", f"{APP}:1"] = answer

    told = failure(run, world, tags=f"{APP}:1")

    assert bool(told.writes) is is_sent
    assert ("Perhaps written with sha256:" in str(told)) is is_sent


@MODES
def test_write__nothing_is_said_of_names_before_one_is_written(world: World, run: Run) -> None:
    world.registry.faults["put", f"{APP}:1"] = refusals.denied("permission_denied: write_package")

    assert failure(run, world, tags=f"{APP}:1").writes is None


def test_merge__an_extended_index_that_cannot_be_read_again(world: World) -> None:
    world.hold(f"{APP}:app", ARM64)
    breaks_after(world, f"{APP}:app", ("head", f"{APP}:app"))

    told = failure(merging, world, tags=f"{APP}:app", append="true")

    digest = world.digest(f"{APP}:app")
    assert str(told.writes) == f"Written with {digest}, and not confirmed: {APP}:app."


def test_publish__an_engine_that_writes_the_names_itself(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    breaks_after(world, f"{APP}:latest", ("head", f"{APP}:1"), ("manifest", f"{APP}:1"))

    told = failure(publishing, world)

    assert f"and not confirmed: {APP}:1, {APP}:2, {APP}:latest." in str(told.writes)


def test_bake__names_that_were_written_and_cannot_be_confirmed() -> None:
    world = baking.World()
    breaks_after(world, f"{baking.HOME}/db:latest", ("head", f"{baking.HOME}/db:latest"))

    told = failure(baking.World.bake, world)

    assert told.writes
    assert sorted(map(str, told.writes.written)) == sorted(baking.NAMES)


def test_untag__a_deletion_that_fails_gives_the_name_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = world.hold(f"{APP}:1")

    def delete(reference: Reference) -> bool:
        raise broken()

    monkeypatch.setattr(world.registry, "delete", delete)
    with pytest.raises(ActionError) as raised:
        names.untag(settings("inspect", source=f"{APP}:1"), world.ports)

    assert world.digest(f"{APP}:1") == str(root.descriptor.digest)
    assert raised.value.writes is None


def test_untag__a_name_that_cannot_be_given_back_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = world.hold(f"{APP}:1")

    def delete(reference: Reference) -> bool:
        world.registry.faults["put", f"{APP}:1"] = broken()
        raise Unavailable("The registry did not answer")

    monkeypatch.setattr(world.registry, "delete", delete)
    with pytest.raises(ActionError) as raised:
        names.untag(settings("inspect", source=f"{APP}:1"), world.ports)
    world.registry.faults.clear()

    assert f"Written with {world.digest(f'{APP}:1')}, and not confirmed" in str(raised.value)
    assert f"ghcr-action copy {APP}@{root.descriptor.digest} {APP}:1" in raised.value.fix


def test_untag__a_look_that_fails_after_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.hold(f"{APP}:1")
    real = world.registry.delete

    def delete(reference: Reference) -> bool:
        world.registry.faults["head", f"{APP}:1"] = broken()
        return real(reference)

    monkeypatch.setattr(world.registry, "delete", delete)
    with pytest.raises(ActionError) as raised:
        names.untag(settings("inspect", source=f"{APP}:1"), world.ports)

    assert raised.value.what.startswith(f"{APP}:1 was taken away, which is not confirmed: ")
