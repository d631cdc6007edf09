"""The end-to-end tests' own reading of the runner's grammar: a judge has to be right first."""

import pytest

from tests.e2e import protocol


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("a=1\nb=x=y\n", {"a": "1", "b": "x=y"}, id="one-line-values"),
        pytest.param("a=1\na=2\n", {"a": "2"}, id="the-later-wins"),
        pytest.param("a<<E\nx\n\ny\nE\nb=1\n", {"a": "x\n\ny", "b": "1"}, id="several-lines"),
        pytest.param("a<<E\nE\n", {"a": ""}, id="no-lines"),
        pytest.param("a=x<<E\n", {"a": "x<<E"}, id="equals-sign-first"),
        pytest.param("a<<E\nx\r\nE\n", {"a": "x\r"}, id="carriage-return-belongs-to-the-value"),
        pytest.param("\n\na=1\n", {"a": "1"}, id="empty-lines-between"),
    ],
)
def test_file_command__grammar(text: str, found: dict[str, str]) -> None:
    assert protocol.file_command(text) == found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a=1", id="no-line-end"),
        pytest.param("a\n", id="neither-form"),
        pytest.param("=1\n", id="no-name"),
        pytest.param("a<<E\nx\n", id="delimiter-missing"),
        pytest.param("a<<E\nx\nE\r\n", id="delimiter-with-carriage-return"),
        pytest.param("a<<\nx\n\n", id="empty-delimiter"),
    ],
)
def test_file_command__what_fails_the_step(text: str) -> None:
    with pytest.raises(protocol.InvalidFormatError):
        protocol.file_command(text)


def test_read_log__commands_count_only_outside_a_fence() -> None:
    log = protocol.read_log(
        "::add-mask::s3cret\n::group::Build\n::stop-commands::t0ken\n::error::no\n##[error]no\n::t0ken::\n"
        "  ::warning file=a,title=one%3A two::first%0Asecond%25\ntext ##[error title=old;x=y]yes\n::set-output name=a::b\nplain\n"
    )

    assert log.masks == ("s3cret",)
    assert log.groups == ("Build",)
    assert log.annotations == (
        protocol.Annotation(level="warning", message="first\nsecond%", title="one: two"),
        protocol.Annotation(level="error", message="yes", title="old"),
    )
    assert log.deprecated == ("::set-output name=a::b",)
    assert "s3cret" not in log.shown
    assert "plain" in log.shown
