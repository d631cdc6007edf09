"""Standard output and error as people have them: whole lines, room for a picture below them, and
readers that go away."""

import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ghcr_action.cli import flags
from ghcr_action.diagnosis import cleaning
from ghcr_action.errors import ActionError

Printer = Callable[[str], object]
_COLOURS = {logging.ERROR: "\x1b[1;31m", logging.WARNING: "\x1b[33m"}
_PLAIN = "\x1b[0m"


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether the terminal says that it can't move its cursor, or does not say what it is."""
    return environ.get("TERM", "") in ("", "dumb")


def may_colour(environ: Mapping[str, str]) -> bool:
    """Whether colours are welcome: https://no-color.org forbids them by any text but the empty
    one."""
    return not environ.get("NO_COLOR") and not is_dumb(environ)


def keep_open() -> None:
    """Open what the shell has closed (``>&-``), to nowhere: else the first file of the run would
    stand in its place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, mode))


@contextmanager
def outlet(stream: TextIO, code: int) -> Iterator[None]:
    """Write to a stream whose reader may stop at any line: then the process ends with ``code``, as
    if all had been read.

    A character that the stream's encoding lacks is escaped. A full disk is an error: exit status 1.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            stream.flush()
    except OSError as cause:
        _forget(stream)
        if isinstance(cause, BrokenPipeError):
            raise SystemExit(code) from None
        sys.stderr.write(f"ghcr-action: the outputs can't be written: {cause.strerror}\n")
        raise SystemExit(code or 1) from None


def _forget(stream: TextIO) -> None:
    """What the stream still holds goes nowhere, or Python would fail with it when it ends."""
    with suppress(OSError), Path(os.devnull).open("w") as nowhere:  # a stream may have no file
        os.dup2(nowhere.fileno(), stream.fileno())


LONGEST, SHOWN = 400, 160
"""Characters of a line that stands whole, and of one that is cut."""


class LineFormatter(logging.Formatter):
    """Information as it is, but for lines that nobody reads to their end; all else with its level
    in front. What a registry or a Dockerfile says moves no cursor."""

    def __init__(self, *, has_colours: bool = False) -> None:
        super().__init__()
        self._has_colours = has_colours

    def format(self, record: logging.LogRecord) -> str:
        """One record as lines; an error of ours says what is typed to mend it."""
        error = getattr(record, "error", None)
        text = told(error) if isinstance(error, ActionError) else super().format(record)
        plain = cleaning.clean(text)
        if record.levelno <= logging.INFO:
            return "\n".join(map(_short, plain.split("\n")))
        level = f"{record.levelname}:"
        colour = _COLOURS.get(record.levelno, "") if self._has_colours else ""
        return f"{colour}{level}{_PLAIN} {plain}" if colour else f"{level} {plain}"


def _short(line: str) -> str:
    """The beginning of a line that is too long, and where all of it is."""
    return line if len(line) <= LONGEST else f"{line[:SHOWN]} … (--print plan has all of it)"


def told(error: ActionError) -> str:
    """An error with flags in place of inputs, one paragraph for each part that is known."""
    fix = flags.fix(error.fix)
    parts = (
        flags.sentence(error.what),
        error.why and f"Why: {flags.sentence(error.why)}",
        error.writes and f"Names: {error.writes}",
        fix and f"Fix: {fix}",
        error.docs,
    )
    return "\n".join(part for part in parts if part)


class Patient(io.TextIOBase):
    """A stream for messages, whose reader may go away: that is no reason to stop a run."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._is_gone = False

    @property
    def encoding(self) -> str:  # type: ignore[override]  # rich asks it which characters a bar may have
        """How characters are written."""
        return self._stream.encoding

    def write(self, text: str) -> int:
        """The text, at once, unless nobody is there any more."""
        if not self._is_gone:
            try:
                self._stream.write(text)
                self._stream.flush()
            except OSError:
                self._is_gone = True
                _forget(self._stream)
        return len(text)

    def isatty(self) -> bool:
        """Whether somebody looks."""
        return self._stream.isatty()


class Screen(io.TextIOBase):
    """Where messages go: lines, which whoever draws a picture below them can take over."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.stream = Patient(stream)
        """Where it ends up."""
        self._above: Printer = self.stream.write
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        """Lines, above the picture where there is one."""
        with self._lock:
            self._above(text)
        return len(text)

    def isatty(self) -> bool:
        """Whether somebody looks."""
        return self.stream.isatty()

    def take(self, above: Printer | None) -> None:
        """Lines go to this printer from now on; None gives them back to the stream."""
        with self._lock:
            self._above = above or self.stream.write
