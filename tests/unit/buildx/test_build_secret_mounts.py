"""Secret items: what is read, what is refused without being shown, and when a Git token is
added."""

from dataclasses import replace
from typing import Any

import pytest

from ghcr_action.buildx import secret_mounts
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.buildx.secret_mounts import Mounts
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

READ = {
    "none": ((), ()),
    "one": (("npm=abc",), (("npm", Secret("abc")),)),
    "value-with-equals": (("npm=a=b==",), (("npm", Secret("a=b==")),)),
    "value-with-lines": (
        ("key=-----BEGIN\nx\n-----END",),
        (("key", Secret("-----BEGIN\nx\n-----END")),),
    ),
    "value-with-blanks": (("a= b ",), (("a", Secret(" b ")),)),
    "id-with-blanks": ((" a =b",), (("a", Secret("b")),)),
    "two": (("a=1", "b=2"), (("a", Secret("1")), ("b", Secret("2")))),
    "same-id-twice": (("a=1", "a=2"), (("a", Secret("1")), ("a", Secret("2")))),
}


@pytest.mark.parametrize(("items", "pairs"), READ.values(), ids=READ)
def test_values__read(items: tuple[str, ...], pairs: tuple[tuple[str, Secret], ...]) -> None:
    assert secret_mounts.values(items) == Mounts(pairs=pairs)


LEFT_OUT = {
    "empty-value": (("npm=",), "'npm' is left out: it has no value (is it set"),
    "blank-value": (("npm= \n",), "'npm' is left out: it has no value"),
    "no-id": (("=abc",), "item 1 is left out: it has no id before '='"),
    "blank-id": ((" =abc",), "item 1 is left out: it has no id before '='"),
    "no-equals": (("hunter2",), "item 1 is left out: it has no '='"),
    "base64-end": (("LS0tLS1CRUdJTg==",), "item 1 is left out: it looks like a line"),
    "pem-end": (("-----END CERT-----",), "item 1 is left out: it has no '='"),
    "json-line": (('{"key": "a=b"}',), "item 1 is left out: it looks like a line"),
    "ssh-key-line": (("ssh-rsa AAAAB3Nz= me@here",), "item 1 is left out: it looks like a line"),
    "one-pad": (("abcdefghijk=",), "item 1 is left out: it has no value"),
    "base64-end-and-quote": (('LS0tLS1CRUdJTg=="',), "item 1 is left out: it looks like a line"),
    "one-pad-and-quote": (('abcdefghijk="',), "item 1 is left out: it looks like a line"),
    "sum": (("a+b=c",), "item 1 is left out: it looks like a line"),
}


