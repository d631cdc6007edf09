"""Progress recorded from a real engine (buildx 0.29.1, Docker 28.5.2), and vertexes made by hand
for what it did not show."""

import base64
import json
from pathlib import Path
from typing import Any

from ghcr_action.buildx.rawjson import Progress

DATA = Path(__file__).parent / "data"


def recorded(name: str) -> tuple[str, ...]:
    """The lines of one build's standard error."""
    return tuple((DATA / f"{name}.rawjson").read_text().splitlines())


def folded(*lines: str) -> Progress:
    """The progress after these lines."""
    progress = Progress()
    for line in lines:
        progress.feed(line)
    return progress


def at(seconds: float) -> str:
    """A time on the test's day."""
    return f"2026-11-23T15:00:{seconds:012.9f}Z"


def vertex(digest: str, name: str, *times: float, **fields: Any) -> str:
    """A line with one vertex: not started, started, or started and completed."""
    moments = dict(zip(("started", "completed"), map(at, times), strict=False))
    return line(vertexes=[{"digest": digest, "name": name, **moments, **fields}])


def log(digest: str, text: str | bytes, stream: int = 1) -> str:
    """A line with one chunk of a step's output."""
    raw = text.encode() if isinstance(text, str) else text
    return line(
        logs=[
            {
                "vertex": digest,
                "stream": stream,
                "data": base64.b64encode(raw).decode(),
                "timestamp": at(0),
            }
        ]
    )


def line(**kinds: Any) -> str:
    """A line of progress."""
    return json.dumps(kinds)
