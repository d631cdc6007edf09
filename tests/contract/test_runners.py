"""The Runner port: GitHub's runner as its own grammar reads it, the terminal, and the fake."""

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ghcr_action.adapters.discreet import DiscreetRunner
from ghcr_action.adapters.runner import MAX_SUMMARY, ActionsRunner
from ghcr_action.cli.terminal import Terminal
from ghcr_action.diagnosis.redaction import Redaction
from ghcr_action.inputs.given_back import NAMES_AND_NUMBERS, OUTPUTS
from ghcr_action.ports import Runner
from ghcr_action.values.secret import Secret
from ghcr_action.values.summary import Summary
from tests.fakes.clock import FakeClock
from tests.fakes.runner import FakeRunner


def page(markdown: str) -> Summary:
    return Summary(markdown=markdown, plain="")


class Host:
    """The runner's side: what a step left in its files and on its output."""

    def __init__(self, directory: Path) -> None:
        self.files = {name: directory / name for name in ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY")}
        self.stream = io.StringIO()
        environ = {f"GITHUB_{name}": str(path) for name, path in self.files.items()}
        self.runner = ActionsRunner(environ, FakeClock(), self.stream)

    def read(self, name: str) -> dict[str, str]:
        found, lines = {}, self.files[name].read_text().split("\n")
        while lines:
            key, _, delimiter = lines.pop(0).partition("<<")
            if key:
                end = lines.index(delimiter)
                found[key], lines = "\n".join(lines[:end]), lines[end + 1 :]
        return found

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture(params=["actions", "terminal", "fake"])
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    made: dict[str, Callable[[], Runner]] = {
        "actions": lambda: Host(tmp_path).runner,
        "terminal": lambda: Terminal(FakeClock(), progress=io.StringIO(), results=io.StringIO()),
        "fake": FakeRunner,
    }
    return made[request.param]()


def test_runner__takes_everything_a_mode_says(runner: Runner) -> None:
    runner.mask(Secret("x"))
    with runner.group("Build"), runner.fence() as show:
        show("::error::x")
    runner.output("a", "1\n2")
    runner.export("B", "1")
    runner.save("c", "1")
    runner.summary(page("# Title\n"))


def test_runner__a_group_lets_errors_through(runner: Runner) -> None:
    with pytest.raises(ValueError, match="x"), runner.group("Build"), runner.fence():
        raise ValueError("x")


def test_actions__file_commands_are_read_back(host: Host) -> None:
    host.runner.output("tags", "a\nb")
    host.runner.output("digest", "")
    host.runner.export("DOCKER_METADATA_OUTPUT_JSON", '{"a": "<<"}')
    host.runner.save("private", "/tmp/x")
    host.runner.summary(page("one\n"))
    host.runner.summary(page("two\n"))

    assert host.read("OUTPUT") == {"tags": "a\nb", "digest": ""}
    assert host.read("ENV") == {"DOCKER_METADATA_OUTPUT_JSON": '{"a": "<<"}'}
    assert host.read("STATE") == {"private": "/tmp/x"}
    assert host.files["STEP_SUMMARY"].read_text() == "one\ntwo\n"


def test_actions__groups_and_masks(host: Host) -> None:
    host.runner.mask(Secret("a%b"))
    host.runner.mask(Secret(""))
    with host.runner.group("Build"):
        pass

    assert host.lines == ["::add-mask::a%25b", "::group::Build", "Build: 0.0 s", "::endgroup::"]


def test_actions__foreign_lines_stand_between_a_random_token(host: Host) -> None:
    for _ in range(2):
        with host.runner.fence() as show:
            show("::set-output name=digest::x")

    first, second = (
        line.removeprefix("::stop-commands::")
        for line in host.lines
        if line.startswith("::stop-commands::")
    )
    assert first != second
    assert host.lines[:3] == [
        f"::stop-commands::{first}",
        "\u200b::set-output name=digest::x",
        f"::{first}::",
    ]


def test_actions__a_summary_the_runner_would_drop_is_left_out(
    host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    host.runner.summary(page("x" * (MAX_SUMMARY + 1)))

    assert not host.files["STEP_SUMMARY"].exists()
    assert "left out" in caplog.records[0].getMessage()
    assert caplog.records[0].levelno == logging.WARNING


def test_actions__without_files_nothing_is_written(tmp_path: Path) -> None:
    stream = io.StringIO()

    ActionsRunner({}, FakeClock(), stream).output("a", "b")

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ({}, ""),
        ({"result": ("image", "digest")}, "x\n"),
        ({"wanted": "tags"}, "a\nb\n"),
        ({"wanted": "size"}, "\n"),
        ({"as_json": True}, json.dumps({"digest": "x", "tags": ["a", "b"]}, indent=2) + "\n"),
    ],
)
def test_terminal__what_was_asked_for_is_on_standard_output(
    given: dict[str, Any], printed: str
) -> None:
    progress, results = io.StringIO(), io.StringIO()
    terminal = Terminal(FakeClock(), progress=progress, results=results, **given)
    with terminal.group("Build"), terminal.fence() as show:
        show("a\x1b[31mb")
    terminal.output("digest", "x")
    terminal.output("tags", "a\nb")
    terminal.summary(Summary(markdown="", plain="Title\n─────\n"))

    terminal.finish()

    assert results.getvalue() == printed
    assert "Build" in progress.getvalue()
    assert "ab" in progress.getvalue()
    assert ("Title" in progress.getvalue()) == ("wanted" not in given)


