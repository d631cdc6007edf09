"""The settings of ``mode: inspect``: images to look at, and the digest they should have."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghcr_action.settings import attest, sources
from ghcr_action.settings.attest import Requirement
from ghcr_action.settings.common import Common
from ghcr_action.settings.reader import Reader
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.secret import Secret


@dataclass(frozen=True, kw_only=True)
class InspectSettings:
    """One or several images that exist."""

    common: Common
    sources: tuple[Reference, ...]
    expect: Digest | None
    required: Requirement
    """Who must have signed it."""
    referrers: bool

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return frozenset(each.repository.registry for each in self.sources)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> InspectSettings:  # noqa: ARG001 (one shape for all modes)
    """Settings of ``mode: inspect``; problems stay with the reader."""
    return InspectSettings(
        common=common,
        sources=sources.several(reader, common.event),
        expect=sources.expected(reader),
        required=attest.required(reader, common.event, has_key=True),
        referrers=reader.boolean("referrers"),
    )
