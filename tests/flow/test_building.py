"""Publishing from the build's side: retries, the test before the tag, caches, builders, checks."""

import pytest

from ghcr_action.errors import BuildFailed
from tests.flow.test_publish import APP, World, world

__all__ = ["world"]

BAD_GATEWAY = ("ERROR: failed to solve: failed to push ghcr.io/octo/app:1: unexpected status from PUT request: 502 Bad Gateway",)
FORBIDDEN = ("ERROR: failed to solve: failed to push ghcr.io/octo/app:1: unexpected status from POST request: 403 Forbidden",)
STEP = ('ERROR: failed to solve: process "/bin/sh -c curl x" did not complete successfully: exit code: 22',)


def waits(world: World) -> list[float]:
    return world.ports.clock.waits  # type: ignore[attr-defined]


def test_build__a_passing_fault_is_tried_again_on_the_warm_engine(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world.engine.failing = [BAD_GATEWAY, BAD_GATEWAY]

    outcome = world.publish()

    assert outcome.pushed
    assert len(world.engine.commands) == 3
    assert len(set(world.engine.commands)) == 1
    assert waits(world) == [0.75, 1.5]
    assert any("trying again from the engine's cache in 0.8 s (1 of 4)" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("said", "given", "builds"),
    [
        (FORBIDDEN, {}, 1),
        (STEP, {}, 1),
        (BAD_GATEWAY, {"push_retries": "0"}, 1),
        (BAD_GATEWAY, {"push_retries": "2"}, 3),
        (BAD_GATEWAY, {}, 5),
    ],
    ids=["forbidden", "step failed", "no retries", "two retries", "the default"],
)
def test_build__what_does_not_pass_ends_the_run(world: World, said: tuple[str, ...], given: dict[str, str], builds: int) -> None:
    world.engine.failing = [said] * 9

    with pytest.raises(BuildFailed):
        world.publish(**given)

    assert len(world.engine.commands) == builds
    assert world.digest(f"{APP}:main") == ""
