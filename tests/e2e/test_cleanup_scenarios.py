"""A hundred clean-ups of one package, each by other rules: what stays has the tags it had, and
every
platform of it can be pulled from the real registry, by crane's verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from ghcr_action.adapters.github import PyGitHub
from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.errors import PolicyRefused
from ghcr_action.images import transfer
from ghcr_action.modes import cleanup
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values import oci
from ghcr_action.values.oci import Index, Manifest, MediaType
from ghcr_action.values.reference import Digest, Repository
from tests.e2e import real_images
from tests.e2e.joined import Joined, children, joined
from tests.e2e.judges import Judges, judges
from tests.fakes import ports as fakes
from tests.fakes.events import schedule_event
from tests.fakes.images import digest_tag
from tests.fakes.layout import MemoryLayout
from tests.fakes.workspace import FakeWorkspace
from tests.testbed import Testbed

pytestmark = pytest.mark.e2e
PLATFORMS = real_images.PLATFORMS[:2]
Built = tuple[Index, tuple[Manifest, ...]]
ALL = ["v1", "v2", "v3", "v4", "n1", "n2", "n3", "pr7", "pr8", "feature", "cache", "old"]


@cache
def single(name: str, platform: int = 0) -> tuple[Manifest, dict[Digest, bytes]]:
    return real_images.single(PLATFORMS[platform], (name.encode(),))


@cache
def image(name: str) -> Built:
    """Two platforms, and the index that lists them."""
    parts = tuple(single(name, number)[0] for number in range(2))
    return _index(*parts), parts


def _index(*parts: Manifest, config: str = "") -> Index:
    entries = [
        oci.describe(replace(part.descriptor, platform=platform))
        for part, platform in zip(parts, PLATFORMS, strict=False)
    ]
    annotations = {"annotations": {"of": config}} if config else {}
    document = {"schemaVersion": 2, "mediaType": str(MediaType.OCI_INDEX), "manifests": entries}
    found = oci.parse(oci.dump(document | annotations))
    assert isinstance(found, Index)
    return found


def described(subject: Manifest | Index, name: str) -> Manifest:
    """A signature: an image of its own with a subject."""
    own = single(name)[0]
    document = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_MANIFEST),
        "config": oci.describe(own.config),
        "layers": [oci.describe(layer) for layer in own.layers],
        "subject": oci.describe(subject.descriptor),
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Manifest)
    return found


CACHE = "application/vnd.buildkit.cacheconfig.v0"


def build_cache() -> Manifest:
    own = single("cache")[0]
    config = oci.describe(replace(own.config, media_type=CACHE))
    document = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_MANIFEST),
        "config": config,
        "layers": [oci.describe(layer) for layer in own.layers],
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Manifest)
    return found


@dataclass
class Bench:
    joined: Joined
    registry: HttpRegistry
    github: PyGitHub
    judge: Judges

    def fill(self) -> None:
        """Releases whose platforms have tags, pull requests, nightlies, a branch, a cache, an image
        without a tag, signatures, and one signature of an image that is elsewhere."""
        put, registry = self.joined.put, self.registry
        self.joined.reset()
        for number, days in ((1, 40), (2, 30), (3, 20), (4, 10)):
            whole, (amd, arm) = image(f"v{number}")
            put(registry, amd, f"v{number}.0.0-amd64", days=days)
            put(registry, arm, f"v{number}.0.0-arm64", days=days)
            latest = ("latest",) * (number == 4)
            put(registry, whole, f"v{number}.0.0", f"v{number}", *latest, days=days)
        signed = image("v1")[0]
        put(registry, described(signed, "sig-v1"), digest_tag(signed, ".sig"), days=40)
        put(registry, described(image("v2")[1][0], "sig-v2-amd"), days=30)
        old, parts = image("old")
        for part in parts:
            put(registry, part, days=50)
        put(registry, old, days=50)
        put(registry, described(old, "sig-old"), digest_tag(old), days=50)
        for name, tag, days in (
            ("n1", "nightly-1", 9),
            ("n2", "nightly-2", 8),
            ("n3", "nightly-3", 7),
            ("pr7", "pr-7", 6),
            ("pr8", "pr-8", 5),
            ("feature", "feature-x", 25),
        ):
            put(registry, single(name)[0], tag, days=days)
        put(registry, build_cache(), "buildcache", days=15)
        put(registry, described(single("elsewhere")[0], "orphan"), days=45)
        self.joined.api.requests.clear()

    def clean(self, given: dict[str, str], files: dict[str, bytes] | None = None) -> None:
        texts = {"mode": "cleanup", "github-token": "t", "dry-run": "false"} | {
            name.replace("_", "-"): text for name, text in given.items()
        }
        settings = parse.settings(texts, {}, schedule_event())[0]
        assert isinstance(settings, CleanupSettings)
        ports = fakes.make(registry=self.registry, github=self.github)
        assert isinstance(ports.workspace, FakeWorkspace)
        ports.workspace.files |= files or {}
        repository = Repository(self.joined.front.host, f"octo/{self.joined.name}")
        cleanup.run(replace(settings, packages=(repository,)), ports)

    def left(self) -> list[str]:
        """Names of the images that are left, in their usual order."""
        there = {version["name"] for version in self.joined.versions}
        known = {name: str(_root(name).descriptor.digest) for name in (*ALL, "orphan")}
        return [name for name, digest in known.items() if digest in there]

    def check(self, before: dict[str, str]) -> None:
        """What is left is whole: tags where they were, every manifest that is listed or needed
        there, every layer of it what it should be."""
        after = self.joined.tags()
        assert after == {tag: before[tag] for tag in after}
        there = {version["name"] for version in self.joined.versions}
        roots = set(there)
        for digest in there:
            _, raw = self.joined.held[digest]
            assert set(children(raw)) <= there
            roots -= set(children(raw))
        for digest in sorted(roots):
            if digest != str(build_cache().descriptor.digest):
                assert self.judge.validate(f"{self.joined.judged}@{digest}").startswith("PASS")
        for tag, digest in after.items():
            assert self.joined.ask("HEAD", tag) == 200, (tag, digest)


def _root(name: str) -> Manifest | Index:
    if name == "cache":
        return build_cache()
    if name == "orphan":
        return described(single("elsewhere")[0], "orphan")
    if name.startswith("v") or name == "old":
        return image(name)[0]
    return single(name)[0]


@pytest.fixture(scope="module")
def bench(testbed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:

    judge = judges(testbed, tmp_path_factory.mktemp("judge"))
    name = f"scenarios-{tmp_path_factory.getbasetemp().name}"
    with joined(name, testbed.registry) as (world, registry, github):
        repository = Repository(world.front.host, f"octo/{name}")
        singles = [single(n) for n in (*ALL, "sig-v1", "sig-v2-amd", "sig-old", "orphan")]
        parts = [single(f"{n}", 1) for n in ("v1", "v2", "v3", "v4", "old")]
        for document, blobs in (*singles, *parts):
            layout = MemoryLayout(document, blobs)
            transfer.push(layout, document.descriptor, repository, registry)
        yield Bench(joined=world, registry=registry, github=github, judge=judge)


TAGS = {
    **{f"v{n}": {f"v{n}", f"v{n}.0.0", f"v{n}.0.0-amd64", f"v{n}.0.0-arm64"} for n in range(1, 5)},
    **{f"v{n} index": {f"v{n}", f"v{n}.0.0"} for n in range(1, 5)},
    **{f"n{n}": {f"nightly-{n}"} for n in range(1, 4)},
    "pr7": {"pr-7"},
    "pr8": {"pr-8"},
    "feature": {"feature-x"},
    "cache": {"buildcache"},
    "old": {digest_tag(image("old")[0])},
    "orphan": set[str](),
}
TAGS["v4"].add("latest")
TAGS["v4 index"].add("latest")
for name in ("v1", "v1 index"):
    TAGS[name].add(digest_tag(image("v1")[0], ".sig"))


def gone(*names: str) -> tuple[str, ...]:
    """What goes: images, or only the index of one (``v1 index``), or a single tag (``:v1``)."""
    return names


STOPPED = ("stopped",)


POLICY = b"""
keep: [latest]
families:
  - {name: releases, tags: v*, keep-last: 2}
  - {name: nightlies, tags: nightly-*, keep-younger-than: 8 days, keep-last: 1}
  - {name: pulls, tags: /^pr-/, keep-younger-than: 5 days 12 hours}
  - {name: caches, tags: caches}
  - {name: rest, tags: untagged, keep-last: 1}
