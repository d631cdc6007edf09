"""The settings of ``mode: pull``: one image, and where it goes."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghcr_action.errors import SettingsError
from ghcr_action.settings import attest, sources
from ghcr_action.settings.attest import Requirement
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.secret import Secret


@dataclass(frozen=True, kw_only=True)
class PullSettings:
    """One image by name, tag or digest."""

    common: Common
    source: Reference
    expect: Digest | None
    required: Requirement
    """Who must have signed it."""
    platform: Platform | None
    """None: the engine's own; into a directory, all of them."""
    fresh: bool
    """Whether the local copy is removed first."""
    output: str
    """A directory for an OCI layout; empty for the engine."""

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return frozenset({self.source.repository.registry})

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> PullSettings:  # noqa: ARG001 (one shape for all modes)
    """Settings of ``mode: pull``; problems stay with the reader."""
    platforms = sources.platforms(reader)
    reader.part(None, lambda: _check_one(platforms))
    return PullSettings(
        common=common,
        source=sources.one(reader, common.event),
        expect=sources.expected(reader),
        required=attest.required(reader, common.event),
        platform=next(iter(platforms), None),
        fresh=reader.boolean("fresh"),
        output=reader.text("output"),
    )


def _check_one(platforms: tuple[Platform, ...]) -> None:
    if len(platforms) > 1:
        raise SettingsError(
            f"`platforms` names {len(platforms)} platforms",
            why="`mode: pull` takes one, or none for the engine's own",
            fix="platforms: linux/arm64",
        )
