"""The shapes of the catalogue: a row, what is known of the run, and the finding."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Self

from ghcr_action.errors import ActionError
from ghcr_action.values.answer import Answer, Fault, Part, Where
from ghcr_action.values.event import Event
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

ENGINE_AND_REGISTRY = frozenset({Where.ENGINE, Where.REGISTRY})
API = frozenset({Where.API})
EVERYWHERE = frozenset(Where)

_PERMISSIONS = (
    (r"/repos/[^/]+/[^/]+/(?:issues|pulls|commits/[^/]+/pulls)\b", "pull-requests"),
    (r"/(?:orgs|users?)/", "packages"),
)
"""What a call of GitHub's API needs, by its path."""
_PUSH = r"failed to push \S{1,500}: (?:errors:\n((?:[a-z ]{1,40}: .*\n?)+)|(.*))"
_REQUEST = r"unexpected status from \w{1,9} request to \S{1,2000}: "
_STORAGE = ".githubusercontent.com"
"""Where GitHub's registry leads to for content."""
DEPENDABOT = "dependabot[bot]"
"""The actor whose runs GitHub treats as a fork's."""


class Retry(Enum):
    """Whether our own retry makes sense."""

    NEVER = Patience(retries=0)
    ONCE = Patience(retries=1, shortest=2, longest=2)
    AFTER_PUSH = Patience(retries=5, shortest=1, longest=5)
    """What was just pushed is not visible everywhere yet."""
    NEW_UPLOAD = Patience(retries=3, shortest=1, longest=10)
    """From the start of the upload, not from the request that failed."""
    LOST_BLOB = Patience(retries=3, shortest=5, longest=15)
    LIMITED = Patience(retries=5, shortest=1, longest=60)
    """After the wait that the answer names."""
    TRANSIENT = Patience(retries=4, shortest=1, longest=30)
    SLOW = Patience(retries=2, shortest=60, longest=300)


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

    answer: Answer | None = None
    """What was answered."""
    image: Repository | None = None
    """What the answer is about."""
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
    registry: str = "ghcr.io"
    """The container registry of this GitHub."""
    secrets: tuple[Secret, ...] = ()

    @classmethod
    def during(cls, event: Event) -> Self:
        """What the workflow's event says; ``dataclasses.replace`` adds what a mode knows."""
        return cls(
            repository=event.repository,
            owner_type=event.owner_type,
            server_url=event.server_url,
            registry=event.registry,
            is_fork=event.is_fork,
            is_dependabot=event.actor == DEPENDABOT,
        )

    @property
    def said(self) -> str:
        """The words of whoever answered."""
        return self.answer.words if self.answer else ""

    @property
    def reason(self) -> str:
        """Why a registry refused, in its own words: what an engine passes on of them, where it
        could not push."""
        pushed = [several or one for several, one in re.findall(_PUSH, self.said)]
        return re.sub(_REQUEST, "", pushed[-1]).strip() if pushed else self.said

    @property
    def permission(self) -> str:
        """What the call needs that GitHub's API refused: ``pull-requests: write``; empty where
        nobody knows."""
        answer = self.answer
        if answer is None or answer.where is not Where.API:
            return ""
        access = "write" if answer.is_write else "read"
        rights = (permission for path, permission in _PERMISSIONS if re.match(path, answer.url))
        return f"{next(rights, 'contents')}: {access}"

    @property
    def owner(self) -> str:
        """The owner of the workflow's repository."""
        return self.repository.partition("/")[0]

    @property
    def image_owner(self) -> str:
        """The owner part of the image's name."""
        return self.image.path.partition("/")[0] if self.image else ""

    @property
    def host(self) -> str:
        """Who answered, as images name it; empty where nobody knows."""
        if self.answer and self.answer.host:
            return self.answer.host
        return self.image.registry if self.image else ""

    @property
    def is_at_github(self) -> bool:
        """Whether the registry is GitHub's, also on GitHub Enterprise; True where it is unknown."""
        if self.answer and self.answer.where is Where.API:
            return True
        is_theirs = self.host.startswith("containers.") or self.host.endswith(_STORAGE)
        return self.host in ("", "ghcr.io", self.registry) or is_theirs

    @property
    def is_foreign(self) -> bool:
        """Whether the image belongs to somebody else than the repository; False where either is
        unknown."""
        return bool(self.owner and self.image_owner) and self.owner.lower() != self.image_owner


class At(StrEnum):
    """Whose registry a row speaks of."""

    ANYWHERE = "anywhere"
    GITHUB = "at GitHub"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, kw_only=True)
class Known:
    """One cause of one failure: signs, of which one has to be found, and conditions, which all have
    to hold.

    ``cause`` and ``fix`` are format strings with the names of ``links.names``. The code is stable:
    people search for it.
    """

    code: str
    cause: str
    fix: str
    docs: str = ""
    patterns: tuple[str, ...] = ()
    """Signs: regular expressions, any case, over the words of whoever answered; never over ours."""
    statuses: tuple[int, ...] = ()
    """Signs."""
    codes: tuple[str, ...] = ()
    """Signs: the specification's."""
    faults: tuple[Fault, ...] = ()
    """Signs."""
    where: frozenset[Where] = ENGINE_AND_REGISTRY
    at: At = At.ANYWHERE
    methods: tuple[str, ...] = ()
    """Conditions, as the next two: any where empty, and where nobody knows."""
    parts: tuple[Part, ...] = ()
    path: str = ""
    """A regular expression over the address."""
    when: Callable[[Circumstances], bool] = lambda _: True
    kind: type[ActionError] = ActionError
    retry: Retry = Retry.NEVER