@pytest.mark.parametrize(("items", "warning"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_values__left_out(items: tuple[str, ...], warning: str) -> None:
    found = secret_mounts.values(items)

    assert found.pairs == ()
    assert [said.startswith(f"`secrets`: {warning}") for said in found.warnings] == [True]


def test_values__the_lines_of_a_torn_value_are_not_shown() -> None:
    found = secret_mounts.values(("CERT=LS0tLS1CRUdJTg", "abcdefg=", "LS0tLS1CRUdJTg==", "k=v"))

    assert found.pairs == (("CERT", Secret("LS0tLS1CRUdJTg")), ("k", Secret("v")))
    assert len(found.warnings) == 2
    assert not any(part in str(found.warnings) for part in ("LS0", "abcd"))


def test_values__without_a_value_are_left_out_silently_where_github_withholds_them() -> None:
    assert secret_mounts.values(("a=", "b=1"), are_withheld=True) == Mounts(
        pairs=(("b", Secret("1")),)
    )


def test_environment__read_and_left_out() -> None:
    assert secret_mounts.environment(("a=A", "b=B"), {"A": "1", "B": ""}) == Mounts(
        pairs=(("a", "A"), ("b", "B"))
    )
    assert secret_mounts.environment(("a",), {}).warnings == (
        "`secret-envs`: item 1 is left out: it has no '='; write id=NAME_OF_THE_VARIABLE",
    )


def test_environment__a_variable_that_is_not_there_is_not_shown() -> None:
    found = secret_mounts.environment(("a=A", "npm=NPM_TOKEN", "pip=ghp_s3cret"), {"A": "1"})

    assert found.pairs == (("a", "A"),)
    named, other = found.warnings
    assert named.startswith("`secret-envs`: 'npm' is left out: the step has no variable")
    assert other.startswith("`secret-envs`: an item is left out: the step has no variable")


def test_files__read_and_left_out() -> None:
    assert secret_mounts.files(("a=./x=y",)) == Mounts(pairs=(("a", "./x=y"),))
    assert secret_mounts.files(("a=",)).warnings == (
        "`secret-files`: 'a' is left out: it has no value (is it set in the workflow?); write id=path",
    )


EVENT = Event(name="push", ref="refs/heads/main", sha="c" * 40, repository="octo/app")
OWN = Context(
    value="https://github.com/octo/app.git#main", is_git=True, why="", is_own_repository=True
)
TOKEN = Secret("t")
ADDED = ("GIT_AUTH_TOKEN.github.com", TOKEN)
TOKENS: dict[str, tuple[dict[str, Any], Context, Event, tuple[str, Secret] | None]] = {
    "own-context": ({"github_token": TOKEN}, OWN, EVENT, ADDED),
    "enterprise": (
        {"github_token": TOKEN},
        OWN,
        replace(EVENT, server_url="https://ghe.example:8443"),
        ("GIT_AUTH_TOKEN.ghe.example:8443", TOKEN),
    ),
    "other-secret": (
        {"github_token": TOKEN, "secrets": (("npm", Secret("x")),)},
        OWN,
        EVENT,
        ADDED,
    ),
    "work-tree": (
        {"github_token": TOKEN},
        replace(OWN, value=".", is_own_repository=False),
        EVENT,
        None,
    ),
    "no-token": ({}, OWN, EVENT, None),
    "empty-token": ({"github_token": Secret("")}, OWN, EVENT, None),
    "given-by-value": (
        {"github_token": TOKEN, "secrets": (("GIT_AUTH_TOKEN", Secret("x")),)},
        OWN,
        EVENT,
        None,
    ),
    "given-for-host": (
        {"github_token": TOKEN, "secrets": (("GIT_AUTH_TOKEN.github.com", Secret("x")),)},
        OWN,
        EVENT,
        None,
    ),
    "given-for-other-host": (
        {"github_token": TOKEN, "secrets": (("GIT_AUTH_TOKEN.x.org", Secret("x")),)},
        OWN,
        EVENT,
        ADDED,
    ),
    "given-by-variable": (
        {"github_token": TOKEN, "secret_envs": (("GIT_AUTH_TOKEN", "T"),)},
        OWN,
        EVENT,
        None,
    ),
    "given-by-file": (
        {"github_token": TOKEN, "secret_files": (("GIT_AUTH_TOKEN", "f"),)},
        OWN,
        EVENT,
        None,
    ),
}


@pytest.mark.parametrize(("fields", "context", "event", "expected"), TOKENS.values(), ids=TOKENS)
def test_git_logins__the_token_where_needed(
    fields: dict[str, Any], context: Context, event: Event, expected: tuple[str, Secret] | None
) -> None:
    found = secret_mounts.git_logins(BuildRequest(**fields), context, event)

    assert found == ((expected,) if expected else ())


LOGIN = GitLogin(host="git.example", header=Secret("Basic dTpw"))
OURS = GitLogin(host="github.com", header=Secret("Basic dTpw"))
HEADER = ("GIT_AUTH_HEADER.git.example", Secret("Basic dTpw"))


@pytest.mark.parametrize(
    ("secrets", "logins", "expected"),
    [
        ((), (LOGIN,), (HEADER, ADDED)),
        ((("GIT_AUTH_TOKEN", Secret("x")),), (LOGIN,), (HEADER,)),
        ((("GIT_AUTH_TOKEN.git.example", Secret("x")),), (LOGIN,), (ADDED,)),
        ((("GIT_AUTH_HEADER.git.example", Secret("x")),), (LOGIN,), (ADDED,)),
        ((), (OURS,), (OURS.secret,)),
    ],
    ids=["beside ours", "for every host", "token of its own", "header of its own", "our own host"],
)
def test_git_logins__of_addresses(
    secrets: tuple[tuple[str, Secret], ...],
    logins: tuple[GitLogin, ...],
    expected: tuple[tuple[str, Secret], ...],
) -> None:
    request = BuildRequest(github_token=TOKEN, secrets=secrets)

    assert secret_mounts.git_logins(request, replace(OWN, logins=logins), EVENT) == expected
