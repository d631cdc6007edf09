"""The command line: the same inputs as the action's, as flags of the same names, grouped as in
the reference."""

import argparse
import difflib
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from ghcr_action import __version__
from ghcr_action.cli import completion, manual, verbs
from ghcr_action.cli.verbs import VERBS, Verb
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import BY_NAME, INPUTS, is_default
from ghcr_action.inputs.given_back import OUTPUTS
from ghcr_action.inputs.modes import MODES
from ghcr_action.inputs.row import Group, Input, Kind
from ghcr_action.settings import typos
from ghcr_action.settings.reads import choices_of, inputs_of, modes_of

USAGE_EXIT = 2
_OWN_FLAGS = ("help", "version", "json", "print", "no-progress", "completion")
_ALONE = {"version": ["--version"], "completion": ["--completion"], "help": ["--help"]}
"""Words that begin a line, and the flags that they stand for."""
_SHORT = {"-t": "tags", "-f": "file", "-o": "outputs", "-p": "platforms", "-u": "username"}
"""Flags of docker and crane, and ours."""
_NAME = r"[/:.]"
"""What a name of an image has, and no boolean."""
_NO_VALUE = r"argument (--[\w-]+): expected one argument"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for."""

    inputs: Mapping[str, str]
    """Name to text, as a workflow would pass them, the mode among them."""
    as_json: bool
    shows_progress: bool
    verb: str
    """The mode, or a command that no workflow has."""
    wanted: str = ""
    """The one output to print; empty for what the verb ends with."""
    all_tags: bool = False


def parse(arguments: Sequence[str]) -> Request:
    """The arguments, read.

    Ends the process with a sentence on standard error and exit status 2 where they can't be, and
    with 0 after ``--help``, ``--version`` and ``--completion``.
    """
    if arguments and arguments[0] in _ALONE:
        arguments = _alone(arguments[0], list(arguments[1:]))
    word = next((argument for argument in arguments if argument in VERBS), None)
    parser = _parser(word, is_help=bool({"-h", "--help"} & {*arguments}))
    parser.as_json = "--json" in arguments
    namespace, rest = parser.parse_known_args(_separated(arguments))
    found = vars(namespace)
    own = {name: found.pop(name) for name in ("json", "no-progress", "print", "all-tags")}
    given = {name: _text(value) for name, value in found.items() if value is not None}
    parser.check(given, rest)
    verb = VERBS[given["mode"]]
    wanted = own["print"] or (given.pop("output", "") if verb.mode != "pull" else "")
    parser.check_output(wanted, verb)
    operands = [argument for argument in rest if argument != "--"]
    verb = replace(verb, names_repositories=verb.names_repositories or own["all-tags"])
    if given["mode"] == "copy":  # every name as it is, whatever is newer
        given.setdefault("moving-tags", "always")
    return Request(
        inputs={**given, **parser.given(verb, operands, given), "mode": verb.mode},
        as_json=own["json"],
        shows_progress=not own["no-progress"],
        verb=given["mode"],
        wanted=wanted,
        all_tags=own["all-tags"],
    )


def _alone(word: str, more: list[str]) -> list[str]:
    """The flag that a word stands for. Ends with an error where more or other words follow."""
    parser = _Parser(prog="ghcr-action", add_help=False)
    if word == "completion" and not more:
        parser.error(f"SHELL is missing: {', '.join(completion.SHELLS)}")
    if too_many := more[0 if word == "version" else 1 :]:
        parser.error(f"{too_many[0]!r} belongs to no flag")
    if word == "help":
        known = (*VERBS, *manual.ALONE)
        if more and more[0] not in known:
            parser.error(f"there is no mode {more[0]!r}{_nearest(more[0], known)}")
        return [*more, *_ALONE["help"]]
    return [*_ALONE[word], *more]


def _separated(arguments: Sequence[str]) -> list[str]:
    """A boolean flag does not take the name of an image that follows it for its value, nor an empty
    one."""
    booleans = {f"--{row.name}" for row in INPUTS if row.kind is Kind.BOOLEAN}
    found: list[str] = []
    for number, argument in enumerate(arguments):
        following = next(iter(arguments[number + 1 : number + 2]), "-")
        is_name = not following.strip() or (
            not following.startswith("-") and bool(re.search(_NAME, following))
        )
        found.append(f"{argument}=true" if argument in booleans and is_name else argument)
    return found


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, names what may have been meant, and where the flags are
    listed."""

    shown_mode = "MODE"
    as_json = False
    """Whether the error is an output, too."""

    def check(self, given: Mapping[str, str], rest: Sequence[str]) -> None:
        """End with an error where a flag or a mode is unknown, or a flag is another mode's."""
        mode = given.get("mode", "")
        verb = VERBS.get(mode)
        if flags := [
            argument.partition("=")[0]
            for argument in rest
            if argument.startswith("-") and argument != "--"
        ]:
            names = inputs_of(verb.mode) if verb else frozenset(BY_NAME) - {"mode"}
            self.error(f"there is no flag {flags[0]}{_meant(flags[0], (*names, *_OWN_FLAGS))}")
        if not mode and (
            taken := next((name for name, value in given.items() if value in VERBS), "")
        ):
            self.error(f"--{taken} took {given[taken]!r} for its value: the mode comes first")
        if not mode:
            self.error(f"a mode is missing: {', '.join(MODES)}")
        if verb is None:
            near = _nearest(mode, (*VERBS, *_ALONE, "login")) or f": {', '.join(MODES)}"
            self.error(f"there is no mode {mode!r}{near}")
        read = inputs_of(verb.mode) | {"mode", "output"}
        foreign = [name for name in given if name not in read and not is_default(name, given[name])]
        if foreign:
            self.error(
                f"--{foreign[0]} means nothing to {mode}; it is a flag of "
                f"{', '.join(modes_of(foreign[0]))}"
            )

    def given(
        self, verb: Verb, operands: Sequence[str], inputs: Mapping[str, str]
    ) -> Mapping[str, str]:
        """The inputs that stand without a flag, in front of those with one."""
        if name := verbs.missing(verb, operands, inputs):
            self.error(f"{name} is missing")
        try:
            found = verbs.given(verb, operands, inputs)
        except InvalidValue as cause:
            self.error(str(cause))
        lists = (Kind.LIST, Kind.CSV, Kind.RAW_LIST)
        return {
            name: f"{text}\n{inputs[name]}"
            if name in inputs and BY_NAME[name].kind in lists
            else text
            for name, text in found.items()
        }

    def check_output(self, name: str, verb: Verb) -> None:
        """End with an error where there is no such output."""
        known = [output.name for output in OUTPUTS] + list(verb.result)
        if name and name not in known:
            self.error(f"there is no output {name!r}{_nearest(name, known)}")

    def error(self, message: str) -> NoReturn:
        """One sentence and one hint on standard error, exit status 2; with ``--json`` the outputs
        of a failed run on standard output."""
        said = re.sub(_NO_VALUE, r"\1 needs a value", message)
        if self.as_json:
            outputs = {"error-code": SettingsError.code, "error-cause": said}
            sys.stdout.write(f"{json.dumps(outputs, indent=2)}\n")
        self.exit(
            USAGE_EXIT,
            (
                f"ghcr-action: {said}\nTry `ghcr-action "
                f"{f'{self.shown_mode} ' if self.shown_mode in VERBS else ''}--help`.\n"
            ),
        )


