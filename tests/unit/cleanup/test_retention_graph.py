import pytest

from ghcr_action.cleanup import graph as graphs
from ghcr_action.cleanup.graph import Graph, Node
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.reference import Digest
from tests.fakes.images import digest_tag, index, manifest
from tests.unit.cleanup.packages import Package

AMD, ARM = (
    manifest("amd", layers={"base": 1000, "bin-amd": 10}),
    manifest("arm", layers={"base": 1000, "bin-arm": 20}),
)
IMAGE = index("image", AMD, ARM)
SIGNATURE = manifest("signature", subject=ARM)


def digest(document: Manifest | Index) -> Digest:
    return document.descriptor.digest


def package(*documents: Manifest | Index) -> Package:
    made = Package()
    for document in documents:
        made.add(document)
    return made


def test_node__says_what_a_manifest_names() -> None:
    found = Node.of(SIGNATURE)

    assert found == Node(subject=digest(ARM), blobs=((Digest.of(b"signature"), 100),))
    assert Node.of(index("signed", AMD, subject=IMAGE)).named == (digest(AMD), digest(IMAGE))


def test_node__an_index_of_a_build_cache_lists_blobs_that_are_no_children() -> None:
    layer = Descriptor(media_type=MediaType.OCI_LAYER_GZIP, digest=Digest.of(b"layer"), size=5)
    document = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_INDEX),
        "manifests": [oci.describe(layer), oci.describe(AMD.descriptor)],
    }

    assert Node.of(oci.parse(oci.dump(document))).children == (digest(AMD),)


def test_reached__follows_children_and_what_describes_them() -> None:
    made = package(AMD, ARM, IMAGE, SIGNATURE)
    made.add(index("outer", IMAGE))

    assert set(made.named(made.graph.reached([digest(index("outer", IMAGE))]))) == {
        "outer",
        "image",
        "amd",
        "arm",
        "signature",
    }
    assert set(made.named(made.graph.reached([digest(ARM)]))) == {"arm", "signature"}


def test_needed__goes_back_from_a_description_to_what_it_describes() -> None:
    made = package(AMD, ARM, IMAGE, SIGNATURE)

    assert set(made.named(made.graph.needed([digest(SIGNATURE)]))) == {"signature", "arm"}
    assert set(made.named(made.graph.needed([digest(AMD)]))) == {"amd"}


@pytest.mark.parametrize("suffix", ["", ".sig", ".att", ".sbom"])
def test_digest_tags__tie_a_manifest_to_the_digest(suffix: str) -> None:
    made = package(AMD)
    made.add(manifest("cosign"), digest_tag(AMD, suffix))

    assert set(made.named(made.graph.reached([digest(AMD)]))) == {"amd", "cosign"}
    assert not made.graph.is_root(digest(manifest("cosign")))


def test_digest_tags__longer_digests_are_cut_as_the_specification_says() -> None:
    long = Digest("sha512", "ab" * 64)
    nodes = {long: Node(), digest(AMD): Node()}
    made = Package()
    made.add(AMD, f"sha512-{'ab' * 32}")

    assert Graph.make(made.versions, nodes).reached([long]) == {long, digest(AMD)}


def test_digest_tags__of_itself_or_of_nothing_tie_nothing() -> None:
    made = Package()
    made.add(AMD, digest_tag(AMD))
    made.add(ARM, digest_tag(IMAGE))

    assert made.graph.is_root(digest(AMD))
    assert made.graph.is_root(digest(ARM))
    assert made.graph.names(digest(ARM)) == ()


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (f"sha256-{'a' * 64}", True),
        (f"sha256-{'a' * 64}.sig", True),
        (f"sha256-{'a' * 63}", False),
        ("sha-a1b2c3d", False),
        ("v1", False),
    ],
    ids=["referrers", "cosign", "too short", "commit", "version"],
)
def test_digest_tags__are_told_from_names(tag: str, expected: bool) -> None:
    assert graphs.is_digest_tag(tag) is expected


def test_roots__a_name_makes_one_of_a_child() -> None:
    made = package(ARM, IMAGE, SIGNATURE)
    made.add(AMD, "1.2-amd64")

    roots = [name for each, name in made.names.items() if made.graph.is_root(each)]

    assert roots == ["image", "amd"]


def test_parents_first__nothing_before_what_needs_it() -> None:
    outer = index("outer", AMD, IMAGE)
    made = package(AMD, ARM, IMAGE, SIGNATURE, outer)

    order = made.named(made.graph.parents_first(digest(outer)))

    assert sorted(order) == ["amd", "arm", "image", "outer", "signature"]
    assert order.index("outer") < order.index("image") < order.index("amd")
    assert order.index("image") < order.index("arm") < order.index("signature")


def test_parents_first__a_circle_of_tags_ends() -> None:
    made = Package()
    made.add(AMD, digest_tag(ARM))
    made.add(ARM, digest_tag(AMD))

    assert sorted(made.named(made.graph.parents_first(digest(AMD)))) == ["amd", "arm"]


def test_parents_first__a_chain_of_thousands_is_no_problem() -> None:
    chain = [manifest("0")]
    for number in range(1, 3000):
        chain.append(manifest(str(number), subject=chain[-1]))
    made = package(*chain)

    assert made.named(made.graph.parents_first(digest(chain[0]))) == [
        str(number) for number in range(3000)
    ]


def test_size__each_blob_once() -> None:
    graph = package(AMD, ARM).graph

    assert sum(graph.size([digest(AMD), digest(ARM)]).values()) == 100 + 100 + 1000 + 10 + 20


@pytest.mark.parametrize(
    ("tag", "digest"),
    [
        (f"sha256-{'a' * 64}", Digest("sha256", "a" * 64)),
        (f"sha256-{'a' * 64}.sig", Digest("sha256", "a" * 64)),
        (f"sha512-{'a' * 64}", None),
        ("v1", None),
    ],
)
def test_named_by_tag__is_a_digest_only_where_it_is_whole(tag: str, digest: Digest | None) -> None:
    assert graphs.named_by_tag(tag) == digest


def test_remains__what_deleted_indexes_listed() -> None:
    made = package(AMD, ARM, IMAGE)
    made.add(index("list", SIGNATURE), digest_tag(IMAGE))
    made.add(manifest("unknown"), "v1")
    known = made.nodes.copy()
    del known[digest(manifest("unknown"))]

    listed, platforms = graphs.remains(made.versions, known.get)

    assert listed == {
        digest(AMD): digest(IMAGE),
        digest(ARM): digest(IMAGE),
        digest(SIGNATURE): digest(index("list", SIGNATURE)),
    }
    assert platforms == {digest(AMD), digest(ARM)}
