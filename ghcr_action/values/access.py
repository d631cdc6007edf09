"""Who we are to a registry."""

from dataclasses import dataclass

from ghcr_action.values.secret import Secret


@dataclass(frozen=True)
class Credential:
    """A user name and a password or token for one registry."""

    username: str
    password: Secret
