"""What a failure is called, where it was called something else: each by its own cause."""

import logging
from dataclasses import replace

import pytest

from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError, NotFound
from ghcr_action.modes import promote, publish, pull
from ghcr_action.report.comment.rows import PUSHED, Row
from ghcr_action.report.comment.view import Place
from ghcr_action.steps.comment import Poster
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret
from tests.fakes import refusals
from tests.fakes.clock import FakeClock
from tests.fakes.events import pull_request_event, push_event, schedule_event, tag_event
from tests.fakes.github import FakeGitHub
from tests.flow import existing
from tests.flow.existing import AMD64, ARM64, settings
from tests.flow.test_building import NOT_ALLOWED
from tests.flow.test_publish import APP, World, parsed

BASE = "ghcr.io/octo/base:1"
LACKS = (
    f"ERROR: failed to solve: {BASE}: failed to resolve source metadata for {BASE}: "
    "no match for platform in manifest: not found"
)
API = Row(id="api|", image="api", status=PUSHED, run_number=1)


def told(error: ActionError) -> ActionError:
    return tell.tell(error, push_event(), credentials={}, token=Secret("t0ken"))


@pytest.mark.parametrize("is_there", [True, False], ids=["a base that is there", "one that is not"])
def test_build__a_base_image_without_the_platform_names_those_it_has(is_there: bool) -> None:
    world, images = World(), existing.World()
    if is_there:
        images.hold(BASE, AMD64, ARM64)
        world.registry.repositories |= images.registry.repositories
    world.engine.failing = [(LACKS,)]

    with pytest.raises(NotFound) as raised:
        publish.run(parsed(push_event()), world.ports)

    has = "linux/amd64, linux/arm64" if is_there else "other platforms"
    assert raised.value.code == "IMAGE-404-PLATFORM"
    assert f"but not for a platform that is asked for: it has {has}." in raised.value.why


@pytest.mark.parametrize(
    ("images", "code"),
    [("quay.io/octo/app", "NETWORK-FAULT"), (APP, "GHCR-NETWORK")],
)
def test_build__an_engine_that_names_no_registry_speaks_of_the_one_that_is_pushed_to(
    images: str, code: str
) -> None:
    world = World()
    world.engine.failing = [("ERROR: failed to solve: unexpected status: 502 Bad Gateway",)] * 9
    login = {"registry": "quay.io", "username": "mona", "password": "a-person"}

    with pytest.raises(ActionError) as raised:
        world.publish(images=images, tags="1", push="true", **(login if images != APP else {}))

    assert raised.value.code == code


@pytest.mark.parametrize(
    ("event", "warns"),
    [
        (push_event(), True),
        (tag_event("v1.2.3"), True),
        (pull_request_event(), False),
        (push_event("release/1.2"), True),
        (schedule_event(), True),
        (push_event(name="workflow_dispatch"), True),
        (tag_event("nightly"), True),
        (pull_request_event(8), False),
    ],
    ids=["branch", "tag", "pull request", "other branch", "schedule", "hand", "word", "another"],
)
def test_publish__a_job_without_the_permission_is_warned_but_for_pull_requests(
    event: Event, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.registry.faults["check_push", APP] = refusals.denied(NOT_ALLOWED)

    publish.run(parsed(event), world.ports)

    said = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert (
        any("permissions:\n      contents: read\n      packages: write" in each for each in said)
        is warns
    )
    assert world.runner.outputs["pushed"] == "false"


def test_promote__referrers_that_cannot_be_read_name_the_switch() -> None:
    world = existing.World()
    root = world.hold(f"{APP}:1")
    subject = f"{APP}@{root.descriptor.digest}"
    world.registry.faults["referrers", subject] = refusals.registry(
        status=503, method="GET", image=APP
    )

    with pytest.raises(ActionError) as raised:
        promote.run(
            settings("promote", source=f"{APP}:1", tags="ghcr.io/octo/other:1"), world.ports
        )

    error = told(raised.value)
    assert error.what.startswith(f"The referrers of {APP} could not be copied: ")
    assert error.code == "GHCR-NETWORK"
    assert "`referrers: false`" in error.why


def test_pull__outputs_come_after_the_check() -> None:
    world = existing.World()
    world.hold(f"{APP}:1")
    world.engine.arrives = f"{APP}@sha256:{'0' * 64}"

    with pytest.raises(ActionError):
        pull.run(settings("pull", source=f"{APP}:1"), world.ports)

    assert "digest" not in world.runner.outputs


def poster(github: FakeGitHub) -> Poster:
    place = Place(key="ci", server_url="https://github.com", repository="octo/app")
    return Poster(github=github, clock=FakeClock(), place=place, pull_request=7)


@pytest.mark.parametrize("status", [404, 301, 410])
def test_comment__a_github_that_lists_none_or_has_moved_is_told(status: int) -> None:
    refused = refusals.api("Not Found", status, purpose="read the comments of pull request 7")

    with pytest.raises(NotFound) as raised:
        poster(FakeGitHub(unavailable=refused)).post(API)

    assert told(raised.value).code == "GHCR-API-404-COMMENT"


@pytest.mark.parametrize("call", ["create", "edit"])
def test_comment__a_token_that_may_read_and_not_write_is_told(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    github = FakeGitHub()
    if call == "edit":
        poster(github).post(replace(API, run_number=0))
    refused = refusals.api("Not Found", 404, method="PATCH" if call == "edit" else "POST")

    def refuse(*_: object) -> None:
        raise refused

    monkeypatch.setattr(github, f"{call}_comment", refuse)

    with pytest.raises(NotFound) as raised:
        poster(github).post(API)

    assert told(raised.value).code == "GHCR-API-404-COMMENT"


def test_comment__one_that_somebody_deleted_meanwhile_is_made_anew() -> None:
    github = FakeGitHub()
    poster(github).post(replace(API, run_number=0))
    edit, gone = github.edit_comment, list(github.said[7])

    def deleted(number: int, body: str) -> object:
        github.said[7].clear()
        github.edit_comment = edit  # type: ignore[method-assign]
        return edit(number, body)

    github.edit_comment = deleted  # type: ignore[method-assign,assignment]

    made = poster(github).post(API)

    assert made.id != gone[0].id


def test_index__that_is_the_image_itself_is_no_list_of_referrers() -> None:
    """GitLab answers the fallback tag with the image of that digest."""
    world = existing.World()
    root = world.hold(f"{APP}:1", AMD64, ARM64)
    assert isinstance(root, Index)

    promote.run(settings("promote", source=f"{APP}:1", tags="ghcr.io/octo/other:1"), world.ports)

    held = world.registry.repositories[Repository.parse("ghcr.io/octo/other")]
    assert [str(tag) for tag in held.tags] == ["1"]
