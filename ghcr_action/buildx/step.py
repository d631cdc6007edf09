"""One step of a build as a value: what its name says and how it went."""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Self

_SCOPED = r"(?s)\[(?P<scope>[^\]]+)\]\s+(?P<text>.*)"
_EXIT_CODE = r"exit code: ([0-9]+)"
_ENDED = " did not complete"
"""What stands between the command of a process and how it ended."""
_POSITION = r"([0-9]{1,9})/([0-9]{1,9})"


@dataclass(frozen=True, kw_only=True)
class StepName:
    """A vertex name in parts."""

    target: str = ""
    """The bake target, where a build solves several; the first of those that share the step."""
    platform: str = ""
    """``linux/arm64``, or ``linux/amd64->arm64`` for a cross build."""
    stage: str = ""
    """A stage of the Dockerfile, ``internal``, ``auth`` or ``context NAME``."""
    position: int = 0
    total: int = 0
    """Steps in the stage; 0 where the step is no instruction of the Dockerfile."""
    text: str = ""

    @classmethod
    def parse(cls, name: str, targets: Container[str] = ()) -> Self:
        """``[linux/arm64 build 2/3] RUN …``: every part of the brackets may be missing, and the
        brackets too; blanks become one. Of several ``targets`` one stands before the others:
        ``[app linux/arm64 build 2/3] RUN …``.

        Source:
        https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go
        (``prefixCommand``).
        """
        found = re.fullmatch(_SCOPED, name.strip())
        words = found["scope"].split() if found else []
        position = re.fullmatch(_POSITION, words[-1]) if words else None
        if position:
            words.pop()
        target = words.pop(0) if words and words[0] in targets else ""
        platform = words.pop(0) if words and "/" in words[0] else ""
        return cls(
            target=target,
            platform=platform,
            stage=" ".join(words),
            position=int(position[1]) if position else 0,
            total=int(position[2]) if position else 0,
            text=" ".join((found["text"] if found else name).split()),
        )

    def __str__(self) -> str:
        """``[linux/arm64 build 2/3] RUN …``."""
        position = f"{self.position}/{self.total}" if self.total else ""
        scope = " ".join(
            part for part in (self.target, self.platform, self.stage, position) if part
        )
        return f"[{scope}] {self.text}" if scope else self.text

    @property
    def is_base(self) -> bool:
        """Whether this only fetches a stage's base image."""
        return self.total > 0 and self.text.startswith("FROM ")

    @property
    def is_cacheable(self) -> bool:
        """Whether a cache can spare this step: an instruction that does something; not transfers,
        logins or exports."""
        return self.total > 0 and not self.is_base

    @property
    def is_export(self) -> bool:
        """Whether this writes or pushes the result."""
        return not self.total and self.text.startswith(("exporting ", "pushing "))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One vertex of the build graph, as far as it has come."""

    digest: str
    name: StepName
    number: int = 0
    """In order of the first start, from 1; 0 where it has not started."""
    started: datetime | None = None
    completed: datetime | None = None
    """None while it runs."""
    seconds: float = 0.0
    """Time at work, the sum over all runs of the step."""
    is_cached: bool = False
    error: str = ""
    tail: tuple[str, ...] = ()
    """The last lines it wrote."""

    @property
    def is_canceled(self) -> bool:
        """Whether it was stopped because another step failed."""
        return "context canceled" in _without_command(self.error)

    @property
    def exit_code(self) -> int | None:
        """Of the process that failed; None where no process did."""
        return exit_code(self.error)


def exit_code(error: str) -> int | None:
    """The exit code that an error of the engine names."""
    found = re.search(_EXIT_CODE, _without_command(error))
    return int(found[1]) if found else None


def _without_command(error: str) -> str:
    """An error of a process without the command in it, whose words are the user's."""
    return error.rpartition(_ENDED)[2]
