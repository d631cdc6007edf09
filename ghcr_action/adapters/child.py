"""A program that we start: it has a session of its own, and never outlives the run."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ghcr_action.adapters import interrupts

_NAME = "child"
"""The name of each thread here."""
_ENDING_SECONDS = 4.0
"""How long a program may take after it was asked to stop; the runner waits for ten."""


@contextmanager
def process(
    argv: list[str],
    environ: Mapping[str, str],
    directory: Path | None,
    errors: int = subprocess.STDOUT,
) -> Iterator[subprocess.Popen[str]]:
    """A program whose output is read as text; on any way out it and all it has started are ended.

    What it leaves running in the background is ended with it: that holds the output open, so that
    whoever reads to its end would wait for it.
    """
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
        rest = threading.Thread(target=_end_rest, args=(found.pid,), name=_NAME, daemon=True)
        rest.start()
        yield found
        rest.join()
        found.wait()
    except BaseException:
        if found:
            end(found)
        raise
    finally:
        for stream in filter(None, (found.stdout, found.stderr) if found else ()):
            stream.close()


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Ask the whole session to stop; after a few seconds, or once the program itself has ended,
    kill what is left of it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_ENDING_SECONDS)


def _end_rest(session: int) -> None:
    """Once a program has ended, kill what is left of its session. The program is not yet waited
    for, so that its number is nobody else's."""
    with contextlib.suppress(OSError):
        os.waitid(os.P_PID, session, os.WEXITED | os.WNOWAIT)
        os.killpg(session, signal.SIGKILL)
