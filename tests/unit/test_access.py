from dataclasses import replace

import pytest

from ghcr_action.errors import SettingsError
from ghcr_action.logins import given
from ghcr_action.logins.credential import Credential
from ghcr_action.values.event import Event, PullRequest
from ghcr_action.values.secret import Secret

NOTHING = {"registry": "", "username": "", "password": "", "registry-auth": ""}
EVENT = Event(name="push", ref="refs/heads/main", sha="a" * 40, repository="octo/app", actor="mona")
TOKEN = Secret("t0ken")
PULL_REQUEST = PullRequest(
    number=7, head_sha="b" * 40, head_ref="patch", head_repository="stranger/app", base_ref="main"
)


def login(username: str, password: str) -> Credential:
    return Credential(username=username, password=Secret(password))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({}, {"ghcr.io": login("mona", "t0ken")}),
        ({"password": "p"}, {"ghcr.io": login("mona", "p")}),
        ({"username": "u", "password": "p"}, {"ghcr.io": login("u", "p")}),
        ({"registry": "https://ghcr.io/"}, {"ghcr.io": login("mona", "t0ken")}),
        (
            {"registry": "quay.io", "username": "u", "password": "p"},
            {"ghcr.io": login("mona", "t0ken"), "quay.io": login("u", "p")},
        ),
        ({"registry": "127.0.0.1:5000"}, {"ghcr.io": login("mona", "t0ken")}),
        (
            {"registry-auth": "- {registry: index.docker.io, username: u, password: 0123}"},
            {"ghcr.io": login("mona", "t0ken"), "docker.io": login("u", "0123")},
        ),
        (
            {"registry-auth": "- registry: ghcr.io\n  username: u\n  password: p"},
            {"ghcr.io": login("u", "p")},
        ),
    ],
)
def test_credentials__are_by_registry(
    texts: dict[str, str], expected: dict[str, Credential]
) -> None:
    assert given.credentials({**NOTHING, **texts}, TOKEN, EVENT) == expected


def test_credentials__without_token_nobody_is_logged_in() -> None:
    assert given.credentials(NOTHING, Secret(""), EVENT) == {}


def test_credentials__without_actor_any_name_will_do() -> None:
    event = Event(name="push", ref="", sha="", repository="", server_url="https://ghe.example")

    assert given.credentials(NOTHING, TOKEN, event) == {
        "containers.ghe.example": login("github-actions", "t0ken")
    }
    assert given.credentials({**NOTHING, "registry": "quay.io"}, TOKEN, event) == {
        "containers.ghe.example": login("github-actions", "t0ken")
    }


@pytest.mark.parametrize(
    "texts",
    [
        {"registry": "quay.io", "username": "u"},
        {"registry-auth": "- {registry: quay.io, username: u, password: }"},
        {"registry-auth": "- {registry: quay.io, username: , password: }"},
    ],
    ids=["main", "further", "all empty"],
)
def test_credentials__a_login_whose_password_is_withheld_is_left_out(texts: dict[str, str]) -> None:
    fork = replace(EVENT, name="pull_request", pull_request=PULL_REQUEST)

    assert given.credentials({**NOTHING, **texts}, TOKEN, fork) == {
        "ghcr.io": login("mona", "t0ken")
    }


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (
            {"registry": "quay.io", "password": "s3cret"},
            "`password` is given for quay.io without `username`",
        ),
        (
            {"registry": "quay.io", "username": "u"},
            "`username` is given for quay.io without `password`: is the secret set?",
        ),
        ({"registry-auth": "- {"}, "`registry-auth` is not YAML: line 1"),
        ({"registry-auth": "[" * 9000}, "`registry-auth` is not YAML"),
        ({"registry-auth": "\x00"}, "`registry-auth` is not YAML"),
        ({"registry-auth": "registry: ghcr.io"}, "`registry-auth` is not a list"),
        ({"registry-auth": "- s3cret"}, "`registry-auth`, item 1 is not a mapping"),
        (
            {
                "registry-auth": (
                    "- {registry: a, username: b, password: }\n- {registry: "
                    "a, username: b, password: s3cret, ecr: auto}"
                )
            },
            (
                "`registry-auth`, item 1 has no password\n`registry-auth`, item 2 has ecr: "
                "only registry, username and password are known"
            ),
        ),
    ],
)
def test_credentials__say_what_is_wrong_and_no_secret(texts: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        given.credentials({**NOTHING, **texts}, TOKEN, EVENT)

    assert says in str(raised.value)
    assert "s3cret" not in str(raised.value)
