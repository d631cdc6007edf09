"""The settings of ``mode: bake``: which definition, which of its targets, what they are called,
and how they are built."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghcr_action.buildx.bake import environment, matrix
from ghcr_action.buildx.bake.calls import BakeRequest
from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.buildx.context import Switches, switch
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs.yaml_texts import is_texts
from ghcr_action.names import asked
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import TagPolicy
from ghcr_action.settings import (
    attest,
    build,
    comment,
    handed,
    metadata,
    policy,
    publish,
    visibility,
    yaml_input,
)
from ghcr_action.settings.attest import AttestRequest
from ghcr_action.settings.build import Building
from ghcr_action.settings.comment import CommentRequest
from ghcr_action.settings.common import Common
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.visibility import VisibilityRequest
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

RETAG, SKIP = "retag", "skip"
UNCHANGED = (SKIP, RETAG)
_SET_KEYS = frozenset(
    {
        "annotations",
        "args",
        "attest",
        "cache-from",
        "cache-to",
        "call",
        "context",
        "contexts",
        "dockerfile",
        "entitlements",
        "extra-hosts",
        "labels",
        "load",
        "network",
        "no-cache",
        "no-cache-filter",
        "no-cache-filters",
        "output",
        "outputs",
        "platform",
        "platforms",
        "pull",
        "push",
        "secret",
        "secrets",
        "shm-size",
        "ssh",
        "tags",
        "target",
        "ulimits",
    }
)
WORDS = {
    "build-args": "`set: *.args.NAME=VALUE`",
    "cache-from": "`set: *.cache-from=type=…`",
    "cache-to": "`set: *.cache-to=type=…`",
    "context": "`source: ./DIRECTORY`, or `set: TARGET.context=PATH`",
    "file": "`files`, or `set: TARGET.dockerfile=PATH`",
    "no-cache-filters": "`set: TARGET.no-cache-filter=STAGE`",
    "outputs": "`set: TARGET.output=type=…`",
    "target": "`targets`",
    "workdir": "`source: ./DIRECTORY`",
}
"""What to write in the place of an input of one build, and of one that bake-action had."""
_DIGESTS = "digests: ${{ toJSON(needs.build.outputs) }}"
_TARGET_TAGS = """target-tags: |
  web: |
    type=semver,pattern={{version}}
  db: ghcr.io/OWNER/db:1.0"""


@dataclass(frozen=True, kw_only=True)
class TargetTags:
    """The names of some targets, in place of their own."""

    pattern: str
    """A target, a group, or a glob."""
    names: Names
    metadata: MetadataSettings


@dataclass(frozen=True, kw_only=True)
class BakeSettings:
    """Many images of one definition."""

    common: Common
    request: BakeRequest
    source: str
    """``source`` as it was written: a directory, an address, or nothing."""
    switches: Switches
    files_anywhere: bool
    """Whether a definition may use agents, and files outside the workspace, without leave."""
    metadata: MetadataSettings
    """Labels, annotations, and the rules for names without a tag."""
    has_rules: bool
    """Whether ``tags`` is given: without it a name without a tag is ``latest``, as in bake
    itself."""
    images: tuple[Repository, ...]
    """Where targets without a name go that ``target-tags`` has rules for, as ``IMAGE/TARGET``."""
    target_tags: tuple[TargetTags, ...]
    platforms: tuple[Platform, ...]
    """In place of every target's own."""
    building: Building
    provenance: str
    sbom: str
    load: bool
    push: bool | None
    push_by_digest: bool
    verify: bool
    policy: TagPolicy
    visibility: VisibilityRequest
    attest: AttestRequest
    comment: CommentRequest
    plan_matrix: bool
    runners: tuple[tuple[str, str], ...]
    job_lines: tuple[str, ...] | None
    """What jobs of the matrix hand over, not yet read; None where nothing is merged."""
    only_changed: bool
    unchanged: str
    notices: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return (*self.common.secrets, *self.building.secrets)


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> BakeSettings:
    """Settings of ``mode: bake``; problems stay with the reader."""
    tags, images, registry = reader.raw("tags"), reader.raw("images"), reader.text("registry")
    named = reader.part(Names(), lambda: _rules(images, tags, common.event, registry))
    return BakeSettings(
        common=common,
        request=_request(reader, environ),
        source=next(iter(reader.items("source")), ""),
        switches=reader.part(Switches(), lambda: Switches.read(environ)),
        files_anywhere=reader.part(
            False, lambda: not switch(environ, "BUILDX_BAKE_ENTITLEMENTS_FS", fallback=True)
        ),
        metadata=metadata.of(reader, common, named, environ),
        has_rules=bool(tags.strip()),
        images=named.repositories,
        target_tags=_target_tags(reader, common, environ),
        platforms=reader.platforms(),
        building=build.parse(reader, environ),
        provenance=publish.attestation(reader, "provenance"),
        sbom=publish.attestation(reader, "sbom"),
        load=reader.boolean("load"),
        push=reader.optional_boolean("push"),
        push_by_digest=reader.boolean("push-by-digest"),
        verify=reader.boolean("verify"),
        policy=policy.parse(reader),
        visibility=visibility.request(reader),
        attest=attest.request(reader, environ),
        comment=comment.request(reader, common.event),
        plan_matrix=reader.boolean("plan-matrix"),
        runners=_runners(reader),
        job_lines=reader.part(None, lambda: _job_lines(reader.raw("digests"))),
        only_changed=reader.boolean("only-changed"),
        unchanged=reader.choice("unchanged", UNCHANGED),
        notices=named.notices,
    )


