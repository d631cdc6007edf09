"""What a registry says when it does not do what it was asked: its words, and the error a user
gets.

Source: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from ghcr_action.errors import AccessDenied, ActionError, ContentInvalid, NotFound, Unavailable
from ghcr_action.values.answer import Answer

_SHOWN = frozenset({"digest", "mount", "from", "n", "last", "scope", "service"})
_CONTENT_CODES = frozenset(
    {"MANIFEST_INVALID", "DIGEST_INVALID", "SIZE_INVALID", "NAME_INVALID", "MANIFEST_UNVERIFIED"}
)
LOST_CODES = frozenset({"BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "MANIFEST_BLOB_UNKNOWN"})
"""The registry lost sight of what was just sent: not a wrong name, but a fault on its side."""
_LONGEST = 500
_PAGE = r"(?i)<(?:!doctype\s{1,9}html|html|head|body)\b"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer that is not the one asked for, and what the question was for."""

    purpose: str
    answer: Answer

    def error(self, fix: str = "") -> ActionError:
        """The error for a user, its class by what the user has to do next."""
        answer = self.answer
        said = f": {answer.words}" if answer.words else ""
        why = f"{answer.method} {answer.url} was answered with {answer.status}{said}"
        kind = _kind(answer.status, answer.codes)
        return kind(f"Could not {self.purpose}", why=why, fix=fix, answer=answer)


def read(body: bytes) -> tuple[frozenset[str], str]:
    """Codes and words of an error body; plain text is taken as it is, printable characters only, at
    most 500.

    Shapes: ``{"errors": [{"code", "message", "detail"}]}`` of the specification, and those of token
    endpoints: ``{"error", "error_description"}``, ``{"details"}``, ``{"message"}``.
    """
    text = body.decode(errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return frozenset(), _clean(_readable(text))
    if not isinstance(document, dict):
        return frozenset(), _clean(text)
    errors = document.get("errors")
    listed = (
        [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    )
    codes = frozenset(str(entry.get("code", "")).upper() for entry in listed) - {""}
    words = "; ".join(filter(None, map(_entry, listed))) or _entry(
        {
            "code": document.get("error"),
            "message": document.get("error_description")
            or document.get("details")
            or document.get("message"),
        }
    )
    return codes, _clean(words)


def _readable(text: str) -> str:
    """The words of a page, where this is one."""
    if not re.search(_PAGE, text):
        return text
    from ghcr_action.adapters.registry import page

    return page.words(text)


def redact(url: str) -> str:
    """The URL with the values of its query starred, save those that the specification defines, and
    without a login."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a broken address"
    query = "&".join(
        f"{name}={quote(value, safe=':/,@') if name in _SHOWN else '***'}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def _kind(status: int, codes: frozenset[str]) -> type[ActionError]:
    if status in (401, 403):
        return AccessDenied
    if codes & _CONTENT_CODES or status == 413:
        return ContentInvalid
    return NotFound if status == 404 and not codes & LOST_CODES else Unavailable


def _entry(entry: dict[str, Any]) -> str:
    return ": ".join(str(part) for part in (entry.get("code"), entry.get("message")) if part)


def _clean(text: str) -> str:
    return re.sub(r"[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufffd]+", " ", text).strip()[:_LONGEST]
