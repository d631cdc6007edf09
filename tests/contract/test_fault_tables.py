"""What is said of each fault, by registry, method, part and status: over 400 faults of registries and
over 100 of GitHub's API, each met on the wire and told as a run tells it.

``fault_tables.md`` keeps the tables to read; ``python -m tests.contract.test_fault_tables`` writes
them anew. The rules below say what is right of all of them, apart from the tables.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry, Timeouts
from ghcr_action.diagnosis import tell
from ghcr_action.errors import ActionError
from ghcr_action.logins.credential import Credential
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.contract.http_registry import BLOBS, MANIFEST, blob, chunks, hold
from tests.fakes import github_api
from tests.fakes.clock import FakeClock
from tests.fakes.events import push_event
from tests.fakes.ghcr import Ghcr
from tests.fakes.github_api import Raw
from tests.fakes.http import Reply, Scripted

FILE = Path(__file__).with_name("fault_tables.md")
TOKEN = Secret("right-password")
LOGIN = Credential(username="octocat", password=TOKEN)
STATUSES = (400, 401, 403, 404, 405, 408, 409, 413, 416, 429, 499, 500, 501, 502, 503, 504)
PAGE = b"<html><title>Blocked</title><body>File sharing is against our rules</body></html>"
HOSTS = ("ghcr.io", "registry.example")
DIGEST = Digest.of(b"content")


def said(code: str, message: str) -> bytes:
    return f'{{"errors":[{{"code":"{code}","message":"{message}"}}]}}'.encode()


FAULTS: dict[str, Reply] = {
    **{str(status): Reply(status=status) for status in STATUSES},
    "403 DENIED": Reply(status=403, body=said("DENIED", "denied")),
    "403 with a reason": Reply(status=403, body=said("DENIED", "your plan has no private images")),
    "403 page of a proxy": Reply(status=403, body=PAGE),
    "404 NAME_UNKNOWN": Reply(status=404, body=said("NAME_UNKNOWN", "no such repository")),
    "405 UNSUPPORTED": Reply(status=405, body=said("UNSUPPORTED", "unsupported")),
    "429 in words": Reply(status=429, body=said("TOOMANYREQUESTS", "retry-after: 2s")),
    "reset": Reply(status=0),
    "no answer": Reply(hangs=True),
}


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One question to a registry: which request of it fails, and how it is asked."""

    name: str
    method: str
    path: str
    ask: Callable[[HttpRegistry, Repository], object]

    @property
    def is_write(self) -> bool:
        return self.method in ("POST", "PUT", "DELETE")


def read(registry: HttpRegistry, image: Repository) -> bytes:
    with registry.read_blob(image, blob(b"content")) as content:
        return b"".join(content)


ASKINGS = (
    Asking(
        name="look for a tag",
        method="HEAD",
        path="/manifests/",
        ask=lambda registry, image: registry.head(image.tag(Tag("1"))),
    ),
    Asking(
        name="read a manifest",
        method="GET",
        path="/manifests/",
        ask=lambda registry, image: registry.manifest(image.tag(Tag("1"))),
    ),
    Asking(
        name="look for a blob",
        method="HEAD",
        path="/blobs/",
        ask=lambda registry, image: registry.has_blob(image, DIGEST),
    ),
    Asking(
        name="read a blob",
        method="GET",
        path="/blobs/",
        ask=read,
    ),
    Asking(
        name="list tags",
        method="GET",
        path="/tags/",
        ask=lambda registry, image: registry.tags(image),
    ),
    Asking(
        name="may it push",
        method="POST",
        path="/uploads/",
        ask=lambda registry, image: registry.check_push(image),
    ),
    Asking(
        name="upload a blob",
        method="PUT",
        path="/uploads/",
        ask=lambda registry, image: registry.put_blob(
            image, blob(b"content"), lambda: chunks(b"content")
        ),
    ),
    Asking(
        name="write a tag",
        method="PUT",
        path="/manifests/",
        ask=lambda registry, image: registry.put(image.tag(Tag("2")), MANIFEST),
    ),
    Asking(
        name="log in",
        method="GET",
        path="/token",
        ask=lambda registry, image: registry.manifest(image.tag(Tag("1"))),
    ),
)


@contextmanager
def registry_of(host: str, server: Scripted, patience: float) -> Iterator[HttpRegistry]:
    """A client for which this server is that host: it stands at the end of a proxy."""
    variables = {"http_proxy": f"http://{server.host}", "no_proxy": ""}
    with mock.patch.dict(os.environ, variables):
        registry = HttpRegistry(
            {host: LOGIN},
            clock=FakeClock(),
            user_agent="tests",
            retry=Patience(retries=0),
            timeouts=Timeouts(connect=30, read=patience, upload=patience),
            plain_http=frozenset({host}),
        )
        try:
            yield registry
        finally:
            registry.close()


