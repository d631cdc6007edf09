"""From a request to the one call of ``docker buildx build``: argument for argument what
build-push-action passes.

Order and version rules: https://github.com/docker/build-push-action, ``src/context.ts`` of v7.3.0.
Flags: https://docs.docker.com/reference/cli/docker/buildx/build/.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ghcr_action.buildx import annotations, options, provenance, versions
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.destination import ByDigest, Destination, TagsByEngine, places
from ghcr_action.buildx.versions import Version
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.event import Event

ENVIRONMENT = (("BUILDX_METADATA_WARNINGS", "true"),)


@dataclass(frozen=True, kw_only=True)
class BuildFiles:
    """Private files of one build: two that the engine writes, and one for each secret given by
    value."""

    metadata: PurePosixPath
    iid: PurePosixPath
    secrets: tuple[tuple[str, PurePosixPath], ...] = ()
    """Id and file of each of the request's ``secrets``."""
    git_logins: tuple[tuple[str, PurePosixPath], ...] = ()
    """Id and file of each of ``secret_mounts.git_logins``."""


def command(
    request: BuildRequest,
    context: Context,
    *,
    buildx: Version,
    files: BuildFiles,
    event: Event,
    destination: Destination,
    fallback: provenance.Default,
) -> BuildCommand:
    """The call that builds ``request``. Raises SettingsError for a broken quote, or a ``call`` that
    this buildx does not know."""
    _check_call(request, buildx)
    attests = _attests(request, buildx, event, fallback)
    annotated = _annotations(request, buildx, attests, destination)
    place = places(destination, load=request.load, outputs=request.outputs, names=request.tags)
    metadata = files.metadata if versions.knows(buildx, versions.METADATA_FILE) else None
    iid = None if options.has_exporter(request.outputs, "local", "tar") else files.iid
    arguments = (
        *("buildx", "build"),
        *_what_to_build(request, context, buildx, annotated, iid),
        *_each("--output", place.outputs),
        *_one("--platform", ",".join(map(str, request.platforms))),
        *_each("--attest", attests),
        *_each("--secret", _secret_files(request, files)),
        *_one("--shm-size", request.shm_size),
        *_each("--ssh", request.ssh),
        *_each("--tag", place.tags),
        *_one("--target", request.target),
        *_each("--ulimit", request.ulimit),
        *_one("--builder", request.builder),
        *_flag("--load", place.load),
        *_one("--metadata-file", metadata),
        *_one("--network", request.network),
        *_flag("--no-cache", request.no_cache),
        versions.progress(buildx),
        *_flag("--pull", request.pull),
        *_flag("--push", place.push),
        *options.positional(context.value),
    )
    return BuildCommand(
        arguments=arguments,
        environment=ENVIRONMENT,
        metadata_file=metadata,
        iid_file=iid,
        context=context.value,
        call=request.call,
    )


def warnings(
    request: BuildRequest,
    buildx: Version,
    event: Event,
    *,
    destination: Destination,
    fallback: provenance.Default,
    asked: Collection[str] | None = None,
) -> tuple[str, ...]:
    """What ``command`` leaves out of this request, and why: one sentence for each. ``asked`` are
    the annotations of an index that the user wrote; None: all of them."""
    left_out = [
        (versions.ANNOTATIONS, "`annotations`", request.annotations),
        (versions.BUILD_CONTEXTS, "`build-contexts`", request.build_contexts),
        (
            versions.ATTESTATIONS,
            "`attests`, `provenance` and `sbom`",
            (*request.attests, request.provenance, request.sbom),
        ),
        (versions.METADATA_FILE, "the metadata file, and with it the digest,", ("metadata",)),
    ]
    sentences = [
        (
            f"{what} left out: buildx {versions.text(buildx)} is too old, "
            f"{versions.text(since)} is needed"
        )
        for since, what, asked in left_out
        if any(asked) and not versions.knows(buildx, since)
    ]
    if versions.knows(buildx, versions.ANNOTATIONS):
        is_index = makes_index(request, _attests(request, buildx, event, fallback), destination)
        sentences += [
            f"annotation {item!r} left out: the image is a single manifest without an index"
            for item in annotations.dropped(request.annotations, makes_index=is_index, asked=asked)
        ]
    return tuple(sentences)


def makes_index(request: BuildRequest, attests: Iterable[str], destination: Destination) -> bool:
    """Whether every export is an index: several platforms, attestations, or asked for by
    ``BUILDKIT_MULTI_PLATFORM``."""
    files = request.load or options.has_exporter(request.outputs, "oci", "docker")
    inline = isinstance(destination, TagsByEngine | ByDigest) and not files
    is_forced = any(map(_is_multi_platform, request.build_args))
    return (
        is_forced or len(set(request.platforms)) > 1 or provenance.are_made(attests, inline=inline)
    )


def _check_call(request: BuildRequest, buildx: Version) -> None:
    if request.call and not versions.knows(buildx, versions.CALL):
        raise SettingsError(
            f"`call: {request.call}` needs buildx {versions.text(versions.CALL)}",
            why=f"the engine has buildx {versions.text(buildx)}",
            fix="Remove `call`, or install a newer buildx with docker/setup-buildx-action",
        )


def _what_to_build(
    request: BuildRequest,
    context: Context,
    buildx: Version,
    annotated: tuple[str, ...],
    iid: PurePosixPath | None,
) -> tuple[str, ...]:
    """The arguments before ``--output``."""
    named = context.named if versions.knows(buildx, versions.BUILD_CONTEXTS) else ()
    return (
        *_each("--add-host", request.add_hosts),
        *_each("--allow", request.allow),
        *_each("--annotation", annotated),
        *_each("--build-arg", request.build_args),
        *_each("--build-context", named),
        *_each("--cache-from", request.cache_from),
        *_each("--cache-to", request.cache_to),
        *_one("--call", request.call),
        *_one("--cgroup-parent", request.cgroup_parent),
        *_each(
            "--secret",
            (
                options.write((("id", name), ("env", variable)))
                for name, variable in request.secret_envs
            ),
        ),
        *_one("--file", request.file),
        *_one("--iidfile", iid),
        *_each("--label", request.labels),
        *_each("--no-cache-filter", request.no_cache_filters),
    )


def _attests(
    request: BuildRequest, buildx: Version, event: Event, fallback: provenance.Default
) -> tuple[str, ...]:
    return (
        provenance.values(request, event, fallback)
        if versions.knows(buildx, versions.ATTESTATIONS)
        else ()
    )


def _annotations(
    request: BuildRequest, buildx: Version, attests: tuple[str, ...], destination: Destination
) -> tuple[str, ...]:
    if not versions.knows(buildx, versions.ANNOTATIONS):
        return ()
    return annotations.passed(
        request.annotations, makes_index=makes_index(request, attests, destination)
    )


def _secret_files(request: BuildRequest, files: BuildFiles) -> tuple[str, ...]:
    named = (*files.secrets, *request.secret_files, *files.git_logins)
    return tuple(options.write((("id", name), ("src", str(path)))) for name, path in named)


def _is_multi_platform(build_arg: str) -> bool:
    name, _, value = build_arg.partition("=")
    try:
        return name == "BUILDKIT_MULTI_PLATFORM" and lists.go_boolean(value)
    except InvalidValue:
        return False


def _each(flag: str, items: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for item in items for part in (flag, item))


def _one(flag: str, value: object) -> tuple[str, ...]:
    return (flag, str(value)) if value else ()


def _flag(flag: str, is_set: bool) -> tuple[str, ...]:
    return (flag,) if is_set else ()
