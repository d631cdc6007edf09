"""Clean-ups beside another process that pushes, gives tags and deletes at random: whatever is there
in the end can be pulled, by crane's verdict."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghcr_action.cleanup import deleting
from ghcr_action.errors import ActionError
from ghcr_action.images import transfer
from ghcr_action.values.reference import Repository
from tests.e2e.joined import children, joined
from tests.e2e.judges import judges
from tests.e2e.test_cleanup_scenarios import Bench, image, single
from tests.fakes.layout import MemoryLayout
from tests.testbed import Testbed

pytestmark = pytest.mark.e2e
ROUNDS, PARTS = int(os.environ.get("CHAOS_ROUNDS", "30")), 6
"""A few each time; `CHAOS_ROUNDS=300` for the proof."""
PROGRAM = Path(__file__).parent / "programs" / "package_writer.py"
RULES = (
    {"remove": "untagged", "keep_younger_than": "0"},
    {"remove": "v-*,pr-*,untagged", "keep_younger_than": "0"},
    {"remove": "*,untagged,orphans", "keep_last": "2", "keep_younger_than": "0"},
    {"remove": "pr-*", "untag": "true", "keep_younger_than": "0"},
    {"remove": "untagged,v-*", "keep_n_untagged": "1", "keep_younger_than": "0"},
)


@pytest.fixture(scope="module")
def bench(testbed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    judge = judges(testbed, tmp_path_factory.mktemp("judge"))
    name = f"chaos-{tmp_path_factory.getbasetemp().name}"
    with joined(name, testbed.registry) as (world, registry, github):
        repository = Repository(world.front.host, f"octo/{name}")
        for number in range(1, 5):
            for platform in range(2):
                document, blobs = single(f"v{number}", platform)
                layout = MemoryLayout(document, blobs)
                transfer.push(layout, document.descriptor, repository, registry)
        yield Bench(joined=world, registry=registry, github=github, judge=judge)


@pytest.fixture(scope="module")
def writer(bench: Bench) -> Iterator["subprocess.Popen[str]"]:
    host = bench.joined.front.host
    api = bench.joined.api.url.removeprefix("http://")
    arguments = [host, f"octo/{bench.joined.name}", api, bench.joined.name]
    command = [sys.executable, str(PROGRAM), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def fill(bench: Bench, chance: random.Random) -> None:
    """Four images for two platforms, some with a tag, some with one that a rule names."""
    bench.joined.reset()
    for number in range(1, 5):
        whole, parts = image(f"v{number}")
        for part in parts:
            tags = (f"pr-{number}",) * (chance.random() < 0.2)
            bench.joined.put(bench.registry, part, *tags, days=40 - number)
        tag = chance.choice(((), (), ("keep",), (f"v-{number}",), (f"pr-{number}", f"w-{number}")))
        bench.joined.put(bench.registry, whole, *tag, days=40 - number)
    bench.joined.put(bench.registry, image("v4")[0], "latest", days=30)
    bench.joined.api.requests.clear()


@pytest.mark.parametrize("part", range(PARTS))
def test_chaos__what_is_there_in_the_end_can_be_pulled(
    bench: Bench, writer: "subprocess.Popen[str]", part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert writer.stdin
    assert writer.stdout
    monkeypatch.setattr(deleting, "RELIST", 3)
    heard = 0
    for number in range(part * ROUNDS // PARTS, (part + 1) * ROUNDS // PARTS):
        chance = random.Random(number)
        fill(bench, chance)
        writer.stdin.write(f"{number}\n")
        writer.stdin.flush()

        try:
            bench.clean(chance.choice(RULES) | {"max_share": "100%"})
        except ActionError as refused:
            assert "keeps changing" in refused.what, refused  # noqa: PT017
        heard += int(writer.stdout.readline())

        _check(bench)
    assert heard > ROUNDS // PARTS, "the other process wrote next to nothing"


def _check(bench: Bench) -> None:
    there = {version["name"] for version in bench.joined.versions}
    listed = {child for digest in there for child in children(bench.joined.held[digest][1])}
    assert listed <= there, "an index lost what it lists"
    for digest in sorted(there - listed):
        if (
            children(bench.joined.held[digest][1])
            or b'"manifests"' not in bench.joined.held[digest][1]
        ):
            verdict = bench.judge.validate(f"{bench.joined.judged}@{digest}")
            assert verdict.startswith("PASS")
