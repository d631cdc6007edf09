"""Inputs and event to Settings: parsed once, every problem found before one error is raised."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, TypeVar, get_args

from ghcr_action import inputs, lists, login, names
from ghcr_action.access import credentials
from ghcr_action.build import secret_mounts
from ghcr_action.build.context import Switches
from ghcr_action.build.request import BuildRequest
from ghcr_action.errors import ActionError, InvalidValue, SettingsError
from ghcr_action.inputs import Kind
from ghcr_action.metadata import request as metadata
from ghcr_action.values.access import Credential
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

T = TypeVar("T")
MetadataContext = Literal["workflow", "git"]
_LOCAL_PLATFORM = "local"
"""buildx's own word for the platform of the client."""


class Mode(StrEnum):
    """What a run does."""

    PUBLISH = "publish"
    METADATA = "metadata"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a user has said, typed."""

    mode: Mode
    dry_run: bool
    summary: bool
    event: Event
    token: Secret
    credentials: Mapping[str, Credential] = field(hash=False)
    """Registry host to login."""
    logout: bool
    names: names.Names
    metadata: metadata.Request
    metadata_context: MetadataContext
    build: BuildRequest
    switches: Switches
    push: bool | None
    """None: where the token can write."""
    verify: bool
    notices: tuple[str, ...] = ()
    """What the user should know of how the inputs were read."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        logins = tuple(self.credentials.values())
        built = (value for _, value in self.build.secrets)
        return (self.token, *(each.password for each in logins), *map(login.basic, logins), *built)


def parse(given: Mapping[str, str], environ: Mapping[str, str], event: Event) -> Settings:
    """Settings from texts. Raises one SettingsError that names every problem: the input, the line and the rule."""
    reader = _Reader(given)
    mode = reader.choice("mode", tuple(Mode)) or Mode.PUBLISH
    token = reader.secret("github-token")
    logins = reader.part(dict[str, Credential](), lambda: credentials(_access_texts(reader), token, event))
    published = reader.part(
        names.Names(),
        lambda: names.parse(
            reader.text("images"), reader.text("tags"), event, registry=reader.text("registry"), is_default_wanted=mode is Mode.PUBLISH
        ),
    )
    settings = reader.part(None, lambda: _metadata(reader, published, environ))
    build = _build(reader, token)
    switches = reader.part(Switches(), lambda: Switches.read(environ))
    dry_run, summary, logout, verify = (reader.boolean(name) for name in ("dry-run", "summary", "logout", "verify"))
    push = reader.boolean("push") if reader.text("push") else None
    context = reader.choice("metadata-context", get_args(MetadataContext))
    reader.finish()
    assert settings is not None  # noqa: S101 (for the type checker: finish has raised otherwise)
    return Settings(
        mode=mode,
        dry_run=dry_run,
        summary=summary,
        event=event,
        token=token,
        credentials=logins,
        logout=logout,
        names=published,
        metadata=settings,
        metadata_context=context or "workflow",
        build=build,
        switches=switches,
        push=push,
        verify=verify,
        notices=(*_unknown(given), *published.notices),
    )


