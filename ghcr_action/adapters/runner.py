"""GitHub's runner behind the Runner port: workflow commands on standard output, and the file
commands.

Protocol: https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ghcr_action.adapters import commands
from ghcr_action.errors import Unavailable

if TYPE_CHECKING:
    from ghcr_action.ports import Clock
    from ghcr_action.values.reference import Digest
    from ghcr_action.values.secret import Secret
    from ghcr_action.values.summary import Summary

log = logging.getLogger(__name__)

MAX_SUMMARY = 1024 * 1024
"""Bytes of a step's summary; the runner uploads nothing of a longer one."""


class ActionsRunner:
    """The runner of GitHub Actions; each file command is written when it is given, so that a killed
    step keeps it."""

    def __init__(
        self, environ: Mapping[str, str], clock: Clock, stream: TextIO | None = None
    ) -> None:
        self._files = {
            name: environ.get(f"GITHUB_{name}", "")
            for name in ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY", "ARTIFACTS")
        }
        self._artifacts = _earlier_artifacts(environ.get("GITHUB_ARTIFACTS_LIST", ""))
        self._listed: set[str] = set()
        self._clock = clock
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()
        self._is_fenced = False
        self._is_checked = False
        self._masks: list[str] = []
        """Commands that wait for the end of the fence."""

    def _say(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def mask(self, secret: Secret) -> None:
        """Hide this value in every later line of the log, each of its lines too."""
        if not secret:
            return
        line = commands.command("add-mask", secret.reveal())
        with self._lock:
            if self._is_fenced:  # the runner would take it for text, and show it
                self._masks.append(line)
            else:
                self._say(line)

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """A folded part of the log; the runner doesn't nest them."""
        started = self._clock.monotonic()
        self._say(commands.command("group", title))
        try:
            yield
        finally:
            self._say(commands.plain(f"{title}: {self._clock.monotonic() - started:.1f} s"))
            self._say(commands.command("endgroup"))

    @contextmanager
    def fence(self) -> Iterator[Callable[[str], None]]:
        """Between ``stop-commands`` and a random token the runner takes every line for text."""
        token = _token()
        with self._lock:
            self._is_fenced = True
            self._say(commands.command("stop-commands", token))
        try:
            yield lambda line: self._say(commands.plain(line))
        finally:
            with self._lock:
                self._is_fenced = False
                self._say(commands.command(token))
                for line in self._masks:
                    self._say(line)
                self._masks.clear()

    def output(self, name: str, value: str) -> None:
        """Set a step output."""
        self._append("OUTPUT", name, value)

    def export(self, name: str, value: str) -> None:
        """Set an environment variable for later steps."""
        self._append("ENV", name, value)

    def save(self, name: str, value: str) -> None:
        """Keep a value for the post step, where it is ``STATE_<name>``."""
        self._append("STATE", name, value)

    def summary(self, summary: Summary) -> None:
        """Add to the job summary; one that is too long is left out with a warning, since the runner
        would drop it silently."""
        if len(summary.markdown.encode()) > MAX_SUMMARY:
            log.warning(
                "The job summary is longer than the %d bytes the runner takes; it is left out.",
                MAX_SUMMARY,
            )
            return
        self._write("STEP_SUMMARY", summary.markdown)

    def artifact(self, name: str, digest: Digest) -> None:
        """One line of GITHUB_ARTIFACTS, where the runner has it: a name stands there with one
        digest only, or the step would fail.

        Source:
        https://github.com/actions/runner/blob/main/src/Runner.Worker/CreateArtifactsFileCommand.cs.
        """
        known = self._artifacts.setdefault(name, str(digest))
        if not self._files["ARTIFACTS"] or "=" in name or known != str(digest):
            return
        if name not in self._listed:
            self._listed.add(name)
            self._write("ARTIFACTS", f"{name}@{digest}\n")

    def _append(self, file: str, name: str, value: str) -> None:
        self._write(file, commands.file_command(name, value, f"ghadelimiter_{_token()}"))

    def _write(self, file: str, text: str) -> None:
        """Raises Unavailable, also for another file that nobody could write: what a run has
        published would be told to no one."""
        if not self._is_checked:
            self._is_checked = True
            for other in ("OUTPUT", "STEP_SUMMARY"):
                self._write(other, "")
        if path := self._files[file]:
            try:
                with Path(path).open("a", encoding="utf-8", newline="\n") as opened:
                    opened.write(text)
            except OSError as cause:
                raise Unavailable(
                    f"GITHUB_{file} can't be written: {path}",
                    why=f"{cause.strerror}; the runner makes this file for every step",
                    fix=(
                        f"Don't set GITHUB_{file} in `env`; on a runner of your own, look "
                        "whether its disk is full or read-only."
                    ),
                ) from cause


def _token() -> str:
    """Nobody can guess it; the module ``uuid`` would load four others for the same."""
    return os.urandom(16).hex()


def _earlier_artifacts(path: str) -> dict[str, str]:
    """Names and digests that earlier steps of the job have listed: ``{"subjects": [{"name",
    "digest"}]}``."""
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
        return {str(each["name"]): str(each["digest"]) for each in document.get("subjects", ())}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
