"""Runs that are killed at any moment, as a runner or a machine does it: every process of the step
at once. What must hold afterwards is looked at by clients that share no code with ours."""

import contextlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e import protocol
from tests.e2e.judges import Judges
from tests.testbed import ROOT, Testbed

TAGS = ("1", "latest")
ALONE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
"""Starts a PID namespace. Its first process takes every other one with it when it is killed, also
those in sessions of their own, as that of a container does."""
_POST = "from ghcr_action.post import post; post()"


@dataclass
class Victim:
    """One job that is killed again and again, its directories and what it publishes."""

    testbed: Testbed
    judge: Judges
    root: Path
    name: str
    killed: int = 0
    ended: int = 0
    moments: list[float] = field(default_factory=list)
    """Seconds from the start to each kill that met a running step."""

    def __post_init__(self) -> None:
        self.workspace, self.temp = self.root / "workspace", self.root / "temp"
        self.config = self.root / "docker"
        for directory in (self.workspace, self.temp, self.config):
            directory.mkdir(parents=True)
        (self.config / "cli-plugins").symlink_to(Path(self.testbed.docker_config) / "cli-plugins")
        (self.workspace / "Dockerfile").write_text("FROM scratch\nCOPY a b /\n")
        (self.workspace / "a").write_bytes(os.urandom(2_000_000))

    def change(self) -> None:
        """New content, so that there is something to push."""
        (self.workspace / "b").write_bytes(os.urandom(200_000))

    def whole(self) -> float:
        """A run that is let alone, and how long it took; fails where it does not end green."""
        begun = time.monotonic()
        process = self._start()
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0, out
        self.look()
        return time.monotonic() - begun

    def kill(self, after: float) -> float:
        """A run that is killed after this many seconds, and its post step; how long the run took,
        at most so many seconds."""
        self.change()
        begun, process = time.monotonic(), self._start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        taken = time.monotonic() - begun
        if process.poll() is None:
            self.killed += 1
            self.moments.append(after)
        else:
            self.ended += 1
        process.kill()
        process.communicate()  # until nobody is left who could write
        self._post()
        self.look()
        return taken

    def look(self) -> None:
        """No name stands on an image that is not whole; nothing of a run is left."""
        for tag in self.judge.tags(self.name) & set(TAGS) if self._exists() else ():
            assert self.judge.validate(f"{self.name}:{tag}").startswith("PASS"), tag
        ours = (each for each in self.temp.iterdir() if each.name.startswith("ghcr-action-"))
        left = [str(path) for each in ours for path in (each, *each.rglob("*"))]
        instances = self.config / "buildx/instances"
        builders = [path.name for path in instances.iterdir()] if instances.is_dir() else []
        assert (left, builders) == ([], []), (left, builders, self.moments[-1:])
        assert self.name not in self.testbed.run("docker", "images", "--digests")

    def _exists(self) -> bool:
        registry, _, path = self.name.partition("/")
        return path in self.judge.crane("catalog", registry).split()

    def _start(self) -> "subprocess.Popen[str]":
        for file in ("output", "state", "summary", "env"):
            (self.root / file).write_text("")
        return subprocess.Popen(
            [*ALONE, sys.executable, ROOT / "entrypoint.py"],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _post(self) -> None:
        state = protocol.file_command((self.root / "state").read_text())
        named = {f"STATE_{name}": value for name, value in state.items()}
        environ = {**self._environment(), **named, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", _POST], env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _environment(self) -> Mapping[str, str]:
        inputs = {"images": self.name, "tags": "\n".join(TAGS), "cache": "off"}
        inputs |= {"provenance": "false", "github-token": "t", "summary": "false"}
        job = {
            "ACTIONS": "true",
            "API_URL": "http://127.0.0.1:9",
            "EVENT_NAME": "push",
            "OUTPUT": str(self.root / "output"),
            "STATE": str(self.root / "state"),
            "STEP_SUMMARY": str(self.root / "summary"),
            "ENV": str(self.root / "env"),
            "REF": "refs/heads/main",
            "REPOSITORY": "octo/hello",
            "SHA": "0" * 40,
            "WORKSPACE": str(self.workspace),
        }
        return {
            **self.testbed.env,
            **{f"INPUT_{key.upper()}": value for key, value in inputs.items()},
            **{f"GITHUB_{key}": value for key, value in job.items()},
            "DOCKER_CONFIG": str(self.config),
            "RUNNER_TEMP": str(self.temp),
            "SOURCE_DATE_EPOCH": "1767225600",
        }


def spread(victim: Victim, count: int, *, every: int = 10, seed: int = 0) -> str:
    """Kill ``count`` runs at moments spread over a whole one, as long as the last one that came to
    its end; every so many the next one is let alone and has to complete. What was seen, as a line
    of JSON."""
    chance = random.Random(seed)
    victim.change()
    victim.whole()
    length = victim.whole()
    completed = 0
    while victim.killed < count:
        before, taken = victim.killed, victim.kill(chance.uniform(0, length))
        if victim.killed == before:
            length = taken
        elif victim.killed % every == 0:
            length = victim.whole()
            completed += 1
    victim.whole()
    shown = {
        "killed": victim.killed,
        "ended before": victim.ended,
        "completed after": completed + 1,
        "seconds of a whole run": round(length, 2),
        "first kill at": round(min(victim.moments), 2),
        "last kill at": round(max(victim.moments), 2),
    }
    return json.dumps(shown)
