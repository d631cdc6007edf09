"""What ``--help`` says around the flags: modes, examples, variables, exit statuses; and how it
is broken into lines."""

import argparse
import re
import textwrap

from ghcr_action.cli.verbs import OWN, VERBS
from ghcr_action.inputs.modes import MODES

_DESCRIPTION = (
    "Publish container images to GitHub's container registry, and say exactly what was published."
)
EXAMPLES = {
    "publish": (
        "ghcr-action publish",
        "ghcr-action publish ghcr.io/octo/app:1.2.3 ghcr.io/octo/app:latest",
        (
            "ghcr-action publish --images ghcr.io/octo/app --platforms "
            "linux/amd64,linux/arm64 --dry-run"
        ),
    ),
    "bake": (
        "ghcr-action bake --targets web --targets worker --vars VERSION=1.2.3",
        "ghcr-action bake --files docker-bake.hcl --set web.platform=linux/arm64 --dry-run",
    ),
    "metadata": ("ghcr-action metadata ghcr.io/octo/app --tags type=sha --json",),
    "comment": ("ghcr-action comment report.json",),
    "merge": (
        (
            "ghcr-action merge --images ghcr.io/octo/app --digests sha256:… --digests "
            "sha256:… --tags 1.2.3"
        ),
    ),
    "promote": ("ghcr-action promote ghcr.io/octo/app:1.2.3-rc.1 1.2.3 latest",),
    "pull": (
        "ghcr-action pull ghcr.io/octo/app:1.2.3",
        "ghcr-action pull ghcr.io/octo/app:1.2.3 --platforms linux/arm64 --output image",
    ),
    "inspect": (
        "ghcr-action inspect ghcr.io/octo/app:latest",
        "ghcr-action inspect ghcr.io/octo/app:latest --json | jq --raw-output .digest",
    ),
    "visibility": ("ghcr-action visibility ghcr.io/octo/app --visibility public",),
    "cleanup": ("ghcr-action cleanup ghcr.io/octo/app --remove untagged",),
}
OWN_EXAMPLES = {
    "copy": (
        "ghcr-action copy ghcr.io/octo/app:1.2.3 docker.io/octo/app:1.2.3",
        "ghcr-action copy ghcr.io/octo/app docker.io/octo/app --all-tags",
    ),
    "tags": ("ghcr-action tags ghcr.io/octo/app",),
    "digest": ("ghcr-action digest ghcr.io/octo/app:latest",),
    "diff": ("ghcr-action diff ghcr.io/octo/app:1.2.2 ghcr.io/octo/app:1.2.3",),
    "untag": ("ghcr-action untag ghcr.io/octo/app:pr-7",),
}
"""Examples of the commands that no workflow has."""
EXITS = {
    0: "done, or nothing to do",
    1: "another failure: its message says what mends it",
    2: "edit the flags: an input is wrong",
    3: "grant a permission: the token may not do this",
    4: "check the name: it is not there",
    5: "read the build log: the Dockerfile did not build",
    6: "try again: something did not answer as it should, and may later",
    7: "an intended stop: a rule you set forbids this",
    8: "what was received is not what it claims to be",
    70: "a fault of ours: please report it",
    130: "cancelled",
}
ALONE = {
    "login": "keep a login for a registry, as docker login does",
    "completion": "print a script for the shell's completion",
    "version": "print the version",
    "help": "show what a mode or a command does, and its flags",
}
"""Commands that read no image."""
VARIABLES = {
    "GITHUB_TOKEN": (
        "stands in for --github-token: a token on the command line is seen "
        "by everybody on the machine"
    ),
    "DOCKER_HOST": "the engine that builds and pulls, as for docker",
    "DOCKER_CONFIG": "where contexts and logins of docker are [~/.docker]; the logins are used",
    "HTTPS_PROXY, NO_PROXY": "the way to registries and to GitHub",
    "REQUESTS_CA_BUNDLE": "a file with the authorities to trust, in place of the public ones",
    "SOURCE_DATE_EPOCH": "the time that images and metadata carry",
    "NO_COLOR": "no colours; TERM=dumb: no bars either",
}
_NOTES = (
    "A flag that takes an ITEM may be repeated, and takes several items on lines of their "
    "own; a BOOL alone means true. "
    "A default stands in square brackets. In a workflow the same settings come from `with:`."
)
_FLAG = r"(?<![\w-])(--[\w-]+) (?=[^-|])"
_KEPT = "\u2007"
"""Stands for the blank between a flag and its value while lines are broken."""
_COLUMNS = r" +\S+(?:, \S+)* {2,}"


class HelpText(argparse.HelpFormatter):
    """Keeps our own lines, and breaks those that are too long: below their second column, a command
    where a shell takes it."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        """A name with hyphens stays whole: it is there to be copied."""
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(
            indent + broken for line in text.splitlines() for broken in _broken(line, width)
        )


def describe(mode: str | None) -> str:
    """What stands above the flags: what one mode does, or every mode."""
    if mode:
        does = VERBS[mode].does
        return f"{does[0].upper()}{does[1:]}."
    return "\n".join(
        (
            _DESCRIPTION,
            "",
            "modes:",
            *_table(MODES),
            "",
            "commands:",
            *_table({name: verb.does for name, verb in OWN.items()} | ALONE),
            "",
            "`ghcr-action help MODE` shows the flags of a mode.",
        )
    )


def epilog(mode: str | None) -> str:
    """What stands below the flags."""
    known = EXAMPLES | OWN_EXAMPLES
    examples = known[mode] if mode else tuple(lines[0] for lines in EXAMPLES.values())
    return "\n".join(
        (
            "examples:",
            *(f"  {line}" for line in examples),
            "",
            "variables:",
            *_table(VARIABLES),
            "",
            "exit status:",
            *_table({f"{code:>3}": meaning for code, meaning in EXITS.items()}),
            "",
            _NOTES,
        )
    )


def _table(rows: dict[str, str]) -> tuple[str, ...]:
    width = max(map(len, rows))
    return tuple(f"  {name:<{width}}  {does}" for name, does in rows.items())


def _broken(line: str, width: int) -> list[str]:
    if line.startswith("  ghcr-action "):
        together = re.sub(_FLAG, lambda flag: f"{flag[1]}{_KEPT}", line)
        parts = textwrap.wrap(
            together,
            width - 2,
            subsequent_indent="      ",
            break_on_hyphens=False,
            break_long_words=False,
        )
        return [
            part.replace(_KEPT, " ") for part in (*(f"{part} \\" for part in parts[:-1]), parts[-1])
        ]
    found = re.match(_COLUMNS, line)
    return textwrap.wrap(
        line, width, subsequent_indent=" " * (found.end() if found else 0), break_on_hyphens=False
    ) or [""]
