"""Logins: who we are to which registry, and the docker configuration that says so.

Pure: the configuration is a value here; an adapter writes it to a private directory.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from ghcr_action.values.access import Credential
from ghcr_action.values.secret import Secret

_HUB_KEY = "https://index.docker.io/v1/"


def docker_config(existing: bytes | None, credentials: Mapping[str, Credential]) -> bytes:
    """The text of a ``config.json``: what the user already has (proxies, other logins), and our logins in front of it.

    For our hosts an empty credential helper is named, since a ``credsStore`` of the user's would win over ``auths``
    (https://github.com/docker/cli/blob/master/cli/config/configfile/file.go, ``getConfiguredCredentialStore``).
    """
    config = _object(existing)
    entries = {_key(host): {"auth": basic(credential).reveal()} for host, credential in credentials.items()}
    config["auths"] = {**_part(config, "auths"), **entries}
    if config.get("credsStore") or config.get("credHelpers"):
        config["credHelpers"] = {**_part(config, "credHelpers"), **dict.fromkeys(entries, "")}
    return json.dumps(config, indent=1).encode()


def basic(credential: Credential) -> Secret:
    """User and password as Basic authentication has them; a secret of its own, since masks match literally."""
    return Secret(base64.b64encode(f"{credential.username}:{credential.password.reveal()}".encode()).decode())


def _key(host: str) -> str:
    return _HUB_KEY if host in ("docker.io", "index.docker.io", "registry-1.docker.io") else host


def _object(text: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _part(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = config.get(key)
    return dict(found) if isinstance(found, dict) else {}
