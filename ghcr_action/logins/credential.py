"""A login for one registry: who, and the secret that proves it."""

from dataclasses import dataclass

from ghcr_action.values.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A user name and a password or token, as a registry's Basic authentication takes them."""

    username: str
    password: Secret
