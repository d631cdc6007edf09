"""``outputs``: what is said of the image that is published, and what is exported beside it.

An item of type ``image`` or ``registry`` is no push of its own, since the engine would push and
tag before anything is checked: its options are those of our push, its name is a tag like any other.
Options: https://docs.docker.com/build/exporters/image-registry/; how ``--push`` and ``--tag``
change such an item: https://github.com/docker/buildx, ``build/opt.go``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ghcr_action.buildx import options
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists

_TYPES = ("image", "registry")
_OURS = frozenset(
    {"type", "name", "push", "push-by-digest", "name-canonical", "dangling-name-prefix"}
)
"""Keys that decide what is pushed where: read here, written by the destination. A prefix for images
without a name is nothing to one that has names, and BuildKit would push it too."""
_ANNOTATION = r"annotation(?:-(?P<level>[a-z-]+))?(?P<platform>\[[^\]]*\])?\.(?P<key>.+)"
"""``annotation-index.KEY``, ``annotation-manifest[linux/amd64].KEY``."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The items of ``outputs``, taken apart."""

    exports: tuple[str, ...] = ()
    """Those that go elsewhere than to a registry, as written."""
    has_image: bool = False
    image: options.Pairs = ()
    """Options of the image that is published: ``compression=zstd``."""
    annotations: tuple[str, ...] = ()
    """``level:key=value``."""
    by_digest: bool = False
    push: bool | None = None
    """What they say of a push; None where there are none, or none of them says anything."""
    why_not: str = ""
    """Why nothing is pushed where the input ``push`` says nothing."""
    names: tuple[str, ...] = ()
    """As written: with a tag, they are tags like any other."""


def read(items: tuple[str, ...]) -> Outputs:
    """Take the items apart. Raises SettingsError for a broken quote, a ``push`` that is no boolean,
    two items that want one option twice, and files without a place."""
    images = tuple(_pairs(item) for item in items if options.exporter(item) in _TYPES)
    exports = tuple(item for item in items if options.exporter(item) not in _TYPES)
    for item in exports:
        _check_place(item)
    written = options_of(images)
    pushes = tuple(push for pairs in images if (push := _push(dict(pairs))) is not None)
    return Outputs(
        exports=exports,
        has_image=bool(images),
        image=tuple(pair for pair in written if not re.fullmatch(_ANNOTATION, pair[0])),
        annotations=tuple(
            f"{level}:{key}={value}" for level, key, value in map(_annotation, written) if key
        ),
        by_digest=are_by_digest(images),
        push=any(pushes) if pushes else None,
        why_not=_why_not(has_image=bool(images), exports=exports, pushes=pushes),
        names=names_of(images),
    )


def of_images(outputs: Iterable[options.Pairs]) -> tuple[options.Pairs, ...]:
    """Those that are an image for a registry or the engine's store."""
    return tuple(pairs for pairs in outputs if dict(pairs).get("type") in _TYPES)


def names_of(images: Iterable[options.Pairs]) -> tuple[str, ...]:
    """Their names, as written. Raises SettingsError for one that is a rule."""
    return tuple(name for pairs in images for name in _names(dict(pairs)))


def options_of(images: Iterable[options.Pairs]) -> options.Pairs:
    """How these images are written, without what decides where they are pushed. Raises
    SettingsError where one option has two values."""
    return _joined(pair for pairs in images for pair in pairs if pair[0] not in _OURS)


def are_by_digest(images: Iterable[options.Pairs]) -> bool:
    """Whether any of these images is pushed without a tag."""
    return any(_is_true(dict(pairs), "push-by-digest") for pairs in images)


def refuse_push(images: Iterable[options.Pairs]) -> bool:
    """Whether these images say of themselves that they are not pushed, and none that it is."""
    pushes = [push for pairs in images if (push := _push(dict(pairs))) is not None]
    return bool(pushes) and not any(pushes)


