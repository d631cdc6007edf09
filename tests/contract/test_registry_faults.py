"""Faults that pass and faults that don't: what is tried again, how long it waits, and what is said
at the end."""

import logging
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.adapters.registry.wire import MAX_REDIRECTS
from ghcr_action.errors import Unavailable
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Repository, Tag
from tests.contract.http_registry import BLOBS, MANIFEST, blob, chunks, hold, stand
from tests.fakes.clock import FakeClock
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Reply, Scripted

RESET = Reply(status=0)
BUSY = Reply(
    status=429,
    body=b'{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 250ms, allowed: 2000/minute"}]}',
)
LIMIT = Reply(
    status=429,
    body=b'{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit"}]}',
)
LOST = Reply(
    status=404,
    body=b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"blob upload unknown to registry"}]}',
)

TRANSIENT = {
    "502 twice": ((Reply(status=502), Reply(status=502)), [0.75, 1.5]),
    "reset": ((RESET,), [0.75]),
    "503 that breaks off": ((Reply(status=503, body=b"busy today", cut=4),), [0.75]),
    "429 with a header": ((Reply(status=429, headers={"Retry-After": "3"}),), [3.5]),
    "429 with a message": ((BUSY,), [0.75]),
}


@pytest.mark.parametrize(("replies", "waits"), TRANSIENT.values(), ids=TRANSIENT.keys())
def test_fault__that_passes(replies: tuple[Reply, ...], waits: list[float]) -> None:
    with stand() as s:
        hold(s.ghcr, MANIFEST)
        s.server.script("GET", "/manifests/", *replies)

        assert s.registry.manifest(s.tag) == MANIFEST

    assert s.clock.waits == waits


def test_fault__that_stays() -> None:
    with stand(retries=2) as s:
        s.server.script("GET", "/manifests/", *[Reply(status=503, body=b"<html>busy</html>")] * 3)

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert (
        caught.value.why
        == f"GET http://{s.server.host}/v2/octo/app/manifests/1 was answered with 503: busy"
    )
    assert caught.value.__cause__ is not None
    assert s.clock.waits == [0.75, 1.5]


FINAL = {
    "pull limit": (LIMIT, "You have reached your pull rate limit"),
    "a wait beyond patience": (
        Reply(status=429, headers={"Retry-After": "3600"}),
        "was answered with 429",
    ),
    "501": (Reply(status=501), "was answered with 501"),
    "a status that means nothing here": (Reply(status=206), "was answered with 206"),
}


@pytest.mark.parametrize(("reply", "why"), FINAL.values(), ids=FINAL.keys())
def test_fault__that_is_final(reply: Reply, why: str) -> None:
    with stand() as s:
        s.server.script("GET", "/manifests/", reply)

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert why in caught.value.why
    assert s.clock.waits == []


def test_fault__no_answer_in_time() -> None:
    with stand(read=0.2, retries=0) as s:
        s.server.script("GET", "/manifests/", Reply(hangs=True))

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why.endswith("/v2/octo/app/manifests/1: no answer within the time allowed")


@pytest.mark.parametrize(
    "fault", [LOST, RESET, Reply(status=500)], ids=["lost upload", "reset", "500"]
)
def test_upload__starts_over_with_a_new_upload(fault: Reply) -> None:
    opened = []

    def content() -> AbstractContextManager[Iterator[bytes]]:
        opened.append(True)
        return chunks(b"content")

    with stand() as s:
        s.server.script("PUT", "/uploads/", fault)

        s.registry.put_blob(s.repository, blob(b"content"), content)

    assert [asked.method for asked in s.server.asked] == ["POST", "PUT", "POST", "PUT"]
    assert len({asked.path for asked in s.server.asked if asked.method == "PUT"}) == 2
    assert len(opened) == 2


def test_upload__source_that_fails_is_the_error() -> None:
    def content() -> AbstractContextManager[Iterator[bytes]]:
        raise PermissionError(13, "the disk")

    with stand() as s, pytest.raises(PermissionError, match="the disk"):
        s.registry.put_blob(s.repository, blob(b"content"), content)


def test_put__blob_that_the_registry_lost_sight_of_for_a_moment() -> None:
    with stand() as s:
        hold(s.ghcr, blobs=BLOBS)
        s.server.script(
            "PUT",
            "/manifests/",
            Reply(status=400, body=b'{"errors":[{"code":"UNKNOWN","message":"unknown blob"}]}'),
        )

        s.registry.put(s.tag, MANIFEST)

    assert s.clock.waits == [0.75]


def test_fault__nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        registry = HttpRegistry(
            {}, clock=FakeClock(), user_agent="tests", retry=Patience(retries=1)
        )

        with pytest.raises(Unavailable) as caught:
            registry.manifest(Repository(host, "octo/app").at(MANIFEST.descriptor.digest))

    assert caught.value.why.endswith(f"/manifests/{MANIFEST.descriptor.digest}: connection refused")
    registry.close()


def test_fault__address_that_can_not_be_sent() -> None:
    with stand() as s:
        s.server.script(
            "POST", "/uploads/", Reply(status=202, headers={"Location": "https://.example.com./%%"})
        )

        with pytest.raises(Unavailable) as caught:
            s.registry.put_blob(s.repository, blob(b"content"), lambda: chunks(b"content"))

    assert "can't be sent (InvalidURL)" in caught.value.why


