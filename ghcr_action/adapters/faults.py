"""What can go wrong between us and a server without an answer: which kind of fault it was, in plain
words, and which proxy stood between."""

import socket
from collections.abc import Iterator
from http.client import HTTPException
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies, select_proxy

from ghcr_action.values.answer import Fault

BROKEN = (urllib3.exceptions.HTTPError, HTTPException, OSError)
"""What reading a body can raise."""
_VARIABLES = ("https_proxy", "http_proxy", "all_proxy")


def fault(cause: BaseException) -> Fault:
    """The kind of a fault, by the types of the exceptions that led to it."""
    chain = tuple(_chain(cause))
    proxied = (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)
    kinds: tuple[tuple[Fault, tuple[type[BaseException], ...]], ...] = (
        (Fault.PROXY, proxied),
        (Fault.NAME, (socket.gaierror, urllib3.exceptions.NameResolutionError)),
        (Fault.TLS, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)),
        (Fault.REFUSED, (ConnectionRefusedError,)),
        (
            Fault.SILENT,
            (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError),
        ),
    )
    for kind, types in kinds:
        if any(isinstance(part, types) for part in chain):
            return kind
    unreachable = (101, 113)  # ENETUNREACH, EHOSTUNREACH
    if any(isinstance(part, OSError) and part.errno in unreachable for part in chain):
        return Fault.REFUSED
    return Fault.CLOSED


def words(cause: BaseException) -> str:
    """The innermost reason in plain words; the messages of requests hold whole addresses, so they
    are not used."""
    chain = tuple(_chain(cause))
    if fault(cause) is Fault.PROXY:
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


def proxy(url: str) -> str:
    """The variable that sends requests to this address by a proxy, and the proxy without its login:
    ``HTTPS_PROXY=http://proxy:3128``; empty where none does."""
    from urllib.request import getproxies_environment

    chosen = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    if not chosen:
        return ""
    known = getproxies_environment()
    scheme = urlsplit(url).scheme
    names = (each for each in (f"{scheme}_proxy", *_VARIABLES))
    name = next((each for each in names if known.get(each[:-6]) == chosen), "https_proxy")
    parts = urlsplit(chosen if "://" in chosen else f"http://{chosen}")
    return f"{name.upper()}={parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _chain(cause: BaseException) -> Iterator[BaseException]:
    yield cause
    inner = (getattr(cause, "reason", None), *cause.args, cause.__cause__)
    if found := next((part for part in inner if isinstance(part, BaseException)), None):
        yield from _chain(found)
