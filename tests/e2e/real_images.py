"""Images that any client finds valid, made here: layers are tar archives, configs list them,
indexes have attestations."""

import gzip
import hashlib
import io
import json
import tarfile

from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest

PLATFORMS = tuple(
    Platform.parse(text)
    for text in (
        "linux/amd64",
        "linux/arm64",
        "linux/arm/v5",
        "linux/arm/v6",
        "linux/arm/v7",
        "linux/386",
        "linux/loong64",
        "linux/mips64le",
        "linux/ppc64le",
        "linux/riscv64",
        "linux/s390x",
        "linux/mips",
    )
)
Blobs = dict[Digest, bytes]


def single(
    platform: Platform,
    layers: tuple[bytes, ...] = (b"shared by all",),
    labels: dict[str, str] | None = None,
) -> tuple[Manifest, Blobs]:
    """An image for one platform; each layer is one file with this content, and one is the
    platform's own."""
    archives = [
        _archive(f"file-{number}", content)
        for number, content in enumerate((*layers, str(platform).encode()))
    ]
    packed = [gzip.compress(archive, mtime=0) for archive in archives]
    config = {
        "os": platform.os,
        "architecture": platform.architecture,
        **({"variant": platform.variant} if platform.variant else {}),
        "created": "2026-01-02T03:04:05Z",
        "config": {"Labels": labels or {}},
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}" for archive in archives],
        },
        "history": [
            {"created_by": f"COPY file-{number} / # buildkit"} for number in range(len(archives))
        ],
    }
    return _manifest(
        json.dumps(config).encode(),
        MediaType.OCI_CONFIG,
        [(MediaType.OCI_LAYER_GZIP, layer) for layer in packed],
    )


def index(
    platforms: tuple[Platform, ...] = PLATFORMS, *, attested: bool = True
) -> tuple[Index, Blobs]:
    """An index of these platforms, each with BuildKit's attestation manifest."""
    blobs: Blobs = {}
    entries: list[Descriptor] = []
    attestations: list[Descriptor] = []
    for platform in platforms:
        manifest, content = single(platform)
        blobs |= content | {manifest.descriptor.digest: manifest.raw}
        entries.append(_entry(manifest, platform, {}))
        if attested:
            note, content = attestation(manifest)
            blobs |= content | {note.descriptor.digest: note.raw}
            told = {
                oci.ATTESTATION_KEY: oci.ATTESTATION_VALUE,
                oci.ATTESTED_KEY: str(manifest.descriptor.digest),
            }
            attestations.append(_entry(note, Platform("unknown", "unknown"), told))
    listed = [oci.describe(entry) for entry in (*entries, *attestations)]
    found = oci.parse(
        oci.dump({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": listed})
    )
    assert isinstance(found, Index)
    return found, blobs


def attestation(subject: Manifest) -> tuple[Manifest, Blobs]:
    statement = json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v0.1",
            "subject": [{"digest": str(subject.descriptor.digest)}],
        }
    ).encode()
    config = {
        "os": "unknown",
        "architecture": "unknown",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(statement))]},
    }
    return _manifest(
        json.dumps(config).encode(),
        MediaType.OCI_CONFIG,
        [("application/vnd.in-toto+json", statement)],
    )


def referrer(subject: Manifest | Index, text: bytes) -> tuple[Manifest, Blobs]:
    """An SBOM that refers to a manifest."""
    extra = {"artifactType": "application/spdx+json", "subject": oci.describe(subject.descriptor)}
    return _manifest(b"{}", MediaType.OCI_EMPTY, [("application/spdx+json", text)], **extra)


def _manifest(
    config: bytes, config_type: str, layers: list[tuple[str, bytes]], **extra: object
) -> tuple[Manifest, Blobs]:
    blobs = {Digest.of(content): content for content in (config, *(layer for _, layer in layers))}
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": {"mediaType": config_type, "digest": str(Digest.of(config)), "size": len(config)},
        "layers": [
            {"mediaType": kind, "digest": str(Digest.of(layer)), "size": len(layer)}
            for kind, layer in layers
        ],
    }
    found = oci.parse(oci.dump({**document, **extra}))
    assert isinstance(found, Manifest)
    return found, blobs


def _entry(manifest: Manifest, platform: Platform, annotations: dict[str, str]) -> Descriptor:
    described = manifest.descriptor
    return Descriptor(
        media_type=described.media_type,
        digest=described.digest,
        size=described.size,
        platform=platform,
        annotations=annotations,
    )


def _archive(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()
