"""The settings of the build that build-push-action does not have: builder, emulation, cache,
checks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ghcr_action.buildx import builder, emulation
from ghcr_action.buildx.builder import BuilderRequest, Node
from ghcr_action.buildx.cache import CacheMode, CacheRequest
from ghcr_action.buildx.checks import Checks
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.inputs.yaml_texts import is_texts
from ghcr_action.settings import typos, yaml_input
from ghcr_action.settings.reader import Reader
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference
from ghcr_action.values.secret import Secret

_TLS = {"cacert": "CACERT", "cert": "CERT", "key": "KEY"}
_NODE_WORDS = frozenset({"name", "endpoint", "buildkitd-flags"})
_NODE_KEYS = _NODE_WORDS | {"driver-opts", "platforms"}
_CACHE_V2 = ("ACTIONS_CACHE_SERVICE_V2", "true")


@dataclass(frozen=True, kw_only=True)
class Building:
    """How one image is built, beside what is built."""

    builder: BuilderRequest
    emulation: str
    """``auto``, ``off`` or an image."""
    cache: CacheRequest
    checks: Checks
    environment: tuple[tuple[str, str], ...]
    """Variables that the engine needs and the runner does not give to a container action."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Keys of builders, to be masked."""
        return tuple(content for _, kind, content in self.builder.tls if kind == "key")


def parse(reader: Reader, environ: Mapping[str, str]) -> Building:
    """The settings; problems stay with the reader."""
    return Building(
        builder=_builder(reader, environ),
        emulation=reader.part(emulation.OFF, lambda: _emulation(reader.text("qemu"))),
        cache=CacheRequest(
            mode=reader.choice("cache", tuple(CacheMode)),
            has_service=has_service(environ),
            in_workflow=environ.get("GITHUB_ACTIONS") == "true",
        ),
        checks=reader.choice("checks", tuple(Checks)),
        environment=service_variables(environ),
    )


def has_service(environ: Mapping[str, str]) -> bool:
    """Whether buildx finds GitHub's cache service: without token or address it leaves such a cache
    out silently."""
    address = environ.get("ACTIONS_RESULTS_URL") or environ.get("ACTIONS_CACHE_URL")
    return bool(environ.get("ACTIONS_RUNTIME_TOKEN") and address)


def service_variables(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What makes buildx speak the service's second version, which is the only one left; container
    actions do not get it.

    Source:
    https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs.
    """
    return (
        (_CACHE_V2,) if environ.get("ACTIONS_RESULTS_URL") and _CACHE_V2[0] not in environ else ()
    )


def _builder(reader: Reader, environ: Mapping[str, str]) -> BuilderRequest:
    appended = reader.part(tuple[Node, ...](), lambda: nodes(reader.raw("append")))
    driver = reader.text("driver")
    reader.part(None, lambda: _check_driver(driver))
    return BuilderRequest(
        name=_name(reader.text("builder"), environ),
        driver=driver,
        node=Node(
            endpoint=reader.text("endpoint"),
            driver_opts=reader.items("driver-opts"),
            buildkitd_flags=reader.text("buildkitd-flags"),
        ),
        append=appended,
        config=reader.text("buildkitd-config"),
        config_inline=reader.raw("buildkitd-config-inline").strip(),
        keep_state=reader.boolean("keep-state"),
        cleanup=reader.boolean("cleanup"),
        tls=tuple(
            (number, kind, Secret(environ[name]))
            for number in range(len(appended) + 1)
            for kind, word in _TLS.items()
            if environ.get(name := f"BUILDER_NODE_{number}_AUTH_TLS_{word}")
        ),
    )


def _name(given: str, environ: Mapping[str, str]) -> str:
    """The builder's name; BUILDX_BUILDER says it for every program where the input does not."""
    return given if given not in ("", builder.AUTO) else environ.get("BUILDX_BUILDER") or given


def nodes(text: str) -> tuple[Node, ...]:
    """The YAML list of ``append``. Raises SettingsError that names the item."""
    listed = yaml_input.read("append", text)
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise SettingsError(
            "`append` is not a list",
            fix="append: |\n  - endpoint: tcp://my-arm64:1234\n    platforms: linux/arm64",
        )
    return tuple(_node(number, item) for number, item in enumerate(listed, 1))


def _node(number: int, item: Any) -> Node:
    if not _is_node(item):
        raise SettingsError(
            f"`append`, item {number} is not a node",
            why=f"a node has {', '.join(sorted(_NODE_KEYS))}",
        )
    return Node(
        name=item.get("name", ""),
        endpoint=item.get("endpoint", ""),
        driver_opts=_listed(item.get("driver-opts", ""), number, lists.lines),
        buildkitd_flags=item.get("buildkitd-flags", ""),
        platforms=_platforms(_listed(item.get("platforms", ""), number, lists.csv), number),
    )


def _is_node(item: Any) -> bool:
    """Whether an item has keys of a node, each with a text, or a list of them where there may be
    several."""
    return (
        isinstance(item, dict)
        and item.keys() <= _NODE_KEYS
        and all(isinstance(item.get(key, ""), str) for key in _NODE_WORDS)
        and all(map(is_texts, item.values()))
    )


def _listed(
    value: str | list[str], number: int, read: Callable[[str], Iterable[str]]
) -> tuple[str, ...]:
    """A YAML list, or a text in the syntax of the input of the same name."""
    if isinstance(value, list):
        return tuple(value)
    try:
        return tuple(read(value))
    except InvalidValue as cause:
        raise SettingsError(f"`append`, item {number}: {cause}") from cause


def _platforms(texts: tuple[str, ...], number: int) -> tuple[Platform, ...]:
    try:
        return tuple(map(Platform.asked, texts))
    except InvalidValue as cause:
        raise SettingsError(f"`append`, item {number}: {cause}") from cause


def _emulation(text: str) -> str:
    """``auto``, ``off``, or a reference that says itself that it is one, since its program is run
    with every right: with a registry, a tag or a digest. Raises SettingsError."""
    if text in (emulation.AUTO, emulation.OFF):
        return text
    try:
        found = Reference.parse(text)
    except InvalidValue as cause:
        raise _no_emulation(text) from cause
    host = text.partition("/")[0].lower()
    if not (found.tag or found.digest or found.repository.registry == host):
        raise _no_emulation(text)
    return text


def _no_emulation(text: str) -> SettingsError:
    word = typos.boolean(text) or text.lower()
    return SettingsError(
        f"`qemu` is {text!r}",
        why="it is `auto`, `off`, or an image with its registry, tag or digest, which is run with "
        "every right; the platforms are those of `platforms`",
        fix=f"qemu: {emulation.OFF if word == 'false' else emulation.AUTO}",
    )


def _check_driver(driver: str) -> None:
    if driver and driver not in builder.DRIVERS:
        raise SettingsError(
            f"`driver` is {driver!r}", why=f"it can be {', '.join(builder.DRIVERS)}"
        )
