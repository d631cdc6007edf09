"""The Dockerfile's checks: what the input asks for, where a warning stands in the work tree, and
when it stops the run.

The engine runs them in every build, so that nothing is built twice for them.
"""

import base64
import binascii
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from ghcr_action.buildx.context import Context
from ghcr_action.errors import PolicyRefused

_SHORT = r"(?s)(?:(?P<rule>[A-Z][A-Za-z]+): )?(?P<text>.*?)(?: \(line [0-9]+\))?"


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
    target: str = ""
    """Of a bake that solves several: whose Dockerfile it is about."""

    @classmethod
    def decode(cls, document: Mapping[str, Any]) -> Self:
        """A ``VertexWarning``: texts in base64, ranges of lines from 1. What is missing or of
        another type counts as not there.

        Source: https://github.com/moby/buildkit/blob/master/client/graph.go, ``commands/build.go``
        of buildx.
        """
        found = re.fullmatch(_SHORT, text(document.get("short")).strip())
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


_SWITCH = "BUILDKIT_DOCKERFILE_CHECK"
"""Source: https://docs.docker.com/build/checks/."""


class Checks(StrEnum):
    """The words of the input ``checks``."""

    WARN = "warn"
    ERROR = "error"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A warning as an annotation."""

    text: str
    file: str
    line: int
    end_line: int
    title: str


def build_args(mode: Checks, given: tuple[str, ...]) -> tuple[str, ...]:
    """The build argument that turns the checks off; none where the user gives one for them."""
    is_given = any(item.partition("=")[0] == _SWITCH for item in given)
    return (f"{_SWITCH}=skip=all",) if mode is Checks.OFF and not is_given else ()


def dockerfile(file: str, context: Context) -> str:
    """The Dockerfile's path in the work tree; empty where it lies elsewhere.

    The engine names a Dockerfile without its directories. buildx reads ``file`` from the working
    directory, the default from the context.
    """
    if "://" in file or (not file and (context.is_git or "://" in context.value)):
        return ""
    return posixpath.normpath(file or posixpath.join(context.value, "Dockerfile"))


def located(named: str, dockerfile_path: str) -> str:
    """The path in the work tree of the Dockerfile, where that is the file that the engine names;
    another file's name stays as it is."""
    if posixpath.basename(dockerfile_path).lower() != named.lower():
        return named
    return posixpath.join(posixpath.dirname(dockerfile_path), named)


def notes(
    warnings: Iterable[BuildWarning],
    dockerfile_path: str,
    of_targets: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Note, ...]:
    """Each warning once, where it stands. ``of_targets`` are the Dockerfiles of a bake's
    targets."""
    found = (
        Note(
            text=" ".join(filter(None, (warning.text, warning.detail, warning.url))),
            file=located(warning.file, of_targets.get(warning.target, dockerfile_path)),
            line=warning.line,
            end_line=warning.end_line,
            title=warning.rule or "Build check",
        )
        for warning in warnings
    )
    return tuple(dict.fromkeys(found))


def refuse(mode: Checks, found: tuple[Note, ...]) -> None:
    """Raise PolicyRefused where warnings are to stop the run."""
    if mode is Checks.ERROR and found:
        listed = "\n".join(f"{note.file}:{note.line}: {note.title}: {note.text}" for note in found)
        raise PolicyRefused(
            (
                f"The Dockerfile's checks gave {len(found)} "
                f"warning{'s' if len(found) > 1 else ''}; nothing was tagged"
            ),
            why=listed,
            fix=(
                "Mend these lines, or skip a rule with `# check=skip=RULE` in the "
                "Dockerfile's first line. `checks: warn` only annotates."
            ),
            docs="https://docs.docker.com/build/checks/",
        )
