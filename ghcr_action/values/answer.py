"""What the other side answered to one question: the facts of a failure, apart from every sentence
that is made of them."""

from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.values.reference import Repository

_WRITES = frozenset({"DELETE", "PATCH", "POST", "PUT"})


class Where(StrEnum):
    """Who answered, or should have."""

    ENGINE = "engine"
    REGISTRY = "registry"
    API = "api"
    """GitHub's."""
    SERVICE = "service"
    """Any other one, as those that sign."""


class Part(StrEnum):
    """What a registry was asked for."""

    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOAD = "upload"
    TAGS = "tags"
    REFERRERS = "referrers"
    TOKEN = "token"
    """Of its token service."""


class Fault(StrEnum):
    """Why no answer came, or no whole one."""

    NAME = "name"
    """The host has no address."""
    REFUSED = "refused"
    """Nobody listens there, or there is no way to it."""
    PROXY = "proxy"
    """A proxy stands between, and did not connect."""
    SILENT = "silent"
    """Nothing came within the time allowed."""
    CLOSED = "closed"
    """The connection broke."""
    TLS = "tls"
    """The certificate is not trusted."""
    NONSENSE = "nonsense"
    """An answer came, and it is not of the kind that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer that is no success; what is not known is empty.

    ``words`` is the only text in it that somebody else wrote: cleaned, and without secrets.
    """

    where: Where
    method: str = ""
    """HTTP's: ``GET``."""
    url: str = ""
    """Without login and signatures; for GitHub's API the path below its address."""
    host: str = ""
    """``HOST[:PORT]`` that was to answer: the registry as images name it, or that of the API."""
    repository: Repository | None = None
    """What the question was about."""
    part: Part | None = None
    status: int = 0
    """HTTP's; 0 where no answer came."""
    codes: frozenset[str] = frozenset()
    """Of the distribution specification, in capitals: ``NAME_UNKNOWN``."""
    words: str = ""
    retry_after: float | None = None
    """Seconds that the answer asks us to wait."""
    fault: Fault | None = None
    proxy: str = ""
    """The variable that names the proxy, and the proxy: ``HTTPS_PROXY=http://proxy:3128``."""
    sent: int = 0
    """Bytes of the layer that was being sent."""
    seconds: float = 0.0
    """From the question to the answer, or to the fault."""
    offers: tuple[str, ...] = ()
    """What is there in place of what was asked for: platforms of an image."""
    after_push: bool = False
    """Whether what was asked for was pushed by this run, seconds ago."""

    @property
    def is_write(self) -> bool:
        """Whether the question was to change something."""
        return self.method in _WRITES
