#!/usr/bin/env python3
"""What a clean-up of 10,000 versions asks for: requests to the registry and to GitHub, seconds,
memory.

Run it as `PYTHONPATH=. .venv/bin/python scripts/bench/cleanup.py`. The package has 2,000 images for
six platforms with attestations; each shares four platforms with the one before it. Registry and
GitHub are stand-ins in this process, which count; the clean-up is a process of its own. First a dry
run that remembers nothing, then one that deletes five images and remembers all. With `--unordered`
GitHub lists in no order, so that no list may stop early.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ghcr_action.values import oci
from ghcr_action.values.oci import ATTESTATION_KEY, ATTESTATION_VALUE, MediaType
from ghcr_action.values.reference import Digest
from tests.fakes import github_api
from tests.fakes.ghcr import Ghcr, Holding
from tests.fakes.github_api import GitHubApi
from tests.fakes.http import Scripted

IMAGES, PLATFORMS, NEW = 2_000, 6, 2
PEERS = """For comparison, from the peers' sources (not run):
  ghcr-cleanup-action        10,000 manifests and 100 lists in a first run; 100 lists in the next
                             ones, all of it once more after each round of untagging
  container-retention-policy 100 lists and the 2,000 manifests of tagged versions in every run
  delete-package-versions    100 lists, no manifest: it takes platforms from tagged images"""
CHILD = """
import json, logging, sys
from dataclasses import replace
from pathlib import Path
from ghcr_action.adapters import workspace
from ghcr_action.adapters.clock import SystemClock
from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.modes import cleanup
from ghcr_action.settings import parse
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret
from tests.fakes import ports
host, api, work, given = sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4])
event = Event(name="schedule", ref="refs/heads/main", sha="8" * 40, repository="octo/app")
settings = parse.settings(given, {}, event)[0]
places = workspace.places({"RUNNER_TEMP": str(work)})
made = ports.make(
    registry=HttpRegistry({}, clock=SystemClock(), user_agent="bench", plain_http={host}),
    github=PyGitHub(api, Secret("the-token"), "octo/app", owner_type="Organization"),
    workspace=workspace.LocalWorkspace(work, places),
    clock=SystemClock(),
)
cleanup.run(replace(settings, packages=(Repository(host, "octo/app"),)), made)
"""


def manifest(name: str) -> bytes:
    config = {"mediaType": str(MediaType.OCI_CONFIG), "digest": _digest(name), "size": 1234}
    layers = [
        {
            "mediaType": str(MediaType.OCI_LAYER_GZIP),
            "digest": _digest(f"{name}/{n}"),
            "size": 10**6,
        }
        for n in range(8)
    ]
    document = {"schemaVersion": 2, "mediaType": str(MediaType.OCI_MANIFEST)}
    return oci.dump(document | {"config": config, "layers": layers})


def index(entries: list[tuple[bytes, dict[str, str], bool]], name: str) -> bytes:
    listed = [
        {
            "mediaType": str(MediaType.OCI_MANIFEST),
            "digest": str(Digest.of(raw)),
            "size": len(raw),
            "platform": platform,
            **({"annotations": {ATTESTATION_KEY: ATTESTATION_VALUE}} if is_note else {}),
        }
        for raw, platform, is_note in entries
    ]
    document = {"schemaVersion": 2, "mediaType": str(MediaType.OCI_INDEX), "manifests": listed}
    return oci.dump(document | {"annotations": {"name": name}})


def pushes() -> Iterator[tuple[bytes, str, list[str]]]:
    """Every manifest in the order in which it was pushed, its type and its tags."""
    platforms: list[bytes] = [b""] * PLATFORMS
    for image in range(IMAGES):
        changed = range(PLATFORMS) if image == 0 else range(image * NEW, image * NEW + NEW)
        for number in changed:
            platforms[number % PLATFORMS] = manifest(f"{image}/{number % PLATFORMS}")
            yield platforms[number % PLATFORMS], str(MediaType.OCI_MANIFEST), []
            yield _note(platforms[number % PLATFORMS]), str(MediaType.OCI_MANIFEST), []
        entries = [
            (raw, {"os": "linux", "architecture": f"a{number}"}, False)
            for number, raw in enumerate(platforms)
        ]
        notes = [
            (_note(raw), {"os": "unknown", "architecture": "unknown"}, True) for raw in platforms
        ]
        tag = f"pr-{image}" if image % 400 == 200 else f"v{image}"
        yield index(entries + notes, str(image)), str(MediaType.OCI_INDEX), [tag]


def _note(raw: bytes) -> bytes:
    return manifest(f"note of {Digest.of(raw)}")


def _digest(text: str) -> str:
    return str(Digest.of(text.encode()))


def fill(ghcr: Ghcr, api: GitHubApi, *, is_ordered: bool) -> int:
    api.account.add_repository("octo/app")
    package = api.account.add_package("octo", "app", repository="octo/app")
    holding = ghcr.repositories.setdefault("octo/app", Holding())
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    for number, (raw, kind, tags) in enumerate(pushes()):
        digest = str(Digest.of(raw))
        holding.manifests[digest] = (kind, raw)
        holding.tags |= dict.fromkeys(tags, digest)
        api.account.add_version("octo", "app", digest, tags)
        when = f"{begun + timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}"
        package.versions[0] |= {"created_at": when, "updated_at": when}

    def follow(version: dict[str, object], _what: str) -> None:
        holding.manifests.pop(str(version["name"]), None)

    package.changed = follow
    if not is_ordered:
        random.Random(1).shuffle(package.versions)
    return len(package.versions)


def clean(registry: str, api: str, work: Path, **given: str) -> tuple[float, int]:
    """Seconds and kilobytes of one clean-up, in a process of its own."""
    inputs = {"mode": "cleanup", "github-token": github_api.WRITER, "comment": "never"}
    inputs |= {"cache-file": "manifests", "remove": "pr-*"} | given
    arguments = [sys.executable, "-c", CHILD, registry, api, str(work), json.dumps(inputs)]
    begun = time.perf_counter()
    process = subprocess.Popen(arguments)
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "the clean-up failed"
    return time.perf_counter() - begun, usage.ru_maxrss


def main() -> None:
    is_ordered = "--unordered" not in sys.argv
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        api = stack.enter_context(github_api.serve())
        ghcr = Ghcr(login="open")
        server = stack.enter_context(Scripted(ghcr.answer).running())
        count = fill(ghcr, api, is_ordered=is_ordered)
        order = "newest first" if is_ordered else "in no order"
        print(f"{count} versions, {IMAGES} images; GitHub lists {order}")
        for name, given in (
            ("first run, dry", {"dry-run": "true"}),
            ("steady, 5 images go", {"dry-run": "false"}),
        ):
            server.asked.clear()
            api.requests.clear()
            seconds, kilobytes = clean(server.host, api.url, directory, **given)
            deletes = sum(each.startswith("DELETE") for each in api.requests)
            registry, github = len(server.asked), len(api.requests)
            print(
                f"{name:<20} {registry:6} to the registry  {github:4} to GitHub  "
                f"{registry + github:6} together  {deletes:3} deletes  "
                f"{seconds:6.1f} s  {kilobytes / 1024:5.0f} MiB"
            )
    print(PEERS)


if __name__ == "__main__":
    main()
