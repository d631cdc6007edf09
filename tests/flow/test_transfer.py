"""Moving images between sources and registries in memory: order, what is spared, and what is
confirmed."""

from collections.abc import Callable

import pytest

from ghcr_action.errors import AccessDenied, ContentInvalid, NotFound, Unavailable
from ghcr_action.images import transfer, tree
from ghcr_action.values import oci
from ghcr_action.values.oci import (
    ATTESTATION_KEY,
    ATTESTATION_VALUE,
    Descriptor,
    Index,
    Manifest,
    MediaType,
)
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
APP, OTHER = Repository("ghcr.io", "octo/app"), Repository("ghcr.io", "octo/other")
ELSEWHERE = Repository("docker.io", "octo/app")
INDEX, BLOBS = image([AMD64, ARM64])
SINGLE, SINGLE_BLOBS = image([AMD64])
LAYOUT = MemoryLayout(INDEX, BLOBS)


def index_of(*entries: Descriptor) -> Index:
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": list(map(oci.describe, entries)),
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Index)
    return found


def holding(repository: Repository = APP, *tags: str) -> FakeRegistry:
    """A registry that holds the index."""
    registry = FakeRegistry()
    transfer.push(LAYOUT, INDEX.descriptor, repository, registry)
    transfer.tag(registry, INDEX, [repository.tag(Tag(tag)) for tag in tags])
    registry.calls.clear()
    return registry


def verbs(registry: FakeRegistry) -> list[str]:
    return [verb for verb, _ in registry.calls]


def test_push__writes_leaves_before_the_root_and_no_tag() -> None:
    registry = FakeRegistry()

    assert transfer.push(LAYOUT, INDEX.descriptor, APP, registry) == INDEX

    assert isinstance(INDEX, Index)
    *leaves, root = [subject for verb, subject in registry.calls if verb == "put"]
    assert sorted(leaves) == sorted(f"{APP}@{entry.digest}" for entry in INDEX.manifests)
    assert root == f"{APP}@{INDEX.descriptor.digest}"
    assert registry.repositories[APP].tags == {}
    assert verbs(registry).count("put_blob") == 5


def test_push__one_blob_at_a_time_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    one, four = FakeRegistry(), FakeRegistry()

    transfer.push(LAYOUT, INDEX.descriptor, APP, four)
    monkeypatch.setattr("ghcr_action.parallel.WORKERS", 1)
    transfer.push(LAYOUT, INDEX.descriptor, APP, one)

    assert one.repositories == four.repositories


def test_push__again_asks_and_writes_nothing() -> None:
    registry = holding()

    transfer.push(LAYOUT, INDEX.descriptor, APP, registry)

    assert verbs(registry) == ["head", "head", "head"]


def test_push__completes_what_was_interrupted() -> None:
    registry = holding()
    assert isinstance(INDEX, Index)
    lost = INDEX.manifests[1].digest
    registry.delete(APP.at(lost))
    registry.delete(APP.at(INDEX.descriptor.digest))
    registry.calls.clear()

    transfer.push(LAYOUT, INDEX.descriptor, APP, registry)

    assert [call for call in registry.calls if call[0] in ("put", "put_blob")] == [
        ("put", f"{APP}@{lost}"),
        ("put", f"{APP}@{INDEX.descriptor.digest}"),
    ]


def test_push__within_a_registry_mounts() -> None:
    registry = holding()

    transfer.push(registry, INDEX.descriptor, OTHER, registry, origin=APP)

    assert verbs(registry).count("mount") == 5
    assert not {"has_blob", "read_blob", "put_blob"} & set(verbs(registry))
    assert registry.repositories[OTHER] == registry.repositories[APP]


def test_push__registry_that_does_not_mount_gets_the_content() -> None:
    registry = holding()
    registry.mounts = False

    transfer.push(registry, INDEX.descriptor, OTHER, registry, origin=APP)

    assert verbs(registry).count("put_blob") == 5
    assert registry.repositories[OTHER] == registry.repositories[APP]