def outcome(ask: Callable[[], object], *credentials: str) -> str:
    """The code and the kind of the error, told; without one, what came."""
    try:
        found = ask()
    except ActionError as error:
        logins = dict.fromkeys(credentials or HOSTS, LOGIN)
        told = tell.tell(error, push_event(), credentials=logins, token=TOKEN)
        return f"{told.code} ({told.exit_code})"
    return f"answer: {type(found).__name__ if found is not None else 'nothing'}"


@cache
def registries() -> dict[tuple[str, str, str], str]:
    """Each fault of each question at each registry, and what is said of it."""
    found = {}
    for host in HOSTS:
        for asking in ASKINGS:
            for name, reply in FAULTS.items():
                found[host, asking.name, name] = _met(host, asking, reply)
    return found


def _met(host: str, asking: Asking, reply: Reply) -> str:
    ghcr = Ghcr(login="bearer" if asking.name == "log in" else "open")
    hold(ghcr, MANIFEST, blobs=BLOBS | {DIGEST: b"content"})
    patience = 0.3 if reply.hangs else 60  # a busy machine is no fault
    with (
        Scripted(ghcr.answer).running() as server,
        registry_of(host, server, patience) as registry,
    ):
        server.script(asking.method, asking.path, *[reply] * 9)
        if asking.method == "HEAD":  # the same as GET, which is to explain it
            server.script("GET", asking.path, *[reply] * 9)
        return outcome(lambda: asking.ask(registry, Repository(host, "octo/app")))


REPOSITORY = "/repos/acme/tools"
PACKAGE = Repository("ghcr.io", "acme/app")
API_FAULTS: dict[str, Raw] = {
    **{
        str(status): Raw(status=status, content=b'{"message": "no"}')
        for status in (400, 401, 403, 404, 408, 409, 410, 422, 500, 501, 502, 503)
    },
    "403 integration": Raw(
        status=403, content=b'{"message": "Resource not accessible by integration"}'
    ),
    "403 limit, an hour": Raw(
        status=403,
        content=b'{"message": "API rate limit exceeded"}',
        headers={"Retry-After": "3600"},
    ),
    "403 limit": Raw(
        status=403, content=b'{"message": "You have exceeded a secondary rate limit"}'
    ),
    "429": Raw(status=429, content=b"{}"),
    "301 to another host": Raw(status=301, headers={"Location": "http://elsewhere.invalid/x"}),
    "half a body": Raw(content=b'{"id": 1, "full_na', missing=500),
    "half a document": Raw(content=b'{"id": 1, "full_na'),
    "a page": Raw(content=b"<html>ok</html>", headers={"Content-Type": "text/html"}),
    "null": Raw(content=b"null"),
    "204": Raw(status=204),
}
API_ASKINGS: dict[str, tuple[str, str, Callable[[PyGitHub, Any], object]]] = {
    "list comments": (
        "GET",
        f"{REPOSITORY}/issues/7/comments",
        lambda github, _: list(github.comments(7)),
    ),
    "write a comment": (
        "POST",
        f"{REPOSITORY}/issues/7/comments",
        lambda github, _: github.create_comment(7, "text"),
    ),
    "edit a comment": (
        "PATCH",
        f"{REPOSITORY}/issues/comments",
        lambda github, known: github.edit_comment(known["comment"], "two"),
    ),
    "delete a comment": (
        "DELETE",
        f"{REPOSITORY}/issues/comments",
        lambda github, known: github.delete_comment(known["comment"]),
    ),
    "look at a package": (
        "GET",
        "/orgs/acme/packages/container/app",
        lambda github, _: github.package(PACKAGE),
    ),
    "list versions": (
        "GET",
        "/orgs/acme/packages/container/app/versions",
        lambda github, _: github.versions(PACKAGE),
    ),
    "delete a version": (
        "DELETE",
        "/orgs/acme/packages/container/app/versions",
        lambda github, known: github.delete_version(PACKAGE, known["version"]),
    ),
    "open pull requests": ("GET", f"{REPOSITORY}/pulls", lambda github, _: github.open_pulls()),
}


@cache
def apis() -> dict[tuple[str, str], str]:
    """Each fault of each question to GitHub's API, and what is said of it."""
    found = {}
    for asking, (verb, path, ask) in API_ASKINGS.items():
        for name, fault in API_FAULTS.items():
            found[asking, name] = _met_at_api(verb, path, ask, fault)
    return found


