"""Secret items: what is read, what is refused without being shown, and when a Git token is
added."""

from dataclasses import replace
from typing import Any

import pytest

from ghcr_action.buildx import secret_mounts
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Context
from ghcr_action.errors import SettingsError
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
    assert secret_mounts.values(items) == pairs


REFUSED = {
    "empty-value": (("npm=",), "`secrets`: 'npm' has no value"),
    "blank-value": (("npm= \n",), "`secrets`: 'npm' has no value"),
    "no-id": (("=abc",), "item 1 of `secrets` has no id before '='"),
    "blank-id": ((" =abc",), "item 1 of `secrets` has no id before '='"),
    "no-equals": (("a=1", "hunter2"), "item 2 of `secrets` has no '='"),
    "several": (
        ("a=", "-----END", "=x", "b=1"),
        (
            "`secrets`: 'a' has no value; item 2 of `secrets` has no '='; item 3 of "
            "`secrets` has no id before '='"
        ),
    ),
}


@pytest.mark.parametrize(("items", "what"), REFUSED.values(), ids=REFUSED)
def test_values__refused(items: tuple[str, ...], what: str) -> None:
    with pytest.raises(SettingsError) as caught:
        secret_mounts.values(items)

    assert str(caught.value) == (
        f"{what}\n"
        "Why: A secret or variable of the workflow that is not set is empty; the lines of a value without double quotes are items\n"
        'Fix: Write id=value, or "id=line 1⏎line 2" in double quotes'
    )


def test_values__without_a_value_are_left_out_where_github_withholds_them() -> None:
    assert secret_mounts.values(("a=", "b=1"), are_withheld=True) == (("b", Secret("1")),)

    with pytest.raises(SettingsError, match="item 1 of `secrets` has no id before"):
        secret_mounts.values(("=",), are_withheld=True)


def test_environment__read_and_refused() -> None:
    assert secret_mounts.environment(("a=A", "b=B"), {"A": "1", "B": ""}) == (
        ("a", "A"),
        ("b", "B"),
    )

    with pytest.raises(SettingsError) as caught:
        secret_mounts.environment(("a",), {})

    assert (caught.value.what, caught.value.fix) == (
        "item 1 of `secret-envs` has no '='",
        "Write id=NAME_OF_THE_VARIABLE",
    )


def test_environment__a_variable_that_is_not_there_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        secret_mounts.environment(("a=A", "npm=ghp_s3cret"), {"A": "1"})

    assert caught.value.what == "`secret-envs`: no variable of the step for 'npm'"
    assert "s3cret" not in str(caught.value)


def test_files__read_and_refused() -> None:
    assert secret_mounts.files(("a=./x=y",)) == (("a", "./x=y"),)

    with pytest.raises(SettingsError) as caught:
        secret_mounts.files(("a=",))

    assert (caught.value.what, caught.value.fix) == (
        "`secret-files`: 'a' has no value",
        "Write id=path",
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
        ("GIT_AUTH_TOKEN.ghe.example", TOKEN),
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
def test_git_token__where_needed(
    fields: dict[str, Any], context: Context, event: Event, expected: tuple[str, Secret] | None
) -> None:
    assert secret_mounts.git_token(BuildRequest(**fields), context, event) == expected
