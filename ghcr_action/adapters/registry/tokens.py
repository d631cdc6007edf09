"""Proofs of who we are: answers challenges, fetches bearer tokens, and keeps each until it runs
out.

Sources: https://distribution.github.io/distribution/spec/auth/token/ and RFC 7617 (Basic).
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import requests

from ghcr_action.adapters.registry import challenge as challenges
from ghcr_action.adapters.registry import refusal, retry
from ghcr_action.adapters.registry.challenge import Challenge, Grants
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.adapters.registry.streams import finish, read_small
from ghcr_action.adapters.registry.wire import Message, Wire
from ghcr_action.diagnosis import redaction
from ghcr_action.errors import AccessDenied, ActionError, Unavailable
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import Clock
from ghcr_action.values.answer import Answer, Fault, Part, Where
from ghcr_action.values.host import DOCKER_HUB, HUB_NAMES
from ghcr_action.values.patience import asked_wait
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

_LIFETIME = 60.0
"""Seconds a token lives where the answer does not say, by the token specification."""
_MARGIN = 10.0
"""Seconds before its end at which a token is not used any more."""
_MAX_ANSWER = 1024 * 1024
_TOGETHER = 16
"""Repositories in one token."""


@dataclass(frozen=True, kw_only=True)
class _Token:
    header: str = field(repr=False)
    ends: float


@dataclass
class _Host:
    """What is known of one registry: how it asks for a login, and the tokens it took."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    challenge: Challenge | None = None
    expected: Grants = frozenset()
    """Rights that later requests need: asked for together with the first, until that goes wrong in
    whatever way."""
    tokens: dict[Grants, _Token] = field(default_factory=dict)

    def together(self, grants: Grants) -> Grants:
        """These rights with those that are expected, of so many repositories that their names fit
        into an address."""
        own = {grant.repository for grant in grants}
        others = sorted({grant.repository for grant in self.expected} - own)[: _TOGETHER - len(own)]
        return grants | {grant for grant in self.expected if grant.repository in own.union(others)}

    def forget(self, used: str) -> None:
        """A header that was refused; whoever gave it for several things at once is asked for one at
        a time from now on."""
        refused = {kept for kept, token in self.tokens.items() if token.header == used}
        self.tokens = {kept: token for kept, token in self.tokens.items() if kept not in refused}
        if refused:
            self.expected = frozenset()


