"""Which context a build gets, and why, by input, event, checkout and switches."""

from base64 import b64encode
from dataclasses import replace

import pytest

from ghcr_action.buildx import context, git_login
from ghcr_action.buildx.context import Context, Switches
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import SettingsError
from ghcr_action.values.event import Event, PullRequest
from ghcr_action.values.secret import Secret

SHA, HEAD = "c" * 40, "d" * 40
PUSH = Event(name="push", ref="refs/heads/main", sha=SHA, repository="Octo/App")
TAG = replace(PUSH, ref="refs/tags/v1.0.0")
PULL = Event(
    name="pull_request",
    ref="refs/pull/15/merge",
    sha=SHA,
    repository="Octo/App",
    pull_request=PullRequest(
        number=15, head_sha=HEAD, head_ref="fix", head_repository="Octo/App", base_ref="main"
    ),
)
PULL_WITHOUT_PAYLOAD = replace(PULL, pull_request=None)
ENTERPRISE = replace(PUSH, server_url="https://ghe.example")
NOTHING = Event(name="", ref="", sha="", repository="")
URL = "https://github.com/Octo/App.git"
HEADS, QUERY, BOTH = (
    Switches(pull_request_head=True),
    Switches(query=True),
    Switches(pull_request_head=True, query=True),
)

GIT_URLS = {
    "branch": (PUSH, Switches(), False, f"{URL}#{SHA}"),
    "branch-head-switch": (PUSH, HEADS, False, f"{URL}#{SHA}"),
    "branch-by-short-name": (
        replace(PUSH, ref="main", sha=""),
        Switches(),
        False,
        f"{URL}#refs/heads/main",
    ),
    "branch-without-commit": (
        replace(PUSH, sha=""),
        Switches(),
        False,
        f"{URL}#refs/heads/main",
    ),
    "tag": (TAG, Switches(), False, f"{URL}#{SHA}"),
    "pull": (PULL, Switches(), False, f"{URL}#{SHA}"),
    "pull-without-commit": (
        replace(PULL, sha=""),
        Switches(),
        False,
        f"{URL}#refs/pull/15/merge",
    ),
    "pull-head": (PULL, HEADS, False, f"{URL}#{HEAD}"),
    "pull-head-without-payload": (
        PULL_WITHOUT_PAYLOAD,
        HEADS,
        False,
        f"{URL}#refs/pull/15/head",
    ),
    "enterprise": (ENTERPRISE, Switches(), False, f"https://ghe.example/Octo/App.git#{SHA}"),
    "query-branch": (PUSH, Switches(), True, f"{URL}?ref={SHA}"),
    "query-branch-by-short-name": (
        replace(PUSH, ref="main"),
        Switches(),
        True,
        f"{URL}?ref={SHA}",
    ),
    "query-without-commit": (
        replace(PUSH, sha=""),
        Switches(),
        True,
        f"{URL}?ref=refs/heads/main",
    ),
    "query-tag": (TAG, Switches(), True, f"{URL}?ref={SHA}"),
    "query-pull": (PULL, Switches(), True, f"{URL}?ref={SHA}"),
    "query-pull-without-commit": (
        replace(PULL, sha=""),
        Switches(),
        True,
        f"{URL}?ref=refs/pull/15/merge",
    ),
    "query-pull-head": (PULL, HEADS, True, f"{URL}?ref={HEAD}"),
    "query-pull-head-without-payload": (
        PULL_WITHOUT_PAYLOAD,
        HEADS,
        True,
        f"{URL}?ref=refs/pull/15/head",
    ),
}


@pytest.mark.parametrize(("event", "switches", "as_query", "url"), GIT_URLS.values(), ids=GIT_URLS)
def test_git_url__by_event(event: Event, switches: Switches, as_query: bool, url: str) -> None:
    assert context.git_url(event, switches, as_query=as_query) == url


def test_choose__work_tree_where_one_is_checked_out() -> None:
    assert context.choose("", PUSH, has_checkout=True, buildx=(0, 29, 1)) == Context(
        value=".", is_git=False, why="the work tree is checked out"
    )


