"""Which inputs a mode reads.

Found out by reading them, so that no second table can go stale.
"""

import contextlib
from collections.abc import Mapping
from functools import cache

from ghcr_action.errors import ActionError, SettingsError
from ghcr_action.inputs.modes import MODES
from ghcr_action.settings import parse
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event

_NEVER = frozenset({"mode"})


class _Recorded(dict[str, str]):
    """Inputs that remember which names they were asked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # texts only
        self.asked.add(key)
        return super().get(key, default)


@cache
def inputs_of(mode: str) -> frozenset[str]:
    """Names of the inputs that mean something in a mode; `mode` itself is not among them."""
    recorded = _Recorded({"mode": mode})
    with contextlib.suppress(
        ActionError
    ):  # what is required and missing has been asked for all the same
        parse.settings(recorded, {}, Event.decode({}, {}))
    return frozenset(recorded.asked) - _NEVER


@cache
def choices_of(mode: str) -> Mapping[str, tuple[str, ...]]:
    """The words that inputs of a mode can be, of those that take one of a few."""
    reader = Reader({"mode": mode})
    with contextlib.suppress(ActionError):
        parse.read(reader, {}, Event.decode({}, {}))
    return {name: words for name, words in reader.choices.items() if name not in _NEVER}


def modes_of(name: str) -> tuple[str, ...]:
    """The modes that read an input."""
    return tuple(mode for mode in MODES if name in inputs_of(mode))


def refuse_foreign(name: str, mode: str, word: str = "") -> None:
    """Raise SettingsError for an input that a mode does not read, with the modes that do; ``word``
    is what this mode has in its place."""
    if name in inputs_of(mode):
        return
    of = modes_of(name)
    raise SettingsError(
        f"`{name}` means nothing to `mode: {mode}`",
        why=f"it is an input of {', '.join(f'`mode: {other}`' for other in of)}",
        fix=f"Write {word}." if word else f"mode: {of[0]}",
    )
