"""Reads texts by their row in the table of inputs, and keeps every problem for the end."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from ghcr_action import inputs, lists
from ghcr_action.errors import ActionError, InvalidValue, SettingsError
from ghcr_action.inputs import Kind
from ghcr_action.settings import typos
from ghcr_action.values.secret import Secret

T = TypeVar("T")
_LISTS = (Kind.LIST, Kind.CSV, Kind.RAW_LIST)
_SHOWN = 5
"""Items of a list that an error repeats."""
_EMPTY_FIELD = re.compile(r"(?:^|,)\s*,")


class Reader:
    """The inputs of one run; what can't be read becomes a problem and a value that stands in for it
    until ``finish``."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._problems: list[ActionError] = []
        self._given = given
        if mended := dict(self._mended(given)):
            self._given = {**given, **mended}

    def _mended(self, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Lists that are written as YAML ones: a problem each, and their items to read on with, so
        that nothing else is found in them."""
        for name, text in given.items():
            items = (
                typos.yaml_items(text)
                if name in inputs.NAMES and inputs.BY_NAME[name].kind in _LISTS
                else ()
            )
            if items:
                listed = (
                    ("id=value",)
                    if name == "secrets"
                    else (*items[:_SHOWN], *("…" for _ in items[_SHOWN : _SHOWN + 1]))
                )
                fix = "\n".join((f"{name}: |", *(f"  {item}" for item in listed)))
                self._problems.append(
                    SettingsError(
                        f"`{name}` is a YAML list",
                        why="an input is text: one item a line, without dash",
                        fix=fix,
                    )
                )
                yield name, "\n".join(items)

    def text(self, name: str) -> str:
        """As given, trimmed; the default of the table where nothing is given, unless that is an
        expression of the runner."""
        default = inputs.BY_NAME[name].default
        return self._given.get(name, "").strip() or ("" if "${{" in default else default)

    def raw(self, name: str) -> str:
        """As given, blanks and all."""
        return self._given.get(name, "")

    def secret(self, name: str) -> Secret:
        """A text nobody may print."""
        return Secret(self.text(name))

    def boolean(self, name: str) -> bool:
        """A YAML 1.2 core boolean."""
        try:
            return lists.boolean(self.text(name))
        except InvalidValue as cause:
            meant = typos.boolean(self.text(name))
            self._problems.append(
                SettingsError(f"`{name}`: {cause}", fix=f"{name}: {meant}" * bool(meant))
            )
            return False

    def optional_boolean(self, name: str) -> bool | None:
        """A boolean, or None where nothing is given."""
        return self.boolean(name) if self.text(name) else None

    def items(self, name: str) -> tuple[str, ...]:
        """A list, by the kind of its row."""
        read = {Kind.CSV: _csv, Kind.LIST: _lines, Kind.RAW_LIST: _unquoted}[
            inputs.BY_NAME[name].kind
        ]
        return self.part((), lambda: _named(name, lambda: read(self.text(name) or self.raw(name))))

    def choice(self, name: str, allowed: tuple[T, ...]) -> T:
        """One of a few words; the first stands in for a word that is none of them."""
        text = self.text(name)
        found = next((word for word in allowed if str(word) == text), None)
        if found is None:
            words = ", ".join(f"`{word}`" for word in allowed)
            fix = f"{name}: {typos.word(text, map(str, allowed))}"
            self._problems.append(
                SettingsError(f"`{name}` is {text!r}", why=f"it can be {words}", fix=fix)
            )
        return found or allowed[0]

    def number(self, name: str, least: int = 0) -> int:
        """A whole number."""
        text = self.text(name)
        if text.isdecimal() and int(text) >= least:
            return int(text)
        self._problems.append(
            SettingsError(f"`{name}` is {text!r}", why=f"it is a whole number, at least {least}")
        )
        return least

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
            listed = (f"{number}. {problem}" for number, problem in enumerate(self._problems, 1))
            raise SettingsError(f"{len(self._problems)} inputs are wrong", why="\n\n".join(listed))

    def unknown(self) -> tuple[str, ...]:
        """A sentence for each input that does not exist, with the nearest that does."""
        names = sorted(
            name for name, value in self._given.items() if name not in inputs.NAMES and value
        )
        return tuple(
            f"There is no input `{name}`; it is ignored.{_nearest(name)}" for name in names
        )


def _named(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause


def _csv(text: str) -> tuple[str, ...]:
    """Items between commas and line ends. A comma at the end of a line is common and harmless;
    nothing before one is a slip."""
    for number, line in enumerate(text.splitlines(), 1):
        if _EMPTY_FIELD.search(line):
            raise InvalidValue(
                f"line {number}: an empty item before a comma; is a variable of the workflow empty?"
            )
    return lists.csv(text)


def _lines(text: str) -> tuple[str, ...]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() == '""':
            raise InvalidValue(
                f"line {number}: an empty item in quotes; is a variable of the workflow empty?"
            )
    return lists.lines(text)


def _unquoted(text: str) -> tuple[str, ...]:
    return lists.lines(text, quotes=False)


def _nearest(name: str) -> str:
    near = typos.name(name, inputs.NAMES)
    return f" Did you mean `{near}`?" if near else ""