def _met_at_api(verb: str, path: str, ask: Callable[[PyGitHub, Any], object], fault: Raw) -> str:
    with github_api.serve() as api:
        api.account.add_repository("acme/tools")
        api.account.add_package("acme", "app", repository="acme/tools")
        api.account.add_version("acme", "app", str(DIGEST), ["1"])
        made = api.account.add_comment("acme/tools", 7, "one", "github-actions[bot]")
        github = PyGitHub(
            api.url,
            Secret(github_api.WRITER),
            "acme/tools",
            owner_type="Organization",
            clock=FakeClock(),
        )
        versions = github.versions(PACKAGE)
        assert versions
        known = {"comment": made["id"], "version": versions[0]}
        api.fail(fault, times=9, verb=verb, path=path)
        return outcome(lambda: ask(github, known))


def written() -> str:
    """Both tables, to read."""
    lines = ["# What is said of each fault", ""]
    for host in HOSTS:
        lines += _table(
            f"Registry {host}",
            [asking.name for asking in ASKINGS],
            list(FAULTS),
            lambda asking, fault, host=host: registries()[host, asking, fault],  # type: ignore[misc]
        )
    lines += _table(
        "GitHub's API",
        list(API_ASKINGS),
        list(API_FAULTS),
        lambda asking, fault: apis()[asking, fault],
    )
    return "\n".join(lines)


def _table(
    title: str, askings: list[str], faults: list[str], cell: Callable[[str, str], str]
) -> list[str]:
    return [
        f"## {title}",
        "",
        "| fault | " + " | ".join(askings) + " |",
        "| --- " * (len(askings) + 1) + "|",
        *(
            f"| {fault} | " + " | ".join(cell(asking, fault) for asking in askings) + " |"
            for fault in faults
        ),
        "",
    ]


def test_tables__are_those_that_were_read() -> None:
    assert written() == FILE.read_text(encoding="utf-8")


def test_tables__are_long_enough() -> None:
    assert (len(registries()) >= 400, len(apis()) >= 100) == (True, True)


def cells(host: str, *, writes: bool | None = None) -> dict[tuple[str, str], str]:
    """What is said at one registry, of all or of some questions."""
    names = {asking.name for asking in ASKINGS if writes in (None, asking.is_write)}
    return {
        (asking, fault): told
        for (at, asking, fault), told in registries().items()
        if at == host and asking in names
    }


def test_registry__that_is_not_githubs_gets_no_advice_for_githubs() -> None:
    assert [told for told in cells("registry.example").values() if told.startswith("GHCR")] == []


def test_registry__every_refusal_and_every_fault_has_a_cause() -> None:
    own = {"400", "409", "416", "501"}
    """What a registry means by these nobody knows better than its own words."""
    plain = ("UNAVAILABLE", "ACTION", "NOT-FOUND", "CONTENT", "ACCESS-DENIED")
    without = {
        (host, asking, fault)
        for (host, asking, fault), told in registries().items()
        if told.startswith(plain) and fault not in own
    }

    assert {(asking, fault) for _, asking, fault in without} <= {
        ("read a blob", "404"),
        ("read a blob", "404 NAME_UNKNOWN"),
        ("log in", "404"),
        ("log in", "404 NAME_UNKNOWN"),
        ("log in", "405"),
        ("log in", "405 UNSUPPORTED"),
    }


@pytest.mark.parametrize("host", HOSTS)
def test_registry__a_write_is_never_told_to_push_before_it_reads(host: str) -> None:
    assert "PULL" not in "".join(cells(host, writes=True).values())
    assert "lost" not in "".join(cells(host).values())


@pytest.mark.parametrize("host", HOSTS)
def test_registry__a_login_that_is_refused_is_no_lost_layer(host: str) -> None:
    for (_, fault), told in cells(host).items():
        if fault.startswith(("401", "403")):
            assert told.endswith("(3)")


@pytest.mark.parametrize("host", HOSTS)
def test_registry__a_reason_that_is_given_is_what_is_told(host: str) -> None:
    told = {
        each
        for (asking, fault), each in cells(host).items()
        if fault in ("403 with a reason", "403 page of a proxy") and asking != "log in"
    }

    assert told == {"REGISTRY-403-REASON (3)"}


def test_api__no_success_without_proof() -> None:
    """Only reads that say "nothing there", and deletes, may take an odd answer for one."""
    for (asking, fault), told in apis().items():
        if asking in ("write a comment", "edit a comment"):
            assert not told.startswith("answer"), (asking, fault)


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
