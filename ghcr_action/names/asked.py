"""Where an image goes: ``images`` and ``tags`` told apart into repositories, tag rules and full
references.

build-push-action's ``tags`` are full references, metadata-action's are rules; here both stand in
one list.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ghcr_action import lists
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Reference, Repository

T = TypeVar("T")
_LOCAL = re.compile(r"[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*:[\w.-]+", re.ASCII)
"""``app:latest``, as build-push-action's users name what stays in the engine; no tag has a
colon."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the user wants the image to be called."""

    images: tuple[str, ...] = ()
    """Lines of ``images``, as metadata-action reads them."""
    rules: str = ""
    """What of ``tags`` is for the tag rules, one a line."""
    references: tuple[Reference, ...] = ()
    """What of ``tags`` is a full reference."""
    notices: tuple[str, ...] = ()


def parse(images: str, tags: str, event: Event, *, registry: str = "") -> Names:
    """Split and lower-case. Raises one SettingsError for every reference outside the grammar.

    The default image is ``REGISTRY/OWNER/REPO``; it is not used where ``tags`` holds nothing but
    full references.
    """
    try:
        wanted, written = (
            lists.lines(images, comments=True),
            lists.lines(tags, comments=True, requote=True),
        )
    except InvalidValue as cause:
        raise SettingsError(f"`images` or `tags`: {cause}") from cause
    rules = tuple(line for line in written if not _references_in(line))
    texts = tuple(text for line in written for text in _references_in(line))
    if not wanted and (rules or not texts):
        wanted = _default_image(event, registry)
    return Names(
        images=wanted,
        rules="\n".join(map(_quoted, rules)),
        references=_references(texts),
        notices=_lowered((*wanted, *texts)),
    )


def lower_name(text: str) -> str:
    """A reference with its repository in lower case; a tag keeps its case."""
    name, at, digest = text.partition("@")
    head, slash, tail = name.rpartition("/")
    last, colon, tag = tail.partition(":")
    return f"{head.lower()}{slash}{last.lower()}{colon}{tag}{at}{digest}"


def repositories(images: tuple[str, ...]) -> tuple[Repository, ...]:
    """Image names as metadata gives them. Raises one SettingsError for all outside the grammar,
    with the line that is meant."""
    return tuple(_parse_all(images, _repository, "images"))


def _repository(text: str) -> Repository:
    """Raises InvalidValue, which says where an address, a tag or a digest stands in the place of a
    name."""
    try:
        return Repository.parse(text)
    except InvalidValue as cause:
        bare = text.partition("://")[2].rstrip("/") if "://" in text else text
        name, _, digest = bare.partition("@")
        head, slash, last = name.rpartition("/")
        last, _, tag = last.partition(":")
        meant = f"images: {head}{slash}{last}" + (f", with tags: {tag}" if tag else "")
        if "://" in text:
            raise InvalidValue(f"{text!r} is an address, not a name; write {meant}") from cause
        if digest or tag:
            raise InvalidValue(
                f"{text!r} has a "
                f"{'digest, which is what a build gives' if digest else 'tag'}; write "
                f"{meant}"
            ) from cause
        raise


def _default_image(event: Event, registry: str) -> tuple[str, ...]:
    if not event.repository:
        raise SettingsError(
            "`images` is empty",
            why="Outside a workflow there is no GITHUB_REPOSITORY to take the name from",
            fix="images: ghcr.io/OWNER/NAME",
        )
    return (f"{registry or event.registry}/{event.repository}",)


def _references_in(line: str) -> tuple[str, ...]:
    """The full references of a line of ``tags``; none where it is a rule or a bare tag.

    A tag has no ``/`` and no ``:``, a rule has ``=``. ``a:b`` is of Docker Hub's library, where the
    engine keeps names without a registry. ``a/b`` alone is a bare tag, as metadata-action reads it,
    unless its first part is a registry's host.
    """
    parts = tuple(part.strip() for part in line.rstrip().removesuffix(",").split(","))
    if not any(map(_is_reference, parts)) or "=" in line:
        return ()
    if "" in parts:
        raise SettingsError(
            f"`tags`: an empty item before a comma in {line!r}",
            why="a variable of the workflow may be empty",
        )
    return parts if all(map(_is_reference, parts)) else ()


def _is_reference(text: str) -> bool:
    if "=" in text or "{{" in text:
        return False
    if _LOCAL.fullmatch(text):
        return True
    host, slash, _ = text.partition("/")
    return bool(slash) and (":" in text or "@" in text or "." in host or host == "localhost")


def _references(texts: tuple[str, ...]) -> tuple[Reference, ...]:
    found = _parse_all(tuple(map(lower_name, texts)), Reference.parse, "tags")
    if pinned := next((reference for reference in found if reference.digest), None):
        raise SettingsError(
            f"`tags`: {pinned} has a digest",
            why="A digest is what a build gives",
            fix="Write REPOSITORY:TAG",
        )
    return tuple(dict.fromkeys(found))


def _parse_all(texts: tuple[str, ...], parse: Callable[[str], T], source: str) -> list[T]:
    found, problems = [], []
    for text in texts:
        try:
            found.append(parse(text))
        except InvalidValue as cause:
            problems.append(f"`{source}`: {cause}")
    if problems:
        raise SettingsError(
            "\n".join(problems),
            docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests",
        )
    return found


def _lowered(texts: tuple[str, ...]) -> tuple[str, ...]:
    changed = [text for text in texts if lower_name(text) != text]
    return (
        (
            (
                f"Repository names are lower case: {', '.join(changed)} is published as "
                f"{', '.join(map(lower_name, changed))}."
            ),
        )
        if changed
        else ()
    )


def _quoted(rule: str) -> str:
    """A rule as a record of its own again, since it may hold quotes or line ends."""
    return (
        '"' + rule.replace('"', '""') + '"'
        if '"' in rule or "\n" in rule or "\r" in rule or rule.startswith("#")
        else rule
    )
