import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghcr_action.adapters import commands
from ghcr_action.log import NOTICE


@pytest.mark.parametrize(
    ("name", "data", "properties", "line"),
    [
        ("group", "Build", {}, "::group::Build"),
        ("error", "a\nb\r100%", {}, "::error::a%0Ab%0D100%25"),
        (
            "error",
            "a:b,c",
            {"file": "a:b,c.txt", "line": "3", "title": ""},
            "::error file=a%3Ab%2Cc.txt,line=3::a:b,c",
        ),
        ("endgroup", "", {}, "::endgroup::"),
    ],
)
def test_command__escapes_data_and_properties(
    name: str, data: str, properties: dict[str, str], line: str
) -> None:
    assert commands.command(name, data, properties) == line


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("::error::x", "\u200b::error::x"),
        ("  ::error::x", "\u200b  ::error::x"),
        ("a\n::set-output name=digest::y", "a\n\u200b::set-output name=digest::y"),
        ("a\r::error::x", "a\n\u200b::error::x"),
        ("x ##[error]y", "x \u200b##[error]y"),
        ("a::b", "a::b"),
        ("\x1b[2K::error::x", "\u200b::error::x"),
        ("#\x07#[error]x", "\u200b##[error]x"),
    ],
)
def test_plain__starts_no_command(text: str, safe: str) -> None:
    assert commands.plain(text) == safe


@pytest.mark.parametrize(
    ("text", "shown", "annotated"),
    [
        pytest.param(
            "\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m", "red", id="colours-only-in-the-log"
        ),
        pytest.param("\x1b]8;;http://evil\x07here\x1b]8;;\x1b\\.", "here.", "here.", id="link"),
        pytest.param("a\x1b[2J\x1b[1A\x1b[?25lb\x08", "ab", "ab", id="cursor"),
        pytest.param(
            "a\x1b]52;c;never ended\nb",
            "a\nb",
            "a\nb",
            id="a-string-that-never-ends-ends-with-its-line",
        ),
        pytest.param("a\x1bcb\x1b(Bc\x9b2Jd", "abc2Jd", "abc2Jd", id="short-sequences"),
        pytest.param("a\u202eb\u2066c\u061c", "abc", "abc", id="text-turned-around"),
        pytest.param(
            "a\tb\nc é 日本 🚀\u200d",
            "a\tb\nc é 日本 🚀\u200d",
            "a\tb\nc é 日本 🚀\u200d",
            id="text-stays",
        ),
    ],
)
def test_log__shows_what_it_says(text: str, shown: str, annotated: str) -> None:
    record = logging.makeLogRecord({"levelno": logging.WARNING, "msg": text, "title": text})

    assert commands.plain(text) == shown
    properties = {"title": annotated}
    assert commands.CommandFormatter().format(record) == commands.command(
        "warning", annotated, properties
    )


def test_file_command__holds_any_value() -> None:
    assert commands.file_command("tags", "a\nb=c<<d", "END") == "tags<<END\na\nb=c<<d\nEND\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [("a", "x END y"), ("aEND", "x"), ("", "x"), ("a=b", "x"), ("a\nb", "x"), ("a<<b", "x")],
)
def test_file_command__refuses(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"delimiter|not the name"):
        commands.file_command(name, value, "END")


def read_file_commands(text: str) -> dict[str, str]:
    """The runner's own grammar: FileCommandManager.cs."""
    found, lines = {}, text.split("\n")
    while lines:
        line = lines.pop(0)
        if not line:
            continue
        name, delimiter = line.split("<<", 1)
        end = lines.index(delimiter)
        found[name], lines = "\n".join(lines[:end]), lines[end + 1 :]
    return found


@given(st.text())
def test_file_command__is_read_back_by_the_runners_grammar(value: str) -> None:
    if "END" in value:
        return

    assert read_file_commands(commands.file_command("name", value, "END")) == {"name": value}


@pytest.mark.parametrize(
    ("level", "message", "extra", "line"),
    [
        (logging.DEBUG, "x", {}, "::debug::x"),
        (logging.INFO, "::error::x", {}, "\u200b::error::x"),
        (NOTICE, "x", {}, "::notice::x"),
        (logging.WARNING, "x\ny", {}, "::warning::x%0Ay"),
        (
            logging.ERROR,
            "x",
            {"title": "T", "file": "Dockerfile", "line": 3, "end_line": 4},
            "::error title=T,file=Dockerfile,line=3,endLine=4::x",
        ),
        (logging.ERROR, "x" * 5000, {}, "::error::" + "x" * 4096),
    ],
)
def test_formatter__turns_levels_into_commands(
    level: int, message: str, extra: dict[str, object], line: str
) -> None:
    record = logging.LogRecord("name", level, "path", 1, message, None, None)
    record.__dict__.update(extra)

    assert commands.CommandFormatter().format(record) == line


def test_formatter__ten_annotations_of_a_kind_and_the_rest_as_text() -> None:
    formatter = commands.CommandFormatter()

    def lines(level: int) -> list[str]:
        return [
            formatter.format(logging.LogRecord("name", level, "path", 1, f"::{number}", None, None))
            for number in range(11)
        ]

    warnings, errors = lines(logging.WARNING), lines(logging.ERROR)

    assert [line for line in warnings if line.startswith("::warning::")] == [
        f"::warning::::{number}" for number in range(10)
    ]
    assert (warnings[10], errors[9], errors[10]) == ("warning: ::10", "::error::::9", "error: ::10")
