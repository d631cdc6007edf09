"""The recipe's second half of a fork's pull request, run by act: reports of a finished run become
one comment."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghcr_action.report.comment import codes, rows, saved
from ghcr_action.report.comment.rows import BUILT, Row
from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.recipes import RECIPES
from tests.fakes import github_api
from tests.fakes.github_api import GitHubApi
from tests.testbed import Testbed

RUN, NUMBER, HEAD = 31, 7, "f" * 40
API = Row(
    id="ghcr.io/octo/hello/api|",
    image="ghcr.io/octo/hello/api",
    status=BUILT,
    sha=HEAD,
    reason=codes.REASONS[0],
    total=5,
)
WEB = replace(
    API,
    id="ghcr.io/octo/hello/web|",
    image="ghcr.io/octo/hello/web",
    reason="**a stranger's words**",
)


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("octo/hello")
        server.account.add_pull(
            "octo/hello", NUMBER, HEAD, head_ref="topic", head_repository="stranger/hello"
        )
        yield server


@pytest.fixture
def caller(tmp_path: Path, image: str, testbed: Testbed, api: GitHubApi) -> Act:
    """The recipe's second workflow in a repository whose run has left two reports, one twice, a
    stale one and somebody else's artifact."""
    artifacts = tmp_path / "artifacts"
    for name, row, facts in (
        ("ghcr-action-report-0", API, {}),
        ("ghcr-action-report-1", replace(WEB, reason="an earlier attempt"), {}),
        ("ghcr-action-report-1", WEB, {}),
        ("ghcr-action-report-2", replace(API, id="gone|"), {"expired": True}),
        ("coverage", replace(API, id="other|"), {}),
    ):
        directory = (
            artifacts / str(RUN) / str(api.account.add_artifact("octo/hello", RUN, name, **facts))
        )
        directory.mkdir(parents=True)
        (directory / "report.json").write_bytes(saved.dump(row))
    root = tmp_path / "checkout"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/comment.yml").write_text(RECIPES["A fork's comment"])
    act.commit(root, "octo/hello")
    ours = act.ours(
        tmp_path / "ours", image, testbed, api_url=api.url, mounts={"/artifacts": artifacts}
    )
    return Act(bed=testbed, root=root, ours=ours)


def workflow_run(number: int = RUN, repository: str = "octo/hello") -> dict[str, object]:
    """What GitHub tells the second workflow of the first."""
    run = {
        "id": number,
        "name": "image",
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "topic",
        "head_repository": {"full_name": "stranger/hello"},
        "run_number": 3,
        "run_attempt": 1,
    }
    return {
        "action": "completed",
        "workflow_run": run,
        "repository": {"full_name": repository, "default_branch": "main"},
    }


def test_forks__reports_of_a_run_become_one_comment(caller: Act, api: GitHubApi) -> None:
    log = caller.run("workflow_run", workflow_run(), secrets={"GITHUB_TOKEN": github_api.WRITER})

    assert log.count("Start image") == 3
    (comment,) = api.account.comments["octo/hello", NUMBER]
    assert rows.decode(comment["body"]) == tuple(
        replace(row, run_id=RUN, run_number=3)
        for row in (API, replace(WEB, reason="the run may not push"))
    )
    assert "stranger's words" not in comment["body"]
    assert comment["body"].startswith(f"{rows.marker('image')}\n")


def test_forks__a_run_without_reports_has_nothing_to_comment(caller: Act, api: GitHubApi) -> None:
    log = caller.run(
        "workflow_run", workflow_run(RUN + 1), secrets={"GITHUB_TOKEN": github_api.WRITER}
    )

    assert log.count("Start image") == 1
    assert api.requests == [f"GET /repos/octo/hello/actions/runs/{RUN + 1}/artifacts?per_page=100"]
