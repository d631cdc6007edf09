"""The seams to the outside world: what a mode may ask for, in our own values.

Each Protocol has one real adapter in ``adapters/`` and one small working fake under
``tests/fakes/``; both pass the same contract tests. Absence is ``None``; a refusal is an
``ActionError``. What stands in the signatures is imported for type checkers only: a run loads the
values that its mode uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import PurePosixPath

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from ghcr_action.values.engine import (
        Build,
        BuildCommand,
        BuilderFacts,
        BuildProgress,
        EngineFacts,
        Printed,
    )
    from ghcr_action.values.event import PullRequest, RepositoryFacts
    from ghcr_action.values.github import Comment, Package, PackageVersion, RateBudget
    from ghcr_action.values.oci import Descriptor, Index, Manifest
    from ghcr_action.values.reference import Digest, Reference, Repository, Tag
    from ghcr_action.values.secret import Secret
    from ghcr_action.values.summary import Summary


class Source(Protocol):
    """What the content of an image is read from."""

    def manifest(self, reference: Reference) -> Manifest | Index | None:
        """The manifest or index, its digest computed here and compared."""

    def read_blob(
        self, repository: Repository, blob: Descriptor
    ) -> AbstractContextManager[Iterator[bytes]]:
        """The blob in chunks of bytes; digest and size are checked as it is read, ContentInvalid
        where they differ."""


class Registry(Source, Protocol):
    """The OCI distribution API 1.1 of every registry that a run talks to."""

    def announce(
        self, *, reads: Iterable[Repository] = (), writes: Iterable[Repository] = ()
    ) -> None:
        """Say what a run will read and write to, so that one login at each registry serves all of
        it from the first request on."""

    def head(self, reference: Reference) -> Descriptor | None:
        """Media type, digest and size of what a tag or digest names, without reading it."""

    def raw(self, reference: Reference) -> tuple[bytes, str] | None:
        """The bytes behind a tag or digest and the media type they came with, whatever they are;
        nothing is compared."""

    def put(
        self,
        reference: Reference,
        manifest: Manifest | Index,
        look: Callable[[], None] | None = None,
    ) -> Descriptor:
        """Write these exact bytes under a tag or digest; the registry's digest must be ours.
        ``look`` is called right before each attempt, and raises where nothing may be written."""

    def delete(self, reference: Reference) -> bool:
        """Delete a manifest; False where the registry does not offer that."""

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        """Whether the repository holds this blob."""

    def put_blob(
        self,
        repository: Repository,
        blob: Descriptor,
        content: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        """Upload a blob in one PUT; ``content`` is opened again for each attempt."""

    def mount(self, repository: Repository, blob: Descriptor, source: Repository) -> bool:
        """Take a blob over from another repository of the same registry; False where it has to be
        uploaded."""

    def tags(self, repository: Repository) -> tuple[Tag, ...] | None:
        """Every tag, all pages; None where the repository does not exist."""

    def referrers(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
        """What describes this digest, by the API or the fallback tag."""

    def check_push(self, repository: Repository) -> None:
        """Open an upload and abandon it, so that nothing is written; AccessDenied where the login
        may not push."""


class LayoutWriter(Protocol):
    """An OCI image layout that is being written."""

    def has(self, blob: Descriptor) -> bool:
        """Whether this blob is there, whole and with its digest."""

    def write(self, blob: Descriptor, content: Iterator[bytes]) -> None:
        """Keep a blob; nothing has its name where the content ends with an error."""

    def finish(self, root: Descriptor, name: str) -> None:
        """Name the one image it holds."""


class Engine(Protocol):
    """The tool that builds: docker with buildx."""

    def describe(self) -> EngineFacts:
        """Versions and abilities; Unavailable, with what was tried, where no engine answers."""

    def build(self, command: BuildCommand, show: Callable[[str], None]) -> Build:
        """Run one build; each line of its output goes to ``show``. BuildFailed with the last lines
        where it fails."""

    def builder(self, name: str) -> BuilderFacts | None:
        """What a builder is and can build, the current one for an empty name; None where there is
        none of this name."""

    def call(self, arguments: tuple[str, ...], show: Callable[[str], None]) -> str:
        """Run one other command of the engine's program, and give what it printed; Unavailable with
        its last lines where it fails, NotFound where it names a builder that is not there."""

    def ask(
        self,
        arguments: tuple[str, ...],
        environ: Mapping[str, str] | None = None,
        *,
        directory: str = "",
    ) -> Printed:
        """Run one command of the engine's program for what it prints, and how it ends.

        ``environ`` is all it may see of the environment; None is what a build sees. ``directory``
        is relative to the workspace.
        """

    def bridge(self, path: PurePosixPath, *, builder: str = "") -> AbstractContextManager[None]:
        """A private socket that leads to the BuildKit of the engine, or of the engine behind this
        builder, while the context lasts.

        Unavailable where the engine does not offer that, SettingsError where no socket can have
        this path.
        """

    def shell(self, script: str, variables: Mapping[str, str], show: Callable[[str], None]) -> int:
        """Run a script the user wrote where the engine can be reached, with these variables; its
        exit code."""


class GitHub(Protocol):
    """GitHub's API."""

    def prepare(self) -> None:
        """Get ready for a first question, while something else is waited for."""

    def repository(self) -> RepositoryFacts | None:
        """What GitHub says of the workflow's repository; None where it can't be asked."""

    def commit_date(self, sha: str) -> datetime | None:
        """When a commit was made; None where it can't be asked."""

    def package(self, repository: Repository) -> Package | None:
        """What GitHub says of a package; None where there is none or the token may not see it."""

    def change_visibility(self, repository: Repository, visibility: str) -> bool:
        """Ask for another visibility; whether GitHub took the request, which only a second read
        proves."""

    def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
        """Every version of a package, all pages; None where there is no such package or the token
        may not see it."""

    def version_page(self, repository: Repository, number: int) -> tuple[PackageVersion, ...]:
        """One page of the same list, a hundred at most; the first has the number 1."""

    def deleted_versions(self, repository: Repository) -> tuple[PackageVersion, ...]:
        """Versions that were deleted lately; none where GitHub does not tell."""

    def version(self, repository: Repository, version: int) -> PackageVersion | None:
        """One version as it is now; None where it is gone."""

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        """Delete a manifest with all its tags; False where it was gone already. PolicyRefused where
        GitHub keeps it whatever one asks."""

    def changed_files(self, pull_request: int) -> tuple[str, ...] | None:
        """Paths that a pull request adds, changes, removes or moves, both names of what it moves;
        None where they can't be asked, or are more than GitHub lists."""

    def restore_version(self, repository: Repository, version: PackageVersion) -> bool:
        """Bring a deleted version back; False where GitHub does not have it any more."""

    def package_names(self, owner: str) -> tuple[str, ...]:
        """Container packages of an owner that the token may list. AccessDenied where it may not."""

    def gone_branches(self) -> frozenset[str]:
        """Branches of pull requests that are closed, which are not there any more."""

    def open_pulls(self) -> frozenset[int]:
        """Numbers of the repository's open pull requests."""

    def budget(self) -> RateBudget | None:
        """What the last answer said of the limit of requests; None where there is none."""

    def login(self) -> str:
        """Whose token this is."""

    def comments(self, pull_request: int) -> Iterator[tuple[Comment, ...]]:
        """Pages of a pull request's comments, oldest first; the next is asked for when it is
        wanted."""

    def comment(self, comment: int) -> Comment | None:
        """One comment as it is now; None where it is gone."""

    def create_comment(self, pull_request: int, body: str) -> Comment:
        """Say something new; never repeated blindly."""

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Replace what a comment says."""

    def delete_comment(self, comment: int) -> None:
        """Take a comment back."""

    def pulls_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Open pull requests that hold a commit."""

    def pull_by_head(
        self, head_repository: str, head_ref: str, head_sha: str
    ) -> PullRequest | None:
        """The open pull request from this branch of this repository whose head is this very
        commit."""


