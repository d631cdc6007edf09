"""What ``docker buildx bake --print`` says of a definition, as values.

The definition may be a stranger's: sizes, types and names are checked before anything else reads
them.

Source: https://docs.docker.com/reference/cli/docker/buildx/bake/#print. Up to buildx 0.18 outputs,
attestations, caches and secrets are texts, since then objects: both are read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ghcr_action.buildx.build_request import HOST_GATEWAY
from ghcr_action.buildx.options import Pairs
from ghcr_action.errors import ContentInvalid, InvalidValue
from ghcr_action.inputs import lists

MAX_BYTES = 8 << 20
"""Of the whole print."""
MAX_TARGETS = 500
MAX_ITEMS = 2000
"""Of one list or map of a target."""
MAX_TEXT = 256 << 10
"""Characters of one text; an inline Dockerfile may be long."""
DEFAULT = "default"
LINK = "target:"
"""How a named context says that it is another target."""
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_HALF = re.compile(r"[\ud800-\udfff\x00]")
"""Half a character, which JSON can spell and UTF-8 can't; and the character that no argument can
hold."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target as it will be solved: inherits, matrix and variables are resolved."""

    name: str
    context: str = "."
    contexts: Pairs = ()
    """Name and place: a path, an address, ``docker-image://…``, ``target:NAME``."""
    dockerfile: str = "Dockerfile"
    is_inline: bool = False
    """Whether the Dockerfile stands in the definition."""
    stage: str = ""
    """``target`` of the definition: the Dockerfile's stage."""
    args: Pairs = ()
    labels: Pairs = ()
    annotations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    outputs: tuple[Pairs, ...] = ()
    attests: tuple[Pairs, ...] = ()
    secrets: tuple[Pairs, ...] = ()
    ssh: tuple[Pairs, ...] = ()
    cache_from: tuple[Pairs, ...] = ()
    cache_to: tuple[Pairs, ...] = ()
    entitlements: tuple[str, ...] = ()
    extra_hosts: Pairs = ()
    network: str = ""
    document: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    """The target as it was printed, which reads back identically."""

    @property
    def links(self) -> tuple[str, ...]:
        """The targets that it builds on."""
        return tuple(
            place.removeprefix(LINK) for _, place in self.contexts if place.startswith(LINK)
        )


@dataclass(frozen=True, kw_only=True)
class Definition:
    """Every target that a build of the asked ones would solve."""

    targets: tuple[Target, ...]
    asked: tuple[str, ...]
    """Those that were asked for, groups expanded, each once."""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def linked(self) -> tuple[Target, ...]:
        """Those that are built only because others need them."""
        return tuple(target for target in self.targets if target.name not in self.asked)

    @property
    def has_host_gateway(self) -> bool:
        """Whether a host is to get the engine's own address."""
        return any(at == HOST_GATEWAY for each in self.targets for _, at in each.extra_hosts)

    def target(self, name: str) -> Target:
        """One target. Raises KeyError."""
        return {target.name: target for target in self.targets}[name]

    @property
    def wanted(self) -> tuple[Target, ...]:
        """Those that were asked for, in that order."""
        return tuple(map(self.target, self.asked))

    def needs(self, name: str) -> tuple[str, ...]:
        """A target with all that it builds on, itself first."""
        found: dict[str, None] = {}
        todo = [name]
        while todo:
            each = todo.pop(0)
            if each not in found:
                found[each] = None
                todo += self.target(each).links
        return tuple(found)


def parse(text: str) -> Definition:
    """The print read. Raises ContentInvalid for what is no print of bake, too large, or nested
    beyond what can be read."""
    document = _document(text)
    targets = {name: _target(name, item) for name, item in _named(document, "target")}
    groups = {name: _group(name, item) for name, item in _named(document, "group")}
    asked = tuple(dict.fromkeys(_expanded((DEFAULT,), groups, targets)))
    missing = [link for target in targets.values() for link in target.links if link not in targets]
    if missing:
        raise _invalid(f"target {missing[0]!r} is built on, and is not there")
    return Definition(targets=tuple(targets.values()), asked=asked, groups=tuple(groups.items()))


def _document(text: str) -> Mapping[str, Any]:
    if len(text) > MAX_BYTES:
        raise _invalid(f"it has more than {MAX_BYTES >> 20} MiB")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as cause:
        raise _invalid("it is no JSON") from cause
    if not isinstance(document, Mapping):
        raise _invalid("it is no object")
    return document


