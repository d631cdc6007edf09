"""The settings of ``mode: merge``: digests that other jobs pushed, and the names of the index that
lists them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ghcr_action import lists
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.names import asked
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import TagPolicy
from ghcr_action.settings import comment, metadata, policy, sources, visibility
from ghcr_action.settings.comment import CommentWish
from ghcr_action.settings.common import LEG_PREFIX, Common
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.visibility import VisibilityWish
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.secret import Secret

_DEEPEST = 50
"""Levels of JSON: what jobs hand over has two or three, and what a stranger wrote may have more
than Python can follow."""
_EXAMPLE = "digests: ${{ toJSON(needs.build.outputs) }}"


@dataclass(frozen=True, kw_only=True)
class MergeSettings:
    """Digests, and the names of the index that lists them."""

    common: Common
    digests: tuple[tuple[Repository, Digest], ...]
    """Each digest once, and where it is."""
    legs: tuple[str, ...]
    """What legs of a matrix hand over, a line each, not yet read."""
    names: Names
    metadata: MetadataSettings
    policy: TagPolicy
    wish: VisibilityWish
    comment: CommentWish
    summary_template: str
    """Path of a template in the workspace; empty for ours."""
    platforms: tuple[Platform, ...]
    """Those that must be there; empty where nobody says."""
    append: bool
    """Whether the index that is there keeps its other platforms."""
    verify: bool
    notices: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> MergeSettings:
    """Settings of ``mode: merge``; problems stay with the reader."""
    images, tags, registry = reader.raw("images"), reader.raw("tags"), reader.text("registry")
    named = reader.part(Names(), lambda: asked.parse(images, tags, common.event, registry=registry))
    platforms = sources.platforms(reader)
    handed = reader.part(
        tuple[str, ...](), lambda: _handed(reader.raw("digests"), may_be_none=bool(platforms))
    )
    return MergeSettings(
        common=common,
        digests=reader.part(
            (), lambda: located(tuple(each for each in handed if not _is_leg(each)), named)
        ),
        legs=tuple(filter(_is_leg, handed)),
        names=named,
        metadata=metadata.of(reader, common, named, environ),
        policy=policy.parse(reader),
        wish=visibility.wish(reader),
        comment=comment.wish(reader, common.event),
        summary_template=reader.text("summary-template"),
        platforms=platforms,
        append=reader.part(False, lambda: _append(reader.text("append"))),
        verify=reader.boolean("verify"),
        notices=named.notices,
    )


def digests(text: str) -> tuple[str, ...]:
    """Every ``sha256:…``, ``name@sha256:…`` and line of a leg, once: one a line, or anywhere in
    JSON, also in JSON inside its texts.

    Raises InvalidValue for a line or an item of a list that is none, and for a digest that is empty
    where no leg says why.
    """
    found = json.loads(text) if _looks_like_json(text) else lists.lines(text, quotes=False)
    return tuple(dict.fromkeys(_walk(found, "", may_be_empty=LEG_PREFIX in text)))


def located(texts: tuple[str, ...], named: Names) -> tuple[tuple[Repository, Digest], ...]:
    """Where each digest is, each digest once, at the first place that is named. Raises
    SettingsError."""
    try:
        found = tuple(_place(each, _home(named)) for each in texts)
    except InvalidValue as cause:
        raise SettingsError(f"`digests`: {cause}", fix=_EXAMPLE) from cause
    return tuple(
        (repository, digest)
        for digest, repository in {
            digest: repository for repository, digest in reversed(found)
        }.items()
    )[::-1]


def _handed(text: str, *, may_be_none: bool) -> tuple[str, ...]:
    """What the jobs hand over; nothing at all where they all failed, and ``platforms`` says which
    they were."""
    try:
        found = digests(text)
    except InvalidValue as cause:
        raise SettingsError(f"`digests`: {cause}", fix=_EXAMPLE) from cause
    if not found and not (may_be_none and _looks_like_json(text)):
        raise SettingsError(
            "`digests` has no digest", why="there is nothing to merge", fix=_EXAMPLE
        )
    return found


def _is_leg(text: str) -> bool:
    return text.startswith(LEG_PREFIX)


def _looks_like_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[") and _is_json(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _walk(node: Any, key: str, *, may_be_empty: bool, level: int = 0) -> Iterator[str]:
    if level > _DEEPEST:
        raise InvalidValue(f"{key!r} has more than {_DEEPEST} levels of JSON")
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _walk(value, str(name), may_be_empty=may_be_empty, level=level + 1)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _walk(value, key, may_be_empty=may_be_empty, level=level + 1)
    elif isinstance(node, str) and (node.strip() or not may_be_empty):
        yield from _text(node.strip(), key, level)


def _text(text: str, key: str, level: int) -> Iterator[str]:
    """One text of JSON; those of other outputs of a job are passed by."""
    if not text and ("digest" in key.lower() or "/" in key):
        raise InvalidValue(f"the digest of {key!r} is empty: was that job skipped, or did it fail?")
    if _looks_like_json(text):
        yield from _walk(json.loads(text), key, may_be_empty=False, level=level + 1)
    elif _is_leg(text) or Digest.find(text.rpartition("@")[2]):
        yield text
    elif not key:
        raise InvalidValue(f"{text!r} is neither sha256:… nor NAME@sha256:…")


def _home(named: Names) -> Repository | None:
    """Where a bare digest is: the first repository that gets a name."""
    images = asked.repositories(tuple(map(asked.lower_name, named.images[:1])))
    return next(iter((*images, *(reference.repository for reference in named.references))), None)


def _place(text: str, home: Repository | None) -> tuple[Repository, Digest]:
    name, at, digest = text.rpartition("@")
    if at:
        return Reference.parse(asked.lower_name(name)).repository, Digest.parse(digest)
    if home is None:
        raise InvalidValue(f"{text!r} has no repository, and neither `images` nor `tags` names one")
    return home, Digest.parse(text)


def _append(text: str) -> bool:
    try:
        return lists.boolean(text) if text else False
    except InvalidValue as cause:
        raise SettingsError(f"`append`: {cause}") from cause
