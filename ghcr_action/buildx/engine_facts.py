"""What ``docker info --format '{{json .}}'`` prints of the engine and of buildx, read."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ghcr_action.buildx import versions
from ghcr_action.errors import InvalidValue
from ghcr_action.values.engine import EngineFacts
from ghcr_action.values.platform import Platform

OWN_CONTEXT = "default"
"""The context that DOCKER_HOST describes, or nothing does."""
_CONTAINERD = "io.containerd.snapshotter.v1"
"""The type of driver by which an engine says that containerd keeps its images."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """The buildx that docker has found; empty where there is none."""

    version: str = ""
    path: str = ""


def plugin(answer: Mapping[str, Any]) -> Plugin:
    """Version and path of buildx, by the client's list of plugins."""
    listed = _client(answer).get("Plugins") or ()
    found: Mapping[str, Any] = next((each for each in listed if each.get("Name") == "buildx"), {})
    return Plugin(version=str(found.get("Version", "")), path=str(found.get("Path", "")))


def engine(answer: Mapping[str, Any]) -> EngineFacts:
    """Versions and abilities, from the answer of an engine that is there.

    Fields: https://docs.docker.com/reference/api/engine/ (``GET /info``), and ``ClientInfo`` of
    https://github.com/docker/cli, ``cli/command/system/info.go``.
    """
    status = {
        str(pair[0]): str(pair[1]) for pair in answer.get("DriverStatus") or () if len(pair) == 2
    }
    return EngineFacts(
        buildx=_version(plugin(answer).version),
        has_containerd_store=status.get("driver-type") == _CONTAINERD,
        platforms=tuple(_native(f"{answer.get('OSType', '')}/{answer.get('Architecture', '')}")),
        builder=context(answer),
    )


def context(answer: Mapping[str, Any]) -> str:
    """The docker context whose engine was asked."""
    return str(_client(answer).get("Context") or OWN_CONTEXT)


def _client(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return answer.get("ClientInfo") or {}


def _native(text: str) -> Iterator[Platform]:
    with contextlib.suppress(InvalidValue):
        yield Platform.parse(text)


def _version(text: str) -> versions.Version:
    """``v0.29.1``; a development build is a commit's hash."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else versions.UNKNOWN
