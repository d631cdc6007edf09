"""The settings of ``mode: publish``: names, metadata, and everything the build takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from ghcr_action.buildx import cache, context, secret_mounts
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Switches
from ghcr_action.diagnosis import redaction
from ghcr_action.errors import InvalidValue, SettingsError
from ghcr_action.inputs import lists
from ghcr_action.names import asked
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import TagPolicy
from ghcr_action.settings import (
    attest,
    comment,
    exporters,
    metadata,
    option_keys,
    policy,
    size_limit,
    typos,
    visibility,
)
from ghcr_action.settings import build as build_settings
from ghcr_action.settings.attest import AttestRequest
from ghcr_action.settings.build import Building
from ghcr_action.settings.comment import CommentRequest
from ghcr_action.settings.common import Common
from ghcr_action.settings.exporters import Outputs
from ghcr_action.settings.metadata import MetadataSettings
from ghcr_action.settings.mounts import Mounts
from ghcr_action.settings.reader import Reader
from ghcr_action.settings.size_limit import SizeLimit
from ghcr_action.settings.visibility import VisibilityRequest
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

_ARGUMENT = re.compile(r"(?:[^\s=]*[^\s=:])?(?:=|\Z)")
"""How an item of ``build-args`` begins: a name without blanks, or nothing of one, as docker takes
it."""
_NAMED = r"(?a)([A-Za-z_]\w*)\s*[:=]"


@dataclass(frozen=True, kw_only=True)
class PublishSettings:
    """One image to build and publish."""

    common: Common
    names: Names
    metadata: MetadataSettings
    build: BuildRequest
    building: Building
    test: str
    """A script that the image must pass; empty where there is none."""
    switches: Switches
    push: bool | None
    """None: where the token can write."""
    why_not: str
    """Why nothing is pushed, as `outputs` has it; empty where it does not say so."""
    push_by_digest: bool
    """No tags: for a later merge."""
    verify: bool
    policy: TagPolicy
    visibility: VisibilityRequest
    attest: AttestRequest
    comment: CommentRequest
    summary_template: str
    """Path of a template in the workspace; empty for ours."""
    size_limit: SizeLimit | None = None
    notices: tuple[str, ...] = ()
    """What the user should know of how the names were read."""
    variables: tuple[Secret, ...] = ()
    """The values of ``secret-envs``."""

    @property
    def registries(self) -> frozenset[str]:
        """The hosts of every name there is."""
        return self.names.registries

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret there is, to be masked."""
        return (
            *self.common.secrets,
            *(value for _, value in self.build.secrets),
            *self.variables,
            *self.building.secrets,
        )


def parse(reader: Reader, common: Common, environ: Mapping[str, str]) -> PublishSettings:
    """Settings of ``mode: publish``; problems stay with the reader."""
    outputs = reader.part(Outputs(), lambda: exporters.read(reader.items("outputs")))
    images, tags, left_out = exporters.names(outputs, reader.raw("images"), reader.raw("tags"))
    registry = reader.text("registry")
    named = reader.part(Names(), lambda: asked.parse(images, tags, common.event, registry=registry))
    push, digest_only = reader.optional_boolean("push"), reader.boolean("push-by-digest")
    is_silent = push is None and (outputs.has_image or not digest_only)
    _tell_passwords(reader)
    build = _build(reader, common.token, outputs, environ, are_withheld=common.event.has_no_secrets)
    return PublishSettings(
        common=common,
        names=named,
        metadata=metadata.of(reader, common, named, environ),
        build=build,
        variables=tuple(Secret(environ.get(name.strip(), "")) for _, name in build.secret_envs),
        building=build_settings.parse(reader, environ),
        test=reader.raw("test").strip(),
        switches=reader.part(Switches(), lambda: Switches.read(environ)),
        push=(outputs.push or None) if push is None else push,
        why_not=outputs.why_not if is_silent else "",
        push_by_digest=digest_only or outputs.by_digest,
        verify=reader.boolean("verify"),
        policy=policy.parse(reader),
        visibility=visibility.request(reader),
        attest=attest.request(reader, environ),
        comment=comment.request(reader, common.event),
        summary_template=reader.text("summary-template"),
        size_limit=size_limit.parse(reader),
        notices=(
            *named.notices,
            *left_out,
            *(_untagged(named) if digest_only or outputs.by_digest else ()),
        ),
    )


def _untagged(named: Names) -> tuple[str, ...]:
    """A notice where names with tags are asked for, of which a push by digest writes none."""
    if not named.tags:
        return ()
    told = (
        f"`push-by-digest` writes no tag: {', '.join(named.tags)} is written by `mode: merge`, in "
        "the job that merges the digests and has these `tags`."
    )
    return (told,)


def _tell_passwords(reader: Reader) -> None:
    """Passwords that have no other way to the engine than its command line: hidden, and better not
    there. Those of Git addresses are handed over as secrets."""
    given, named = reader.raw("context").strip(), reader.raw("build-contexts").splitlines()
    (first, *others), _ = context.without_logins(
        [given, *(line.partition("=")[2].strip() for line in named)]
    )
    told = {
        "context": first,
        "build-contexts": "\n".join(others),
        "cache-from": reader.raw("cache-from"),
        "cache-to": reader.raw("cache-to"),
    }
    for name, text in told.items():
        if any(redaction.found(text)):
            fix = (
                "give a cache its variables in `env`"
                if name.startswith("cache")
                else "fetch it from Git, with one login for a host, or in a step before"
            )
            reader.warn(
                f"`{name}` holds a password or a token: it is hidden wherever we print, and stands "
                f"on the command line of the engine's program; {fix}"
            )


