"""The settings of ``mode: promote``: an image that exists, and the names it gets."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghcr_action.errors import SettingsError
from ghcr_action.names import asked
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import TagPolicy
from ghcr_action.settings import attest, metadata, policy, sources
from ghcr_action.settings.attest import Requirement
from ghcr_action.settings.common import Common
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.reader import Reader
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from ghcr_action.values.secret import Secret


@dataclass(frozen=True, kw_only=True)
class PromoteSettings:
    """One image, by tag or digest, and where it goes."""

    common: Common
    source: Reference
    names: Names
    metadata: MetadataSettings
    policy: TagPolicy
    expect: Digest | None
    required: Requirement
    """Who must have signed it."""
    platforms: tuple[Platform, ...]
    """Those that are kept; empty for all."""
    referrers: bool
    """Whether signatures, SBOMs and attestations go along to other repositories."""
    verify: bool
    notices: tuple[str, ...] = ()

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return self.names.registries | {self.source.repository.registry}

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> PromoteSettings:
    """Settings of ``mode: promote``; problems stay with the reader."""
    source = (
        sources.one(reader, common.event)
        if reader.text("source")
        else reader.part(sources.NOWHERE, _none_given)
    )
    images, tags = reader.raw("images"), reader.raw("tags")
    named = reader.part(Names(), lambda: targets(source, images, tags, common.event))
    return PromoteSettings(
        common=common,
        source=source,
        names=named,
        metadata=metadata.of(reader, common, named, environ),
        policy=policy.parse(reader),
        expect=sources.expected(reader),
        required=attest.required(reader, common.event),
        platforms=sources.platforms(reader),
        referrers=reader.boolean("referrers"),
        verify=reader.boolean("verify"),
        notices=named.notices,
    )


def _none_given() -> Reference:
    raise SettingsError(
        "`source` is empty",
        why="nothing is promoted by default",
        fix="source: ghcr.io/OWNER/NAME@${{ needs.build.outputs.digest }}",
    )


def targets(source: Reference, images: str, tags: str, event: Event) -> Names:
    """The new names: of the source's own repository where no other is named; under its own tag
    where only repositories are.

    Raises SettingsError where there is nothing to promote to.
    """
    if tags.strip():
        return asked.parse(images, tags, event, default=source.repository)
    named = asked.parse(images, "", event) if images.strip() else Names()
    if not named.repositories or source.tag is None:
        raise SettingsError(
            (
                "There is no name to promote "
                f"{'the image' if source == sources.NOWHERE else source} to"
            ),
            why="`tags` is empty"
            if not images.strip()
            else "`tags` is empty, and the source has no tag to keep",
            fix="tags: |\n  latest",
        )
    kept = (repository.tag(source.tag) for repository in named.repositories)
    return Names(references=tuple(kept), notices=named.notices)
