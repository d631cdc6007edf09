"""Runs that publish at the same time, for real: two to four processes against the testbed's
registry, at random moments; and runs that are killed at random moments. Prints what became of each
kind, and fails where a name went back, a protected name belongs to two runs, a platform is missing
that no run has told of, a tag names what is not whole, or a second run does not complete the first.

    eval "$(scripts/testbed/testbed env)"
    .venv/bin/python scripts/races.py RUNS SEED moving immutable append killed
"""

import io
import json
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ghcr_action import main as action
from ghcr_action.adapters.clock import SystemClock
from ghcr_action.adapters.commands import CommandFormatter
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.adapters.runner import ActionsRunner
from ghcr_action.errors import ActionError
from ghcr_action.images import transfer, tree
from ghcr_action.log import send
from ghcr_action.modes import merge, promote
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository, Tag
from tests.e2e import protocol, real_images
from tests.fakes.layout import MemoryLayout

VERSIONS = ("1.1.9", "1.2.3", "1.2.4", "1.3.0", "2.0.0", "2.1.0")
PLATFORMS = tuple(
    Platform("linux", name) for name in ("amd64", "arm64", "386", "ppc64le", "riscv64", "s390x")
)
WITHIN = 0.25
"""Seconds in which all processes of a race start."""
SETTLES = 1.0
"""Seconds in which a registry ends what it was at when its client died."""
assert merge
assert promote


@dataclass(frozen=True, kw_only=True)
class Ended:
    """One process after its end."""

    code: int
    outputs: Mapping[str, str]
    log: str

    def holds(self, name: Reference) -> bool:
        """Whether it says that this name is its own."""
        return str(name) in self.outputs.get("tags", "").split()


class Field:
    """A registry, and images in a repository that no other race uses."""

    def __init__(self, host: str, chance: random.Random) -> None:
        self.repository = Repository(host, f"race/{uuid.uuid4().hex[:12]}")
        self.chance = chance
        self.registry = HttpRegistry({}, clock=SystemClock(), user_agent="races")

    def image(self, platform: Platform, text: str) -> str:
        """The digest of a new image."""
        root, blobs = real_images.single(platform, (f"{text} {uuid.uuid4()}".encode(),))
        transfer.push(MemoryLayout(root, blobs), root.descriptor, self.repository, self.registry)
        return str(root.descriptor.digest)

    def digest(self, tag: str) -> str:
        found = self.registry.head(self.name(tag))
        return str(found.digest) if found else ""

    def name(self, tag: str) -> Reference:
        return self.repository.tag(Tag(tag))

    def race(self, *inputs: Mapping[str, str]) -> list[Ended]:
        """All at once, each in a process of its own, at a random moment."""
        with tempfile.TemporaryDirectory() as directory:
            places = [Path(directory, str(number)) for number in range(len(inputs))]
            children = [
                _start(each, place, self.chance.random() * WITHIN)
                for each, place in zip(inputs, places, strict=True)
            ]
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            return [
                Ended(
                    code=code,
                    outputs=protocol.file_command((place / "output").read_text()),
                    log=(place / "log").read_text(),
                )
                for code, place in zip(codes, places, strict=True)
            ]


def _start(inputs: Mapping[str, str], place: Path, wait: float) -> int:
    place.mkdir()
    for name in ("output", "log", "summary", "state"):
        (place / name).write_text("")
    if child := os.fork():
        return child
    code = 99
    try:
        time.sleep(wait)
        stream = io.TextIOWrapper((place / "log").open("wb"), write_through=True)
        sys.stdout = stream
        environ = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "race/app",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_SHA": "0" * 40,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_OUTPUT": str(place / "output"),
            "GITHUB_STEP_SUMMARY": str(place / "summary"),
            "GITHUB_STATE": str(place / "state"),
            "RUNNER_TEMP": str(place),
            "GITHUB_WORKSPACE": str(place),
        }
        send(stream, CommandFormatter(), verbose=False)
        runner = ActionsRunner(environ, SystemClock(), stream)
        code = action.run(inputs, environ, runner)
    finally:
        os._exit(code)


def moving(field: Field) -> Iterator[str]:
    """K1: releases of several lines at once; ``latest``, ``1`` and ``2`` end on the newest."""
    versions = field.chance.sample(VERSIONS, field.chance.randint(2, 4))
    digests = {version: field.image(PLATFORMS[0], version) for version in versions}
    ended = field.race(
        *(
            {
                "mode": "promote",
                "source": f"{field.repository}@{digest}",
                "tags": f"{version}\n{version[0]}\nlatest",
            }
            for version, digest in digests.items()
        )
    )
    by_version = dict(zip(versions, ended, strict=True))
    for tag in ("latest", "1", "2"):
        line = [each for each in versions if tag in ("latest", each[0])]
        if not line:
            continue
        newest = max(line, key=lambda text: tuple(map(int, text.split("."))))
        told = [each for each in line if by_version[each].holds(field.name(tag))]
        right = field.digest(tag) == digests[newest]
        yield (
            f"{tag if tag == 'latest' else 'a major'} on the newest"
            if right
            else (f"WRONG: {tag} is not {newest}, codes {[each.code for each in ended]}")
        )
        if told not in ([newest], []) and all(by_version[each].code == 0 for each in line):
            yield f"claimed by an older release that was right when it ended ({len(told)})"
    yield from (f"exit {each.code}" for each in ended)


