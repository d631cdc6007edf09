#!/usr/bin/env python3
"""Ours beside crane, oras, skopeo and buildx: promote to 10 tags, and copy an image of five 100 MB
layers to another registry.

Run it as `PYTHONPATH=. .venv/bin/python scripts/bench/registry.py` with the testbed up. Every tool
takes its turn before the next round begins, on loopback and behind 50 ms for each round trip; each
is a process from start to end, ours the whole step with its plan, its checks and its summary, laid
out and started as in the image. Figures are medians. With `--big` it measures the memory of a copy
of one 2 GB layer instead.
"""

import base64
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ghcr_action.adapters.clock import SystemClock
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.images import transfer
from ghcr_action.logins.credential import Credential
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, MediaType
from ghcr_action.values.reference import Digest, Repository, Tag
from ghcr_action.values.secret import Secret
from scripts.bench.startup import FLAGS, lay_out
from tests.testbed import Testbed, start

MB = 1_000_000
ROUNDS, DELAY, TAGS = 3, 50, 10
TOOLS = ("ours", "crane", "oras", "skopeo", "buildx")
LAUNCH = """
import os, sys, time
begun = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ), 0)
open(sys.argv[1], "w").write(f"{time.perf_counter() - begun} {usage.ru_maxrss}")
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small parent: a process counts the memory of whoever started it as its own."""
fresh = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Two registries, and what every tool needs to reach them."""

    testbed: Testbed
    work: Path
    tree: Path
    name: str
    source: str
    target: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            **self.testbed.env,
            "DOCKER_CONFIG": str(self.work),
            "REGISTRY_AUTH_FILE": str(self.work / "config.json"),
        }

    def logins(self, *hosts: str) -> None:
        auth = base64.b64encode(f"{self.testbed.user}:{self.testbed.password}".encode()).decode()
        (self.work / "config.json").write_text(
            json.dumps({"auths": {host: {"auth": auth} for host in hosts}})
        )


@dataclass
class Figures:
    """Of one tool in one place."""

    seconds: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)


def ours(bench: Bench, source: str, *tags: str) -> list[str]:
    """The whole step; everything it needs comes by its environment."""
    logins = [
        {"registry": host, "username": bench.testbed.user, "password": bench.testbed.password}
        for host in hosts(source, *tags)
    ]
    inputs = {
        "INPUT_MODE": "promote",
        "INPUT_SOURCE": source,
        "INPUT_TAGS": "\n".join(tags),
        "INPUT_REFERRERS": "false",
        "INPUT_REGISTRY-AUTH": json.dumps(logins),
    }
    files = {
        f"GITHUB_{name}": str(bench.work / name.lower())
        for name in ("OUTPUT", "STATE", "ENV", "STEP_SUMMARY")
    }
    given = {
        **inputs,
        **files,
        "GITHUB_REPOSITORY": "octo/app",
        "GITHUB_WORKSPACE": str(bench.work),
        "RUNNER_TEMP": str(bench.work),
    }
    return [
        "env",
        *(f"{name}={value}" for name, value in given.items()),
        sys.executable,
        *FLAGS,
        str(bench.tree / "entrypoint.py"),
    ]


def hosts(*references: str) -> list[str]:
    return sorted({reference.partition("/")[0] for reference in references})


def each(command: str, source: str, tags: tuple[str, ...]) -> list[str]:
    """One process for each tag, as the tool wants it."""
    return ["sh", "-ec", f"source=$1; shift; for tag; do {command}; done", "sh", source, *tags]


def command(tool: str, bench: Bench, source: str, *tags: str) -> list[str]:
    """One call, or several where the tool writes one name at a time. skopeo forgets first where it
    has seen a blob: it would mount it."""
    repository, is_copy = (
        source.rpartition(":")[0],
        not tags[0].startswith(source.rpartition(":")[0]),
    )
    if tool == "crane":
        return (
            ["crane", "copy", "--insecure", source, *tags]
            if is_copy
            else each('crane tag "$source" "${tag##*:}"', source, tags)
        )
    if tool == "oras":
        plain = ["--from-plain-http", "--to-plain-http"] if is_copy else ["--plain-http"]
        names = tags if is_copy else tuple(tag.removeprefix(f"{repository}:") for tag in tags)
        return [
            "oras",
            "copy" if is_copy else "tag",
            "--no-tty" if is_copy else "--concurrency=5",
            *plain,
            source,
            *names,
        ]
    if tool == "skopeo":
        # it would mount what it has seen before
        forget = "rm -f /var/lib/containers/cache/blob-info-cache-v1.*"
        options = "--quiet --all --preserve-digests --src-tls-verify=false --dest-tls-verify=false"
        return each(
            f'{forget}; skopeo copy {options} "docker://$source" "docker://$tag"', source, tags
        )
    if tool == "buildx":
        return [
            "docker",
            "buildx",
            "imagetools",
            "create",
            "--progress=plain",
            *(part for tag in tags for part in ("--tag", tag)),
            source,
        ]
    return ours(bench, source, *tags)


def measured(bench: Bench, argv: list[str]) -> tuple[float, int]:
    """Seconds, and the largest resident memory in bytes of any process of the call."""
    for name in ("output", "state", "env", "step_summary"):
        (bench.work / name).touch()
    log, told = bench.work / "log", bench.work / "measured"
    with log.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-ISc", LAUNCH, told, *argv],
            env=bench.environ,
            stdout=file,
            stderr=file,
            check=False,
        )
    if done.returncode:
        sys.exit(f"{' '.join(argv)[:300]}\n{log.read_text()}")
    seconds, kibibytes = told.read_text().split()
    return float(seconds), int(kibibytes) * 1024


@contextlib.contextmanager
def delayed(backend: str, milliseconds: int) -> Iterator[tuple[str, Callable[[], int]]]:
    """A proxy's address, and how many requests passed since the last question."""
    argv = [sys.executable, str(Path(__file__).with_name("delay.py")), backend, str(milliseconds)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        port = process.stdout.readline().strip()

        def count() -> int:
            assert process.stdin
            assert process.stdout
            process.stdin.write("\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield f"127.0.0.1:{port}", count
        process.kill()


def publish(bench: Bench, path: str, sizes: tuple[int, ...]) -> str:
    """An image with layers of these sizes, random so that nothing compresses them."""
    repository = Repository(bench.testbed.registry, path)
    login = Credential(username=bench.testbed.user, password=Secret(bench.testbed.password))
    registry = HttpRegistry(
        {bench.testbed.registry: login}, clock=SystemClock(), user_agent="bench"
    )
    config = b'{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}'
    layers = [_layer(bench.work / f"layer-{number}", size) for number, size in enumerate(sizes)]
    described = Descriptor(
        media_type=MediaType.OCI_CONFIG, digest=Digest.of(config), size=len(config)
    )
    registry.put_blob(repository, described, lambda: contextlib.nullcontext(iter((config,))))
    for file, layer in layers:
        registry.put_blob(repository, layer, partial(_chunks, file))
        file.unlink()
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": oci.describe(described),
        "layers": [oci.describe(layer) for _, layer in layers],
    }
    transfer.tag(registry, oci.parse(oci.dump(document)), [repository.tag(Tag("build"))])
    registry.close()
    return f"{path}:build"


def _layer(path: Path, size: int) -> tuple[Path, Descriptor]:
    import hashlib

    found = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, MB):
            chunk = os.urandom(min(MB, size - start))
            found.update(chunk)
            file.write(chunk)
    return path, Descriptor(
        media_type=MediaType.OCI_LAYER_GZIP, digest=Digest("sha256", found.hexdigest()), size=size
    )


