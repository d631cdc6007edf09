"""The settings of ``mode: merge``: digests that other jobs pushed, and the names of the index
that lists them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.names import asked
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import TagPolicy
from ghcr_action.settings import attest, comment, handed, metadata, policy, sources, visibility
from ghcr_action.settings.attest import AttestRequest
from ghcr_action.settings.comment import CommentRequest
from ghcr_action.settings.common import Common
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.visibility import VisibilityRequest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from ghcr_action.values.secret import Secret

_EXAMPLE = "digests: ${{ toJSON(needs.build.outputs) }}"


@dataclass(frozen=True, kw_only=True)
class MergeSettings:
    """Digests, and the names of the index that lists them."""

    common: Common
    digests: tuple[tuple[Repository, Digest], ...]
    """Each digest once, and where it is."""
    job_lines: tuple[str, ...]
    """What jobs of a matrix hand over, a line each, not yet read."""
    names: Names
    metadata: MetadataSettings
    policy: TagPolicy
    visibility: VisibilityRequest
    attest: AttestRequest
    comment: CommentRequest
    summary_template: str
    """Path of a template in the workspace; empty for ours."""
    platforms: tuple[Platform, ...]
    """Those that must be there; empty where nobody says."""
    append: bool
    """Whether the index that is there keeps its other platforms."""
    verify: bool
    notices: tuple[str, ...] = ()

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return self.names.registries | {each.registry for each, _ in self.digests}

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return self.common.secrets


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> MergeSettings:
    """Settings of ``mode: merge``; problems stay with the reader."""
    images, tags, registry = reader.raw("images"), reader.raw("tags"), reader.text("registry")
    named = reader.part(Names(), lambda: asked.parse(images, tags, common.event, registry=registry))
    platforms = sources.platforms(reader)
    given = reader.part(
        tuple[str, ...](), lambda: _handed(reader.raw("digests"), may_be_none=bool(platforms))
    )
    return MergeSettings(
        common=common,
        digests=reader.part(
            (),
            lambda: located(tuple(each for each in given if not handed.is_job_line(each)), named),
        ),
        job_lines=tuple(filter(handed.is_job_line, given)),
        names=named,
        metadata=metadata.of(reader, common, named, environ),
        policy=policy.parse(reader),
        visibility=visibility.request(reader),
        attest=attest.request(reader, environ),
        comment=comment.request(reader, common.event),
        summary_template=reader.text("summary-template"),
        platforms=platforms,
        append=reader.part(False, lambda: _append(reader.text("append"))),
        verify=reader.boolean("verify"),
        notices=named.notices,
    )


def located(texts: tuple[str, ...], named: Names) -> tuple[tuple[Repository, Digest], ...]:
    """Where each digest is, each digest once, at the first place that is named. Raises
    SettingsError."""
    try:
        found = tuple(_place(each, _home(named)) for each in texts)
    except InvalidValue as cause:
        raise SettingsError(f"`digests`: {cause}", fix=_EXAMPLE) from cause
    return tuple(
        (repository, digest)
        for digest, repository in {
            digest: repository for repository, digest in reversed(found)
        }.items()
    )[::-1]


def _handed(text: str, *, may_be_none: bool) -> tuple[str, ...]:
    """What the jobs hand over; nothing at all where they all failed, and ``platforms`` says which
    they were."""
    try:
        found = handed.read(text, may_miss_jobs=may_be_none)
    except InvalidValue as cause:
        raise SettingsError(f"`digests`: {cause}", fix=_EXAMPLE) from cause
    if not found and not (may_be_none and handed.looks_like_json(text)):
        raise SettingsError(
            "`digests` has no digest",
            why="there is nothing to merge: each is NAME@DIGEST, as the job that built it says",
            fix=_EXAMPLE,
        )
    return found


def _home(named: Names) -> Repository | None:
    """Where a bare digest is: the first repository that gets a name."""
    named_by_tags = (reference.repository for reference in named.references)
    return next(iter((*named.repositories, *named_by_tags)), None)


def _place(text: str, home: Repository | None) -> tuple[Repository, Digest]:
    name, at, digest = text.rpartition("@")
    if at:
        return Reference.parse(asked.lower_name(name)).repository, Digest.parse(digest)
    if home is None:
        raise InvalidValue(f"{text!r} has no repository, and neither `images` nor `tags` names one")
    return home, Digest.parse(text)


def _append(text: str) -> bool:
    try:
        return lists.boolean(text) if text else False
    except InvalidValue as cause:
        raise SettingsError(f"`append`: {cause}") from cause
