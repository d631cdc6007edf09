import json

import pytest

from ghcr_action.logins import docker
from ghcr_action.logins.credential import Credential
from ghcr_action.values.secret import Secret

MONA = Credential(username="mona", password=Secret("pw"))
ENTRY = {"auth": "bW9uYTpwdw=="}


def config(existing: object, *hosts: str) -> object:
    text = (
        existing
        if isinstance(existing, bytes) or existing is None
        else json.dumps(existing).encode()
    )
    return json.loads(docker.docker_config(text, dict.fromkeys(hosts, MONA)))


def test_docker_config__starts_empty() -> None:
    assert config(None, "ghcr.io") == {"auths": {"ghcr.io": ENTRY}}


def test_docker_config__keeps_what_the_user_has() -> None:
    existing = {
        "auths": {"quay.io": {"auth": "x"}, "ghcr.io": {"auth": "old"}},
        "proxies": {"default": {"httpProxy": "p"}},
    }

    assert config(existing, "ghcr.io") == {
        "auths": {"quay.io": {"auth": "x"}, "ghcr.io": ENTRY},
        "proxies": {"default": {"httpProxy": "p"}},
    }


def test_docker_config__our_hosts_pass_by_the_credential_store() -> None:
    existing = {"credsStore": "desktop", "credHelpers": {"gcr.io": "gcloud"}}

    assert config(existing, "ghcr.io") == {
        "auths": {"ghcr.io": ENTRY},
        "credsStore": "desktop",
        "credHelpers": {"gcr.io": "gcloud", "ghcr.io": ""},
    }


def test_docker_config__knows_docker_hub_by_its_old_name() -> None:
    assert config(b"not json", "docker.io") == {"auths": {"https://index.docker.io/v1/": ENTRY}}
    assert config([], "docker.io") == {"auths": {"https://index.docker.io/v1/": ENTRY}}


def test_basic__is_a_secret() -> None:
    assert docker.basic(MONA) == Secret("bW9uYTpwdw==")


STORED = {
    "a login": ({"auths": {"ghcr.io": ENTRY}}, ({"ghcr.io": MONA}, {})),
    "Docker Hub": ({"auths": {"https://index.docker.io/v1/": ENTRY}}, ({"docker.io": MONA}, {})),
    "an address": ({"auths": {"https://quay.io/v2/": ENTRY}}, ({"quay.io": MONA}, {})),
    "a store for all": (
        {"auths": {"ghcr.io": {}, "quay.io": ENTRY}, "credsStore": "pass"},
        ({}, {"ghcr.io": "pass", "quay.io": "pass"}),
    ),
    "a helper for one": (
        {"auths": {"ghcr.io": ENTRY}, "credHelpers": {"gcr.io": "gcloud"}},
        ({"ghcr.io": MONA}, {"gcr.io": "gcloud"}),
    ),
    "no helper for one": (
        {"auths": {"ghcr.io": ENTRY}, "credsStore": "pass", "credHelpers": {"ghcr.io": ""}},
        ({"ghcr.io": MONA}, {}),
    ),
    "an identity token": (
        {"auths": {"x.azurecr.io": {"auth": "bW9uYTo=", "identitytoken": "t"}}},
        ({}, {}),
    ),
    "nonsense": (
        {"auths": {"a": {"auth": "%"}, "b": {"auth": 7}, "c": [], "d": {"auth": "/w=="}, "e": {}}},
        ({}, {}),
    ),
}


@pytest.mark.parametrize(("existing", "found"), STORED.values(), ids=STORED.keys())
def test_stored__logins_and_who_keeps_them(existing: object, found: object) -> None:
    assert docker.stored(json.dumps(existing).encode()) == found


def test_stored__nothing_where_there_is_no_configuration() -> None:
    assert docker.stored(None) == ({}, {})


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b'{"ServerURL": "ghcr.io", "Username": "mona", "Secret": "pw"}', MONA),
        (b'{"Username": "<token>", "Secret": "refresh"}', None),
        (b'{"Username": "mona", "Secret": ""}', None),
        (b'{"Username": "", "Secret": "pw"}', None),
        (b'{"Username": 7, "Secret": "pw"}', None),
        (b"credentials not found in native keychain", None),
    ],
    ids=["login", "identity token", "no secret", "no user", "number", "no JSON"],
)
def test_helped__a_password_or_none(answer: bytes, found: Credential | None) -> None:
    assert docker.helped(answer) == found


@pytest.mark.parametrize(
    ("existing", "helper"),
    [
        (None, ""),
        ({"credsStore": "desktop"}, "desktop"),
        ({"credsStore": "desktop", "credHelpers": {"ghcr.io": "pass"}}, "pass"),
        ({"credHelpers": {"ghcr.io": ""}}, ""),
        ({"credsStore": 1}, ""),
    ],
)
def test_keeper__is_the_helper_of_the_host(existing: object, helper: str) -> None:
    text = None if existing is None else json.dumps(existing).encode()

    assert docker.keeper(text, "ghcr.io") == helper


def test_for_helper__is_what_docker_gives_it() -> None:
    given = json.loads(docker.for_helper("docker.io", MONA).reveal())

    assert given == {
        "ServerURL": "https://index.docker.io/v1/",
        "Username": "mona",
        "Secret": "pw",
    }