def names(found: Outputs, images: str, tags: str) -> tuple[str, str, tuple[str, ...]]:
    """``images`` and ``tags`` with the names of the items, and notices.

    As buildx does, a name without a tag counts only where nothing else names the image, and only
    with an owner: nobody can push to Docker Hub's library. One with a tag is published as well.
    """
    listed = tuple(dict.fromkeys(found.names))
    if found.by_digest:
        return images or ("" if tags.strip() else "\n".join(listed)), tags, ()
    tagged = tuple(name for name in listed if _has_tag(name))
    bare = tuple(name for name in listed if name not in tagged)
    if not images.strip() and not tags.strip():
        tagged = (*(f"{name}:latest" for name in bare if "/" in name), *tagged)
        bare = tuple(name for name in bare if "/" not in name)
    left_out = tuple(
        f"`outputs`: name={name} has no tag and is left out: `images` and `tags` say what the "
        "image is called."
        for name in bare
        if name not in images.split()
    )
    return images, "\n".join(filter(None, (tags, *tagged))), left_out


def _why_not(*, has_image: bool, exports: tuple[str, ...], pushes: tuple[bool, ...]) -> str:
    if any(pushes):
        return ""
    if has_image:
        said = "says `push=false`" if pushes else "does not say `push=true`"
        return f"`outputs` has an image and {said}"
    what = " and ".join(dict.fromkeys(map(_what, exports)))
    return f"`outputs` asks for {what} only; `push: true` publishes as well" if what else ""


def _what(export: str) -> str:
    """What an export is, as a sentence calls it."""
    kind, found = options.exporter(export), dict(_pairs(export))
    if kind == "docker" and not found.get("dest"):
        return "an image in the engine"
    return "the cache" if kind == "cacheonly" else "files"


def _check_place(item: str) -> None:
    if options.has_place(_pairs(item)):
        return
    kind = options.exporter(item)
    raise SettingsError(
        f"`outputs`: {item} does not say where the files go",
        why="standard output is not theirs: the log and the outputs of the run stand there",
        fix=f"outputs: type={kind},dest={'out' if kind == 'local' else 'out.tar'}",
    )


def _pairs(item: str) -> options.Pairs:
    return options.read(item, source="outputs")


def _push(found: dict[str, str]) -> bool | None:
    if found.get("type") == "registry":
        return True
    return _is_true(found, "push") if "push" in found else None


def _names(found: dict[str, str]) -> tuple[str, ...]:
    names = tuple(filter(None, (name.strip() for name in found.get("name", "").split(","))))
    for name in names:
        if re.search(r"[={}\s]", name):  # in `tags` this would be a rule
            raise SettingsError(
                f"`outputs`: name={name} is not the name of an image",
                why="rules and expressions of tags belong to `tags`",
                fix="tags: type=sha",
            )
    return names


def _is_true(found: dict[str, str], key: str) -> bool:
    text = found.get(key, "false")
    try:
        return lists.go_boolean(text)
    except InvalidValue as cause:
        raise SettingsError(f"`outputs`: {key}={text}: {cause}", fix=f"{key}=true") from cause


def _joined(pairs: Iterable[tuple[str, str]]) -> options.Pairs:
    """Every option once. Raises SettingsError where one has two values."""
    found: dict[str, str] = {}
    for key, value in pairs:
        if found.setdefault(key, value) != value:
            raise SettingsError(
                f"`outputs`: {key} is {found[key]} in one image and {value} in another",
                why="one image is built and published under all names",
                fix="Say it once, or publish the other image in a step of its own.",
            )
    return tuple(found.items())


def _annotation(pair: tuple[str, str]) -> tuple[str, str, str]:
    """Level, key and value as ``annotations`` has them; an empty key for another option."""
    found = re.fullmatch(_ANNOTATION, pair[0])
    if found is None:
        return "", "", ""
    return f"{found['level'] or 'manifest'}{found['platform'] or ''}", found["key"], pair[1]


def _has_tag(name: str) -> bool:
    return ":" in name.rpartition("/")[2] or "@" in name
