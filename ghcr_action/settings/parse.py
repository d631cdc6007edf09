"""Which settings a run has: the mode decides, and only its own are imported, since a run pays for
every module it loads."""

import importlib
from collections.abc import Mapping
from typing import Protocol

from ghcr_action.settings import common
from ghcr_action.settings.common import Common, Mode
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.secret import Secret


class Settings(Protocol):
    """What the settings of every mode have; the rest is between them and their mode."""

    @property
    def common(self) -> Common:
        """What does not depend on the mode."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""


def settings(
    given: Mapping[str, str], environ: Mapping[str, str], event: Event
) -> tuple[Settings, tuple[str, ...]]:
    """Settings from texts, and what the user should know of how they were read. A mode and its
    settings are modules of one name.

    Raises one SettingsError that names every problem: the input, the line and the rule.
    """
    reader = Reader(given)
    mode = reader.choice("mode", tuple(Mode))
    found: Settings = importlib.import_module(f"ghcr_action.settings.{mode}").parse(
        reader, common.parse(reader, event), environ
    )
    reader.finish()
    return found, (*reader.unknown(), *getattr(found, "notices", ()))
