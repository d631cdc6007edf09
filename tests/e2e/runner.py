"""Starts the built image as GitHub's runner starts a container action, and reads back what it
leaves.

Source:
https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs and
.../Container/DockerCommandManager.cs: mounts, environment by name, file commands, the post step in
a second container.
"""

import contextlib
import json
import subprocess
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.e2e import protocol
from tests.testbed import ROOT, Testbed

POST = "/action/post"
FILE_COMMANDS = {
    "GITHUB_OUTPUT": "set_output_",
    "GITHUB_ENV": "set_env_",
    "GITHUB_STATE": "save_state_",
    "GITHUB_STEP_SUMMARY": "step_summary_",
}


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened: the variables that differ from event to event, and the payload."""

    name: str = "push"
    ref: str = "refs/heads/main"
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that has ended."""

    exit_code: int
    log: protocol.Log
    raw_log: str = field(repr=False)
    outputs: Mapping[str, str]
    exported: Mapping[str, str]
    state: Mapping[str, str]
    summary: str
    processes: frozenset[str] = field(repr=False)
    """Every command line that appeared on the machine while it ran."""


@dataclass(kw_only=True)
class Running:
    """A step under way."""

    container: str
    process: subprocess.Popen[str]
    files: Mapping[str, Path]
    testbed: Testbed
    before: frozenset[str]
    _lines: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read the log and watch the machine's processes while it runs, as anybody on the machine
        can."""
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._read, self._watch)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, timeout: float = 300) -> Step:
        """The ended step. Fails the test where the container hangs."""
        code = self.process.wait(timeout)
        for thread in self._threads:
            thread.join()
        texts = {name: path.read_text(encoding="utf-8") for name, path in self.files.items()}
        raw_log = "".join(self._lines)
        return Step(
            exit_code=code,
            log=protocol.read_log(raw_log),
            raw_log=raw_log,
            outputs=protocol.file_command(texts["GITHUB_OUTPUT"]),
            exported=protocol.file_command(texts["GITHUB_ENV"]),
            state=protocol.file_command(texts["GITHUB_STATE"]),
            summary=texts["GITHUB_STEP_SUMMARY"],
            processes=frozenset(self._seen) - self.before,
        )

    def wait_for(self, text: str, timeout: float = 120) -> None:
        """Until the log holds this text; fails the test where it ends without."""
        waited = threading.Event()
        for _ in range(int(timeout / 0.05)):
            if any(text in line for line in list(self._lines)):
                return
            assert self.process.poll() is None, (
                f"ended before it said {text!r}:\n{''.join(self._lines)}"
            )
            waited.wait(0.05)
        raise AssertionError(f"never said {text!r}:\n{''.join(self._lines)}")

    def signal(self, name: str) -> None:
        """Send a signal to the container's first process."""
        self.testbed.run("docker", "kill", "--signal", name, self.container)

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as stream:
            self._lines.extend(iter(stream.readline, ""))

    def _watch(self) -> None:
        pause = threading.Event()
        while self.process.poll() is None:
            self._seen |= command_lines()
            pause.wait(0.02)


def command_lines() -> frozenset[str]:
    """Of every process on the machine, those in containers included."""
    found = set()
    for place in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it has ended meanwhile, which a glob does not survive
            if place.name.isdecimal():
                line = (place / "cmdline").read_bytes()
                found.add(line.replace(b"\0", b" ").decode(errors="replace"))
    return frozenset(found)


