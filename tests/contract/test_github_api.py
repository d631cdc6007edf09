"""The stand-in for GitHub's API, asked by PyGithub as the product asks it: what later parts rely
on, kept true here."""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from urllib.parse import quote

import github
import pytest

from tests.fakes import github_api
from tests.fakes.github_api import READER, WRITER, GitHubApi
from tests.fakes.openapi_description import description

SHA = "c" * 40


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("acme/tools")
        server.account.add_owner("mona", "User")
        yield server


@pytest.fixture
def client(api: GitHubApi) -> Iterator[github.Github]:
    with connect(api, WRITER) as client:
        yield client


def connect(api: GitHubApi, token: str) -> github.Github:
    return github.Github(
        auth=github.Auth.Token(token),
        base_url=api.url,
        per_page=100,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def ask(client: github.Github, verb: str, path: str, **parameters: Any) -> Any:
    return client.requester.requestJsonAndCheck(verb, path, parameters=parameters or None)[1]


def test_comments__three_hundred_are_three_pages(api: GitHubApi, client: github.Github) -> None:
    for number in range(300):
        api.account.add_comment("acme/tools", 7, f"comment {number}")

    found = _comments(client)

    assert [comment["body"] for comment in found] == [f"comment {number}" for number in range(300)]
    assert len(api.requests) == 3


def _comments(client: github.Github) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    path = "/repos/acme/tools/issues/7/comments?per_page=100"
    while path:
        headers, page = client.requester.requestJsonAndCheck("GET", path)
        found += page
        links = dict(
            reversed(link.strip().split("; "))
            for link in headers.get("link", "").split(",")
            if link
        )
        path = links.get('rel="next"', "").strip("<>").removeprefix(client.requester.base_url)
    return found


def test_comments__written_changed_and_deleted(api: GitHubApi, client: github.Github) -> None:
    path = "/repos/acme/tools/issues/7/comments"
    _, made = client.requester.requestJsonAndCheck("POST", path, input={"body": "one"})
    one = f"/repos/acme/tools/issues/comments/{made['id']}"

    _, changed = client.requester.requestJsonAndCheck("PATCH", one, input={"body": "two"})

    assert (made["user"]["login"], changed["body"]) == ("github-actions[bot]", "two")
    assert ask(client, "GET", one)["body"] == "two"
    assert ask(client, "DELETE", one) is None
    assert api.account.comments["acme/tools", 7] == []
    for verb in ("GET", "PATCH", "DELETE"):
        with pytest.raises(github.UnknownObjectException):
            client.requester.requestJsonAndCheck(
                verb, one, input={"body": "three"} if verb == "PATCH" else None
            )


def test_comments__too_long(api: GitHubApi, client: github.Github) -> None:
    made = api.account.add_comment("acme/tools", 7, "short")

    for verb, path in (("POST", "issues/7/comments"), ("PATCH", f"issues/comments/{made['id']}")):
        with pytest.raises(github.GithubException) as refused:
            client.requester.requestJsonAndCheck(
                verb, f"/repos/acme/tools/{path}", input={"body": "x" * 65_537}
            )
        assert refused.value.status == 422
        assert (
            refused.value.data["errors"][0]["message"]
            == "Body is too long (maximum is 65536 characters)"
        )


def test_comments__reader_and_stranger(api: GitHubApi) -> None:
    made = api.account.add_comment("acme/tools", 7, "short")

    with connect(api, READER) as client:
        for verb, path, body in (
            ("POST", "issues/7/comments", {"body": "x"}),
            ("PATCH", f"issues/comments/{made['id']}", {"body": "x"}),
            ("DELETE", f"issues/comments/{made['id']}", None),
        ):
            with pytest.raises(
                github.GithubException, match="Resource not accessible by integration"
            ):
                client.requester.requestJsonAndCheck(verb, f"/repos/acme/tools/{path}", input=body)
    with connect(api, "expired") as client, pytest.raises(github.BadCredentialsException):
        ask(client, "GET", "/repos/acme/tools/issues/7/comments")


def test_comments__no_such_repository(client: github.Github) -> None:
    for verb in ("GET", "POST"):
        with pytest.raises(github.UnknownObjectException):
            client.requester.requestJsonAndCheck(
                verb,
                "/repos/acme/none/issues/7/comments",
                input={"body": ""} if verb == "POST" else None,
            )


def test_pulls__of_a_commit(api: GitHubApi, client: github.Github) -> None:
    api.account.add_pull("acme/tools", 12, SHA, title="Topic")

    (found,) = ask(client, "GET", f"/repos/acme/tools/commits/{SHA}/pulls")

    assert (found["number"], found["head"]["sha"], found["title"]) == (12, SHA, "Topic")


def test_users__owner_types(api: GitHubApi, client: github.Github) -> None:
    assert [ask(client, "GET", f"/users/{name}")["type"] for name in ("acme", "Mona")] == [
        "Organization",
        "User",
    ]
    for path in ("/users/nobody", "/user", "/nowhere"):
        with pytest.raises(github.GithubException):
            ask(client, "GET", path)


def test_rate_limit__counted_in_headers(api: GitHubApi, client: github.Github) -> None:
    headers, _ = client.requester.requestJsonAndCheck("GET", "/rate_limit")

    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("1000", "999")


@pytest.mark.parametrize(("family", "owner"), [("orgs", "acme"), ("users", "mona")])
def test_packages__read(api: GitHubApi, client: github.Github, family: str, owner: str) -> None:
    api.account.add_package(owner, "tools/app", visibility="public", repository="acme/tools")
    first = api.account.add_version(owner, "tools/app", "sha256:1")
    second = api.account.add_version(owner, "tools/app", "sha256:2", ["1.0", "latest"])
    path = f"/{family}/{owner}/packages/container/{quote('tools/app', safe='')}"

    package = ask(client, "GET", path)
    versions = ask(client, "GET", f"{path}/versions", per_page=1, page=2)

    assert (
        package["visibility"],
        package["version_count"],
        package["repository"]["full_name"],
    ) == ("public", 2, "acme/tools")
    assert (
        package["html_url"]
        == f"https://github.com/{family}/{owner}/packages/container/package/tools%2Fapp"
    )
    assert [version["id"] for version in versions] == [first]
    assert ask(client, "GET", f"{path}/versions/{second}")["metadata"]["container"]["tags"] == [
        "1.0",
        "latest",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/orgs/acme/packages/container/tools/app",
        "/users/acme/packages/container/tools%2Fapp",
        "/orgs/acme/packages/container/secret",
        "/orgs/acme/packages/npm/tools%2Fapp",
        "/orgs/acme/packages/container/tools%2Fapp/versions/99",
    ],
    ids=["slash not encoded", "wrong family", "no role", "wrong type", "no such version"],
)
def test_packages__not_found(api: GitHubApi, client: github.Github, path: str) -> None:
    api.account.add_package("acme", "tools/app")
    api.account.add_package("acme", "secret", role="none")

    with pytest.raises(github.UnknownObjectException, match=r"Package not found\.|Not Found"):
        ask(client, "GET", path)


