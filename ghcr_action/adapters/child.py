"""A program that we start: it has a session of its own, and never outlives the run."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ghcr_action.adapters import interrupts

_ENDING_SECONDS = 4.0
"""How long a program may take after it was asked to stop; the runner waits for ten."""


@contextmanager
def process(
    argv: list[str],
    environ: Mapping[str, str],
    directory: Path | None,
    errors: int = subprocess.STDOUT,
) -> Iterator[subprocess.Popen[str]]:
    """A program whose output is read as text; on any way out it and all it has started are
    ended."""
    found = None
    try:
        with interrupts.held():
            found = subprocess.Popen(
                argv,
                env=environ,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        yield found
        found.wait()
    except BaseException:
        if found:
            end(found)
        raise
    finally:
        for stream in filter(None, (found.stdout, found.stderr) if found else ()):
            stream.close()


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Ask the whole session to stop; kill it where it does not within a few seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_ENDING_SECONDS)
            return
