"""`mode: comment`: a fork's report posted by a job that may, and every way in which it is not
believed."""

import logging
from dataclasses import replace

import pytest

from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    ContentInvalid,
    NotFound,
    PolicyRefused,
    SettingsError,
)
from ghcr_action.modes import comment, publish
from ghcr_action.report.comment import rows, saved
from ghcr_action.report.comment.rows import BUILT, Row
from ghcr_action.settings import parse
from ghcr_action.settings.comment import CommentSettings
from ghcr_action.values.event import Event, PullRequest, WorkflowRun
from ghcr_action.values.github import Comment
from tests.fakes import ports as fakes
from tests.fakes.events import HEAD, fork_pull_request, push_event
from tests.fakes.github import FakeGitHub
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace
from tests.flow.test_publish import parsed

RUN = WorkflowRun(
    head_sha=HEAD,
    head_ref="topic",
    head_repository="stranger/app",
    event="pull_request",
    workflow="ci",
    run_id=55,
    run_number=3,
)
PULL = PullRequest(
    number=7, head_sha=HEAD, head_ref="topic", head_repository="stranger/app", base_ref="main"
)
ROW = Row(
    id="ghcr.io/octo/app|",
    image="ghcr.io/octo/app",
    status=BUILT,
    sha=HEAD,
    reason="the token of a pull request from a fork can only read",
    total=5,
)


class World:
    def __init__(self, content: bytes | None = None) -> None:
        self.workspace = FakeWorkspace(
            {"report.json": saved.dump(ROW) if content is None else content}
        )
        self.github = FakeGitHub(pulls=[PULL])
        self.runner = FakeRunner()
        self.ports = fakes.make(workspace=self.workspace, github=self.github, runner=self.runner)

    def post(self, event: Event | None = None, /, **given: str) -> Comment | None:
        texts = {"mode": "comment", "github-token": "t", "report": "report.json"} | {
            k.replace("_", "-"): v for k, v in given.items()
        }
        settings = parse.settings(texts, {}, event or workflow_run())[0]
        assert isinstance(settings, CommentSettings)
        return comment.run(settings, self.ports)


def workflow_run(**changed: object) -> Event:
    ended = replace(RUN, **changed)  # type: ignore[arg-type]
    return replace(push_event(), name="workflow_run", workflow="post", workflow_run=ended)


def test_mode_comment__posts_what_the_fork_built() -> None:
    world = World()

    posted = world.post()

    assert posted is not None
    assert world.runner.outputs == {"comment-url": posted.url}
    assert rows.decode(posted.body) == (replace(ROW, run_id=55, run_number=3),)
    assert posted.body.startswith(
        f"{rows.marker('ci')}\n### Container images for `fffffff`\n\n**1 image built, not pushed.**"
    )
    assert "[run](https://github.com/octo/app/actions/runs/55)" in posted.body


def test_fork__from_its_green_run_to_the_comment() -> None:
    workspace = FakeWorkspace({"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"})
    runner = FakeRunner()
    ports = fakes.make(workspace=workspace, runner=runner)

    publish.run(parsed(fork_pull_request()), ports)

    assert (runner.outputs["pushed"], runner.outputs["report"]) == ("false", "/temp/report.json")
    world = World(workspace.files["/temp/report.json"])
    posted = world.post()
    assert posted is not None
    assert (
        "🟦 Built, not pushed: the token of a pull request from a fork can only read."
        in posted.body
    )
    assert "docker pull" not in posted.body


def test_mode_comment__a_row_of_another_job_stays() -> None:
    world = World()
    world.post()
    world.workspace.files["report.json"] = saved.dump(
        replace(ROW, id="other|", image="ghcr.io/octo/other")
    )

    posted = world.post()

    assert posted is not None
    assert [row.image for row in rows.decode(posted.body)] == [
        "ghcr.io/octo/app",
        "ghcr.io/octo/other",
    ]
    assert len(world.github.said[7]) == 1


@pytest.mark.parametrize(
    "changed",
    [{"head_sha": "0" * 40}, {"head_ref": "elsewhere"}, {"head_repository": "octo/app"}],
    ids=["moved on", "other branch", "other repository"],
)
def test_mode_comment__without_its_pull_request_nothing_is_posted(
    changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world = World(saved.dump(replace(ROW, sha=changed.get("head_sha", HEAD))))

    assert world.post(workflow_run(**changed)) is None

    assert world.github.said == {}
    assert "Nothing was posted: no open pull request has" in caplog.text


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        pytest.param(
            saved.dump(replace(ROW, sha="0" * 40)),
            PolicyRefused,
            "it names commit 000",
            id="other commit",
        ),
        pytest.param(
            b'{"version": 1, "row": {"id": "a", "image": "b", "status": "built", "pull_request": 8}}',
            ContentInvalid,
            "Row has a member 'pull_request', which it may not have",
            id="other pull request",
        ),
        pytest.param(b"# Markdown", ContentInvalid, "it is not JSON", id="markdown"),
        pytest.param(
            b"[" + b" " * 10_000_000,
            ContentInvalid,
            "it has more than the 262144 bytes that are allowed",
            id="10 MB",
        ),
    ],
)
def test_mode_comment__a_tampered_report_is_refused(
    content: bytes, kind: type[ActionError], why: str
) -> None:
    world = World(content)

    with pytest.raises(kind) as raised:
        world.post()

    assert raised.value.why.startswith(why)
    assert world.github.said == {}


def test_mode_comment__markdown_in_a_report_stays_text() -> None:
    world = World(
        saved.dump(
            replace(
                ROW, reason="</details> @octo/all [x](https://evil.invalid)", image="**`x`** <b>"
            )
        )
    )

    posted = world.post()

    assert posted is not None
    assert "evil.invalid" not in posted.body
    assert "🟦 Built, not pushed: the run may not push." in posted.body
    assert "**``**`x`** <b>``**\n" in posted.body


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (push_event(), "this is the event `push`"),
        (workflow_run(event="push"), "this is a run for `push`"),
    ],
    ids=["push", "a push's run"],
)
def test_mode_comment__needs_the_run_of_a_pull_request(event: Event, why: str) -> None:
    with pytest.raises(SettingsError) as raised:
        World().post(event)

    assert raised.value.why == why


@pytest.mark.parametrize("path", ["none.json", "../../etc/passwd"])
def test_mode_comment__the_report_is_a_file_of_the_workspace(path: str) -> None:
    with pytest.raises(NotFound, match="There is no report at"):
        World().post(report=path)


def test_mode_comment__needs_a_report() -> None:
    with pytest.raises(SettingsError, match="`report` is empty"):
        World().post(report="")


def test_mode_comment__dry_run_posts_nothing() -> None:
    world = World()

    assert world.post(dry_run="true") is None
    assert world.github.said == {}


def test_mode_comment__a_refusal_is_a_failure_here() -> None:
    world = World()
    world.github.may_comment = False

    with pytest.raises(AccessDenied):
        world.post()


def test_mode_comment__own_template_and_key() -> None:
    world = World()
    world.workspace.files["mine.j2"] = b"{{ view.verdict }}"

    posted = world.post(comment_template="mine.j2", comment_key="mine")

    assert posted is not None
    assert posted.body.startswith(
        f"{rows.marker('mine')}\n1 image built, not pushed.\n\n<!-- ghcr-report:state "
    )
