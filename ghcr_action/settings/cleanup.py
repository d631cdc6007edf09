"""The settings of ``mode: cleanup``: which packages, by which rules or files.

A mode that deletes is strict: an input that it does not know, or that contradicts another one, ends
the run before the first request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ghcr_action.cleanup.rules import Rules
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.names.asked import lower_name
from ghcr_action.settings import cleanup_rules, cleanup_words, comment
from ghcr_action.settings.comment import CommentRequest
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

WORDS = cleanup_words.RIGHT
"""What to write in the place of an input of another mode or another action."""
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
    found = cleanup_rules.read(reader)
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
        notices=()
        if files.plan or files.restore or files.policy
        else cleanup_rules.notices(reader, found),
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