def _job_lines(text: str) -> tuple[str, ...] | None:
    """The outputs ``leg`` of all jobs, anywhere in what ``toJSON`` makes of their outputs; bare
    digests say nothing of their target."""
    if not text.strip():
        return None
    try:
        found = handed.read(text, may_miss_jobs=True, may_be_one_image=True)
    except InvalidValue as cause:
        raise SettingsError(f"`digests`: {cause}", fix=_DIGESTS) from cause
    lines = (line for each in found for line in each.splitlines())
    return tuple(line for line in lines if handed.is_job_line(line))


def _runners(reader: Reader) -> tuple[tuple[str, str], ...]:
    given = reader.part(dict[str, str](), lambda: matrix.runners(reader.items("runners")))
    return tuple((given or matrix.RUNNERS).items())


def _request(reader: Reader, environ: Mapping[str, str]) -> BakeRequest:
    sets = reader.items("set")
    reader.part(None, lambda: _check_sets(sets))
    return BakeRequest(
        source=BakeSource(files=reader.items("files") or _default_files(environ)),
        targets=reader.part((), lambda: _targets(reader.items("targets"))),
        sets=sets,
        variables=reader.part((), lambda: _variables(reader.items("vars"))),
        allow=reader.items("allow"),
        no_cache=reader.boolean("no-cache"),
        pull=reader.boolean("pull"),
        call=reader.text("call"),
    )


def _default_files(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What ``docker buildx bake`` reads where no file is named: BUILDX_BAKE_FILE.

    Source: https://github.com/docker/buildx/blob/master/commands/bake.go.
    """
    separator = environ.get("BUILDX_BAKE_FILE_SEPARATOR") or ":"
    return tuple(filter(None, environ.get("BUILDX_BAKE_FILE", "").split(separator)))


def _rules(images: str, tags: str, event: Event, registry: str) -> Names:
    """``images`` and ``tags``: a definition has several images, so that no whole reference can be
    meant for all of them."""
    if not images.strip() and not event.repository and not tags.strip():
        return Names()
    found = asked.parse(images, tags, event, registry=registry)
    if found.references:
        raise SettingsError(
            f"`tags`: {found.references[0]} is one image, and a definition has several",
            why="in `mode: bake` these are rules for every target that has a name without a tag",
            fix=_TARGET_TAGS,
        )
    return found


def _targets(items: tuple[str, ...]) -> tuple[str, ...]:
    for item in items:
        if item.startswith("-") or "=" in item or item.split() != [item]:
            raise SettingsError(
                f"`targets`: {item!r} is no target",
                why="a name has letters, digits, `-` and `_`; several stand on a line each, or "
                "with commas",
                fix="targets: web, db",
            )
    return items


def _check_sets(items: tuple[str, ...]) -> None:
    """Raise SettingsError for an override that bake would refuse, and for the two that are not for
    an override here."""
    for item in items:
        left, equals, _ = item.partition("=")
        parts = left.removesuffix("+").split(".")
        key = parts[1] if len(parts) > 1 else ""
        if not equals or not parts[0] or key not in _SET_KEYS:
            raise SettingsError(
                f"`set`: {item!r} is not written TARGET.KEY=VALUE",
                fix="set: |\n  *.args.VERSION=1.2\n  web.platform=linux/amd64,linux/arm64",
            )
        if key in ("push", "load"):
            raise SettingsError(
                f"`set`: {item!r}",
                why=f"what is pushed or loaded is for the input `{key}`",
                fix=f"{key}: true",
            )


def _variables(items: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    found = []
    for number, item in enumerate(items, 1):
        name, equals, value = item.partition("=")
        if not equals or not environment.is_name(name.strip()):
            shown = repr(name) if environment.is_name(name.strip()) else f"item {number}"
            raise SettingsError(
                f"`vars`: {shown} is not written NAME=value", fix="vars: |\n  VERSION=1.2"
            )
        found.append((name.strip(), value))
    return tuple(found)


def _target_tags(
    reader: Reader, common: Common, environ: Mapping[str, str]
) -> tuple[TargetTags, ...]:
    """``target-tags``: a YAML object, target → rules, bare tags or references, as text or list."""
    items = reader.part(dict[str, str](), lambda: _yaml_object(reader.raw("target-tags")))
    named = reader.part(dict[str, Names](), lambda: _all_named(items, common.event))
    return tuple(_tags_of(each, names, reader, common, environ) for each, names in named.items())


def _tags_of(
    pattern: str, names: Names, reader: Reader, common: Common, environ: Mapping[str, str]
) -> TargetTags:
    with reader.about(f"`target-tags`, {pattern!r}"):
        found = metadata.of(reader, common, Names(rules=names.rules), environ)
    return TargetTags(pattern=pattern, names=names, metadata=found)


def _all_named(items: Mapping[str, str], event: Event) -> dict[str, Names]:
    return {pattern: _named(pattern, text, event) for pattern, text in items.items()}


def _named(pattern: str, text: str, event: Event) -> Names:
    try:
        return asked.parse("unused/unused", text, event)
    except SettingsError as cause:
        raise SettingsError(
            f"`target-tags`, {pattern!r}: {cause.what}", why=cause.why, fix=cause.fix
        ) from cause


def _yaml_object(text: str) -> dict[str, str]:
    document = yaml_input.read("target-tags", text, _TARGET_TAGS)
    if document is None:
        return {}
    if not isinstance(document, dict) or not all(
        value and is_texts(value) for value in document.values()
    ):
        raise SettingsError(
            "`target-tags` is not a list of targets with their tags", fix=_TARGET_TAGS
        )
    return {
        key: value if isinstance(value, str) else "\n".join(value)
        for key, value in document.items()
    }
