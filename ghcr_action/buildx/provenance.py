"""Provenance and SBOM inside the index: which ``--attest`` values a build gets.

The rules are build-push-action's (``getAttestArgs`` of https://github.com/docker/build-push-action,
``src/context.ts``), with another default on GitHub's registry, which shows in-index attestations as
platforms named ``unknown/unknown``.
"""

from collections.abc import Iterable
from enum import Enum, auto

from ghcr_action.buildx import options
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.errors import InvalidValue
from ghcr_action.inputs import lists
from ghcr_action.values.event import Event

PROVENANCE, SBOM = "provenance", "sbom"


class Default(Enum):
    """Which provenance a build gets where no input asks for any."""

    OFF = auto()
    """None; said to buildx, which would add its own."""
    ENGINE = auto()
    """Nothing is said: what buildx does by itself."""
    PEER = auto()
    """As build-push-action: ``mode=max`` in a public repository, ``mode=min`` in a private one."""


def default(registries: Iterable[str], event: Event, *, is_off: bool = False) -> Default:
    """The default for a push to these registry hosts; ``is_off`` where there is none, by the
    variable ``BUILDX_NO_DEFAULT_ATTESTATIONS`` or for want of a store that takes it."""
    if is_off:
        return Default.ENGINE
    return Default.OFF if event.registry in set(registries) else Default.PEER


def values(request: BuildRequest, event: Event, fallback: Default) -> tuple[str, ...]:
    """The values of ``--attest`` in order: provenance, SBOM, then the other types. Raises
    SettingsError for a broken quote."""
    own = tuple(filter(None, (_provenance(request, event, fallback), _sbom(request))))
    given = {
        kind for kind, text in ((PROVENANCE, request.provenance), (SBOM, request.sbom)) if text
    }
    others = (_item(item, event) for item in request.attests if _type(item) not in given)
    return (*own, *others)


def are_made(attests: Iterable[str], *, inline: bool) -> bool:
    """Whether these values make an attestation manifest, and so an index. ``inline``: everything is
    exported into a registry or store.

    ``inline-only`` ones are not written to files: ``AttestationInlineOnlyKey`` in
    https://github.com/moby/buildkit/blob/master/solver/result/attestation.go.
    """
    enabled = (item for item in attests if not _is_true(item, "disabled"))
    return any(inline or not _is_true(item, "inline-only") for item in enabled)


def _provenance(request: BuildRequest, event: Event, fallback: Default) -> str:
    if text := request.provenance:
        return options.write((("type", PROVENANCE), *_resolve(_asked(text, event), PROVENANCE)))
    if fallback is Default.ENGINE or any(_type(item) == PROVENANCE for item in request.attests):
        return ""
    if fallback is Default.OFF:
        return f"type={PROVENANCE},disabled=true"
    if request.load or options.has_exporter(request.outputs, "docker"):
        return ""
    mode = "mode=min,inline-only=true" if event.is_private else "mode=max"
    return options.write(
        (("type", PROVENANCE), *options.read(_with_builder(mode, event), source=PROVENANCE))
    )


def _sbom(request: BuildRequest) -> str:
    return options.write((("type", SBOM), *_resolve(request.sbom, SBOM))) if request.sbom else ""


def _item(item: str, event: Event) -> str:
    kind = _type(item)
    if kind == PROVENANCE:
        return _with_builder(item, event)
    return item if kind == SBOM else options.write(_resolve(item, "attests"))


def _asked(text: str, event: Event) -> str:
    """The attributes that a ``provenance`` input stands for."""
    try:
        return _with_builder("", event) if lists.boolean(text) else "false"
    except InvalidValue:
        return _with_builder(text, event)


def _with_builder(text: str, event: Event) -> str:
    """The attributes with ``builder-id``, the page of this run, unless they have one or there is no
    run."""
    if not event.run_url or any(
        key == "builder-id" for key, _ in options.read(text, source=PROVENANCE)
    ):
        return text
    return ",".join(part for part in (text, f"builder-id={event.run_url}") if part)


def _resolve(text: str, source: str) -> options.Pairs:
    """The attributes, a bare Go boolean turned into ``disabled=`` its opposite, as buildx reads
    it."""
    return tuple(pair if pair[0] else _word(pair[1]) for pair in options.read(text, source=source))


def _word(field: str) -> tuple[str, str]:
    try:
        return "disabled", "false" if lists.go_boolean(field) else "true"
    except InvalidValue:
        return "", field


def _type(item: str) -> str:
    return dict(options.read(item, source="attests")).get("type", "")


def _is_true(item: str, key: str) -> bool:
    try:
        return lists.go_boolean(dict(_resolve(item, "attests")).get(key, "false"))
    except InvalidValue:
        return False
