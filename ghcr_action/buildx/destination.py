"""Where a build's result goes, and what that puts in the ``--tag``, ``--output``, ``--load`` and
``--push`` places: decided here only."""

from dataclasses import dataclass

from ghcr_action.buildx import options
from ghcr_action.values.reference import Reference, Repository


@dataclass(frozen=True, kw_only=True)
class TagsByEngine:
    """The engine pushes and tags, as build-push-action has it."""

    references: tuple[Reference, ...]


@dataclass(frozen=True, kw_only=True)
class ByDigest:
    """BuildKit pushes to these repositories without a tag. The ``docker`` driver can't."""

    names: tuple[Repository, ...]
    image: options.Pairs = ()
    """Options of the user's, over ours."""


@dataclass(frozen=True, kw_only=True)
class Nowhere:
    """Build only. The references are for what ``load`` puts into the engine and for the user's own
    outputs."""

    references: tuple[Reference, ...] = ()
    image: options.Pairs | None = None
    """Options of an image for the engine's own store; None where no output asks for one."""


Destination = TagsByEngine | ByDigest | Nowhere


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
    outputs: tuple[str, ...] = (),
    names: tuple[Reference, ...] = (),
) -> Places:
    """Combine a destination with ``load`` and the user's ``outputs``; a push by digest does not
    load. ``names`` are what the image will be called: an output beside that push is called so.

    Our output comes last: the metadata file has the digest of the last exporter only.
    """
    if isinstance(destination, ByDigest):
        beside = options.called(outputs, map(str, names))
        return Places(outputs=(*beside, by_digest(destination.names, destination.image)))
    tags = tuple(map(str, destination.references))
    if isinstance(destination, TagsByEngine):
        return Places(tags=tags, outputs=outputs, load=load, push=True)
    if tags:
        tags = tuple(dict.fromkeys((*tags, *_loaded(outputs))))
    if destination.image is not None and not load:
        outputs = (*outputs, options.write((("type", "image"), *destination.image)))
    return Places(tags=tags, outputs=outputs, load=load)


def _loaded(outputs: tuple[str, ...]) -> tuple[str, ...]:
    """The names of outputs that go into the engine: any ``--tag`` takes the place of them all, so
    that they are tags, too, where nothing is pushed.

    Source: https://github.com/docker/buildx/blob/master/build/opt.go.
    """
    found = (dict(options.read(each, source="outputs")) for each in outputs)
    loads = (each for each in found if each.get("type") == "docker" and not each.get("dest"))
    return tuple(name for each in loads for name in each.get("name", "").split(",") if name)


def by_digest(names: tuple[Repository, ...], image: options.Pairs = ()) -> str:
    """The output that pushes to these repositories without a tag. The engine keeps no image of it,
    unless the options say so.

    Options: https://docs.docker.com/build/exporters/image-registry/.
    """
    where = {
        "type": "image",
        "name": ",".join(map(str, names)),
        "push-by-digest": "true",
        "name-canonical": "true",
        "push": "true",
    }
    return options.write(
        (where | {"store": "false", "oci-mediatypes": "true"} | dict(image)).items()
    )
