"""Where an image goes: ``images`` and ``tags`` told apart into repositories, tag rules and full
references.

build-push-action's ``tags`` are full references, metadata-action's are rules; here both stand in
one list.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.metadata import image_names
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Reference, Repository

T = TypeVar("T")
_LOCAL = r"(?a)[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*:[\w.-]+"
"""``app:latest``, as build-push-action's users name what stays in the engine; no tag has a
colon."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the user wants the image to be called."""

    repositories: tuple[Repository, ...] = ()
    """Those of ``images`` that are enabled; what the rules yield is written in each."""
    rules: tuple[str, ...] = ()
    """What of ``tags`` is for the tag rules."""
    references: tuple[Reference, ...] = ()
    """What of ``tags`` is a full reference."""
    notices: tuple[str, ...] = ()

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of all names."""
        named = (reference.repository for reference in self.references)
        return frozenset(each.registry for each in (*self.repositories, *named))

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags that are asked for by their text, alone or behind a repository: no rule gives
        them."""
        bare = (text for text in self.rules if not re.search(r"[=/]|{{", text))
        return (*(str(each) for each in self.references if each.tag), *bare)

    @property
    def has_rules(self) -> bool:
        """Whether rules say which tags there are: where ``tags`` has none but full references, it
        says that itself."""
        return bool(self.repositories) and bool(self.rules or not self.references)


def parse(
    images: str,
    tags: str,
    event: Event,
    *,
    registry: str = "",
    default: Repository | None = None,
) -> Names:
    """Split and lower-case. Raises one SettingsError for every name outside the grammar.

    The default image is ``default``, else ``REGISTRY/OWNER/REPO``; it is not used where ``tags``
    holds nothing but full references.
    """
    rules, texts = _told_apart(_read("tags", tags))
    given = _read("images", images)
    names = enabled(given)
    if given and not names and not texts:
        raise SettingsError(
            "`images` names no image",
            why="each has `enable=false` for this event",
            fix="Let one be enabled, or give the step an `if:` of the same condition.",
        )
    if not given and (rules or not texts):
        names = (str(default),) if default else _default_image(event, registry)
    return Names(
        repositories=repositories(names),
        rules=rules,
        references=_references(texts),
        notices=_lowered((*names, *texts)),
    )


def images(text: str) -> tuple[Repository, ...]:
    """The input ``images`` alone: each name that is enabled, in lower case. Raises one
    SettingsError."""
    return repositories(enabled(_read("images", text)))


def enabled(items: tuple[str, ...]) -> tuple[str, ...]:
    """The names of ``images`` that are enabled, as they are written. Raises SettingsError."""
    names, problems = image_names.enabled(items)
    if problems:
        raise SettingsError("\n".join(f"`images`: {problem}" for problem in problems))
    return names


def _read(name: str, text: str) -> tuple[str, ...]:
    try:
        return lists.lines(text, comments=True, requote=True)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause


def lower_name(text: str) -> str:
    """A reference with its repository in lower case; a tag keeps its case."""
    name, at, digest = text.partition("@")
    head, slash, tail = name.rpartition("/")
    last, colon, tag = tail.partition(":")
    return f"{head.lower()}{slash}{last.lower()}{colon}{tag}{at}{digest}"


def reference(text: str) -> Reference:
    """A full reference. Raises InvalidValue, which says what to write in the place of an
    address."""
    try:
        return Reference.parse(text)
    except InvalidValue as cause:
        bare = text.partition("://")[2].rstrip("/")
        if not bare:
            raise
        raise InvalidValue(f"{text!r} is an address, not a name; write {bare}") from cause


def has_rules(tags: str) -> bool:
    """Whether a text for ``tags`` has bare tags or rules, which need a repository beside them."""
    try:
        return bool(_told_apart(_read("tags", tags))[0])
    except SettingsError:  # told where it is parsed
        return False


def repositories(texts: tuple[str, ...]) -> tuple[Repository, ...]:
    """Each once, in lower case. Raises one SettingsError for all outside the grammar, with the line
    that is meant."""
    return tuple(dict.fromkeys(_parse_all(texts, _repository, "images")))


def _repository(text: str) -> Repository:
    """Raises InvalidValue, which says where an address, a tag or a digest stands in the place of a
    name."""
    try:
        return Repository.parse(lower_name(text))
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


def _told_apart(items: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What of ``tags`` is for the tag rules, and the full references.

    A tag has no ``/`` and no ``:``, a rule has ``=``. ``a:b`` is of Docker Hub's library, where the
    engine keeps names without a registry. ``a/b`` alone is a bare tag, as metadata-action reads it,
    unless its first part is a registry's host. Commas separate references, and bare tags.
    """
    rules: list[str] = []
    texts: list[str] = []
    for item in items:
        parts = tuple(part.strip() for part in item.removesuffix(",").split(","))
        if "=" in item or not any(map(_is_reference, parts)):
            rules.append(item)
            continue
        if "" in parts:
            raise SettingsError(
                f"`tags`: an empty item before a comma in {item!r}",
                why="a variable of the workflow may be empty",
            )
        texts.extend(filter(_is_reference, parts))
        rules.extend(part for part in parts if not _is_reference(part))
    return tuple(rules), tuple(texts)


def _is_reference(text: str) -> bool:
    if "=" in text or "{{" in text:
        return False
    if re.fullmatch(_LOCAL, text):
        return True
    host, slash, _ = text.partition("/")
    return bool(slash) and (":" in text or "@" in text or "." in host or host == "localhost")


def _references(texts: tuple[str, ...]) -> tuple[Reference, ...]:
    found = _parse_all(tuple(map(lower_name, texts)), reference, "tags")
    if pinned := next((each for each in found if each.digest), None):
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
