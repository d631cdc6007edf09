"""What a machine must be to run an image."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ghcr_action.values.invalid import InvalidValue

_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armhf": "arm",
    "armel": "arm/v6",
}
_PART = r"[a-z0-9_.-]+"
SYSTEMS = frozenset(
    {
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "illumos",
        "ios",
        "js",
        "linux",
        "netbsd",
        "openbsd",
        "plan9",
        "solaris",
        "wasi",
        "wasip1",
        "windows",
    }
)
"""Every ``GOOS`` that runs programs, and ``wasi``, as Docker's documentation writes it.

Source: https://go.dev/doc/install/source#environment; OCI takes its words from there:
https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md.
"""
ARCHITECTURES = frozenset(
    {
        "386",
        "amd64",
        "arm",
        "arm64",
        "loong64",
        "mips",
        "mips64",
        "mips64le",
        "mipsle",
        "ppc64",
        "ppc64le",
        "riscv64",
        "s390x",
        "sparc64",
        "wasm",
        "wasm32",
    }
)
"""Every ``GOARCH``, and ``wasm32``."""
_LOCAL = "local"
_MEANT = {
    "arm32v6": "arm/v6",
    "arm32v7": "arm/v7",
    "arm64v8": "arm64",
    "armv6": "arm/v6",
    "armv6l": "arm/v6",
    "armv7": "arm/v7",
    "armv7l": "arm/v7",
    "armv8": "arm64",
    "macos": "darwin",
    "ppc64el": "ppc64le",
    "win": "windows",
    "x64": "amd64",
    "x86": "386",
}
"""Words of other tools for one of these."""
_VARIANTS = {
    "amd64": re.compile("v[1-4]"),
    "arm": re.compile("v[5-8]"),
    "arm64": re.compile(r"v[89](\.\d)?"),
}
"""What those variants look like that people ask for; other architectures may have any."""


@dataclass(frozen=True, order=True)
class Platform:
    """Operating system, architecture and variant, as an index writes them."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """``linux/arm64``, ``linux/arm/v7``, ``arm64``: normalised as containerd does (``x86_64``
        is ``amd64``, ``arm64/v8`` is ``arm64``, ``arm`` is ``arm/v7``). Raises InvalidValue.
        Source: https://github.com/containerd/platforms.
        """
        parts = text.strip().lower().split("/")
        if not 1 <= len(parts) <= 3 or not all(re.fullmatch(_PART, part) for part in parts):
            raise InvalidValue(
                f"{text!r} is not a platform: write os/architecture[/variant], for "
                "example linux/arm64"
            )
        if len(parts) == 1:
            parts.insert(0, "linux")
        os, architecture, variant = (*parts, "")[:3]
        architecture, _, implied = _ARCHITECTURES.get(architecture, architecture).partition("/")
        variant = variant or implied
        if (architecture, variant) in (("arm64", "v8"), ("arm64", "8"), ("amd64", "v1")):
            variant = ""
        if architecture == "arm":
            variant = f"v{variant.lstrip('v')}" if variant else "v7"
        return cls(os, architecture, variant)

    @classmethod
    def asked(cls, text: str) -> Self:
        """What a user asks for, ``local`` among it: as ``parse``, and Go's words only, so that
        nothing is published for a machine that does not exist. Raises InvalidValue that names the
        nearest word.
        """
        if text.strip().lower() == _LOCAL:
            return cls(_LOCAL, "")
        found = cls.parse(text)
        word = text.strip().lower()
        if "/" not in word and word in SYSTEMS:
            raise InvalidValue(f"{text!r} is a system without an architecture: {word}/amd64?")
        for part, known in ((found.os, SYSTEMS), (found.architecture, ARCHITECTURES)):
            if part not in known:
                raise InvalidValue(f"{text!r} is no platform that exists{_near(part, known, word)}")
        shape = _VARIANTS.get(found.architecture)
        if shape and found.variant and not shape.fullmatch(found.variant):
            plain = f"{found.os}/{found.architecture}"
            raise InvalidValue(
                f"{text!r}: {plain} has no variant {found.variant!r}; {cls.parse(plain)}?"
            )
        return found

    @property
    def is_local(self) -> bool:
        """Whether this is buildx's word for the platform of the client."""
        return self.os == _LOCAL

    @property
    def normal(self) -> Self:
        """As ``parse`` gives it, to compare with; itself where a manifest says what nobody can ask
        for."""
        try:
            return self.parse(str(self))
        except InvalidValue:
            return self

    @property
    def is_known(self) -> bool:
        """False for ``unknown/unknown``, which BuildKit writes on attestation manifests."""
        return (self.os, self.architecture) != ("unknown", "unknown")

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def _near(part: str, known: frozenset[str], text: str) -> str:
    """The end of a sentence: the platform with the nearest known word in the place of ``part``."""
    import difflib

    near = _MEANT.get(part) or next(
        iter(difflib.get_close_matches(part, sorted(known), n=1, cutoff=0.5)), ""
    )
    return f"; did you mean {text.replace(part, near, 1)}?" if near else ""


def missing(wanted: Iterable[Platform], found: Iterable[Platform]) -> str:
    """Those of the wanted platforms that were not found, ``linux/arm64, linux/386``; empty where
    all are there. ``linux/arm64/v8`` is ``linux/arm64``."""
    have = {platform.normal for platform in found}
    return ", ".join(str(platform) for platform in wanted if platform.normal not in have)


def listed(platforms: Iterable[Platform]) -> str:
    """Platforms in words, each once and in order; ``nothing`` where there are none."""
    return ", ".join(sorted({str(platform.normal) for platform in platforms})) or "nothing"
