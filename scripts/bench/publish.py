#!/usr/bin/env python3
"""What our whole step costs beside the bare `docker buildx build --push` of the same image: ratio,
seconds that we add, peak disk.

With the testbed up, run it as
`PYTHONPATH=. .venv/bin/python scripts/bench/publish.py [--image NAME] [--turns N] [--layers N]
[MEGABYTES …]`.
The two take turns, and begin in turns, so that a busy machine slows both; neither begins before the
disk has what the other has written. Figures are medians. For each size: a first push (new content
each time, a third of the turns), a cached one, and one layer changed. Ours also reads every
manifest back, writes and confirms the tags, and writes outputs and summary. `--image` runs ours in
the action's image, as the runner starts it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.e2e.runner import Job
from tests.testbed import Testbed, start

ROOT = Path(__file__).parents[2]
SIZES = (8, 500, 2000)
MEGABYTE = 1024 * 1024
SMALL = MEGABYTE // 2
"""Bytes of the layer that changes."""
INPUTS = {"tags": "1", "provenance": "false", "cache": "off"}


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A build context, and the name its image is pushed under."""

    directory: Path
    name: str
    layers: int
    """How many of one size; a small one comes on top."""

    def fill(self, megabytes: int) -> None:
        """New content: nothing is cached, and no registry has it."""
        copied = "".join(f"COPY layer{number} /\n" for number in range(self.layers))
        (self.directory / "Dockerfile").write_text(f"FROM scratch\n{copied}COPY small /\n")
        for number in range(self.layers):
            with (self.directory / f"layer{number}").open("wb") as file:
                for _ in range(megabytes):
                    file.write(os.urandom(MEGABYTE // self.layers))
        self.change()

    def change(self) -> None:
        """One layer, and that a small one."""
        (self.directory / "small").write_bytes(os.urandom(SMALL))


class Disk:
    """The most bytes that files below a directory had while it was watched."""

    def __init__(self, directory: Path) -> None:
        self.peak = 0
        self._directory = directory
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Disk":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            total = 0
            for folder, _, files in os.walk(self._directory):
                for file in files:
                    try:
                        total += Path(folder, file).lstat().st_blocks * 512
                    except OSError:
                        continue
            self.peak = max(self.peak, total)


def bare(testbed: Testbed, tree: Tree) -> None:
    """The peer's command."""
    command = [
        "docker",
        "buildx",
        "build",
        "--push",
        "--provenance=false",
        "--tag",
        f"{tree.name}:1",
        "--metadata-file",
        "../bare.json",
        ".",
    ]
    done = subprocess.run(
        command, cwd=tree.directory, env=testbed.env, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def process(testbed: Testbed, temp: Path) -> Callable[[Tree], None]:
    """Our whole step, as a process on this machine."""
    files = {
        f"GITHUB_{file}": str(temp / file) for file in ("OUTPUT", "STATE", "ENV", "STEP_SUMMARY")
    }
    event = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "8" * 40,
        "GITHUB_REPOSITORY": "octo/app",
    }
    own = {
        **files,
        **event,
        "GITHUB_ACTIONS": "true",
        "RUNNER_TEMP": str(temp),
        "PYTHONPATH": str(ROOT),
    }

    def run(tree: Tree) -> None:
        named = {
            f"INPUT_{name.upper()}": value
            for name, value in {"images": tree.name, **INPUTS}.items()
        }
        environ = {
            **testbed.env,
            **own,
            **named,
            "GITHUB_WORKSPACE": str(tree.directory),
        }
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the image has its modules compiled
        done = subprocess.run(
            [sys.executable, ROOT / "entrypoint.py"],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def container(job: Job) -> Callable[[Tree], None]:
    """Our whole step in the action's image, the container's start included."""

    def run(tree: Tree) -> None:
        step = job.run({"images": tree.name, **INPUTS})
        assert step.exit_code == 0, step.raw_log

    return run


def timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measure(
    label: str,
    turns: int,
    prepare: Callable[[], None],
    runs: tuple[Callable[[Tree], None], ...],
    trees: tuple[Tree, ...],
) -> None:
    """Print one line: medians of the bare command and of ours, in turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        prepare()
        both = list(zip(taken, runs, trees, strict=True))
        for seconds, run, tree in reversed(both) if turn % 2 else both:
            os.sync()
            seconds.append(timed(partial(run, tree)))
    their, our = map(statistics.median, taken)
    ranges = "  ".join(f"{min(each):.2f}–{max(each):.2f}" for each in taken)
    print(
        f"{label:<24} bare {their:6.2f} s   ours {our:6.2f} s   ratio {our / their:5.2f}   "
        f"we add {our - their:5.2f} s   ({ranges})",
        flush=True,
    )


def compare(
    testbed: Testbed, root: Path, megabytes: int, turns: int, *, image: str, layers: int
) -> None:
    """All that is measured of one size."""
    temp, unique = root / "temp", uuid.uuid4().hex
    temp.mkdir()
    job = (
        Job(root / "runner", testbed, image, token="", api_url="http://127.0.0.1:9")
        if image
        else None
    )
    name = f"{testbed.registry}/bench/{unique}"
    ours = Tree(directory=job.workspace if job else root / "ours", name=name, layers=layers)
    theirs = Tree(directory=root / "bare", name=f"{name}-bare", layers=layers)
    for tree in (ours, theirs):
        tree.directory.mkdir(exist_ok=True)
    runs = (lambda tree: bare(testbed, tree), container(job) if job else process(testbed, temp))
    trees = (theirs, ours)

    def fill() -> None:
        """The engine forgets the turn before, so that gigabytes need no disk of many times their
        size."""
        testbed.run("docker", "builder", "prune", "--all", "--force")
        testbed.run("docker", "image", "prune", "--force")
        for tree in trees:
            tree.fill(megabytes)

    def change() -> None:
        for tree in trees:
            tree.change()

    with Disk(job.temp if job else temp) as disk:
        for label, count, prepare in (
            ("first push", max(1, turns // 3), fill),
            ("cached", turns, lambda: None),
            ("one layer new", turns, change),
        ):
            measure(f"{megabytes} MB, {label}", count, prepare, runs, trees)
    print(f"{megabytes} MB: our files had {disk.peak / MEGABYTE:.1f} MB at most", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("megabytes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument(
        "--image", default="", help="the action's image, to run ours as the runner does"
    )
    parser.add_argument("--layers", type=int, default=4, help="how many the size is divided into")
    asked = parser.parse_args()
    testbed = start()
    for megabytes in asked.megabytes:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            root, image, layers = Path(directory), asked.image, asked.layers
            compare(testbed, root, megabytes, asked.turns, image=image, layers=layers)


if __name__ == "__main__":
    main()
