"""A warning of the Dockerfile's checks, decoded. Separate because progress and metadata file write the same object."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_SHORT = re.compile(r"(?:(?P<rule>[A-Z][A-Za-z]+): )?(?P<text>.*?)(?: \(line [0-9]+\))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class BuildWarning:
    """What a check says of some lines of a Dockerfile."""

    text: str
    rule: str = ""
    """``FromAsCasing``."""
    detail: str = ""
    """What the rule asks for."""
    url: str = ""
    file: str = ""
    """As the engine knows it, which is without the directories of the context."""
    line: int = 0
    """From 1; 0 where it is not known."""
    end_line: int = 0

    @classmethod
    def decode(cls, document: Mapping[str, Any]) -> Self:
        """A ``VertexWarning``: texts in base64, ranges of lines from 1. What is missing or of another type counts as not there.

        Source: https://github.com/moby/buildkit/blob/master/client/graph.go, ``commands/build.go`` of buildx.
        """
        found = _SHORT.fullmatch(text(document.get("short")).strip())
        detail = document.get("detail")
        source = document.get("sourceInfo")
        line, end_line = _lines(document.get("range"))
        return cls(
            text=found["text"] if found else "",
            rule=(found["rule"] or "") if found else "",
            detail=" ".join(map(text, detail)) if isinstance(detail, list) else "",
            url=_plain(document.get("url")),
            file=_plain(source.get("filename")) if isinstance(source, Mapping) else "",
            line=line,
            end_line=end_line,
        )


def unpack(data: object) -> bytes:
    """The bytes of a base64 text; none where it is something else."""
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) else b""
    except (binascii.Error, ValueError):
        return b""


def text(data: object) -> str:
    """The characters of a base64 text in UTF-8."""
    return unpack(data).decode(errors="replace")


def _plain(value: object) -> str:
    return value if isinstance(value, str) else ""


def _lines(ranges: object) -> tuple[int, int]:
    """First and last line of the first range."""
    try:
        first = ranges[0]  # type: ignore[index]
        start = int(first["start"]["line"])
        return start, int(first.get("end", first["start"]).get("line", start))
    except (LookupError, TypeError, ValueError, AttributeError):
        return 0, 0