def test_choose__commit_where_nothing_is_checked_out() -> None:
    assert context.choose("", PULL, has_checkout=False, buildx=(0, 29, 1)) == Context(
        value=f"{URL}#{SHA}",
        is_git=True,
        why=(
            "nothing is checked out, so the engine fetches the commit; add "
            "actions/checkout to build the work tree"
        ),
        is_own_repository=True,
    )


def test_choose__directory_outside_a_workflow() -> None:
    assert context.choose("", NOTHING, has_checkout=False, buildx=(0, 29, 1)) == Context(
        value=".", is_git=False, why="no repository is known to fetch from"
    )


VERSIONS = {
    "query-off": (Switches(), (0, 29, 0), f"{URL}#{SHA}"),
    "query-old": (QUERY, (0, 28, 9), f"{URL}#{SHA}"),
    "query": (QUERY, (0, 29, 0), f"{URL}?ref={SHA}"),
    "query-newer": (QUERY, (1, 0, 0), f"{URL}?ref={SHA}"),
    "query-development-build": (QUERY, (0, 0, 0), f"{URL}?ref={SHA}"),
    "query-and-head": (BOTH, (0, 29, 0), f"{URL}?ref={SHA}"),
}


@pytest.mark.parametrize(("switches", "buildx", "value"), VERSIONS.values(), ids=VERSIONS)
def test_choose__query_by_buildx_version(
    switches: Switches, buildx: tuple[int, int, int], value: str
) -> None:
    assert (
        context.choose("", PUSH, has_checkout=False, buildx=buildx, switches=switches).value
        == value
    )


FRAGMENT, AS_QUERY = f"{URL}#{SHA}", f"{URL}?ref={SHA}"
GIVEN = {
    "dot": (".", Switches(), ".", False, False),
    "path": ("./app", Switches(), "./app", False, False),
    "absolute": ("/github/workspace/app", Switches(), "/github/workspace/app", False, False),
    "standard-input": ("-", Switches(), "-", False, False),
    "tar": (
        "https://example.com/app.tar.gz",
        Switches(),
        "https://example.com/app.tar.gz",
        False,
        False,
    ),
    "other-git": (
        "https://example.com/a/b.git#main:sub",
        Switches(),
        "https://example.com/a/b.git#main:sub",
        True,
        False,
    ),
    "other-git-query": (
        "https://example.com/a/b.git?ref=x",
        Switches(),
        "https://example.com/a/b.git?ref=x",
        True,
        False,
    ),
    "own-git-other-commit": (f"{URL}#v1", Switches(), f"{URL}#v1", True, False),
    "own-git-this-commit": (f"{FRAGMENT}:sub", Switches(), f"{FRAGMENT}:sub", True, True),
    "scp": ("git@github.com:octo/app.git", Switches(), "git@github.com:octo/app.git", True, False),
    "expression": ("{{defaultContext}}", Switches(), FRAGMENT, True, True),
    "expression-blanks": ("{{ defaultContext }}", Switches(), FRAGMENT, True, True),
    "expression-unescaped": ("{{{defaultContext}}}", Switches(), FRAGMENT, True, True),
    "expression-ampersand": ("{{& defaultContext}}", Switches(), FRAGMENT, True, True),
    "expression-subdirectory": (
        "{{defaultContext}}:docker/a",
        Switches(),
        f"{FRAGMENT}:docker/a",
        True,
        True,
    ),
    "expression-query": ("{{defaultContext}}", QUERY, AS_QUERY, True, True),
    "expression-query-subdirectory": (
        "{{defaultContext}}:docker/a",
        QUERY,
        f"{AS_QUERY}&subdir=docker/a",
        True,
        True,
    ),
    "expression-query-more": (
        "{{defaultContext}}&keep-git-dir=true",
        QUERY,
        f"{AS_QUERY}&keep-git-dir=true",
        True,
        True,
    ),
    "expression-query-bare-colon": ("{{defaultContext}}:", QUERY, f"{AS_QUERY}:", True, True),
}


@pytest.mark.parametrize(
    ("given", "switches", "value", "is_git", "is_own"), GIVEN.values(), ids=GIVEN
)
def test_choose__given(
    given: str, switches: Switches, value: str, is_git: bool, is_own: bool
) -> None:
    assert context.choose(
        given, PUSH, has_checkout=True, buildx=(0, 29, 1), switches=switches
    ) == Context(value=value, is_git=is_git, why="as the input says", is_own_repository=is_own)


