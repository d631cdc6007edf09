"""The boundary: inputs in, exit code out, every error in words, nothing left behind."""

import contextlib
import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghcr_action import main, parallel, wiring
from ghcr_action.adapters import clock as clocks
from ghcr_action.adapters import runner as runners
from ghcr_action.settings import parse
from ghcr_action.values.secret import Secret
from tests.fakes.events import push_event
from tests.fakes.runner import FakeRunner

ROOT = Path(__file__).parents[2]
CLOSED = "http://127.0.0.1:9"
"""Nothing listens there."""


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name in ("temp", "home", "workspace"):
        (tmp_path / name).mkdir()
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"default_branch": "main"}}))
    return {
        "PATH": os.environ["PATH"],
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_ACTOR": "mona",
        "GITHUB_API_URL": CLOSED,
        "GITHUB_WORKSPACE": str(tmp_path / "workspace"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "HOME": str(tmp_path / "home"),
        "DOCKER_HOST": "unix:///no/such/socket",
    }


def leftovers(environ: dict[str, str]) -> list[str]:
    return [
        path.name
        for path in Path(environ["RUNNER_TEMP"]).iterdir()
        if path.name.startswith("ghcr-action-")
    ]


def test_run__metadata_needs_no_engine_and_no_registry(environ: dict[str, str]) -> None:
    runner = FakeRunner()

    code = main.run({"mode": "metadata", "images": "ghcr.io/octo/app"}, environ, runner)

    assert code == 0
    assert runner.outputs["tags"] == "ghcr.io/octo/app:main"
    assert runner.exported["DOCKER_METADATA_OUTPUT_VERSION"] == "main"
    assert runner.saved["private"].startswith(environ["RUNNER_TEMP"])
    assert leftovers(environ) == []


def test_run__without_an_engine_says_what_was_tried(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    docker = Path(environ["HOME"]) / "docker"  # a machine may have no such program
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    docker.chmod(0o755)
    environ["PATH"] = f"{docker.parent}:{environ['PATH']}"
    runner = FakeRunner()

    code = main.run({"github-token": "t0ken"}, environ, runner)

    assert code == 6
    assert "No Docker engine answers at unix:///no/such/socket" in caplog.text
    assert "No Docker engine answers" in runner.summaries[0]
    assert leftovers(environ) == []


def test_run__secrets_are_masked_before_anything_is_logged(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    class Watching(FakeRunner):
        def mask(self, secret: Secret) -> None:
            assert caplog.records == []
            super().mask(secret)

    caplog.set_level(logging.INFO)
    runner = Watching()

    main.run(
        {"github-token": "t0ken", "password": "hunter2", "secrets": "a=b2c", "nonsense": "x"},
        environ,
        runner,
    )

    assert {"t0ken", "hunter2", "b2c", "bW9uYTpodW50ZXIy"} <= set(runner.masked)
    assert "There is no input `nonsense`" in caplog.text


def test_run__wrong_inputs_are_one_error(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert main.run({"mode": "x", "pull": "yes"}, environ, FakeRunner()) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.records[0].title == "2 inputs are wrong"  # type: ignore[attr-defined]


def test_run__logout_false_leaves_the_login_for_later_actions(environ: dict[str, str]) -> None:
    main.run({"github-token": "t0ken", "logout": "false"}, environ, FakeRunner())

    assert "ghcr.io" in (Path(environ["HOME"]) / ".docker/config.json").read_text()


def test_run__a_crash_of_ours_says_so(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    class Broken(FakeRunner):
        def save(self, name: str, value: str) -> None:
            raise LookupError("a mistake of ours")

    runner = Broken()

    assert main.run({}, environ, runner) == main.BUG_EXIT
    assert runner.groups == ["Traceback"]
    assert "LookupError" in caplog.text
    assert main.ISSUES in caplog.text


@pytest.mark.parametrize("content", ["{", "[]"])
def test_run__an_event_that_is_broken_is_named(environ: dict[str, str], content: str) -> None:
    Path(environ["GITHUB_EVENT_PATH"]).write_text(content)
    runner = FakeRunner()

    assert main.run({"mode": "metadata"}, environ, runner) == 6
    assert runner.outputs["error-code"] == "EVENT-FILE"


def test_run__cancelled_cleans_up(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    class Cancelling(FakeRunner):
        def save(self, name: str, value: str) -> None:
            super().save(name, value)
            if name == "private":
                os.kill(os.getpid(), signal.SIGTERM)

    assert main.run({}, environ, Cancelling()) == main.CANCELLED_EXIT
    assert "Cancelled" in caplog.text


def process(
    environ: dict[str, str], *arguments: str, code: str = ""
) -> subprocess.CompletedProcess[str]:
    program = ["-c", code] if code else ["-m", "ghcr_action", *arguments]
    return subprocess.run(
        [sys.executable, *program],
        env=environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_entrypoint__speaks_the_runners_protocol(environ: dict[str, str], tmp_path: Path) -> None:
    files = {
        f"GITHUB_{name}": str(tmp_path / name)
        for name in ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY")
    }
    given = {
        "INPUT_MODE": "metadata",
        "INPUT_IMAGES": "ghcr.io/octo/app",
        "INPUT_GITHUB-TOKEN": "t0ken",
    }

    done = process(
        environ | files | given, code="from ghcr_action.main import entrypoint; entrypoint()"
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "::add-mask::t0ken"
    assert "ghcr.io/octo/app:main" in (tmp_path / "OUTPUT").read_text()
    assert "::group::Metadata" in done.stdout


def test_post__removes_what_a_killed_step_left(environ: dict[str, str]) -> None:
    left = Path(environ["RUNNER_TEMP"]) / "ghcr-action-x"
    left.mkdir()

    done = process(
        environ | {"STATE_private": str(left)}, code="from ghcr_action.post import post; post()"
    )

    assert (done.returncode, left.exists()) == (0, False)
    assert "did not end by itself" in done.stdout


def test_post__after_a_run_that_ended_has_nothing_to_do(environ: dict[str, str]) -> None:
    done = process(environ, code="from ghcr_action.post import post; post()")

    assert (done.returncode, done.stdout) == (0, "")


def test_command__prints_outputs_on_standard_output(environ: dict[str, str]) -> None:
    done = process(
        environ,
        "metadata",
        "--images",
        "ghcr.io/octo/app",
        "--tags",
        "one",
        "--tags",
        "two",
        "--json",
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tags"] == ["ghcr.io/octo/app:one", "ghcr.io/octo/app:two"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("nonsense",), 2), (("publish", "--pull", "maybe"), 2), (("--version",), 0)],
)
def test_command__exit_codes(
    environ: dict[str, str], arguments: tuple[str, ...], code: int
) -> None:
    assert process(environ, *arguments).returncode == code


@pytest.mark.parametrize("name", ["file", "labels", "password", "tags", "nons\udcffense"])
def test_run__bytes_that_are_no_text_are_refused_before_anything_is_done(
    name: str,
    environ: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runner = runners.ActionsRunner(environ, clocks.SystemClock())

    code = main.run({"github-token": "t0ken", name: "a=\udcff"}, environ, runner)

    errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert (code, len(errors), "this is not UTF-8" in errors[0]) == (2, 1, True)
    assert capsys.readouterr().out == ""  # a mask would be one of them


@pytest.mark.parametrize("name", ["GITHUB_WORKSPACE", "RUNNER_TEMP"])
def test_run__a_place_that_is_no_text_is_no_bug(
    name: str, environ: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environ[name] = f"{tmp_path}/\udcff"
    Path(environ[name]).mkdir()
    runner = runners.ActionsRunner(environ, clocks.SystemClock())

    code = main.run({"github-token": "t0ken"}, environ, runner)

    (error,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert (code, error.partition("\n")[0]) == (2, f"`{name}`: this is not UTF-8")


def test_run__a_workspace_that_is_not_there_is_no_bug(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    environ["GITHUB_WORKSPACE"] = "/no/such/directory"

    assert main.run({"github-token": "t0ken"}, environ, FakeRunner()) == 2

    assert "The workspace /no/such/directory is not there" in caplog.text
    assert leftovers(environ) == []


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_run__nothing_is_begun_where_nobody_could_be_told(
    name: str, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    runner = runners.ActionsRunner(
        environ | {name: environ["HOME"], "GITHUB_STATE": f"{environ['HOME']}/state"},
        clocks.SystemClock(),
    )

    assert main.run({"github-token": "t0ken"}, environ, runner) == 6  # before the engine is asked

    errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert [text.partition("\n")[0] for text in errors] == [
        f"{name} can't be written: {environ['HOME']}"
    ]


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE"])
def test_run__a_file_of_the_runner_that_is_not_there_is_no_bug(
    name: str,
    environ: dict[str, str],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runner = runners.ActionsRunner(environ | {name: "/no/such/file"}, clocks.SystemClock())

    code = main.run({"mode": "metadata", "images": "ghcr.io/octo/app"}, environ, runner)

    assert code == 6
    assert [
        record.getMessage().partition("\n")[0]
        for record in caplog.records
        if record.levelname == "ERROR"
    ] == [f"{name} can't be written: /no/such/file"]
    assert "Traceback" not in capsys.readouterr().out
    assert leftovers(environ) == []


def test_run__a_file_that_cannot_be_written_hides_no_other_failure(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    runner = runners.ActionsRunner(
        environ | {"GITHUB_OUTPUT": "/no/such/file"}, clocks.SystemClock()
    )
    given = {"mode": "metadata", "images": "ghcr.io/octo/app", "tags": "type=nonsense"}

    assert main.run(given, environ, runner) == 2

    told = [(each.levelname, each.getMessage()) for each in caplog.records]
    assert [text for level, text in told if level == "ERROR" and "nonsense" in text]
    assert [text.partition("\n")[0] for level, text in told if level == "WARNING"] == [
        "GITHUB_OUTPUT can't be written: /no/such/file"
    ]


def test_run__a_full_disk_is_no_bug(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    class Full(FakeRunner):
        def export(self, name: str, value: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    assert main.run({"mode": "metadata", "images": "ghcr.io/octo/app"}, environ, Full()) == 6
    assert [
        record.getMessage().partition("\n")[0]
        for record in caplog.records
        if record.levelname == "ERROR"
    ] == ["The machine's disk is full"]


def test_later__makes_an_adapter_once_for_all_threads() -> None:
    """Two registries would be two logins, and twice as many connections."""
    others, made = threading.Barrier(2), []

    def make() -> str:
        made.append("registry")
        with contextlib.suppress(threading.BrokenBarrierError):
            others.wait(0.2)
        return "registry"

    later = wiring._Later(make)

    assert parallel.each(lambda _: later.upper(), range(4)) == ("REGISTRY",) * 4
    assert made == ["registry"]


@pytest.mark.parametrize("named", [True, False], ids=["DOCKER_CONFIG", "the home's"])
def test_logins__of_an_earlier_step_are_used(tmp_path: Path, named: bool) -> None:
    """The home of container actions is that of a job's container, too."""
    (tmp_path / ".docker").mkdir()
    auths = {"auths": {"1234.dkr.ecr.us-east-1.amazonaws.com": {"auth": "QVdTOnRva2Vu"}}}
    (tmp_path / ".docker/config.json").write_text(json.dumps(auths))
    environ = {"GITHUB_ACTIONS": "true", "HOME": str(tmp_path)}
    if named:
        environ |= {"DOCKER_CONFIG": str(tmp_path / ".docker"), "HOME": "/nonexistent"}
    parsed, _ = parse.settings({"github-token": "t"}, environ, push_event())

    found = main._logged_in(parsed, environ).common.credentials

    assert found["1234.dkr.ecr.us-east-1.amazonaws.com"].username == "AWS"
    assert found["ghcr.io"].password == Secret("t")


def test_command__leaves_nothing_in_the_temporary_directory(
    environ: dict[str, str], tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    own = {"PATH": environ["PATH"], "HOME": environ["HOME"], "TMPDIR": str(temporary)}
    own["GITHUB_WORKSPACE"] = environ["GITHUB_WORKSPACE"]

    done = process(own, "metadata", "ghcr.io/octo/app", "--tags", "one", "--json")

    assert json.loads(done.stdout)["tags"] == ["ghcr.io/octo/app:one"]
    assert list(temporary.iterdir()) == []
    assert done.stderr == ""


def test_command__an_error_is_told_once_with_flags(environ: dict[str, str]) -> None:
    done = process(environ, "promote", "ghcr.io/octo/app:1")

    assert done.stdout == ""
    assert done.stderr == (
        "ERROR: There is no name to promote ghcr.io/octo/app:1 to\n"
        "Why: --tags is empty\n"
        "Fix: --tags latest\n"
    )
