"""Which annotations an export can hold."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Self

_INDEX_LEVELS = frozenset({"index", "index-descriptor"})
_LEVEL = r"([a-z-]+)(?:\[[^\]]*\])?"


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One item of ``annotations``."""

    levels: tuple[str, ...]
    """``manifest``, ``index``, ``manifest-descriptor``, ``index-descriptor``, each with
    ``[platform]`` or without; none: ``manifest``."""
    key: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """``[level[,level…]:]key=value``; a ``:`` before ``=`` ends the levels, as buildx reads it.

        Source: https://docs.docker.com/build/metadata/annotations/#specify-annotation-level.
        """
        name, _, value = text.partition("=")
        levels, colon, key = name.partition(":")
        return cls(
            levels=tuple(levels.split(",")) if colon else (),
            key=key if colon else name,
            value=value,
        )

    def __str__(self) -> str:
        prefix = f"{','.join(self.levels)}:" if self.levels else ""
        return f"{prefix}{self.key}={self.value}"

    @property
    def at(self) -> tuple[str, ...]:
        """The levels it counts for, that of an item without any included."""
        return self.levels or ("manifest",)

    def without(self, levels: Collection[str]) -> Self | None:
        """This annotation on its other levels; None where none is left."""
        kept = tuple(level for level in self.at if level not in levels)
        return replace(self, levels=kept if self.levels else ()) if kept else None

    def without_index(self) -> Self | None:
        """This annotation on the levels that a lone manifest has; None where it is for an index
        only."""
        return self.without([level for level in self.levels if _is_index(level)])


def passed(items: Iterable[str], *, makes_index: bool) -> tuple[str, ...]:
    """The items that the export takes, index levels taken out where it writes a lone manifest.

    BuildKit says "index annotations not supported for single platform export" and fails. Levels
    that stay keep their text.
    """
    if makes_index:
        return tuple(items)
    kept = (Annotation.parse(item).without_index() for item in items)
    return tuple(str(annotation) for annotation in kept if annotation)


def dropped(
    items: Iterable[str], *, makes_index: bool, asked: Collection[str] | None = None
) -> tuple[str, ...]:
    """The items of which nothing is left, on no other level either: what a user misses. ``asked``
    are the keys that the user wants on an index; the others are ours."""
    listed = tuple(items)
    kept = {_key_and_value(item) for item in passed(listed, makes_index=makes_index)}
    missed = (item for item in listed if asked is None or Annotation.parse(item).key in asked)
    return () if makes_index else tuple(item for item in missed if _key_and_value(item) not in kept)


def for_an_index(items: Iterable[str]) -> frozenset[str]:
    """The keys of items that name a level of an index."""
    found = map(Annotation.parse, items)
    return frozenset(each.key for each in found if any(map(_is_index, each.levels)))


def _key_and_value(item: str) -> tuple[str, str]:
    found = Annotation.parse(item)
    return found.key, found.value


def merged(ours: Iterable[str], theirs: Iterable[str]) -> tuple[str, ...]:
    """Both lists as one. Where both have a key on one level, the second list's item counts."""
    listed = tuple(theirs)
    taken = {(level, found.key) for found in map(Annotation.parse, listed) for level in found.at}
    parsed = map(Annotation.parse, ours)
    kept = (found.without({level for level, key in taken if key == found.key}) for found in parsed)
    return (*(str(annotation) for annotation in kept if annotation), *listed)


def _is_index(level: str) -> bool:
    found = re.fullmatch(_LEVEL, level.strip())
    return found is not None and found[1] in _INDEX_LEVELS
