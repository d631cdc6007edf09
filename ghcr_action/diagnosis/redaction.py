"""Takes secrets out of a text before anybody reads it: known values in every encoding, and whatever
looks like a credential.

``Redaction`` is applied to everything that leaves a run: log, summary, outputs, comments, files and
standard output.
"""

import json
import logging
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from urllib.parse import quote, quote_plus, unquote

from ghcr_action.diagnosis.cleaning import clean
from ghcr_action.errors import ActionError
from ghcr_action.values.secret import Secret

STARS = "***"
SHORT = 4
"""Characters below which a value is a word rather than a secret: inside other words it stays, or no
message could be read."""
_ORDINARY = re.compile(rf"(?ai)true|false|yes|no|on|off|null|none|\d|\W{{1,{SHORT - 1}}}")
"""What stands in any text and is nobody's secret: a switch, a digit, the bracket that is a line of
a JSON document. Hidden, it would be missing in every line, and break what others read."""
_ENCODED = 6
"""Bytes below which an encoding of a value is found in any text."""
_NAMED = 8
"""Characters from which the value of a secret attribute is looked for elsewhere too."""
_BARE_USER = 16
"""Characters from which a user name without a password is a token."""
_PLAIN_QUERY = (
    "account",
    "digest",
    "from",
    "last",
    "mount",
    "n",
    "page",
    "per_page",
    "ref",
    "scope",
    "service",
    "state",
    "visibility",
)
"""Query parameters whose values are no secret and help to understand a request."""
_WORDS = r"password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?"
_ATTRIBUTES = (
    r"secret_access_key|access_key_id|session_token|account_key|identitytoken|ghtoken|sig|signature"
    r"|x-amz-\w{1,32}|client_secret|refresh_token|access_token|id_token|password|passwd|token|secret"
)
"""Options of caches, parameters of addresses and variables that hold credentials."""
_MEMBERS = r"auth|password|token|\w{1,64}_token|identitytoken|secret"
"""Of JSON."""
_NAMES = rf"(?i)(?:^|.*[_-])(?:{_WORDS})s?$"
_VALUE = rf"(?i)(?<![\w.-])(?:{_ATTRIBUTES})=(?!\*)([^\s,;&\"'#<>]{{1,4096}})"
_USER = r"://([^/\s@\"'?#<>]{1,4096})@"
_TOKENS: tuple[tuple[str, str, str], ...] = (
    ("_", r"\b(?:gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_\w{16,})", STARS),
    ("eyj", r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?", STARS),
    ("://", _USER, f"://{STARS}@"),
    (
        "uthor",
        r"(?i)(Authorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:Bearer|Basic|Token)\s{1,9})[^\s\"']+",
        rf"\1{STARS}",
    ),
    ("earer", r"(?i)\b(Bearer\s{1,9})(?!realm=)[A-Za-z0-9+/_~.-]{20,}=*", rf"\1{STARS}"),
    ("basic", r"\b(Basic\s{1,9})(?=\w*[0-9+/=A-Z])[A-Za-z0-9+/]{12,}={0,2}", rf"\1{STARS}"),
    (
        '"',
        rf"(?i)(\"(?:{_MEMBERS})\"\s{{0,9}}:\s{{0,9}}\")[^\"]*",
        rf"\1{STARS}",
    ),
    (
        "=",
        rf"(?i)((?<![\w.-])(?:{_ATTRIBUTES})=)(?!\*)[^\s,;&\"'#<>]{{1,4096}}",
        rf"\1{STARS}",
    ),
    (
        "-arg",
        rf"(?i)(--build-arg[\s\"',]{{1,9}}(?:\w{{0,64}}_)?(?:{_WORDS})=)[^\s\"']{{1,4096}}",
        rf"\1{STARS}",
    ),
)
"""What stands in each shape for certain, in lower case, so that a shape is compiled for the first
text that may have it; the shape; what is put in its place."""
_HTML_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_HTML = _HTML_TEXT | str.maketrans({'"': "&quot;", "'": "&#x27;"})
"""As ``html.escape``, whose module is a table of all entities."""
_QUERY = rf"([?&](?!(?:{'|'.join(_PLAIN_QUERY)})=)[\w.~%-]+=)[^&\s\"'#]+"


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text with stars for every given secret in every encoding, GitHub tokens, JWTs, user
    information in URLs, ``Authorization`` values, members and attributes that hold credentials, and
    query values unless their parameter is known to be harmless.
    """
    return re.sub(_QUERY, rf"\1{STARS}", _conceal(text, _forms(secrets)))


def encodings(secret: Secret) -> Iterator[str]:
    """Every way in which a value may be written: as it is, each of its lines, percent-encoded,
    escaped for JSON, HTML and a shell, and base64 at each place it may have in other bytes."""
    value = secret.reveal()
    whole = {value, value.strip(), *(line.strip() for line in value.splitlines())} - {""}
    for text in whole:
        if _ORDINARY.fullmatch(text):
            continue
        yield text
        if len(text) < SHORT:
            continue
        yield from (
            quote(text, safe=""),
            quote(text),
            quote_plus(text),
            quote(text, safe="").lower(),
        )
        yield from (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
        yield from (text.translate(_HTML), text.translate(_HTML_TEXT), repr(text)[1:-1])
        yield text.replace("'", "'\"'\"'")
        raw = text.encode()
        if len(raw) < _ENCODED:
            continue
        yield raw.hex()
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(raw).decode().rstrip("=")
            yield from (_inside(raw, before, encode) for before in range(3))


def _inside(raw: bytes, before: int, encode: object) -> str:
    """The characters of base64 that depend on these bytes alone, so many bytes standing before
    them."""
    assert callable(encode)  # noqa: S101 (one of two functions of base64)
    encoded: str = encode(b"\0" * before + raw).decode()
    start, length = -(-before * 4 // 3), (before + len(raw)) * 4 // 3
    return encoded[start:length]


def found(text: str) -> Iterator[Secret]:
    """The secrets that stand in a text of the user's: passwords in addresses, and the values of
    attributes that hold credentials."""
    for match in re.finditer(_USER, text) if "://" in text else ():
        user, colon, password = match[1].partition(":")
        value = password if colon else user
        if colon or len(user) >= _BARE_USER:
            if len(value) >= SHORT:
                yield Secret(value)
            if (bare := unquote(value)) != value:
                yield Secret(bare)
    if "=" in text:
        values = re.finditer(_VALUE, text)
        yield from (Secret(each[1]) for each in values if len(each[1]) >= _NAMED)


def of_environment(environ: Mapping[str, str]) -> Iterator[Secret]:
    """The values of variables that hold secrets by their names: the tokens that the runner gives
    to an action, and those of a person's shell."""
    for name, value in environ.items():
        if len(value) >= _NAMED and is_secret_name(name) and not value.startswith(("/", "$")):
            yield Secret(value)


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret by all that is known: ``NPM_TOKEN``,
    ``DB_PASSWORD``."""
    return len(name) <= 256 and bool(re.match(_NAMES, name))


class Redaction:
    """Every secret that a run knows, and the one place that takes them out; for several
    threads."""

    def __init__(self) -> None:
        self._secrets: dict[Secret, None] = {}
        self._forms: tuple[str, ...] | None = ()
        """None until they are made anew for what was learnt."""
        self._lock = threading.Lock()

    def learn(self, *secrets: Secret) -> tuple[Secret, ...]:
        """Know these from now on; those that were new."""
        with self._lock:
            new = tuple(
                each
                for each in secrets
                if each and each not in self._secrets and not _ORDINARY.fullmatch(each.reveal())
            )
            if new:
                self._secrets |= dict.fromkeys(new)
                self._forms = None
        return new

    def __call__(self, text: str) -> str:
        """The text as anybody may read it. Colours go where a secret hides between them."""
        forms = self._known()
        shown = _conceal(text, forms)
        if "\x1b" in shown or "\b" in shown:
            plain = clean(shown)
            hidden = _conceal(plain, forms)
            return hidden if hidden != plain else shown
        return shown

    def _known(self) -> tuple[str, ...]:
        with self._lock:
            if self._forms is None:
                self._forms = _forms(self._secrets)
            return self._forms


class Hiding(logging.Filter):
    """Each record of the log as anybody may read it, its title and its traceback too."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def _hidden(self, error: ActionError) -> ActionError:
        """The error that a terminal tells in its own way."""
        shown = copy(error)
        for name in ("what", "why", "fix"):
            setattr(shown, name, self._redaction(getattr(error, name)))
        return shown

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        record.msg, record.args = self._redaction(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = self._redaction(record.exc_text), None
        if isinstance(error := getattr(record, "error", None), ActionError):
            record.error = self._hidden(error)
        if isinstance(title := getattr(record, "title", None), str):
            record.title = self._redaction(title)
        return True


def _conceal(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        if form in text:
            text = text.replace(form, STARS) if len(form) >= SHORT else _alone(form, text)
    low = text.lower()
    for mark, shape, stars in _TOKENS:
        if mark in low:
            text = re.sub(shape, stars, text)
    return text


def _forms(secrets: Iterable[Secret]) -> tuple[str, ...]:
    """Every form of every value, the longest first. Searched one after another: an expression of
    all takes longer to make than a run has lines."""
    values = {form for secret in secrets if secret for form in encodings(secret) if form}
    return tuple(sorted(values - {STARS}, key=lambda form: (-len(form), form)))


def _alone(value: str, text: str) -> str:
    """A short value goes only where no letter, digit or underscore stands beside it."""
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", STARS, text)
