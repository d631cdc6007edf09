"""The engine's adapter against a stand-in program: what it is given, and how its answers are
read."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from ghcr_action import wiring
from ghcr_action.adapters import interrupts, workspace
from ghcr_action.adapters.engine import DockerEngine
from ghcr_action.diagnosis.redaction import Redaction
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    BuildFailed,
    NotFound,
    SettingsError,
    Unavailable,
)
from ghcr_action.settings import parse
from ghcr_action.values.engine import BuildCommand, BuilderFacts, EngineFacts, Printed
from ghcr_action.values.platform import Platform
from tests.fakes.events import push_event
from tests.fakes.progress import FakeProgress
from tests.fakes.runner import FakeRunner
from tests.patience import eventually

INFO = {
    "ServerVersion": "28.5.2",
    "OSType": "linux",
    "Architecture": "x86_64",
    "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]],
    "ClientInfo": {
        "Plugins": [
            {"Name": "compose", "Version": "v2"},
            {"Name": "buildx", "Version": "v0.29.1+ds1"},
        ]
    },
}


class Stand:
    """A program in place of docker: prints, writes and exits as told, and keeps its arguments and
    environment."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.program = directory / "docker"
        self.says("")

    def says(self, text: str, *, code: int = 0, before: str = "") -> None:
        self.program.write_text(
            f"#!{sys.executable}\nimport json, os, sys, time, signal\n"
            f"open({str(self.directory / 'call.json')!r}, 'w').write(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]))\n"
            f"{before}\nsys.stdout.write({text!r})\nsys.exit({code})\n"
        )
        self.program.chmod(0o755)

    @property
    def call(self) -> Any:
        return json.loads((self.directory / "call.json").read_text())

    def engine(self, environ: dict[str, str] | None = None, **more: Any) -> DockerEngine:
        return DockerEngine(
            {"PATH": os.environ["PATH"]} | (environ or {}), program=str(self.program), **more
        )


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended: nobody may have asked yet how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_describe__asks_once(stand: Stand) -> None:
    stand.says(json.dumps(INFO))

    facts = stand.engine().describe()

    assert facts == EngineFacts(
        buildx=(0, 29, 1),
        has_containerd_store=True,
        platforms=(Platform("linux", "amd64"),),
    )
    assert stand.call[0] == ["info", "--format", "{{json .}}"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"DriverStatus": [["Backing Filesystem", "extfs"]]}, {"has_containerd_store": False}),
        ({"DriverStatus": None}, {"has_containerd_store": False}),
        (
            {"ClientInfo": {"Plugins": [{"Name": "buildx", "Version": "a1b2c3d"}]}},
            {"buildx": (0, 0, 0)},
        ),
        ({"OSType": "", "Architecture": ""}, {"platforms": ()}),
    ],
)
def test_describe__reads_what_differs(
    stand: Stand, changed: dict[str, Any], expected: dict[str, Any]
) -> None:
    stand.says(json.dumps(INFO | changed))

    facts = stand.engine().describe()

    assert {name: getattr(facts, name) for name in expected} == expected


def test_describe__takes_the_answer_that_was_asked_for_before(stand: Stand) -> None:
    stand.says(json.dumps(INFO))
    engine = stand.engine()

    engine.begin()

    assert engine.describe().has_containerd_store
    assert stand.call[0] == ["info", "--format", "{{json .}}"]


def test_begin__leaves_a_missing_program_to_whoever_asks() -> None:
    engine = DockerEngine({"PATH": "/nowhere"}, program="no-such-docker")
    engine.begin()

    with pytest.raises(Unavailable):
        engine.describe()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            json.dumps(INFO | {"ClientInfo": {"Plugins": []}}),
            "The docker program has no buildx plugin",
        ),
        (
            json.dumps({"ServerErrors": ["Cannot connect to the Docker daemon"]}),
            "Cannot connect to the Docker daemon",
        ),
        ("", "it said nothing"),
        ("not json", "'docker info' printed no JSON"),
        ("[]", "it said nothing"),
        ("[1]", "it said nothing"),
    ],
)
def test_describe__says_what_was_tried(stand: Stand, text: str, says: str) -> None:
    stand.says(text, code=1)

    with pytest.raises(Unavailable) as raised:
        stand.engine({"DOCKER_HOST": "tcp://10.0.0.1:2376"}).describe()

    assert says in str(raised.value)
    assert "plugin" in says or "tcp://10.0.0.1:2376" in raised.value.what


