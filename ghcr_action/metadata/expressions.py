"""``{{name}}`` and ``{{date 'FORMAT' tz='Zone'}}`` inside a text: the part of Handlebars that
tag rules use, without HTML escaping."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from ghcr_action.errors import InvalidValue
from ghcr_action.metadata import dates

DATES = frozenset({"date", "commit_date"})
GLOBAL = DATES | {"branch", "tag", "sha", "base_ref", "is_default_branch", "is_not_default_branch"}
SEMVER = frozenset({"raw", "version", "major", "minor", "patch", "prerelease", "build"})
PEP440 = frozenset({"raw", "version", "major", "minor", "patch"})

_OPEN = re.compile(r"(\\{0,2})(\{\{\{?)")
_STRING = r"'((?:\\'|[^'])*)'|\"((?:\\\"|[^\"])*)\""
_NAME = re.compile(r"\s*&?\s*([A-Za-z_][\w-]*)\s*", re.ASCII)
_ARGUMENT = re.compile(rf"(?:([A-Za-z_]\w*)=)?(?:{_STRING})\s*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One ``{{…}}``; ``format`` and ``zone`` count for dates only."""

    name: str
    format: str = ""
    zone: tzinfo = UTC


@dataclass(frozen=True, kw_only=True)
class Template:
    """A text with expressions in it."""

    text: str
    parts: tuple[str | Expression, ...]
    unknown: tuple[str, ...] = ()
    """Names that have no value here; they are not among the parts."""

    def expand(self, values: Mapping[str, str | datetime]) -> str:
        """The text with each expression replaced by its value."""
        return "".join(
            part if isinstance(part, str) else _value(part, values) for part in self.parts
        )

    @property
    def is_raw(self) -> bool:
        """Whether this is ``{{raw}}`` and nothing else, which keeps a pre-release as it is
        written."""
        return self.parts == (Expression(name="raw"),)

    @property
    def names(self) -> frozenset[str]:
        """The names used."""
        return frozenset(part.name for part in self.parts if isinstance(part, Expression))


def parse(text: str, known: frozenset[str]) -> Template:
    """Read a text in which these names have a value.

    Raises InvalidValue for an expression that never closes, a block, an argument to a name that
    takes none, and an unknown argument, zone or quote. A backslash before ``{{`` makes it text.
    """
    if "{{" not in text:
        return Template(text=text, parts=(text,))
    parts = _parts(text, known)
    unknown = [part for part in parts if isinstance(part, Expression) and part.name not in known]
    return Template(
        text=text,
        parts=tuple(part for part in parts if part not in unknown),
        unknown=tuple(dict.fromkeys(part.name for part in unknown)),
    )


def _parts(text: str, known: frozenset[str]) -> list[str | Expression]:
    parts: list[str | Expression] = []
    position = 0
    while found := _OPEN.search(text, position):
        slashes, opening = found.groups()
        parts.append(text[position : found.start()])
        if slashes == "\\":
            parts.append(opening)
            position = found.end()
            continue
        parts.append(slashes[:1])
        content, position = _content(text, found.end(), opening)
        parts.extend(() if content.startswith("!") else (_expression(content, known),))
    parts.append(text[position:])
    return [part for part in parts if part]


def _content(text: str, start: int, opening: str) -> tuple[str, int]:
    """What stands between the opening braces before ``start`` and as many closing ones, and the
    position behind those."""
    closing = "}" * len(opening)
    end = text.find(closing, start)
    if end < 0:
        raise InvalidValue(
            f"{opening + text[start:]!r} is opened and never closed; write {closing!r} behind it"
        )
    return text[start:end], end + len(closing)


def _expression(content: str, known: frozenset[str]) -> Expression:
    found = _NAME.match(content)
    if not found:
        raise InvalidValue(
            f"'{{{{{content}}}}}' is not an expression: write one of {_listed(known)}; "
            "blocks and paths are not supported"
        )
    name, arguments = found[1], _arguments(content, found.end())
    if name in DATES & known:
        return _date(name, arguments)
    if arguments:
        raise InvalidValue(
            f"'{{{{{content}}}}}': {name} takes no argument; known expressions are {_listed(known)}"
        )
    return Expression(name=name)


def _arguments(content: str, position: int) -> tuple[tuple[str, str], ...]:
    """Name and value of each argument; the name of a plain one is empty."""
    arguments: list[tuple[str, str]] = []
    while position < len(content):
        found = _ARGUMENT.match(content, position)
        if not found:
            raise InvalidValue(
                f"'{{{{{content}}}}}': {content[position:]!r} is not an argument; write "
                "text in quotes, like 'YYYYMMDD'"
            )
        single, double = found[2], found[3]
        arguments.append(
            (
                found[1] or "",
                double.replace('\\"', '"') if single is None else single.replace("\\'", "'"),
            )
        )
        position = found.end()
    return tuple(arguments)


def _date(name: str, arguments: tuple[tuple[str, str], ...]) -> Expression:
    formats = [value for key, value in arguments if not key]
    zones = [value for key, value in arguments if key == "tz"]
    if unknown := [key for key, _ in arguments if key not in ("", "tz")]:
        raise InvalidValue(f"{name} has no argument {unknown[0]!r}: only tz='Zone' is known")
    if len(formats) != 1:
        raise InvalidValue(f"{name} takes one format, for example {{{{{name} 'YYYYMMDD'}}}}")
    return Expression(name=name, format=formats[0], zone=dates.zone(zones[-1]) if zones else UTC)


def _value(expression: Expression, values: Mapping[str, str | datetime]) -> str:
    value = values.get(expression.name, "")
    return (
        value if isinstance(value, str) else dates.text(value, expression.format, expression.zone)
    )


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in sorted(names))
