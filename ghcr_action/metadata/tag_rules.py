"""One line of the ``tags`` input: which kind of rule it is and what its attributes say.

Every mistake a line can hold is found here, before anything is computed.
Source: https://github.com/docker/metadata-action#tags-input.
"""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import lists
from ghcr_action.metadata import expressions, patterns
from ghcr_action.metadata.expressions import GLOBAL, PEP440, SEMVER, Template
from ghcr_action.metadata.patterns import Pattern
from ghcr_action.values import tag

DEFAULTS: Final = (
    "type=schedule",
    "type=ref,event=branch",
    "type=ref,event=tag",
    "type=ref,event=pr",
)

_PRIORITIES: Final = {
    "schedule": 1000,
    "semver": 900,
    "pep440": 900,
    "match": 800,
    "edge": 700,
    "ref": 600,
    "raw": 200,
    "sha": 100,
}
_COMMON: Final = ("type", "enable", "priority", "prefix", "suffix")
_OWN: Final = {
    "schedule": ("pattern",),
    "semver": ("pattern", "value", "match"),
    "pep440": ("pattern", "value", "match"),
    "match": ("pattern", "group", "value"),
    "edge": ("branch",),
    "ref": ("event",),
    "raw": ("value",),
    "sha": ("format",),
}
_KNOWN: Final = (*_COMMON, *dict.fromkeys(name for names in _OWN.values() for name in names))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The name of a scheduled run: ``pattern``, in which only dates are replaced."""

    pattern: Template


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version read from the Git tag or from ``value``, written by ``pattern``."""

    scheme: str
    """``semver`` or ``pep440``."""
    pattern: Template
    value: Template | None
    match: Pattern | None


@dataclass(frozen=True, kw_only=True)
class Match:
    """A group of a regular expression over the Git tag or ``value``."""

    pattern: Pattern
    group: int
    value: Template | None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """The tag ``edge``, for one branch: the named one, else the default branch."""

    branch: str


@dataclass(frozen=True, kw_only=True)
class Ref:
    """The name of the branch or tag, or the number of the pull request."""

    event: str


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A text."""

    value: Template


@dataclass(frozen=True, kw_only=True)
class Sha:
    """The commit, short or whole."""

    is_long: bool


Source = Schedule | Version | Match | Edge | Ref | Raw | Sha


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A line of the ``tags`` input; ``prefix`` and ``suffix`` are None where the flavor's count."""

    text: str
    source: Source
    priority: float
    enable: Template
    prefix: Template | None = None
    suffix: Template | None = None

    def templates(self) -> Iterator[Template]:
        """Every text of this rule in which expressions may stand."""
        own = (getattr(self.source, name, None) for name in ("pattern", "value"))
        return (
            found
            for found in (self.enable, self.prefix, self.suffix, *own)
            if isinstance(found, Template)
        )


def parse(items: Sequence[str]) -> tuple[tuple[Rule, ...], tuple[str, ...], tuple[str, ...]]:
    """Rules, problems and warnings of these lines. The rule with the highest priority comes first,
    equal ones keep their order; no line gives the default rules."""
    rules: list[Rule] = []
    problems: list[str] = []
    warnings: list[str] = []
    for item in itertools.chain.from_iterable(map(_bare, items or DEFAULTS)):
        try:
            rule, idle = _rule(item)
        except InvalidValue as error:
            problems.append(f"tags: {item!r}: {error}")
        else:
            warnings.extend(_rewritten(rule))
            rules.append(rule)
            warnings.extend(
                f"tags: {item!r}: {name!r} has no effect on this type of rule" for name in idle
            )
            warnings.extend(f"tags: {item!r}: {warning}" for warning in _unknown(rule))
    rules.sort(key=lambda rule: -rule.priority)
    return tuple(rules), tuple(problems), tuple(warnings)


def _bare(item: str) -> tuple[str, ...]:
    """``a, b`` as the two tags ``a`` and ``b``; any other line as it is. metadata-action would take
    ``b`` alone."""
    if "=" in item or '"' in item:
        return (item,)
    return tuple(part.strip() for part in item.split(",") if part.strip())


def _rewritten(rule: Rule) -> Iterator[str]:
    """The warning for a literal tag with characters that no tag may have: they are replaced."""
    if isinstance(rule.source, Raw) and not rule.source.value.names:
        written = rule.source.value.expand({})
        if written != tag.sanitised(written):
            yield (
                f"tags: {rule.text!r}: {written!r} becomes {tag.sanitised(written)!r}: a tag has "
                "letters, digits, '.', '_' and '-'"
            )


def _unknown(rule: Rule) -> Iterator[str]:
    names = (name for template in rule.templates() for name in template.unknown)
    return (
        f"{{{{{name}}}}} is not known here and expands to nothing" for name in dict.fromkeys(names)
    )


