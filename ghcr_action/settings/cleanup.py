"""The settings of ``mode: cleanup``: which packages, what goes, what stays; and the words that the
peers' workflows have for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ghcr_action.cleanup import age, rules
from ghcr_action.cleanup.rules import Rules
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.names.asked import lower_name
from ghcr_action.settings import comment
from ghcr_action.settings.comment import CommentWish
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

DEFAULT_AGE = "1 day"
"""Long enough for a workflow that pushes by digest and names its digests at the end."""
_WORDS = (rules.UNTAGGED, rules.TAGGED, rules.CLOSED_PULL_REQUESTS)


@dataclass(frozen=True, kw_only=True)
class CleanupSettings:
    """Packages to clean up, all by the same rules."""

    common: Common
    packages: tuple[Repository, ...]
    rules: Rules
    comment: CommentWish
    notices: tuple[str, ...] = ()
    """What the user should know of how the rules were read."""

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return frozenset(each.registry for each in self.packages)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> CleanupSettings:  # noqa: ARG001 (one shape for all modes)
    """Settings of ``mode: cleanup``; problems stay with the reader."""
    named, registry = reader.items("packages"), reader.text("registry")
    found = _rules(reader)
    return CleanupSettings(
        common=common,
        packages=reader.part((), lambda: packages(named, registry, common.event)),
        rules=found,
        comment=comment.wish(reader, common.event),
        notices=_notices(found),
    )


def packages(named: tuple[str, ...], registry: str, event: Event) -> tuple[Repository, ...]:
    """Each package, as its page names it or as a full reference; the repository's own where none is
    named. Raises SettingsError."""
    host = registry or event.registry
    if not named and not event.repository:
        raise SettingsError(
            "`packages` is empty",
            why="there is no repository to take the name from",
            fix=f"packages: {host}/OWNER/NAME",
        )
    texts = named or (event.repository.partition("/")[2],)
    found = tuple(_package(text, host, event) for text in texts)
    for each in found:
        if each.registry != event.registry:
            raise SettingsError(
                f"`packages`: {each} is not at {event.registry}",
                why=(
                    "versions are listed and deleted by GitHub's API, which knows the "
                    "packages of its own registry only"
                ),
            )
    return tuple(dict.fromkeys(found))


def _package(text: str, host: str, event: Event) -> Repository:
    if any(character in text for character in "*?["):
        raise SettingsError(
            f"`packages`: {text!r} is a glob",
            why="the job's token may not list packages",
            fix="Name each package on a line of its own.",
        )
    first, *rest = text.split("/")
    is_full = bool(rest) and (
        first.lower() in (host.lower(), event.registry) or (len(rest) > 1 and "." in first)
    )
    try:
        return Repository.parse(lower_name(text if is_full else f"{host}/{event.owner}/{text}"))
    except InvalidValue as cause:
        raise SettingsError(f"`packages`: {cause}") from cause


def _rules(reader: Reader) -> Rules:
    return Rules(
        remove=reader.part((), lambda: _remove(reader)),
        keep_tags=reader.part(
            (),
            lambda: _globs(
                "keep-tags", (*reader.items("keep-tags"), *reader.items("exclude-tags"))
            ),
        ),
        keep_last=reader.number(_one_of(reader, "keep-last", "keep-n-tagged")),
        keep_last_untagged=reader.number("keep-n-untagged"),
        keep_younger_than=reader.part(timedelta(), lambda: _age(reader)),
    )


def _remove(reader: Reader) -> tuple[str, ...]:
    """What goes; the peers' inputs add to it, and where nothing names anything it is
    ``untagged``."""
    named = (*reader.items("remove"), *reader.items("delete-tags"))
    _globs("remove", tuple(text for text in named if text not in _WORDS))
    untagged = reader.optional_boolean("delete-untagged")
    if not named and reader.text("keep-n-tagged") != "0":
        named = (rules.TAGGED,)
    if untagged or reader.text("keep-n-untagged") != "0":
        named = (*named, rules.UNTAGGED)
    if not named and untagged is None:
        named = (rules.UNTAGGED,)
    return tuple(dict.fromkeys(named))


def _age(reader: Reader) -> timedelta:
    name = _one_of(reader, "keep-younger-than", "older-than")
    try:
        return age.parse(reader.text(name) or DEFAULT_AGE)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause


def _globs(name: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return rules.check_globs(texts)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause


def _one_of(reader: Reader, ours: str, theirs: str) -> str:
    """The input that is given; a problem where both are and differ."""
    is_given = {name: reader.text(name) not in ("", "0") for name in (ours, theirs)}
    if all(is_given.values()) and reader.text(ours) != reader.text(theirs):
        reader.part(None, lambda: _refuse_both(ours, theirs))
    return theirs if is_given[theirs] and not is_given[ours] else ours


def _refuse_both(ours: str, theirs: str) -> None:
    raise SettingsError(
        f"`{ours}` and `{theirs}` say different things",
        why="they are two words for the same rule",
        fix=f"Remove `{theirs}`.",
    )


def _notices(found: Rules) -> tuple[str, ...]:
    """Rules that can't have an effect."""
    if found.keep_last and not found.removes_tagged:
        return (
            (
                "`keep-last` has nothing to keep: `remove` names no tagged image, so that "
                "every tagged image stays."
            ),
        )
    return ()
