"""A world in which images exist: what the tests of promote, merge, pull and inspect share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from ghcr_action.images import transfer
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.values import oci
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from tests.fakes import ports as fakes
from tests.fakes.engine import FakeEngine, image
from tests.fakes.events import push_event
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace

APP = Repository("ghcr.io", "octo/app")
AMD64, ARM64, ARMV7 = (
    Platform("linux", "amd64"),
    Platform("linux", "arm64"),
    Platform("linux", "arm", "v7"),
)


class World:
    """Registries that hold images, a runner, and what a run did to them."""

    def __init__(self) -> None:
        self.workspace = FakeWorkspace()
        self.registry = FakeRegistry()
        self.engine = FakeEngine(self.registry)
        self.runner = FakeRunner()
        self.ports: Ports = fakes.make(
            workspace=self.workspace, engine=self.engine, registry=self.registry, runner=self.runner
        )

    @classmethod
    def of_a_build(cls) -> Self:
        """A checkout to publish, and an image to promote or to merge."""
        world = cls()
        world.workspace.files |= {
            "Dockerfile": b"FROM scratch",
            ".git/HEAD": b"ref: refs/heads/main",
        }
        world.hold(f"{APP}:build")
        return world

    def hold(self, name: str, *platforms: Platform, attested: bool = False) -> Manifest | Index:
        """An image under this name; ``NAME@`` for no name at all."""
        root, blobs = image(list(platforms or (AMD64,)))
        if attested:
            root, blobs = with_attestation(root, blobs, (platforms or (AMD64,))[0])
        reference = Reference.parse(name.removesuffix("@"))
        transfer.push(
            MemoryLayout(root, blobs), root.descriptor, reference.repository, self.registry
        )
        if not name.endswith("@"):
            self.registry.put(reference, root)
        self.registry.calls.clear()
        return root

    def refer(
        self, repository: Repository, subject: Manifest | Index, text: bytes = b"sbom"
    ) -> Manifest:
        """A referrer of a manifest."""
        found = artifact(text, subject.descriptor)
        for blob, content in ((found.config, b"{}"), (found.layers[0], text)):
            self.registry.repositories[repository].blobs[blob.digest] = content
        self.registry.put(repository.at(found.descriptor.digest), found)
        return found

    @contextmanager
    def registry_content(self, content: bytes) -> Iterator[Iterator[bytes]]:
        """Bytes as an upload wants them."""
        yield iter([content])

    def digest(self, reference: str) -> str:
        found = self.registry.head(Reference.parse(reference))
        return str(found.digest) if found else ""

    @property
    def writes(self) -> list[str]:
        """What was put under which reference, in order."""
        return [subject for verb, subject in self.registry.calls if verb == "put"]


def settings(mode: str, event: Event | None = None, /, **given: str) -> Any:
    texts = {"github-token": "t0ken", "mode": mode} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    return parse.settings(texts, {}, event or push_event())[0]


def artifact(text: bytes, subject: Descriptor) -> Manifest:
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "artifactType": "application/spdx+json",
        "config": {"mediaType": MediaType.OCI_EMPTY, "digest": str(Digest.of(b"{}")), "size": 2},
        "layers": [
            {
                "mediaType": "application/spdx+json",
                "digest": str(Digest.of(text)),
                "size": len(text),
            }
        ],
        "subject": oci.describe(subject),
    }
    found = oci.parse(oci.dump(document))
    assert isinstance(found, Manifest)
    return found


def with_attestation(
    root: Manifest | Index, blobs: dict[Digest, bytes], platform: Platform
) -> tuple[Index, dict[Digest, bytes]]:
    """An index with BuildKit's attestation manifest for each platform."""
    found = dict(blobs)
    listed = (
        root.manifests
        if isinstance(root, Index)
        else (Descriptor(**{**vars(root.descriptor), "platform": platform}),)
    )
    found |= {} if isinstance(root, Index) else {root.descriptor.digest: root.raw}
    entries = [oci.describe(entry) for entry in listed]
    for entry in listed:
        text = f"attestation of {entry.digest}".encode()
        manifest = oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": MediaType.OCI_MANIFEST,
                "config": {
                    "mediaType": MediaType.OCI_CONFIG,
                    "digest": str(Digest.of(b"{}")),
                    "size": 2,
                },
                "layers": [
                    {
                        "mediaType": "application/vnd.in-toto+json",
                        "digest": str(Digest.of(text)),
                        "size": len(text),
                    }
                ],
            }
        )
        found |= {Digest.of(b"{}"): b"{}", Digest.of(text): text, Digest.of(manifest): manifest}
        entries.append(
            oci.describe(
                Descriptor(
                    media_type=MediaType.OCI_MANIFEST,
                    digest=Digest.of(manifest),
                    size=len(manifest),
                    platform=Platform("unknown", "unknown"),
                    annotations={
                        oci.ATTESTATION_KEY: oci.ATTESTATION_VALUE,
                        oci.ATTESTED_KEY: str(entry.digest),
                    },
                )
            )
        )
    index = oci.parse(
        oci.dump({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": entries})
    )
    assert isinstance(index, Index)
    return index, found