def test_terminal__where_the_end_says_all_groups_are_silent() -> None:
    progress = io.StringIO()
    terminal = Terminal(FakeClock(), progress=progress, results=io.StringIO(), is_quiet=True)

    with terminal.group("Build"):
        pass

    assert progress.getvalue() == ""


def test_terminal__without_a_summary_there_is_none() -> None:
    progress, results = io.StringIO(), io.StringIO()

    Terminal(FakeClock(), progress=progress, results=results).finish()

    assert (progress.getvalue(), results.getvalue()) == ("", "")


class Screen(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "may_colour", "printed"),
    [
        (
            Screen(),
            True,
            "\n\x1b[1mTitle\x1b[0m\n─────\nghcr.io/octo/app\n\x1b[33m! look\x1b[0m\n\n",
        ),
        (Screen(), False, "\nTitle\n─────\nghcr.io/octo/app\n! look\n\n"),
        (io.StringIO(), True, "\nTitle\n─────\nghcr.io/octo/app\n! look\n\n"),
    ],
    ids=["terminal", "NO_COLOR", "file"],
)
def test_terminal__colours_are_for_a_terminal(
    stream: io.StringIO, may_colour: bool, printed: str
) -> None:
    terminal = Terminal(FakeClock(), progress=stream, results=io.StringIO(), may_colour=may_colour)
    terminal.summary(Summary(markdown="", plain="\nTitle\n─────\nghcr.io/octo/app\n! look\n"))

    terminal.finish()

    assert stream.getvalue() == printed


def test_discreet__a_name_reaches_a_later_step_whole() -> None:
    """A word may be a secret and stand in a name as well: the user of a login, a port."""
    fake, hide = FakeRunner(), Redaction()
    runner = DiscreetRunner(fake, hide)
    runner.mask(Secret("octo"))
    runner.mask(Secret("5000"))

    for name in ("image", "tags", "error-cause"):
        runner.output(name, "localhost:5000/octo/app")

    assert fake.outputs == {
        "image": "localhost:5000/octo/app",
        "tags": "localhost:5000/octo/app",
        "error-cause": "localhost:***/***/app",
    }


def test_discreet__sentences_and_documents_are_never_passed_on_as_they_are() -> None:
    known = {output.name for output in OUTPUTS}

    assert known > NAMES_AND_NUMBERS
    assert sorted(known - NAMES_AND_NUMBERS) == [
        *("annotations", "deleted", "error-cause", "error-fix", "failed", "json", "kept", "labels"),
        *("leg", "matrix", "metadata", "plan", "reason"),
    ]
