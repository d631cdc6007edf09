"""The Dockerfile's checks: what the input asks for, where a warning stands in the work tree, and when it stops the run. Pure.

The engine runs them in every build, so that nothing is built twice for them.
"""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ghcr_action.build.context import Context
from ghcr_action.build.warning import BuildWarning
from ghcr_action.errors import PolicyRefused

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
    """The build arguments that the mode adds; one that the user gave for the checks stays alone."""
    is_given = any(item.partition("=")[0] == _SWITCH for item in given)
    return (f"{_SWITCH}=skip=all",) if mode is Checks.OFF and not is_given else ()


def dockerfile(file: str, context: Context) -> str:
    """The Dockerfile's path in the work tree; empty where it lies elsewhere.

    The engine names a Dockerfile without its directories. buildx reads ``file`` from the working directory, the default from the context.
    """
    if "://" in file or (not file and (context.is_git or "://" in context.value)):
        return ""
    return posixpath.normpath(file or posixpath.join(context.value, "Dockerfile"))


def located(named: str, dockerfile_path: str) -> str:
    """The path in the work tree of a file that the engine names; as it is where it is another."""
    if posixpath.basename(dockerfile_path).lower() != named.lower():
        return named
    return posixpath.join(posixpath.dirname(dockerfile_path), named)


def notes(warnings: Iterable[BuildWarning], dockerfile_path: str) -> tuple[Note, ...]:
    """Each warning once, where it stands."""
    found = (
        Note(
            text=" ".join(filter(None, (warning.text, warning.detail, warning.url))),
            file=located(warning.file, dockerfile_path),
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
            f"The Dockerfile's checks gave {len(found)} warning{'s' if len(found) > 1 else ''}; nothing was tagged",
            why=listed,
            fix="Mend these lines, or skip a rule with `# check=skip=RULE` in the Dockerfile's first line. `checks: warn` only annotates.",
            docs="https://docs.docker.com/build/checks/",
        )
