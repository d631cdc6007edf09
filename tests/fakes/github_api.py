"""GitHub's API as a local HTTP server with a memory, for clients that speak the real protocol.

Every request and every answer is checked against GitHub's published description; what does not fit
fails the test that asked.

    with github_api.serve() as api:
        api.account.add_repository("acme/tools")
        api.fail(github_api.unavailable(), times=2)
        ...PyGitHub(api.url, Secret(github_api.WRITER), "acme/tools")...
"""

import json
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import tests.fakes.github_packages  # noqa: F401  registers its answers
from tests.fakes.github_account import FORBIDDEN, READER, WRITER, Account, Answer, Call, error
from tests.fakes.http import Server
from tests.fakes.openapi_description import description

__all__ = [
    "READER",
    "WRITER",
    "GitHubApi",
    "Raw",
    "forbidden",
    "garbage",
    "not_found",
    "primary_limit",
    "secondary_limit",
    "serve",
    "truncated",
    "unavailable",
]

HOURLY = 1000


@dataclass(kw_only=True)
class Raw:
    """Bytes instead of a document: what a proxy or a torn connection gives. ``missing`` bytes are
    announced but never sent."""

    status: int = 200
    content: bytes = b""
    missing: int = 0
    headers: dict[str, str] = field(default_factory=dict)


def primary_limit(reset: int = 4_102_444_800) -> Answer:
    """The hourly limit is used up; ``reset`` in seconds since 1970."""
    refusal = error(403, "API rate limit exceeded for installation ID 1.")
    refusal.headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return refusal


def secondary_limit(retry_after: int = 0) -> Answer:
    """Too many requests at once; ``retry_after`` in seconds."""
    refusal = error(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    )
    refusal.headers = {"Retry-After": str(retry_after)}
    return refusal


def forbidden() -> Answer:
    return error(403, FORBIDDEN)


def not_found() -> Answer:
    return error(404, "Not Found")


def unavailable(status: int = 503) -> Raw:
    """A front end's error page."""
    return Raw(
        status=status,
        content=b"<html><title>Unicorn!</title></html>",
        headers={"Content-Type": "text/html"},
    )


def truncated() -> Raw:
    """The connection ends in the middle of a document."""
    return Raw(content=b'{"id": 1, "full_na', missing=500)


def garbage() -> Raw:
    """A whole answer that is half a document."""
    return Raw(content=b'{"id": 1, "full_na')


@dataclass(kw_only=True)
class _Failure:
    what: Answer | Raw
    times: int
    verb: str
    path: str


@dataclass
class GitHubApi:
    """A running server: its address, its memory, what was asked, and what was against the
    description."""

    url: str = ""
    account: Account = field(default_factory=Account)
    requests: list[str] = field(default_factory=list)
    """``GET /repos/acme/tools``, with the query, in order."""
    violations: list[str] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)
    """Other texts that are one of the tokens, for runs that have one for API and registry."""
    prefix: str = ""
    """What stands before every path, as `/api/v3` at a GitHub Enterprise Server."""
    changes_visibility: bool = False
    """Whether this is a server of the future that takes a PATCH of a package; none does, and no
    description has it."""
    _failures: list[_Failure] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, what: Answer | Raw, *, times: int = 1, verb: str = "", path: str = "") -> None:
        """Answer the next requests (of this verb, with this path's beginning) like this."""
        self._failures.append(_Failure(what=what, times=times, verb=verb, path=path))

    def respond(self, verb: str, target: str, token: str | None, body: Any) -> Answer | Raw:
        with self._lock:
            self.requests.append(f"{verb} {target}")
            path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
            route = description().route(verb, path)
            answer = self._failure(verb, path) or self._answer(route, query, token, body)
            if isinstance(answer, Raw):
                return answer
            if (
                verb == "PATCH"
                and self.changes_visibility
                and (package := self.account.package_at(path))
            ):
                package.visibility = body["visibility"]
                return Raw(content=b"{}", headers={"Content-Type": "application/json"})
            if answer.page is not None:
                self._cut_page(answer, path, query)
            self.violations += description().wrong_answer(
                route[0] if route else None, answer.status, answer.document
            )
            answer.headers = {"X-RateLimit-Limit": str(HOURLY), **self._used(), **answer.headers}
            return answer

    def _answer(
        self,
        route: tuple[str, tuple[str, ...]] | None,
        query: dict[str, str],
        token: str | None,
        body: Any,
    ) -> Answer:
        if route is None:
            return not_found()
        wrong = description().wrong_request(route[0], set(query), body)
        self.violations += wrong
        if wrong and body is not None:
            return error(422, "Invalid request.")
        return self.account.answer(
            route[0], Call(parts=route[1], query=query, body=body, token=token)
        )

    def _failure(self, verb: str, path: str) -> Answer | Raw | None:
        for failure in self._failures:
            if failure.times and failure.verb in ("", verb) and path.startswith(failure.path):
                failure.times -= 1
                return failure.what
        return None

    def _cut_page(self, answer: Answer, path: str, query: dict[str, str]) -> None:
        items = answer.page or ()
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        last = max(1, -(-len(items) // size))
        links = {"prev": page - 1, "next": page + 1, "first": 1, "last": last}
        useful = {
            name: number for name, number in links.items() if 1 <= number <= last and number != page
        }
        answer.document = list(items[(page - 1) * size : page * size])
        if useful:
            pages = (
                (name, urlencode({**query, "page": number})) for name, number in useful.items()
            )
            answer.headers["Link"] = ", ".join(
                f'<{self.url}{path}?{search}>; rel="{name}"' for name, search in pages
            )

    def _used(self) -> dict[str, str]:
        used = len(self.requests)
        return {
            "X-RateLimit-Remaining": str(HOURLY - used),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": "4102444800",
            "X-RateLimit-Resource": "core",
        }


@contextmanager
def serve(prefix: str = "") -> Iterator[GitHubApi]:
    """A server on a free loopback port; AssertionError at the end where a message did not fit the
    description.

    It is a proxy as well, for programs (gh) that can't be told where the API is but which proxy
    leads there.
    """
    api = GitHubApi(prefix=prefix)
    server = Server(("127.0.0.1", 0), _handler(api))
    api.url = f"http://127.0.0.1:{server.server_port}{prefix}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not api.violations, "\n".join(api.violations)


def _handler(api: GitHubApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            token = (self.headers.get("Authorization") or "").rpartition(" ")[2] or None
            target = urlsplit(self.path)._replace(scheme="", netloc="").geturl()
            try:
                answer = api.respond(
                    self.command,
                    target.removeprefix(api.prefix),
                    api.also.get(token or "", token),
                    body,
                )
            except Exception:  # noqa: BLE001  it is reported where the test ends
                api.violations.append(traceback.format_exc())
                answer = unavailable(500)
            raw = answer if isinstance(answer, Raw) else _encoded(answer)
            self.send_response(raw.status)
            for name, value in raw.headers.items():
                self.send_header(
                    name,
                    f"{api.url}{value}" if name == "Location" and value.startswith("/") else value,
                )
            if raw.status != 204:
                self.send_header("Content-Length", str(len(raw.content) + raw.missing))
            self.end_headers()
            self.wfile.write(raw.content)
            self.close_connection = self.close_connection or bool(raw.missing)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815  the base class names them

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class names it
            pass

    return Handler


def _encoded(answer: Answer) -> Raw:
    content = b"" if answer.document is None else json.dumps(answer.document).encode()
    return Raw(
        status=answer.status,
        content=content,
        headers={"Content-Type": "application/json; charset=utf-8"} | answer.headers,
    )
