"""The settings of ``mode: cleanup``: which packages, what goes, what stays; and the words that
the peers' workflows have for it.

A mode that deletes is strict: an input that it does not know, or that contradicts another one, ends
the run before the first request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ghcr_action.cleanup import age, rules, selector
from ghcr_action.cleanup.rules import Brake, By, Family, Lines, Rules
from ghcr_action.cleanup.selector import Kind, Selector
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.names.asked import lower_name
from ghcr_action.settings import cleanup_words, comment
from ghcr_action.settings.comment import CommentRequest
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

DEFAULT_AGE = "1 day"
"""Long enough for a workflow that pushes by digest and names its digests at the end."""
WORDS = cleanup_words.RIGHT
"""What to write in the place of an input of another mode or another action."""
UNTAGGED = Selector("untagged", Kind.UNTAGGED)
TAGGED = Selector("tagged", Kind.TAGGED)
_WITH_POLICY = (
    "remove",
    "keep-last",
    "keep-n-untagged",
    "keep-semver",
    "by",
    "keep-younger-than",
    *cleanup_words.PEERS,
)


@dataclass(frozen=True, kw_only=True)
class PackageGlob:
    """Packages of an owner, to be listed."""

    registry: str
    owner: str
    glob: str


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files that a clean-up reads and writes; empty names for none."""

    policy: str = ""
    plan: str = ""
    """A reviewed plan to apply."""
    restore: str = ""
    """A list or plan whose deletions are undone."""
    cache: str = ""
    """Manifests that earlier runs have read."""


@dataclass(frozen=True, kw_only=True)
class CleanupSettings:
    """Packages to clean up, all by the same rules."""

    common: Common
    packages: tuple[Repository, ...]
    globs: tuple[PackageGlob, ...] = ()
    rules: Rules
    """Without the families of a policy, which is a file."""
    in_use: tuple[str, ...] = ()
    """Globs of files, references and digests."""
    files: Files = field(default_factory=Files)
    allow_unmatched: bool = False
    comment: CommentRequest
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


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> CleanupSettings:
    """Settings of ``mode: cleanup``; problems stay with the reader."""
    named, registry = reader.items("packages"), reader.text("registry")
    reader.boolean("expand-packages")
    files = Files(**{name: reader.text(key) for name, key in _FILES.items()})
    reader.part(None, lambda: _one_file(reader, files))
    found = _rules(reader)
    globs = tuple(text for text in named if _is_glob(text))
    plain = tuple(text for text in named if not _is_glob(text))
    return CleanupSettings(
        common=common,
        packages=reader.part((), lambda: packages(plain, registry, common.event))
        if plain or not globs
        else (),
        globs=reader.part((), lambda: _globs(globs, registry, common.event)),
        rules=found,
        in_use=_from_workspace(reader.items("in-use"), environ.get("GITHUB_WORKSPACE", "")),
        files=files,
        allow_unmatched=reader.boolean("allow-unmatched"),
        comment=comment.request(reader, common.event),
        notices=() if files.plan or files.restore or files.policy else _notices(reader, found),
    )


def _from_workspace(items: tuple[str, ...], workspace: str) -> tuple[str, ...]:
    """Globs as they count from the workspace, also where its path stands in front of them."""
    return tuple(item.removeprefix(f"{workspace}/") if workspace else item for item in items)


_FILES = {"policy": "policy", "plan": "plan-file", "restore": "restore", "cache": "cache-file"}