def _usage(word: str | None) -> str:
    """``[NAME…]`` may be left out: the name then comes from the checkout."""
    named = (
        (f"[{name}]" if name == "NAME…" else name for name in VERBS[word].operands) if word else ()
    )
    operands = "".join(f" {name}" for name in named)
    return f"ghcr-action {word or 'MODE'}{operands} [--flag value …]"


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _meant(flag: str, names: Iterable[str]) -> str:
    """The flag that somebody may have meant: another action's or docker's word for it, or one that
    is nearly the same."""
    known = tuple(names)
    name = _SHORT.get(flag) or typos.name(flag.lstrip("-"), known)
    return f"; did you mean --{name}?" if name in known else ""


def _parser(mode: str | None, *, is_help: bool) -> _Parser:
    """Every flag, so that a flag of another mode is told as one; help shows those of the mode that
    was named."""
    parser = _Parser(
        prog="ghcr-action",
        usage=_usage(mode),
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
    parser.add_argument("--json", action="store_true", help=completion.OWN["json"])
    parser.add_argument("--print", metavar="OUTPUT", help=completion.OWN["print"])
    is_copy = mode == "copy"
    parser.add_argument(
        "--all-tags",
        action="store_true",
        dest="all-tags",
        help="every tag of the repository" if is_copy else argparse.SUPPRESS,
    )
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
    shown = inputs_of(VERBS[mode].mode) - OF_A_JOB if mode and is_help else frozenset()
    for group in Group:
        section = parser.add_argument_group(group.value)
        for row in INPUTS:
            if row.group is group and row.name != "mode":
                _add(section, row, is_shown=row.name in shown)
    return parser


OF_A_JOB = frozenset({"check-run-id"})
"""Inputs that only a workflow's job has a value for."""


class _Completion(argparse.Action):
    """Prints the script and ends, as ``--version`` does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        _namespace: object,
        values: object,
        _flag: str | None = None,
    ) -> None:
        modes = {name: verb.does for name, verb in VERBS.items()}
        flags = {name: inputs_of(verb.mode) for name, verb in VERBS.items()}
        choices = {name: words for mode in MODES for name, words in choices_of(mode).items()}
        sys.stdout.write(completion.script(str(values), {**modes, **manual.ALONE}, flags, choices))
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
