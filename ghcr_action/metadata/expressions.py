"""``{{name}}``, ``{{date 'FORMAT' tz='Zone'}}``, ``{{#if name}}`` and ``{{#unless name}}`` inside a
text: the part of Handlebars that tag rules use, without HTML escaping."""

import re
from collections.abc import Iterator, Mapping
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
_PATH = r"(?:this\.|\./|@root\.)?(?P<name>[A-Za-z_][\w-]*(?:[./][\w-]+)*)"
_NAME = rf"(?a)(?:\s*&)?\s*{_PATH}\s*"
_BLOCK = rf"(?a)\s*#\s*(?P<kind>if|unless)\s+{_PATH}\s*"
_CHAIN = rf"(?a)\s*else\s+(?P<kind>if|unless)\s+{_PATH}\s*"
_ELSE = r"\s*(?:else|\^)\s*"
_END = r"\s*(?:/|else\b|\^\s*\Z)"
_DEEPEST = 50
_NUMBERS = frozenset({"major", "minor", "patch"})
"""Values that are numbers in Handlebars, whose ``if`` takes zero for false."""
_ARGUMENT = re.compile(rf"(?:([A-Za-z_]\w*)=)?(?:{_STRING})\s*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One ``{{…}}``; ``format`` and ``zone`` count for dates only."""

    name: str
    format: str = ""
    zone: tzinfo = UTC


@dataclass(frozen=True, kw_only=True)
class Block:
    """``{{#if name}}…{{else}}…{{/if}}``; of ``{{#unless name}}`` the two branches are exchanged."""

    name: str
    then: "tuple[Part, ...]" = ()
    otherwise: "tuple[Part, ...]" = ()


Part = str | Expression | Block


@dataclass(frozen=True, kw_only=True)
class Template:
    """A text with expressions in it."""

    text: str
    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()
    """Names that this kind of rule has no value for; they expand to nothing."""

    def expand(self, values: Mapping[str, str | datetime]) -> str:
        """The text with each expression replaced by its value."""
        known = {name: value for name, value in values.items() if name not in self.unknown}
        return _expand(self.parts, known)

    @property
    def is_raw(self) -> bool:
        """Whether this is ``{{raw}}`` and nothing else, which keeps a pre-release as it is
        written."""
        return self.parts == (Expression(name="raw"),)

    @property
    def names(self) -> frozenset[str]:
        """The names used."""
        return frozenset(_names(self.parts)) - {*self.unknown}

    @property
    def literals(self) -> tuple[str, ...]:
        """What is written out, in blocks too."""
        return tuple(_literals(self.parts))


def parse(text: str, known: frozenset[str]) -> Template:
    """Read a text in which these names have a value.

    Raises InvalidValue for an expression or a block that never closes, a block of another kind, an
    argument to a name that takes none, and an unknown argument, zone or quote. A backslash before
    ``{{`` makes it text. A name or path that is unknown expands to nothing, as in Handlebars.
    """
    if "{{" not in text:
        return Template(text=text, parts=(text,))
    parts = _Blocks(_tokens(text), known).read()
    unknown = tuple(name for name in dict.fromkeys(_names(parts)) if name not in known)
    return Template(text=text, parts=parts, unknown=unknown)


def _expand(parts: tuple[Part, ...], values: Mapping[str, str | datetime]) -> str:
    return "".join(part if isinstance(part, str) else _value(part, values) for part in parts)


def _names(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, str):
            yield part.name
        if isinstance(part, Block):
            yield from _names((*part.then, *part.otherwise))


def _literals(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Block):
            yield from _literals((*part.then, *part.otherwise))


@dataclass(frozen=True, kw_only=True)
class _Tag:
    """What stands between the braces."""

    content: str

    def __str__(self) -> str:
        return f"{{{{{self.content}}}}}"


def _tokens(text: str) -> list[str | _Tag]:
    """Texts and tags, in order. The blanks that ``{{~`` and ``~}}`` strip are gone already."""
    tokens: list[str | _Tag] = []
    position, is_trimmed = 0, False

    def literal(part: str) -> str:
        return part.lstrip() if is_trimmed else part

    while found := _OPEN.search(text, position):
        slashes, opening = found.groups()
        before = literal(text[position : found.start()])
        if slashes == "\\":
            tokens += [before, opening]
            position, is_trimmed = found.end(), False
            continue
        content, position = _content(text, found.end(), opening)
        before += slashes[:1]
        tokens.append(before.rstrip() if content.startswith("~") else before)
        is_trimmed = content.endswith("~")
        tokens.append(_Tag(content=content.removeprefix("~").removesuffix("~")))
    return [*tokens, literal(text[position:])]


class _Blocks:
    """Makes parts of tokens, blocks inside blocks."""

    def __init__(self, tokens: list[str | _Tag], known: frozenset[str]) -> None:
        self._tokens = iter(tokens)
        self._known = known
        self._depth = 0

    def read(self) -> tuple[Part, ...]:
        """Every part. Raises InvalidValue for ``{{else}}`` or ``{{/…}}`` where no block is open."""
        parts, end = self._until_end()
        if end is not None:
            raise InvalidValue(f"'{end}' ends no block that is open")
        return parts

    def _until_end(self) -> tuple[tuple[Part, ...], _Tag | None]:
        """The parts before ``{{else}}``, ``{{/…}}`` or the end of the text, and which it was."""
        parts: list[Part] = []
        for token in self._tokens:
            if isinstance(token, str):
                parts.append(token)
            elif re.match(_END, token.content):
                return tuple(filter(None, parts)), token
            elif opened := re.fullmatch(_BLOCK, token.content):
                parts.append(self._block(opened["kind"], opened["name"], token))
            elif not token.content.startswith("!"):
                parts.append(_expression(token.content, self._known))
        return tuple(filter(None, parts)), None

    def _block(self, kind: str, name: str, opened: _Tag, *, closing: str = "") -> Block:
        """The block behind an opening tag. ``{{else if}}`` opens one inside the ``else``; both end
        with the same ``{{/…}}``, which names ``closing``."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise InvalidValue(f"'{opened}': more than {_DEEPEST} blocks in each other")
        closing = closing or kind
        then, end = self._until_end()
        otherwise: tuple[Part, ...] = ()
        if end and (chained := re.fullmatch(_CHAIN, end.content)):
            otherwise = (self._block(chained["kind"], chained["name"], end, closing=closing),)
        else:
            if end and re.fullmatch(_ELSE, end.content):
                otherwise, end = self._until_end()
            _check_end(end, opened, closing)
        self._depth -= 1
        return _inverted(kind, name, then, otherwise)


def _check_end(end: _Tag | None, opened: _Tag, closing: str) -> None:
    if end is None:
        raise InvalidValue(
            f"'{opened}' is opened and never closed; write '{{{{/{closing}}}}}' behind it"
        )
    if end.content.strip("/ \t\r\n") != closing:
        raise InvalidValue(f"'{end}' does not end '{opened}'")


def _inverted(kind: str, name: str, then: tuple[Part, ...], otherwise: tuple[Part, ...]) -> Block:
    if kind == "unless":
        then, otherwise = otherwise, then
    return Block(name=name, then=then, otherwise=otherwise)


def _content(text: str, start: int, opening: str) -> tuple[str, int]:
    """The text from ``start`` to the closing braces, as many as in ``opening``, and the position
    behind them."""
    closing = "}" * len(opening)
    end = text.find(closing, start)
    if end < 0:
        raise InvalidValue(
            f"{opening + text[start:]!r} is opened and never closed; write {closing!r} behind it"
        )
    return text[start:end], end + len(closing)


def _expression(content: str, known: frozenset[str]) -> Expression:
    found = re.match(_NAME, content)
    if not found:
        raise InvalidValue(
            f"'{{{{{content}}}}}' is not an expression: write one of {_listed(known)}, "
            "or {{#if …}} and {{#unless …}} with one; \\{{ writes the braces themselves"
        )
    name, arguments = found["name"], _arguments(content, found.end())
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


def _value(part: Expression | Block, values: Mapping[str, str | datetime]) -> str:
    value = values.get(part.name, "")
    if isinstance(part, Block):
        is_met = bool(value) and value != "false" and not (part.name in _NUMBERS and value == "0")
        return _expand(part.then if is_met else part.otherwise, values)
    return value if isinstance(value, str) else dates.text(value, part.format, part.zone)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in sorted(names))