def test_packages__version_deleted_and_restored(api: GitHubApi, client: github.Github) -> None:
    package = api.account.add_package("acme", "app")
    number = api.account.add_version("acme", "app", "sha256:1")
    path = "/orgs/acme/packages/container/app/versions"

    assert ask(client, "DELETE", f"{path}/{number}") is None
    assert ask(client, "GET", path) == []
    assert [version["id"] for version in ask(client, "GET", path, state="deleted")] == [number]
    assert ask(client, "POST", f"{path}/{number}/restore") is None
    assert [version["id"] for version in package.versions] == [number]
    for verb, rest in (("DELETE", "/99"), ("POST", "/99/restore")):
        with pytest.raises(github.UnknownObjectException):
            ask(client, verb, f"{path}{rest}")


def test_packages__deletion_refused(api: GitHubApi, client: github.Github) -> None:
    package = api.account.add_package("acme", "app", visibility="public")
    popular = api.account.add_version("acme", "app", "sha256:1", downloads=5001)
    tagged = api.account.add_version("acme", "app", "sha256:2", ["latest"])
    package.deleted = [package.versions[0] | {"id": 77}]
    path = "/orgs/acme/packages/container/app/versions"

    for number, message in (
        (popular, "more than 5000 downloads cannot be deleted"),
        (tagged, "the last tagged version of a package"),
    ):
        with pytest.raises(github.GithubException, match=message):
            ask(client, "DELETE", f"{path}/{number}")
    package.role = "write"
    for verb, rest in (("DELETE", f"/{popular}"), ("POST", "/77/restore")):
        with pytest.raises(github.GithubException, match="Resource not accessible by integration"):
            ask(client, verb, f"{path}{rest}")


def test_packages__visibility_can_not_be_set(api: GitHubApi, client: github.Github) -> None:
    api.account.add_package("acme", "app")

    with pytest.raises(github.UnknownObjectException):
        client.requester.requestJsonAndCheck(
            "PATCH", "/orgs/acme/packages/container/app", input={"visibility": "public"}
        )


def test_fail__only_where_it_was_asked_to(api: GitHubApi, client: github.Github) -> None:
    api.fail(github_api.forbidden(), verb="POST", path="/repos/acme/tools/issues")

    assert ask(client, "GET", "/repos/acme/tools/issues/7/comments") == []
    with pytest.raises(github.GithubException, match="Resource not accessible by integration"):
        client.requester.requestJsonAndCheck(
            "POST", "/repos/acme/tools/issues/7/comments", input={"body": "x"}
        )


@pytest.mark.parametrize(
    ("verb", "path", "body", "said"),
    [
        ("GET", "/repos/acme/tools?colour=red", None, "undescribed query 'colour'"),
        (
            "POST",
            "/repos/acme/tools/issues/7/comments",
            {"text": "x"},
            "'body' is a required property",
        ),
        ("GET", "/repos/acme/odd", None, "html_url: 7 is not of type 'string'"),
    ],
    ids=["query", "request", "answer"],
)
def test_serve__fails_what_the_description_does_not_allow(
    verb: str, path: str, body: Any, said: str
) -> None:
    with pytest.raises(AssertionError, match=said), github_api.serve() as api:  # noqa: PT012  the end of the block raises
        api.account.add_repository("acme/tools")
        api.account.add_repository("acme/odd", html_url=7)
        with (
            connect(api, WRITER) as client,
            pytest.raises(github.GithubException) if body else nullcontext(),
        ):
            client.requester.requestJsonAndCheck(verb, path, input=body)


def test_description__statuses_and_bodies() -> None:
    wrong = description().wrong_answer

    assert wrong("GET /user", 201, {}) == ["GET /user: undescribed status 201"]
    assert wrong("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", 204, {}) == [
        "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id} 204: a body where there is none"
    ]
