"""A clean-up on a pull request that was closed: what its comment says afterwards, and where it says
nothing."""

import logging
from dataclasses import replace

import pytest

from ghcr_action.errors import Unavailable
from ghcr_action.modes import cleanup
from ghcr_action.report.comment import body, rows
from ghcr_action.report.comment.rows import BUILT, FAILED, PUSHED, FailureCells, Row
from ghcr_action.report.comment.view import Place
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.steps.comment import Poster
from ghcr_action.values.event import Event
from ghcr_action.values.github import Comment, Package
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.events import HEAD, pull_request_event, schedule_event
from tests.fakes.github import FakeGitHub
from tests.fakes.images import manifest
from tests.fakes.packages import FakePackages
from tests.fakes.workspace import FakeWorkspace
from tests.flow.test_cleanup import APP

GONE, OTHER, KEPT = manifest("pull"), manifest("other"), manifest("kept")
PLACE = Place(key="ci", server_url="https://github.com", repository="octo/app", sha=HEAD)
ROW = Row(
    id="ghcr.io/octo/app|",
    image=str(APP),
    status=PUSHED,
    sha=HEAD,
    run_number=3,
    digest=str(GONE.descriptor.digest),
    tags=("pr-7",),
)
MARKED = replace(ROW, removed="2026-11-23")


def closed() -> Event:
    event = pull_request_event()
    assert event.pull_request
    return replace(event, pull_request=replace(event.pull_request, is_closed=True))


class World:
    """A package with the image of pull request 7, which is closed, and our comment on it."""

    def __init__(self, *found: Row) -> None:
        store = FakePackages()
        self.github = FakeGitHub(
            store=store, packages={APP.path: Package(visibility="public", repository="octo/app")}
        )
        self.ports = fakes.make(github=self.github, registry=store.registry)
        for document, tag in ((GONE, "pr-7"), (KEPT, "latest")):
            store.push(APP, document, tag)
        self.github.said[7] = (
            [
                Comment(
                    id=9, author=self.github.owner, body=body.body(found, PLACE), url="https://x/9"
                )
            ]
            if found
            else []
        )

    def clean(self, event: Event, **given: str) -> str:
        texts = {
            "mode": "cleanup",
            "github-token": "t",
            "remove": "closed-pull-requests",
            "dry-run": "false",
            "comment-key": "ci",
        }
        settings = parse.settings(
            texts | {name.replace("_", "-"): text for name, text in given.items()}, {}, event
        )[0]
        assert isinstance(settings, CleanupSettings)
        cleanup.run(settings, self.ports)
        return self.ports.runner.outputs["comment-url"]  # type: ignore[attr-defined, no-any-return]

    @property
    def said(self) -> str:
        return self.github.said[7][0].body

    @property
    def writes(self) -> list[str]:
        return [
            call
            for call in self.github.calls
            if call.startswith(("create", "edit")) and "octo" not in call
        ]


@pytest.mark.parametrize("when", ["auto", "always"])
def test_removing__the_comment_says_what_is_gone_and_strikes_how_to_pull_it(when: str) -> None:
    world = World(ROW)

    assert world.clean(closed(), comment=when) == "https://x/9"

    assert world.said == (
        "<!-- ghcr-report:v1 key=ci -->\n"
        "### Images of this pull request were removed on 2026-11-23\n\n"
        "**1 image removed.** \n\n"
        "**`ghcr.io/octo/app`**\n\n"
        "🗑️ Removed from the registry on 2026-11-23.\n\n"
        f"- ~~`docker pull ghcr.io/octo/app@{GONE.descriptor.digest}`~~\n"
        "- ~~`docker pull ghcr.io/octo/app:pr-7`~~\n\n"
        "<sub>Updated unknown by run 3, attempt 1. More is in the job summary.</sub>\n\n"
        f"{rows.encode((MARKED,))}\n"
    )


def test_removing__again_changes_nothing() -> None:
    world = World(ROW)
    world.clean(closed())

    world.clean(closed())

    assert world.writes == ["edit 9"]


def test_removing__a_run_that_could_not_say_it_is_made_good_by_the_next() -> None:
    world = World(ROW)
    world.github.may_comment = False
    assert world.clean(closed()) == ""
    world.github.may_comment = True

    world.clean(closed())

    assert rows.decode(world.said) == (MARKED,)


