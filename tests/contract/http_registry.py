"""Our registry client against a scripted stand-in: what the tests of its bad days share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ghcr_action.adapters.registry import HttpRegistry, Timeouts
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import Progress
from ghcr_action.values.oci import Descriptor, Index, Manifest, MediaType
from ghcr_action.values.patience import Patience
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.fakes.clock import FakeClock
from tests.fakes.engine import image
from tests.fakes.ghcr import Ghcr, Holding
from tests.fakes.http import Scripted

RIGHT = Credential(username="octocat", password=Secret("right-password"))
NAME = "octo/app"
MANIFEST, BLOBS = image([Platform("linux", "amd64")])


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A client, the server it talks to, and what the server holds."""

    registry: HttpRegistry
    server: Scripted
    ghcr: Ghcr
    clock: FakeClock

    @property
    def repository(self) -> Repository:
        return Repository(self.server.host, NAME)

    @property
    def tag(self) -> Reference:
        return self.repository.tag(Tag("1"))


@contextmanager
def stand(
    login: Credential | None = RIGHT,
    *,
    retries: int = 2,
    ghcr: Ghcr | None = None,
    read: float = 60,
    progress: Progress | None = None,
) -> Iterator[Stand]:
    ghcr, clock = ghcr or Ghcr(login="open"), FakeClock()
    with Scripted(ghcr.answer).running() as server:
        registry = HttpRegistry(
            {server.host: login} if login else {},
            clock=clock,
            user_agent="tests",
            progress=progress,
            retry=Patience(retries=retries),
            timeouts=Timeouts(connect=5, read=read, upload=read),
            plain_http=frozenset({server.host}),
        )
        try:
            yield Stand(registry=registry, server=server, ghcr=ghcr, clock=clock)
        finally:
            registry.close()


def hold(
    ghcr: Ghcr,
    *found: Manifest | Index,
    blobs: dict[Digest, bytes] | None = None,
    name: str = NAME,
    tag: str = "1",
) -> None:
    """Put content where a registry has it, past its checks."""
    holding = ghcr.repositories.setdefault(name, Holding())
    holding.blobs.update({str(digest): content for digest, content in (blobs or {}).items()})
    for manifest in found:
        holding.manifests[str(manifest.descriptor.digest)] = (manifest.media_type, manifest.raw)
        holding.tags[tag] = str(manifest.descriptor.digest)


def blob(content: bytes) -> Descriptor:
    return Descriptor(
        media_type=MediaType.OCI_LAYER_GZIP, digest=Digest.of(content), size=len(content)
    )


@contextmanager
def chunks(content: bytes) -> Iterator[Iterator[bytes]]:
    yield iter([content[:3], content[3:]])


def nonsense_of(size: int) -> bytes:
    return b'{"manifests":' + b"[" * (size - 13)
