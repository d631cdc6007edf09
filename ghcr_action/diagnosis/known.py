"""The shapes of the catalogue: a row, what is known of the run, and the finding."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NamedTuple, Self

from ghcr_action.errors import ActionError
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret


class Where(StrEnum):
    """Who said it."""

    ENGINE = "engine"
    REGISTRY = "registry"
    API = "api"


ENGINE_AND_REGISTRY = frozenset({Where.ENGINE, Where.REGISTRY})
API = frozenset({Where.API})
EVERYWHERE = frozenset(Where)

DEPENDABOT = "dependabot[bot]"
"""The actor whose runs GitHub treats as a fork's."""


class Waits(NamedTuple):
    """How often to try again, and the first and the longest wait in seconds."""

    attempts: int
    shortest: float
    longest: float


class Retry(Enum):
    """Whether our own retry makes sense. Waits grow from the shortest to the longest."""

    NEVER = Waits(0, 0, 0)
    ONCE = Waits(1, 2, 2)
    AFTER_PUSH = Waits(5, 1, 5)
    """What was just pushed is not visible everywhere yet."""
    NEW_UPLOAD = Waits(3, 1, 10)
    """From the start of the upload, not from the request that failed."""
    LOST_BLOB = Waits(3, 5, 15)
    LIMITED = Waits(5, 1, 60)
    """After the wait that the answer names."""
    PASSING = Waits(4, 1, 30)
    SLOW = Waits(2, 60, 300)


class Login(StrEnum):
    """What the credentials for the registry are."""

    UNKNOWN = "unknown"
    NONE = "none"
    JOB_TOKEN = "job token"
    """``GITHUB_TOKEN``."""
    PASSWORD = "password"
    """A personal access token, or another registry's password."""


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is known of the run when something fails: chooses among the causes of one text, and
    fills in names and links."""

    doing: str = ""
    """The step in progress, as a noun: ``Push of ghcr.io/acme/app:1.0``."""
    image: Repository | None = None
    repository: str = ""
    """The workflow's repository, ``owner/name``."""
    owner_type: str = ""
    """``User`` or ``Organization``: what owns the workflow's repository."""
    server_url: str = "https://github.com"
    package_url: str = ""
    """The package's ``html_url``, where the API told it."""
    login: Login = Login.UNKNOWN
    is_fork: bool = False
    is_dependabot: bool = False
    may_write_packages: bool = False
    """The job is known to have ``packages: write``; False where nobody knows."""
    permission: str = ""
    """What the failed call needs: ``pull-requests: write``."""
    after_push: bool = False
    """What is asked for was pushed by this run, seconds ago."""
    index: str = ""
    """The index that lists what is missing."""
    upload_seconds: float = 0
    layer_size: int = 0
    """Bytes."""
    secrets: tuple[Secret, ...] = ()

    @classmethod
    def during(cls, event: Event) -> Self:
        """What the workflow's event says; ``dataclasses.replace`` adds what a mode knows."""
        return cls(
            repository=event.repository,
            owner_type=event.owner_type,
            server_url=event.server_url,
            is_fork=event.is_fork,
            is_dependabot=event.actor == DEPENDABOT,
        )

    @property
    def owner(self) -> str:
        """The owner of the workflow's repository."""
        return self.repository.partition("/")[0]

    @property
    def image_owner(self) -> str:
        """The owner part of the image's name."""
        return self.image.path.partition("/")[0] if self.image else ""

    @property
    def is_at_github(self) -> bool:
        """Whether the registry is GitHub's, also on GitHub Enterprise; True where it is unknown."""
        return (
            self.image is None
            or self.image.registry == "ghcr.io"
            or self.image.registry.startswith("containers.")
        )

    @property
    def is_foreign(self) -> bool:
        """Whether the image belongs to somebody else than the repository; False where either is
        unknown."""
        return bool(self.owner and self.image_owner) and self.owner.lower() != self.image_owner


@dataclass(frozen=True, kw_only=True)
class Known:
    """One cause of one failure.

    ``patterns`` are regular expressions, any case, of which one has to be found; an answer's status
    stands in a line of its own, ``HTTP 403``. ``cause`` and ``fix`` are format strings with the
    names of ``links.names``. The code is stable: people search for it.
    """

    code: str
    patterns: tuple[str, ...]
    cause: str
    fix: str
    docs: str = ""
    where: frozenset[Where] = ENGINE_AND_REGISTRY
    when: Callable[[Circumstances], bool] = lambda _: True
    kind: type[ActionError] = ActionError
    retry: Retry = Retry.NEVER


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What a failure means, ready to be told; every text is free of secrets."""

    code: str
    kind: type[ActionError]
    what: str
    why: str
    fix: str
    docs: str
    retry: Retry
    wait: float | None
    """Seconds that the answer asks us to wait."""
    raw: str
    """The text as it came, redacted."""
