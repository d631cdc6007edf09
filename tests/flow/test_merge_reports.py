"""What a merge tells the pull request: the index, in the comment that an image would have."""

import pytest

from ghcr_action.modes import merge
from ghcr_action.report.comment import rows
from ghcr_action.report.comment.rows import PUSHED, Row
from ghcr_action.values.event import Event
from tests.fakes.events import HEAD, fork_pull_request, pull_request_event, push_event
from tests.fakes.github import FakeGitHub
from tests.flow.existing import AMD64, APP, ARM64, World, settings


@pytest.fixture
def world() -> World:
    return World()


def merged(world: World, event: Event, **given: str) -> str:
    """A merge of two platforms; gives the digest of the index."""
    digests = "\n".join(
        str(world.hold(f"{APP}@", platform).descriptor.digest) for platform in (AMD64, ARM64)
    )
    outcome = merge.run(
        settings("merge", event, digests=digests, images=str(APP), **given), world.ports
    )
    assert outcome is not None
    return str(outcome.plan.digest)


def told(world: World) -> dict[int, tuple[Row, ...]]:
    assert isinstance(world.ports.github, FakeGitHub)
    return {
        number: rows.decode(comments[0].body)
        for number, comments in world.ports.github.said.items()
    }


def test_merge__a_pull_request_hears_of_the_index(world: World) -> None:
    world.hold(f"{APP}:main", AMD64)

    digest = merged(world, pull_request_event())

    ((row,),) = told(world).values()
    assert (row.id, row.image, row.status, row.sha, row.digest, row.tags) == (
        f"{APP}|",
        str(APP),
        PUSHED,
        HEAD,
        digest,
        ("pr-7",),
    )
    assert [cells.platform for cells in row.platforms] == ["linux/amd64", "linux/arm64"]
    assert row.total > 0
    assert row.base_name == "main"
    assert row.platforms[0].base == row.platforms[0].size
    assert (
        world.runner.outputs["comment-url"] == "https://github.com/octo/app/pull/7#issuecomment-1"
    )
    assert world.runner.outputs["report"] == ""


def test_merge__without_verification_sizes_are_not_known(world: World) -> None:
    merged(world, pull_request_event(), verify="false")

    ((row,),) = told(world).values()
    assert [(cells.platform, cells.size) for cells in row.platforms] == [
        ("linux/amd64", 0),
        ("linux/arm64", 0),
    ]


def test_merge__a_fork_saves_its_report(world: World) -> None:
    merged(world, fork_pull_request())

    assert told(world) == {}
    assert world.runner.outputs["report"].endswith("report.json")


@pytest.mark.parametrize(
    ("event", "given"),
    [
        (push_event(), {}),
        (pull_request_event(), {"comment": "never"}),
        (pull_request_event(), {"dry_run": "true"}),
    ],
    ids=["push", "never", "dry run"],
)
def test_merge__says_nothing_where_nobody_asks(
    world: World, event: Event, given: dict[str, str]
) -> None:
    merged(world, event, **given)

    assert told(world) == {}