@contextlib.contextmanager
def _chunks(path: Path) -> Iterator[Iterator[bytes]]:
    with path.open("rb") as file:
        yield iter(lambda: file.read(MB), b"")


def turn(
    bench: Bench, tool: str, job: tuple[str, str], places: tuple[str, str], figures: Figures
) -> None:
    """One tool, once; a name that nothing has yet for each copy."""
    number, (case, path), (source, target) = next(fresh), job, places
    if case == "promote":
        names = [f"{source}/{path.partition(':')[0]}:{tool}-{number}-{tag}" for tag in range(TAGS)]
    else:
        names = [f"{target}/{bench.name}/copy-{number}:1"]
    seconds, memory = measured(bench, command(tool, bench, f"{source}/{path}", *names))
    figures.seconds.append(seconds)
    figures.memory.append(memory)


def compare(bench: Bench, cases: Mapping[str, str]) -> None:
    """Every case on loopback and behind a delay, tools in turns, and a table of each."""
    there, back = bench.source, bench.target
    with (
        delayed(there, DELAY) as (slow_source, count_source),
        delayed(back, DELAY) as (slow_target, count_target),
    ):
        bench.logins(there, back, slow_source, slow_target)
        for (case, path), (place, source, target) in itertools.product(
            cases.items(), (("loopback", there, back), (f"{DELAY} ms", slow_source, slow_target))
        ):
            found = {tool: Figures() for tool in TOOLS}
            for _ in range(ROUNDS):
                for tool in TOOLS:
                    count_source(), count_target()
                    turn(bench, tool, (case, path), (source, target), found[tool])
                    found[tool].requests.append(count_source() + count_target())
            table(case, place, found)


