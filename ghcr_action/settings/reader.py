"""Reads texts by their row in the table of inputs, and keeps every problem for the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ghcr_action import inputs
from ghcr_action.errors import ActionError, InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.inputs.row import LISTS, Group, Kind
from ghcr_action.settings import typos
from ghcr_action.values.secret import Secret

if TYPE_CHECKING:
    from ghcr_action.values.platform import Platform

T = TypeVar("T")
_NOT_SHOWN = {"secrets": "id=value", "build-args": "NAME=value", "secret-envs": "id=NAME"}
"""Lists whose items may be secrets, and what such an item looks like."""
_SHOWN = 5
"""Items of a list that an error repeats."""


class Reader:
    """The inputs of one run; what can't be read becomes a problem and a value that stands in for it
    until ``finish``."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.choices: dict[str, tuple[str, ...]] = {}
        """The words that an input can be, of those that were read as one of a few."""
        self._asked: set[str] = {"mode"}
        self._problems: list[ActionError] = []
        self._warnings: dict[str, None] = {}
        self._given = given
        if mended := dict(self._mended(given)):
            self._given = {**given, **mended}

    def _mended(self, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Lists that are written as YAML ones: a problem each, and their items to read on with, so
        that nothing else is found in them."""
        for name, text in given.items():
            items = (
                typos.yaml_items(text)
                if name in inputs.NAMES and inputs.BY_NAME[name].kind in LISTS
                else ()
            )
            if items:
                listed = (
                    (_NOT_SHOWN[name],)
                    if name in _NOT_SHOWN
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
        self._asked.add(name)
        default = inputs.BY_NAME[name].default
        return self._given.get(name, "").strip() or ("" if "${{" in default else default)

    def raw(self, name: str) -> str:
        """As given, blanks and all."""
        self._asked.add(name)
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
            fix = f"{name}: {meant}" if meant else ""
            self._problems.append(SettingsError(f"`{name}`: {cause}", fix=fix))
            return False

    def optional_boolean(self, name: str) -> bool | None:
        """A boolean, or None where nothing is given."""
        return self.boolean(name) if self.text(name) else None

    def items(self, name: str) -> tuple[str, ...]:
        """A list, by the kind of its row."""
        read, text = _READ[inputs.BY_NAME[name].kind], self.text(name)
        self._tell_empty(name, text)
        return self.part((), lambda: _named(name, lambda: read(text)))

    def platforms(self, name: str = "platforms") -> tuple[Platform, ...]:
        """A list of platforms, each once; a problem for each that does not exist."""
        return tuple(
            dict.fromkeys(
                found
                for text in self.items(name)
                if (found := self.part(None, partial(_platform, name, text)))
            )
        )

    def _tell_empty(self, name: str, text: str) -> None:
        """An empty item: the docker actions pass over it, and so may a build. It is a problem where
        a name or a rule of the clean-up would silently be missing."""
        for number in _empty_lines(name, text):
            what, why = f"`{name}`: line {number}: an empty item", "is a variable empty?"
            if inputs.BY_NAME[name].group is Group.BUILD:
                self.warn(f"{what} is left out; {why}")
            else:
                self._problems.append(SettingsError(what, why=why))

    def choice(self, name: str, allowed: tuple[T, ...]) -> T:
        """One of a few words; the first stands in for a word that is none of them."""
        self.choices[name] = tuple(map(str, allowed))
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

    @contextmanager
    def about(self, what: str) -> Iterator[None]:
        """What the context reads belongs to an item: its problems are told of that item, and those
        that are known already are not told again."""
        count, known = len(self._problems), {each.what for each in self._problems}
        yield
        self._problems[count:] = [
            each.but(what=f"{what}: {each.what}")
            for each in self._problems[count:]
            if each.what not in known
        ]

    def warn(self, *sentences: str) -> None:
        """Keep what the user should know, and what does not stop the run."""
        self._warnings.update(dict.fromkeys(sentences))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was kept by ``warn``, each once."""
        return tuple(self._warnings)

    def finish(self) -> None:
        """Raise what was found, all of it, each once: an input may be read for several things."""
        problems = {str(each): each for each in self._problems}
        if len(problems) == 1:
            raise next(iter(problems.values()))
        if problems:
            listed = (f"{number}. {problem}" for number, problem in enumerate(problems, 1))
            raise SettingsError(f"{len(problems)} inputs are wrong", why="\n\n".join(listed))

    def is_given(self, name: str) -> bool:
        """Whether it has another value than by default."""
        text = self._given.get(name, "").strip()
        return bool(text) and not inputs.is_default(name, text)

    def check_names(
        self, mode: str, *, is_writing: bool, words: Mapping[str, str] | None = None
    ) -> None:
        """Whether every input that is given means something, once the mode has read its own.

        One of another mode is a problem; one that does not exist is one where another has nearly
        its name, or where the mode moves or deletes names, else a warning. ``words`` says what to
        write in the place of some.
        """
        from ghcr_action.settings import reads

        for name in sorted(self._given):
            if not self._given[name].strip():
                continue
            word = (words or {}).get(name, "") if name not in self._asked else ""
            if word and name not in inputs.NAMES:
                what = f"There is no input `{name}`"
                self._problems.append(SettingsError(what, fix=f"Write {word}."))
            elif name not in inputs.NAMES:
                self._unknown(name, is_writing=is_writing)
            elif name not in self._asked and not inputs.is_default(name, self._given[name]):
                self.part(None, partial(reads.refuse_foreign, name, mode, word))

    def _unknown(self, name: str, *, is_writing: bool) -> None:
        sentence, near = f"There is no input `{name}`", typos.name(name, inputs.NAMES)
        if near or is_writing:
            fix = f"{near}: …" if near else f"Remove `{name}`."
            self._problems.append(SettingsError(f"{sentence}{_meant(near)}", fix=fix))
        else:
            self.warn(f"{sentence}; it is ignored.")


def _meant(near: str) -> str:
    return f"; did you mean `{near}`?" if near else ""


def _platform(name: str, text: str) -> Platform | None:
    from ghcr_action.values.platform import Platform

    return _named(name, lambda: Platform.asked(text))


def _named(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except InvalidValue as cause:
        raise SettingsError(f"`{name}`: {cause}") from cause


_READ: Mapping[Kind, Callable[[str], tuple[str, ...]]] = {
    Kind.CSV: partial(lists.csv, comments=True),
    Kind.LIST: partial(lists.lines, comments=True),
    Kind.RAW_LIST: partial(lists.lines, comments=True, quotes=False),
}
_EMPTY = {Kind.CSV: re.compile(r"(?:^|,)\s*,"), Kind.LIST: re.compile(r'\A\s*""\s*\Z')}
"""What an empty item looks like. A comma at the end of a line is common and harmless."""


def _empty_lines(name: str, text: str) -> Iterator[int]:
    """The numbers of the lines with an item that is empty."""
    pattern = _EMPTY.get(inputs.BY_NAME[name].kind)
    for number, line in enumerate(text.splitlines(), 1):
        if pattern and not line.startswith("#") and pattern.search(line):
            yield number