NAMED = {
    "none": ((), (), False),
    "image": (("base=docker-image://alpine",), ("base=docker-image://alpine",), False),
    "path-with-equals": (("a=./x=y",), ("a=./x=y",), False),
    "expression": (("src={{defaultContext}}",), (f"src={FRAGMENT}",), True),
    "expression-subdirectory": (
        ("a=b", "src={{defaultContext}}:x"),
        ("a=b", f"src={FRAGMENT}:x"),
        True,
    ),
    "expression-in-name": (("{{defaultContext}}=x",), (f"{FRAGMENT}=x",), False),
}


@pytest.mark.parametrize(("items", "named", "is_own"), NAMED.values(), ids=NAMED)
def test_choose__named_contexts(
    items: tuple[str, ...], named: tuple[str, ...], is_own: bool
) -> None:
    assert context.choose(
        ".", PUSH, has_checkout=True, buildx=(0, 29, 1), build_contexts=items
    ) == Context(
        value=".", is_git=False, why="as the input says", named=named, is_own_repository=is_own
    )


def header(pair: str) -> Secret:
    return Secret(f"Basic {b64encode(pair.encode()).decode()}")


LOGINS = {
    "token": ("https://t0ken@git.example/a.git#v1", "https://git.example/a.git#v1", "t0ken:"),
    "user and token": (
        "https://me:t0ken@git.example/a.git",
        "https://git.example/a.git",
        "me:t0ken",
    ),
    "http": ("http://me:t0ken@git.example/a.git", "http://git.example/a.git", "me:t0ken"),
    "no user": ("https://:t0ken@git.example/a.git", "https://git.example/a.git", ":t0ken"),
    "escaped": ("https://a%40b:c%2Fd@git.example/a.git", "https://git.example/a.git", "a@b:c/d"),
    "at in it": ("https://a@b:c@git.example/a.git", "https://git.example/a.git", "a@b:c"),
    "query": ("https://t@git.example/a.git?ref=x", "https://git.example/a.git?ref=x", "t:"),
    "at behind": ("https://t@git.example/a.git#x@y", "https://git.example/a.git#x@y", "t:"),
    "empty": ("https://@git.example/a.git", "https://git.example/a.git", ":"),
}


@pytest.mark.parametrize(("given", "value", "pair"), LOGINS.values(), ids=LOGINS)
def test_choose__a_login_in_a_git_address_is_a_secret(given: str, value: str, pair: str) -> None:
    login = GitLogin(host="git.example", header=header(pair))

    chosen = context.choose(given, PUSH, has_checkout=True, buildx=(0, 29, 1))
    beside = context.choose(
        ".", PUSH, has_checkout=True, buildx=(0, 29, 1), build_contexts=(f"a={given}", f"b={given}")
    )

    assert (chosen.value, chosen.logins) == (value, (login,))
    assert (beside.value, beside.named, beside.logins) == (
        ".",
        (f"a={value}", f"b={value}"),
        (login,),
    )
    assert login.header.reveal() not in repr(beside)


def test_choose__a_login_with_a_port() -> None:
    chosen = context.choose(
        "https://t@git.example:8443/a.git", PUSH, has_checkout=True, buildx=(0, 29, 1)
    )

    assert [login.secret for login in chosen.logins] == [
        ("GIT_AUTH_HEADER.git.example:8443", header("t:"))
    ]


@pytest.mark.parametrize(
    "given",
    [
        "https://t@files.example/a.tar.gz",
        "ssh://git@git.example/a.git",
        "git@git.example:a.git",
        "git://t@git.example/a.git",
        "https://git.example/a.git#t@x",
        "https://[t@git.example/a.git",
        "me@here",
    ],
)
def test_choose__what_is_no_login_of_git_over_http_stays(given: str) -> None:
    chosen = context.choose(given, PUSH, has_checkout=True, buildx=(0, 29, 1))

    assert (chosen.value, chosen.logins) == (given, ())


def test_choose__two_logins_for_one_host_stay_where_they_are() -> None:
    """BuildKit sends one login to a host: a secret would be sent to both."""
    chosen = context.choose(
        "https://a@g.example/a.git",
        PUSH,
        has_checkout=True,
        buildx=(0, 29, 1),
        build_contexts=("b=https://b@g.example/b.git", "c=https://c@h.example/c.git"),
    )

    assert chosen.value == "https://a@g.example/a.git"
    assert chosen.named == ("b=https://b@g.example/b.git", "c=https://h.example/c.git")
    assert [login.host for login in chosen.logins] == ["h.example"]


