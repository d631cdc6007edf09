"""Inputs about images that exist: ``source`` as references, and what is expected or kept of
them."""

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.logins import given
from ghcr_action.names import asked
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository, Tag

NOWHERE = Repository("localhost", "unknown").tag(Tag("latest"))
"""Stands in for a source that can't be read, until the reader raises its problems."""


def several(reader: Reader, event: Event) -> tuple[Reference, ...]:
    """Each line a reference; ``:TAG``, ``@DIGEST`` or a digest alone is of the first of ``images``,
    else of ``REGISTRY/OWNER/REPO``.

    Nothing given is ``latest`` of that. Problems stay with the reader.
    """
    texts, registry = reader.items("source"), given.host(reader.text("registry"))
    images = reader.part(tuple[Repository, ...](), lambda: asked.images(reader.raw("images")))
    return reader.part(
        (), lambda: _several(texts, images, registry or event.registry, event.repository)
    )


def one(reader: Reader, event: Event) -> Reference:
    """Exactly one reference; problems stay with the reader."""
    found = several(reader, event)
    reader.part(None, lambda: _only(len(found)))
    return next(iter(found), NOWHERE)


def expected(reader: Reader) -> Digest | None:
    """``expect-digest``; None where nothing is expected."""
    text = reader.text("expect-digest")
    return reader.part(None, lambda: _digest(text)) if text else None


def platforms(reader: Reader) -> tuple[Platform, ...]:
    """``platforms`` for an image that exists, where ``local`` has no meaning."""
    found = reader.platforms()
    reader.part(None, lambda: _no_local(found))
    return found


def _only(count: int) -> None:
    if count > 1:
        raise SettingsError(
            f"`source` has {count} images",
            why="this mode takes one",
            fix="Use a matrix over the images.",
        )


def _several(
    texts: tuple[str, ...], images: tuple[Repository, ...], registry: str, repository: str
) -> tuple[Reference, ...]:
    found, problems = [], []
    default = next(map(str, images), f"{registry}/{repository}" if repository else "")
    if not texts and not default:
        raise SettingsError(
            "`source` is empty",
            why="outside a workflow there is no GITHUB_REPOSITORY to take the image from",
            fix="source: ghcr.io/OWNER/NAME:TAG",
        )
    for text in texts or (":latest",):
        try:
            found.append(_reference(text, default))
        except InvalidValue as cause:
            problems.append(f"`source`: {cause}")
    if problems:
        raise SettingsError("\n".join(problems), fix="source: ghcr.io/OWNER/NAME:TAG")
    return tuple(dict.fromkeys(found))


def _reference(text: str, default: str) -> Reference:
    """Raises InvalidValue."""
    short = f"@{text}" if Digest.find(text) else text
    if short.startswith((":", "@")) and not default:
        raise InvalidValue(
            f"{text!r} has no repository, and there is no GITHUB_REPOSITORY to take it from"
        )
    return asked.reference(
        asked.lower_name(f"{default}{short}" if short.startswith((":", "@")) else short)
    )


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except InvalidValue as cause:
        raise SettingsError(
            f"`expect-digest`: {cause}", fix="expect-digest: ${{ steps.image.outputs.digest }}"
        ) from cause


def _no_local(found: tuple[Platform, ...]) -> None:
    if any(each.is_local for each in found):
        raise SettingsError(
            "`platforms`: 'local' is for a build",
            why="an image that exists has platforms of its own",
            fix="platforms: linux/amd64",
        )
