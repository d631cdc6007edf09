"""What is hidden of a file that a build mounts as a secret."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.diagnosis import file_secrets
from ghcr_action.diagnosis.redaction import Redaction

KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA75\nq8vT0z==\n-----END KEY-----\n"


def hidden(content: str | bytes) -> Redaction:
    door = Redaction()
    found = file_secrets.found(content if isinstance(content, bytes) else content.encode())
    assert found is not None
    door.learn(*found)
    return door


@pytest.mark.parametrize(
    ("content", "secrets"),
    [
        ("hunter2", ["hunter2"]),
        ("hunter2\n", ["hunter2"]),
        ("\r\n pw \r\n\r\n", ["pw"]),
        (KEY, ["MIIEpAIBAAKCAQEA75", "q8vT0z=="]),
        ("//npm.pkg.example/:_authToken=npm-0123456789\nalways-auth=true\n", ["npm-0123456789"]),
        ("machine git.example\nlogin octo\npassword horse-battery\n", ["horse-battery"]),
        ("[default]\naws_secret_access_key = wJalrXUt/7MDENG\n", ["wJalrXUt/7MDENG"]),
        ("[global]\nindex-url = https://me:pypi-secret@pypi.example/simple\n", ["pypi-secret"]),
        (json.dumps({"auths": {"r": {"auth": "b2N0bzpwdw=="}}}, indent=1), ["b2N0bzpwdw=="]),
        ("token: 'abcdefgh1'\nuser: octo\n", ["abcdefgh1"]),
        ('DB_PASSWORD="horse battery"\nMODE=fast\n', ["horse battery"]),
        ("API-KEY 0123456789ab\n# a comment\n", ["0123456789ab"]),
    ],
)
def test_found__is_hidden_wherever_it_stands(content: str, secrets: list[str]) -> None:
    door = hidden(content)

    for secret in secrets:
        assert secret not in door(f"step 3: [{secret}] was used by the build")


def test_found__leaves_what_is_in_every_log() -> None:
    door = hidden('{\n  "a": 1,\n  "token": "abcdefgh1"\n}\n---\ntrue\nnull\n')
    line = "{ 1: null, 2: true } --- done"

    assert door(line) == line


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"a\0b", b"\xe9\xe9", b"x" * (file_secrets.MOST + 1)]
)
def test_found__no_text_or_too_much(content: bytes) -> None:
    assert file_secrets.found(content) is None


def test_found__of_nothing() -> None:
    assert file_secrets.found(b" \n\n") == ()
    assert file_secrets.found(b"x" * file_secrets.MOST) != ()


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)).map(
        "\n".join
    )
)
def test_found__each_telling_line_of_any_text_is_hidden(text: str) -> None:
    found = file_secrets.found(text.encode()) or ()
    revealed = {secret.reveal() for secret in found}

    for line in text.splitlines():
        if sum(map(str.isalnum, line)) >= 6:
            assert line.strip() in revealed
