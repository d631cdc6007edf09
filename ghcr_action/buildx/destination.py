"""Where a build's result goes, and what that puts in the ``--tag``, ``--output``, ``--load`` and
``--push`` places: decided here only."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from ghcr_action.buildx import options
from ghcr_action.values.reference import Reference, Repository


@dataclass(frozen=True, kw_only=True)
class TagsByEngine:
    """The engine pushes and tags, as build-push-action has it."""

    references: tuple[Reference, ...]


@dataclass(frozen=True, kw_only=True)
class ByDigest:
    """The engine pushes to these repositories without a tag. The ``docker`` driver can't."""

    names: tuple[Repository, ...]


@dataclass(frozen=True, kw_only=True)
class ToLayout:
    """The engine writes an OCI layout, which our registry client pushes. It holds one image: names
    would multiply it."""

    directory: PurePosixPath


@dataclass(frozen=True, kw_only=True)
class Nowhere:
    """Build only. The references are for what ``load`` puts into the engine and for the user's own
    outputs."""

    references: tuple[Reference, ...] = ()


Destination = TagsByEngine | ByDigest | ToLayout | Nowhere


@dataclass(frozen=True, kw_only=True)
class Places:
    """What stands where on the command line."""

    tags: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    load: bool = False
    push: bool = False


def places(
    destination: Destination,
    *,
    load: bool = False,
    loaded_as: tuple[Reference, ...] = (),
    outputs: tuple[str, ...] = (),
) -> Places:
    """Combine a destination with ``load`` and the user's ``outputs``.

    Where no ``--tag`` is passed, ``load`` becomes an output of its own with the names
    ``loaded_as``. Our output comes last: the metadata file has the digest of the last exporter
    only.
    """
    if isinstance(destination, TagsByEngine | Nowhere):
        tags = tuple(map(str, destination.references))
        return Places(
            tags=tags, outputs=outputs, load=load, push=isinstance(destination, TagsByEngine)
        )
    own = (
        _by_digest(destination.names)
        if isinstance(destination, ByDigest)
        else _layout(destination.directory)
    )
    return Places(outputs=(*(_loaded(loaded_as) if load else ()), *outputs, own))


def _layout(directory: PurePosixPath) -> str:
    """Exporter keys: https://docs.docker.com/build/exporters/oci-docker/."""
    return options.write((("type", "oci"), ("tar", "false"), ("dest", str(directory))))


def _by_digest(names: tuple[Repository, ...]) -> str:
    """Exporter keys: https://docs.docker.com/build/exporters/image-registry/."""
    return options.write(
        (
            ("type", "image"),
            ("name", ",".join(map(str, names))),
            ("push-by-digest", "true"),
            ("name-canonical", "true"),
            ("push", "true"),
        )
    )


def _loaded(references: tuple[Reference, ...]) -> tuple[str, ...]:
    name = (("name", ",".join(map(str, references))),) if references else ()
    return (options.write((("type", "docker"), *name)),)
