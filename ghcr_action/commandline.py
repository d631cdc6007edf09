"""The command line: the same inputs as the action's, as flags of the same names, grouped as in the reference."""

import argparse
import sys
from collections.abc import Sequence

from ghcr_action import __version__, completion, errors
from ghcr_action.errors import ActionError
from ghcr_action.inputs import INPUTS, MODES, Group, Input, Kind
from ghcr_action.settings.reads import inputs_of

_DESCRIPTION = "Publish container images to GitHub's container registry, and say exactly what was published."
_FLAGS = (
    "A flag that takes a list may be repeated. Without --github-token the variable GITHUB_TOKEN is used. "
    "In a workflow the same settings come from `with:`."
)
EXAMPLES = {
    "publish": ("ghcr-action publish --images ghcr.io/octo/app --tags 1.2.3 --platforms linux/amd64,linux/arm64",),
    "metadata": ("ghcr-action metadata --images ghcr.io/octo/app --tags type=sha --json",),
    "promote": ("ghcr-action promote --source ghcr.io/octo/app:1.2.3-rc.1 --tags 1.2.3 --tags latest",),
    "merge": ("ghcr-action merge --images ghcr.io/octo/app --digests sha256:… --digests sha256:… --tags 1.2.3",),
    "visibility": ("ghcr-action visibility --images ghcr.io/octo/app --visibility public",),
    "cleanup": ("ghcr-action cleanup --packages app --remove untagged",),
}
OTHER_EXITS = {
    0: "Done, or nothing to do",
    1: "Another failure: its message says what mends it",
    70: "A fault of ours: please report it",
    130: "Cancelled",
}


def parse(arguments: Sequence[str]) -> tuple[dict[str, str], bool]:
    """The inputs that were given, name to text as a workflow would pass them, and whether JSON is wanted.

    Ends the process with argparse's own message and exit status 2 where a flag is unknown, and with 0 after ``--help``,
    ``--version`` and ``--completion``.
    """
    mode = next((argument for argument in arguments if argument in MODES), None)
    found = vars(_parser(mode, is_help=bool({"-h", "--help"} & {*arguments})).parse_args(arguments))
    as_json = found.pop("json")
    return {name: _text(value) for name, value in found.items() if value is not None}, as_json


def _parser(mode: str | None, *, is_help: bool) -> argparse.ArgumentParser:
    """Every flag, so that a flag of another mode is told by the settings; help shows those of the mode that was named."""
    parser = argparse.ArgumentParser(
        prog="ghcr-action",
        usage=f"ghcr-action {mode or 'MODE'} [--flag value …]",
        description=f"{MODES[mode][0].upper()}{MODES[mode][1:]}." if mode else _overview(),
        epilog=_epilog(mode),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("mode", choices=tuple(MODES), metavar="MODE", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--json", action="store_true", help="print the outputs as one JSON object")
    parser.add_argument(
        "--completion", action=_Completion, choices=tuple(completion.SHELLS), help="print a script for the shell's completion"
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

    def __call__(self, parser: argparse.ArgumentParser, _namespace: object, values: object, _flag: str | None = None) -> None:
        sys.stdout.write(completion.script(str(values), MODES, {mode: inputs_of(mode) for mode in MODES}))
        parser.exit()


def _overview() -> str:
    width = max(map(len, MODES))
    listed = (f"  {mode:<{width}}  {does}" for mode, does in MODES.items())
    return "\n".join((_DESCRIPTION, "", "modes:", *listed, "", "`ghcr-action MODE --help` shows the flags of a mode."))


def _epilog(mode: str | None) -> str:
    examples = EXAMPLES.get(mode, ()) if mode else tuple(lines[0] for each, lines in EXAMPLES.items() if each in MODES)
    kinds = sorted((kind.exit_code, _next_step(kind)) for kind in vars(errors).values() if _is_error(kind))
    exits = (f"  {code:>3}  {meaning}" for code, meaning in sorted((dict(kinds) | OTHER_EXITS).items()))
    return "\n".join(("examples:", *(f"  {line}" for line in examples), "", "exit status:", *exits, "", _FLAGS))


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, ActionError)


def _next_step(kind: type[ActionError]) -> str:
    return (kind.__doc__ or "").partition("\n")[0].rstrip(".")


def _add(section: "argparse._ArgumentGroup", row: Input, *, is_shown: bool) -> None:
    summary = row.summary.replace("`", "").replace("%", "%%")
    flag, shown = f"--{row.name}", {"dest": row.name, "help": summary if is_shown else argparse.SUPPRESS}
    if row.kind is Kind.BOOLEAN:
        section.add_argument(flag, nargs="?", const="true", metavar="BOOL", **shown)  # type: ignore[arg-type]
    elif row.kind in (Kind.LIST, Kind.CSV, Kind.RAW_LIST):
        section.add_argument(flag, action="append", metavar="ITEM", **shown)  # type: ignore[arg-type]
    else:
        section.add_argument(flag, metavar="TEXT", **shown)  # type: ignore[arg-type]


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)
