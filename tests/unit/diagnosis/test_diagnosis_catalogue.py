"""Every row of the catalogue by the answers that were really seen."""

from dataclasses import fields, replace

import pytest

from ghcr_action.diagnosis.find import CATALOGUE, find
from ghcr_action.diagnosis.known import Circumstances, Known, Retry
from ghcr_action.diagnosis.links import names, sentence
from ghcr_action.values.answer import Answer, Where
from tests.unit.diagnosis.seen import ANSWERED, ENGINE_ONLY, ENTERPRISE, RUN, SEEN, UNKNOWN


def verdict(answer: Answer, context: Circumstances) -> tuple[str, Retry] | None:
    found = find(answer, context)
    return (found.code, found.retry) if found else None


@pytest.mark.parametrize("where", [Where.ENGINE, Where.REGISTRY])
@pytest.mark.parametrize(
    ("text", "context", "code", "retry"),
    [pytest.param(*row, id=f"{row[2]}: {row[0][:40]}") for row in SEEN],
)
def test_find__every_known_text(
    text: str, context: Circumstances, code: str, retry: Retry, where: Where
) -> None:
    log = (
        f"#9 exporting to image\nERROR: failed to push: {text}\nView build details: "
        "docker-desktop://x\n"
    )
    host = context.image.registry if context.image and where is Where.REGISTRY else ""

    found = [verdict(Answer(where=where, words=words, host=host), context) for words in (text, log)]

    if where is Where.REGISTRY and code in ENGINE_ONLY:
        assert found == [None] * 2
    else:
        assert found == [(code, retry)] * 2


@pytest.mark.parametrize(
    ("answer", "context", "code", "retry"),
    [
        pytest.param(*row, id=f"{row[2]}: {row[0].method} {row[0].status} {row[0].words[:30]}")
        for row in ANSWERED
    ],
)
def test_find__every_known_answer(
    answer: Answer, context: Circumstances, code: str, retry: Retry
) -> None:
    assert verdict(answer, context) == (code, retry)


@pytest.mark.parametrize(("answer", "context"), UNKNOWN)
def test_find__what_nobody_has_seen(answer: Answer, context: Circumstances) -> None:
    assert find(answer, context) is None


def test_catalogue__every_row_is_reached_by_a_seen_answer() -> None:
    seen = {row[2] for row in SEEN} | {row[2] for row in ANSWERED}

    assert seen == {row.code for row in CATALOGUE}


def test_catalogue__codes_are_unique() -> None:
    codes = [row.code for row in CATALOGUE]

    assert sorted(set(codes)) == sorted(codes)


def test_catalogue__every_row_has_a_sign() -> None:
    assert all(row.patterns or row.statuses or row.codes or row.faults for row in CATALOGUE)


WHOLE = replace(
    RUN,
    answer=Answer(
        where=Where.API,
        host="api.github.com",
        words="no",
        method="POST",
        sent=5,
        offers=("linux/amd64",),
        proxy="HTTPS_PROXY=http://proxy:3128",
    ),
)


@pytest.mark.parametrize(
    "context",
    [Circumstances(), RUN, ENTERPRISE, WHOLE],
    ids=["nothing known", "github.com", "enterprise", "everything known"],
)
@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.code)
def test_catalogue__every_text_is_a_sentence(row: Known, context: Circumstances) -> None:
    words = names(context)

    for text, mould in ((row.cause, "cause"), (row.fix, "fix")):
        told = sentence(text, words)
        assert told[0].isupper() or told.startswith(words["host"])
        assert "{" not in told.replace("${{ secrets.NAME }}", "")
        assert told.endswith(
            (".", "write", "role Write).", "read", "NO_PROXY: " + words["host"], "NAME }}")
        ) or (mould == "cause" and text.endswith("{reason}"))
    assert row.docs.startswith("https://")


def test_answer__has_no_field_that_nobody_reads() -> None:
    """A fact that no row, no name and no policy asks for is dead weight."""
    assert {field.name for field in fields(Answer)} == {
        "where", "method", "url", "host", "repository", "part", "status", "codes", "words",
        "retry_after", "fault", "proxy", "sent", "seconds", "offers", "after_push",
    }  # fmt: skip
