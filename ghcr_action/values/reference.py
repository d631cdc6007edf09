"""Names of images: parse once at the edge, pass these types below it.

Grammar: OCI distribution 1.1,
https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests, and for
the host part https://github.com/distribution/reference (``domain``, docker.io as the default).
"""

import re
from dataclasses import dataclass
from typing import Self

from ghcr_action.values.host import DOCKER_HUB, canonical
from ghcr_action.values.invalid import InvalidValue
from ghcr_action.values.tag import MAX_TAG

MAX_NAME = 255
"""Longest repository name in characters, host included, that clients accept."""
MAX_PORT = 65_535

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::(?P<port>[0-9]{{1,9}}))?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_HEX_LENGTH = {"sha256": 64, "sha512": 128}


@dataclass(frozen=True, order=True)
class Digest:
    """A content address: ``sha256:…``."""

    algorithm: str
    encoded: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """``sha256:`` and 64, or ``sha512:`` and 128, lower-case hex digits. Raises
        InvalidValue."""
        algorithm, colon, encoded = text.partition(":")
        if not colon or algorithm not in _HEX_LENGTH:
            raise InvalidValue(f"{text!r} is not a digest: it starts with 'sha256:' or 'sha512:'")
        if not re.fullmatch(rf"[0-9a-f]{{{_HEX_LENGTH[algorithm]}}}", encoded):
            raise InvalidValue(
                f"{text!r} is not a digest: {algorithm} has {_HEX_LENGTH[algorithm]} hex "
                "digits, in lower case"
            )
        return cls(algorithm, encoded)

    @classmethod
    def find(cls, text: str) -> Self | None:
        """The digest that this text is; None where it is none."""
        try:
            return cls.parse(text)
        except InvalidValue:
            return None

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The sha256 digest of these bytes."""
        import hashlib

        return cls("sha256", hashlib.sha256(content).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"

    @property
    def short(self) -> str:
        """Twelve hex digits, for tables; never for a command."""
        return self.encoded[:12]

    def matches(self, content: bytes) -> bool:
        """Whether these bytes have this digest, by its own algorithm."""
        import hashlib

        return hashlib.new(self.algorithm, content).hexdigest() == self.encoded


@dataclass(frozen=True, order=True)
class Tag:
    """A movable name inside a repository."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """At most 128 characters of ``A-Z a-z 0-9 . _ -``, the first not ``.`` or ``-``. Raises
        InvalidValue."""
        if _TAG.fullmatch(text):
            return cls(text)
        if len(text) > MAX_TAG:
            raise InvalidValue(f"tag {text!r} has {len(text)} characters: {MAX_TAG} are allowed")
        if text[:1] in (".", "-"):
            raise InvalidValue(
                f"tag {text!r} starts with {text[0]!r}: a tag starts with a letter, a digit or '_'"
            )
        wrong = next(
            (character for character in text if not re.match(r"[a-zA-Z0-9._-]", character)), ""
        )
        raise InvalidValue(
            f"tag {text!r} has {wrong!r} in it: only letters, digits, '.', '_' and '-' are allowed"
            if wrong
            else "a tag is empty"
        )

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, order=True)
class Repository:
    """A name inside a registry: ``ghcr.io`` and ``owner/image``."""

    registry: str
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """``[HOST[:PORT]/]PATH``; without a host it is Docker Hub's, as every client reads it. One
        registry has one spelling: capitals, the port of HTTPS and other names of Docker Hub go.
        Raises InvalidValue."""
        first, slash, rest = text.partition("/")
        has_host = bool(slash) and (
            bool(re.search(r"[.:\[]", first)) or first == "localhost" or first != first.lower()
        )
        registry, path = (canonical(first), rest) if has_host else (DOCKER_HUB, text)
        if registry == DOCKER_HUB and "/" not in path:
            path = f"library/{path}"
        host = _HOST.fullmatch(registry)
        if not host:
            raise InvalidValue(f"{registry!r} is not the host of a registry")
        if host["port"] and not 0 < int(host["port"]) <= MAX_PORT:
            raise InvalidValue(f"{registry!r} has no port: those are 1 to {MAX_PORT}")
        if path != path.lower():
            raise InvalidValue(f"repository {text!r} has capitals: repository names are lower case")
        if not _PATH.fullmatch(path):
            raise InvalidValue(
                f"{text!r} is not a repository: parts of 'a-z 0-9', joined inside by '.', "
                "'_', '__' or '-', and by '/' between them"
            )
        if len(registry) + 1 + len(path) > MAX_NAME:
            raise InvalidValue(f"repository {text!r} has more than {MAX_NAME} characters")
        return cls(registry, path)

    def __str__(self) -> str:
        return f"{self.registry}/{self.path}"

    def tag(self, tag: Tag) -> "Reference":
        """The reference ``repository:tag``."""
        return Reference(self, tag=tag)

    def at(self, digest: Digest) -> "Reference":
        """The reference ``repository@digest``."""
        return Reference(self, digest=digest)


@dataclass(frozen=True, order=True)
class Reference:
    """A repository with a tag, a digest, both or neither; the digest decides where both are
    given."""

    repository: Repository
    tag: Tag | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """``REPOSITORY[:TAG][@DIGEST]``. Raises InvalidValue."""
        name, at, digest = text.partition("@")
        tail = name.rpartition("/")[2]
        tag = ""
        if ":" in tail:
            tag = tail.partition(":")[2]
            name = name[: len(name) - len(tag) - 1]
            if not tag:
                raise InvalidValue(f"{text!r} has an empty tag")
        return cls(
            Repository.parse(name),
            Tag.parse(tag) if tag else None,
            Digest.parse(digest) if at else None,
        )

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"

    @property
    def target(self) -> str:
        """What a registry is asked for: the digest, else the tag, else ``latest``."""
        return str(self.digest or self.tag or "latest")