def _build(
    reader: Reader,
    token: Secret,
    outputs: Outputs,
    environ: Mapping[str, str],
    *,
    are_withheld: bool,
) -> BuildRequest:
    """Every input of the build; labels, annotations, tags and ``push`` come from the plan."""
    _check_places(reader, environ)
    lines = reader.part(tuple[str, ...](), lambda: _secret_lines(reader.raw("secrets")))
    secrets = secret_mounts.values(lines, are_withheld=are_withheld)
    secret_envs = secret_mounts.environment(reader.items("secret-envs"), environ)
    secret_files = secret_mounts.files(reader.items("secret-files"))
    reader.warn(*secrets.warnings, *secret_envs.warnings, *secret_files.warnings)
    return BuildRequest(
        add_hosts=reader.items("add-hosts"),
        allow=reader.items("allow"),
        attests=reader.items("attests"),
        build_args=_arguments(reader),
        build_contexts=reader.items("build-contexts"),
        cache_from=reader.items("cache-from"),
        cache_to=reader.items("cache-to"),
        call=reader.text("call"),
        cgroup_parent=reader.text("cgroup-parent"),
        context=reader.text("context"),
        file=reader.text("file"),
        github_token=token or None,
        load=reader.boolean("load"),
        network=reader.text("network"),
        no_cache=reader.boolean("no-cache"),
        no_cache_filters=reader.items("no-cache-filters"),
        outputs=outputs.exports,
        image=outputs.image if outputs.has_image else None,
        annotations=outputs.annotations,
        platforms=reader.platforms() or reader.part((), lambda: _default_platforms(environ)),
        provenance=attestation(reader, "provenance"),
        pull=reader.boolean("pull"),
        sbom=attestation(reader, "sbom"),
        secrets=secrets.pairs,
        secret_envs=secret_envs.pairs,
        secret_files=secret_files.pairs,
        shm_size=reader.text("shm-size"),
        ssh=reader.items("ssh"),
        target=reader.text("target"),
        ulimit=reader.items("ulimit"),
    )


def _check_places(reader: Reader, environ: Mapping[str, str]) -> None:
    """Outputs and caches have options that exist and lie where somebody finds them again, and
    caches are ones."""
    mounts = Mounts.of(environ)
    for name in ("outputs", "cache-from", "cache-to"):
        reader.part(None, partial(option_keys.check, name, reader.items(name)))
        reader.part(None, partial(mounts.check, name, reader.items(name)))
    for name in ("cache-from", "cache-to"):
        reader.part(None, partial(cache.check, name, reader.items(name)))


def _arguments(reader: Reader) -> tuple[str, ...]:
    """The items of ``build-args``; one without a name that an ARG can have, which docker passes
    over, is left out with a warning.

    A value is not shown, and neither is a line that may be part of one.
    """
    items = reader.items("build-args")
    for number, item in enumerate(items, 1):
        if not _ARGUMENT.match(item):
            named = re.match(_NAMED, item)
            form = f"{named[1]}=value" if named else 'NAME=value, or "NAME=line 1⏎line 2" in quotes'
            shown = repr(named[1]) if named else f"item {number}"
            reader.warn(f"`build-args`: {shown} is left out, no ARG has this name; write {form}")
        elif redaction.is_secret_name(name := item.partition("=")[0]) and "=" in item:
            reader.warn(
                f"`build-args`: {name} looks like a secret, and a build argument stands in the "
                "image's history and in its provenance for everybody to read; use `secrets`, and "
                f"`RUN --mount=type=secret,id={name}` in the Dockerfile"
            )
    return tuple(filter(_ARGUMENT.match, items))


def _default_platforms(environ: Mapping[str, str]) -> tuple[Platform, ...]:
    """What ``docker buildx build`` takes where no platform is named. Raises SettingsError that
    names the variable.

    Source: https://github.com/docker/buildx/blob/master/commands/build.go.
    """
    text = environ.get("DOCKER_DEFAULT_PLATFORM", "")
    try:
        return tuple(map(Platform.asked, lists.csv(text)))
    except InvalidValue as cause:
        raise SettingsError(
            f"`platforms` is not given, and the variable DOCKER_DEFAULT_PLATFORM stands for it: "
            f"{cause}",
            fix="platforms: linux/amd64",
        ) from cause


def attestation(reader: Reader, name: str) -> str:
    """``provenance`` or ``sbom``: a boolean or attributes; a bare word is what buildx would refuse
    after the plan."""
    text = reader.text(name)
    return reader.part("", lambda: _attributes(name, text))


def _attributes(name: str, text: str) -> str:
    if text and "=" not in text:
        try:
            lists.go_boolean(text)
        except InvalidValue as cause:
            meant = f"mode={text}" if text in ("min", "max") else typos.boolean(text) or "true"
            raise SettingsError(
                f"`{name}` is {text!r}",
                why="it is `true`, `false` or attributes, key=value",
                fix=f"{name}: {meant}",
            ) from cause
    return text


def _secret_lines(text: str) -> tuple[str, ...]:
    """Items with their blanks; a broken quote is told without the text."""
    try:
        return lists.lines(text, trim=False, comments=True)
    except InvalidValue as cause:
        raise SettingsError(f"`secrets`: {cause}") from cause