def test_push__to_another_registry_reads_and_writes() -> None:
    registry = holding()

    transfer.push(registry, INDEX.descriptor, ELSEWHERE, registry, origin=APP)

    assert (verbs(registry).count("mount"), verbs(registry).count("read_blob")) == (0, 5)
    assert registry.repositories[ELSEWHERE] == registry.repositories[APP]


def test_push__into_the_repository_it_comes_from() -> None:
    registry = holding()

    assert transfer.push(registry, INDEX.descriptor, APP, registry, origin=APP) == INDEX

    assert set(verbs(registry)) == {"manifest", "head"}


def test_push__nested_indexes_and_attestations() -> None:
    attestation = Descriptor(
        media_type=SINGLE.media_type,
        digest=SINGLE.descriptor.digest,
        size=len(SINGLE.raw),
        platform=Platform("unknown", "unknown"),
        annotations={ATTESTATION_KEY: ATTESTATION_VALUE},
    )
    root = index_of(INDEX.descriptor, attestation)
    layout = MemoryLayout(
        root,
        {
            **BLOBS,
            INDEX.descriptor.digest: INDEX.raw,
            SINGLE.descriptor.digest: SINGLE.raw,
            **SINGLE_BLOBS,
        },
    )
    registry = FakeRegistry()

    assert transfer.push(layout, root.descriptor, APP, registry) == root

    assert registry.manifest(APP.at(root.descriptor.digest)) == root


def test_push__index_that_lists_a_blob() -> None:
    layer = Descriptor(
        media_type="application/vnd.buildkit.cacheconfig.v0", digest=Digest.of(b"cache"), size=5
    )
    root = index_of(layer)
    registry = FakeRegistry()

    transfer.push(MemoryLayout(root, {layer.digest: b"cache"}), root.descriptor, APP, registry)

    assert registry.has_blob(APP, layer.digest)


def test_push__failure_is_raised_and_the_root_is_not_written() -> None:
    registry = FakeRegistry()
    blob = Digest.of(b"layer shared by all")
    registry.faults["put_blob", f"{APP}@{blob}"] = Unavailable("The registry is down")

    with pytest.raises(Unavailable, match="The registry is down"):
        transfer.push(LAYOUT, INDEX.descriptor, APP, registry)

    assert "put" not in verbs(registry)


def test_push__without_the_right() -> None:
    registry = FakeRegistry(unwritable=frozenset({str(APP)}))

    with pytest.raises(AccessDenied, match=f"Could not write to {APP}"):
        transfer.push(LAYOUT, INDEX.descriptor, APP, registry)


def test_tag__in_the_given_order_with_identical_bytes() -> None:
    registry = holding()
    references = [APP.tag(Tag(name)) for name in ("1.2.3", "1.2", "latest")]

    written = transfer.tag(registry, INDEX, references)

    assert registry.calls == [("put", str(reference)) for reference in references]
    assert {descriptor.digest for descriptor in written} == {INDEX.descriptor.digest}
    assert [registry.manifest(reference) for reference in references] == [INDEX] * 3


def test_tag__registry_that_answers_with_another_digest() -> None:
    class Rewriting(FakeRegistry):
        def put(
            self,
            reference: Reference,
            manifest: Manifest | Index,
            look: Callable[[], None] | None = None,
        ) -> Descriptor:
            return SINGLE.descriptor

    with pytest.raises(ContentInvalid) as caught:
        transfer.tag(Rewriting(), INDEX, [APP.tag(Tag("1"))])

    assert caught.value.what == f"{APP}:1 answers with {SINGLE.descriptor.digest}"


def test_verify__asks_each_name_and_each_child_once() -> None:
    registry = holding(APP, "1", "latest")
    references = [APP.tag(Tag("1")), APP.tag(Tag("latest")), APP.tag(Tag("1"))]

    found = transfer.verify(registry, references, INDEX.descriptor.digest, FakeClock())

    assert found == tree.read(LAYOUT.manifest, APP, INDEX.descriptor)
    assert verbs(registry) == ["manifest", "manifest", "manifest", "head"]


