"""A login that stands in a Git address: taken out of it, so that it is on no command line, and
handed to the engine as a secret.

What Git makes of ``https://USER:PASSWORD@HOST`` is Basic authentication. BuildKit sends the secret
``GIT_AUTH_HEADER.HOST`` as that header, before a ``GIT_AUTH_TOKEN``; HOST has its port. Source:
https://github.com/moby/buildkit, ``source/git/source.go`` (``authSecretNames``).
"""

import binascii
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from ghcr_action.values.secret import Secret

GIT_AUTH_HEADER = "GIT_AUTH_HEADER"


@dataclass(frozen=True, kw_only=True)
class GitLogin:
    """What one host's repositories are opened with."""

    host: str
    """With its port, as in the address."""
    header: Secret
    """The value of ``Authorization``."""

    @property
    def secret(self) -> tuple[str, Secret]:
        """Id and value for the engine."""
        return f"{GIT_AUTH_HEADER}.{self.host}", self.header

    def opens(self, address: str) -> bool:
        """Whether an address is one of this host's."""
        return any(
            address.startswith(f"{scheme}://{self.host}{end}")
            for scheme in ("http", "https")
            for end in "/?#"
        )


def split(address: str) -> tuple[str, GitLogin | None]:
    """A Git address without its login, and the login. An address that has none stays as it is, and
    so does one of SSH: the name before its host is no secret."""
    scheme, mark, rest = address.partition("://")
    end = next((at for at, letter in enumerate(rest) if letter in "/?#"), len(rest))
    login, at, host = rest[:end].rpartition("@")
    if scheme.lower() not in ("http", "https") or not at:
        return address, None
    user, _, password = login.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}".encode()
    header = Secret(f"Basic {b64encode(pair).decode()}")
    return f"{scheme}{mark}{host}{rest[end:]}", GitLogin(host=host, header=header)


def unambiguous(logins: Iterable[GitLogin | None]) -> tuple[GitLogin, ...]:
    """The login of each host that has exactly one: BuildKit takes no second one for a host."""
    found = dict.fromkeys(filter(None, logins))
    hosts = Counter(login.host for login in found)
    return tuple(login for login in found if hosts[login.host] == 1)


def parts(header: str) -> tuple[str, ...]:
    """What nobody may read of a header or a token: itself, without its scheme, and the password in
    it."""
    bare = header.split(" ", 1)[-1]
    try:
        password = b64decode(bare, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        password = ""
    return tuple(filter(None, dict.fromkeys((header, bare, password))))