def test_choose__our_own_repository_with_a_login_is_ours() -> None:
    chosen = context.choose(
        FRAGMENT.replace("https://", "https://t@"), PUSH, has_checkout=True, buildx=(0, 29, 1)
    )

    assert (chosen.value, chosen.is_own_repository) == (FRAGMENT, True)


def test_parts__of_a_header_and_of_a_token() -> None:
    assert git_login.parts("Basic bWU6aHVudGVyMg==") == (
        "Basic bWU6aHVudGVyMg==",
        "bWU6aHVudGVyMg==",
        "hunter2",
    )
    assert git_login.parts("ghp_x") == ("ghp_x",)
    assert git_login.parts("/w==") == ("/w==",)
    assert git_login.parts("") == ()


def test_choose__repository_unknown_is_nobodys_own() -> None:
    chosen = context.choose("{{defaultContext}}", NOTHING, has_checkout=True, buildx=(0, 29, 1))

    assert chosen == Context(
        value="https://github.com/.git#refs/heads/", is_git=True, why="as the input says"
    )


UNKNOWN = {
    "context": ("{{defaultContex}}", (), "`context`: {{defaultContex}} is not known"),
    "context-empty": ("{{}}", (), "`context`: {{}} is not known"),
    "build-contexts": (".", ("a={{ branch }}",), "`build-contexts`: {{branch}} is not known"),
}


@pytest.mark.parametrize(("given", "items", "what"), UNKNOWN.values(), ids=UNKNOWN)
def test_choose__unknown_expression(given: str, items: tuple[str, ...], what: str) -> None:
    with pytest.raises(SettingsError) as caught:
        context.choose(given, PUSH, has_checkout=True, buildx=(0, 29, 1), build_contexts=items)

    assert caught.value.what == what
    assert caught.value.fix == (
        "`{{defaultContext}}` is the only expression here, for example `{{defaultContext}}:docker`"
    )


IS_GIT = {
    "git-scheme": ("git://example.com/a", True),
    "ssh": ("ssh://git@example.com/a", True),
    "scp": ("git@example.com:a/b", True),
    "github-short": ("github.com/a/b", True),
    "https": ("https://example.com/a.git", True),
    "http": ("http://example.com/a.git#x", True),
    "https-page": ("https://example.com/a", False),
    "https-git-in-query": ("https://example.com/a?x=.git", False),
    "path-that-ends-so": ("./a.git", False),
    "empty": ("", False),
}


@pytest.mark.parametrize(("value", "answer"), IS_GIT.values(), ids=IS_GIT)
def test_is_git__by_address(value: str, answer: bool) -> None:
    assert context.is_git(value) is answer


ENVIRONS = {
    "nothing": ({}, Switches()),
    "empty": (
        {"DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF": "", "BUILDX_SEND_GIT_QUERY_AS_INPUT": " "},
        Switches(),
    ),
    "head": ({"DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF": "true"}, HEADS),
    "query": ({"BUILDX_SEND_GIT_QUERY_AS_INPUT": "1"}, QUERY),
    "both": (
        {"DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF": "T", "BUILDX_SEND_GIT_QUERY_AS_INPUT": "TRUE"},
        BOTH,
    ),
    "off": (
        {"DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF": "0", "BUILDX_SEND_GIT_QUERY_AS_INPUT": "f"},
        Switches(),
    ),
}


@pytest.mark.parametrize(("environ", "switches"), ENVIRONS.values(), ids=ENVIRONS)
def test_switches__read(environ: dict[str, str], switches: Switches) -> None:
    assert Switches.read(environ) == switches


@pytest.mark.parametrize(
    "name", ["DOCKER_DEFAULT_GIT_CONTEXT_PR_HEAD_REF", "BUILDX_SEND_GIT_QUERY_AS_INPUT"]
)
def test_switches__not_a_boolean(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Switches.read({name: "yes"})

    assert caught.value.what == f"the variable {name} is 'yes'"
    assert caught.value.fix == f"Set {name} to true or false"
