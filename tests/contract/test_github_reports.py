"""Packages, comments and pull requests: the adapter against a server that speaks GitHub's protocol,
the fake beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.github_requests import GitHubRequests
from ghcr_action.errors import AccessDenied, ActionError, LimitReached, NotFound, Unavailable
from ghcr_action.ports import GitHub
from ghcr_action.values.event import PullRequest
from ghcr_action.values.github import Comment, Package
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret
from tests.fakes import github_api
from tests.fakes.clock import FakeClock
from tests.fakes.github import FakeGitHub
from tests.fakes.github_account import LONGEST_BODY, PERSONAL, Answer
from tests.fakes.github_api import GitHubApi, Raw

SHA = "c" * 40
APP = Repository("ghcr.io", "acme/tools/app")
PULL = PullRequest(
    number=12, head_sha=SHA, head_ref="topic", head_repository="stranger/tools", base_ref="main"
)


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("acme/tools")
        server.account.add_owner("mona", "User")
        yield server


def connect(
    api: GitHubApi, token: str = github_api.WRITER, *, owner_type: str = "Organization"
) -> PyGitHub:
    return PyGitHub(api.url, Secret(token), "acme/tools", owner_type=owner_type, clock=FakeClock())


@dataclass(frozen=True, kw_only=True)
class Side:
    github: GitHub
    package: str = ""


@pytest.fixture(params=["real", "fake"])
def side(request: pytest.FixtureRequest, api: GitHubApi) -> Side:
    if request.param == "fake":
        page = "https://github.com/orgs/acme/packages/container/package/tools%2Fapp"
        package = Package(visibility="private", html_url=page, repository="acme/tools")
        return Side(github=FakeGitHub(packages={APP.path: package}, pulls=[PULL]))
    api.account.add_package("acme", "tools/app", visibility="private", repository="acme/tools")
    api.account.add_pull("acme/tools", 12, SHA, head_repository="stranger/tools")
    return Side(github=connect(api))


def test_package__read(side: Side) -> None:
    assert side.github.package(APP) == Package(
        visibility="private",
        html_url="https://github.com/orgs/acme/packages/container/package/tools%2Fapp",
        repository="acme/tools",
    )
    assert side.github.package(Repository("ghcr.io", "acme/none")) is None
    assert side.github.package(Repository("ghcr.io", "nobody/none")) is None


def test_package__visibility_is_not_offered(side: Side) -> None:
    assert side.github.change_visibility(APP, "public") is False
    found = side.github.package(APP)
    assert found is not None
    assert found.visibility == "private"


def test_comments__created_edited_read_and_deleted(side: Side) -> None:
    made = side.github.create_comment(12, "one")

    edited = side.github.edit_comment(made.id, "two")

    assert (made.author, edited.body, edited.id) == ("github-actions[bot]", "two", made.id)
    assert side.github.login() == made.author
    assert side.github.comment(made.id) == edited
    assert [comment.id for page in side.github.comments(12) for comment in page] == [made.id]
    side.github.delete_comment(made.id)
    assert side.github.comment(made.id) is None
    assert [comment for page in side.github.comments(12) for comment in page] == []
    with pytest.raises(NotFound):
        side.github.edit_comment(made.id, "three")


def test_pulls__of_a_commit_and_by_head(side: Side) -> None:
    assert side.github.pulls_of_commit(SHA) == (PULL,)
    assert side.github.pulls_of_commit("d" * 40) == ()
    assert side.github.pull_by_head("stranger/tools", "topic", SHA) == PULL
    assert side.github.pull_by_head("stranger/tools", "topic", "d" * 40) is None
    assert side.github.pull_by_head("acme/tools", "topic", SHA) is None


def test_pulls__closed_ones_are_left_out(api: GitHubApi) -> None:
    api.account.add_pull("acme/tools", 13, SHA, state="closed")

    assert connect(api).pulls_of_commit(SHA) == ()
    assert connect(api).pulls_of_commit("main") == ()


@pytest.mark.parametrize(("owner", "family"), [("acme", "orgs"), ("mona", "users")])
def test_package__the_owners_kind_is_asked_for_where_it_is_unknown(
    api: GitHubApi, owner: str, family: str
) -> None:
    api.account.add_package(owner, "app", visibility="public")
    github = connect(api, owner_type="")

    assert github.package(Repository("ghcr.io", f"{owner}/app")) is not None
    assert github.package(Repository("ghcr.io", f"{owner}/app")) is not None

    path = f"GET /{family}/{owner}/packages/container/app"
    assert api.requests == [f"GET /users/{owner}", path, path]


def test_package__a_name_without_an_owner_is_not_asked_for(api: GitHubApi) -> None:
    assert connect(api).package(Repository("ghcr.io", "acme")) is None
    assert connect(api).change_visibility(Repository("ghcr.io", "acme"), "public") is False
    assert api.requests == []


def test_package__visibility_changes_where_a_server_offers_it(api: GitHubApi) -> None:
    api.account.add_package("acme", "app", visibility="private")
    api.changes_visibility = True
    github, app = connect(api), Repository("ghcr.io", "acme/app")

    assert github.change_visibility(app, "public") is True

    assert github.package(app) == Package(
        visibility="public",
        html_url="https://github.com/orgs/acme/packages/container/package/app",
        repository="",
    )
    assert api.requests[0] == "PATCH /orgs/acme/packages/container/app"


def test_login__a_person_has_a_name(api: GitHubApi) -> None:
    assert connect(api, PERSONAL).login() == "mona"


def test_login__is_the_jobs_where_nobody_answers() -> None:
    assert (
        PyGitHub("http://127.0.0.1:9", Secret("x"), "acme/tools", clock=FakeClock()).login()
        == "github-actions[bot]"
    )


def test_comments__pages_are_asked_for_as_they_are_wanted(api: GitHubApi) -> None:
    for number in range(300):
        api.account.add_comment("acme/tools", 7, f"comment {number}")
    github = connect(api)

    first = next(iter(github.comments(7)))[0]
    assert (first.body, len(api.requests)) == ("comment 0", 1)

    assert [comment.body for page in github.comments(7) for comment in page] == [
        f"comment {number}" for number in range(300)
    ]
    assert len(api.requests) == 4


@pytest.mark.parametrize(
    ("failure", "kind", "why", "asked"),
    [
        pytest.param(
            github_api.forbidden(),
            AccessDenied,
            "was answered with 403: Resource not accessible by integration",
            ["POST"],
            id="403",
        ),
        pytest.param(
            github_api.not_found(),
            NotFound,
            "was answered with 404: Not Found",
            ["POST"],
            id="404",
        ),
        pytest.param(
            github_api.primary_limit(),
            LimitReached,
            "was answered with 403: API rate limit exceeded",
            ["POST"],
            id="hourly limit",
        ),
        pytest.param(
            github_api.secondary_limit(),
            LimitReached,
            "was answered with 403: You have exceeded a secondary",
            ["POST"] * 3,
            id="limit",
        ),
        pytest.param(
            Raw(status=429, content=b"{}"),
            LimitReached,
            "was answered with 429",
            ["POST"] * 3,
            id="429",
        ),
        pytest.param(
            github_api.unavailable(),
            Unavailable,
            "was answered with 503",
            ["POST"] + ["GET"] * 3,
            id="503",
        ),
        pytest.param(
            github_api.truncated(),
            Unavailable,
            "has no answer: the connection failed",
            ["POST"] + ["GET"] * 3,
            id="truncated",
        ),
        pytest.param(
            Answer(status=401, document={"message": "Bad credentials", "documentation_url": ""}),
            AccessDenied,
            "was answered with 401: Bad credentials",
            ["POST"],
            id="401",
        ),
    ],
)
def test_comments__a_post_is_repeated_only_where_it_was_refused_for_a_limit(
    api: GitHubApi, failure: Answer | Raw, kind: type[ActionError], why: str, asked: list[str]
) -> None:
    """After a fault, which may have been heard, the comment is looked for."""
    api.fail(failure, times=9)

    with pytest.raises(ActionError) as raised:
        connect(api).create_comment(7, "text")

    assert type(raised.value) is kind
    assert raised.value.what == "Could not comment on pull request 7"
    assert f"POST /repos/acme/tools/issues/7/comments {why}" in raised.value.why
    assert [request.partition(" ")[0] for request in api.requests] == asked


@pytest.mark.parametrize(
    "heard",
    [
        github_api.unavailable(502),
        github_api.truncated(),
        Raw(content=b"<html>ok</html>", headers={"Content-Type": "text/html"}),
        Raw(content=b"null"),
        Raw(content=b"{}"),
        Raw(status=204),
        Raw(status=201),
    ],
    ids=["502", "half a body", "page", "null", "an empty object", "204", "nothing"],
)
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "not there"])
def test_comments__an_answer_without_the_comment_is_no_proof(
    api: GitHubApi, heard: Raw, is_there: bool
) -> None:
    if is_there:
        api.account.add_comment("acme/tools", 7, "text\r\nmore", "github-actions[bot]")
    api.fail(heard, verb="POST")

    if is_there:
        assert connect(api).create_comment(7, "text\nmore").url
    else:
        with pytest.raises(Unavailable, match="Could not comment on pull request 7"):
            connect(api).create_comment(7, "text\nmore")

    assert [each for each in api.requests if each.startswith("POST")] == [
        "POST /repos/acme/tools/issues/7/comments"
    ]


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "not there"])
def test_comments__an_edit_that_is_not_shown_is_looked_at(api: GitHubApi, is_there: bool) -> None:
    made = api.account.add_comment(
        "acme/tools", 7, "two" if is_there else "one", "github-actions[bot]"
    )
    api.fail(Raw(content=b"{}"), verb="PATCH")

    if is_there:
        assert connect(api).edit_comment(made["id"], "two").body == "two"
    else:
        with pytest.raises(Unavailable, match="Could not edit our comment"):
            connect(api).edit_comment(made["id"], "two")


def test_comments__twelve_thousand_of_them(api: GitHubApi) -> None:
    for number in range(12_000):
        api.account.add_comment("acme/tools", 7, f"comment {number}")

    assert sum(len(page) for page in connect(api).comments(7)) == 12_000


def test_lists__a_longer_one_than_we_read_is_no_whole_one(
    api: GitHubApi,
) -> None:
    for number in range(300):
        api.account.add_comment("acme/tools", 7, f"comment {number}")
    requests = GitHubRequests(api.url, Secret(github_api.WRITER))
    pages = requests.pages("/repos/acme/tools/issues/7/comments", "read comments", most=2)

    with pytest.raises(Unavailable, match="Could not read comments"):
        list(pages)


def test_comments__too_long_says_so(api: GitHubApi) -> None:
    with pytest.raises(ActionError, match="Could not comment") as raised:
        connect(api).create_comment(7, "x" * (LONGEST_BODY + 1))

    assert raised.value.why.endswith(
        "422: Validation Failed: Body is too long (maximum is 65536 characters)"
    )


def test_comments__an_edit_and_a_read_are_tried_again(api: GitHubApi) -> None:
    made = api.account.add_comment("acme/tools", 7, "one", "github-actions[bot]")
    api.fail(github_api.unavailable(), times=1, verb="PATCH")
    api.fail(github_api.unavailable(), times=1, verb="GET")
    github = connect(api)

    assert github.edit_comment(made["id"], "two").body == "two"
    assert [comment.body for page in github.comments(7) for comment in page] == ["two"]
    assert len(api.requests) == 4


@pytest.mark.parametrize(
    "document", [b'{"message": "odd"}', b'[{"id": "x"}, 7]'], ids=["no list", "odd entries"]
)
def test_comments__answers_of_another_shape(api: GitHubApi, document: bytes) -> None:
    api.fail(Raw(content=document))

    if document.startswith(b"["):
        assert list(connect(api).comments(7)) == [(Comment(id=0, author="", body=""),)]
    else:
        with pytest.raises(Unavailable, match="Could not read the comments of pull request 7"):
            list(connect(api).comments(7))


def test_comments__a_write_that_answers_no_object(api: GitHubApi) -> None:
    api.fail(Raw(content=b"[]"))

    with pytest.raises(Unavailable, match="Could not comment"):
        connect(api).create_comment(7, "x")


def test_errors__hold_no_token(api: GitHubApi) -> None:
    api.fail(
        Raw(
            status=422,
            content=b'{"message": "odd token hunter22", "errors": "none"}',
            headers={"Content-Type": "application/json"},
        )
    )

    with pytest.raises(ActionError) as raised:
        connect(api, "hunter22").create_comment(7, "x")

    assert "hunter22" not in str(raised.value)


def test_errors__a_document_that_says_nothing(api: GitHubApi) -> None:
    api.fail(Raw(status=400, content=b"[]"))

    with pytest.raises(ActionError) as raised:
        connect(api).package(replace(APP, path="acme/app"))

    assert raised.value.why == "GET /orgs/acme/packages/container/app was answered with 400"


def test_close__opens_again_when_it_is_needed(api: GitHubApi) -> None:
    github = connect(api)
    github.close()
    assert github.package(APP) is None
    github.close()
    assert github.package(APP) is None