@pytest.mark.parametrize(
    "host",
    ["a..example.com", f"{'a' * 64}.example.com"],
    ids=["an empty part", "a part that is too long"],
)
def test_redirect__to_a_name_that_no_host_can_have(host: str) -> None:
    """Told apart so late that requests lets the error of urllib3 through."""
    with stand() as s:
        s.server.script(
            "GET", "/manifests/", Reply(status=302, headers={"Location": f"https://{host}/x"})
        )

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why == f"GET https://{host}/x can't be sent (LocationParseError)"


def test_redirect__without_end() -> None:
    with stand() as s:
        s.server.script(
            "GET",
            "/manifests/",
            [Reply(status=302, headers={"Location": "/v2/octo/app/manifests/1"})] * 20,
        )

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why == (
        f"http://{s.server.host}/v2/octo/app/manifests/1 was redirected more than "
        f"{MAX_REDIRECTS} times"
    )
    assert len(s.server.asked) == MAX_REDIRECTS + 1


def test_redirect__to_a_host_that_nobody_reaches_names_that_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = f"127.0.0.1:{gone.getsockname()[1]}"
    with stand(retries=0) as s:
        s.server.script(
            "GET", "/manifests/", Reply(status=302, headers={"Location": f"http://{closed}/x"})
        )

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.answer
    assert caught.value.answer.host == closed


REDIRECTS = {
    "out of TLS": ("http://example.com/x", "http://example.com/x"),
    "to a file": ("file:///etc/passwd", "nowhere"),
    "broken": ("http://[", "nowhere"),
}


@pytest.mark.parametrize(("target", "shown"), REDIRECTS.values(), ids=REDIRECTS.keys())
def test_redirect__to_where_nothing_is_asked(target: str, shown: str) -> None:
    with stand() as s:
        s.server.script("GET", "/manifests/", Reply(status=302, headers={"Location": target}))

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why == (
        f"http://{s.server.host}/v2/octo/app/manifests/1 redirects to {shown}, which "
        "is not an https address"
    )


def test_redirect__within_the_registry_keeps_the_login() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST, name="octo/new")
        hold(s.ghcr, MANIFEST)
        s.registry.head(s.tag)
        s.server.script(
            "GET",
            "/octo/app/manifests/",
            Reply(
                status=301, headers={"Location": f"http://{s.server.host}/v2/octo/app/manifests/1"}
            ),
        )

        assert s.registry.manifest(s.tag) == MANIFEST


def test_log__one_line_for_each_request_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), stand(ghcr=Ghcr()) as s:
        s.registry.put_blob(s.repository, blob(b"content"), lambda: chunks(b"content"))

    lines = [record.getMessage() for record in caplog.records]
    upload = s.server.asked[-1].path
    assert lines == [
        f"POST http://{s.server.host}/v2/octo/app/blobs/uploads/: 401 in 0 ms",
        (
            "GET "
            f"http://{s.server.host}/token?service=ghcr.io&scope=repository:octo/app:pull,push: "
            "200 in 0 ms"
        ),
        f"POST http://{s.server.host}/v2/octo/app/blobs/uploads/: 202 in 0 ms",
        (
            f"PUT http://{s.server.host}{upload}?_state=***&digest={Digest.of(b'content')}: "
            "201 in 0 ms"
        ),
    ]


def test_tls__is_tried_on_loopback_and_given_up_for_the_host() -> None:
    ghcr = Ghcr(login="open")
    hold(ghcr, MANIFEST)
    with Scripted(ghcr.answer).running() as server:
        registry = HttpRegistry({}, clock=FakeClock(), user_agent="tests")

        assert (
            registry.manifest(Repository(server.host, "octo/app").at(MANIFEST.descriptor.digest))
            == MANIFEST
        )

        registry.close()


def test_proxy__is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with stand() as s:
        assert s.registry.manifest(s.tag) is None


def test_proxy__carries_other_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Scripted().running() as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
        registry = HttpRegistry(
            {}, clock=FakeClock(), user_agent="tests", plain_http=frozenset({"registry.test"})
        )

        assert (
            registry.manifest(
                Repository("registry.test", "octo/app").at(MANIFEST.descriptor.digest)
            )
            is None
        )

        registry.close()
    assert [asked.headers["Host"] for asked in proxy.asked] == ["registry.test"]


def test_proxy__that_does_not_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Scripted().running() as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.host}")
        registry = HttpRegistry(
            {}, clock=FakeClock(), user_agent="tests", retry=Patience(retries=0)
        )

        with pytest.raises(Unavailable) as caught:
            registry.manifest(
                Repository("registry.test", "octo/app").at(MANIFEST.descriptor.digest)
            )

        registry.close()
    assert caught.value.why.endswith(": the proxy did not connect")


def test_fault__nobody_there_is_told_soon_where_somebody_waits() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"  # bound, and nobody listens
        clock = FakeClock()
        registry = HttpRegistry(
            {}, clock=clock, user_agent="test", retry=Patience(retries=4, unreached=1)
        )

        with pytest.raises(Unavailable, match="Could not read"):
            registry.head(Repository(host, "octo/app").tag(Tag("1")))

    assert clock.waits == [0.75]