def test_verify__every_repository() -> None:
    registry = holding(APP, "1")
    transfer.push(LAYOUT, INDEX.descriptor, OTHER, registry)
    transfer.tag(registry, INDEX, [OTHER.tag(Tag("1"))])
    registry.calls.clear()

    transfer.verify(
        registry, [APP.tag(Tag("1")), OTHER.tag(Tag("1"))], INDEX.descriptor.digest, FakeClock()
    )

    assert verbs(registry) == ["manifest"] * 3 + ["head"] * 3


def test_verify__child_that_is_missing_in_one_repository() -> None:
    registry, clock = holding(APP, "1"), FakeClock()
    assert isinstance(INDEX, Index)
    registry.delete(APP.at(INDEX.manifests[0].digest))

    with pytest.raises(NotFound) as caught:
        transfer.verify(registry, [APP.tag(Tag("1"))], INDEX.descriptor.digest, clock)

    assert caught.value.what == f"{APP.at(INDEX.manifests[0].digest)} is not there"
    assert clock.elapsed == transfer.LAG.total * 0.75


@pytest.mark.parametrize("late", ["tag", "child"])
def test_verify__waits_for_what_was_just_written(late: str) -> None:
    registry, clock = holding(APP, "1"), FakeClock()
    assert isinstance(INDEX, Index)
    registry.lags[f"{APP}:1" if late == "tag" else str(APP.at(INDEX.manifests[0].digest))] = 2

    assert (
        transfer.verify(registry, [APP.tag(Tag("1"))], INDEX.descriptor.digest, clock).root == INDEX
    )

    assert clock.waits == [0.375, 0.75]


@pytest.mark.parametrize("position", [0, 1], ids=["read whole", "asked by HEAD"])
def test_verify__tag_that_another_run_has_moved(position: int) -> None:
    registry, clock = holding(APP, "1", "2"), FakeClock()
    names = [APP.tag(Tag("1")), APP.tag(Tag("2"))]
    transfer.push(MemoryLayout(SINGLE, SINGLE_BLOBS), SINGLE.descriptor, APP, registry)
    transfer.tag(registry, SINGLE, [names[position]])

    with pytest.raises(ContentInvalid) as caught:
        transfer.verify(registry, names, INDEX.descriptor.digest, clock)

    assert caught.value.what == f"{names[position]} answers with {SINGLE.descriptor.digest}"
    assert (
        caught.value.why
        == f"{INDEX.descriptor.digest} was pushed; another run may have moved the tag since"
    )


def test_verify__tag_that_is_missing() -> None:
    with pytest.raises(NotFound) as caught:
        transfer.verify(
            holding(APP, "1"),
            [APP.tag(Tag("1")), APP.tag(Tag("2"))],
            INDEX.descriptor.digest,
            FakeClock(),
        )

    assert caught.value.what == f"{APP}:2 is not there"
    assert caught.value.why == (
        f"{INDEX.descriptor.digest} was pushed, and the registry does not know it "
        "after 15.5 seconds"
    )


def test_verify__nothing() -> None:
    with pytest.raises(NotFound, match="nothing to verify"):
        transfer.verify(FakeRegistry(), [], INDEX.descriptor.digest, FakeClock())


def test_verify__single_manifest_leaves_its_config_readable() -> None:
    registry = FakeRegistry()
    transfer.push(MemoryLayout(SINGLE, SINGLE_BLOBS), SINGLE.descriptor, APP, registry)

    found = transfer.verify(
        registry, [APP.at(SINGLE.descriptor.digest)], SINGLE.descriptor.digest, FakeClock()
    )

    assert tree.size(registry, APP, found).platforms[0].platform == AMD64


def test_held__waits_for_a_name_that_was_written_a_moment_ago() -> None:
    registry, clock = holding(), FakeClock()
    transfer.tag(registry, INDEX, [APP.tag(Tag("1"))])

    assert transfer.written_digest(registry, APP.tag(Tag("1")), clock) == INDEX.descriptor.digest
    assert transfer.written_digest(registry, APP.tag(Tag("2")), clock) is None
    assert clock.waits
