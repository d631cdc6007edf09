"""What ``--call=check,format=json`` says of each target's Dockerfile, as annotations.

Source: https://docs.docker.com/reference/cli/docker/buildx/bake/#call; the members are those of
``docker buildx build --call``.
"""

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from ghcr_action.buildx.checks import Note
from ghcr_action.errors import ContentInvalid

MAX_BYTES = 32 << 20


def notes(text: str, directory: str = ".") -> tuple[Note, ...]:
    """Each warning once; one Dockerfile of several targets is told once. Raises ContentInvalid for
    what is no answer of ``check``."""
    try:
        document = json.loads(text) if len(text) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        document = None
    targets = document.get("target") if isinstance(document, Mapping) else None
    if not isinstance(targets, Mapping):
        raise ContentInvalid(
            "What buildx says of the Dockerfiles can't be read",
            why="it is no answer of --call=check,format=json",
        )
    found: dict[tuple[str, int, str], Note] = {}
    for name, item in targets.items():
        for note in _notes(str(name), item, directory):
            found.setdefault((note.file, note.line, note.text), note)
    return tuple(found.values())


def _notes(target: str, item: object, directory: str) -> Iterator[Note]:
    build, check = _object(item, "build"), _object(item, "check")
    dockerfile = posixpath.join(
        directory, _text(build, "context") or ".", _text(build, "dockerfile") or "Dockerfile"
    )
    file = "" if "://" in dockerfile else posixpath.normpath(dockerfile)
    listed = check.get("warnings")
    for warning in listed if isinstance(listed, list) else ():
        if isinstance(warning, Mapping):
            text = " ".join(
                filter(None, (_text(warning, key) for key in ("description", "detail", "url")))
            )
            line, end = _lines(_object(warning, "location").get("ranges"))
            title = f"{target}: {_text(warning, 'ruleName') or 'Build check'}"
            yield Note(text=text, file=file, line=line, end_line=end, title=title)


def _lines(ranges: object) -> tuple[int, int]:
    """First and last line, 0 where there is none."""
    found = [
        line
        for each in (ranges if isinstance(ranges, list) else ())
        for side in ("start", "end")
        if isinstance(line := _object(each, side).get("line"), int)
    ]
    return (min(found), max(found)) if found else (0, 0)


def _object(value: object, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
