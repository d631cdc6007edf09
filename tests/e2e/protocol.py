"""What GitHub's runner makes of a step's log and files, written from its grammar and not from our
own writer.

Sources: https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
(environment files) and
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs,
.../Runner.Worker/ActionCommandManager.cs (the log).
"""

from dataclasses import dataclass

ANNOTATIONS = ("error", "warning", "notice")
DEPRECATED = ("set-output", "save-state", "set-env", "add-path")


class InvalidFormatError(AssertionError):
    """The runner would fail the step: Unable to process file command."""


def file_command(text: str) -> dict[str, str]:
    """GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE; only a line feed ends a line, and a later value
    wins."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    if lines.pop():
        raise InvalidFormatError(f"the last line has no line end: {text[-80:]!r}")
    while lines:
        line = lines.pop(0)
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line[:equals], line[equals + 1 :]
        elif heredoc > 0:
            name, delimiter = line[:heredoc], line[heredoc + 2 :]
            if not delimiter or delimiter not in lines:
                raise InvalidFormatError(f"the delimiter of {name!r} is missing")
            end = lines.index(delimiter)
            value, lines = "\n".join(lines[:end]), lines[end + 1 :]
        else:
            raise InvalidFormatError(f"{line!r}")
        if not name:
            raise InvalidFormatError(f"{line!r} has no name")
        found[name] = value
    return found


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A message that GitHub shows beside the run."""

    level: str
    message: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Log:
    """A step's log after the runner has read it."""

    annotations: tuple[Annotation, ...]
    deprecated: tuple[str, ...]
    masks: tuple[str, ...]
    groups: tuple[str, ...]
    shown: str
    """Every line that is not a mask; masked values are left as they are, so that a test can find
    them."""


def read_log(text: str) -> Log:
    """Interpret every command as the runner does, ``stop-commands`` included."""
    annotations, deprecated, masks, groups, shown = [], [], [], [], []
    resume = ""
    for line in text.split("\n"):
        name, properties, data = _command(line)
        if resume:
            resume = "" if name == resume else resume
        elif name == "stop-commands":
            resume = data
        elif name in ANNOTATIONS:
            annotations.append(
                Annotation(level=name, message=data, title=properties.get("title", ""))
            )
        elif name in DEPRECATED:
            deprecated.append(line)
        elif name == "group":
            groups.append(data)
        elif name == "add-mask":
            masks.append(data)
            continue
        shown.append(line)
    return Log(
        annotations=tuple(annotations),
        deprecated=tuple(deprecated),
        masks=tuple(masks),
        groups=tuple(groups),
        shown="\n".join(shown),
    )


def _command(line: str) -> tuple[str, dict[str, str], str]:
    """``::name key=value::data`` at the start of a line, or ``##[name key=value]data`` anywhere in
    it; an empty name is none."""
    stripped = line.lstrip()
    if stripped.startswith("::") and "::" in stripped[2:]:
        head, _, data = stripped[2:].partition("::")
        separator = ","
    elif "##[" in line and "]" in line.partition("##[")[2]:
        head, _, data = line.partition("##[")[2].partition("]")
        separator = ";"
    else:
        return "", {}, ""
    name, _, rest = head.partition(" ")
    properties = dict(part.split("=", 1) for part in rest.split(separator) if "=" in part)
    return (
        name.lower(),
        {key.strip(): _unescape(value) for key, value in properties.items()},
        _unescape(data),
    )


def _unescape(text: str) -> str:
    for written, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(written, meant)
    return text
