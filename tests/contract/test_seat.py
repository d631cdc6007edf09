"""The command line as a process: at terminals of two widths, in a pipe, stopped, failing, and with
a reader that goes away."""

import base64
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ghcr_action import main
from ghcr_action.values import oci
from ghcr_action.values.oci import Manifest, MediaType
from ghcr_action.values.reference import Digest
from tests.contract.display import seat
from tests.contract.http_registry import hold
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Asked, Reply, Scripted
from tests.testbed import ROOT

LAYER = bytes(11 * 1024 * 1024)
CONFIG = b'{"os": "linux", "architecture": "amd64"}'
NAME = Digest.of(LAYER).encoded[:12]


def image() -> Manifest:
    found = oci.parse(
        oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": MediaType.OCI_MANIFEST,
                "config": {
                    "mediaType": MediaType.OCI_CONFIG,
                    "digest": str(Digest.of(CONFIG)),
                    "size": len(CONFIG),
                },
                "layers": [
                    {
                        "mediaType": MediaType.OCI_LAYER_GZIP,
                        "digest": str(Digest.of(LAYER)),
                        "size": len(LAYER),
                    }
                ],
            }
        )
    )
    assert isinstance(found, Manifest)
    return found


IMAGE = image()


@dataclass
class Slow:
    """A registry that keeps an upload of the layer waiting until the test has seen enough, and then
    answers as ``then`` says."""

    ghcr: Ghcr = field(default_factory=lambda: Ghcr(login="open", mounts=False))
    gate: threading.Event = field(default_factory=threading.Event)
    then: Reply | None = None
    was_waited_for: bool | None = None
    """Whether the gate was opened in time; None while a request waits."""
    host: str = ""

    def answer(self, asked: Asked) -> Reply:
        if asked.method == "PUT" and len(asked.body) == len(LAYER):
            self.was_waited_for = self.gate.wait(15)
            return self.then or self.ghcr.answer(asked)
        return self.ghcr.answer(asked)

    @property
    def promote(self) -> tuple[str, ...]:
        """A copy to another repository."""
        return (
            "promote",
            "--source",
            f"{self.host}/octo/app:1",
            "--tags",
            f"{self.host}/octo/copy:2",
            "--push-retries",
            "0",
        )


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    hold(slow.ghcr, IMAGE, blobs={Digest.of(LAYER): LAYER, Digest.of(CONFIG): CONFIG})
    with Scripted(slow.answer).running() as server:
        slow.host = server.host
        yield slow
        slow.gate.set()


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "RUNNER_TEMP": str(tmp_path)}


