"""A terminal for tests: what a person sees in the end, and a process that believes to be at one."""

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.testbed import ROOT

_PART = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+")


class Display:
    """So many columns, and as many rows as it takes: the part of ECMA-48 that is written to it;
    anything else is an error."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._rows: dict[int, str] = {}
        self._row = self._column = 0
        self.shows_cursor = True
        self.has_colours = False

    @property
    def text(self) -> str:
        """What is to be seen."""
        return "\n".join(
            self._rows.get(row, "").rstrip() for row in range(max(self._rows, default=-1) + 1)
        ).rstrip("\n")

    def feed(self, written: str) -> None:
        """Take the next characters; an escape sequence has to be whole."""
        parts = _PART.findall(written)
        assert "".join(parts) == written, written
        for part in parts:
            self._take(part)

    def _take(self, part: str) -> None:
        if part == "\r":
            self._column = 0
        elif part == "\n":
            self._row += 1
            self._rows.setdefault(self._row, "")
        elif part in ("\x1b[?25l", "\x1b[?25h"):
            self.shows_cursor = part.endswith("h")
        elif part == "\x1b[2K":
            self._rows[self._row] = ""
        elif part.startswith("\x1b"):
            assert part[-1] in "mA", repr(part)
            self.has_colours |= part[-1] == "m"
            self._row -= int(part[2:-1] or 1) if part[-1] == "A" else 0
            assert self._row >= 0
        else:
            for character in part:
                self._put(character)

    def _put(self, character: str) -> None:
        if self._column == self._columns:
            self._row, self._column = self._row + 1, 0
        line = self._rows.get(self._row, "").ljust(self._column)
        self._rows[self._row] = line[: self._column] + character + line[self._column + 1 :]
        self._column += 1


class Seat:
    """The command line with a terminal for its messages, and what it wrote."""

    def __init__(self, process: subprocess.Popen[str], terminal: int, columns: int) -> None:
        self.process = process
        self.written = ""
        self._terminal = terminal
        self._columns = columns

    def wait_for(self, text: str) -> None:
        """Read until this was written."""
        while text not in self.written:
            assert self._read(), f"{text!r} never came: {self.written!r}"

    def end(self) -> tuple[int, str, Display]:
        """Read to the end: exit status, standard output, and what is to be seen."""
        while self._read():
            pass
        out, _ = self.process.communicate(timeout=60)
        display = Display(self._columns)
        display.feed(self.written)
        return self.process.returncode, out, display

    def _read(self) -> bool:
        try:
            found = os.read(self._terminal, 65536)
        except OSError:  # the last writer has gone
            return False
        self.written += found.decode(errors="replace")
        return bool(found)


@contextmanager
def seat(columns: int, environ: Mapping[str, str], *arguments: str) -> Iterator[Seat]:
    """Start ``ghcr-action`` with these arguments; standard output is a pipe, everything else a
    terminal of so many columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "ghcr_action", *arguments]
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        **environ,
    }
    process = subprocess.Popen(
        command,
        env=given,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Seat(process, ours, columns)
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
