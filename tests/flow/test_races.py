"""Runs that publish at the same time: what another run does between a look and a write, in every mode
that gives names."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ghcr_action.errors import ActionError, ContentInvalid, PolicyRefused
from ghcr_action.images import referrers
from ghcr_action.modes import merge, promote, publish
from ghcr_action.names.policy import Rules
from ghcr_action.steps import write, writing
from ghcr_action.values import oci
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from tests.fakes.engine import image
from tests.fakes.events import tag_event
from tests.fakes.registry import FakeRegistry
from tests.flow.existing import AMD64, APP, ARM64, ARMV7, World, artifact, settings

VERSIONS = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\nlatest"
OTHER = "1.3.0"
Run = Callable[..., Any]


@pytest.fixture
def world() -> World:
    return World.of_a_build()


def publishing(world: World, **given: str) -> Any:
    given = {"tags": VERSIONS} | given
    return publish.run(settings("publish", tag_event("v1.2.3"), **given), world.ports)


def promoting(world: World, **given: str) -> Any:
    given = {"source": f"{APP}:build", "tags": VERSIONS} | given
    return promote.run(settings("promote", tag_event("v1.2.3"), **given), world.ports)


def merging(world: World, **given: str) -> Any:
    given = {"digests": world.digest(f"{APP}:build"), "tags": VERSIONS} | given
    return merge.run(settings("merge", tag_event("v1.2.3"), **given), world.ports)


MODES = pytest.mark.parametrize("run", [publishing, promoting, merging])


def release(world: World, *tags: str) -> str:
    """Another run publishes another image under these tags."""
    root, blobs = image([ARM64])
    held = world.registry.repositories[APP]
    held.blobs |= blobs
    held.manifests[root.descriptor.digest] = root
    for tag in tags:
        held.tags[Reference.parse(f"{APP}:{tag}").tag] = root.descriptor.digest  # type: ignore[index]
    return str(root.descriptor.digest)


@MODES
def test_write__a_newer_release_before_the_moving_names(
    world: World, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    newer: list[str] = []
    world.registry.between[f"{APP}:1.2.3"] = lambda: newer.append(release(world, OTHER, "latest"))

    run(world)

    assert world.digest(f"{APP}:latest") == newer[0] != world.digest(f"{APP}:1.2.3")
    assert world.digest(f"{APP}:1.2") == world.digest(f"{APP}:1.2.3")
    assert f"{APP}:latest stays where it is: 1.3.0 is newer than 1.2.3." in caplog.messages
    assert f"{APP}:latest" not in world.runner.outputs["tags"].split()
    assert "1.3.0 is newer than 1.2.3" in world.runner.summaries[0]
    assert {"tag": f"{APP}:latest", "reason": "1.3.0 is newer than 1.2.3"} in json.loads(
        world.runner.outputs["plan"]
    )["stay"]


@MODES
@pytest.mark.parametrize("tags", [(OTHER, "latest"), (OTHER,)], ids=["all written", "half-way"])
def test_write__a_newer_release_between_the_last_look_and_the_write(
    world: World, run: Run, tags: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    newer: list[str] = []
    world.registry.between[f"{APP}:latest"] = lambda: newer.append(release(world, *tags))

    run(world)

    assert world.digest(f"{APP}:latest") == newer[0]
    told = f"{APP}:latest stays where it is: 1.3.0 is newer, and was published while this ran."
    assert told in caplog.messages
    assert f"{APP}:latest" not in world.runner.outputs["tags"].split()


def test_write__a_newer_release_still_while_the_name_is_given_back(world: World) -> None:
    newest: list[str] = []

    def once_more() -> None:
        root, blobs = image([ARMV7])
        held = world.registry.repositories[APP]
        held.blobs |= blobs
        held.manifests[root.descriptor.digest] = root
        held.tags[Reference.parse(f"{APP}:1.4.0").tag] = root.descriptor.digest  # type: ignore[index]
        newest.append(str(root.descriptor.digest))

    def first() -> None:
        release(world, OTHER)
        world.registry.between[f"{APP}:latest"] = once_more

    world.registry.between[f"{APP}:latest"] = first

    promoting(world)

    assert world.digest(f"{APP}:latest") == newest[0]


def test_write__a_name_that_the_newer_run_has_written_is_left(world: World) -> None:
    """Only what this run has written is given back: here the newer run's `latest` came after it."""
    newer: list[str] = []
    real = world.registry.tags

    def tags(repository: Any) -> Any:
        if world.digest(f"{APP}:latest") and not newer:
            newer.append(release(world, OTHER, "latest"))
        return real(repository)

    world.registry.tags = tags  # type: ignore[method-assign]
    promoting(world)

    assert world.digest(f"{APP}:latest") == newer[0]
    assert [name for name in world.writes if name.endswith(":latest")] == [f"{APP}:latest"]


