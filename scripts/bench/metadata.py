#!/usr/bin/env python3
"""What metadata costs: CPU time of 1,000 rules over 20 images, and `mode: metadata` as a process
beside an empty Python.

Run it as `PYTHONPATH=. .venv/bin/python scripts/bench/metadata.py`; times are medians, the ratios
are what to compare.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ghcr_action.metadata import compute, outputs, request
from ghcr_action.values.event import Event, RepositoryFacts

RULES, IMAGES, RUNS, LIMIT = 1000, 20, 9, 0.2
KINDS = (
    "type=ref,event=branch,suffix=-{}",
    "type=semver,pattern={{{{version}}}},value=v1.{}.0",
    "type=semver,pattern={{{{major}}}}.{{{{minor}}}},value=v1.{}.0",
    "type=pep440,pattern={{{{version}}}},value=2.{}",
    r"type=match,pattern=\d+,value=release-{}",
    "type=raw,value={{{{branch}}}}-{},enable={{{{is_default_branch}}}}",
    "type=raw,value={{{{date 'YYYYMMDD' tz='UTC'}}}}-{}",
    "type=sha,suffix=-{},priority=950",
)
EVENT = Event(
    name="push", ref="refs/heads/main", sha="8" * 40, repository="octo/app", default_branch="main"
)
FACTS = RepositoryFacts(name="app", html_url="https://github.com/octo/app", default_branch="main")


def compute_all() -> int:
    """Parse, compute and write everything; the number of tags."""
    tags = "\n".join(KINDS[number % len(KINDS)].format(number) for number in range(RULES))
    wanted = request.parse(
        images="\n".join(f"ghcr.io/octo/app{number}" for number in range(IMAGES)),
        tags=tags,
        environ={},
    )
    found = compute.metadata(wanted, EVENT, FACTS, datetime(2026, 1, 1, tzinfo=UTC), None)
    outputs.outputs(found, wanted)
    outputs.bake_files(found, wanted)
    return len(found.tags)


def process(directory: str, *arguments: str) -> Callable[[], object]:
    """A run of Python with these arguments, in the environment of a tag push."""
    files = {
        name: f"{directory}/{name}"
        for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")
    }
    event = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_REF": "refs/tags/v1.2.3",
        "GITHUB_SHA": EVENT.sha,
        "GITHUB_REPOSITORY": "octo/app",
    }
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": directory,
        "RUNNER_TEMP": directory,
        **files,
        **event,
    }
    root = Path(__file__).parents[2]
    return lambda: subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, cwd=root, env=environ
    )


def seconds(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """The median over RUNS, after one run to warm up."""
    run()
    taken = []
    for _ in range(RUNS):
        start = clock()
        run()
        taken.append(clock() - start)
    return statistics.median(taken)


def main() -> int:
    """Print the table; 1 where the limit is passed."""
    print(f"{compute_all()} tags of {RULES} rules over {IMAGES} images")
    cpu = seconds(compute_all, time.process_time)
    print(f"CPU time            {cpu * 1000:7.1f} ms  (limit {LIMIT * 1000:.0f} ms)")
    with tempfile.TemporaryDirectory() as directory:
        empty = seconds(process(directory, "-c", "pass"), time.perf_counter)
        ours = seconds(process(directory, "-m", "ghcr_action", "metadata"), time.perf_counter)
    print(f"empty Python        {empty * 1000:7.1f} ms  1.0 ×")
    print(
        f"mode: metadata      {ours * 1000:7.1f} ms  {ours / empty:.1f} ×  (no token: "
        "GitHub is not asked)"
    )
    return int(cpu > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