def piped(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        **environ,
    }
    command = [sys.executable, "-m", "ghcr_action", *arguments]
    return subprocess.run(
        command, env=given, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("columns", [40, 200])
def test_terminal__has_a_bar_while_a_layer_moves_and_nothing_of_it_afterwards(
    columns: int, slow: Slow, environ: dict[str, str]
) -> None:
    with seat(columns, environ, *slow.promote, "--json") as there:
        there.wait_for("━")
        slow.gate.set()
        code, out, seen = there.end()

    assert code == 0
    assert json.loads(out)["digest"] == str(IMAGE.descriptor.digest)
    text = seen.text.replace("\n", "") if columns == 40 else seen.text
    assert f"Layer {NAME}: 11.0 MiB in " in text
    assert "━" not in text
    assert "▸ Plan" in text
    assert f"{slow.host}/octo/copy:2," in text
    assert seen.shows_cursor
    assert seen.has_colours


@pytest.mark.parametrize(
    ("variables", "flags", "has_bar"),
    [
        ({"NO_COLOR": "1"}, (), True),
        ({"TERM": "dumb"}, (), False),
        ({"CI": "true", "NO_COLOR": "1"}, (), False),
    ],
    ids=["NO_COLOR", "dumb", "CI"],
)
def test_terminal__without_colours_or_bars(
    variables: dict[str, str],
    flags: tuple[str, ...],
    has_bar: bool,
    slow: Slow,
    environ: dict[str, str],
) -> None:
    if not has_bar:
        slow.gate.set()
    with seat(100, environ | variables, *slow.promote, *flags) as there:
        if has_bar:
            there.wait_for("━")
            slow.gate.set()
        code, _, seen = there.end()

    assert (code, seen.shows_cursor) == (0, True)
    assert ("\x1b" in there.written) == has_bar
    assert "\x1b[3" not in there.written
    assert f"Layer {NAME}: 11.0 MiB in " in seen.text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_terminal__a_stop_waits_for_no_upload_and_leaves_all_clean(
    number: signal.Signals, slow: Slow, environ: dict[str, str], tmp_path: Path
) -> None:
    with seat(100, environ, *slow.promote) as there:
        there.wait_for("━")
        for each in (number, signal.SIGTERM):  # the second comes while the first is tidied up
            there.process.send_signal(each)
        code, _, seen = there.end()

    assert code == main.CANCELLED_EXIT
    assert seen.text.endswith(
        "ERROR: Cancelled: what was under way was stopped, and the logins are removed."
    )
    assert "━" not in seen.text
    assert seen.shows_cursor
    assert "Traceback" not in there.written
    assert list(tmp_path.iterdir()) == []
    assert slow.was_waited_for is None


def test_terminal__a_failure_leaves_its_words_and_no_bar(
    slow: Slow, environ: dict[str, str]
) -> None:
    slow.then = Reply(
        status=403,
        headers={"Content-Type": "application/json"},
        body=b'{"errors": [{"code": "DENIED", "message": "no"}]}',
    )
    with seat(100, environ, *slow.promote) as there:
        there.wait_for("━")
        slow.gate.set()
        code, _, seen = there.end()

    assert code == 3
    assert "ERROR: Could not upload blob" in seen.text
    assert "━" not in seen.text
    assert seen.shows_cursor


@pytest.mark.parametrize("flags", [(), ("--no-progress",)], ids=["lines", "--no-progress"])
def test_pipe__has_no_escape_and_one_line_for_a_layer(
    flags: tuple[str, ...], slow: Slow, environ: dict[str, str]
) -> None:
    slow.gate.set()

    done = piped(environ, *slow.promote, *flags, "--json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["digest"] == str(IMAGE.descriptor.digest)
    assert "\x1b" not in done.stderr + done.stdout
    assert (f"Layer {NAME}: 11.0 MiB in " in done.stderr) == (not flags)


def test_pipe__after_a_failure_standard_output_is_json_alone(
    slow: Slow, environ: dict[str, str]
) -> None:
    done = piped(
        environ,
        "inspect",
        "--source",
        f"{slow.host}/octo/app:gone",
        "--push-retries",
        "0",
        "--json",
    )

    assert done.returncode == 4
    assert json.loads(done.stdout)["error-code"] == "NOT-FOUND"


METADATA = ("metadata", "--images", "ghcr.io/octo/app", "--tags", "one")


@contextmanager
def closed_pipe() -> Iterator[int]:
    ours, theirs = os.pipe()
    os.close(ours)
    yield theirs
    os.close(theirs)


@pytest.mark.parametrize(
    "arguments",
    [("publish", "--help"), ("--version",), ("--completion", "bash"), METADATA],
    ids=lambda given: given[0],
)
def test_pipe__a_reader_that_goes_away_is_no_error(
    arguments: tuple[str, ...], environ: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "ghcr_action", *arguments]
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}

    with closed_pipe() as out:
        done = subprocess.run(
            command,
            env=given,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_pipe__messages_that_nobody_reads_stop_nothing(environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "ghcr_action", *METADATA]
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}

    with closed_pipe() as messages:
        done = subprocess.run(
            command,
            env=given,
            stdout=subprocess.PIPE,
            stderr=messages,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 0
    assert done.stdout == "ghcr.io/octo/app:one\n"


def test_pipe__outputs_that_cannot_be_written_are_an_error(environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "ghcr_action", *METADATA]
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command,
            env=given,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.endswith(
        "ghcr-action: the outputs can't be written: No space left on device\n"
    )


def shell(
    line: str, directory: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A line that a shell reads, without a terminal."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(
        ["sh", "-c", line],
        env=given,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("number", [0, 1, 2])
def test_pipe__what_the_shell_has_closed_is_not_missed(
    number: int, environ: dict[str, str], tmp_path: Path
) -> None:
    line = shlex.join([sys.executable, "-m", "ghcr_action", *METADATA])

    done = shell(f"exec {line} {number}>&-", tmp_path, environ)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if number == 1 else "ghcr.io/octo/app:one\n")


@pytest.mark.parametrize("name", ["TMPDIR", "RUNNER_TEMP"])
def test_pipe__what_a_killed_run_has_left_is_removed(
    name: str, environ: dict[str, str], tmp_path: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f"ghcr-action-{ended.pid}-a1"
    (left / "docker").mkdir(parents=True)

    done = piped({"HOME": str(tmp_path), name: str(tmp_path)}, *METADATA)

    assert (done.returncode, left.exists()) == (0, False)


@pytest.mark.parametrize("mode", ["metadata", "inspect"])
def test_pipe__a_directory_that_is_gone_is_told(
    mode: str, environ: dict[str, str], tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = shlex.join([sys.executable, "-m", "ghcr_action", mode, "ghcr.io/octo/app"])

    done = shell(f"rmdir ../gone; exec {line}", gone, environ)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ERROR: The current directory can't be read\nWhy: ")


def test_pipe__help_in_an_encoding_without_its_characters(environ: dict[str, str]) -> None:
    done = piped(environ | {"PYTHONIOENCODING": "ascii"}, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith("usage: ghcr-action MODE [--flag value \\u2026]")


def run_script(script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A script of Python that finds this package."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


STOPPED_EARLY = """
import os, signal, sys

class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "ghcr_action.cli.start":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Stopping())
from ghcr_action.__main__ import main
main()
"""


STEP_STOPPED_EARLY = """
import os, runpy, signal, sys

class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "ghcr_action.wiring":
            os.kill(os.getpid(), int(os.environ["NUMBER"]))

signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever is started in the background ignores it
sys.meta_path.insert(0, Stopping())
sys.argv = sys.argv[:1]
runpy.run_path(os.environ["ENTRYPOINT"], run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stop__while_a_step_is_loaded_is_quiet(environ: dict[str, str], number: int) -> None:
    given = {"ENTRYPOINT": str(ROOT / "entrypoint.py"), "NUMBER": str(int(number))}

    done = run_script(STEP_STOPPED_EARLY, environ | given)

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_stop__while_the_program_is_loaded_is_quiet(environ: dict[str, str]) -> None:
    done = run_script(STOPPED_EARLY, environ)

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize(
    ("variables", "flags", "code"),
    [
        ({}, (), 0),
        ({"GITHUB_ACTIONS": "true"}, (), 0),
        ({}, ("--registry", "{host}", "--username", "octocat", "--password", "wrong-password"), 3),
    ],
    ids=["used", "in a job, too", "a flag comes first"],
)
def test_login__of_docker_login(
    variables: dict[str, str],
    flags: tuple[str, ...],
    code: int,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    ghcr = Ghcr(login="basic")
    hold(ghcr, IMAGE, blobs={Digest.of(LAYER): LAYER, Digest.of(CONFIG): CONFIG})
    with Scripted(ghcr.answer).running() as server:
        auth = base64.b64encode(b"octocat:right-password").decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {server.host: {"auth": auth}}}))
        given = [flag.format(host=server.host) for flag in flags]
        there = environ | variables | {"DOCKER_CONFIG": str(tmp_path)}

        done = piped(
            there, "inspect", "--source", f"{server.host}/octo/app:1", "--push-retries", "0", *given
        )

    assert done.returncode == code, done.stderr
    assert "right-password" not in done.stdout + done.stderr
