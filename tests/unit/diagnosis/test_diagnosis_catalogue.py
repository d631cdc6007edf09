"""Every row of the catalogue by the texts that were really seen."""

import pytest

from ghcr_action.diagnosis.find import CATALOGUE, diagnose
from ghcr_action.diagnosis.known import Circumstances, Known, Retry, Where
from ghcr_action.diagnosis.links import names
from tests.unit.diagnosis.seen import ANSWERED, ENTERPRISE, RUN, SEEN


@pytest.mark.parametrize("where", [Where.ENGINE, Where.REGISTRY])
@pytest.mark.parametrize(
    ("text", "context", "code", "retry"),
    [pytest.param(*row, id=f"{row[2]}: {row[0][:40]}") for row in SEEN],
)
def test_registry__every_known_text(
    text: str, context: Circumstances, code: str, retry: Retry, where: Where
) -> None:
    log = (
        f"#9 exporting to image\nERROR: failed to push: {text}\nView build details: "
        "docker-desktop://x\n"
    )

    found = (
        diagnose(text, where=where, context=context),
        diagnose(log, where=where, context=context),
    )

    assert [(each.code, each.retry) for each in found] == [(code, retry)] * 2


@pytest.mark.parametrize(
    ("text", "status", "context", "code", "retry"),
    [pytest.param(*row, id=f"{row[3]}: {row[0][:40]}") for row in ANSWERED],
)
def test_api__every_known_answer(
    text: str, status: int, context: Circumstances, code: str, retry: Retry
) -> None:
    found = diagnose(text, where=Where.API, status=status or None, context=context)

    assert (found.code, found.retry) == (code, retry)


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (401, "", "GHCR-401"),
        (405, "", "GHCR-405-UNSUPPORTED"),
        (403, "", "GHCR-403-PERMISSION"),
        (429, "", "GHCR-429-LIMIT"),
        (499, "", "GHCR-NETWORK"),
        (403, "HEAD https://ghcr.io/v2/acme/app/manifests/1", "GHCR-PULL-403-HEAD"),
        (403, 'GET https://ghcr.io/token?scope=x\n{"errors":\n[]}', "GHCR-LOGIN-403-TOKEN"),
        (403, "GET https://ghcr.io/token?scope=repository:acme/app:pull", "GHCR-LOGIN-403-TOKEN"),
    ],
)
def test_registry__status_alone_speaks(status: int, text: str, code: str) -> None:
    assert diagnose(text, where=Where.REGISTRY, status=status).code == code


def test_catalogue__every_row_is_reached_by_a_seen_text() -> None:
    seen = (
        {row[2] for row in SEEN}
        | {row[3] for row in ANSWERED}
        | {"BUILD-STEP-FAILED", "MACHINE-FULL"}
    )

    assert seen == {row.code for row in CATALOGUE}


def test_catalogue__codes_are_unique() -> None:
    codes = [row.code for row in CATALOGUE]

    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize(
    "context", [Circumstances(), RUN, ENTERPRISE], ids=["nothing known", "github.com", "enterprise"]
)
@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.code)
def test_catalogue__every_text_is_a_sentence(row: Known, context: Circumstances) -> None:
    words = names(context)

    for text in (row.cause.format_map(words), row.fix.format_map(words)):
        assert text[0].isupper()
        assert "{" not in text
        assert "}" not in text
        assert text.endswith((".", "write", "role Write)."))
    assert row.docs.startswith("https://")
