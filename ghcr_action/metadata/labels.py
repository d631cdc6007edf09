"""Labels and annotations: the eight standard keys, what the user adds, and the order they are
written in.

Keys:
https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghcr_action.errors import InvalidValue
from ghcr_action.metadata import dates, expressions
from ghcr_action.metadata.expressions import Template
from ghcr_action.metadata.origin import Context

PEER_LEVELS = ("manifest",)
"""Where docker/metadata-action puts annotations."""
READ_LEVELS = ("index", "manifest")
"""Where GitHub reads them: the page of an image for several platforms shows the index's."""
"""GitHub's registry shows the description of an index only from the index, of a single image only
from the manifest's side."""
MERGE_REVISION = "com.github.pull-request.merge-revision"
"""Our label for the merge commit that was built, where the revision is the pull request's head."""

_LEVELS = ("manifest", "index", "manifest-descriptor", "index-descriptor")
_LEVEL = r"(?:manifest|index)(?:-descriptor)?(?:\[[A-Za-z0-9/_.-]+\])?"
_LEVEL_TEXT = re.compile(_LEVEL)
_PREFIXED = rf"(?s)({_LEVEL}(?:,{_LEVEL})*):(.*)"
_COLLATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
_WEIGHTS = {character: f"{weight:03}" for weight, character in enumerate(_COLLATION)}


@dataclass(frozen=True, kw_only=True)
class Item:
    """A ``key=value`` of the user; ``levels`` is empty where it counts for all."""

    template: Template
    levels: tuple[str, ...] = ()


def parse(
    name: str, items: Sequence[str], *, leveled: bool = False
) -> tuple[tuple[Item, ...], tuple[str, ...], tuple[str, ...]]:
    """The items of input ``name``, the problems, and the warnings. ``leveled`` reads
    ``index,manifest:key=value``."""
    found: list[Item] = []
    problems: list[str] = []
    warnings: list[str] = []
    for item in items:
        prefixed = re.fullmatch(_PREFIXED, item) if leveled else None
        levels, text = (tuple(prefixed[1].split(",")), prefixed[2]) if prefixed else ((), item)
        if leveled and not prefixed and (slip := _slip(item)):
            problems.append(f"{name}: {item!r}: {slip}")
            continue
        try:
            template = expressions.parse(text, expressions.GLOBAL)
        except InvalidValue as error:
            problems.append(f"{name}: {item!r}: {error}")
            continue
        found.append(Item(template=template, levels=levels))
        warnings.extend(
            f"{name}: {item!r}: {{{{{unknown}}}}} is not known here and expands to nothing"
            for unknown in template.unknown
        )
        if not template.names and not _pair(text):
            warnings.append(f"{name}: {item!r} is left out: write key=value")
    return tuple(found), tuple(problems), tuple(warnings)


def levels(text: str) -> tuple[str, ...]:
    """The annotation levels, commas or lines between them; none where nothing is given. Raises
    InvalidValue.

    Source: https://docs.docker.com/build/metadata/annotations/#specify-annotation-level.
    """
    found = tuple(dict.fromkeys(level for level in re.split(r"[\s,]+", text) if level))
    if wrong := next((level for level in found if not _LEVEL_TEXT.fullmatch(level)), None):
        raise InvalidValue(
            f"{wrong!r} is not a level: manifest, index, manifest-descriptor and "
            "index-descriptor are allowed"
        )
    return found


def _slip(item: str) -> str:
    """What is wrong with an item whose key begins with nearly a level; empty where a colon is
    simply a part of the key."""
    found, colon, key = item.partition("=")[0].partition(":")
    parts = (part.partition("[")[0] for part in found.split(","))
    meant = {part: _near(part) for part in parts}
    wrong = next((part for part, level in meant.items() if level not in ("", part)), "")
    if not colon or not wrong:
        return ""
    mended = found.replace(wrong, meant[wrong])
    return f"{wrong!r} is not a level; write {mended}:{key}=…"


def _near(text: str) -> str:
    import difflib

    return next(iter(difflib.get_close_matches(text.lower(), _LEVELS, n=1, cutoff=0.8)), "")


def labels(context: Context, version: str, items: Sequence[Item]) -> dict[str, str]:
    """The standard keys with the user's over them, in the order docker/metadata-action writes
    them."""
    pairs = (_pair(item.template.expand(context.values)) for item in items)
    merged = _standard(context, version) | dict(pair for pair in pairs if pair)
    return dict(sorted(merged.items(), key=lambda pair: _collated(pair[0])))


def annotations(
    context: Context, version: str, items: Sequence[Item], wanted: Sequence[str]
) -> tuple[str, ...]:
    """``level:key=value``, one block for each level; an item with levels of its own counts for
    those only."""
    blocks = [
        _block(
            level,
            labels(context, version, [item for item in items if level in (item.levels or wanted)]),
        )
        for level in wanted
    ]
    own = dict.fromkeys(level for item in items for level in item.levels if level not in wanted)
    for level in own:
        pairs = (
            _pair(item.template.expand(context.values)) for item in items if level in item.levels
        )
        blocks.append(_block(level, dict(pair for pair in pairs if pair)))
    return tuple(annotation for block in blocks for annotation in block)


def _block(level: str, pairs: Mapping[str, str]) -> list[str]:
    return [f"{level}:{key}={value}" for key, value in pairs.items()]


def _standard(context: Context, version: str) -> dict[str, str]:
    repository = context.repository
    standard = {
        "title": repository.name,
        "description": repository.description,
        "url": repository.html_url,
        "source": repository.html_url,
        "version": version,
        "created": dates.iso(context.created),
        "revision": context.sha,
        "licenses": repository.license,
    }
    found = {f"org.opencontainers.image.{key}": value for key, value in standard.items()}
    return found | ({MERGE_REVISION: context.merged} if context.merged else {})


def _pair(text: str) -> tuple[str, str] | None:
    key, separator, value = text.partition("=")
    return (key, value) if separator and key.strip() else None


def _collated(key: str) -> tuple[str, str]:
    """The sort key of ``localeCompare``: punctuation, digits, letters without case, then lower case
    first.

    Source: https://www.unicode.org/charts/collation/ (root collation); other characters come
    behind, by code point.
    """
    return "".join(
        _WEIGHTS.get(character.lower(), f"999{character}") for character in key
    ), key.swapcase()