@MODES
def test_write__a_newer_release_after_everything_is_written(world: World, run: Run) -> None:
    newer: list[str] = []
    real = world.registry.tags

    def tags(repository: Any) -> Any:
        found = real(repository)
        if world.digest(f"{APP}:latest") and not newer:
            newer.append(release(world, OTHER, "latest"))
        return found

    world.registry.tags = tags  # type: ignore[method-assign]
    run(world)

    assert world.digest(f"{APP}:latest") == newer[0]
    assert f"{APP}:latest" not in world.runner.outputs["tags"].split()
    assert f"{APP}:1.2.3" in world.runner.outputs["tags"].split()


@MODES
def test_write__a_name_that_no_release_has_taken_is_a_failure(world: World, run: Run) -> None:
    real = world.registry.tags

    def tags(repository: Any) -> Any:
        if world.digest(f"{APP}:latest"):
            release(world, "1.2")
        return real(repository)

    world.registry.tags = tags  # type: ignore[method-assign]
    with pytest.raises(ContentInvalid, match="answers with"):
        run(world)


def test_write__what_an_engine_has_tagged_by_itself_is_given_back(world: World) -> None:
    ours = world.hold(f"{APP}:1.2.3").descriptor.digest
    world.hold(f"{APP}:latest")
    newer = release(world, OTHER)
    names = tuple(map(Reference.parse, (f"{APP}:1.2.3", f"{APP}:latest")))

    left = write.look_again(dict.fromkeys(names, ours), Rules(wanted=names), world.ports)

    assert world.digest(f"{APP}:latest") == newer
    assert left.names == names[:1]


@MODES
@pytest.mark.parametrize("when", ["before the write", "between look and write"])
def test_write__a_protected_name_that_another_run_takes(world: World, run: Run, when: str) -> None:
    other: list[str] = []

    def take() -> None:
        other.append(release(world, "1.2.3"))

    if when == "before the write":
        real = world.registry.head
        seen: list[str] = []

        def head(reference: Reference) -> Any:
            if str(reference) == f"{APP}:1.2.3" and seen and not other:
                take()
            seen.append(str(reference))
            return real(reference)

        world.registry.head = head  # type: ignore[method-assign]
    else:
        # It looked before our write, and writes after it.
        real_put = world.registry.put

        def put(reference: Reference, *given: Any) -> Any:
            written = real_put(reference, *given)
            if str(reference) == f"{APP}:1.2.3":
                take()
            return written

        world.registry.put = put  # type: ignore[method-assign, assignment]

    with pytest.raises(PolicyRefused) as caught:
        run(world, immutable_tags="[0-9]*.*.*")

    assert caught.value.code == "TAG-EXISTS"
    assert world.digest(f"{APP}:1.2.3") == other[0]
    assert world.digest(f"{APP}:latest") == ""


