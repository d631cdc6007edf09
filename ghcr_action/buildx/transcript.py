"""A build's progress as lines of a log, grouped by step while it runs.

Steps run at the same time; one of them is in focus and its lines appear at once, the others wait
until it is over.
"""

from collections.abc import Iterator

from ghcr_action.buildx.rawjson import Progress
from ghcr_action.buildx.step import Step
from ghcr_action.values.rate import duration

WIDTH = 120
"""Characters of a step's name that are shown."""
SHORT = 0.05
"""Seconds below which a step that is no instruction and says nothing is not worth a line."""
_BUSY = ("ERROR: ", "ref ", " locked for ", ": unavailable")
"""The parts of a line about two exporters that write the same layer. The engine prints it as an
error, and nearly always goes on; where it does not, the build fails and is tried again."""
_CACHE = "importing cache manifest "


def _is_busy(text: str) -> bool:
    begin, *parts, end = _BUSY
    return text.startswith(begin) and text.endswith(end) and all(part in text for part in parts)


class Transcript:
    """What has been shown of a build, and what waits."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._waiting: dict[str, list[str]] = {}
        self._shown: dict[str, tuple[float, bool]] = {}
        self._focus = ""
        self._has_told_busy = False

    def feed(self, line: str) -> tuple[str, ...]:
        """Fold a line of the engine in and give the lines to show now."""
        change = self._progress.feed(line)
        if change.stray is not None:
            return self._stray(change.stray)
        for digest in change.steps:
            self._waiting.setdefault(digest, [])
        for digest, text in change.lines:
            self._waiting.setdefault(digest, []).append(text)
        return tuple(self._advance())

    def _stray(self, text: str) -> tuple[str, ...]:
        """A line of no step as it came; a race that the engine survives is told once, in words."""
        if not _is_busy(text):
            return (text,)
        told, self._has_told_busy = self._has_told_busy, True
        return (
            ()
            if told
            else (
                "Two platforms write the same content at the same moment; the engine sees to it.",
            )
        )

    def finish(self) -> tuple[str, ...]:
        """The lines that still wait when the engine has ended: steps that never came to their
        end."""
        shown = list(self._advance())
        for digest in tuple(self._waiting):
            step = self._progress.step(digest)
            if step.number:
                shown += self._block(step, is_open=digest == self._focus)
        self._waiting.clear()
        self._focus = ""
        return tuple(shown)

    def _advance(self) -> Iterator[str]:
        """Show the step in focus; when it is over, those that waited, and choose the next."""
        while True:
            if self._focus:
                step = self._progress.step(self._focus)
                yield from self._lines(step)
                if not step.completed:
                    return
                yield self._end(step)
                self._leave(step)
            yield from self._completed()
            if not self._choose():
                return
            yield _title(self._progress.step(self._focus))

    def _completed(self) -> Iterator[str]:
        waiting = (self._progress.step(digest) for digest in self._waiting)
        for step in sorted(
            (step for step in waiting if step.completed), key=lambda step: step.number
        ):
            yield from self._block(step, is_open=False)
            self._leave(step)

    def _block(self, step: Step, *, is_open: bool) -> Iterator[str]:
        """A step's lines in one piece; a step without lines is one line, or none if it is not worth
        it."""
        if is_open or self._waiting[step.digest]:
            if not is_open:
                yield _title(step)
            yield from self._lines(step)
            yield self._end(step)
        elif self._is_worth(step):
            yield f"{_title(step)} {_result(step)}"

    def _lines(self, step: Step) -> Iterator[str]:
        waiting = self._waiting.setdefault(step.digest, [])
        yield from (f"#{step.number} | {line}" for line in waiting)
        waiting.clear()

    def _end(self, step: Step) -> str:
        result = _result(step)
        return f"#{step.number} {f'done in {result}' if _is_done(step) else result}"

    def _leave(self, step: Step) -> None:
        self._shown[step.digest] = (step.seconds, step.is_cached)
        self._waiting.pop(step.digest, None)
        self._focus = ""

    def _choose(self) -> bool:
        """Put the first instruction or export that runs into focus."""
        running = (self._progress.step(digest) for digest in self._waiting)
        candidates = (
            step
            for step in running
            if step.number and not step.is_cached and (step.name.total or step.name.is_export)
        )
        self._focus = min(
            ((step.number, step.digest) for step in candidates if not step.name.is_base),
            default=(0, ""),
        )[1]
        return bool(self._focus)

    def _is_worth(self, step: Step) -> bool:
        is_new = step.digest not in self._shown
        seconds, was_cached = self._shown.get(step.digest, (0.0, False))
        has_news = step.seconds - seconds >= SHORT or (step.is_cached and not was_cached)
        return (
            has_news
            or bool(step.error and not step.is_canceled)
            or (is_new and (step.name.is_cacheable or step.is_canceled))
        )


def _title(step: Step) -> str:
    name = str(step.name)
    return f"#{step.number} {name if len(name) <= WIDTH else name[: WIDTH - 1] + '…'}"


def _result(step: Step) -> str:
    if step.is_canceled:
        return "canceled"
    if step.name.text.startswith(_CACHE) and step.error.endswith(": not found"):
        return f"nothing there yet, {duration(step.seconds)}"
    if step.error:
        reason = step.error if step.exit_code is None else f"exit code {step.exit_code}"
        return f"failed after {duration(step.seconds)}: {reason}"
    if not step.completed:
        return "not finished"
    return "cached" if step.is_cached else duration(step.seconds)


def _is_done(step: Step) -> bool:
    return step.completed is not None and not step.error and not step.is_cached
