"""A person at a terminal, or another CI system, behind the Runner port."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from ghcr_action.cli import results
from ghcr_action.cli.screen import Screen
from ghcr_action.diagnosis import cleaning
from ghcr_action.ports import Clock
from ghcr_action.values.reference import Digest
from ghcr_action.values.secret import Secret
from ghcr_action.values.summary import Summary

_RULE, _MARK, _RESET = "─", "! ", "\x1b[0m"
_NOTICED = 0.1
"""Seconds; what took less has no time."""


class Terminal:
    """Messages and progress on standard error, so that standard output holds nothing but the
    outputs."""

    def __init__(
        self,
        clock: Clock,
        *,
        progress: TextIO | Screen | None = None,
        results: TextIO | None = None,
        as_json: bool = False,
        may_colour: bool = True,
        result: tuple[str, ...] = (),
        wanted: str = "",
        is_quiet: bool = False,
    ) -> None:
        self._clock = clock
        self._progress = progress or sys.stderr
        self._results = results or sys.stdout
        self._as_json = as_json
        self._result = result
        self._wanted = wanted
        self._is_quiet = is_quiet
        self._has_colours = may_colour and self._progress.isatty()
        self._outputs: dict[str, str] = {}
        self._summary = ""

    def mask(self, secret: Secret) -> None:
        """Nothing reads this log but its owner; our own messages never hold secrets."""

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A heading, and how long what stands under it took."""
        started = self._clock.monotonic()
        if self._is_quiet:
            yield
            return
        self._line(f"▸ {cleaning.one_line(title)}")
        try:
            yield
        finally:
            took = self._clock.monotonic() - started
            if took >= _NOTICED:
                self._line(f"  {took:.1f} s")

    @contextmanager
    def fence(self) -> Iterator[Callable[[str], None]]:
        """Foreign output, set in by a margin and without control characters."""
        yield lambda line: self._line(f"  │ {cleaning.one_line(line)}")

    def output(self, name: str, value: str) -> None:
        """Keep an output until ``finish`` prints all."""
        self._outputs[name] = value

    def export(self, name: str, value: str) -> None:
        """Later steps do not exist here."""

    def save(self, name: str, value: str) -> None:
        """A post step does not exist here."""

    def summary(self, summary: Summary) -> None:
        """Keep the summary until ``finish``."""
        self._summary += summary.plain

    def artifact(self, name: str, digest: Digest) -> None:
        """Nobody keeps a list here."""

    def finish(self) -> None:
        """Print the summary to standard error, and to standard output what was asked for: every
        output as JSON, one of them, or what a person came for."""
        if self._summary and not self._wanted:
            self._show(f"{cleaning.clean(self._summary).rstrip()}\n\n")
        if self._as_json:
            self._results.write(f"{json.dumps(results.document(self._outputs), indent=2)}\n")
        elif self._wanted:
            self._results.write(f"{cleaning.clean(self._outputs.get(self._wanted, ''))}\n")
        elif found := next(filter(None, map(self._outputs.get, self._result)), ""):
            self._results.write(f"{cleaning.clean(found)}\n")
        self._results.flush()

    def _show(self, plain: str) -> None:
        """The summary, headings and warnings in colour where somebody looks at a terminal."""
        lines = plain.splitlines()
        for line, below in zip(lines, (*lines[1:], ""), strict=True):
            self._line(
                f"{_style(line, below)}{line}{_RESET}"
                if self._has_colours and _style(line, below)
                else line
            )

    def _line(self, text: str) -> None:
        self._progress.write(f"{text}\n")
        self._progress.flush()


def _style(line: str, below: str) -> str:
    """Bold for a heading, which has a rule below it, and yellow for what is marked."""
    if below.startswith(_RULE):
        return "\x1b[1m"
    return "\x1b[33m" if line.startswith(_MARK) else ""
