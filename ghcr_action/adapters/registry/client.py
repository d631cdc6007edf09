"""The Registry port over HTTP: joins the parts of the client, and holds no logic of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from ghcr_action.adapters.content import counted
from ghcr_action.adapters.progress import Silent
from ghcr_action.adapters.registry.blobs import Blobs
from ghcr_action.adapters.registry.caller import Caller
from ghcr_action.adapters.registry.challenge import Grant
from ghcr_action.adapters.registry.listings import Listings
from ghcr_action.adapters.registry.manifests import Manifests
from ghcr_action.adapters.registry.retry import RetryPolicy
from ghcr_action.adapters.registry.tokens import Tokens
from ghcr_action.adapters.registry.wire import Timeouts, Wire
from ghcr_action.logins.credential import Credential
from ghcr_action.ports import Clock, Progress
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag


class HttpRegistry:
    """Every registry of a run, safe to use from several threads.

    ``credentials`` are by registry host (``ghcr.io``, ``docker.io``); a host without one is asked
    without a login. ``plain_http`` lists hosts (``HOST[:PORT]``) that are spoken to without TLS;
    loopback hosts are tried. Proxies and authorities come from the environment (``HTTPS_PROXY``,
    ``NO_PROXY``, ``REQUESTS_CA_BUNDLE``), unless ``ca_bundle`` names a file.
    """

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        *,
        clock: Clock,
        user_agent: str,
        progress: Progress | None = None,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        plain_http: frozenset[str] = frozenset(),
        ca_bundle: str = "",
    ) -> None:
        self._wire = Wire(
            clock,
            user_agent=user_agent,
            timeouts=timeouts or Timeouts(),
            plain_http=plain_http,
            ca_bundle=ca_bundle,
        )
        self._tokens = Tokens(self._wire, credentials, clock)
        caller = Caller(self._wire, self._tokens, retry or RetryPolicy(), clock)
        self._manifests = Manifests(caller)
        self._blobs = Blobs(caller)
        self._listings = Listings(caller, self._manifests)
        self._progress = progress or Silent()

    @property
    def request_count(self) -> int:
        """HTTP requests sent so far, logins included."""
        return self._wire.request_count

    def close(self) -> None:
        """Close every connection."""
        self._wire.close()

    def announce(
        self, *, reads: Iterable[Repository] = (), writes: Iterable[Repository] = ()
    ) -> None:
        """Ask for all of these rights from the first request on: one token for each registry serves
        reads, writes and mounts."""
        for actions, repositories in ((("pull",), reads), (("pull", "push"), writes)):
            for repository in repositories:
                self._tokens.expect(
                    repository.registry,
                    frozenset(Grant(repository.path, action) for action in actions),
                )

    def head(self, reference: Reference) -> Descriptor | None:
        """Media type, digest and size of what a tag or digest names, without reading it."""
        return self._manifests.head(reference)

    def manifest(self, reference: Reference) -> Manifest | Index | None:
        """The manifest or index, its digest computed here and compared."""
        return self._manifests.get(reference)

    def put(
        self,
        reference: Reference,
        manifest: Manifest | Index,
        look: Callable[[], None] | None = None,
    ) -> Descriptor:
        """Write these exact bytes under a tag or digest; the registry's digest must be ours.
        ``look`` is called right before each attempt, and raises where nothing may be written."""
        return self._manifests.put(reference, manifest, look)

    def delete(self, reference: Reference) -> bool:
        """Delete a manifest; False where the registry does not offer that."""
        return self._manifests.delete(reference)

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        """Whether the repository holds this blob."""
        return self._blobs.has(repository, digest)

    def read_blob(
        self, repository: Repository, blob: Descriptor
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The blob in chunks of bytes; digest and size are checked as it is read, ContentInvalid
        where they differ."""
        return self._blobs.read(repository, blob)

    def put_blob(
        self,
        repository: Repository,
        blob: Descriptor,
        content: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        """Upload a blob in one PUT; ``content`` is opened again for each attempt."""
        with self._progress.transfer(blob) as tell:
            self._blobs.put(repository, blob, lambda: _counted(content(), tell))

    def mount(self, repository: Repository, blob: Descriptor, source: Repository) -> bool:
        """Take a blob over from another repository of the same registry; False where it has to be
        uploaded."""
        return self._blobs.mount(repository, blob, source)

    def tags(self, repository: Repository) -> tuple[Tag, ...] | None:
        """Every tag, all pages; None where the repository does not exist."""
        return self._listings.tags(repository)

    def referrers(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
        """What describes this digest, by the API or the fallback tag."""
        return self._listings.referrers(repository, subject)

    def check_push(self, repository: Repository) -> None:
        """Open an upload and abandon it; AccessDenied where the login may not push."""
        self._blobs.check_push(repository)


@contextmanager
def _counted(
    opened: AbstractContextManager[Iterator[bytes]], tell: Callable[[int], None]
) -> Iterator[Iterator[bytes]]:
    """The content with its bytes told; each attempt begins at none."""
    tell(0)
    with opened as chunks:
        yield counted(chunks, tell)
