"""Which settings a run has: the mode decides, and only its own are imported, since a run pays
for every module it loads."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from ghcr_action.logins import given as logins_given
from ghcr_action.settings import common
from ghcr_action.settings.common import Common, Mode
from ghcr_action.settings.mounts import Mounts
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
    reader = Reader(Mounts.of(environ).translated(given))
    mode, found, words = read(reader, environ, event)
    reader.check_names(mode, is_writing=mode in _WRITING, words=words)
    reader.finish()
    notices = (*getattr(found, "notices", ()), *_idle_logins(found, reader.text("registry"), mode))
    return found, Remarks(notices=notices, warnings=reader.warnings)


def read(
    reader: Reader, environ: Mapping[str, str], event: Event
) -> tuple[Mode, Settings, Mapping[str, str] | None]:
    """The mode, its settings, and words of other actions for its inputs; problems stay with the
    reader."""
    mode = reader.choice("mode", tuple(Mode))
    module = importlib.import_module(f"ghcr_action.settings.{mode}")
    found: Settings = module.parse(reader, common.parse(reader, event), environ)
    return mode, found, getattr(module, "WORDS", None)


def _idle_logins(found: Settings, registry: str, mode: str) -> Iterator[str]:
    """A sentence for each login that no name uses. A build may need it for a base image or a cache:
    there only the one of `registry` is told, and one that is nearly that of a name."""
    named: frozenset[str] | None = getattr(found, "registries", None)
    if named is None:
        return
    logins, builds = found.common.credentials.items(), mode == "publish"
    main = logins_given.host(registry)
    for host in (host for host, login in logins if login.password != found.common.token):
        near = logins_given.meant(host, named)
        if host in named or (builds and not near and host != main):
            continue
        why = "it serves base images and caches only" if builds else "it is not used"
        hint = f"; did you mean {near}?" if near else ""
        yield f"No name is at {host}, the registry of a login: {why}{hint}"
