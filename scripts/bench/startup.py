#!/usr/bin/env python3
"""What a process of ours costs before and beside its work: first line, end and CPU time of short
runs, by mode.

`PYTHONPATH=. .venv/bin/python scripts/bench/startup.py [REVISION]`. Code and packages are laid out
and compiled as in the image, and started with its flags; an empty Python, the work tree and
REVISION take turns, so that a busy machine slows all of them. Figures are medians in milliseconds;
the ratios are what to compare. The registry is the tests' own, on loopback, without TLS.
"""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ghcr_action.values.platform import Platform
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr, Holding
from tests.fakes.http import Scripted

ROOT = Path(__file__).parents[2]
TURNS, TAGS = 15, 10
FLAGS = ("-E", "-s", "-S", "-u", "-B")
"""As in the Dockerfile's ENTRYPOINT."""
REPOSITORY = {
    "full_name": "octo/app",
    "name": "app",
    "html_url": "https://github.com/octo/app",
    "description": "",
    "license": None,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to start us: program, arguments and inputs."""

    program: str = "entrypoint.py"
    arguments: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Figures:
    """Of one case, in seconds."""

    first: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def cases(source: str, run: int = 0) -> dict[str, Case]:
    """Every way to start; each promotion writes names that nothing has yet."""
    names = "\n".join(f"{source.rpartition(':')[0]}:{run}-{number}" for number in range(TAGS))
    return {
        "--version": Case(arguments=("--version",)),
        "--help": Case(arguments=("--help",)),
        "post step": Case(program="post"),
        "mode: metadata": Case(inputs={"mode": "metadata", "images": "ghcr.io/octo/app"}),
        "mode: inspect": Case(inputs={"mode": "inspect", "source": source}),
        f"mode: promote, {TAGS} tags": Case(
            inputs={"mode": "promote", "source": source, "tags": names, "referrers": "false"}
        ),
    }


def lay_out(directory: Path, revision: str = "") -> Path:
    """Code of the work tree or of a revision beside the packages it needs, all compiled, as the
    Dockerfile does it."""
    names = ("entrypoint.py", "ghcr_action", "scripts/image/post")
    source = ROOT
    if revision:
        source = directory / "archive"
        source.mkdir(parents=True)
        packed = subprocess.run(
            ["git", "archive", revision, *names], cwd=ROOT, check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "--extract", "--directory", source], input=packed, check=True)
    shutil.copytree(
        source / "ghcr_action",
        directory / "ghcr_action",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for program in ("entrypoint.py", "scripts/image/post"):
        shutil.copy(source / program, directory)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            directory,
        ],
        check=True,
    )
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.name != "__pycache__":
            (directory / package.name).symlink_to(package)
    return directory


def environment(directory: Path, case: Case) -> dict[str, str]:
    """What the runner sets; for the command line nothing of it."""
    home = {"PATH": os.environ["PATH"], "HOME": str(directory), "RUNNER_TEMP": str(directory)}
    if case.arguments:
        return home
    files = {
        f"GITHUB_{name}": str(directory / name)
        for name in ("OUTPUT", "STATE", "ENV", "STEP_SUMMARY")
    }
    event = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(directory),
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_EVENT_PATH": str(directory / "event.json"),
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "8" * 40,
        "GITHUB_REPOSITORY": "octo/app",
        "INPUT_GITHUB-TOKEN": "a-token",
    }
    return {
        **home,
        **files,
        **event,
        **{f"INPUT_{name.upper()}": value for name, value in case.inputs.items()},
    }


def turn(figures: Figures, argv: list[str], environ: Mapping[str, str]) -> None:
    """One process from its start to its end."""
    begun = time.perf_counter()
    with subprocess.Popen(
        argv, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        figures.first.append(time.perf_counter() - begun)
        process.stdout.read()
        assert process.stderr
        told = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    figures.end.append(time.perf_counter() - begun)
    figures.cpu.append(usage.ru_utime + usage.ru_stime)
    if process.returncode:
        sys.exit(f"{' '.join(argv)}\n{told.decode()}")


def compare(trees: Mapping[str, Path], source: str, work: Path) -> None:
    """Every case in every tree by turns, then a table."""
    empty, found = Figures(), {(name, tree): Figures() for name in cases(source) for tree in trees}
    number = 0
    for _ in range(TURNS):
        turn(empty, [sys.executable, *FLAGS, "-c", "pass"], {})
        for name, tree in random.sample(list(found), len(found)):
            number += 1
            case = cases(source, number)[name]
            turn(
                found[name, tree],
                [sys.executable, *FLAGS, str(trees[tree] / case.program), *case.arguments],
                environment(work, case),
            )
    print(
        f"{'':26} {'':12} first line     end          CPU   CPU / empty   CPU / {list(trees)[-1]}"
    )
    print(f"{'empty Python':26} {'':12} {'':10} {middle(empty.end):7.0f} {middle(empty.cpu):12.0f}")
    for (name, tree), one in found.items():
        beside = found[name, list(trees)[-1]]
        ratios = (
            f"{middle(one.cpu) / middle(empty.cpu):13.1f} "
            f"{middle(one.cpu) / middle(beside.cpu):12.2f}"
        )
        print(
            f"{name:26} {tree:12} {middle(one.first):10.0f} {middle(one.end):7.0f} "
            f"{middle(one.cpu):12.0f} {ratios}"
        )


def middle(seconds: list[float]) -> float:
    """The median in milliseconds."""
    return statistics.median(seconds) * 1000


def main() -> None:
    manifest, blobs = image([Platform("linux", "amd64")])
    holding = Holding(blobs={str(digest): content for digest, content in blobs.items()})
    holding.manifests[str(manifest.descriptor.digest)] = (manifest.media_type, manifest.raw)
    holding.tags["1"] = str(manifest.descriptor.digest)
    ghcr = Ghcr(login="open", repositories={"octo/app": holding})
    revision = next(iter(sys.argv[1:]), "")
    with tempfile.TemporaryDirectory() as directory, Scripted(ghcr.answer).running() as server:
        work = Path(directory)
        (work / "event.json").write_text(
            json.dumps({"repository": {**REPOSITORY, "default_branch": "main"}})
        )
        trees = {"work tree": lay_out(work / "now")} | (
            {revision: lay_out(work / "then", revision)} if revision else {}
        )
        compare(trees, f"{server.host}/octo/app:1", work)


if __name__ == "__main__":
    main()
