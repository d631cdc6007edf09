"""One set of promises for every Registry: the one in memory, ours over HTTP to a stand-in, and to
real registries."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from ghcr_action.adapters.registry import HttpRegistry
from ghcr_action.errors import ContentInvalid, NotFound, Unavailable
from ghcr_action.images import transfer
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import Registry
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr
from tests.fakes.http import Scripted
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry

REAL = ("registry", "password_registry", "token_registry", "tls_registry")
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


@dataclass(frozen=True, kw_only=True)
class Side:
    registry: Registry
    host: str

    def repository(self, name: str = "") -> Repository:
        return Repository(self.host, f"octo/{name or uuid.uuid4().hex}")


@pytest.fixture(
    params=[
        "memory",
        "ghcr",
        "basic",
        "open",
        *(pytest.param(name, marks=pytest.mark.e2e) for name in REAL),
    ]
)
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    clock, name = FakeClock(), request.param
    if name == "memory":
        yield Side(registry=FakeRegistry(), host="ghcr.io")
    elif name in REAL:
        testbed = request.getfixturevalue("testbed")
        host = getattr(testbed, name)
        login = Credential(username=testbed.user, password=Secret(testbed.password))
        registry = HttpRegistry(
            {host: login}, clock=clock, user_agent="tests", ca_bundle=testbed.ca_bundle
        )
        yield Side(registry=registry, host=host)
        registry.close()
    else:
        with Scripted(Ghcr(login={"ghcr": "bearer"}.get(name, name)).answer).running() as server:
            login = Credential(username="octocat", password=Secret("right-password"))
            registry = HttpRegistry(
                {server.host: login},
                clock=clock,
                user_agent="tests",
                plain_http=frozenset({server.host}),
            )
            yield Side(registry=registry, host=server.host)
            registry.close()


def blob(content: bytes) -> Descriptor:
    return Descriptor(
        media_type=MediaType.OCI_LAYER_GZIP, digest=Digest.of(content), size=len(content)
    )


@contextmanager
def pieces(content: bytes) -> Iterator[Iterator[bytes]]:
    yield (content[start : start + 3] for start in range(0, len(content), 3))


def published(
    side: Side, repository: Repository, *tags: str, platforms: tuple[Platform, ...] = (AMD64,)
) -> oci.Manifest | oci.Index:
    root, blobs = image(list(platforms))
    transfer.push(MemoryLayout(root, blobs), root.descriptor, repository, side.registry)
    transfer.tag(side.registry, root, [repository.tag(Tag(tag)) for tag in tags])
    return root


def test_raw__is_bytes_and_media_type(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository, "v1")

    assert side.registry.raw(repository.tag(Tag("v1"))) == (root.raw, root.media_type)
    assert side.registry.raw(repository.at(root.descriptor.digest)) == (root.raw, root.media_type)
    assert side.registry.raw(repository.at(Digest.of(b"nothing"))) is None


def test_manifest__by_tag_and_by_digest_has_the_exact_bytes(side: Side) -> None:
    repository = side.repository()

    root = published(side, repository, "1")

    assert side.registry.manifest(repository.tag(Tag("1"))) == root
    assert side.registry.manifest(repository.at(root.descriptor.digest)) == root


def test_manifest__index_with_children(side: Side) -> None:
    repository = side.repository()

    root = published(side, repository, "1", platforms=(AMD64, ARM64))

    assert isinstance(root, oci.Index)
    assert side.registry.manifest(repository.tag(Tag("1"))) == root
    assert [
        side.registry.manifest(repository.at(entry.digest)) is not None for entry in root.manifests
    ] == [True, True]


def test_manifest__absent(side: Side) -> None:
    repository = side.repository()

    assert side.registry.manifest(repository.tag(Tag("1"))) is None
    assert side.registry.manifest(repository.at(Digest.of(b"nothing"))) is None
    assert side.registry.head(repository.tag(Tag("1"))) is None


def test_head__says_what_a_tag_names(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository, "1")
    expected = Descriptor(
        media_type=root.media_type, digest=root.descriptor.digest, size=len(root.raw)
    )

    assert side.registry.head(repository.tag(Tag("1"))) == expected
    assert side.registry.head(repository.at(root.descriptor.digest)) == expected


def test_put__moves_a_tag(side: Side) -> None:
    repository = side.repository()
    published(side, repository, "latest")

    root = published(side, repository, "latest", platforms=(ARM64,))

    assert side.registry.manifest(repository.tag(Tag("latest"))) == root


def test_put__under_another_digest_is_refused(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository)

    with pytest.raises(ContentInvalid, match="is not what it claims to be"):
        side.registry.put(repository.at(Digest.of(b"other")), root)


def test_put__without_its_blobs_is_refused(side: Side) -> None:
    root, _ = image([AMD64])
    reference = side.repository().tag(Tag("1"))

    with pytest.raises(Unavailable, match=f"Could not write {reference}"):
        side.registry.put(reference, root)

    assert side.registry.manifest(reference) is None


def test_put__index_without_its_children_is_refused(side: Side) -> None:
    root, _ = image([AMD64, ARM64])
    reference = side.repository().tag(Tag("1"))

    with pytest.raises(Unavailable, match=f"Could not write {reference}"):
        side.registry.put(reference, root)


@pytest.mark.parametrize(
    "content", [b"a layer", b"", bytes(100_000)], ids=["small", "empty", "many chunks"]
)
def test_blob__goes_up_and_comes_down(side: Side, content: bytes) -> None:
    repository = side.repository()
    before = side.registry.has_blob(repository, blob(content).digest)

    side.registry.put_blob(repository, blob(content), lambda: pieces(content))

    assert (before, side.registry.has_blob(repository, blob(content).digest)) == (False, True)
    with side.registry.read_blob(repository, blob(content)) as chunks:
        assert b"".join(chunks) == content


def test_blob__absent(side: Side) -> None:
    repository = side.repository()

    with (
        pytest.raises(NotFound, match="Could not read blob"),
        side.registry.read_blob(repository, blob(b"none")) as chunks,
    ):
        list(chunks)


def test_blob__that_is_longer_than_its_descriptor(side: Side) -> None:
    repository = side.repository()
    side.registry.put_blob(repository, blob(b"content"), lambda: pieces(b"content"))
    shorter = Descriptor(media_type="x/y", digest=Digest.of(b"content"), size=3)

    with (
        pytest.raises(ContentInvalid, match="more than the 3 bytes"),
        side.registry.read_blob(repository, shorter) as chunks,
    ):
        list(chunks)


def test_put_blob__of_other_content_is_refused(side: Side) -> None:
    repository = side.repository()

    with pytest.raises(ContentInvalid, match="Could not upload blob"):
        side.registry.put_blob(repository, blob(b"right"), lambda: pieces(b"wrong"))

    assert not side.registry.has_blob(repository, blob(b"right").digest)


def test_mount__takes_a_blob_over(side: Side) -> None:
    origin, target = side.repository(), side.repository()
    side.registry.put_blob(origin, blob(b"shared"), lambda: pieces(b"shared"))

    assert side.registry.mount(target, blob(b"shared"), origin)

    assert side.registry.has_blob(target, blob(b"shared").digest)


def test_mount__of_what_is_not_there_goes_on_as_an_upload(side: Side) -> None:
    origin, target = side.repository(), side.repository()

    assert not side.registry.mount(target, blob(b"shared"), origin)

    side.registry.put_blob(target, blob(b"shared"), lambda: pieces(b"shared"))
    assert side.registry.has_blob(target, blob(b"shared").digest)


def test_tags__all_of_them(side: Side) -> None:
    repository = side.repository()
    published(side, repository, "1", "1.2", "latest")

    assert sorted(map(str, side.registry.tags(repository) or ())) == ["1", "1.2", "latest"]


def test_tags__of_an_unknown_repository(side: Side) -> None:
    assert side.registry.tags(side.repository()) is None


def test_referrers__by_the_fallback_tag(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository, "1")
    attached = artifact(root.descriptor)
    for content in (b"{}", b"signed"):
        side.registry.put_blob(repository, blob(content), partial(pieces, content))
    side.registry.put(repository.at(attached.descriptor.digest), attached)
    listing = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": [oci.describe(attached.descriptor)],
    }
    fallback = Tag(str(root.descriptor.digest).replace(":", "-"))
    side.registry.put(repository.tag(fallback), oci.parse(oci.dump(listing)))

    assert side.registry.referrers(repository, root.descriptor.digest) == (attached.descriptor,)


def test_referrers__none(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository, "1")

    assert side.registry.referrers(repository, root.descriptor.digest) == ()


def test_delete__says_whether_the_registry_does_it(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository, "1")

    deleted = side.registry.delete(repository.at(root.descriptor.digest))

    assert (side.registry.head(repository.at(root.descriptor.digest)) is None) == deleted


def test_check_push__leaves_nothing_behind(side: Side) -> None:
    repository = side.repository()

    side.registry.check_push(repository)

    assert side.registry.tags(repository) is None


def test_transfer__twice_writes_nothing_again(side: Side) -> None:
    repository = side.repository()
    root = published(side, repository, platforms=(AMD64, ARM64))

    assert published(side, repository, platforms=(AMD64, ARM64)) == root
    assert (
        transfer.verify(
            side.registry,
            [repository.at(root.descriptor.digest)],
            root.descriptor.digest,
            FakeClock(),
        ).root
        == root
    )


def artifact(subject: Descriptor) -> Manifest:
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "artifactType": "application/vnd.example.signature",
        "config": {**oci.describe(blob(b"{}")), "mediaType": MediaType.OCI_EMPTY},
        "layers": [oci.describe(blob(b"signed"))],
        "subject": json.loads(json.dumps(oci.describe(subject))),
        "annotations": {"org.example": "yes"},
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Manifest)
    return found


def test_check_push__writes_nothing(side: Side) -> None:
    repository = side.repository()

    side.registry.check_push(repository)

    assert not side.registry.tags(repository)
