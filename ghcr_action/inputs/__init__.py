"""The inputs: a row each, by subject, from which settings, ``action.yml``, the command line and the
reference page come; and the syntax of their lists."""

from collections.abc import Mapping

from ghcr_action.inputs import building, named, publishing, removing, shared
from ghcr_action.inputs.row import Input, Kind

INPUTS: tuple[Input, ...] = (
    *shared.INPUTS,
    *named.INPUTS,
    *building.INPUTS,
    *publishing.INPUTS,
    *removing.INPUTS,
)
BY_NAME = {row.name: row for row in INPUTS}
NAMES = frozenset(BY_NAME)


def is_default(name: str, text: str) -> bool:
    """Whether a text is the default of its input: the runner gives every input that has one."""
    default = BY_NAME[name].default
    if BY_NAME[name].kind is Kind.BOOLEAN:
        default, text = default.lower(), text.strip().lower()
    return text.strip() in ("", default) or "${{" in default


def in_no_encoding(given: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the inputs that hold bytes which are no text: nobody could hand them on."""
    return tuple(name for name, text in given.items() if not _is_text(f"{name}{text}"))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


SECRETS = tuple(row.name for row in INPUTS if row.kind is Kind.SECRET)
"""Inputs whose whole text is masked before anything is logged."""

_PREFIX = "INPUT_"
_RUNNER_OWN = frozenset({"args", "entrypoint"})
"""Accepted by the runner for every container action."""


def from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Every ``INPUT_*`` under the name a workflow writes: lower case, hyphens kept, blanks arrived
    as underscores.

    Source: https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/Handler.cs.
    """
    given = (
        (name.removeprefix(_PREFIX).lower(), value)
        for name, value in environ.items()
        if name.startswith(_PREFIX)
    )
    return {name: value for name, value in given if name not in _RUNNER_OWN}