class Job:
    """One job on a runner: directories that outlive its steps."""

    def __init__(
        self,
        root: Path,
        testbed: Testbed,
        image: str,
        *,
        token: str,
        api_url: str,
        repository: str = "octo/hello",
    ) -> None:
        self.testbed, self.image, self.token, self.repository = testbed, image, token, repository
        self.workspace = root / "work/hello/hello"
        self.temp = root / "work/_temp"
        self.home = self.temp / "_github_home"
        self._api_url = api_url
        self.socket = testbed.socket
        """Of the engine, as the runner mounts it."""
        self._started: list[Running] = []
        for directory in (
            self.workspace,
            self.home,
            self.temp / "_github_workflow",
            self.temp / "_runner_file_commands",
        ):
            directory.mkdir(parents=True)

    def start(
        self,
        inputs: Mapping[str, str] | None = None,
        event: Event | None = None,
        /,
        **environment: str,
    ) -> Running:
        """Start the main step with these inputs, over the defaults of action.yml; `environment` is
        the step's `env:`."""
        named = {name: self._inside(value) for name, value in environment.items()}
        return self._start(
            self._environment(inputs or {}, event or Event()) | named, *self._engine()
        )

    def run_without_engine(self, inputs: Mapping[str, str]) -> Step:
        """The main step on a runner that mounts no engine's socket, as a Kubernetes runner may."""
        return self._start(self._environment(inputs, Event())).wait()

    def run_out_of_sight(self, inputs: Mapping[str, str]) -> Step:
        """The main step of a runner that is itself in a container: the engine has other directories
        by the same names, and mounts those, which are empty."""
        return self._start(
            self._environment(inputs, Event()), *self._engine(), below=self.temp.parent / "engine"
        ).wait()

    def run(
        self,
        inputs: Mapping[str, str] | None = None,
        event: Event | None = None,
        /,
        **environment: str,
    ) -> Step:
        """The main step, from start to end."""
        return self.start(inputs, event, **environment).wait()

    def post(self, step: Step, inputs: Mapping[str, str] | None = None) -> Step:
        """The post step that belongs to an ended main step: a second container, with its state."""
        state = {f"STATE_{name}": value for name, value in step.state.items()}
        return self._start(
            self._environment(inputs or {}, Event()) | state, *self._engine(), "--entrypoint", POST
        ).wait()

    def _start(
        self, environment: dict[str, str], *options: str, below: Path = Path("/")
    ) -> Running:
        files = {
            name: self.temp / "_runner_file_commands" / f"{prefix}{uuid.uuid4()}"
            for name, prefix in FILE_COMMANDS.items()
        }
        for name, path in files.items():
            path.touch()
            environment[name] = f"/github/file_commands/{path.name}"
        container = f"e2e-{uuid.uuid4().hex[:12]}"
        command = [
            "docker",
            "run",
            "--name",
            container,
            "--label",
            "e2e",
            "--workdir",
            "/github/workspace",
            "--rm",
        ]
        command += [part for name in environment for part in ("-e", name)]
        command += [
            "-e",
            "GITHUB_ACTIONS=true",
            "-e",
            "CI=true",
            *options,
            "--network",
            "host",
            *self._mounts(below),
            self.image,
        ]
        before = command_lines()
        process = subprocess.Popen(
            command,
            env={**self.testbed.env, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running = Running(
            container=container, process=process, files=files, testbed=self.testbed, before=before
        )
        self._started.append(running)
        return running

    def close(self) -> None:
        """End what a failed test left running."""
        for running in self._started:
            if running.process.poll() is None:
                running.signal("SIGKILL")
                running.wait()

    def _inside(self, value: str) -> str:
        """A value of `env:` that is a path of the workspace or of the runner's temporary directory,
        as the runner translates it."""
        for host, inside in (
            (self.workspace, "/github/workspace"),
            (self.temp, "/github/runner_temp"),
        ):
            if f"{value}/".startswith(f"{host}/"):
                return inside + value.removeprefix(str(host))
        return value

    def _engine(self) -> tuple[str, str]:
        return "-v", f"{self.socket}:/var/run/docker.sock"

    def _mounts(self, below: Path) -> list[str]:
        mounts = {
            self.temp: "/github/runner_temp",
            self.home: "/github/home",
            self.temp / "_github_workflow": "/github/workflow",
            self.temp / "_runner_file_commands": "/github/file_commands",
            self.workspace: "/github/workspace",
        }
        if self.testbed.env.get("TESTBED_NAME"):
            mounts[Path(self.testbed.ca_bundle)] = "/etc/ssl/certs/ca-certificates.crt:ro"
        return [
            part
            for host, inside in mounts.items()
            for part in ("-v", f"{below / host.relative_to('/')}:{inside}")
        ]

    def _environment(self, inputs: Mapping[str, str], event: Event) -> dict[str, str]:
        owner, _, _name = self.repository.partition("/")
        payload = {
            "repository": {
                "full_name": self.repository,
                "private": False,
                "default_branch": "main",
            },
            "ref": event.ref,
            **event.payload,
        }
        (self.temp / "_github_workflow/event.json").write_text(json.dumps(payload))
        named = {
            f"INPUT_{name.upper().replace(' ', '_')}": value
            for name, value in (self._defaults() | dict(inputs)).items()
        }
        github = {
            "ACTOR": "octocat",
            "API_URL": self._api_url,
            "EVENT_NAME": event.name,
            "EVENT_PATH": "/github/workflow/event.json",
            "JOB": "image",
            "REF": event.ref,
            "REF_NAME": event.ref.removeprefix("refs/heads/").removeprefix("refs/tags/"),
            "REF_TYPE": "tag" if event.ref.startswith("refs/tags/") else "branch",
            "REPOSITORY": self.repository,
            "REPOSITORY_OWNER": owner,
            "RUN_ATTEMPT": "1",
            "RUN_ID": "1001",
            "RUN_NUMBER": "7",
            "SERVER_URL": "https://github.com",
            "SHA": "0123456789abcdef0123456789abcdef01234567",
            "WORKFLOW": "publish",
            "WORKSPACE": "/github/workspace",
        }
        runner = {
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": "/github/runner_temp",
            "RUNNER_WORKSPACE": str(self.workspace.parent),
        }
        named["HOME"] = "/github/home"
        if self.testbed.env.get("TESTBED_NAME"):
            named["REQUESTS_CA_BUNDLE"] = "/etc/ssl/certs/ca-certificates.crt"
        return named | {f"GITHUB_{name}": value for name, value in github.items()} | runner

    def _defaults(self) -> dict[str, str]:
        declared = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
        values = {name: str(row.get("default", "")) for name, row in declared.items()}
        return {
            name: value.replace("${{ github.token }}", self.token) for name, value in values.items()
        }
