"""Registries in memory: they store and answer, and refuse what real ones refuse."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import RLock

from ghcr_action.adapters.content import ContentCheck
from ghcr_action.errors import ContentInvalid, NotFound, Unavailable
from ghcr_action.values.answer import Part
from ghcr_action.values.oci import INDEX_TYPES, MANIFEST_TYPES, Descriptor, Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from tests.fakes.refusals import denied

PIECE = 5
"""Fewest bytes in a chunk: small, so that readers can't rely on whole blobs."""


@dataclass
class Contents:
    """What one repository holds."""

    blobs: dict[Digest, bytes] = field(default_factory=dict)
    manifests: dict[Digest, Manifest | Index] = field(default_factory=dict)
    tags: dict[Tag, Digest] = field(default_factory=dict)
    odd: dict[Digest, tuple[bytes, str]] = field(default_factory=dict)
    """What is no manifest of today, and the media type it comes with."""


class FakeRegistry:
    """Every registry of a run. ``calls`` lists what was asked, in order, as ``(verb,
    reference)``."""

    def __init__(
        self,
        *,
        deletes: bool = True,
        mounts: bool = True,
        unreadable: frozenset[str] = frozenset(),
        unwritable: frozenset[str] = frozenset(),
    ) -> None:
        self.repositories: dict[Repository, Contents] = {}
        self.calls: list[tuple[str, str]] = []
        self.deletes = deletes
        self.mounts = mounts
        self.unreadable = unreadable
        self.unwritable = unwritable
        self.heard: Callable[[Reference, Manifest | Index], None] | None = None
        """Told of every manifest that is put."""
        self.lags: dict[str, int] = {}
        """How many more times a reference is answered with nothing, as right after a push."""
        self.faults: dict[tuple[str, str], Exception] = {}
        """Errors by call; raised every time until taken out."""
        self.between: dict[str, Callable[[], None]] = {}
        """What somebody else does between the last look at a name and its write, once."""
        self._lock = RLock()

    @property
    def request_count(self) -> int:
        return len(self.calls)

    def announce(
        self, *, reads: Iterable[Repository] = (), writes: Iterable[Repository] = ()
    ) -> None:
        """There is no login here that could ask for more."""

    def head(self, reference: Reference) -> Descriptor | None:
        found = self._find("head", reference)
        return (
            Descriptor(
                media_type=found.media_type, digest=found.descriptor.digest, size=len(found.raw)
            )
            if found
            else None
        )

    def manifest(self, reference: Reference) -> Manifest | Index | None:
        return self._find("manifest", reference)

    def raw(self, reference: Reference) -> tuple[bytes, str] | None:
        contents = self._read("raw", reference.repository, str(reference))
        with self._lock:
            odd = contents.odd.get(reference.digest) if reference.digest else None
        found = None if odd else self._find_noted(reference, contents)
        return odd or ((found.raw, found.media_type) if found else None)

    def put(
        self,
        reference: Reference,
        manifest: Manifest | Index,
        look: Callable[[], None] | None = None,
    ) -> Descriptor:
        if look:
            look()
        if between := self.between.pop(str(reference), None):
            between()
        with self._lock:
            contents = self._write("put", reference.repository, str(reference))
            digest = manifest.descriptor.digest
            if reference.digest not in (None, digest):
                raise ContentInvalid(
                    f"{reference} is not what it claims to be",
                    why=f"the manifest has the digest {digest}",
                )
            self._check_complete(contents, manifest, reference)
            contents.manifests[digest] = manifest
            if reference.digest is None:
                contents.tags[Tag(reference.target)] = digest
            if self.heard:
                self.heard(reference, manifest)
            return manifest.descriptor

    def delete(self, reference: Reference) -> bool:
        with self._lock:
            contents = self._write("delete", reference.repository, str(reference))
            if not self.deletes:
                return False
            if reference.digest is None:
                contents.tags.pop(Tag(reference.target), None)
                return True
            contents.manifests.pop(reference.digest, None)
            contents.tags = {
                tag: digest for tag, digest in contents.tags.items() if digest != reference.digest
            }
            return True

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        return digest in self._read("has_blob", repository, f"{repository}@{digest}").blobs

    @contextmanager
    def read_blob(self, repository: Repository, blob: Descriptor) -> Iterator[Iterator[bytes]]:
        content = self._read("read_blob", repository, f"{repository}@{blob.digest}").blobs.get(
            blob.digest
        )
        if content is None:
            raise NotFound(
                f"Could not read blob {blob.digest} of {repository}",
                why="the registry does not have it",
            )
        yield checked(content, blob, str(repository))

    def put_blob(
        self,
        repository: Repository,
        blob: Descriptor,
        content: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        with content() as chunks:
            received = b"".join(chunks)
        with self._lock:
            contents = self._write("put_blob", repository, f"{repository}@{blob.digest}")
            if not blob.digest.matches(received):
                raise ContentInvalid(
                    f"Could not upload blob {blob.digest} to {repository}", why="DIGEST_INVALID"
                )
            contents.blobs[blob.digest] = received

    def mount(self, repository: Repository, blob: Descriptor, source: Repository) -> bool:
        with self._lock:
            contents = self._write("mount", repository, f"{repository}@{blob.digest}")
            held = self.repositories.get(source, Contents()).blobs
            if not self.mounts or source.registry != repository.registry or blob.digest not in held:
                return False
            contents.blobs[blob.digest] = held[blob.digest]
            return True

    def tags(self, repository: Repository) -> tuple[Tag, ...] | None:
        self._read("tags", repository, str(repository))
        return (
            tuple(sorted(self.repositories[repository].tags))
            if repository in self.repositories
            else None
        )

    def referrers(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
        held = self._read("referrers", repository, f"{repository}@{subject}").manifests.values()
        return tuple(
            found.descriptor for found in held if found.subject and found.subject.digest == subject
        )

    def check_push(self, repository: Repository) -> None:
        self._refuse_write("check_push", repository, str(repository))

    def _find(self, verb: str, reference: Reference) -> Manifest | Index | None:
        return self._find_noted(reference, self._read(verb, reference.repository, str(reference)))

    def _find_noted(self, reference: Reference, contents: Contents) -> Manifest | Index | None:
        with self._lock:
            if self.lags.get(str(reference), 0) > 0:
                self.lags[str(reference)] -= 1
                return None
            digest = reference.digest or contents.tags.get(Tag(reference.target))
            return contents.manifests.get(digest) if digest else None

    def _read(self, verb: str, repository: Repository, subject: str) -> Contents:
        self._note(verb, subject)
        if str(repository) in self.unreadable:
            words = "permission_denied: read_package"
            raise denied(words, method="GET", part=Part.MANIFEST, image=str(repository))
        return self.repositories.get(repository, Contents())

    def _write(self, verb: str, repository: Repository, subject: str) -> Contents:
        self._refuse_write(verb, repository, subject)
        return self.repositories.setdefault(repository, Contents())

    def _refuse_write(self, verb: str, repository: Repository, subject: str) -> None:
        self._note(verb, subject)
        if str(repository) in self.unwritable | self.unreadable:
            words = "permission_denied: write_package"
            raise denied(words, image=str(repository), purpose=f"write to {repository}")

    def _note(self, verb: str, subject: str) -> None:
        with self._lock:
            self.calls.append((verb, subject))
        if fault := self.faults.get((verb, subject)):
            raise fault

    def _check_complete(
        self, contents: Contents, manifest: Manifest | Index, reference: Reference
    ) -> None:
        if isinstance(manifest, Manifest):
            missing = [blob.digest for blob in manifest.blobs if blob.digest not in contents.blobs]
        else:
            known = INDEX_TYPES | MANIFEST_TYPES
            held = {True: contents.manifests.keys(), False: contents.blobs.keys()}
            missing = [
                entry.digest
                for entry in manifest.manifests
                if entry.digest not in held[entry.media_type in known]
            ]
        if missing:
            raise Unavailable(
                f"Could not write {reference}", why=f"MANIFEST_BLOB_UNKNOWN: {missing[0]}"
            )


def checked(content: bytes, blob: Descriptor, origin: str) -> Iterator[bytes]:
    """The content in small pieces, checked as the real adapters check it."""
    check = ContentCheck(blob, origin)
    size = max(PIECE, len(content) // 100)
    for start in range(0, len(content), size):
        check.update(content[start : start + size])
        yield content[start : start + size]
    check.finish()
