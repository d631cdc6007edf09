"""The host of a registry, in its one spelling."""

import re

DOCKER_HUB = "docker.io"
HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", "registry-1.docker.io"})
"""Every host that people write for Docker Hub, https://github.com/moby/moby/blob/master/registry."""


def canonical(host: str) -> str:
    """In lower case, Docker Hub by one name; the port stays of a registry that may speak HTTP."""
    name = re.sub(r"(\.[a-z]+):443\Z", r"\1", host.lower())
    return DOCKER_HUB if name in HUB_NAMES else name