class Git(Protocol):
    """The repository that is checked out in the workspace."""

    def head(self) -> tuple[str, str] | None:
        """The full ref name (``refs/heads/…``) and commit of the work tree; None where there is no
        repository."""

    def commit_date(self, sha: str) -> datetime | None:
        """When a commit was made."""


class Runner(Protocol):
    """Whoever started us: a workflow runner or a person at a terminal. Messages go through
    ``logging``, not here."""

    def mask(self, secret: Secret) -> None:
        """Hide this value in every later line of the log."""

    def group(self, title: str) -> AbstractContextManager[None]:
        """Fold what is logged inside; closed with its duration."""

    def fence(self) -> AbstractContextManager[Callable[[str], None]]:
        """A writer for lines of foreign output, which can't speak to the runner."""

    def output(self, name: str, value: str) -> None:
        """Set a step output."""

    def export(self, name: str, value: str) -> None:
        """Set an environment variable for later steps."""

    def save(self, name: str, value: str) -> None:
        """Keep a value for the post step."""

    def summary(self, summary: Summary) -> None:
        """Add to what is told at the end of the step."""

    def artifact(self, name: str, digest: Digest) -> None:
        """Tell the runner what this step made: a repository, without a tag, and the digest in
        it."""


class Sigstore(Protocol):
    """Sigstore's services, asked on behalf of the job."""

    def token(self) -> Secret:
        """GitHub's word for who this job is, in a token for Sigstore alone. AccessDenied where the
        job may not have one.
        """

    def key(self) -> EllipticCurvePrivateKey:
        """A new key on P-256, which this run alone has."""

    def ask(
        self, url: str, question: Mapping[str, object], purpose: str, bearer: Secret | None = None
    ) -> bytes:
        """Send JSON to a service; its answer, of at most 1 MiB. The same question twice has the
        effect of one. Raises ActionError.
        """