"""
SEMVER_POLICY = b"families: [{tags: /^v/, keep-semver: 2 majors}, {tags: untagged}]"
KEEP_ALL = b"families: [{tags: v*, keep: all}, {tags: '*'}, {tags: untagged}]"
FILES = {
    "/workspace/policy.yml": POLICY,
    "/workspace/semver.yml": SEMVER_POLICY,
    "/workspace/all.yml": KEEP_ALL,
    "/workspace/deploy/app.yaml": b"image: REPOSITORY\ntag: nightly-1\n",
}
V = "v[0-9]*"
SCENARIOS: list[tuple[dict[str, str], tuple[str, ...]]] = [
    ({}, gone("old")),
    ({"remove": "untagged"}, gone("old")),
    ({"remove": "orphans"}, gone("orphan")),
    ({"remove": "untagged,orphans"}, gone("old", "orphan")),
    ({"remove": "pr-*"}, gone("pr7", "pr8")),
    ({"remove": "pr-7"}, gone("pr7")),
    ({"remove": "pr-[78]"}, gone("pr7", "pr8")),
    ({"remove": "pr-[!7]"}, gone("pr8")),
    ({"remove": "pr-?"}, gone("pr7", "pr8")),
    ({"remove": "/^pr-7$/"}, gone("pr7")),
    ({"remove": "/pr/"}, gone("pr7", "pr8")),
    ({"remove": "/^(nightly|pr)-[0-9]+$/"}, gone("n1", "n2", "n3", "pr7", "pr8")),
    ({"remove": "nightly-*"}, gone("n1", "n2", "n3")),
    ({"remove": "nightly-*", "keep_last": "1"}, gone("n1", "n2")),
    ({"remove": "nightly-*", "keep_last": "2"}, gone("n1")),
    ({"remove": "nightly-*", "keep_last": "3"}, gone()),
    ({"remove": "nightly-*", "keep_last": "9"}, gone()),
    ({"remove": "nightly-*", "keep_younger_than": "8 days"}, gone("n1", "n2")),
    ({"remove": "nightly-*", "keep_younger_than": "9 days"}, gone("n1")),
    ({"remove": "nightly-*", "keep_younger_than": "10 days"}, gone()),
    ({"remove": "nightly-*", "keep_tags": "nightly-2"}, gone("n1", "n3")),
    ({"remove": "nightly-*", "keep_tags": "/-[23]$/"}, gone("n1")),
    ({"remove": "nightly-*,pr-*", "keep_last": "2"}, gone("n1", "n2", "n3")),
    ({"remove": "nightly-*,pr-*", "keep_last": "1"}, gone("n1", "n2", "n3", "pr7")),
    ({"remove": V, "keep_last": "2"}, gone("v1")),
    ({"remove": V, "keep_last": "3"}, gone()),
    ({"remove": V, "keep_last": "1", "keep_tags": "latest"}, gone("v1", "v2")),
    ({"remove": V}, gone("v1", "v2", "v3")),
    ({"remove": V, "keep_tags": "v2"}, gone("v1", "v3")),
    ({"remove": V, "keep_tags": "v2.0.0-amd64"}, gone("v1", "v3", "v2 index", ":v2.0.0-arm64")),
    ({"remove": "v1,v1.0.0"}, gone("v1 index")),
    ({"remove": "v1"}, gone()),
    ({"remove": "v1*"}, gone("v1")),
    ({"remove": "v1*,v2*"}, gone("v1", "v2")),
    ({"remove": "v?.0.0-amd64"}, gone()),
    ({"remove": V, "keep_younger_than": "25 days"}, gone("v1", "v2")),
    ({"remove": V, "keep_younger_than": "100 days"}, gone()),
    ({"remove": V, "keep_semver": "2 majors"}, gone("v1")),
    ({"remove": V, "keep_semver": "3 minors"}, gone()),
    ({"remove": V, "keep_semver": "1 patch"}, gone("v1", "v2")),
    ({"remove": f"{V},latest", "keep_semver": "1 major"}, gone("v1", "v2", "v3")),
    ({"remove": f"{V},latest", "keep_last": "1"}, gone("v1", "v2", "v3")),
    ({"remove": f"{V},latest", "max_share": "100%"}, gone("v1", "v2", "v3", "v4")),
    ({"remove": "latest"}, gone()),
    ({"remove": "tagged", "keep_last": "7"}, gone("v1", "v2", "feature", "v3")),
    ({"remove": "tagged", "keep_last": "8"}, gone("v1", "v2", "feature")),
    ({"remove": "tagged", "keep_last": "10"}, gone("v1")),
    ({"remove": "tagged", "keep_last": "11"}, gone()),
    ({"remove": "*", "keep_last": "9"}, gone("v1", "v2")),
    ({"remove": "*,untagged", "keep_last": "9"}, gone("v1", "v2", "old")),
    (
        {"remove": "tagged", "keep_tags": "v*,latest,nightly-*"},
        gone("pr7", "pr8", "feature", "cache"),
    ),
    ({"remove": "tagged", "max_share": "100"}, tuple(n for n in ALL if n not in ("pr8", "old"))),
    (
        {"remove": "*,untagged,orphans", "max_share": "100"},
        tuple(n for n in (*ALL, "orphan") if n != "pr8"),
    ),
    (
        {"remove": "*", "max_share": "100", "keep_younger_than": "7 days"},
        tuple(n for n in ALL if n not in ("pr7", "pr8", "old")),
    ),
    ({"remove": "caches"}, gone("cache")),
    ({"remove": "caches,untagged"}, gone("cache", "old")),
    ({"remove": "buildcache"}, gone("cache")),
    ({"remove": "caches", "keep_tags": "buildcache"}, gone()),
    ({"remove": "feature-*"}, gone("feature")),
    ({"remove": "ghosts"}, gone()),
    ({"remove": "partials"}, gone()),
    ({"remove": "ghosts,partials,untagged"}, gone("old")),
    ({"remove": "DIGEST:pr7"}, gone("pr7")),
    ({"remove": "DIGEST:v1"}, gone("v1 index")),
    ({"remove": "DIGEST:v1,v1.0.0-*"}, gone("v1")),
    ({"remove": "DIGEST:old"}, gone("old")),
    ({"remove": "untagged", "keep_tags": "DIGEST:old"}, gone()),
    ({"remove": "pr-*", "keep_tags": "DIGEST:pr7"}, gone("pr8")),
    ({"remove": "untagged", "keep_n_untagged": "1"}, gone()),
    ({"keep_n_untagged": "1"}, gone()),
    ({"remove": "untagged", "keep_younger_than": "60 days"}, gone()),
    ({"remove": "pr-*,untagged", "in_use": "REPOSITORY:pr-7"}, gone("pr8", "old")),
    ({"remove": "pr-*,untagged", "in_use": "DIGEST:old"}, gone("pr7", "pr8")),
    ({"remove": "nightly-*", "in_use": "deploy/*.yaml"}, gone("n2", "n3")),
    ({"remove": "nightly-*", "in_use": "**/*.yaml", "keep_last": "1"}, gone("n2")),
    ({"policy": "policy.yml"}, gone("v1", "n1", "n2", "pr7", "cache")),
    ({"policy": "semver.yml"}, gone("v1", "old")),
    ({"policy": "all.yml"}, STOPPED),
    (
        {"policy": "all.yml", "max_share": "70%"},
        gone("n1", "n2", "n3", "pr7", "pr8", "feature", "cache", "old"),
    ),
    ({"policy": "policy.yml", "keep_tags": "nightly-*"}, gone("v1", "pr7", "cache")),
    ({"remove": "nightly-*", "max_deletions": "3"}, gone("n1", "n2", "n3")),
    ({"remove": "nightly-*", "max_deletions": "2"}, STOPPED),
    ({"remove": "*"}, STOPPED),
    ({"remove": "tagged", "keep_last": "5"}, STOPPED),
    ({"remove": "nightly-*,pr-*", "max_share": "40%"}, STOPPED),
    ({"remove": "nightly-*", "max_share": "0"}, STOPPED),
    ({"delete_untagged": "true"}, gone("old")),
    ({"delete_untagged": "false"}, gone()),
    ({"delete_tags": "pr-*"}, gone("pr7", "pr8")),
    ({"delete_tags": "^pr-", "use_regex": "true"}, gone("pr7", "pr8")),
    ({"delete_tags": "^n", "exclude_tags": "2$", "use_regex": "true"}, gone("n1", "n3")),
    ({"keep_n_tagged": "9"}, gone("v1", "v2")),
    ({"delete_orphaned_images": "true"}, gone("orphan")),
    ({"delete_ghost_images": "true", "delete_partial_images": "true"}, gone()),
    ({"image_tags": "pr-* !pr-8", "cut_off": "2d"}, gone("pr7")),
    ({"tag_selection": "untagged", "skip_shas": "DIGEST:old"}, gone()),
    ({"tag_selection": "both", "image_tags": "nightly-*"}, gone("n1", "n2", "n3", "old")),
    ({"remove": "nightly-*", "min_versions_to_keep": "2"}, gone("n1")),
    ({"remove": "nightly-*", "by": "created", "keep_younger_than": "8 days"}, gone("n1", "n2")),
    ({"remove": "nightly-*", "by": "updated", "keep_last": "1"}, gone("n1", "n2")),
    ({"remove": "v1,v2,v3,v4", "untag": "true"}, gone(":v1", ":v2", ":v3", ":v4")),
    ({"remove": "v4,latest", "untag": "true"}, gone(":v4", ":latest")),
    ({"remove": "v4,pr-7", "untag": "true"}, gone("pr7", ":v4")),
    ({"remove": "v4", "untag": "true", "keep_tags": "v4"}, gone()),
    ({"remove": "sha256-*"}, gone()),
    ({"remove": "nothing-*"}, gone()),
    (
        {"remove": "nightly-*", "keep_tags": "lates", "allow_unmatched": "true"},
        gone("n1", "n2", "n3"),
    ),
]


def spelt(text: str, repository: str) -> str:
    """With the digest of an image where the table names it."""
    for part in text.split("DIGEST:")[1:]:
        name = part.partition(",")[0]
        text = text.replace(f"DIGEST:{name}", str(_root(name).descriptor.digest))
    return text.replace("REPOSITORY", repository)


def test_scenarios__are_a_hundred() -> None:
    assert len(SCENARIOS) >= 100


@pytest.mark.parametrize(("given", "goes"), SCENARIOS, ids=lambda value: str(value)[:60])
def test_scenario__what_stays_can_be_pulled(
    bench: Bench, given: dict[str, str], goes: tuple[str, ...]
) -> None:
    bench.fill()
    before, name = bench.joined.tags(), f"octo/{bench.joined.name}"
    given = {key: spelt(text, name) for key, text in given.items()}
    files = {path: spelt(text.decode(), name).encode() for path, text in FILES.items()}

    if goes == STOPPED:
        with pytest.raises(PolicyRefused):
            bench.clean(given, files)
        goes = ()
    else:
        bench.clean(given, files)

    lost = {tag for item in goes for tag in TAGS.get(item, {item.removeprefix(":")})}
    assert set(bench.joined.tags()) == before.keys() - lost
    roots = {item.removesuffix(" index") for item in goes}
    assert bench.left() == [name for name in (*ALL, "orphan") if name not in roots]
    bench.check(before)
