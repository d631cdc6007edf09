"""How a text input becomes a list, a boolean or attributes: the syntax that the docker actions
share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from ghcr_action.values.invalid import InvalidValue

QUOTE = '"'
BREAKS = ("\r\n", "\n", "\r")
_FIELD = re.compile(r"[^,\r\n]*")
_LINE = re.compile(r"[^\r\n]*")
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_GO_BOOLEANS = _BOOLEANS | {"1": True, "t": True, "T": True, "0": False, "f": False, "F": False}


def lines(
    text: str,
    *,
    quotes: bool = True,
    trim: bool = True,
    comments: bool = False,
    requote: bool = False,
) -> tuple[str, ...]:
    """One item for each record; a comma belongs to its item.

    ``quotes=False`` reads double quotes as data, ``trim=False`` keeps blanks around an item,
    ``comments=True`` skips records with ``#`` in their first column. A quoted field behind a comma
    loses its quotes, unless ``requote`` writes those again that ``attributes`` needs. Records of
    blanks only are dropped. Raises InvalidValue for a quote that never closes.
    """
    items = (
        _joined(fields, requote=requote)
        for fields in _records(text, quotes=quotes, comments=comments)
    )
    return _items(items, trim=trim)


def csv(text: str, *, comments: bool = False) -> tuple[str, ...]:
    """One item for each field: commas and line ends separate. Raises InvalidValue for a quote that
    never closes.

    A record that is one quoted field is split on its commas all the same, as the docker actions do.
    """
    items: list[str] = []
    for fields in _records(text, quotes=True, comments=comments):
        items.extend(fields[0].split(",") if len(fields) == 1 else fields)
    return _items(items, trim=True)


def boolean(text: str) -> bool:
    """The YAML 1.2 core words, as the runner reads booleans; blanks around them do not count.
    Raises InvalidValue.

    Source: https://yaml.org/spec/1.2.2/#1032-tag-resolution.
    """
    return _word(text, _BOOLEANS)


def go_boolean(text: str) -> bool:
    """The words of Go's ``strconv.ParseBool``, which the environment switches follow. Raises
    InvalidValue.

    Source: https://pkg.go.dev/strconv#ParseBool.
    """
    return _word(text, _GO_BOOLEANS)


def attributes(item: str) -> tuple[tuple[str, str], ...]:
    """The ``key=value`` fields inside one item, split at the first ``=``; a field without a key is
    ``("", field)``.

    Strict CSV (RFC 4180): a value with a comma needs the whole field in double quotes, inner quotes
    doubled. Raises InvalidValue for a quote inside a field, text after a closing quote, or a quote
    that never closes.
    """
    cursor = _Cursor(item, quotes=True, strict=True)
    fields: list[str] = []
    while True:
        fields.append(cursor.field())
        if cursor.record_is_over():
            break
    if item[cursor.position :].strip():
        raise InvalidValue(
            f"line {cursor.line}: attributes stand on one line; put a field with a line "
            "break in double quotes"
        )
    return tuple(_pair(field.strip()) for field in fields if field.strip())


def _joined(fields: list["_Field"], *, requote: bool) -> str:
    if len(fields) == 1 or not requote:
        return ",".join(fields)
    return ",".join(field.quoted() if field.was_quoted else field for field in fields)


def _pair(field: str) -> tuple[str, str]:
    key, separator, value = field.partition("=")
    return (key.strip(), value.strip()) if separator and key else ("", field)


def _word(text: str, words: dict[str, bool]) -> bool:
    try:
        return words[text.strip()]
    except KeyError:
        raise InvalidValue(
            f"{text.strip()!r} is not a boolean: write one of {', '.join(words)}"
        ) from None


def _items(items: Iterator[str] | list[str], *, trim: bool) -> tuple[str, ...]:
    return tuple(item.strip() if trim else item for item in items if item.strip())


def _records(text: str, *, quotes: bool, comments: bool) -> Iterator[list["_Field"]]:
    """Every record's fields."""
    cursor = _Cursor(text, quotes=quotes)
    while cursor.position < len(text):
        if comments and text.startswith("#", cursor.position):
            cursor.skip_line()
            continue
        fields = [cursor.field()]
        while not cursor.record_is_over():
            fields.append(cursor.field())
        yield fields


class _Field(str):
    """A field's content, and whether it stood in quotes."""

    __slots__ = ("was_quoted",)
    was_quoted: bool

    def __new__(cls, content: str, *, was_quoted: bool = False) -> Self:
        field = super().__new__(cls, content)
        field.was_quoted = was_quoted
        return field

    def quoted(self) -> str:
        """The content in quotes, where a comma, a quote or a line end in it needs them."""
        return f'"{self.replace(QUOTE, 2 * QUOTE)}"' if re.search(r'[,"\r\n]', self) else self


@dataclass
class _Cursor:
    """A place in a CSV text."""

    text: str
    quotes: bool
    strict: bool = False
    position: int = 0
    line: int = 1

    def field(self) -> _Field:
        """Read one field and stop before what ends it."""
        start = self.position
        if not (self.quotes and self.text.startswith(QUOTE, start)):
            return _Field(self._plain())
        content = self._quoted()
        if (
            not self._break()
            and not self.text.startswith(",", self.position)
            and self.position < len(self.text)
        ):
            if self.strict:
                raise InvalidValue(
                    f"line {self.line}: text after a closing quote; put the whole field "
                    "in double quotes"
                )
            return _Field(f"{QUOTE}{content}{QUOTE}{self._plain()}")
        return _Field(content, was_quoted=True)

    def record_is_over(self) -> bool:
        """Step over what ends a field: False for a comma, True for a line end or the end of the
        text."""
        if self.text.startswith(",", self.position):
            self.position += 1
            return False
        ending = self._break()
        self.position += len(ending)
        self.line += bool(ending)
        return True

    def skip_line(self) -> None:
        """Step to the start of the next line."""
        self._span(_LINE)
        self.record_is_over()

    def _break(self) -> str:
        return next(
            (ending for ending in BREAKS if self.text.startswith(ending, self.position)), ""
        )

    def _span(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.position)
        content = found[0] if found else ""
        self.position += len(content)
        return content

    def _plain(self) -> str:
        content = self._span(_FIELD)
        if self.strict and QUOTE in content:
            raise InvalidValue(
                f"line {self.line}: a quote inside a field; put the whole field in double "
                'quotes: "key=value"'
            )
        return content

    def _quoted(self) -> str:
        """The content of a quoted field, doubled quotes made single; ``position`` ends behind the
        closing quote."""
        opened = self.line
        parts: list[str] = []
        self.position += 1
        while (end := self.text.find(QUOTE, self.position)) >= 0:
            part = self.text[self.position : end]
            parts.append(part)
            self.line += sum(part.count(ending) for ending in "\n\r") - part.count("\r\n")
            self.position = end + 1
            if not self.text.startswith(QUOTE, self.position):
                return "".join(parts)
            parts.append(QUOTE)
            self.position += 1
        raise InvalidValue(
            f"line {opened}: a quote is opened and never closed; close it, or write it "
            "doubled inside a quoted field"
        )
