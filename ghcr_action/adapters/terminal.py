"""A person at a terminal, or another CI system, behind the Runner port."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from ghcr_action.ports import Clock
from ghcr_action.values.reference import Digest
from ghcr_action.values.secret import Secret

_LEAST_WIDTH = 160
"""Columns, even of a narrower terminal: a reference that is cut or broken into lines can't be copied."""


class Terminal:
    """Messages and progress on standard error, so that standard output holds nothing but the outputs."""

    def __init__(self, clock: Clock, *, progress: TextIO | None = None, results: TextIO | None = None, as_json: bool = False) -> None:
        self._clock = clock
        self._progress = progress or sys.stderr
        self._results = results or sys.stdout
        self._as_json = as_json
        self._outputs: dict[str, str] = {}
        self._summary = ""

    def mask(self, secret: Secret) -> None:
        """Nothing reads this log but its owner; our own messages never hold secrets."""

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A heading, and how long what stands under it took."""
        started = self._clock.monotonic()
        self._line(f"▸ {title}")
        try:
            yield
        finally:
            self._line(f"  {self._clock.monotonic() - started:.1f} s")

    @contextmanager
    def fence(self) -> Iterator[Callable[[str], None]]:
        """Foreign output, set in by a margin and without control characters."""
        yield lambda line: self._line("  │ " + "".join(part for part in line if part.isprintable() or part == "\t"))

    def output(self, name: str, value: str) -> None:
        """Keep an output until ``finish`` prints all."""
        self._outputs[name] = value

    def export(self, name: str, value: str) -> None:
        """Later steps do not exist here."""

    def save(self, name: str, value: str) -> None:
        """A post step does not exist here."""

    def summary(self, markdown: str) -> None:
        """Keep the summary until ``finish``."""
        self._summary += markdown

    def artifact(self, name: str, digest: Digest) -> None:
        """Nobody keeps a list here."""

    def finish(self) -> None:
        """Print the summary to standard error and the outputs to standard output."""
        if self._summary:
            self._show(self._summary)
        if self._as_json:
            self._results.write(json.dumps(self._outputs, indent=2) + "\n")
        else:
            self._results.writelines(f"{name}={value}\n" for name, value in self._outputs.items() if value and "\n" not in value)
        self._results.flush()

    def _show(self, markdown: str) -> None:
        """The summary as a person reads it: folds and escapes of GitHub's pages mean nothing here."""
        from rich.console import Console
        from rich.markdown import Markdown

        text = re.sub(r"</?details>|<summary>.*?</summary>", "", markdown)
        width = max(_LEAST_WIDTH, Console(file=self._progress).width)
        Console(file=self._progress, highlight=False, width=width).print(Markdown(text))

    def _line(self, text: str) -> None:
        self._progress.write(f"{text}\n")
        self._progress.flush()