class Tokens:
    """The ``Authorization`` header for a registry and what is to be done there; one login at a time
    for each host."""

    def __init__(
        self,
        wire: Wire,
        credentials: Mapping[str, Credential],
        clock: Clock,
        learn: Callable[[Secret], None] = lambda _: None,
    ) -> None:
        self._wire = wire
        self._tell = learn
        self._proofs: dict[Secret, None] = {}
        self._credentials = {_account(host): credential for host, credential in credentials.items()}
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def expect(self, registry: str, grants: Grants) -> None:
        """Ask for these rights too, in one token with whatever is asked for next."""
        host = self._host(registry)
        with host.lock:
            host.expected |= grants

    def header(self, repository: Repository, grants: Grants) -> str:
        """The header to send at once; empty as long as the registry has not asked for one."""
        host = self._host(repository.registry)
        with host.lock:
            return self._answer(repository, host, grants) if host.challenge else ""

    def renew(self, repository: Repository, grants: Grants, asked: str, used: str) -> str:
        """The header to try after a 401 whose ``WWW-Authenticate`` was ``asked``; empty where
        nothing better is known.

        ``used`` is the header that was refused. Raises AccessDenied in the words of the token
        service.
        """
        host = self._host(repository.registry)
        with host.lock:
            host.challenge = challenges.choose(challenges.parse(asked)) or host.challenge
            if host.challenge is None:
                return ""
            host.forget(used)
            header = self._answer(
                repository, host, grants | host.challenge.grants if used else grants
            )
        return "" if header == used else header

    def narrow(self, repository: Repository, grants: Grants, used: str) -> str:
        """The header to try after a 403: a token with these rights only, where ``used`` had more;
        else empty."""
        host = self._host(repository.registry)
        with host.lock:
            if not any(
                grants < kept for kept, token in host.tokens.items() if token.header == used
            ):
                return ""
            host.forget(used)
            return self._answer(repository, host, grants)

    def login_hint(self, registry: str) -> str:
        """What a user can do about a refusal."""
        if credential := self._credentials.get(_account(registry)):
            return (
                f"Check that the login of {credential.username!r} for {registry} is "
                "valid and may do this."
            )
        return f"Give a login for {registry}: none was given, so it was asked without one."

    def conceal(self, text: str) -> str:
        """The text without any proof of who we are that it may hold: a registry may quote what it
        was sent."""
        passwords = (each.password for each in self._credentials.values() if each.password)
        return redaction.redact(text, (*passwords, *tuple(self._proofs)))

    def _learn(self, header: str) -> str:
        """A header of ours, whose value is a secret from now on."""
        proof = Secret(header.partition(" ")[2])
        self._proofs[proof] = None
        self._tell(proof)
        return header

    def _host(self, registry: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(registry, _Host())

    def _answer(self, repository: Repository, host: _Host, grants: Grants) -> str:
        credential = self._credentials.get(_account(repository.registry))
        if host.challenge is None or host.challenge.scheme == "basic":
            return self._learn(_basic(credential)) if credential else ""
        now = self._clock.monotonic()
        for kept, token in host.tokens.items():
            if grants <= kept and now < token.ends:
                return token.header
        wanted = host.together(grants)
        try:
            host.tokens[wanted] = self._fetch(repository, host.challenge, wanted, credential)
        except (ActionError, Transient) as fault:
            host.expected = frozenset()
            if wanted == grants or isinstance(fault, Transient):
                raise
            return self._answer(repository, host, grants)
        return host.tokens[wanted].header

    def _fetch(
        self,
        repository: Repository,
        challenge: Challenge,
        grants: Grants,
        credential: Credential | None,
    ) -> _Token:
        started, registry = self._clock.monotonic(), repository.registry
        purpose = f"log in to {registry}"
        url = _address(challenge, grants)
        about = Answer(
            where=Where.REGISTRY,
            method="GET",
            url=refusal.redact(url),
            host=registry,
            repository=repository,
            part=Part.TOKEN,
        )
        if not self._wire.may_carry_secrets(url):
            raise Unavailable(
                f"Could not {purpose}",
                why=(
                    f"it sends logins to {refusal.redact(url) or 'no address'}, which is "
                    "not an https address"
                ),
                fix=(
                    "Check the registry's name; whoever runs it has to offer its token "
                    "service over TLS."
                ),
                answer=replace(about, fault=Fault.NONSENSE),
            )
        response = self._wire.send(
            Message(method="GET", url=url, purpose=purpose, about=about),
            self._learn(_basic(credential)) if credential else "",
        )
        if response.status_code != 200:
            raise self._refused(purpose, about, response)
        try:
            found = _token(read_small(response, _MAX_ANSWER, purpose, about), started, about)
            self._learn(found.header)
            return found
        finally:
            finish(response)

    def _refused(self, purpose: str, about: Answer, response: requests.Response) -> Exception:
        codes, said = refusal.read(finish(response))
        status, words = response.status_code, self.conceal(said)
        asked = asked_wait(response.headers.get("Retry-After", ""), words, self._clock.now())
        answer = replace(about, status=status, codes=codes, words=words, retry_after=asked)
        refused = refusal.Refusal(purpose=purpose, answer=answer)
        error = refused.error(self.login_hint(about.host))
        if retry.is_transient("GET", status, codes, words):
            return Transient(error)
        return error.as_kind(AccessDenied) if status in (400, 404) else error


def _account(registry: str) -> str:
    return DOCKER_HUB if registry in HUB_NAMES else registry


def _basic(credential: Credential) -> str:
    pair = f"{credential.username}:{credential.password.reveal()}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _address(challenge: Challenge, grants: Grants) -> str:
    realm = challenge.parameters.get("realm", "")
    service = challenge.parameters.get("service", "")
    query = urlencode(
        [
            *[("service", service)][: bool(service)],
            *(("scope", scope) for scope in challenges.scopes(grants)),
        ],
        safe=":/,",
    )
    return f"{realm}{'&' if '?' in realm else '?'}{query}"


def _token(body: bytes, started: float, about: Answer) -> _Token:
    """``{"token" or "access_token", "expires_in": seconds}``; the token is opaque. Raises
    Unavailable."""
    try:
        document: Any = json.loads(body)
        text = str(document.get("token") or document.get("access_token") or "")
        lifetime = float(document.get("expires_in") or _LIFETIME)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as cause:
        raise _no_token(about, "its token service did not answer with a JSON object") from cause
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise _no_token(about, "its token service gave no token, or one that can't be sent")
    return _Token(header=f"Bearer {text}", ends=started + max(lifetime - _MARGIN, lifetime / 2))


def _no_token(about: Answer, why: str) -> Unavailable:
    return Unavailable(
        f"Could not log in to {about.host}",
        why=why,
        fix="Check the registry's name, then run again.",
        answer=replace(about, status=200, fault=Fault.NONSENSE),
    )
