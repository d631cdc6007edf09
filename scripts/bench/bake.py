#!/usr/bin/env python3
"""What `mode: bake` costs beside the bare `docker buildx bake --push` of the same definition, all
cached: seconds that we add, for 1, 4 and 12 targets.

With the testbed up, run it as `PYTHONPATH=. .venv/bin/python scripts/bench/bake.py [--turns N]
[TARGETS …]`. The two take turns, so that a busy machine slows both; figures are medians. Ours also
reads every manifest back, writes and confirms the tags, and writes outputs and summary.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from tests.testbed import Testbed, start

ROOT = Path(__file__).parents[2]
COUNTS = (1, 4, 12)
KIBIBYTES = 256
EVENT = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_EVENT_NAME": "push",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "8" * 40,
    "GITHUB_REPOSITORY": "octo/app",
}


def write(directory: Path, count: int, here: str) -> None:
    """A definition of so many targets, each with a layer of its own."""
    names = [f"t{number}" for number in range(count)]
    targets = [
        f'target "{name}" {{\n  context = "{name}"\n  tags = ["{here}/{name}:1"]\n}}\n'
        for name in names
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    group = f'group "default" {{\n  targets = [{listed}]\n}}\n'
    (directory / "docker-bake.hcl").write_text(group + "".join(targets))
    for name in names:
        (directory / name).mkdir()
        (directory / name / "Dockerfile").write_text("FROM scratch\nCOPY layer /\n")
        (directory / name / "layer").write_bytes(os.urandom(KIBIBYTES * 1024))


def bare(testbed: Testbed, directory: Path) -> None:
    """The peer's command."""
    command = ["docker", "buildx", "bake", "--push", "--provenance=false", "--allow", "fs=*"]
    command += ["--metadata-file", str(directory.parent / "bare.json")]
    subprocess.run(command, cwd=directory, env=testbed.env, check=True, capture_output=True)


def ours(testbed: Testbed, directory: Path) -> None:
    """Our whole step, as a process on this machine."""
    temp = directory.parent / "temp"
    temp.mkdir(exist_ok=True)
    files = {f"GITHUB_{file}": str(temp / file) for file in ("OUTPUT", "STATE", "STEP_SUMMARY")}
    inputs = {"mode": "bake", "provenance": "false", "cache": "off"}
    environ = {
        **testbed.env,
        **EVENT,
        **files,
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        "RUNNER_TEMP": str(temp),
        "GITHUB_WORKSPACE": str(directory),
        "PYTHONPATH": str(ROOT),
    }
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the image has its modules compiled
    command = [sys.executable, str(ROOT / "entrypoint.py")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def seconds(run: Callable[[Testbed, Path], None], testbed: Testbed, directory: Path) -> float:
    started = time.perf_counter()
    run(testbed, directory)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("targets", type=int, nargs="*", default=COUNTS)
    asked = parser.parse_args()
    testbed = start()
    for count in asked.targets:
        with tempfile.TemporaryDirectory(prefix="bake") as root:
            directory = Path(root) / "work"
            directory.mkdir()
            write(directory, count, f"{testbed.registry}/bench/{uuid.uuid4().hex[:8]}")
            for run in (bare, ours):
                run(testbed, directory)
            pairs = [
                (seconds(bare, testbed, directory), seconds(ours, testbed, directory))
                for _ in range(asked.turns)
            ]
        alone, step = (statistics.median(each) for each in zip(*pairs, strict=True))
        added = statistics.median(mine - theirs for theirs, mine in pairs)
        print(
            f"{count:3} targets: bare {alone:.2f} s, ours {step:.2f} s, added {added:.2f} s, "
            f"allowed {0.6 + 0.05 * count:.2f} s",
            flush=True,
        )


main()