@MODES
def test_write__a_protected_name_that_another_run_takes_is_skipped(world: World, run: Run) -> None:
    other: list[str] = []
    real_put = world.registry.put

    def put(reference: Reference, *given: Any) -> Any:
        written = real_put(reference, *given)
        if str(reference) == f"{APP}:1.2.3":
            other.append(release(world, "1.2.3"))
        return written

    world.registry.put = put  # type: ignore[method-assign, assignment]
    run(world, tags=f"{VERSIONS}\nedge", immutable_tags="[0-9]*.*.*", if_exists="skip")

    assert world.digest(f"{APP}:1.2.3") == other[0]
    assert f"{APP}:1.2.3" not in world.runner.outputs["tags"].split()
    assert "another run has just given it to" in world.runner.outputs["plan"]
    assert f"it follows {APP}:1.2.3, which is another run's image" in world.runner.outputs["plan"]
    assert world.digest(f"{APP}:latest") == ""
    assert world.runner.outputs["tags"] == f"{APP}:edge"


@MODES
def test_write__every_name_taken_is_no_failure_of_a_run_that_skips(world: World, run: Run) -> None:
    other: list[str] = []
    real = world.registry.head

    def head(reference: Reference) -> Any:
        if str(reference) == f"{APP}:1.2.3" and not other and run is not publishing:
            found = real(reference)
            other.append(release(world, "1.2.3"))
            return found
        if str(reference) == f"{APP}:1.2.3" and not other:
            other.append(release(world, "1.2.3"))
        return real(reference)

    world.registry.head = head  # type: ignore[method-assign]
    run(world, tags="1.2.3", immutable_tags="*", if_exists="skip", flavor="latest=false")

    assert world.digest(f"{APP}:1.2.3") == other[0]
    if run is not publishing:
        assert world.runner.outputs["digest"] == other[0]
        assert world.runner.outputs["pushed"] == "false"


def test_write__a_protected_name_costs_one_look_more_and_one_afterwards(world: World) -> None:
    clock = world.ports.clock
    started = clock.monotonic()

    promoting(world, immutable_tags="[0-9]*.*.*")

    calls = [verb for verb, subject in world.registry.calls if subject == f"{APP}:1.2.3"]
    assert calls == ["head", "head", "put", "head", "head"]
    assert clock.monotonic() - started == writing.SETTLE


def extending(world: World, platform: Platform, tags: str = "main") -> Any:
    digest = world.hold(f"{APP}@", platform).descriptor.digest
    return merge.run(settings("merge", digests=str(digest), tags=tags, append="true"), world.ports)


def platforms(world: World, tag: str = "main") -> list[str]:
    found = world.registry.manifest(Reference.parse(f"{APP}:{tag}"))
    assert isinstance(found, Index)
    return [str(entry.platform) for entry in found.platforms]


def extend_beside(world: World, platform: Platform, tag: str = "main", **document: Any) -> None:
    """Another run adds a platform to what the name holds at this moment."""
    root, blobs = image([platform])
    if document:
        root = _parsed(json.loads(root.raw) | document)
    held = world.registry.repositories[APP]
    held.blobs |= blobs
    held.manifests[root.descriptor.digest] = root
    name = Reference.parse(f"{APP}:{tag}")
    now = held.manifests.get(held.tags.get(name.tag, Digest.of(b"")))  # type: ignore[arg-type]
    others = now.manifests if isinstance(now, Index) else ()
    entry = oci.describe(root.descriptor) | {
        "platform": {"os": platform.os, "architecture": platform.architecture}
    }
    kept = [oci.describe(each) for each in others if each.platform != platform]
    index = _parsed(
        {"schemaVersion": 2, "mediaType": oci.MediaType.OCI_INDEX, "manifests": [*kept, entry]}
    )
    held.manifests[index.descriptor.digest] = index
    held.tags[name.tag] = index.descriptor.digest  # type: ignore[index]


def _parsed(document: dict[str, Any]) -> Manifest | Index:
    return oci.parse(oci.dump(document))