class _Reader:
    """Reads texts by their row in the table and keeps every problem for the end."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._problems: list[ActionError] = []

    def text(self, name: str) -> str:
        """As given, trimmed; the default of the table where nothing is given and it is plain text."""
        row = inputs.BY_NAME[name]
        value = self._given.get(name, "").strip()
        return value or ("" if "${{" in row.default else row.default)

    def raw(self, name: str) -> str:
        """As given, blanks and all."""
        return self._given.get(name, "")

    def secret(self, name: str) -> Secret:
        """A text nobody may print."""
        return Secret(self.text(name))

    def boolean(self, name: str) -> bool:
        """A YAML 1.2 core boolean."""
        return self._read(name, False, lambda: lists.boolean(self.text(name)))

    def items(self, name: str) -> tuple[str, ...]:
        """A list, by the kind of its row."""
        read = lists.csv if inputs.BY_NAME[name].kind is Kind.CSV else lists.lines
        return self._read(name, (), lambda: read(self.raw(name)))

    def choice(self, name: str, allowed: tuple[T, ...]) -> T | None:
        """One of a few words; None where it is none of them."""
        text = self.text(name)
        found = next((word for word in allowed if str(word) == text), None)
        if found is None:
            words = ", ".join(f"`{word}`" for word in allowed)
            self._problems.append(SettingsError(f"`{name}` is {text!r}", why=f"it can be {words}"))
        return found

    def part(self, absent: T, parse: Callable[[], T]) -> T:
        """A group of inputs that another module reads; its errors name the inputs themselves."""
        try:
            return parse()
        except SettingsError as problem:
            self._problems.append(problem)
            return absent

    def finish(self) -> None:
        """Raise what was found, all of it."""
        if len(self._problems) == 1:
            raise self._problems[0]
        if self._problems:
            raise SettingsError(
                f"{len(self._problems)} inputs are wrong",
                why="\n\n".join(f"{number}. {problem}" for number, problem in enumerate(self._problems, 1)),
            )

    def _read(self, name: str, absent: T, read: Callable[[], T]) -> T:
        try:
            return read()
        except InvalidValue as cause:
            self._problems.append(SettingsError(f"`{name}`: {cause}"))
            return absent


def _access_texts(reader: _Reader) -> dict[str, str]:
    return {name: reader.text(name) for name in ("registry", "username", "password", "registry-auth")}


def _metadata(reader: _Reader, published: names.Names, environ: Mapping[str, str]) -> metadata.Request:
    return metadata.parse(
        images="\n".join(published.images),
        tags=published.rules,
        flavor=reader.raw("flavor"),
        labels=reader.raw("labels"),
        annotations=reader.raw("annotations"),
        annotation_levels=reader.text("annotation-levels"),
        sep_tags=reader.raw("sep-tags") or "\n",
        sep_labels=reader.raw("sep-labels") or "\n",
        sep_annotations=reader.raw("sep-annotations") or "\n",
        bake_target=reader.text("bake-target"),
        pr_sha=reader.text("pr-sha"),
        environ=environ,
    )


def _build(reader: _Reader, token: Secret) -> BuildRequest:
    """Every input of the build; labels, annotations, tags and ``push`` come from the plan."""
    platforms = reader.items("platforms")
    for text in platforms:
        reader.part(None, lambda text=text: _check_platform(text))  # type: ignore[misc]
    return BuildRequest(
        add_hosts=reader.items("add-hosts"),
        allow=reader.items("allow"),
        attests=reader.items("attests"),
        build_args=reader.items("build-args"),
        build_contexts=reader.items("build-contexts"),
        builder=reader.text("builder"),
        cache_from=reader.items("cache-from"),
        cache_to=reader.items("cache-to"),
        call=reader.text("call"),
        cgroup_parent=reader.text("cgroup-parent"),
        context=reader.text("context"),
        file=reader.text("file"),
        github_token=token or None,
        load=reader.boolean("load"),
        network=reader.text("network"),
        no_cache=reader.boolean("no-cache"),
        no_cache_filters=reader.items("no-cache-filters"),
        outputs=reader.part((), lambda: lists.lines(reader.raw("outputs"), quotes=False)),
        platforms=platforms,
        provenance=reader.text("provenance"),
        pull=reader.boolean("pull"),
        sbom=reader.text("sbom"),
        secrets=reader.part((), lambda: secret_mounts.values(_secret_lines(reader.raw("secrets")))),
        secret_envs=reader.part((), lambda: secret_mounts.environment(reader.items("secret-envs"))),
        secret_files=reader.part((), lambda: secret_mounts.files(reader.items("secret-files"))),
        shm_size=reader.text("shm-size"),
        ssh=reader.items("ssh"),
        target=reader.text("target"),
        ulimit=reader.items("ulimit"),
    )


def _secret_lines(text: str) -> tuple[str, ...]:
    """Items with their blanks; a broken quote is told without the text."""
    try:
        return lists.lines(text, trim=False)
    except InvalidValue as cause:
        raise SettingsError(f"`secrets`: {cause}") from cause


def _check_platform(text: str) -> None:
    if text == _LOCAL_PLATFORM:
        return
    try:
        Platform.parse(text)
    except InvalidValue as cause:
        raise SettingsError(f"`platforms`: {cause}") from cause


def _unknown(given: Mapping[str, str]) -> tuple[str, ...]:
    """Inputs that do not exist, each with the nearest that does."""
    unknown = sorted(name for name, value in given.items() if name not in inputs.NAMES and value)
    return tuple(f"There is no input `{name}`; it is ignored.{_nearest(name)}" for name in unknown)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, inputs.NAMES, n=1)
    return f" Did you mean `{near[0]}`?" if near else ""
