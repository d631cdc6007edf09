"""What each target is to be called: its own tags, rules of the inputs where one has no tag, and
rules for it alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ghcr_action.buildx.bake.definition import Definition, Target
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.names import asked
from ghcr_action.names.asked import lower_name
from ghcr_action.plans import pushing
from ghcr_action.settings import exporters
from ghcr_action.values.reference import Reference, Repository, Tag

_LATEST = Tag("latest")


@dataclass(frozen=True, kw_only=True)
class Own:
    """What the tags of a target say."""

    references: tuple[Reference, ...]
    """With a tag."""
    repositories: tuple[Repository, ...]
    """Names without a tag."""


@dataclass(frozen=True, kw_only=True)
class TargetNames:
    """Every name that a target is to get; none where it is only built."""

    target: str
    references: tuple[Reference, ...]
    why: str = ""
    """Why it gets none."""
    local: tuple[Reference, ...] = ()
    """Names without a registry, for the engine alone."""


def own(target: Target) -> Own:
    """The tags of a target, lower-cased where names must be. Raises SettingsError for one outside
    the grammar."""
    references: list[Reference] = []
    repositories: list[Repository] = []
    for text in target.tags or _outputs(target):
        try:
            found = Reference.parse(lower_name(text))
        except InvalidValue as cause:
            raise SettingsError(
                f"target {target.name!r}: `tags`: {cause}",
                fix=f'tags = ["ghcr.io/OWNER/{target.name}:1.0"]',
            ) from cause
        if found.digest:
            raise SettingsError(
                f"target {target.name!r}: `tags`: {text!r} has a digest",
                why="A digest is what a build gives",
            )
        if found.tag:
            references.append(found)
        else:
            repositories.append(found.repository)
    return Own(references=tuple(references), repositories=tuple(repositories))


def of(
    target: Target, *, rules: Iterable[Tag] | None, extra: Iterable[Reference] = ()
) -> TargetNames:
    """The names of a target. ``rules`` are the tags that the rules of the inputs yield, None where
    the inputs have none: a name without a tag is ``latest`` then, as everywhere. ``extra`` is what
    the inputs name for this target alone, in place of its own tags.
    """
    named = own(target)
    given = tuple(extra)
    tags = (_LATEST,) if rules is None else tuple(rules)
    ruled = tuple(repository.tag(tag) for repository in named.repositories for tag in tags)
    references = tuple(dict.fromkeys(given or (*named.references, *ruled)))
    if not references:
        return TargetNames(target=target.name, references=(), why=_why(target, named))
    if pushing.is_local(references):
        why = f"{_short(references[0])} names no registry, it is for the engine alone"
        return TargetNames(target=target.name, references=(), why=why, local=references)
    return TargetNames(target=target.name, references=references)


def tags(texts: Iterable[str]) -> tuple[Tag, ...]:
    """Tags that rules have yielded, as values."""
    return tuple(map(Tag.parse, texts))


def tagged(reference: Reference) -> Reference:
    """The reference with a tag: ``latest`` where it has none."""
    return reference if reference.tag else reference.repository.tag(_LATEST)


def repositories(target: Target, images: Iterable[Repository]) -> tuple[Repository, ...]:
    """Where tags of ``target-tags`` go: the repositories of the target's own tags, else
    ``IMAGE/TARGET``. Raises SettingsError."""
    named = own(target)
    found = (*named.repositories, *(reference.repository for reference in named.references))
    if found:
        return tuple(dict.fromkeys(found))
    return asked.repositories(tuple(f"{image}/{target.name.lower()}" for image in images))


def match(pattern: str, definition: Definition) -> tuple[str, ...]:
    """The asked targets that a key of ``target-tags`` names: by name, by a glob, or by a group."""
    members = dict(definition.groups).get(pattern)
    if members is not None:
        return tuple(name for name in definition.asked if name in members)
    return tuple(name for name in definition.asked if fnmatchcase(name, pattern))


def refuse_shared(names: Iterable[TargetNames]) -> None:
    """Raise SettingsError where two targets want one tag: whichever is written last would win."""
    taken: dict[Reference, str] = {}
    shared: list[str] = []
    first = ""
    for named in names:
        for reference in named.references:
            other = taken.setdefault(reference, named.target)
            if other != named.target:
                shared.append(f"{reference} is a name of {other!r} and of {named.target!r}")
                first = first or named.target
    if shared:
        raise SettingsError(
            "Two targets want one tag: nothing was built",
            why="\n".join(shared),
            fix=f"Give each a name of its own:\ntarget-tags: |\n  {first}: |\n    "
            f"ghcr.io/OWNER/{first}:TAG",
            code="BAKE-SHARED-TAG",
        )


def nearest(name: str, known: Iterable[str]) -> str:
    """The name that is meant; empty where none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, tuple(known), n=1)), "")


def pattern_of_matrix(groups: Mapping[str, tuple[str, ...]], name: str) -> str:
    """A pattern of ``set`` for all members of a group that a matrix has made: an override names
    targets, and no group."""
    members = groups.get(name, ())
    shared = members[0] if members else ""
    for member in members[1:]:
        while not member.startswith(shared):
            shared = shared[:-1]
    return f"{shared}*" if shared and len(members) > 1 else shared


def _outputs(target: Target) -> tuple[str, ...]:
    """The names in its image outputs, which tags take the place of; none without an owner and a
    tag, which is a placeholder beside annotations."""
    found = exporters.names_of(exporters.of_images(target.outputs))
    return tuple(name for name in found if "/" in name or ":" in name)


def _why(target: Target, named: Own) -> str:
    if named.repositories:
        return "no rule of `tags` gives a tag for this event"
    if target.outputs:
        return "it has no tags, and outputs of its own"
    return "it has no tags"


def _short(reference: Reference) -> str:
    return f"{reference.repository.path.removeprefix('library/')}:{reference.tag}"
