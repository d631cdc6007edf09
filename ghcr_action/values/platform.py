"""What a machine must be to run an image."""

import re
from dataclasses import dataclass
from typing import Self

from ghcr_action.errors import InvalidValue

_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armhf": "arm",
    "armel": "arm/v6",
}
_PART = re.compile(r"[a-z0-9_.-]+")


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
        if not 1 <= len(parts) <= 3 or not all(_PART.fullmatch(part) for part in parts):
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