def _one_file(reader: Reader, files: Files) -> None:
    """A policy is in the place of the inputs, a plan in the place of both, and a restore deletes
    nothing."""
    if files.plan and files.restore:
        raise SettingsError(
            "`plan-file` and `restore` are given",
            why="one deletes, the other brings back",
            fix="Remove one of them.",
        )
    named = (("plan-file", files.plan), ("restore", files.restore), ("policy", files.policy))
    first = next((key for key, path in named if path), "")
    given = [name for name in _WITH_POLICY if first and reader.is_given(name)]
    if first in ("plan-file", "restore") and files.policy:
        given.insert(0, "policy")
    if given:
        raise SettingsError(
            f"`{first}` and `{given[0]}` are given",
            why=f"`{first}` says what goes and what stays",
            fix=f"Remove `{given[0]}`.",
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
        _check_registry(each.registry, str(each), event)
    return tuple(dict.fromkeys(found))


def _check_registry(registry: str, what: str, event: Event) -> None:
    if registry != event.registry:
        raise SettingsError(
            f"`packages`: {what} is not at {event.registry}",
            why=(
                "versions are listed and deleted by GitHub's API, which knows the packages of "
                "its own registry only"
            ),
        )


def _package(text: str, host: str, event: Event) -> Repository:
    try:
        return Repository.parse(lower_name(_full(text, host, event)))
    except InvalidValue as cause:
        raise SettingsError(f"`packages`: {cause}") from cause


def _full(text: str, host: str, event: Event) -> str:
    """With registry and owner."""
    first, *rest = text.split("/")
    is_full = bool(rest) and (
        first.lower() in (host.lower(), event.registry) or (len(rest) > 1 and "." in first)
    )
    return text if is_full else f"{host}/{event.owner}/{text}"


def _is_glob(text: str) -> bool:
    return any(character in text for character in "*?[")


def _globs(texts: Iterable[str], registry: str, event: Event) -> tuple[PackageGlob, ...]:
    """Globs of packages of one owner each. Raises SettingsError."""
    found = []
    for text in texts:
        host, _, path = _full(text, registry or event.registry, event).lower().partition("/")
        owner, _, glob = path.partition("/")
        _check_registry(host, text, event)
        if not glob or _is_glob(owner):
            raise SettingsError(
                f"`packages`: {text!r} has a glob for the owner",
                fix=f"packages: {host}/OWNER/NAME-*",
            )
        found.append(PackageGlob(registry=host, owner=owner, glob=glob))
    return tuple(found)


def _rules(reader: Reader) -> Rules:
    reader.part(None, lambda: _contradictions(reader))
    last, untagged = (
        _number(reader, "keep-last", ("keep-n-tagged", "min-versions-to-keep")),
        _number(reader, "keep-n-untagged", ("min-versions-to-keep",)),
    )
    items = reader.part(tuple[Selector, ...](), lambda: _remove(reader))
    tagged = tuple(each for each in items if each.kind is not Kind.UNTAGGED)
    lines = reader.part(None, lambda: _lines(reader))
    by = reader.choice("by", tuple(By))
    families = (
        Family(name="remove", selectors=tagged, keep_last=last, keep_lines=lines),
        Family(
            name="remove", selectors=(UNTAGGED,), keep_last=untagged, last_name="keep-n-untagged"
        ),
    )
    return Rules(
        families=tuple(
            each
            for each in families
            if each.selectors and (each.selectors != (UNTAGGED,) or UNTAGGED in items)
        ),
        keep=reader.part((), lambda: _keep(reader)),
        younger_than=reader.part(timedelta(), lambda: _age(reader)),
        by=by,
        brake=Brake(
            share=reader.part(0, lambda: _share(reader)), deletions=reader.number("max-deletions")
        ),
        untag=reader.boolean("untag"),
    )


def _contradictions(reader: Reader) -> None:
    """Two inputs of which one says the opposite of the other."""
    items = reader.items("remove")
    if reader.optional_boolean("delete-untagged") is False:
        for name, is_wanted in (
            ("keep-n-untagged", reader.text("keep-n-untagged") not in ("", "0")),
            ("remove", "untagged" in items),
        ):
            if is_wanted:
                raise SettingsError(
                    f"`delete-untagged: false` and `{name}` say different things",
                    why=f"`{name}` removes untagged images",
                    fix=f"Remove `{name}` or `delete-untagged`.",
                )


def _number(reader: Reader, ours: str, theirs: tuple[str, ...]) -> int:
    """The number of the one input that is given."""
    name = ours
    for each in theirs:
        name = _one_of(reader, name, each)
    return (
        0 if reader.text(name) == "-1" and name == "min-versions-to-keep" else reader.number(name)
    )


def _remove(reader: Reader) -> tuple[Selector, ...]:
    """What goes; the peers' inputs add to it, and where nothing names anything it is
    ``untagged``."""
    named = (
        *_selectors("remove", reader.items("remove")),
        *_selectors(
            "delete-tags", reader.items("delete-tags"), is_regex=reader.boolean("use-regex")
        ),
        *cleanup_words.image_tags(reader)[0],
    )
    for name, kind in cleanup_words.BROKEN.items():
        if reader.boolean(name):
            named = (*named, Selector(kind.value, kind))
    selection, untagged = reader.text("tag-selection"), reader.optional_boolean("delete-untagged")
    if selection not in ("", "both", "tagged", "untagged"):
        raise SettingsError(
            f"`tag-selection` is {selection!r}", why="it can be `both`, `tagged`, `untagged`"
        )
    if not named and (reader.text("keep-n-tagged") != "0" or selection in ("both", "tagged")):
        named = (TAGGED,)
    if untagged or reader.text("keep-n-untagged") != "0" or selection in ("both", "untagged"):
        named = (*named, UNTAGGED)
    if not named and untagged is None:
        named = (UNTAGGED,)
    return tuple(dict.fromkeys(named))


def _keep(reader: Reader) -> tuple[Selector, ...]:
    own = _selectors("keep-tags", reader.items("keep-tags"), words=False)
    theirs = _selectors(
        "exclude-tags",
        reader.items("exclude-tags"),
        words=False,
        is_regex=reader.boolean("use-regex"),
    )
    digests = _selectors("skip-shas", reader.items("skip-shas"), words=False)
    return tuple(dict.fromkeys((*own, *theirs, *digests, *cleanup_words.image_tags(reader)[1])))


def _selectors(
    name: str, texts: Iterable[str], *, words: bool = True, is_regex: bool = False
) -> tuple[Selector, ...]:
    try:
        found = tuple(selector.parse(f"/{text}/" if is_regex else text) for text in texts)
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause
    word = next((each for each in found if each.text in selector.WORDS), None)
    if word and not words:
        raise SettingsError(
            f"`{name}`: `{word}` is a word of `remove`, and no tag", fix=f"{name}: /^{word}$/"
        )
    return found


def _lines(reader: Reader) -> Lines | None:
    text = reader.text("keep-semver")
    try:
        return rules.lines(text) if text else None
    except InvalidValue as cause:
        raise SettingsError(f"`keep-semver`: {cause}") from cause


def _share(reader: Reader) -> int:
    """Percent, from 0 to 100."""
    text = reader.text("max-share").removesuffix("%").strip()
    if text.isascii() and text.isdecimal() and int(text) <= 100:
        return int(text)
    raise SettingsError(
        f"`max-share` is {reader.text('max-share')!r}",
        why="it is a share of the tagged images from `0%` to `100%`",
    )


def _age(reader: Reader) -> timedelta:
    name = _one_of(reader, _one_of(reader, "keep-younger-than", "older-than"), "cut-off")
    try:
        return age.parse(reader.text(name) or DEFAULT_AGE)
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


def _notices(reader: Reader, found: Rules) -> tuple[str, ...]:
    """Rules that can't have an effect."""
    if reader.is_given("keep-last") and not found.removes_tagged:
        return (
            (
                "`keep-last` has nothing to keep: `remove` names no tagged image, so that every "
                "tagged image stays."
            ),
        )
    return ()
