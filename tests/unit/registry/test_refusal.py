import pytest

from ghcr_action.adapters.registry.refusal import Refusal, read, redact
from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, NotFound, Unavailable
from ghcr_action.values.answer import Answer, Where

BODIES = {
    "of the specification": (b'{"errors":[{"code":"DENIED","message":"denied"}]}', {"DENIED"}, "DENIED: denied"),
    "two errors": (
        b'{"errors":[{"code":"a","message":"one"},{"code":"B","message":"two"}]}', {"A", "B"}, "a: one; B: two",
    ),
    "code only": (b'{"errors":[{"code":"DENIED"}]}', {"DENIED"}, "DENIED"),
    "message only": (b'{"errors":[{"message":"no"}]}', set(), "no"),
    "errors that are none": (b'{"errors":["x", 1]}', set(), ""),
    "errors that is no list": (b'{"errors":"x"}', set(), ""),
    "OAuth": (b'{"error":"invalid_grant","error_description":"bad"}', set(), "invalid_grant: bad"),
    "details": (b'{"details":"incorrect username or password"}', set(), "incorrect username or password"),
    "message of a gateway": (b'{"message":"slow down"}', set(), "slow down"),
    "plain text": (b"upstream failed\r\n::error::x\x1b[31m", set(), "upstream failed ::error::x [31m"),
    "a page": (b"<html><body>502</body></html>", set(), "502"),
    "a page of a proxy": (
        (
            b"<!DOCTYPE html><html><head><title>Blocked</title><style>p { x: y }</style></head>"
            b"<body><script>alert('<p>')</script><p>File sharing is <b>not</b>\n allowed</p></body>"
        ),
        set(), "Blocked File sharing is not allowed",
    ),
    "a page without end": (b"<html>" + b"<" * 60_000, set(), "< " * 250),
    "not UTF-8": (b"\xff\xfe!", set(), "��!"),
    "a list": (b"[1]", set(), "[1]"),
    "deep nonsense": (b"[" * 5000, set(), "[" * 500),
    "long": (b"x" * 5000, set(), "x" * 500),
    "empty": (b"", set(), ""),
}  # fmt: skip


@pytest.mark.parametrize(("body", "codes", "words"), BODIES.values(), ids=BODIES.keys())
def test_read__body(body: bytes, codes: frozenset[str], words: str) -> None:
    assert read(body) == (codes, words)


URLS = {
    "no query": ("https://ghcr.io/v2/", "https://ghcr.io/v2/"),
    "known names": (
        "https://r/x?digest=sha256:a&n=1&mount=m&from=a/b",
        "https://r/x?digest=sha256:a&n=1&mount=m&from=a/b",
    ),
    "signed": ("https://s/x?sig=abc&se=", "https://s/x?sig=***&se=***"),
    "a login": ("https://u:p@r/x#f", "https://r/x"),
    "broken": ("http://[", "a broken address"),
}


@pytest.mark.parametrize(("url", "expected"), URLS.values(), ids=URLS.keys())
def test_redact__query(url: str, expected: str) -> None:
    assert redact(url) == expected


KINDS = {
    "401": (401, "UNAUTHORIZED", AccessDenied),
    "403": (403, "DENIED", AccessDenied),
    "404": (404, "NAME_UNKNOWN", NotFound),
    "404, upload lost": (404, "BLOB_UPLOAD_UNKNOWN", Unavailable),
    "404, content": (404, "MANIFEST_INVALID", ContentInvalid),
    "400, content": (400, "DIGEST_INVALID", ContentInvalid),
    "400": (400, "", Unavailable),
    "413": (413, "", ContentInvalid),
    "429": (429, "TOOMANYREQUESTS", Unavailable),
    "500": (500, "", Unavailable),
}


@pytest.mark.parametrize(("status", "code", "kind"), KINDS.values(), ids=KINDS.keys())
def test_error__kind(status: int, code: str, kind: type[ActionError]) -> None:
    refusal = Refusal(
        purpose="read x",
        answer=Answer(where=Where.REGISTRY, status=status, codes=frozenset({code})),
    )

    assert type(refusal.error()) is kind


def test_error__says_request_status_and_words() -> None:
    refusal = Refusal(
        purpose="write r/o/n:1",
        answer=Answer(
            where=Where.REGISTRY,
            method="PUT",
            url="https://r/x?sig=***",
            status=403,
            words="DENIED: no",
        ),
    )

    error = refusal.error("Log in.")

    assert str(error) == (
        "Could not write r/o/n:1\nWhy: PUT https://r/x?sig=*** was answered with 403: "
        "DENIED: no\nFix: Log in."
    )
