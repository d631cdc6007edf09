"""The command line: the same inputs as the action's, as flags of the same names, grouped as in the reference."""

import argparse
from collections.abc import Sequence

from ghcr_action import __version__
from ghcr_action.inputs import INPUTS, MODES, Group, Input, Kind

_DESCRIPTION = "Publish container images to GitHub's container registry, and say exactly what was published."
_EPILOG = (
    "A flag that takes a list may be repeated. Without --github-token the variable GITHUB_TOKEN is used. "
    "In a workflow the same settings come from `with:`."
)


def parse(arguments: Sequence[str]) -> tuple[dict[str, str], bool]:
    """The inputs that were given, name to text as a workflow would pass them, and whether JSON is wanted.

    Ends the process with argparse's own message and exit status 2 where a flag is unknown.
    """
    found = vars(_parser().parse_args(arguments))
    as_json = found.pop("json")
    return {name: _text(value) for name, value in found.items() if value is not None}, as_json


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ghcr-action", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--json", action="store_true", help="print the outputs as one JSON object")
    parser.add_argument("mode", choices=tuple(MODES), metavar="MODE", help="; ".join(f"{name}: {does}" for name, does in MODES.items()))
    for group in Group:
        section = parser.add_argument_group(group.value)
        for row in INPUTS:
            if row.group is group and row.name != "mode":
                _add(section, row)
    return parser


def _add(section: "argparse._ArgumentGroup", row: Input) -> None:
    summary = row.summary.replace("`", "").replace("%", "%%")
    flag, shown = f"--{row.name}", {"dest": row.name, "help": summary}
    if row.kind is Kind.BOOLEAN:
        section.add_argument(flag, nargs="?", const="true", metavar="BOOL", **shown)  # type: ignore[arg-type]
    elif row.kind in (Kind.LIST, Kind.CSV, Kind.RAW_LIST):
        section.add_argument(flag, action="append", metavar="ITEM", **shown)  # type: ignore[arg-type]
    else:
        section.add_argument(flag, metavar="TEXT", **shown)  # type: ignore[arg-type]


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)