class TrustRoots(Protocol):
    """Whom Sigstore's clients trust, as JSON documents, one for each instance."""

    def known(self) -> tuple[bytes, ...]:
        """Those that came with this version."""

    def fresh(self) -> tuple[bytes, ...]:
        """Those of today, from where they are published, by TUF. Raises Unavailable."""


class AttestationStore(Protocol):
    """Where GitHub keeps attestations, by the digests they are about."""

    def store(self, bundle: bytes) -> str:
        """Keep a bundle for the workflow's repository; its id. Raises ActionError."""

    def bundles(self, repository: str, digest: Digest) -> Iterator[bytes]:
        """Every bundle that ``OWNER/NAME`` has about a digest, a hundred at most. Raises
        ActionError.
        """

    def record(self, stored: Reference) -> bool:
        """Tell an organization where an image is stored; False where the job may not. Raises
        ActionError.
        """


class Clock(Protocol):
    """Time and chance."""

    def now(self) -> datetime:
        """The time, with its zone (UTC)."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def jitter(self) -> float:
        """A number between 0 and 1, other every time."""


class Progress(Protocol):
    """Whoever wants to know how far long work has come: told often, by several threads, and free to
    say nothing."""

    def transfer(self, blob: Descriptor) -> AbstractContextManager[Callable[[int], None]]:
        """A blob that moves; the writer is called with the bytes sent so far, which may go back
        after a retry."""

    def build(self) -> AbstractContextManager[Callable[[BuildProgress], None]]:
        """A build; its writer takes how far it is, whenever a step begins or ends."""


class Workspace(Protocol):
    """Files: the checked-out work tree, read only, and a private directory for what a run must
    write."""

    def is_file(self, path: str) -> bool:
        """Whether this path, relative to the workspace, is a file."""

    def is_directory(self, path: str) -> bool:
        """Whether this path, relative to the workspace, is a directory."""

    def entries(self, path: str) -> Iterable[str]:
        """The names in a directory."""

    def contains(self, path: str) -> bool:
        """Whether this path, its links resolved, lies inside the workspace or the runner's
        temporary directory."""

    def keep(self, name: str, content: bytes) -> PurePosixPath:
        """Write a private file (mode 0600) that is gone after the run."""

    def scratch(self, name: str) -> PurePosixPath:
        """A path in the private directory for somebody else to write to."""

    def socket(self, name: str) -> PurePosixPath:
        """A path in the private directory that is short enough for a socket, as programs that this
        run starts see it."""

    def read(self, path: PurePosixPath, most: int = -1) -> bytes | None:
        """A file's bytes, no more than ``most`` of them where that is given; None where there is
        none."""

    def write_layout(self, path: str) -> LayoutWriter:
        """A new OCI layout in this directory, relative to the workspace; what is there already is
        completed."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file of the workspace or the runner's temporary directory, whole or not at all.
        SettingsError elsewhere."""

    def publish(self, name: str, content: bytes) -> PurePosixPath:
        """Write a file for later steps of the job, which outlives the run."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Everything a mode may touch."""

    engine: Engine
    registry: Registry
    anonymous: Registry
    """The same registries, asked as somebody without a login."""
    github: GitHub
    sigstore: Sigstore
    trust_roots: TrustRoots
    attestations: AttestationStore
    git: Git
    runner: Runner
    clock: Clock
    progress: Progress
    workspace: Workspace
    environ: Mapping[str, str]
