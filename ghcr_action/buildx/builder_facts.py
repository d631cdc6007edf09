"""What ``docker buildx inspect`` prints of a builder, read; it has no other form than this text
for people."""

import contextlib
from collections.abc import Iterable, Iterator

from ghcr_action.errors import InvalidValue
from ghcr_action.values.engine import BuilderFacts
from ghcr_action.values.platform import Platform

_HOST_GATEWAY = "org.mobyproject.buildkit.worker.moby.host-gateway-ip"
"""The label by which an engine's own BuildKit tells it."""


def builder(text: str) -> BuilderFacts:
    """Driver and the platforms of all nodes, each once. Lines are ``KEY:  VALUE``; platforms that a
    node is fixed to have a star.

    Source: https://github.com/docker/buildx/blob/master/commands/inspect.go.
    """
    rows = [
        (key.strip(), value.strip())
        for key, _, value in (line.partition(":") for line in text.splitlines())
    ]
    driver = next((value for key, value in rows if key == "Driver"), "")
    listed = (name for key, value in rows if key == "Platforms" for name in value.split(","))
    return BuilderFacts(
        driver=driver,
        platforms=tuple(dict.fromkeys(_platforms(listed))),
        host_gateway=next((value for key, value in rows if key == _HOST_GATEWAY), ""),
    )


def _platforms(names: Iterable[str]) -> Iterator[Platform]:
    for name in names:
        with contextlib.suppress(InvalidValue):
            yield Platform.parse(name.strip().removesuffix("*"))
