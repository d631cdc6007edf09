"""Why a build failed: the step, the Dockerfile's lines, the exit code and the last words.

Read from progress, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ghcr_action.buildx.rawjson import Progress
from ghcr_action.buildx.step import Step, exit_code
from ghcr_action.diagnosis.find import find
from ghcr_action.diagnosis.known import Retry
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.patience import Patience, wait_in

_PLACE = r"(?P<file>\S.*?):(?P<line>[0-9]+)"
_RULER = r"-{3,}"
_MARKED = r"\s*(?P<line>[0-9]+) \| >>> .*"
_COLOUR = r"\x1b\[[0-9;?]*[A-Za-z]"
_HARMLESS = "importing cache manifest "
_USAGE = r"Usage: .*|(?:Run|See) '.* --help'.*|View build details: .*"
"""What docker adds to an error: no reason of anything."""
_SEVERAL = " errors:"
"""Ends a line that lists what a registry said."""
_WAITING = "waiting for connection"
"""buildx's step before the first one of a build: only its name says what has failed then."""
_PREFIXES = ("ERROR: ", "failed to build: ", "failed to solve: ")


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """The part of a Dockerfile that the engine points at."""

    file: str = ""
    line: int = 0
    """First marked line, from 1; 0 where the engine points at none."""
    end_line: int = 0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One failed build."""

    message: str
    """The engine's last error, without its prefixes; of several lines where a registry has several
    errors."""
    step: Step | None = None
    exit_code: int | None = None
    """Of the step's process."""
    snippet: Snippet = Snippet()
    tail: tuple[str, ...] = ()
    """The step's last lines, without colours."""


def failure(progress: Progress) -> Failure:
    """Explain a build whose engine has ended with an error.

    Ask only then: a build that succeeds may have printed ``ERROR`` lines too, for a race that it
    survived.
    """
    step = _failed_step(progress.steps)
    message = _message(progress.stray) or (step.error if step else "")
    if step and step.name.text == _WAITING:
        message = f"{_WAITING}: {message}"
    return Failure(
        message=message,
        step=step,
        exit_code=step.exit_code if step else exit_code(message),
        snippet=snippet(progress.stray),
        tail=tuple(re.sub(_COLOUR, "", line) for line in step.tail) if step else (),
    )


def snippet(lines: Sequence[str]) -> Snippet:
    """The last ``FILE:LINE`` above a ruled block, and the lines that the block marks; an empty one
    where there is none.

    Source: https://github.com/moby/buildkit/blob/master/solver/errdefs/source.go.
    """
    for start in range(len(lines) - 2, -1, -1):
        place = re.fullmatch(_PLACE, lines[start])
        if place and re.fullmatch(_RULER, lines[start + 1]):
            block = takewhile(lambda line: not re.fullmatch(_RULER, line), lines[start + 2 :])
            marked = [
                int(found["line"]) for line in block if (found := re.fullmatch(_MARKED, line))
            ] or [int(place["line"])]
            return Snippet(file=place["file"], line=marked[0], end_line=marked[-1])
    return Snippet()


def _failed_step(steps: Sequence[Step]) -> Step | None:
    """The step that failed first; not those that were stopped because of it, nor a cache that is
    not there, which fails no build."""
    failed = [
        step
        for step in steps
        if step.error and not step.is_canceled and not step.name.text.startswith(_HARMLESS)
    ]
    ended = [step for step in failed if step.completed]
    return min(ended, key=lambda step: str(step.completed)) if ended else next(iter(failed), None)


def _message(stray: Sequence[str]) -> str:
    """The last ``ERROR:``, else the last line that says anything; with a registry's own errors,
    which have a line each.

    Source: https://github.com/containerd/containerd, ``core/remotes/docker/errcode.go``.
    """
    said = [line for line in stray if line.strip() and not re.match(_USAGE, line)]
    starts = [number for number, line in enumerate(said) if line.startswith("ERROR: ")]
    words = (said[starts[-1] :] if starts else said[-1:]) or [""]
    end = None if words[0].endswith(_SEVERAL) else 1
    message = "\n".join(words[:end]).strip()
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    return message


def _may_pass(message: str) -> bool:
    """Whether two exporters of one build wrote the same layer into containerd's content store at
    once, or the registry hung up in mid-upload; both seen with Engine 28.5.2."""
    return any(
        ": unavailable" in line.partition("locked for ")[2] or line.endswith(": broken pipe")
        for line in message.splitlines()
    )


def retry_wait(
    found: Failure, *, attempt: int, retries: int, jitter: float, after_push: bool = False
) -> float | None:
    """Seconds before the next attempt, the first failed one being 0; None where another attempt
    can't help or none is left.

    ``jitter`` is between 0 and 1. ``after_push`` says that the build has pushed: what is not there
    may only not be there yet. A step that ran and failed, a refusal (401, 403) and a Dockerfile
    that is wrong stay what they are.
    """
    if found.exit_code is not None:
        return None
    patience, asked = _patience(found.message, after_push=after_push)
    return patience.wait(attempt, jitter, asked) if attempt < retries else None


def _patience(message: str, *, after_push: bool) -> tuple[Patience, float | None]:
    if _may_pass(message):
        return Retry.TRANSIENT.value, None
    row = find(Answer(where=Where.ENGINE, words=message, after_push=after_push))
    return (row.retry if row else Retry.NEVER).value, wait_in(message)
