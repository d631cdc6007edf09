"""Redaction: no secret in any encoding, and nothing that a terminal obeys, gets through it."""

import base64
import html
import json
import logging
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.diagnosis import cleaning, redaction
from ghcr_action.diagnosis.redaction import Hiding, Redaction, redact
from ghcr_action.errors import ActionError
from ghcr_action.values.secret import Secret

PASSWORD = "corr€ct hörse/b\"attery'<st&aple>=+"
SPELLINGS = {
    "as it is": PASSWORD,
    "percent-encoded": quote(PASSWORD, safe=""),
    "as a path": quote(PASSWORD),
    "as a form": quote_plus(PASSWORD),
    "JSON": json.dumps(PASSWORD),
    "JSON, not ASCII": json.dumps(PASSWORD, ensure_ascii=False),
    "HTML": html.escape(PASSWORD),
    "HTML text": html.escape(PASSWORD, quote=False),
    "repr": repr(PASSWORD),
    "a shell's word": shlex.quote(PASSWORD),
    "hexadecimal": PASSWORD.encode().hex(),
    "base64": base64.b64encode(PASSWORD.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(PASSWORD.encode()).decode(),
    **{
        f"base64 behind {'x' * count!r}": base64.b64encode(
            b"x" * count + PASSWORD.encode() + b"tail"
        ).decode()
        for count in range(1, 9)
    },
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_redaction__knows_a_secret_in_every_encoding(spelling: str) -> None:
    hide = Redaction()
    hide.learn(Secret(PASSWORD))

    for said in (hide(f"before {spelling} after"), redact(spelling, [Secret(PASSWORD)])):
        assert "***" in said
        assert PASSWORD not in said
        assert not any(part in said for part in ("orse", "aple", "cnNl", "fcGxl"))


def test_redaction__every_line_of_a_secret() -> None:
    hide = Redaction()
    hide.learn(Secret("-----BEGIN-----\nfirst line\n  second line\n"))

    assert hide("x first line, second line x") == "x ***, *** x"


def test_redaction__a_short_value_is_a_word() -> None:
    hide = Redaction()
    hide.learn(Secret("abc"))

    assert hide("abc abcd x-abc") == "*** abcd x-***"


@pytest.mark.parametrize("value", ["true", "False", "yes", "null", "1", "}", "},"])
def test_redaction__what_anybody_writes_is_no_secret(value: str) -> None:
    """Hidden, it would be missing in every line, and break every JSON."""
    hide = Redaction()
    said = f'{{"pushed": {value}}}, 127.0.0.1:443'

    assert hide.learn(Secret(value)) == ()
    assert hide(said) == said


def test_redaction__a_json_document_as_secret_leaves_other_json_whole() -> None:
    hide = Redaction()
    hide.learn(Secret('{\n  "key": "s3cr3t-value",\n  "on": true,\n  "n": [\n    1\n  ]\n}'))
    said = '{"linux/amd64": ["sha256:1"], "n": 1, "on": true}'

    assert hide(said) == said
    assert hide('x "key": "s3cr3t-value", x') == "x *** x"


def test_redaction__learns_each_once_and_no_empty_one() -> None:
    hide = Redaction()

    assert hide.learn(Secret(""), Secret("first")) == (Secret("first"),)
    assert hide.learn(Secret("first")) == ()
    assert hide("first") == "***"


@pytest.mark.parametrize("mark", ["\x1b[0m", "\x1b[31m", "\b", "\x1b]0;x\x07"])
def test_redaction__a_secret_between_marks_of_a_terminal(mark: str) -> None:
    hide = Redaction()
    hide.learn(Secret("correct-horse"))

    assert "horse" not in hide(f"\x1b[1mcorrect-{mark}horse\x1b[0m")
    assert hide("\x1b[1mplain\x1b[0m") == "\x1b[1mplain\x1b[0m"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x:PAT-1234@github.com/a/b.git#main", "https://***@github.com/a/b.git#main"),
        ("lib=https://ghp_0123456789abcdef0123@github.com/a", "lib=https://***@github.com/a"),
        ("type=s3,secret_access_key=AKIA/x+y,region=eu", "type=s3,secret_access_key=***,region=eu"),
        ("type=s3,access_key_id=AK,session_token=q", "type=s3,access_key_id=***,session_token=***"),
        ("type=gha,token=eyJabc,scope=main", "type=gha,token=***,scope=main"),
        ("type=azblob,secret_access_key=a==,name=b", "type=azblob,secret_access_key=***,name=b"),
        ("GET https://x/y?sig=abc&se=1", "GET https://x/y?sig=***&se=1"),
        ("Authorization: Basic b2N0bzpjYXQ=", "Authorization: Basic ***"),
        ("you sent Basic b2N0bzpjYXQtaGF0", "you sent Basic ***"),
        ('{"Authorization":"Bearer abc.def"}', '{"Authorization":"Bearer ***"}'),
        ("authorization: bearer q", "authorization: bearer ***"),
        ("docker buildx --build-arg NPM_TOKEN=abc .", "docker buildx --build-arg NPM_TOKEN=*** ."),
        ('["--build-arg", "DB_PASSWORD=abc"]', '["--build-arg", "DB_PASSWORD=***"]'),
        ("Basic authentication is off", "Basic authentication is off"),
        ("token=*** id=token,src=/private/x", "token=*** id=token,src=/private/x"),
        ("org.example.token-count=5", "org.example.token-count=5"),
        ("https://github.com/octo/app?ref=main", "https://github.com/octo/app?ref=main"),
        ("git@github.com:octo/app.git", "git@github.com:octo/app.git"),
    ],
)
def test_redaction__what_looks_like_a_credential(text: str, expected: str) -> None:
    assert Redaction()(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://x:PAT-1234@github.com/a", ["PAT-1234"]),
        ("https://x:p%40ss@github.com/a", ["p%40ss", "p@ss"]),
        ("https://git@github.com/a ssh://git@github.com/a", []),
        ("https://0123456789abcdef0123@github.com/a", ["0123456789abcdef0123"]),
        ("https://x:abc@github.com/a", []),
        ("type=s3,secret_access_key=0123456789", ["0123456789"]),
        ("type=gha,token=short", []),
        ("octo/app", []),
    ],
)
def test_found__secrets_that_stand_in_an_input(text: str, expected: list[str]) -> None:
    assert [each.reveal() for each in redaction.found(text)] == expected


