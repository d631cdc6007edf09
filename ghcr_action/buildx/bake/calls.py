"""The calls of ``docker buildx bake``: reading a definition, building it, checking it.

Never ``--push`` or ``--load``: beside outputs that are set, which of them wins is random.

Flags: https://docs.docker.com/reference/cli/docker/buildx/bake/.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ghcr_action.buildx import options, versions
from ghcr_action.buildx.bake import definition_files
from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.values.engine import BuildCommand

PLAN = "bake.json"
"""The name of the private file that is built."""
ENVIRONMENT = (
    ("BUILDX_METADATA_WARNINGS", "true"),
    ("BUILDX_METADATA_PROVENANCE", "disabled"),
    ("BUILDX_BAKE_FILE", ""),
)


@dataclass(frozen=True, kw_only=True)
class BakeRequest:
    """What the inputs say of the whole build."""

    source: BakeSource = field(default_factory=BakeSource)
    targets: tuple[str, ...] = ()
    """Targets, groups; none is the group ``default``."""
    sets: tuple[str, ...] = ()
    """Items of ``set``, ``PATTERN.KEY=value``."""
    variables: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()
    no_cache: bool = False
    pull: bool = False
    call: str = ""


def reading(request: BakeRequest, files: Iterable[str]) -> tuple[str, ...]:
    """The arguments, without ``docker``, that print the definition with everything resolved, as
    JSON on standard output; of a remote one the errors say how fetching it went."""
    remote = (request.source.remote,) if request.source.remote else ()
    return (
        *("buildx", "bake"),
        *definition_files.file_arguments(files),
        *(part for item in request.sets for part in ("--set", item)),
        "--progress=plain" if remote else "--progress=quiet",
        "--print",
        *options.positional(*remote, *request.targets),
    )


def listing(request: BakeRequest, files: Iterable[str]) -> tuple[str, ...]:
    """The same for the names of all targets and groups, to find what was meant."""
    remote = (request.source.remote,) if request.source.remote else ()
    return (
        "buildx",
        "bake",
        *definition_files.file_arguments(files),
        "--progress=quiet",
        "--list=type=targets,format=json",
        *remote,
    )


def building(
    request: BakeRequest,
    targets: Iterable[str],
    *,
    builder: str,
    plan: PurePosixPath,
    metadata: PurePosixPath,
    buildx: versions.Version,
) -> BuildCommand:
    """The one call that builds these targets of the plan file. What buildx checks of rights, it
    checks once more where it does."""
    names = tuple(targets)
    arguments = (
        *("buildx", "bake"),
        *definition_files.file_arguments((str(plan),)),
        *(part for item in _allowed(request, buildx) for part in ("--allow", item)),
        *("--builder", builder),
        *("--metadata-file", str(metadata)),
        *(("--no-cache",) if request.no_cache else ()),
        versions.progress(buildx),
        *(("--pull",) if request.pull else ()),
        *options.positional(*names),
    )
    return BuildCommand(arguments=arguments, environment=ENVIRONMENT, metadata_file=metadata)


def checking(
    request: BakeRequest, targets: Iterable[str], *, builder: str, plan: PurePosixPath
) -> tuple[str, ...]:
    """The arguments that evaluate in place of building: ``call``, with its answer as JSON. Without
    a ``builder`` the current one evaluates."""
    return (
        *("buildx", "bake"),
        *definition_files.file_arguments((str(plan),)),
        *(("--builder", builder) if builder else ()),
        f"--call={request.call},format=json",
        "--progress=quiet",
        *options.positional(*targets),
    )


def _allowed(request: BakeRequest, buildx: versions.Version) -> tuple[str, ...]:
    """Everything our own check has let through, files and agents included; older versions know only
    entitlements of the builder."""
    if versions.knows(buildx, versions.BAKE_ALLOW):
        return (
            *(
                item
                for item in request.allow
                if item.partition("=")[0] not in ("fs", "fs.read", "fs.write")
            ),
            "fs=*",
        )
    return ()
