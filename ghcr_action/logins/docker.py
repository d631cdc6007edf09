"""Logins: who we are to which registry, and the docker configuration that says so.

Pure: the configuration is a value here; an adapter writes it to a private directory.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from ghcr_action.logins.credential import Credential
from ghcr_action.values.host import DOCKER_HUB, HUB_NAMES
from ghcr_action.values.secret import Secret

_HUB_KEY = "https://index.docker.io/v1/"


def docker_config(existing: bytes | None, credentials: Mapping[str, Credential]) -> bytes:
    """The text of a ``config.json``: what the user already has (proxies, other logins), and our
    logins in front of it.

    For our hosts an empty credential helper is named, since a ``credsStore`` of the user's would
    win over ``auths`` (https://github.com/docker/cli/blob/master/cli/config/configfile/file.go,
    ``getConfiguredCredentialStore``).
    """
    config = _object(existing)
    entries = {
        key(host): {"auth": basic(credential).reveal()} for host, credential in credentials.items()
    }
    config["auths"] = {**_part(config, "auths"), **entries}
    if config.get("credsStore") or config.get("credHelpers"):
        config["credHelpers"] = {**_part(config, "credHelpers"), **dict.fromkeys(entries, "")}
    return json.dumps(config, indent=1).encode()


def stored(existing: bytes | None) -> tuple[dict[str, Credential], dict[str, str]]:
    """What ``docker login`` has left in a ``config.json``: host to login, and host to the name of
    the helper that keeps it.

    An entry that can't be read is none, and neither is an identity token, which is no password.
    """
    config = _object(existing)
    auths, named, store = (
        _part(config, "auths"),
        _part(config, "credHelpers"),
        config.get("credsStore"),
    )
    helpers = {
        _host(key): str(named.get(key, store)) for key in (*auths, *named) if named.get(key, store)
    }
    logins = {
        _host(key): found
        for key, entry in auths.items()
        if (found := _decoded(entry)) and _host(key) not in helpers
    }
    return logins, helpers


def keeper(existing: bytes | None, host: str) -> str:
    """The helper that keeps the login of a host; empty where the file itself does."""
    config = _object(existing)
    found = _part(config, "credHelpers").get(key(host), config.get("credsStore"))
    return found if isinstance(found, str) else ""


def for_helper(host: str, credential: Credential) -> Secret:
    """What a credential helper reads for ``store``.

    Source: https://github.com/docker/docker-credential-helpers#development.
    """
    document = {
        "ServerURL": key(host),
        "Username": credential.username,
        "Secret": credential.password.reveal(),
    }
    return Secret(json.dumps(document))


def helped(answer: bytes) -> Credential | None:
    """What a credential helper answers to ``get``: ``{"ServerURL", "Username", "Secret"}``; None
    where it has no password.

    Source: https://github.com/docker/docker-credential-helpers#development.
    """
    found = _object(answer)
    username, secret = found.get("Username"), found.get("Secret")
    if (
        not (isinstance(username, str) and isinstance(secret, str))
        or username in ("", "<token>")
        or not secret
    ):
        return None
    return Credential(username=username, password=Secret(secret))


def key(host: str) -> str:
    """What docker calls a registry in its configuration."""
    return _HUB_KEY if host in HUB_NAMES else host


def basic(credential: Credential) -> Secret:
    """User and password as Basic authentication has them; a secret of its own, since masks match
    literally."""
    return Secret(
        base64.b64encode(f"{credential.username}:{credential.password.reveal()}".encode()).decode()
    )


def _host(name: str) -> str:
    return DOCKER_HUB if name == _HUB_KEY else name.partition("://")[2].partition("/")[0] or name


def _decoded(entry: object) -> Credential | None:
    """An entry of ``auths``: user and password in base64; None where it holds none."""
    text = entry.get("auth") if isinstance(entry, dict) else None
    try:
        username, _, password = base64.b64decode(text or "", validate=True).decode().partition(":")
    except (ValueError, TypeError):
        return None
    return (
        Credential(username=username, password=Secret(password)) if username and password else None
    )


def _object(text: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = config.get(key)
    return dict(found) if isinstance(found, dict) else {}