def test_of_environment__by_name() -> None:
    environ = {
        "ACTIONS_RUNTIME_TOKEN": "runtime-token",
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
        "TOKEN": "short",
        "PATH_TO_SECRET": "/run/secrets/x",
        "DB_SECRET": "/run/secrets/x",
        "TOKENIZER": "a-long-value",
    }

    found = [each.reveal() for each in redaction.of_environment(environ)]

    assert found == ["runtime-token", "aws-secret"]


def test_hiding__message_title_and_traceback() -> None:
    hide = Redaction()
    hide.learn(Secret("correct-horse"))
    try:
        int("correct-horse")
    except ValueError as cause:
        record = logging.LogRecord(
            "x", logging.ERROR, "", 1, "%s", ("correct-horse",), (type(cause), cause, None)
        )
    record.__dict__["title"] = "correct-horse"

    assert Hiding(hide).filter(record)

    said = logging.Formatter().format(record) + str(record.__dict__["title"])
    assert "horse" not in said
    assert said.count("***") == 3


def test_hiding__an_error_that_a_terminal_tells_in_its_own_way() -> None:
    hide = Redaction()
    hide.learn(Secret("correct-horse"))
    record = logging.LogRecord("x", logging.ERROR, "", 1, "told", (), None)
    error = ActionError("correct-horse", why="why correct-horse", fix="fix correct-horse")
    record.__dict__["error"] = error

    assert Hiding(hide).filter(record)

    shown = record.__dict__["error"]
    assert (shown.what, shown.why, shown.fix) == ("***", "why ***", "fix ***")
    assert error.what == "correct-horse"


def test_hiding__a_plain_record() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 1, "plain", (), None)

    assert Hiding(Redaction()).filter(record)
    assert logging.Formatter().format(record) == "plain"


@given(st.text(), st.text(min_size=8))
def test_redaction__whatever_stands_around_it(around: str, secret: str) -> None:
    hide = Redaction()
    hide.learn(Secret(secret))

    assert secret not in hide(f"{around} {secret} {around}") or not secret.strip("*")


CONTROLS = "".join(
    chr(code)
    for code in (*range(32), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066)
    if chr(code) not in "\n\t"
)


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]0;title\x1b\\",
        "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
        "a\rdigest=sha256:000",
        "\x1b[2J\x1b[1;1H",
        "\x1bPq\x1b\\",
        "\x9b2J",
        "\u202egnp.exe",
        CONTROLS,
    ],
)
def test_clean__nothing_that_a_terminal_obeys(text: str) -> None:
    for said in (cleaning.clean(text), cleaning.one_line(text)):
        assert not set(said) & set(CONTROLS)
    assert "\n" not in cleaning.one_line(f"{text}\n\u2028x")


def test_clean__colours_where_they_are_asked_for() -> None:
    assert cleaning.clean("\x1b[31mred\x1b[2J", colours=True) == "\x1b[31mred"


@given(st.text())
def test_clean__twice_is_once(text: str) -> None:
    assert cleaning.clean(cleaning.clean(text)) == cleaning.clean(text)
