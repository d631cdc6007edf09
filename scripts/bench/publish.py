#!/usr/bin/env python3
"""What our whole step costs beside the bare `docker buildx build --push` of the same cached image:
ratio, and seconds by phase.

Run it as `PYTHONPATH=. .venv/bin/python scripts/bench/publish.py` with the testbed up. The two take
turns, so that a busy machine slows both; figures are medians. Ours also pushes by digest, reads
every manifest back, and writes outputs and summary.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.testbed import Testbed, start

ROOT = Path(__file__).parents[2]
TURNS = 9
DOCKERFILE = "FROM debian:trixie-slim\nRUN echo built >/built\nCOPY layer /layer\n"
PHASE = re.compile(r"^(Plan|Access|Build|Push|Tag|Verify|Visibility): (\d+\.\d) s$", re.MULTILINE)


def bare(testbed: Testbed, tree: Path, name: str) -> float:
    """Seconds of the peer's command."""
    command = [
        "docker",
        "buildx",
        "build",
        "--push",
        "--provenance=false",
        "--tag",
        f"{name}-bare:1",
        "--metadata-file",
        "bare.json",
        ".",
    ]
    begun = time.perf_counter()
    subprocess.run(command, cwd=tree, env=testbed.env, check=True, capture_output=True)
    return time.perf_counter() - begun


def ours(environ: Mapping[str, str]) -> tuple[float, dict[str, float]]:
    """Seconds of the whole step from its start to its end, and of each phase as its log has
    them."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(ROOT / "entrypoint.py")],
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - begun, {
        name: float(seconds) for name, seconds in PHASE.findall(done.stdout)
    }


def environment(testbed: Testbed, tree: Path, name: str) -> dict[str, str]:
    """What the runner would set."""
    inputs = {
        "INPUT_IMAGES": name,
        "INPUT_TAGS": "1",
        "INPUT_PROVENANCE": "false",
        "INPUT_CACHE": "off",
    }
    files = {
        f"GITHUB_{file}": str(tree.parent / file)
        for file in ("OUTPUT", "STATE", "ENV", "STEP_SUMMARY")
    }
    event = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_SHA": "8" * 40,
        "GITHUB_REPOSITORY": "octo/app",
    }
    return {
        **testbed.env,
        **inputs,
        **files,
        **event,
        "GITHUB_WORKSPACE": str(tree),
        "PYTHONPATH": str(ROOT),
    }


def main() -> None:
    testbed = start()
    with tempfile.TemporaryDirectory() as directory:
        tree, name = Path(directory) / "tree", f"{testbed.registry}/bench/{uuid.uuid4().hex}"
        tree.mkdir()
        (tree / "Dockerfile").write_text(DOCKERFILE)
        (tree / "layer").write_bytes(os.urandom(8 * 1024 * 1024))
        environ = environment(testbed, tree, name)
        bare(testbed, tree, name), ours(environ)
        theirs, whole, phases = [], [], defaultdict(list)
        for _ in range(TURNS):
            theirs.append(bare(testbed, tree, name))
            seconds, by_phase = ours(environ)
            whole.append(seconds)
            for phase, taken in by_phase.items():
                phases[phase].append(taken)
    known = {phase: statistics.median(taken) for phase, taken in phases.items()}
    their, our = statistics.median(theirs), statistics.median(whole)
    print(
        f"bare buildx --push   {their:5.2f} s   ({min(theirs):.2f} to {max(theirs):.2f}, "
        f"{TURNS} turns)"
    )
    print(f"our whole step       {our:5.2f} s   ({min(whole):.2f} to {max(whole):.2f})")
    print(f"ratio                {our / their:5.2f}     we add {our - their:.2f} s")
    for phase, taken in known.items():
        print(f"  {phase.lower():<18} {taken:5.1f} s")
    print(f"  {'start and report':<18} {our - sum(known.values()):5.1f} s")


if __name__ == "__main__":
    main()