def test_removing__what_is_there_stays_as_it_is() -> None:
    kept = replace(ROW, id="ghcr.io/octo/app|kept", digest=str(KEPT.descriptor.digest))
    failed = replace(
        ROW,
        id="ghcr.io/octo/app|x",
        status=FAILED,
        digest="",
        good_digest=ROW.digest,
        good_sha=HEAD,
        failure=FailureCells(what="x"),
    )
    built = replace(ROW, id="ghcr.io/octo/app|y", status=BUILT)
    elsewhere = replace(ROW, id="docker.io/octo/app|", image="docker.io/octo/app")
    world = World(ROW, kept, failed, built, elsewhere)

    world.clean(closed())

    marked = replace(failed, removed="2026-11-23", good_digest="", good_sha="")
    assert set(rows.decode(world.said)) == {elsewhere, MARKED, kept, marked, built}
    assert f"### Container images for `{HEAD[:7]}`" in world.said
    assert (
        "**2 images pushed, 1 image built, not pushed, 1 image failed, 1 image removed.**"
        in world.said
    )
    assert "🗑️ The last good image was removed from the registry on 2026-11-23." in world.said
    assert "| `ghcr.io/octo/app` | 🗑️\u00a0removed |" in world.said


def test_removing__an_image_that_was_pushed_since_the_list_was_read_is_there() -> None:
    row = replace(ROW, digest=str(OTHER.descriptor.digest))
    world = World(row)
    world.ports.registry.repositories[APP].manifests[OTHER.descriptor.digest] = OTHER  # type: ignore[attr-defined]

    world.clean(closed())

    assert rows.decode(world.said) == (row,)


@pytest.mark.parametrize(
    ("event", "given"),
    [
        (closed(), {"comment": "never"}),
        (closed(), {"dry_run": "true"}),
        (closed(), {"comment_key": "other"}),
        (pull_request_event(), {}),
        (schedule_event(), {"comment": "always"}),
    ],
    ids=["never", "dry run", "no comment of ours", "still open", "another event"],
)
def test_removing__says_nothing(event: Event, given: dict[str, str]) -> None:
    world = World(ROW)

    assert world.clean(event, **given) == ""
    assert world.writes == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "Resource not accessible by integration"),
        ({"comment_template": "none.j2"}, "none.j2 is no file of the workspace"),
    ],
    ids=["no right to write", "no such template"],
)
def test_removing__a_comment_that_cannot_be_edited_is_a_warning(
    given: dict[str, str], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(ROW)
    world.github.may_comment = False

    assert world.clean(closed(), **given) == ""

    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == 1
    assert said[0].startswith("The comment on pull request 7 could not be edited.")
    assert why in said[0]


def test_removing__a_template_of_ones_own_is_used() -> None:
    world = World(ROW)
    workspace = world.ports.workspace
    assert isinstance(workspace, FakeWorkspace)
    workspace.files["c.j2"] = b"gone since {{ view.removed }}"

    world.clean(closed(), comment_template="c.j2")

    assert "gone since 2026-11-23" in world.said


def test_removing__a_job_that_writes_the_comment_anew_is_followed() -> None:
    github = World(ROW).github
    late = replace(ROW, id="ghcr.io/octo/app|late")

    class Late(FakeClock):
        jobs = 1

        def sleep(self, seconds: float) -> None:
            if self.jobs:
                self.jobs -= 1
                github.edit_comment(9, body.body((ROW, late), PLACE))

    poster = Poster(github=github, clock=Late(), place=PLACE, pull_request=7)
    mark = lambda found: tuple(replace(row, removed="2026-11-23") for row in found)  # noqa: E731  one line says it

    assert poster.change(mark)
    assert rows.decode(github.said[7][0].body) == (MARKED, replace(late, removed="2026-11-23"))


def test_removing__jobs_that_never_end_are_given_up() -> None:
    github = World(ROW).github
    poster = Poster(github=github, clock=FakeClock(), place=PLACE, pull_request=7)
    count = lambda found: tuple(replace(row, seconds=row.seconds + 1) for row in found)  # noqa: E731  never the same twice

    with pytest.raises(Unavailable, match="pull request 7"):
        poster.change(count)


def test_removing__a_new_run_after_reopening_replaces_the_row() -> None:
    newer = replace(ROW, run_number=4)

    assert rows.merge((MARKED,), newer) == (newer,)
    assert rows.merge((MARKED,), replace(newer, status=FAILED, digest="")) == (
        replace(newer, status=FAILED, digest=""),
    )