def test_append__another_run_extends_between_the_plan_and_the_write(world: World) -> None:
    world.hold(f"{APP}:main", AMD64, ARM64)
    real = world.registry.put

    def put(reference: Reference, *given: Any) -> Any:
        if str(reference) == f"{APP}:main":
            world.registry.put = real  # type: ignore[method-assign]
            extend_beside(world, Platform("linux", "s390x"))
        return real(reference, *given)

    world.registry.put = put  # type: ignore[method-assign, assignment]
    outcome = extending(world, ARMV7)

    assert platforms(world) == ["linux/amd64", "linux/arm/v7", "linux/arm64", "linux/s390x"]
    assert str(outcome.plan.digest) == world.digest(f"{APP}:main")
    assert list(json.loads(world.runner.outputs["digests"])) == platforms(world)


@pytest.mark.parametrize("before", [True, False], ids=["an index is there", "nothing is there"])
def test_append__another_run_looked_before_our_write_and_writes_after_it(
    world: World, before: bool
) -> None:
    if before:
        world.hold(f"{APP}:main", AMD64, ARM64)
    beside = World()
    beside.registry.repositories = world.registry.repositories
    real = world.registry.put

    def put(reference: Reference, *given: Any) -> Any:
        if str(reference) != f"{APP}:main":
            return real(reference, *given)
        world.registry.put = real  # type: ignore[method-assign]
        now = dict(world.registry.repositories[APP].tags)
        written = real(reference, *given)
        world.registry.repositories[APP].tags = now
        extend_beside(world, Platform("linux", "s390x"))
        return written

    world.registry.put = put  # type: ignore[method-assign, assignment]
    extending(world, ARMV7)

    found = ["linux/amd64", "linux/arm64"] if before else []
    assert set(platforms(world)) == {*found, "linux/arm/v7", "linux/s390x"}


def test_append__another_run_extends_what_this_one_has_written(world: World) -> None:
    real = world.ports.clock.sleep

    def sleep(seconds: float) -> None:
        if seconds == writing.SETTLE:
            extend_beside(world, Platform("linux", "s390x"))
        real(seconds)

    world.ports.clock.sleep = sleep  # type: ignore[method-assign]
    outcome = extending(world, ARMV7)

    assert platforms(world) == ["linux/arm/v7", "linux/s390x"]
    assert str(outcome.plan.digest) == world.digest(f"{APP}:main")
    assert len([name for name in world.writes if name == f"{APP}:main"]) == 1


def test_append__several_names_hold_one_index(world: World) -> None:
    real = world.ports.clock.sleep

    def sleep(seconds: float) -> None:
        if seconds == writing.SETTLE and len(platforms(world)) == 1:
            extend_beside(world, Platform("linux", "s390x"))
        real(seconds)

    world.ports.clock.sleep = sleep  # type: ignore[method-assign]
    extending(world, ARMV7, tags="main\nedge")

    assert platforms(world) == platforms(world, "edge") == ["linux/arm/v7", "linux/s390x"]
    assert world.digest(f"{APP}:main") == world.digest(f"{APP}:edge")


def test_append__another_image_for_the_same_platform(world: World) -> None:
    world.hold(f"{APP}:main", AMD64, ARM64)
    real = world.ports.clock.sleep

    def sleep(seconds: float) -> None:
        if seconds == writing.SETTLE:
            extend_beside(world, ARM64, annotations={"of": "another run"})
        real(seconds)

    world.ports.clock.sleep = sleep  # type: ignore[method-assign]
    with pytest.raises(ContentInvalid, match="another image for linux/arm64"):
        extending(world, ARM64)


def test_append__others_are_faster_every_time(world: World) -> None:
    count = iter(range(1000))
    real = world.registry.put

    def put(reference: Reference, *given: Any) -> Any:
        if str(reference) == f"{APP}:main":
            extend_beside(world, AMD64, annotations={})
            world.registry.repositories[APP].tags[reference.tag] = _renamed(  # type: ignore[index]
                world, str(next(count))
            )
        return real(reference, *given)

    world.registry.put = put  # type: ignore[method-assign, assignment]
    with pytest.raises(ContentInvalid, match="extended by other runs each time"):
        extending(world, ARMV7)


