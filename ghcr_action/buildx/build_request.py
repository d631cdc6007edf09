"""What to build: every input of build-push-action, typed."""

import re
from dataclasses import dataclass, replace

from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference
from ghcr_action.values.secret import Secret

HOST_GATEWAY = "host-gateway"
"""In the place of a host's address: the engine's own."""
_HOST = re.compile(rf"(?<=[:=]){HOST_GATEWAY}\Z")


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """One build as the user asked for it, before context, attestations and destination are decided.

    Texts stand as they were written: buildx has the last word on their grammar. An empty text or
    tuple means "not given". Source: https://github.com/docker/build-push-action, ``action.yml`` of
    v7.3.0.
    """

    add_hosts: tuple[str, ...] = ()
    """``host:IP``."""
    allow: tuple[str, ...] = ()
    """Entitlements: ``network.host``, ``security.insecure``."""
    annotations: tuple[str, ...] = ()
    """``[level,…:]key=value``; ``annotations`` decides which levels an export can hold."""
    attests: tuple[str, ...] = ()
    """``type=sbom,…``; ``provenance`` and ``sbom`` beat an item of their type."""
    build_args: tuple[str, ...] = ()
    """``KEY=value``, or ``KEY`` for the variable's value."""
    build_contexts: tuple[str, ...] = ()
    """``name=path-or-URL``, ``{{defaultContext}}`` not yet replaced."""
    builder: str = ""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    call: str = ""
    """``check``, ``outline``, ``targets``: evaluate instead of build."""
    cgroup_parent: str = ""
    context: str = ""
    """Path or URL, ``{{defaultContext}}`` not yet replaced."""
    file: str = ""
    github_token: Secret | None = None
    """For a private Git context."""
    image: tuple[tuple[str, str], ...] | None = None
    """Options of the image exporter that ``outputs`` asks for, ``compression=zstd``; None where it
    does not speak of an image."""
    labels: tuple[str, ...] = ()
    load: bool = False
    network: str = ""
    no_cache: bool = False
    no_cache_filters: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    """The user's own outputs beside the image, in the CSV that buildx reads."""
    platforms: tuple[Platform, ...] = ()
    """Each once; buildx also takes ``local``, which no image index knows."""
    provenance: str = ""
    """A boolean word or attributes, ``mode=max``."""
    pull: bool = False
    push: bool = False
    sbom: str = ""
    """A boolean word or attributes, ``generator=image``."""
    secrets: tuple[tuple[str, Secret], ...] = ()
    """Id and value."""
    secret_envs: tuple[tuple[str, str], ...] = ()
    """Id and name of a variable."""
    secret_files: tuple[tuple[str, str], ...] = ()
    """Id and path."""
    shm_size: str = ""
    ssh: tuple[str, ...] = ()
    tags: tuple[Reference, ...] = ()
    """Full references; a destination decides who writes them."""
    target: str = ""
    ulimit: tuple[str, ...] = ()

    @property
    def named_platforms(self) -> tuple[Platform, ...]:
        """The platforms that the image must have; none where ``local`` is among them, which may
        stand for any."""
        return () if any(each.is_local for each in self.platforms) else self.platforms


def has_host_gateway(build: BuildRequest) -> bool:
    """Whether a host is to get the engine's own address."""
    return any(map(_HOST.search, build.add_hosts))


def with_host_gateway(build: BuildRequest, address: str) -> BuildRequest:
    """The request with the engine's own address written out: only the driver ``docker`` looks it up
    by itself."""
    hosts = tuple(_HOST.sub(address, host) for host in build.add_hosts)
    return replace(build, add_hosts=hosts)
