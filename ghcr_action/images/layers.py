"""The difference between two images, layer by layer: what a pull moves, which instruction made
it, what the base brought."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.images.facts import PlatformFacts
from ghcr_action.values.image_config import ImageConfig
from ghcr_action.values.oci import Manifest
from ghcr_action.values.reference import Digest

_NOISE = (("/bin/sh -c #(nop) ", ""), ("RUN /bin/sh -c ", "RUN "), (" # buildkit", ""))
"""What builders put around the instruction that the Dockerfile has."""


class Kind(StrEnum):
    """What became of a layer."""

    UNCHANGED = "unchanged"
    """The same digest on both sides."""
    CHANGED = "changed"
    """The same instruction, another digest."""
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer: compressed bytes, and the instruction that made it; empty where the history does
    not say."""

    digest: Digest
    size: int
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One layer on both sides, its size None where a side does not have it."""

    kind: Kind
    command: str
    before: int | None
    after: int | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One platform of two images: the layers of the newer in their order, then what is gone."""

    changes: tuple[Change, ...]

    @property
    def before(self) -> int:
        """Compressed bytes of the older image's layers."""
        return sum(change.before or 0 for change in self.changes)

    @property
    def after(self) -> int:
        """Compressed bytes of the newer image's layers."""
        return sum(change.after or 0 for change in self.changes)

    @property
    def fresh(self) -> int:
        """Bytes that somebody who has the older image downloads."""
        return sum(
            change.after or 0 for change in self.changes if change.kind is not Kind.UNCHANGED
        )

    def count(self, kind: Kind) -> int:
        """How many layers are of this kind."""
        return sum(change.kind is kind for change in self.changes)


def of(manifest: Manifest, config: ImageConfig) -> tuple[Layer, ...]:
    """The layers with their instructions, where the history has one for each.

    Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
    (``history``, ``empty_layer``).
    """
    commands = [_instruction(each.command) for each in config.history if not each.is_empty]
    known = commands if len(commands) == len(manifest.layers) else [""] * len(manifest.layers)
    return tuple(
        Layer(digest=layer.digest, size=layer.size, command=text)
        for layer, text in zip(manifest.layers, known, strict=True)
    )


def compare(before: tuple[Layer, ...], after: tuple[Layer, ...]) -> Comparison:
    """Match by digest, then what is left by instruction, in order."""
    left = list(before)
    same = {
        index: left.pop(found)
        for index, layer in enumerate(after)
        if (found := _find(left, digest=layer.digest)) is not None
    }
    changed = {
        index: left.pop(found)
        for index, layer in enumerate(after)
        if index not in same
        and layer.command
        and (found := _find(left, command=layer.command)) is not None
    }
    matched = {**dict.fromkeys(same, Kind.UNCHANGED), **dict.fromkeys(changed, Kind.CHANGED)}
    others = same | changed
    return Comparison(
        changes=(
            *(
                Change(
                    kind=matched.get(index, Kind.ADDED),
                    command=layer.command,
                    before=others[index].size if index in others else None,
                    after=layer.size,
                )
                for index, layer in enumerate(after)
            ),
            *(
                Change(kind=Kind.REMOVED, command=layer.command, before=layer.size, after=None)
                for layer in left
            ),
        )
    )


def by_platform(
    before: Iterable[PlatformFacts], after: Iterable[PlatformFacts]
) -> Mapping[str, Comparison]:
    """Each platform that both images have; one that only one side has can't be compared."""
    older = {str(each.platform): of(each.manifest, each.config) for each in before}
    newer = {str(each.platform): of(each.manifest, each.config) for each in after}
    return {
        platform: compare(older[platform], layers)
        for platform, layers in newer.items()
        if platform in older
    }


def _find(layers: list[Layer], *, digest: Digest | None = None, command: str = "") -> int | None:
    return next(
        (
            index
            for index, layer in enumerate(layers)
            if layer.digest == digest or (command and layer.command == command)
        ),
        None,
    )


def _instruction(text: str) -> str:
    for noise, instead in _NOISE:
        text = text.replace(noise, instead)
    return " ".join(text.split())
