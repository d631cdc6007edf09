"""Tags and digests of a package that a text names: a manifest of Kubernetes, a Compose file,
Helm values, any other.

Read as text, not as YAML: templates are no YAML, and a name that is found once too often only keeps
an image that could have gone.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from ghcr_action.values.reference import Digest, Repository

MOST_BYTES = 5 * 1024 * 1024
"""Longer files are no files that people write."""
_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})(?![0-9a-f])")
_TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
_KEYED = re.compile(
    rf"(?:tag|newTag|version|appVersion)[\"']?\s*[:=]\s*[\"']?({_TAG})", re.IGNORECASE
)
"""``tag: v1`` of Helm values, ``newTag: v1`` of Kustomize."""


def find(text: str, repository: Repository) -> frozenset[str]:
    """Tags and digests as a reader of this text would ask the repository for them.

    Every digest counts, wherever it stands. A tag counts behind the repository's name; and, in a
    text that has this name without a tag, as the value of ``tag``, ``newTag``, ``version`` or
    ``appVersion``.
    """
    return frozenset(_found(text, repository))


def _found(text: str, repository: Repository) -> Iterator[str]:
    yield from _DIGEST.findall(text)
    name = re.compile(
        rf"(?<![a-z0-9._/-])(?:{re.escape(repository.registry)}/)?{re.escape(repository.path)}(?![a-z0-9._/-])",
        re.IGNORECASE,
    )
    is_bare = False
    for found in name.finditer(text):
        if tag := re.compile(rf":({_TAG})").match(text, found.end()):
            yield tag[1]
        else:
            is_bare = True
    if is_bare:
        yield from _KEYED.findall(text)


def named(items: tuple[str, ...], repository: Repository) -> frozenset[str]:
    """Tags and digests in a list of references and digests."""
    return frozenset(each for item in items if not is_file(item) for each in find(item, repository))


def is_file(item: str) -> bool:
    """Whether an item of ``in-use`` is a glob of files: a reference has a colon, and no path has
    one."""
    return ":" not in item and Digest.find(item) is None


def matches(path: str, glob: str) -> bool:
    """Whether a path below the workspace fits: ``*`` stays inside a directory, ``**`` goes through
    any number of them."""
    return _fits(PurePosixPath(path).parts, PurePosixPath(glob).parts)


def _fits(parts: tuple[str, ...], globs: tuple[str, ...]) -> bool:
    if not globs:
        return not parts
    if globs[0] == "**":
        return _fits(parts, globs[1:]) or (bool(parts) and _fits(parts[1:], globs))
    return bool(parts) and fnmatchcase(parts[0], globs[0]) and _fits(parts[1:], globs[1:])