def test_describe__an_engine_of_a_context_is_named_by_it(stand: Stand) -> None:
    answer = {"ServerErrors": ["no such host"], "ClientInfo": {"Context": "colima"}}
    stand.says(json.dumps(answer), code=1)

    with pytest.raises(Unavailable) as raised:
        stand.engine().describe()

    assert raised.value.what == "No Docker engine answers in the docker context colima"


def test_describe__an_engine_that_is_too_slow_is_told(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghcr_action.adapters.engine._ANSWER_SECONDS", 0.2)
    stand.says("", before="time.sleep(90)")

    with pytest.raises(Unavailable, match="No Docker engine answers\\n") as raised:
        stand.engine().describe()

    assert raised.value.why == "'docker info' gave no answer within 0.2 seconds"


def test_bridge__each_context_of_a_run_is_one_to_buildkit(stand: Stand, tmp_path: Path) -> None:
    """buildx tells it the last part of the path alone, and its own name."""
    engine = stand.engine({"DOCKER_HOST": "ssh://me@far", "GITHUB_REPOSITORY": "octo/app"})
    names: list[str] = []

    for _ in range(2):
        with engine.bridge(PurePosixPath(tmp_path / "bk.sock")):
            for context in ("web/app", "api/app"):
                arguments = ("buildx", "build", context)
                engine.build(BuildCommand(arguments=arguments, context=context), print)
                names.append((tmp_path / "buildx/.buildNodeID").read_text())

    assert names[:2] == names[2:]
    assert len(set(names)) == 2
    assert all(re.fullmatch("[0-9a-f]{16}", name) for name in names)


@pytest.mark.parametrize("arguments", [("buildx", "build", "bücher"), ("buildx", "bake", "bücher")])
def test_engine__a_context_has_a_name_in_ascii(
    arguments: tuple[str, ...], stand: Stand, tmp_path: Path
) -> None:
    """The only one that travels to a BuildKit by gRPC."""
    (tmp_path / "w/bücher").mkdir(parents=True)
    (tmp_path / "w/app").mkdir()
    private = tmp_path / "private"
    private.mkdir()
    engine = stand.engine(config=private / "docker", directory=tmp_path / "w")
    context = "bücher" if arguments[1] == "build" else ""

    engine.build(BuildCommand(arguments=arguments, context=context), print)
    first = stand.call[0]
    engine.build(BuildCommand(arguments=arguments, context=context), print)
    assert stand.call[0] == first
    if arguments[1] == "build":
        assert first == ["buildx", "build", str(private / "context")]
        assert (private / "context").resolve() == tmp_path / "w/bücher"
    else:
        assert first == list(arguments)

    engine.build(BuildCommand(arguments=("buildx", "build", "app"), context="app"), print)
    assert stand.call[0] == ["buildx", "build", "app"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_engine__a_program_that_somebody_ends_is_told(number: int, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\necho begun\nkill -{int(number)} $$\n")
    program.chmod(0o755)
    engine = DockerEngine({"PATH": os.environ["PATH"]}, program=str(program))
    command = ("buildx", "build", ".")

    for run in (
        lambda: engine.build(BuildCommand(arguments=command), print),
        lambda: engine.call(command, print),
    ):
        with pytest.raises(Unavailable) as raised:
            run()
        assert raised.value.what == (
            f"'docker buildx build' was ended by {signal.Signals(number).name}"
        )


@pytest.mark.parametrize(
    ("said", "kind", "what", "fix"),
    [
        (
            'unable to resolve docker endpoint: context "nope": context not found: open /x/meta',
            SettingsError,
            "There is no docker context `nope`",
            "Remove DOCKER_CONTEXT",
        ),
        (
            "Error response from daemon: client version 1.0 is too old. Minimum is 1.24",
            Unavailable,
            (
                "The docker program and the engine at unix:///var/run/docker.sock have no version of "
                "the API in common"
            ),
            "Remove DOCKER_API_VERSION",
        ),
    ],
)
def test_describe__says_what_else_stands_between(
    stand: Stand, said: str, kind: type[Exception], what: str, fix: str
) -> None:
    stand.says(json.dumps({"ServerErrors": [said]}), code=1)

    with pytest.raises(kind) as raised:
        stand.engine().describe()

    assert isinstance(raised.value, ActionError)
    assert raised.value.what == what
    assert fix in raised.value.fix


def test_describe__an_engine_that_is_not_for_this_user_needs_a_permission(stand: Stand) -> None:
    said = "permission denied while trying to connect to the Docker daemon socket at unix:///x"
    stand.says(json.dumps({"ServerErrors": [said]}), code=1)

    with pytest.raises(AccessDenied, match="This user may not use") as raised:
        stand.engine().describe()

    assert "usermod" in raised.value.fix


def test_describe__without_the_program() -> None:
    with pytest.raises(Unavailable) as raised:
        DockerEngine({}, program="/no/such/docker").describe()

    assert raised.value.what == "There is no program '/no/such/docker'"
    assert (
        raised.value.why
        == "searched in /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    )


def test_describe__a_path_that_leads_nowhere_hides_no_program(stand: Stand) -> None:
    stand.says(json.dumps(INFO))

    stand.engine({"PATH": "/nowhere::/usr/bin"}).describe()

    assert (
        stand.call[1]["PATH"]
        == "/nowhere:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/bin"
    )


def test_build__shows_each_line_and_reads_what_is_left(stand: Stand, tmp_path: Path) -> None:
    metadata, iid = tmp_path / "metadata.json", tmp_path / "iid"
    stand.says(
        "one\ntwo\n",
        before=(
            f"open({str(metadata)!r}, 'w').write('{{\"a\": 1}}'); open({str(iid)!r}, "
            "'w').write('sha256:x\\n')"
        ),
    )
    shown: list[str] = []
    command = BuildCommand(
        arguments=("buildx", "build", "."),
        environment=(("BUILDX_METADATA_WARNINGS", "true"),),
        metadata_file=PurePosixPath(metadata),
        iid_file=PurePosixPath(iid),
    )

    build = stand.engine(directory=tmp_path).build(command, shown.append)

    arguments, environ, directory = stand.call
    assert shown == ["one", "two"]
    assert (build.metadata, build.image_id) == ({"a": 1}, "sha256:x")
    assert arguments == ["buildx", "build", "."]
    assert environ["BUILDX_METADATA_WARNINGS"] == "true"
    assert directory == str(tmp_path)


@pytest.mark.parametrize("text", ["null", "", "[]"])
def test_build__metadata_may_be_nothing(stand: Stand, tmp_path: Path, text: str) -> None:
    (tmp_path / "metadata.json").write_text(text)

    build = stand.engine().build(
        BuildCommand(arguments=("x",), metadata_file=PurePosixPath(tmp_path / "metadata.json")),
        print,
    )

    assert (build.metadata, build.image_id) == ({}, "")


def test_build__the_engine_sees_none_of_our_secrets(stand: Stand, tmp_path: Path) -> None:
    environ = {
        "INPUT_PASSWORD": "hunter2",
        "STATE_private": "x",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "y",
        "MY_ARG": "kept",
        "HOME": str(tmp_path),
    }

    stand.engine(environ, config=tmp_path / "docker").build(BuildCommand(arguments=("x",)), print)

    seen = stand.call[1]
    assert "hunter2" not in json.dumps(seen)
    assert not {"STATE_private", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"} & seen.keys()
    assert (seen["MY_ARG"], seen["DOCKER_CONFIG"], seen["BUILDX_CONFIG"]) == (
        "kept",
        str(tmp_path / "docker"),
        str(tmp_path / ".docker/buildx"),
    )


@pytest.mark.parametrize(
    ("git", "is_checked", "searched_last", "is_told"),
    [
        ("sh", "1", "/bin", False),
        ("no-such-git", "1", "/action/programs", True),
        ("no-such-git", "", "/action/programs", False),
    ],
)
def test_build__buildx_finds_what_answers_for_git_where_there_is_none(
    git: str,
    is_checked: str,
    searched_last: str,
    is_told: bool,
    stand: Stand,
    caplog: pytest.LogCaptureFixture,
) -> None:
    environ = {"PATH": "/usr/bin", "BUILDX_GIT_CHECK_DIRTY": is_checked}
    engine = stand.engine(environ if is_checked else {"PATH": "/usr/bin"}, git=git)

    engine.build(BuildCommand(arguments=("buildx", "build", ".")), print)
    seen = stand.call[1]
    engine.call(("version",), print)

    assert seen["PATH"].rpartition(":")[2] == searched_last
    assert ("BUILDX_GIT_CHECK_DIRTY" in seen) is (bool(is_checked) and not is_told)
    assert ("BUILDX_GIT_CHECK_DIRTY is passed over" in caplog.text) is is_told
    assert "/action/programs" not in stand.call[1]["PATH"]


def test_build__a_failure_keeps_the_last_lines(stand: Stand) -> None:
    stand.says("#1 x\nERROR: failed to solve: y\nView details\n", code=1)

    with pytest.raises(BuildFailed) as raised:
        stand.engine().build(BuildCommand(arguments=("x",)), print)

    assert raised.value.what == "The build failed: ERROR: failed to solve: y"
    assert raised.value.why == "#1 x\nERROR: failed to solve: y\nView details"


def test_build__a_silent_failure_says_so(stand: Stand) -> None:
    stand.says("", code=1)

    with pytest.raises(BuildFailed, match="no output"):
        stand.engine().build(BuildCommand(arguments=("x",)), print)


@pytest.mark.parametrize("ignores", [False, True], ids=["stops when asked", "has to be killed"])
def test_build__never_outlives_us(
    stand: Stand, ignores: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghcr_action.adapters.child._ENDING_SECONDS", 0.3)
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if ignores else ""
    stand.says("", before=f"{ignore}\nprint(os.getpid(), flush=True)\ntime.sleep(600)")
    pids: list[int] = []

    def stop(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stand.engine().build(BuildCommand(arguments=("x",)), stop)

    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_build__ends_what_the_program_has_started_too(stand: Stand) -> None:
    """The program stops when it is asked; what it has started does not."""
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    stand.says(
        "",
        before=f"import subprocess\nprint(subprocess.Popen([sys.executable, '-c', {deaf!r}]).pid, flush=True)\ntime.sleep(1)\nprint('now', flush=True)\ntime.sleep(600)",
    )
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if line == "now":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stand.engine().build(BuildCommand(arguments=("x",)), stop)

    time.sleep(0.2)
    assert not is_running(int(lines[0]))


def test_call__a_stop_while_it_is_being_started_ends_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes between the fork and the return of what forked."""
    started: list[subprocess.Popen[str]] = []

    class Stopped(subprocess.Popen[str]):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            started.append(self)
            os.kill(os.getpid(), signal.SIGUSR1)

    def stop() -> None:
        raise KeyboardInterrupt

    stand.says("", before="time.sleep(600)")
    monkeypatch.setattr(subprocess, "Popen", Stopped)
    before = signal.signal(signal.SIGUSR1, lambda *_: interrupts.when_free(stop))
    try:
        with pytest.raises(KeyboardInterrupt):
            stand.engine().call(("x",), print)
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert started[0].returncode == -signal.SIGTERM


def test_describe__a_stop_waits_for_no_engine_that_hangs(stand: Stand) -> None:
    stand.says("", before="time.sleep(90)")

    class StopError(BaseException):
        """For KeyboardInterrupt subprocess makes an exception."""

    def stop(*_: object) -> None:
        raise StopError

    before = signal.signal(signal.SIGUSR1, stop)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    started = time.monotonic()
    try:
        with pytest.raises(StopError):
            stand.engine().describe()
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert time.monotonic() - started < 60


def test_begin__a_question_that_nobody_read_ends_with_the_run(stand: Stand, tmp_path: Path) -> None:
    stand.says("", before="time.sleep(90)")
    environ = {"PATH": f"{stand.directory}{os.pathsep}{os.environ['PATH']}"}
    parsed, _ = parse.settings({"images": "ghcr.io/octo/app"}, environ, push_event())
    asked: list[subprocess.Popen[str]] = []
    real = DockerEngine._ask

    def ask(engine: DockerEngine) -> subprocess.Popen[str]:
        asked.append(real(engine))
        return asked[0]

    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as closing:
        patch.setattr(DockerEngine, "_ask", ask)
        wiring.ports(
            parsed.common,
            environ,
            FakeRunner(),
            workspace.places({"RUNNER_TEMP": str(tmp_path)}),
            FakeProgress(),
            hide=Redaction(),
            closing=closing,
            builds=True,
        )
        assert asked[0].poll() is None

    assert asked[0].returncode == -signal.SIGKILL


def test_begin__a_stop_while_it_starts_knows_what_to_end(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.says("", before="time.sleep(90)")
    engine, real = stand.engine(), subprocess.Popen

    class StopError(BaseException):
        pass

    def stop() -> None:
        raise StopError

    def interrupted(*given: Any, **more: Any) -> Any:
        process = real(*given, **more)
        interrupts.when_free(stop)
        return process

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(StopError):
        engine.begin()
    monkeypatch.setattr(subprocess, "Popen", real)
    asked = engine._asked
    assert asked

    engine.end()

    assert asked.returncode == -signal.SIGKILL


def test_held__another_thread_holds_nothing_up() -> None:
    done: list[str] = []

    def elsewhere() -> None:
        with interrupts.held():
            interrupts.when_free(lambda: done.append("at once"))
            done.append("after")

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()

    assert done == ["at once", "after"]


INSPECTED = """Name:          multi
Driver:        docker-container

Nodes:
Name:      multi0
Endpoint:  default
Status:    running
Platforms: linux/amd64*, linux/amd64/v2, linux/386, (none)

Name:      multi1
Platforms: linux/arm64, linux/386
Labels:
 org.mobyproject.buildkit.worker.hostname: x
"""


def test_builder__driver_and_the_platforms_of_all_nodes(stand: Stand) -> None:
    stand.says(INSPECTED)

    found = stand.engine().builder("multi")

    platforms = tuple(
        map(Platform.parse, ("linux/amd64", "linux/amd64/v2", "linux/386", "linux/arm64"))
    )
    assert found == BuilderFacts(driver="docker-container", platforms=platforms)
    assert stand.call[0] == ["buildx", "inspect", "multi"]


def test_builder__the_current_one_has_no_name(stand: Stand) -> None:
    stand.says("Driver: docker\nPlatforms:\n")

    assert stand.engine().builder("") == BuilderFacts(driver="docker")
    assert stand.call[0] == ["buildx", "inspect"]


def test_builder__that_does_not_exist(stand: Stand) -> None:
    stand.says('ERROR: no builder "nope" found\n', code=1)

    assert stand.engine().builder("nope") is None


def test_builder__that_can_not_be_asked(stand: Stand) -> None:
    stand.says("ERROR: context deadline exceeded\n", code=1)

    with pytest.raises(
        Unavailable, match="'docker buildx inspect multi' failed: ERROR: context deadline exceeded"
    ):
        stand.engine().builder("multi")


def test_describe__then_the_plugin_is_run_itself(stand: Stand, tmp_path: Path) -> None:
    plugin = tmp_path / "docker-buildx"
    stand.says(
        json.dumps(
            INFO
            | {
                "ClientInfo": {
                    "Plugins": [{"Name": "buildx", "Version": "v0.29.1", "Path": str(plugin)}]
                }
            }
        )
    )
    engine = stand.engine()
    engine.describe()
    stand.says("made\n")
    stand.program.rename(plugin)

    assert engine.call(("buildx", "create", "--name", "x"), print) == "made"
    assert stand.call[0] == ["create", "--name", "x"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"DOCKER_TLS_VERIFY": "1"}, "/home/x/.docker"),
        ({"DOCKER_TLS": "1"}, "/home/x/.docker"),
        ({"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}, "/certs"),
    ],
)
def test_engine__finds_the_certificates_of_the_users_own_configuration(
    stand: Stand, tmp_path: Path, given: dict[str, str], expected: str | None
) -> None:
    engine = stand.engine({"HOME": "/home/x", **given}, config=tmp_path / "docker")

    engine.call(("version",), print)

    assert stand.call[1].get("DOCKER_CERT_PATH") == expected


@pytest.mark.parametrize(
    ("environ", "context", "builder", "asked"),
    [
        ({"DOCKER_HOST": "ssh://me@far"}, "default", "", "default"),
        ({}, "far", "", "far"),
        ({}, "default", "other", "other"),
    ],
    ids=["by ssh", "by a context", "of a builder"],
)
def test_bridge__a_program_knows_the_way_to_a_far_engine(
    stand: Stand, tmp_path: Path, environ: dict[str, str], context: str, builder: str, asked: str
) -> None:
    stand.says(json.dumps(INFO | {"ClientInfo": {**INFO["ClientInfo"], "Context": context}}))  # type: ignore[dict-item]
    engine = stand.engine(environ)
    engine.describe()
    stand.says("here\n")

    with (
        engine.bridge(PurePosixPath(tmp_path / "bk.sock"), builder=builder),
        socket.socket(socket.AF_UNIX) as client,
    ):
        client.connect(str(tmp_path / "bk.sock"))
        assert client.recv(10) == b"here\n"

    assert stand.call[0] == ["buildx", "dial-stdio", "--builder", asked]


def test_bridge__buildx_starts_no_buildkit_of_its_own_at_a_far_engine(
    stand: Stand, tmp_path: Path
) -> None:
    engine = stand.engine({"DOCKER_HOST": "ssh://me@far"})
    stand.says("Name:   default\nDriver: docker-container\n\nNodes:\n")

    with (
        pytest.raises(Unavailable, match="does not offer its BuildKit") as raised,
        engine.bridge(PurePosixPath(tmp_path / "bk.sock")),
    ):
        pass

    assert stand.call[0] == ["buildx", "inspect", "default"]
    assert "with the driver docker-container" in raised.value.why


def test_bridge__the_engine_beside_us_needs_no_program(tmp_path: Path) -> None:
    engine = DockerEngine({"DOCKER_HOST": f"unix://{tmp_path}/nobody"}, program="/no/such")

    with (
        pytest.raises(Unavailable) as raised,
        engine.bridge(PurePosixPath(tmp_path / "bk.sock")),
    ):
        pass

    assert f"{tmp_path}/nobody does not answer" in raised.value.why


def test_bridge__a_build_that_did_not_reach_the_engine_says_what_the_engine_answered(
    tmp_path: Path,
) -> None:
    answers = iter((b"HTTP/1.1 101 UPGRADED\r\n\r\n", b"HTTP/1.1 502 Bad Gateway\r\n\r\n"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "docker.sock"))
        listener.listen()

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        engine = DockerEngine({"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})

        def build() -> None:
            with (
                engine.bridge(PurePosixPath(tmp_path / "bk.sock")),
                socket.socket(socket.AF_UNIX) as client,
            ):
                client.connect(str(tmp_path / "bk.sock"))
                assert client.recv(1) == b""
                raise BuildFailed("The build failed", why="waiting for connection")

        with pytest.raises(BuildFailed) as raised:
            build()

    assert raised.value.why == "waiting for connection\nPOST /grpc gave 502 Bad Gateway"


def test_bridge__its_builder_is_in_no_list_of_the_users(stand: Stand, tmp_path: Path) -> None:
    engine = stand.engine({"BUILDX_CONFIG": "/home/x/buildx", "DOCKER_HOST": "ssh://me@far"})
    private = str(tmp_path / "buildx")

    with engine.bridge(PurePosixPath(tmp_path / "bk.sock")):
        engine.call(("buildx", "create"), print)
        assert stand.call[1]["BUILDX_CONFIG"] == private
        engine.build(BuildCommand(arguments=("buildx", "build")), print)
        assert stand.call[1]["BUILDX_CONFIG"] == private

    engine.call(("buildx", "ls"), print)
    assert stand.call[1]["BUILDX_CONFIG"] == "/home/x/buildx"


@pytest.mark.parametrize(
    ("own", "repository", "runner", "expected"),
    [
        ("41ec45d121d8a273", "octo/app", ("", ""), "41ec45d121d8a273"),
        ("41ec45d121d8a273", "octo/app", ("one", "/a/w"), "41ec45d121d8a273"),
        (None, "octo/app", ("", ""), "609ddd1d069bc4c5"),
        (None, "octo/other", ("", ""), "9fc385f29cc50ab0"),
        (None, "octo/app", ("one", "/a/w"), "0f29c2279726c8aa"),
        (None, "octo/app", ("one", "/b/w"), "d49de426cd7651e8"),
        (None, "octo/app", ("two", "/a/w"), "84ce1c804e5a39f4"),
        ("../../x", "octo/app", ("", ""), "609ddd1d069bc4c5"),
        ("", "octo/app", ("", ""), "609ddd1d069bc4c5"),
        (None, "", ("", ""), "e3b0c44298fc1c14"),
    ],
)
def test_bridge__buildkit_knows_the_context_of_the_last_run(
    stand: Stand,
    tmp_path: Path,
    own: str | None,
    repository: str,
    runner: tuple[str, str],
    expected: str,
) -> None:
    """Else each run would send its whole context again. One of another runner has other files at
    the same path, and BuildKit tells them apart by size and time only."""
    mine = tmp_path / "mine"
    mine.mkdir()
    if own is not None:
        (mine / ".buildNodeID").write_text(own)
    environ = {"BUILDX_CONFIG": str(mine), "GITHUB_REPOSITORY": repository}
    environ |= {"RUNNER_NAME": runner[0], "RUNNER_WORKSPACE": runner[1]}
    engine = stand.engine({**environ, "DOCKER_HOST": "ssh://me@far"})

    with engine.bridge(PurePosixPath(tmp_path / "bk.sock")):
        assert (tmp_path / "buildx/.buildNodeID").read_text() == expected


def test_call__gives_what_was_printed_and_shows_it(stand: Stand) -> None:
    stand.says("one\ntwo\n")
    shown: list[str] = []

    assert stand.engine().call(("image", "inspect", "x"), shown.append) == "one\ntwo"
    assert (shown, stand.call[0]) == (["one", "two"], ["image", "inspect", "x"])


def test_call__a_builder_that_is_not_there(stand: Stand) -> None:
    stand.says(
        'failed to remove x: no builder "x" found\nERROR: failed to remove one or more builders\n',
        code=1,
    )

    with pytest.raises(NotFound) as raised:
        stand.engine().call(("buildx", "rm", "x"), print)

    assert raised.value.what == (
        "'docker buildx rm x' failed: ERROR: failed to remove one or more builders"
    )


def test_call__a_refusal_keeps_the_last_lines(stand: Stand) -> None:
    stand.says(
        (
            "Unable to find image\ndocker: no such host\n\nRun 'docker run --help' for more "
            "information\n"
        ),
        code=125,
    )

    with pytest.raises(Unavailable) as raised:
        stand.engine().call(("run", "--rm", "binfmt image"), print)

    assert raised.value.what == "'docker run --rm 'binfmt image'' failed: docker: no such host"
    assert raised.value.why.startswith("Unable to find image\ndocker: no such host\n")


def test_shell__has_the_variables_and_the_engine_but_none_of_the_runners_tokens(
    tmp_path: Path,
) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "ACTIONS_RUNTIME_TOKEN": "t0ken",
        "INPUT_PASSWORD": "hunter2",
        "HOME": str(tmp_path),
    }
    shown: list[str] = []

    engine = DockerEngine(environ, directory=tmp_path, config=tmp_path / "docker")
    code = engine.shell('env\npwd\necho "$IMAGE" | cat', {"IMAGE": "x@sha256:1"}, shown.append)

    assert (code, shown[-2:]) == (0, [str(tmp_path), "x@sha256:1"])
    assert f"DOCKER_CONFIG={tmp_path}/docker" in shown
    assert not any(secret in "\n".join(shown) for secret in ("t0ken", "hunter2"))


@pytest.mark.parametrize(
    ("script", "expected"),
    [("exit 7", 7), ("false\ntrue", 1), ("true", 0)],
    ids=["exit", "first failure", "fine"],
)
def test_shell__gives_the_exit_code(tmp_path: Path, script: str, expected: int) -> None:
    assert (
        DockerEngine({"PATH": os.environ["PATH"]}, directory=tmp_path).shell(script, {}, print)
        == expected
    )


def test_shell__ends_with_its_script_whatever_that_has_left_running(tmp_path: Path) -> None:
    shown: list[str] = []

    code = DockerEngine({"PATH": os.environ["PATH"]}, directory=tmp_path).shell(
        "sh -c 'trap : TERM; while :; do sleep 1; done' &\necho $!\nexit 3", {}, shown.append
    )

    assert code == 3
    assert eventually(lambda: not is_running(int(shown[0])))  # it has to be given a processor yet


def test_ask__gives_output_and_errors_apart_and_sees_what_it_is_given(
    stand: Stand, tmp_path: Path
) -> None:
    (tmp_path / "below").mkdir()
    stand.says("{}", code=3, before="sys.stderr.write('first\\nERROR: no\\n')")
    engine = stand.engine(
        {"SECRET": "x", "ACTIONS_RUNTIME_TOKEN": "y"},
        directory=tmp_path,
        config=tmp_path / "config",
    )

    said = engine.ask(("buildx", "bake", "--print"), {"VERSION": "1"}, directory="below")

    assert said == Printed(code=3, output="{}", errors=("first", "ERROR: no"))
    arguments, environ, directory = stand.call
    assert arguments == ["buildx", "bake", "--print"]
    assert environ["VERSION"] == "1"
    assert environ["DOCKER_CONFIG"] == str(tmp_path / "config")
    assert not {"SECRET", "ACTIONS_RUNTIME_TOKEN"} & environ.keys()
    assert directory == str(tmp_path / "below")


def test_ask__without_an_environment_sees_what_a_build_sees(stand: Stand) -> None:
    stand.says("x")

    said = stand.engine({"NAME": "value", "INPUT_PASSWORD": "y"}).ask(("buildx", "version"))

    assert said == Printed(code=0, output="x")
    assert stand.call[1]["NAME"] == "value"
    assert "INPUT_PASSWORD" not in stand.call[1]


def test_build__in_a_directory_of_the_workspace(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()

    stand.engine(directory=tmp_path).build(BuildCommand(arguments=("x",), directory="below"), print)

    assert stand.call[2] == str(tmp_path / "below")
