"""The GitHub adapter against a server that speaks GitHub's protocol, and the in-memory fake beside
it."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.values.event import RepositoryFacts
from ghcr_action.values.secret import Secret
from tests.fakes import github_api
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub
from tests.fakes.github_account import Answer
from tests.fakes.github_api import GitHubApi, Raw

SHA = "a" * 40
FACTS = RepositoryFacts(
    name="tools",
    html_url="https://github.com/acme/tools",
    description="Tools",
    license="Apache-2.0",
    default_branch="trunk",
)
DATE = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository(
            "acme/tools", spdx="Apache-2.0", description="Tools", default_branch="trunk"
        )
        server.account.add_commit("acme/tools", SHA, "2026-03-04T05:06:07Z")
        yield server


def github(
    api: GitHubApi, repository: str = "acme/tools", token: str = github_api.READER
) -> PyGitHub:
    return PyGitHub(api.url, Secret(token), repository, clock=FakeClock())


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_port__facts_and_dates(api: GitHubApi, kind: str) -> None:
    port = github(api) if kind == "real" else FakeGitHub(facts=FACTS, dates={SHA: DATE})

    assert port.repository() == FACTS
    assert port.commit_date(SHA) == DATE
    assert port.commit_date("b" * 40) is None


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_port__nobody_answers(kind: str) -> None:
    port = (
        PyGitHub("http://127.0.0.1:9", Secret("x"), "acme/tools", clock=FakeClock())
        if kind == "real"
        else FakeGitHub()
    )

    assert port.repository() is None
    assert port.commit_date(SHA) is None


def test_repository__nothing_described(api: GitHubApi) -> None:
    api.account.add_repository("mona/empty", kind="User")

    assert github(api, "mona/empty").repository() == RepositoryFacts(
        name="empty", html_url="https://github.com/mona/empty", default_branch="main"
    )


def test_repository__private_with_a_token(api: GitHubApi) -> None:
    api.account.add_repository("acme/closed", private=True)

    found = github(api, "acme/closed").repository()

    assert found is not None
    assert found.name == "closed"


def test_repository__renamed(api: GitHubApi) -> None:
    api.account.renamed["acme/old"] = "acme/tools"

    assert github(api, "acme/old").repository() == FACTS
    assert api.requests == ["GET /repos/acme/old", "GET /repos/acme/tools"]


def test_repository__below_a_path_as_on_enterprise_servers(api: GitHubApi) -> None:
    PyGitHub(f"{api.url}/api/v3", Secret("x"), "acme/tools").repository()

    assert api.requests == ["GET /api/v3/repos/acme/tools"]


@pytest.mark.parametrize(
    ("failure", "times", "requests"),
    [
        pytest.param(github_api.unavailable(), 1, 2, id="503 once"),
        pytest.param(github_api.unavailable(502), 2, 3, id="502 twice"),
        pytest.param(github_api.secondary_limit(), 1, 2, id="secondary limit"),
    ],
)
def test_repository__passing_failure_is_tried_again(
    api: GitHubApi, failure: Answer | Raw, times: int, requests: int
) -> None:
    api.fail(failure, times=times)

    assert github(api).repository() == FACTS
    assert len(api.requests) == requests


@pytest.mark.parametrize(
    ("failure", "requests", "code"),
    [
        pytest.param(github_api.unavailable(), 3, "[GHCR-NETWORK]", id="503"),
        pytest.param(github_api.primary_limit(), 1, "[GHCR-API-429-LIMIT]", id="primary limit"),
        pytest.param(github_api.secondary_limit(), 3, "[GHCR-API-429-LIMIT]", id="secondary limit"),
        pytest.param(github_api.forbidden(), 1, "[GHCR-API-403-PERMISSION]", id="403"),
        pytest.param(github_api.not_found(), 1, "404: Not Found", id="404"),
        pytest.param(
            Raw(status=301, headers={"Location": "http://elsewhere.invalid/repos/x"}),
            1,
            "elsewhere.invalid",
            id="redirect",
        ),
        pytest.param(github_api.truncated(), 3, "[GHCR-NETWORK]", id="truncated"),
        pytest.param(
            github_api.garbage(),
            3,
            "the answer is no document, or half of one",
            id="half a document",
        ),
        pytest.param(Raw(content=b"[]"), 1, "the answer is no JSON object", id="a list"),
    ],
)
def test_repository__failure_is_one_warning(
    api: GitHubApi,
    caplog: pytest.LogCaptureFixture,
    failure: Answer | Raw,
    requests: int,
    code: str,
) -> None:
    api.fail(failure, times=9)

    assert github(api).repository() is None

    warnings = [
        record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING
    ]
    assert len(api.requests) == requests
    assert len(warnings) == 1
    assert warnings[0].startswith("Could not read the repository's description and license")
    assert code in warnings[0]


def test_repository__odd_types_are_left_out(api: GitHubApi) -> None:
    api.fail(Raw(content=b'{"name": 7, "html_url": null, "license": "MIT", "description": []}'))

    assert github(api).repository() == RepositoryFacts(name="", html_url="")


@pytest.mark.parametrize(
    ("token", "repository", "said"),
    [
        pytest.param(None, "acme/tools", "there is no `github-token`", id="no token"),
        pytest.param(Secret(""), "acme/tools", "there is no `github-token`", id="empty token"),
        pytest.param(Secret("x"), "", "'' is not a repository (owner/name)", id="no repository"),
        pytest.param(
            Secret("x"),
            "acme/tools/../x",
            "'acme/tools/../x' is not a repository (owner/name)",
            id="hostile name",
        ),
    ],
)
def test_repository__not_even_asked(
    api: GitHubApi,
    caplog: pytest.LogCaptureFixture,
    token: Secret | None,
    repository: str,
    said: str,
) -> None:
    assert PyGitHub(api.url, token, repository).repository() is None
    assert [record.getMessage() for record in caplog.records] == [
        f"Could not read the repository's description and license: {said}."
    ]
    assert api.requests == []


def test_repository__wrong_token_is_not_shown(
    api: GitHubApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    api.fail(
        Answer(
            status=401, document={"message": "Bad credentials: hunter22", "documentation_url": ""}
        )
    )

    assert github(api, token="hunter22").repository() is None
    assert "Bad credentials: ***" in caplog.text
    assert "hunter22" not in caplog.text


@pytest.mark.parametrize("sha", ["", "main", "../../users", SHA.upper()])
def test_commit_date__no_sha_is_not_asked(api: GitHubApi, sha: str) -> None:
    assert github(api).commit_date(sha) is None
    assert api.requests == []


@pytest.mark.parametrize(
    "document", [b'{"committer": {"date": "yesterday"}}', b'{"committer": null}', b"{}"]
)
def test_commit_date__unreadable(api: GitHubApi, document: bytes) -> None:
    api.fail(Raw(content=document))

    assert github(api).commit_date(SHA) is None


def test_commit_date__refusal_is_no_warning(
    api: GitHubApi, caplog: pytest.LogCaptureFixture
) -> None:
    api.fail(github_api.forbidden())

    assert github(api).commit_date(SHA) is None
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
