"""Which settings a run has: the mode decides, and only its own are imported, since a run pays for
every module it loads."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ghcr_action.settings import common
from ghcr_action.settings.common import Common, Mode
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret

_WRITING = ("cleanup", "merge", "promote")
"""Modes that do nothing but move or delete names."""


class Settings(Protocol):
    """What the settings of every mode have; the rest is between them and their mode."""

    @property
    def common(self) -> Common:
        """What does not depend on the mode."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""


@dataclass(frozen=True, kw_only=True)
class Remarks:
    """What the user should know of how the inputs were read, a sentence each."""

    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def settings(
    given: Mapping[str, str], environ: Mapping[str, str], event: Event
) -> tuple[Settings, Remarks]:
    """Settings from texts, and what the user should know of how they were read. A mode and its
    settings are modules of one name.

    Raises one SettingsError that names every problem: the input, the line and the rule.
    """
    reader = Reader(given)
    mode = reader.choice("mode", tuple(Mode))
    module = importlib.import_module(f"ghcr_action.settings.{mode}")
    found: Settings = module.parse(reader, common.parse(reader, event), environ)
    words = getattr(module, "WORDS", None)
    reader.check_names(mode, is_writing=mode in _WRITING, words=words)
    reader.finish()
    return found, Remarks(notices=getattr(found, "notices", ()), warnings=reader.warnings)
