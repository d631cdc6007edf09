"""The config of an image as far as it is read here: platform, labels, creation time and history.

Source: OCI image 1.1, https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ghcr_action.values.platform import Platform

UNKNOWN = Platform("unknown", "unknown")


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One entry of the history: the command, and whether it made no layer."""

    command: str
    is_empty: bool = False


@dataclass(frozen=True, kw_only=True)
class ImageConfig:
    """What a config says; what is no image's config says nothing."""

    platform: Platform = UNKNOWN
    created: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    history: tuple[Instruction, ...] = ()


def parse(raw: bytes) -> ImageConfig:
    """Read a config; whatever in it is not as the specification says is left out, since artifacts
    have configs of their own.

    Half a character, which JSON can spell and UTF-8 can't, becomes a question mark.
    """
    try:
        document = json.loads(raw)
        if b"\\u" in raw:
            document = json.loads(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return ImageConfig()
    if not isinstance(document, dict):
        return ImageConfig()
    inner = document.get("config")
    return ImageConfig(
        platform=_platform(document),
        created=str(document.get("created") or ""),
        labels=_texts(inner.get("Labels") if isinstance(inner, dict) else None),
        history=tuple(
            _instruction(entry)
            for entry in _listed(document.get("history"))
            if isinstance(entry, dict)
        ),
    )


def _platform(document: Mapping[str, Any]) -> Platform:
    if "os" not in document or "architecture" not in document:
        return UNKNOWN
    return Platform(
        str(document["os"]),
        str(document["architecture"]),
        str(document.get("variant") or ""),
        str(document.get("os.version") or ""),
    )


def _instruction(entry: Mapping[str, Any]) -> Instruction:
    return Instruction(
        command=str(entry.get("created_by") or ""), is_empty=entry.get("empty_layer") is True
    )


def _texts(found: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
