"""What can go wrong between us and a registry without an answer, in plain words."""

from collections.abc import Iterator
from http.client import HTTPException

import requests
import urllib3.exceptions

from ghcr_action.errors import ActionError

BROKEN = (urllib3.exceptions.HTTPError, HTTPException, OSError)
"""What reading a body can raise."""


class Passing(Exception):
    """A fault that another attempt may not meet; ``error`` is what to raise when patience ends."""

    def __init__(self, error: ActionError, asked: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.asked = asked


def words(cause: BaseException) -> str:
    """The innermost reason in plain words; the messages of requests hold whole addresses, so they
    are not used."""
    chain = tuple(_chain(cause))
    if any(
        isinstance(part, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError))
        for part in chain
    ):
        return "the proxy did not connect"
    for part in reversed(chain):
        if (
            isinstance(part, OSError)
            and part.strerror
            and not isinstance(part, requests.RequestException)
        ):
            return part.strerror[:1].lower() + part.strerror[1:]
        if isinstance(part, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
            return "no answer within the time allowed"
    return (
        "the connection was closed"
        if any(isinstance(part, ConnectionError) for part in chain)
        else "the connection failed"
    )


def _chain(cause: BaseException) -> Iterator[BaseException]:
    yield cause
    inner = (getattr(cause, "reason", None), *cause.args, cause.__cause__)
    if found := next((part for part in inner if isinstance(part, BaseException)), None):
        yield from _chain(found)
