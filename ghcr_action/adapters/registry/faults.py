"""What can go wrong between us and a registry without an answer, in plain words."""

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
    """The innermost reason in plain words; the messages of requests hold whole addresses, so they are not used."""
    if isinstance(cause, (requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)):
        return "no connection within the time allowed"
    if isinstance(cause, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return "no answer within the time allowed"
    if isinstance(cause, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)):
        return "the proxy did not connect"
    if isinstance(cause, OSError) and cause.strerror and not isinstance(cause, requests.RequestException):
        return cause.strerror[:1].lower() + cause.strerror[1:]
    inner = next((part for part in (getattr(cause, "reason", None), *cause.args) if isinstance(part, BaseException)), None)
    return words(inner) if inner else "the connection failed"