def _renamed(world: World, text: str) -> Digest:
    """The index of the name with an annotation of its own."""
    held = world.registry.repositories[APP]
    name = Reference.parse(f"{APP}:main").tag
    assert name is not None
    index = _parsed(json.loads(held.manifests[held.tags[name]].raw) | {"annotations": {"n": text}})
    held.manifests[index.descriptor.digest] = index
    return index.descriptor.digest


def test_append__a_single_image_is_taken_into_the_index(world: World) -> None:
    world.hold(f"{APP}:main", AMD64)

    extending(world, ARM64)

    assert platforms(world) == ["linux/amd64", "linux/arm64"]


def test_append__a_protected_name_stays_protected(world: World) -> None:
    def take() -> None:
        extend_beside(world, Platform("linux", "s390x"), "1.0.0")

    real = world.registry.put

    def put(reference: Reference, *given: Any) -> Any:
        if str(reference) == f"{APP}:1.0.0":
            world.registry.put = real  # type: ignore[method-assign]
            take()
        return real(reference, *given)

    world.registry.put = put  # type: ignore[method-assign, assignment]
    digest = world.hold(f"{APP}@", ARM64).descriptor.digest
    with pytest.raises(ActionError) as caught:
        merge.run(
            settings(
                "merge",
                digests=str(digest),
                tags="1.0.0",
                append="true",
                immutable_tags="*",
            ),
            world.ports,
        )

    assert caught.value.code == "TAG-EXISTS"
    assert platforms(world, "1.0.0") == ["linux/s390x"]


def described(world: World) -> tuple[Digest, list[oci.Descriptor], Reference]:
    """An image in a registry without the referrers API, and what two runs hang on it."""
    subject = world.hold(f"{APP}:build").descriptor
    made = [artifact(text, subject).descriptor for text in (b"ours", b"theirs", b"more")]
    return subject.digest, made, APP.tag(oci.fallback_tag(subject.digest))


class Listing(FakeRegistry):
    """Lists referrers as GitHub's registry does: by the fallback tag alone."""

    def referrers(self, repository: Any, subject: Digest) -> tuple[oci.Descriptor, ...]:
        found = self.manifest(repository.tag(oci.fallback_tag(subject)))
        return found.manifests if isinstance(found, Index) else ()

    def _check_complete(self, *_: Any) -> None:
        """What is listed may be gone."""


def hang(registry: FakeRegistry, name: Reference, *listed: oci.Descriptor) -> None:
    """Another run writes the index."""
    index = oci.make_index(listed)
    held = registry.repositories[APP]
    held.manifests[index.descriptor.digest] = index
    held.tags[name.tag] = index.descriptor.digest  # type: ignore[index]


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_declare__another_run_hangs_something_on_the_same_image(world: World, when: str) -> None:
    world.registry = registry = Listing()
    subject, (ours, theirs, more), name = described(world)
    if when == "before":
        hang(registry, name, theirs)
    if when == "between":
        registry.between[str(name)] = lambda: hang(registry, name, theirs)
    real = registry.put

    def put(reference: Reference, manifest: Any, look: Any = None) -> Any:
        if when == "after":
            registry.put = real  # type: ignore[method-assign]
            hang(registry, name, theirs)
        return real(reference, manifest, look)

    registry.put = put  # type: ignore[method-assign]
    referrers.declare(registry, APP, subject, (ours, more))

    listed = {each.digest for each in registry.referrers(APP, subject)}
    assert {ours.digest, more.digest} <= listed
    assert (theirs.digest in listed) is (when != "between")


def test_declare__others_are_faster_every_time(world: World) -> None:
    world.registry = registry = Listing()
    subject, (ours, theirs, _), name = described(world)
    real = registry.put

    def put(*given: Any) -> Any:
        written = real(*given)
        hang(registry, name, theirs)
        return written

    registry.put = put  # type: ignore[method-assign, assignment]
    with pytest.raises(ContentInvalid, match="written by other runs each time"):
        referrers.declare(registry, APP, subject, (ours,))