def _named(document: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The items of ``target`` or ``group`` with their names."""
    items = document.get(kind) or {}
    if not isinstance(items, Mapping) or len(items) > MAX_TARGETS:
        raise _invalid(f"{kind!r} is no object of at most {MAX_TARGETS} members")
    for name, item in items.items():
        if not _NAME.fullmatch(name) or not isinstance(item, Mapping):
            raise _invalid(f"{kind} {name[:40]!r} is none")
        yield name, item


def _group(name: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    return _texts(item, "targets", f"group {name!r}")


def _expanded(
    names: Iterable[str], groups: Mapping[str, tuple[str, ...]], targets: Mapping[str, Target]
) -> list[str]:
    """The targets behind these names, in order. A name of both a group and a target means the
    group, except inside this very group: so buildx prints a target that is called ``default``."""
    found: list[str] = []
    seen: set[str] = set()
    todo = [(name, "") for name in names]
    while todo:
        name, group = todo.pop(0)
        if name in groups and not (name == group and name in targets):
            todo[:0] = [(member, name) for member in groups[name]] if name not in seen else []
            seen.add(name)
        elif name in targets:
            found.append(name)
        else:
            raise _invalid(f"target {name[:40]!r} is asked for, and is not there")
    return found


def _target(name: str, item: Mapping[str, Any]) -> Target:
    where = f"target {name!r}"
    return Target(
        name=name,
        context=_text(item, "context", where) or ".",
        contexts=_map(item, "contexts", where),
        dockerfile=_text(item, "dockerfile", where) or "Dockerfile",
        is_inline=bool(_text(item, "dockerfile-inline", where)),
        stage=_text(item, "target", where),
        args=_map(item, "args", where),
        labels=_map(item, "labels", where),
        annotations=_texts(item, "annotations", where),
        tags=_texts(item, "tags", where),
        platforms=tuple(_divided(_texts(item, "platforms", where))),
        outputs=_records(item, "output", where),
        attests=_records(item, "attest", where),
        secrets=_records(item, "secret", where),
        ssh=_records(item, "ssh", where),
        cache_from=_records(item, "cache-from", where),
        cache_to=_records(item, "cache-to", where),
        entitlements=_texts(item, "entitlements", where),
        extra_hosts=_map(item, "extra-hosts", where),
        network=_text(item, "network", where),
        document=item,
    )


def _text(item: Mapping[str, Any], key: str, where: str) -> str:
    value = item.get(key)
    return "" if value is None else _checked(value, f"{key!r} of {where}")


def _checked(value: object, where: str) -> str:
    """A text; some versions of buildx print numbers and booleans as such."""
    text = json.dumps(value) if isinstance(value, bool | int | float) else value
    if not isinstance(text, str) or len(text) > MAX_TEXT or _HALF.search(text):
        raise _invalid(f"{where} is no text of at most {MAX_TEXT >> 10} KiB")
    return text


def _listed(item: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = item.get(key)
    found = [] if value is None else value
    if not isinstance(found, list) or len(found) > MAX_ITEMS:
        raise _invalid(f"{key!r} of {where} is no list of at most {MAX_ITEMS} items")
    return found


def _texts(item: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    return tuple(_checked(value, f"{key!r} of {where}") for value in _listed(item, key, where))


def _divided(texts: Iterable[str]) -> Iterator[str]:
    """Each platform: several in one text, as ``--set`` leaves them, are what buildx divides when it
    builds.

    Source: https://github.com/docker/buildx/blob/master/util/platformutil/parse.go.
    """
    for text in texts:
        yield from filter(None, map(str.strip, text.split(",")))


def _map(item: Mapping[str, Any], key: str, where: str) -> Pairs:
    value = item.get(key)
    found = {} if value is None else value
    if not isinstance(found, Mapping) or len(found) > MAX_ITEMS:
        raise _invalid(f"{key!r} of {where} is no object of at most {MAX_ITEMS} members")
    named = f"{key!r} of {where}"
    return tuple(
        (_checked(name, named), _checked(each, named))
        for name, each in found.items()
        if each is not None
    )


def _records(item: Mapping[str, Any], key: str, where: str) -> tuple[Pairs, ...]:
    """Values of buildx's flags: objects, or texts ``key=value,…``."""
    return tuple(_record(value, f"{key!r} of {where}") for value in _listed(item, key, where))


def _record(value: object, where: str) -> Pairs:
    if isinstance(value, Mapping):
        return _members(value, where)
    try:
        return lists.attributes(_checked(value, where))
    except InvalidValue as cause:
        raise _invalid(f"{where} can't be read: {cause}") from cause


def _members(value: Mapping[str, Any], where: str) -> Pairs:
    """An object's members; a list inside, as the paths of an SSH key, becomes one member each."""
    found: list[tuple[str, str]] = []
    for name, each in value.items():
        several = each if isinstance(each, list) else [each]
        found += [
            (_checked(name, where), _checked(one, where))
            for one in several[:MAX_ITEMS]
            if one is not None
        ]
    return tuple(found)


def _invalid(why: str) -> ContentInvalid:
    return ContentInvalid("What buildx prints of the definition can't be read", why=why)