def immutable(field: Field) -> Iterator[str]:
    """K2: several images for one protected name; one run gets it, the others say that they did
    not."""
    digests = [field.image(PLATFORMS[0], "2.0.0") for _ in range(field.chance.randint(2, 4))]
    ended = field.race(
        *(
            {
                "mode": "promote",
                "source": f"{field.repository}@{digest}",
                "tags": "2.0.0\nlatest",
                "immutable-tags": "[0-9]*.*.*",
                "if-exists": field.chance.choice(("fail", "skip")),
            }
            for digest in digests
        )
    )
    name = field.name("2.0.0")
    winners = [
        digest
        for digest, each in zip(digests, ended, strict=True)
        if each.code == 0 and each.holds(name) and each.outputs["digest"] == digest
    ]
    if winners == [field.digest("2.0.0")]:
        yield "one run has the name"
    elif not winners:
        yield "WRONG: no run has the name"
    else:
        yield f"WRONG: {len(winners)} runs say that the name is theirs"
    yield from (
        f"exit {each.code}" + (", skipped" if not each.code and not each.holds(name) else "")
        for each in ended
    )


def append(field: Field) -> Iterator[str]:
    """K3: jobs that extend one index at once; every platform is in it, or its job failed."""
    platforms = field.chance.sample(PLATFORMS, field.chance.randint(2, 4))
    digests = {platform: field.image(platform, "part") for platform in platforms}
    ended = field.race(
        *(
            {
                "mode": "merge",
                "digests": f"{field.repository}@{digest}",
                "images": str(field.repository),
                "tags": "main",
                "append": "true",
                "comment": "never",
            }
            for digest in digests.values()
        )
    )
    found = field.registry.manifest(field.name("main"))
    listed = {str(entry.platform) for entry in found.platforms} if isinstance(found, Index) else ()
    lost = [
        str(platform)
        for platform, each in zip(platforms, ended, strict=True)
        if each.code == 0 and str(platform) not in listed
    ]
    yield (
        f"WRONG: lost {lost}"
        if lost
        else (
            "every platform is in"
            if len(listed) == len(platforms)
            else "a platform is missing, and its run said so"
        )
    )
    yield from (f"exit {each.code}" for each in ended)


def killed(field: Field) -> Iterator[str]:
    """A run that is killed at a random moment: every tag that is there names a whole image, and the
    next run completes it."""
    chance, elsewhere = (
        field.chance,
        Repository(field.repository.registry, f"{field.repository.path}-b"),
    )
    parts = [field.image(platform, "part") for platform in PLATFORMS[:3]]
    kind = chance.choice(("promote", "copy", "merge", "append", "protected"))
    target = elsewhere if kind == "copy" else field.repository
    names = [f"{target}:{tag}" for tag in ("1.2.3", "1.2", "1", "latest", "edge")]
    promoted = {
        "mode": "promote",
        "source": f"{field.repository}@{parts[0]}",
        "tags": "\n".join(names),
    }
    inputs = {
        "promote": promoted,
        "copy": promoted,
        "protected": promoted | {"immutable-tags": "[0-9]*.*.*"},
        "merge": _merged(field, parts),
        "append": _merged(field, parts[:2]) | {"append": "true"},
    }[kind]
    with tempfile.TemporaryDirectory() as directory:
        child = _start(inputs, Path(directory, "first"), 0)
        time.sleep(chance.random() ** 2 * (2.5 if kind in ("append", "protected") else 0.6))
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    yield f"{kind}: " + ("killed" if status < 0 else "had ended")
    if unwritten := _unwritten(field, target):
        yield "a tag was listed that the registry was still writing"
        time.sleep(SETTLES)
        if lost := _unwritten(field, target):
            yield f"WRONG: {kind} left {lost} without a manifest, {unwritten} at first"
    if broken := list(_broken(field, target)):
        yield f"WRONG: {kind} left {broken}"
    again = field.race(inputs)[0]
    if again.code or list(_broken(field, target)):
        yield f"WRONG: the run after it ended with {again.code}: {again.log[-300:]}"
    else:
        yield "the next run completed it"


def _merged(field: Field, parts: list[str]) -> dict[str, str]:
    return {
        "mode": "merge",
        "digests": "\n".join(f"{field.repository}@{digest}" for digest in parts),
        "images": str(field.repository),
        "tags": "1.2.3\n1.2\nlatest\nedge",
        "comment": "never",
    }


def _unwritten(field: Field, repository: Repository) -> list[str]:
    """Tags that are listed and have no manifest.

    Right after a kill the registry may still be at the dead run's last request: it makes a tag's
    directory, which it lists, before the link in it, which a manifest is found by. Seen without
    any kill: one client writes new tags, another lists them and asks for each, and of 207 it met
    40 in between; a second later none was missing.
    """
    tags = field.registry.tags(repository) or ()
    return [str(tag) for tag in tags if not field.registry.head(repository.tag(tag))]


def _broken(field: Field, repository: Repository) -> Iterator[str]:
    """Tags of a repository that don't name a whole image."""
    for tag in field.registry.tags(repository) or ():
        name = repository.tag(tag)
        try:
            root = field.registry.manifest(name)
            assert root is not None
            for _, node in tree.read(field.registry.manifest, repository, root).nodes:
                if isinstance(node, Manifest):
                    for blob in node.blobs:
                        assert field.registry.has_blob(repository, blob.digest)
        except (ActionError, AssertionError) as cause:
            yield f"{name}: {cause}"


def main() -> None:
    """Every kind so many times."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    wrong = 0
    every = {each.__name__: each for each in (moving, immutable, append, killed)}
    for kind in [every[name] for name in sys.argv[3:] or every]:
        started, seen = time.monotonic(), Counter[str]()
        for _ in range(runs):
            seen.update(kind(Field(os.environ["TESTBED_REGISTRY"], chance)))
        wrong += sum(count for text, count in seen.items() if text.startswith("WRONG"))
        print(f"{kind.__name__}: {runs} races in {time.monotonic() - started:.0f} s")
        print(json.dumps(dict(sorted(seen.items())), indent=2), flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
