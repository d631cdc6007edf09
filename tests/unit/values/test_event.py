from dataclasses import replace
from typing import Any

import pytest

from ghcr_action.values.event import Event, PullRequest, RepositoryFacts, WorkflowRun


def payload(head_repository: Any = "octo/app") -> dict[str, Any]:
    head = {
        "sha": "b" * 40,
        "ref": "topic",
        "repo": {"full_name": head_repository} if head_repository else None,
    }
    return {
        "repository": {
            "default_branch": "main",
            "private": True,
            "owner": {"type": "Organization"},
        },
        "pull_request": {"number": 7, "state": "closed", "head": head, "base": {"ref": "main"}},
        "commits": [{"id": "c1", "timestamp": "2026-01-01T00:00:00Z"}, {"id": "c2"}],
        "head_commit": {"id": "c1", "timestamp": "2026-01-01T00:00:00Z"},
    }


def environ(**more: str) -> dict[str, str]:
    return {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_RUN_ID": "12",
        **more,
    }


def test_decode__takes_what_is_used() -> None:
    event = Event.decode(environ(GITHUB_RUN_ATTEMPT="2"), payload())

    assert (
        event.name,
        event.ref,
        event.owner,
        event.default_branch,
        event.is_private,
        event.owner_type,
    ) == (
        "pull_request",
        "refs/pull/7/merge",
        "octo",
        "main",
        True,
        "Organization",
    )
    assert event.pull_request == PullRequest(
        number=7,
        head_sha="b" * 40,
        head_ref="topic",
        head_repository="octo/app",
        base_ref="main",
        is_closed=True,
    )
    assert event.commit_dates == (("c1", "2026-01-01T00:00:00Z"),)
    assert event.run_url == "https://github.com/octo/app/actions/runs/12/attempts/2"


def test_event__the_log_is_that_of_the_job_where_its_number_is_known() -> None:
    event = Event.decode({"GITHUB_REPOSITORY": "octo/app", "GITHUB_RUN_ID": "12"}, {})
    known = replace(event, check_run_id=51725241954)

    assert event.log_url == "https://github.com/octo/app/actions/runs/12/attempts/1"
    assert known.log_url == "https://github.com/octo/app/actions/runs/12/job/51725241954"
    assert replace(known, run_id="").log_url == ""


def test_decode__the_time_of_a_commit_is_that_of_the_list_of_commits() -> None:
    commits = [{"id": "a", "timestamp": "2026-01-01T00:00:00Z"}, {"id": "b"}, "nonsense"]
    head = {"id": "a", "timestamp": "2026-02-02T00:00:00Z"}

    assert Event.decode({}, {"commits": commits, "head_commit": head}).commit_dates == (
        ("a", "2026-01-01T00:00:00Z"),
    )
    assert Event.decode({}, {"commits": [], "head_commit": head}).commit_dates == (
        ("a", "2026-02-02T00:00:00Z"),
    )
    other = {"id": "c", "timestamp": "2026-03-03T00:00:00Z"}
    assert dict(Event.decode({}, {"commits": commits, "head_commit": other}).commit_dates) == {
        "a": "2026-01-01T00:00:00Z",
        "c": "2026-03-03T00:00:00Z",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"repository": None, "pull_request": "7", "commits": 3},
        {"repository": [], "pull_request": {"number": "7"}, "commits": [None, {}]},
    ],
)
def test_decode__takes_wrong_types_for_nothing(wrong: dict[str, Any]) -> None:
    event = Event.decode({}, wrong)

    assert event == Event(name="", ref="", sha="", repository="")
    assert event.run_url == ""


WHOLE = {
    "full_name": "Octo/app",
    "name": "app",
    "html_url": "https://github.com/Octo/app",
    "description": "An app",
    "license": {"spdx_id": "MIT"},
    "default_branch": "main",
}


@pytest.mark.parametrize(
    ("repository", "description", "spdx"),
    [(WHOLE, "An app", "MIT"), (WHOLE | {"description": None, "license": None}, "", "")],
    ids=["all of it", "without description and license"],
)
def test_decode__takes_what_the_payload_says_of_the_repository(
    repository: dict[str, Any], description: str, spdx: str
) -> None:
    facts = RepositoryFacts(
        name="app",
        html_url="https://github.com/Octo/app",
        description=description,
        license=spdx,
        default_branch="main",
    )

    assert Event.decode(environ(), {"repository": repository}).facts == facts


@pytest.mark.parametrize(
    "repository",
    [
        *({key: value for key, value in WHOLE.items() if key != missing} for missing in WHOLE),
        WHOLE | {"full_name": "octo/other"},
        WHOLE | {"name": 7},
    ],
    ids=[*(f"without {missing}" for missing in WHOLE), "another repository", "a name that is none"],
)
def test_decode__half_of_the_repository_is_nothing(repository: dict[str, Any]) -> None:
    assert Event.decode(environ(), {"repository": repository}).facts is None


@pytest.mark.parametrize(
    ("name", "head", "is_fork"),
    [
        ("pull_request", "octo/app", False),
        ("pull_request", "fork/app", True),
        ("pull_request", None, True),
        ("pull_request_target", "fork/app", False),
    ],
)
def test_event__knows_a_fork(name: str, head: str | None, is_fork: bool) -> None:
    assert Event.decode(environ(GITHUB_EVENT_NAME=name), payload(head)).is_fork is is_fork


@pytest.mark.parametrize(
    ("server", "registry"),
    [
        ("", "ghcr.io"),
        ("https://github.com/", "ghcr.io"),
        ("https://ghe.example.com", "containers.ghe.example.com"),
        ("https://octo.ghe.com", "containers.octo.ghe.com"),
    ],
)
def test_event__knows_its_registry(server: str, registry: str) -> None:
    assert Event.decode(environ(GITHUB_SERVER_URL=server), {}).registry == registry


def test_event__of_another_workflows_run() -> None:
    run = {
        "head_sha": "f" * 40,
        "head_branch": "topic",
        "head_repository": {"full_name": "stranger/app"},
        "event": "pull_request",
        "name": "ci",
        "id": 55,
        "run_number": 3,
        "run_attempt": 2,
    }

    assert Event.decode(environ(), {"workflow_run": run}).workflow_run == WorkflowRun(
        head_sha="f" * 40,
        head_ref="topic",
        head_repository="stranger/app",
        event="pull_request",
        workflow="ci",
        run_id=55,
        run_number=3,
        attempt=2,
    )
    odd = Event.decode(environ(), {"workflow_run": {"head_sha": "f" * 40, "id": "x"}}).workflow_run
    assert odd == WorkflowRun(head_sha="f" * 40, head_ref="", head_repository="", event="")
    assert Event.decode(environ(), {}).workflow_run is None
