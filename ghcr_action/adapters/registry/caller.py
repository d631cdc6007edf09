"""Asks a registry one question until it has an answer: login, renewal, retry by class, and
errors for users."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import requests

from ghcr_action.adapters.registry import refusal, retry
from ghcr_action.adapters.registry.address import origin
from ghcr_action.adapters.registry.challenge import Grant, Grants
from ghcr_action.adapters.registry.retry import Transient
from ghcr_action.adapters.registry.streams import Upload, finish
from ghcr_action.adapters.registry.tokens import Tokens
from ghcr_action.adapters.registry.wire import Message, Wire
from ghcr_action.ports import Clock
from ghcr_action.values.answer import Answer, Fault, Part, Where
from ghcr_action.values.patience import Patience, asked_wait
from ghcr_action.values.reference import Repository


class First:
    """One gate for each registry, open for good once its first answer, or failure, has come."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._gates: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextmanager
    def at(self, registry: str) -> Iterator[None]:
        """Alone as long as this registry has not answered; beside the others afterwards."""
        with self._lock:
            gate = self._gates.setdefault(registry, threading.Lock())
        with gate:
            is_first = registry not in self._open
            if is_first:
                try:
                    yield
                finally:
                    self._open.add(registry)
        if not is_first:
            yield


_NOBODY = (Fault.NAME, Fault.REFUSED)
"""Nobody was there at all."""
LOGGER = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question: what for, where, with which rights, and which statuses are an answer to it."""

    purpose: str
    method: str
    repository: Repository
    part: Part
    path: str
    """Below ``/v2/REPOSITORY/``, or a whole address that the registry gave."""
    accepted: frozenset[int]
    actions: tuple[str, ...] = ("pull",)
    origin: Repository | None = None
    """Another repository of the same registry that is read by this call."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Upload = b""
    follows: bool = True

    @property
    def about(self) -> Answer:
        """What is known of the answer before it comes."""
        return Answer(
            where=Where.REGISTRY,
            method=self.method,
            host=self.repository.registry,
            repository=self.repository,
            part=self.part,
            sent=self.body.size if isinstance(self.body, Upload) else 0,
        )

    @property
    def grants(self) -> Grants:
        """The rights that a token has to hold."""
        own = {Grant(self.repository.path, action) for action in self.actions}
        return frozenset(own | ({Grant(self.origin.path, "pull")} if self.origin else set()))


class Caller:
    """Joins wire, tokens and policy; one for a run, safe to use from several threads."""

    def __init__(self, wire: Wire, tokens: Tokens, policy: Patience, clock: Clock) -> None:
        self._wire = wire
        self._tokens = tokens
        self._policy = policy
        self._clock = clock
        self._first = First()

    def ask(self, call: Call, read: Callable[[requests.Response], Result]) -> Result:
        """What ``read`` makes of the answer; both are tried again where a fault may pass.

        Raises the ActionError of the last attempt.
        """

        def attempt() -> Result:
            with self.once(call) as response:
                return read(response)

        return self.patiently(attempt)

    def patiently(self, attempt: Callable[[], Result]) -> Result:
        """Run ``attempt`` until it does not raise Transient, or the policy gives up: then raises
        the error it carries."""
        number = 0
        while True:
            try:
                return attempt()
            except Transient as fault:
                self.pause(fault, number)
                number += 1

    def pause(self, fault: Transient, number: int) -> None:
        """Wait before the attempt after this one; raises the fault's error where there is none."""
        policy = self._policy
        answer = fault.error.answer
        if answer and answer.fault in _NOBODY and policy.unreached is not None:
            policy = replace(policy, retries=min(policy.retries, policy.unreached))
        wait = policy.wait(number, self._clock.jitter(), fault.asked)
        if wait is None or fault.is_spent(number):
            raise fault.error from fault
        LOGGER.info(
            "%s; trying again in %.1f s (%d of %d)",
            fault.error.why,
            wait,
            number + 1,
            policy.retries,
        )
        self._clock.sleep(wait)

    @contextmanager
    def once(self, call: Call) -> Iterator[requests.Response]:
        """One attempt: the answer with its body unread. Raises Transient, or an ActionError that is
        final."""
        response = self._logged_in(call)
        try:
            if response.status_code not in call.accepted:
                raise self._refused(call, response)
            yield response
        finally:
            if call.method == "GET" and response.status_code == 200:
                response.close()
            else:
                finish(response)

    def _logged_in(self, call: Call) -> requests.Response:
        with self._first.at(call.repository.registry):
            base = self._wire.base(call.repository.registry)
            url = (
                call.path if "://" in call.path else f"{base}/v2/{call.repository.path}/{call.path}"
            )
            message = Message(
                method=call.method,
                url=url,
                purpose=call.purpose,
                about=call.about,
                headers=call.headers,
                body=call.body,
                follows=call.follows,
            )
            if origin(url) != origin(base):
                return self._wire.send(message, "")
            header = self._tokens.header(call.repository, call.grants)
            response = self._wire.send(message, header)
            if response.status_code not in (401, 403) or origin(response.url) != origin(base):
                return response
            renewed = self._renewed(call, response, header)
        if not renewed:
            return response
        finish(response)
        return self._wire.send(message, renewed)

    def _renewed(self, call: Call, response: requests.Response, header: str) -> str:
        """The header to try after this refusal; empty where nothing better is known."""
        repository = call.repository
        try:
            if response.status_code == 403:
                return self._tokens.narrow(repository, call.grants, header)
            return self._tokens.renew(
                repository, call.grants, response.headers.get("WWW-Authenticate", ""), header
            )
        except BaseException:
            finish(response)
            raise

    def _refused(self, call: Call, response: requests.Response) -> Exception:
        body, status = finish(response), response.status_code
        codes, said = refusal.read(
            self._explanation(call, status)
            if call.method == "HEAD" and status in (401, 403)
            else body
        )
        words = self._tokens.conceal(said)
        asked = asked_wait(response.headers.get("Retry-After", ""), words, self._clock.now())
        answer = replace(
            call.about,
            url=refusal.redact(response.url),
            status=status,
            codes=codes,
            words=words,
            retry_after=asked,
        )
        refused = refusal.Refusal(purpose=call.purpose, answer=answer)
        error = refused.error(
            self._tokens.login_hint(call.repository.registry) if status in (401, 403) else ""
        )
        return Transient(error) if retry.is_transient(call.method, status, codes, words) else error

    def _explanation(self, call: Call, status: int) -> bytes:
        """The same question as GET: the answer to HEAD has no body, so its message is lost. What is
        answered otherwise explains nothing."""
        response = self._logged_in(replace(call, method="GET"))
        body = finish(response)
        return body if response.status_code == status else b""
