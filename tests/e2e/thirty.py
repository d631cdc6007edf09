"""The page of thirty things, each line typed as it stands, at a terminal that finds a registry by
the name of ghcr.io: ours, and beside it what is typed elsewhere where that program is here."""

import os
import pty
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import ROOT, SCRIPT, Testbed

REPOSITORY, ELSEWHERE = "ghcr.io/octo/app", "quay.io/octo/app"
PAGE = ROOT / "docs/thirty.md"
_ROW = re.compile(r"^\| (?!you want|---)(.*) \|$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PLAYED = re.compile(r"(?:crane|docker|gh|oras|skopeo|test) (?:[^…,]|:…)*")
"""A whole line of a program that a testbed has; others are words, or of programs that are not
here."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One row of the page: what somebody wants, and what is typed for it."""

    wanted: str
    elsewhere: str
    here: str

    @property
    def is_played(self) -> bool:
        """Whether the line of others can be typed here."""
        return _PLAYED.fullmatch(self.elsewhere) is not None


@dataclass(frozen=True, kw_only=True)
class Played:
    """A line that was typed, what was to be read, and how it ended."""

    line: str
    read: str
    status: int
    seconds: float

    def __str__(self) -> str:
        cost = f"[{len(self.line)} characters to type, {self.seconds:.1f} s]"
        return f"$ {self.line}    {cost}\n{self.read}\n"


def things() -> tuple[Thing, ...]:
    """The rows of the page, without Markdown."""
    rows = (_CELL.split(row) for row in _ROW.findall(PAGE.read_text()))
    return tuple(
        Thing(wanted=wanted.strip(), elsewhere=_plain(elsewhere), here=_plain(here))
        for wanted, elsewhere, here in rows
    )


def _plain(cell: str) -> str:
    return re.sub(r"`(.*?)`", r"\1", cell.replace(r"\|", "|")).strip()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody at a terminal, in a checkout, with a login of their own."""

    bed: Testbed
    checkout: Path
    environ: Mapping[str, str]

    def named(self, line: str, digest: str) -> str:
        """The line with the page's short names written out."""
        line = re.sub(r"sha256:(?:0{64}|…)", digest, line)
        return line.replace("REF", f"{REPOSITORY}:1.2.3").replace("NAME", REPOSITORY)

    def type(self, line: str, **environ: str) -> Played:
        """Type a line and read until it ends; who is asked for a login gives it."""
        answers = [(b"sername", self.bed.user), (b"assword", self.bed.password)]
        started = time.monotonic()
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [SCRIPT, "exec", "bash", "-c", line],
            cwd=self.checkout,
            env={**self.bed.env, **self.environ, **environ},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        seen = b""
        while (part := _read(ours)) is not None:
            seen += part
            if answers and answers[0][0] in seen.rpartition(b"\n")[2]:
                os.write(ours, f"{answers.pop(0)[1]}\n".encode())
        status = process.wait()
        os.close(ours)
        read = _ESCAPE.sub("", seen.decode(errors="replace")).replace("\r\n", "\n").strip()
        return Played(line=line, read=read, status=status, seconds=time.monotonic() - started)


def _read(terminal: int) -> bytes | None:
    """The next that is written; None when the last writer has gone."""
    try:
        return os.read(terminal, 65536) or None
    except OSError:
        return None
