"""The engine's ``--progress=rawjson`` folded into steps, warnings and lines.

A line is a JSON object of what has changed: ``vertexes``, ``statuses``, ``logs``, ``warnings``
(https://github.com/moby/buildkit/blob/master/client/graph.go). Everything else on standard error is
kept as it is.
"""

import codecs
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ghcr_action.buildx.checks import BuildWarning, unpack
from ghcr_action.buildx.step import Step, StepName
from ghcr_action.values.rate import duration


class LineDecoder:
    """One stream of one step: UTF-8, with a replacement character for what is not."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, chunk: bytes) -> tuple[str, ...]:
        """The lines that this chunk completes."""
        *lines, self._rest = (self._rest + self._decoder.decode(chunk)).split("\n")
        return tuple(map(_shown, lines))

    def finish(self) -> tuple[str, ...]:
        """The line without an end, if there is one."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        self._decoder.reset()
        return (_shown(rest),) if rest else ()


def _shown(line: str) -> str:
    """What a terminal shows of a line in the end: the part after its last carriage return."""
    return line.rstrip("\r").rpartition("\r")[2]


TAIL = 30
"""Lines kept of each step, for a failure."""
NOTICED = 0.05
"""Seconds; a part of an export that took less has no time, which would be 0.0 s."""
_KINDS = frozenset({"vertexes", "statuses", "logs", "warnings"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one line of progress has changed."""

    steps: tuple[str, ...] = ()
    """Digests of the steps that are new or have moved on."""
    lines: tuple[tuple[str, str], ...] = ()
    """Digest of a step and a line that it wrote."""
    stray: str | None = None
    """The line itself, where it is no progress."""


@dataclass
class _Vertex:
    """A step while the fold goes on."""

    digest: str
    name: StepName
    number: int = 0
    spans: dict[datetime, datetime | None] = field(default_factory=dict)
    is_cached: bool = False
    error: str = ""
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))
    decoders: dict[int, LineDecoder] = field(default_factory=dict)
    statuses: set[str] = field(default_factory=set)

    @property
    def completed(self) -> datetime | None:
        """The end of the newest run of the step; None while it runs."""
        return self.spans[max(self.spans)] if self.spans else None

    def step(self) -> Step:
        """The step as a value."""
        seconds = sum((end - start).total_seconds() for start, end in self.spans.items() if end)
        return Step(
            digest=self.digest,
            name=self.name,
            number=self.number,
            started=min(self.spans, default=None),
            completed=self.completed,
            seconds=max(0.0, seconds),
            is_cached=self.is_cached,
            error=self.error,
            tail=tuple(self.tail),
        )


class Progress:
    """A build so far."""

    def __init__(self, targets: Iterable[str] = ()) -> None:
        """``targets`` are those of a bake that solves several."""
        self._targets = frozenset(targets)
        self._vertexes: dict[str, _Vertex] = {}
        self._started = 0
        self.moves = 0
        """How often a step has come up, begun or ended."""
        self._warnings: dict[BuildWarning, None] = {}
        self._stray: list[str] = []

    @property
    def known(self) -> int:
        """How many steps the engine has named, begun or not."""
        return len(self._vertexes)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step that has started, in order of its start."""
        started = (vertex for vertex in self._vertexes.values() if vertex.number)
        return tuple(vertex.step() for vertex in sorted(started, key=lambda vertex: vertex.number))

    @property
    def warnings(self) -> tuple[BuildWarning, ...]:
        """Every warning once; the engine repeats them for each platform."""
        return tuple(self._warnings)

    @property
    def stray(self) -> tuple[str, ...]:
        """The lines that were no progress: the engine's own messages."""
        return tuple(self._stray)

    def step(self, digest: str) -> Step:
        """One step by its digest. Raises KeyError where no line has named it."""
        return self._vertexes[digest].step()

    def feed(self, line: str) -> Change:
        """Fold one line of standard error in. Never raises: what can't be read is kept as stray."""
        status = _status(line)
        if status is None:
            self._stray.append(line.rstrip("\r\n"))
            return Change(stray=self._stray[-1])
        written: list[tuple[str, str]] = []
        moved = [
            digest for vertex in _objects(status, "vertexes") if (digest := self._vertex(vertex))
        ]
        for item in _objects(status, "statuses"):
            written += self._status(item)
        for item in _objects(status, "logs"):
            written += self._log(item)
        for digest in moved:
            written += self._rest(self._vertexes[digest])
        self._warnings.update((self._warning(item), None) for item in _objects(status, "warnings"))
        return Change(steps=tuple(dict.fromkeys(moved)), lines=tuple(written))

    def _warning(self, item: Mapping[str, Any]) -> BuildWarning:
        """A warning, with the target whose step it came up in."""
        vertex, found = self._vertexes.get(str(item.get("vertex"))), BuildWarning.decode(item)
        return replace(found, target=vertex.name.target) if vertex else found

    def _vertex(self, item: Mapping[str, Any]) -> str:
        digest, name = item.get("digest"), item.get("name")
        if not isinstance(digest, str) or not isinstance(name, str):
            return ""
        self.moves += 1
        vertex = self._vertexes.setdefault(
            digest, _Vertex(digest, StepName.parse(name, self._targets))
        )
        if started := _time(item.get("started")):
            if not vertex.number:
                self._started += 1
                vertex.number = self._started
            vertex.spans[started] = _time(item.get("completed"))
        vertex.is_cached = vertex.is_cached or item.get("cached") is True
        vertex.error = str(item.get("error") or vertex.error)
        return digest

    def _status(self, item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A part of an export that is done, as a line of its step."""
        vertex, name = self._vertexes.get(str(item.get("vertex"))), str(item.get("id", ""))
        start, end = _time(item.get("started")), _time(item.get("completed"))
        if vertex and start and end and vertex.name.is_export and name not in vertex.statuses:
            vertex.statuses.add(name)
            took = (end - start).total_seconds()
            yield from _write(vertex, (f"{name} {duration(took)}" if took >= NOTICED else name,))

    def _log(self, item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        vertex, stream = self._vertexes.get(str(item.get("vertex"))), item.get("stream")
        if vertex and isinstance(stream, int):
            decoder = vertex.decoders.setdefault(stream, LineDecoder())
            yield from _write(vertex, decoder.feed(unpack(item.get("data"))))

    def _rest(self, vertex: _Vertex) -> Iterator[tuple[str, str]]:
        """The lines without an end of a step that is over."""
        if vertex.completed:
            for decoder in vertex.decoders.values():
                yield from _write(vertex, decoder.finish())


def _write(vertex: _Vertex, lines: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    vertex.tail.extend(lines)
    return ((vertex.digest, line) for line in lines)


def _status(line: str) -> Mapping[str, Any] | None:
    """The object, or None where the line is something else."""
    if not line.startswith("{"):
        return None
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and _KINDS & document.keys() else None


def _objects(status: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    listed = status.get(kind)
    return (
        item for item in (listed if isinstance(listed, list) else ()) if isinstance(item, Mapping)
    )


def _time(text: object) -> datetime | None:
    """RFC 3339 with up to nine digits of a second, cut to six; None where there is no zone."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
