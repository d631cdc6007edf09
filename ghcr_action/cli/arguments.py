"""The command line: the same inputs as the action's, as flags of the same names, grouped as in
the reference."""

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ghcr_action import __version__
from ghcr_action.cli import completion, manual
from ghcr_action.inputs import BY_NAME, INPUTS, MODES, Group, Input, Kind, is_default
from ghcr_action.settings.reads import inputs_of, modes_of

USAGE_EXIT = 2
_OWN_FLAGS = ("help", "version", "json", "no-progress", "completion")
_NO_VALUE = re.compile(r"argument (--[\w-]+): expected one argument")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for."""

    inputs: Mapping[str, str]
    """Name to text, as a workflow would pass them, the mode among them."""
    as_json: bool
    shows_progress: bool


def parse(arguments: Sequence[str]) -> Request:
    """The arguments, read.

    Ends the process with a sentence on standard error and exit status 2 where they can't be, and
    with 0 after ``--help``, ``--version`` and ``--completion``.
    """
    mode = next((argument for argument in arguments if argument in MODES), None)
    parser = _parser(mode, is_help=bool({"-h", "--help"} & {*arguments}))
    namespace, rest = parser.parse_known_args(arguments)
    found = vars(namespace)
    own = {name: found.pop(name) for name in ("json", "no-progress")}
    given = {name: _text(value) for name, value in found.items() if value is not None}
    parser.check(given, rest)
    return Request(inputs=given, as_json=own["json"], shows_progress=not own["no-progress"])


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, names what may have been meant, and where the flags are
    listed."""

    shown_mode = "MODE"

    def check(self, given: Mapping[str, str], rest: Sequence[str]) -> None:
        """End with an error where a flag or a mode is unknown, or a flag is another mode's."""
        mode = given.get("mode", "")
        if flags := [
            argument.partition("=")[0]
            for argument in rest
            if argument.startswith("-") and argument != "--"
        ]:
            names = inputs_of(mode) if mode in MODES else frozenset(BY_NAME) - {"mode"}
            self.error(
                "there is no flag "
                f"{flags[0]}{_nearest(flags[0], [f'--{name}' for name in (*names, *_OWN_FLAGS)])}"
            )
        if not mode and (
            taken := next((name for name, value in given.items() if value in MODES), "")
        ):
            self.error(f"--{taken} took {given[taken]!r} for its value: the mode comes first")
        if not mode:
            self.error(f"a mode is missing: {', '.join(MODES)}")
        if mode not in MODES:
            self.error(
                f"there is no mode {mode!r}{_nearest(mode, MODES) or ': ' + ', '.join(MODES)}"
            )
        if rest:
            self.error(f"{rest[0]!r} belongs to no flag")
        read = inputs_of(mode) | {"mode"}
        foreign = [name for name in given if name not in read and not is_default(name, given[name])]
        if foreign:
            self.error(
                f"--{foreign[0]} means nothing to {mode}; it is a flag of "
                f"{', '.join(modes_of(foreign[0]))}"
            )

    def error(self, message: str) -> NoReturn:
        """One sentence and one hint on standard error, exit status 2."""
        said = _NO_VALUE.sub(r"\1 needs a value", message)
        self.exit(
            USAGE_EXIT,
            (
                f"ghcr-action: {said}\nTry `ghcr-action "
                f"{f'{self.shown_mode} ' if self.shown_mode in MODES else ''}--help`.\n"
            ),
        )


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _parser(mode: str | None, *, is_help: bool) -> _Parser:
    """Every flag, so that a flag of another mode is told as one; help shows those of the mode that
    was named."""
    parser = _Parser(
        prog="ghcr-action",
        usage=f"ghcr-action {mode or 'MODE'} [--flag value …]",
        description=manual.describe(mode),
        epilog=manual.epilog(mode),
        formatter_class=manual.HelpText,
        allow_abbrev=False,
    )
    parser.shown_mode = mode or "MODE"
    parser.add_argument("mode", nargs="?", metavar="MODE", help=argparse.SUPPRESS)
    parser.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {__version__}",
        help="print the version and exit",
    )
    parser.add_argument("--json", action="store_true", help="print the outputs as one JSON object")
    parser.add_argument(
        "--no-progress",
        action="store_true",
        dest="no-progress",
        help="no bars, and no lines about layers that move",
    )
    parser.add_argument(
        "--completion",
        action=_Completion,
        choices=tuple(completion.SHELLS),
        help="print a script for the shell's completion and exit",
    )
    shown = inputs_of(mode) if mode and is_help else frozenset()
    for group in Group:
        section = parser.add_argument_group(group.value)
        for row in INPUTS:
            if row.group is group and row.name != "mode":
                _add(section, row, is_shown=row.name in shown)
    return parser


class _Completion(argparse.Action):
    """Prints the script and ends, as ``--version`` does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: object,
        values: object,
        _flag: str | None = None,
    ) -> None:
        sys.stdout.write(
            completion.script(str(values), MODES, {mode: inputs_of(mode) for mode in MODES})
        )
        parser.exit()


class _Once(argparse.Action):
    """Stores a value, and refuses a second one: the first would be gone without a word."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        _flag: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest, None) is not None:
            parser.error(f"--{self.dest} is given twice: it takes one value")
        setattr(namespace, self.dest, values)


def _add(section: "argparse._ArgumentGroup", row: Input, *, is_shown: bool) -> None:
    flag, shown = (
        f"--{row.name}",
        {"dest": row.name, "help": _summary(row) if is_shown else argparse.SUPPRESS},
    )
    if row.kind is Kind.BOOLEAN:
        section.add_argument(
            flag,
            action=_Once,
            nargs="?",
            const="true",
            metavar="BOOL",
            **shown,  # type: ignore[arg-type]
        )
    elif row.may_repeat:
        section.add_argument(flag, action="append", metavar="ITEM", **shown)  # type: ignore[arg-type]
    else:
        section.add_argument(flag, action=_Once, metavar="TEXT", **shown)  # type: ignore[arg-type]


def _summary(row: Input) -> str:
    """What it is for, and its default where that is no matter of course."""
    default = (
        "" if "${{" in row.default or row.default in ("", "false", "0") else f" [{row.default}]"
    )
    return f"{row.summary}{default}".replace("`", "").replace("%", "%%")


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)
