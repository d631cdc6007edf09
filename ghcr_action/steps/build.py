"""One build: the engine's progress as a readable log, another try where a fault may pass, a
failure as words with the Dockerfile's line."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace

from ghcr_action.buildx import call_answer, checks, failure, measures
from ghcr_action.buildx.checks import Checks, Note
from ghcr_action.buildx.failure import Failure
from ghcr_action.buildx.rawjson import Progress
from ghcr_action.buildx.step import Step
from ghcr_action.buildx.transcript import Transcript
from ghcr_action.errors import ActionError, BuildFailed, InvalidValue
from ghcr_action.ports import Ports
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.engine import Build, BuildCommand
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Reference

log = logging.getLogger(__name__)

_SHOWN_TAIL = 10
_UNMATCHED = r"failed to resolve source metadata for (\S{1,500}): no match for platform in manifest"
_CHECKSUM = r"failed to compute cache key: failed to calculate checksum of ref \S+: "
_LONGEST = 300
"""Characters of the engine's message in a headline."""


def build(
    command: BuildCommand,
    ports: Ports,
    *,
    retries: int,
    dockerfile: str,
    mends: Callable[[Failure], bool],
) -> tuple[Build, Progress]:
    """Run a build, again on the engine's warm cache where a fault may pass; its output is fenced
    off from the runner.

    ``dockerfile`` is its path in the work tree. ``mends`` may remove the cause of a failure, and
    says whether it has. Raises BuildFailed that names the step and the line.
    """
    attempt = 0
    while True:
        progress = Progress(command.targets)
        try:
            return _attempt(command, ports, progress), progress
        except BuildFailed as cause:
            _refuse_checked(command, progress, dockerfile)
            found = _located(failure.failure(progress), command, dockerfile)
            if mends(found):
                continue
            has_pushed = any(map(_has_pushed, progress.steps))
            if not waits_for_retry(found, attempt, retries, ports, after_push=has_pushed):
                _annotate(found)
                offers = _offers(found, ports)
                raise explain(found, after_push=has_pushed, offers=offers) from cause
        attempt += 1


def waits_for_retry(
    found: Failure, attempt: int, retries: int, ports: Ports, *, after_push: bool = False
) -> bool:
    """Wait before another attempt, the first failed one being 0; False where none can help or none
    is left. Whatever the engine has done so far, it takes from its cache."""
    jitter = ports.clock.jitter()
    wait = failure.retry_wait(
        found, attempt=attempt, retries=retries, jitter=jitter, after_push=after_push
    )
    if wait is None:
        return False
    log.info(
        "%s; trying again in %.1f s (%d of %d)",
        found.message,
        wait,
        attempt + 1,
        retries,
    )
    ports.clock.sleep(wait)
    return True


def _attempt(command: BuildCommand, ports: Ports, progress: Progress) -> Build:
    transcript = Transcript(progress)
    with ports.progress.build() as tell, ports.runner.fence() as show:

        def hear(line: str) -> None:
            moves = progress.moves
            _show(transcript.feed(line), show)
            if progress.moves != moves:
                tell(measures.build_progress(progress))

        try:
            built = ports.engine.build(command, hear)
        finally:
            _show(transcript.finish(), show)
    _tell_unwritten(progress)
    return built


def _tell_unwritten(progress: Progress) -> None:
    """Warn of a cache that could not be written. That fails no build, but the next one begins
    without it, and nobody would know why."""
    for step in progress.steps:
        if step.name.is_export and step.error and not step.is_canceled:
            log.warning("The cache was not written (%s): %s", step.name.text, step.error)


def explain(
    found: Failure, *, after_push: bool = False, offers: tuple[str, ...] = ()
) -> BuildFailed:
    """A failed build as an error: where, what it said last, and what to look at."""
    place = f"{found.snippet.file}:{found.snippet.line}: " if found.snippet.line else ""
    words = "\n".join(filter(None, (*found.tail[-_SHOWN_TAIL:], found.message)))
    return BuildFailed(
        f"The build failed: {place}{_ended(found)}",
        why="\n".join(_last_words(found)),
        fix="Read the build log; the last lines tell why the step failed.",
        answer=Answer(where=Where.ENGINE, words=words, after_push=after_push, offers=offers),
    )


def _last_words(found: Failure) -> tuple[str, ...]:
    """The last words of a step, and the engine's sentence behind them; without that where the title
    has the step and its exit code."""
    tail = found.tail[-_SHOWN_TAIL:]
    is_told = found.step is not None and found.exit_code is not None
    return tail if tail and is_told else tuple(filter(None, (*tail, found.message)))


def _ended(found: Failure) -> str:
    """How the build ended: by a step's exit code, else in the engine's own words."""
    step = found.step.name.text if found.step else ""
    if found.exit_code is not None:
        return f"{step} exited with {found.exit_code}".lstrip()
    said = " ".join(re.sub(_CHECKSUM, "", found.message).split("\n"))[:_LONGEST]
    return (
        ": ".join(filter(None, (step, said.removeprefix(f"{step}: "))))
        or "the engine gave no reason"
    )


def _offers(found: Failure, ports: Ports) -> tuple[str, ...]:
    """The platforms of a base image that lacks the one asked for; none where nobody can tell."""
    named = re.search(_UNMATCHED, found.message)
    if named is None:
        return ()
    try:
        base = ports.registry.manifest(Reference.parse(named[1]))
    except (ActionError, InvalidValue):
        return ()
    return tuple(str(each.platform) for each in base.platforms) if isinstance(base, Index) else ()


def _has_pushed(step: Step) -> bool:
    return step.name.text.startswith("pushing ") and step.completed is not None and not step.error


def _located(found: Failure, command: BuildCommand, dockerfile: str) -> Failure:
    target = found.step.name.target if found.step else ""
    dockerfile = dict(command.dockerfiles).get(target, dockerfile)
    place = found.snippet
    return (
        replace(found, snippet=replace(place, file=checks.located(place.file, dockerfile)))
        if place.file
        else found
    )


def _refuse_checked(command: BuildCommand, progress: Progress, dockerfile: str) -> None:
    """Annotate what a call for the checks has found. Raises PolicyRefused where it found
    anything."""
    notes = checks.notes(call_answer.warnings(command.call, progress.stray), dockerfile)
    for note in notes:
        annotate(note)
    checks.refuse(Checks.ERROR, notes)


def annotate(note: Note) -> None:
    """Tell what a check says, where it stands."""
    place = {"file": note.file, "line": note.line, "end_line": note.end_line, "title": note.title}
    log.warning("%s", note.text, extra=place)


def _show(lines: tuple[str, ...], show: Callable[[str], None]) -> None:
    for line in lines:
        show(line)


def _annotate(found: Failure) -> None:
    """One annotation on the Dockerfile's line."""
    if found.snippet.line:
        extra = {
            "file": found.snippet.file,
            "line": found.snippet.line,
            "end_line": found.snippet.end_line,
            "title": "The build failed here",
        }
        log.error("%s", "\n".join(_last_words(found)), extra=extra)