def table(case: str, place: str, found: Mapping[str, Figures]) -> None:
    own = found["ours"]
    print(
        f"\n{case}, {place}: seconds (ours / theirs), requests, peak memory in MiB (ours / theirs)"
    )
    for tool, figures in found.items():
        seconds, memory = statistics.median(figures.seconds), statistics.median(figures.memory)
        ratio = f"{statistics.median(own.seconds) / seconds:.2f}"
        weight = f"{statistics.median(own.memory) / memory:.2f}"
        requests = f"{statistics.median(figures.requests):.0f}" if any(figures.requests) else "-"
        print(
            (
                f"  {tool:7} {seconds:7.2f} ({ratio:>5})  {requests:>4}  "
                f"{memory / 2**20:6.0f} ({weight:>5})"
            ),
            flush=True,
        )


def big(bench: Bench) -> None:
    """Peak memory of a copy of one 2 GB layer, above that of a promotion that moves nothing."""
    bench.logins(bench.source, bench.target)
    small, large = (
        publish(bench, f"{bench.name}/small", (MB,)),
        publish(bench, f"{bench.name}/large", (2000 * MB,)),
    )
    _, idle = measured(
        bench, ours(bench, f"{bench.source}/{small}", f"{bench.source}/{bench.name}/small:1")
    )
    seconds, busy = measured(
        bench, ours(bench, f"{bench.source}/{large}", f"{bench.target}/{bench.name}/large:1")
    )
    above = (busy - idle) / 2**20
    print(
        f"copy of a 2 GB layer: {seconds:.1f} s, peak {busy / 2**20:.0f} MiB, {above:.0f} "
        f"MiB above the {idle / 2**20:.0f} MiB of idle"
    )


def main() -> None:
    testbed = start()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        work = Path(directory)
        bench = Bench(
            testbed=testbed,
            work=work,
            tree=lay_out(work / "tree"),
            name=f"bench/{work.name.lower().replace('_', 'x')}",
            source=testbed.registry,
            target=testbed.password_registry,
        )
        if "--big" in sys.argv:
            big(bench)
            return
        for found in Path(testbed.docker_config).glob("cli-plugins"):
            (work / "cli-plugins").symlink_to(found)
        path = publish(bench, f"{bench.name}/app", (100 * MB,) * 5)
        compare(bench, {"promote": path, "copy": path})


if __name__ == "__main__":
    main()
