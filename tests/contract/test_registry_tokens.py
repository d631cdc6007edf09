"""Token services that refuse, hang, talk nonsense, or ask for a login where it would not be
safe."""

import json

import pytest

from ghcr_action.errors import AccessDenied, Unavailable
from tests.contract.http_registry import MANIFEST, hold, stand
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Reply

TOKENS = {
    "not JSON": (b"<html>", "its token service did not answer with a JSON object"),
    "a list": (b"[]", "its token service did not answer with a JSON object"),
    "no token": (b"{}", "its token service gave no token, or one that can't be sent"),
    "a header inside": (
        json.dumps({"token": "a\r\nX-Evil: b"}).encode(),
        "its token service gave no token, or one that can't be sent",
    ),
    "a lifetime without end": (
        b'{"token": "a", "expires_in": 1%s}' % (b"0" * 400),
        "its token service did not answer with a JSON object",
    ),
    "a lifetime that is none": (
        b'{"token": "a", "expires_in": "soon"}',
        "its token service did not answer with a JSON object",
    ),
}


@pytest.mark.parametrize(("body", "why"), TOKENS.values(), ids=TOKENS.keys())
def test_login__token_service_that_gives_no_token(body: bytes, why: str) -> None:
    with stand(ghcr=Ghcr()) as s:
        s.server.script("GET", "/token", Reply(body=body))

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert (caught.value.what, caught.value.why) == (f"Could not log in to {s.server.host}", why)


def test_login__access_token_is_a_token() -> None:
    with stand(ghcr=Ghcr()) as s:
        s.ghcr.tokens["kept"] = {("octo/app", "pull")}
        hold(s.ghcr, MANIFEST)
        s.server.script("GET", "/token", Reply(body=b'{"access_token": "kept"}'))

        assert s.registry.manifest(s.tag) == MANIFEST


STATUSES = {"400": (400, AccessDenied), "404": (404, AccessDenied), "418": (418, Unavailable)}


@pytest.mark.parametrize(("status", "kind"), STATUSES.values(), ids=STATUSES.keys())
def test_login__token_service_that_refuses(status: int, kind: type[Exception]) -> None:
    with stand(ghcr=Ghcr()) as s:
        s.server.script("GET", "/token", Reply(status=status, body=b"no"))

        with pytest.raises(kind, match="Could not log in to"):
            s.registry.manifest(s.tag)


def test_login__token_service_that_is_down_for_a_moment() -> None:
    with stand(ghcr=Ghcr()) as s:
        hold(s.ghcr, MANIFEST)
        s.server.script(
            "GET", "/token", Reply(status=503), Reply(status=429, headers={"Retry-After": "7"})
        )

        assert s.registry.manifest(s.tag) == MANIFEST

    assert s.clock.waits == [0.75, 7.5]


def test_login__token_service_that_hangs() -> None:
    with stand(ghcr=Ghcr(), read=0.2, retries=1) as s:
        s.server.script("GET", "/token", Reply(hangs=True), Reply(hangs=True))

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why.endswith(
        "/token?service=ghcr.io&scope=repository:octo/app:pull: no answer within the time allowed"
    )


REALMS = {
    "without TLS": (
        'realm="http://example.com/token"',
        "it sends logins to http://example.com/token?scope=repository:octo/app:pull",
    ),
    "no realm": ('service="x"', "it sends logins to ?service=x&scope=repository:octo/app:pull"),
    "broken": ('realm="http://[x"', "it sends logins to a broken address"),
}


@pytest.mark.parametrize(("parameters", "why"), REALMS.values(), ids=REALMS.keys())
def test_login__is_not_sent_without_tls(parameters: str, why: str) -> None:
    with stand() as s:
        s.server.script(
            "GET",
            "/manifests/",
            Reply(status=401, headers={"WWW-Authenticate": f"Bearer {parameters}"}),
        )

        with pytest.raises(Unavailable) as caught:
            s.registry.manifest(s.tag)

    assert caught.value.why == f"{why}, which is not an https address"


def test_login__realm_with_a_query_keeps_it() -> None:
    with stand() as s:
        hold(s.ghcr, MANIFEST)
        realm = f'Bearer realm="http://{s.server.host}/token?tenant=a"'
        s.server.script(
            "GET", "/manifests/", Reply(status=401, headers={"WWW-Authenticate": realm})
        )

        s.registry.manifest(s.tag)

    assert s.server.asked[1].query == {"tenant": ["a"], "scope": ["repository:octo/app:pull"]}
