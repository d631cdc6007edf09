"""What the runner reads: workflow commands and file commands as text, and the logging formatter
that writes them.

Pure, so that escaping is proven without a runner. Sources:
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs and
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands.
"""

import logging
import re
from collections.abc import Mapping

from ghcr_action.diagnosis import cleaning
from ghcr_action.log import NOTICE

MAX_ANNOTATION = 4096
"""Characters of an annotation's message that the runner keeps."""

MAX_ANNOTATIONS = 10
"""Annotations of one kind that GitHub shows for a step:
https://docs.github.com/en/rest/checks/runs."""

_COMMANDS = {
    logging.DEBUG: "debug",
    NOTICE: "notice",
    logging.WARNING: "warning",
    logging.ERROR: "error",
    logging.CRITICAL: "error",
}
_STARTS_COMMAND = r"(?m)^(?=[^\S\n]*::)|(?=##\[)"


def escape_data(text: str) -> str:
    """The part after the second ``::``: percent signs and line ends."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A property's value: as data, and also ``:`` and ``,``, which end it."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def command(name: str, data: str = "", properties: Mapping[str, str] | None = None) -> str:
    """One workflow command, ``::name key=value,…::data``; empty properties are left out."""
    given = ",".join(
        f"{key}={escape_property(value)}" for key, value in (properties or {}).items() if value
    )
    return f"::{name}{' ' if given else ''}{given}::{escape_data(data)}"


def plain(text: str) -> str:
    """Text for the log that can't be read as a command: a zero-width space stands before what would
    start one.

    A ``::`` command starts a line, after blanks; the old ``##[…]`` form is found anywhere in it.
    Colours stay; links, moves of the cursor and marks that turn text around do not.
    """
    shown = cleaning.clean(text, colours=True)
    return re.sub(_STARTS_COMMAND, "\u200b", shown) if "::" in shown or "##[" in shown else shown


def file_command(name: str, value: str, delimiter: str) -> str:
    """One entry of GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE, in its multi-line form.

    Raises ValueError where the delimiter stands in name or value: take another random one.
    """
    if delimiter in name or delimiter in value:
        raise ValueError("the delimiter stands in the value")
    if not name or re.search(r"[\r\n=]|<<", name):
        raise ValueError(f"{name!r} is not the name of an output or a variable")
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


class CommandFormatter(logging.Formatter):
    """Log records as the runner wants them: info as plain text, other levels as workflow commands.

    ``extra`` may hold ``title``, ``file``, ``line`` and ``end_line``, which become properties of an
    annotation. GitHub shows ten of a kind for a step and drops the others: beyond that they stand
    in the log as text, so that none is lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self._annotated: dict[str, int] = {}

    def format(self, record: logging.LogRecord) -> str:
        """One record, never more than one command."""
        message = super().format(record)
        name = _COMMANDS.get(record.levelno)
        if name is None:
            return plain(message)
        if name == "debug":
            return command(name, message)
        self._annotated[name] = self._annotated.get(name, 0) + 1
        if self._annotated[name] > MAX_ANNOTATIONS:
            return plain(f"{name}: {message}")
        keys = {"title": "title", "file": "file", "line": "line", "end_line": "endLine"}
        properties = {
            key: cleaning.clean(str(getattr(record, attribute, "") or ""))
            for attribute, key in keys.items()
        }
        return command(name, cleaning.clean(message)[:MAX_ANNOTATION], properties)
