import json

from ghcr_action import login
from ghcr_action.values.access import Credential
from ghcr_action.values.secret import Secret

MONA = Credential(username="mona", password=Secret("pw"))
ENTRY = {"auth": "bW9uYTpwdw=="}


def config(existing: object, *hosts: str) -> object:
    text = existing if isinstance(existing, bytes) or existing is None else json.dumps(existing).encode()
    return json.loads(login.docker_config(text, dict.fromkeys(hosts, MONA)))


def test_docker_config__starts_empty() -> None:
    assert config(None, "ghcr.io") == {"auths": {"ghcr.io": ENTRY}}


def test_docker_config__keeps_what_the_user_has() -> None:
    existing = {"auths": {"quay.io": {"auth": "x"}, "ghcr.io": {"auth": "old"}}, "proxies": {"default": {"httpProxy": "p"}}}

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
    assert login.basic(MONA) == Secret("bW9uYTpwdw==")