def _rule(item: str) -> tuple[Rule, tuple[str, ...]]:
    """The rule, and the names of attributes that have no effect on a rule of its type."""
    fields = [(key.lower() or "value", value) for key, value in lists.attributes(item)]
    given = dict(fields)
    if "=" not in item:
        _check_word(item)
    if sum(name == "value" for name, _ in fields) > 1:
        raise InvalidValue("it has several values: write each tag on a line of its own")
    kind = given.get("type", "raw")
    if kind not in _OWN:
        raise InvalidValue(f"type={kind!r} is unknown: {', '.join(_OWN)} are allowed")
    if unknown := [name for name in given if name not in _KNOWN]:
        raise InvalidValue(
            f"attribute {unknown[0]!r} is unknown: type={kind} takes "
            f"{', '.join((*_COMMON[1:], *_OWN[kind]))}"
        )
    rule = Rule(
        text=item,
        source=_source(kind, given),
        priority=_priority(given, kind),
        enable=_enable(given.get("enable", "true")),
        prefix=_template(given, "prefix"),
        suffix=_template(given, "suffix"),
    )
    if rule.prefix is None and (default := _default_prefix(rule.source)):
        rule = replace(rule, prefix=expressions.parse(default, GLOBAL))
    return rule, tuple(name for name in given if name not in (*_COMMON, *_OWN[kind]))


def _check_word(item: str) -> None:
    """Raise InvalidValue for a bare tag with a blank in it, which nobody means."""
    if any(map(re.compile(r"\s").search, _within("value", item, GLOBAL).literals)):
        lines = "\n".join(item.split())
        raise InvalidValue(
            f"a tag has no blank in it; write each tag on a line of its own:\n{lines}"
        )


def _default_prefix(source: Source) -> str:
    match source:
        case Ref(event="pr"):
            return "pr-"
        case Sha():
            return "sha-"
        case _:
            return ""


def _source(kind: str, given: Mapping[str, str]) -> Source:  # noqa: PLR0911 - one row for each type
    match kind:
        case "schedule":
            return Schedule(
                pattern=_within("pattern", given.get("pattern", "nightly"), expressions.DATES)
            )
        case "semver" | "pep440":
            return Version(
                scheme=kind,
                pattern=_within(
                    "pattern",
                    _required(given, "pattern", kind),
                    SEMVER if kind == "semver" else PEP440,
                ),
                value=_value(given),
                match=_version_match(given.get("match", "")),
            )
        case "match":
            return _match(given)
        case "edge":
            return Edge(branch=given.get("branch", ""))
        case "ref":
            return Ref(
                event=_one_of("event", _required(given, "event", kind), ("branch", "tag", "pr"))
            )
        case "raw":
            return Raw(value=_within("value", _required(given, "value", kind), GLOBAL))
        case _:
            return Sha(
                is_long=_one_of("format", given.get("format", "short"), ("short", "long")) == "long"
            )


def _match(given: Mapping[str, str]) -> Match:
    pattern = patterns.parse(_required(given, "pattern", "match"))
    group = given.get("group", "0") or "0"
    if not (group.isascii() and group.isdigit()):
        raise InvalidValue(
            f"group={group!r} is not a number: 0 is the whole match, 1 its first group"
        )
    _check_group(pattern, int(group))
    return Match(pattern=pattern, group=int(group), value=_value(given))


def _version_match(text: str) -> Pattern | None:
    """The pattern whose first group is the version."""
    if not text:
        return None
    pattern = patterns.parse(text, delimited=False)
    _check_group(pattern, 1)
    return pattern


def _check_group(pattern: Pattern, group: int) -> None:
    if pattern.groups is not None and group > pattern.groups:
        raise InvalidValue(
            f"pattern {pattern.text!r} has no group {group}, only {pattern.groups}: put "
            "what is wanted in parentheses, like 'v(.*)'"
        )


def _required(given: Mapping[str, str], name: str, kind: str) -> str:
    if name not in given:
        raise InvalidValue(f"attribute {name!r} is missing: type={kind} needs {name}=…")
    return given[name]


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidValue(f"{name}={value!r}: {', '.join(allowed)} are allowed")
    return value


def _priority(given: Mapping[str, str], kind: str) -> float:
    try:
        priority = float(given.get("priority", _PRIORITIES[kind]) or 0)
    except ValueError:
        priority = math.nan
    if math.isnan(priority):
        raise InvalidValue(
            f"priority={given['priority']!r} is not a number; {_PRIORITIES[kind]} is the "
            f"default of type={kind}"
        )
    return priority


def _enable(text: str) -> Template:
    template = _within("enable", text, GLOBAL)
    if not template.names:
        _one_of("enable", template.expand(MappingProxyType({})), ("true", "false"))
    return template


def _template(given: Mapping[str, str], name: str) -> Template | None:
    return _within(name, given[name], GLOBAL) if name in given else None


def _value(given: Mapping[str, str]) -> Template | None:
    """What is read in place of the Git tag; an empty one counts as not given."""
    return _template(given, "value") if given.get("value") else None


def _within(name: str, text: str, known: frozenset[str]) -> Template:
    try:
        return expressions.parse(text, known)
    except InvalidValue as error:
        raise InvalidValue(f"{name}: {error}") from None
