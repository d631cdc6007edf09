"""Commands that write names: every tag of a repository to another one, and tags that go."""

from __future__ import annotations

import json
import logging
import uuid
from typing import TYPE_CHECKING, cast

from ghcr_action.cli import lookups
from ghcr_action.errors import ActionError, NotFound, SettingsError, Unavailable
from ghcr_action.images import afterwards, tree
from ghcr_action.log import NOTICE
from ghcr_action.modes import promote
from ghcr_action.settings import parse
from ghcr_action.values import oci
from ghcr_action.values.oci import Descriptor, Manifest, MediaType
from ghcr_action.values.reference import Digest, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from ghcr_action.ports import Ports
    from ghcr_action.settings.inspect import InspectSettings

log = logging.getLogger(__name__)

_EMPTY = b"{}"


def copy_all(settings: InspectSettings, ports: Ports, inputs: Mapping[str, str]) -> None:
    """Every tag of a repository under the same name in another one, one after the other."""
    source, target = settings.sources[0].repository, inputs["tags"]
    for text in (str(settings.sources[0]), target):
        lookups.expect_repository(text)
    found = ports.registry.tags(source)
    if not found:
        raise NotFound(f"{source} has no tags", fix="Check the name.")
    rest = {name: text for name, text in inputs.items() if name not in ("mode", "source", "tags")}
    rest["summary"] = "false"
    copied = []
    for tag in found:
        given = {**rest, "mode": "promote", "source": f"{source}:{tag}", "tags": f"{target}:{tag}"}
        parsed, _ = parse.settings(given, ports.environ, settings.common.event)
        copied.append(promote.run(parsed, ports))  # type: ignore[arg-type]  # the mode says so
    names = [str(name) for plan in copied for name in plan.names]
    ports.runner.output("images", "\n".join(names))
    ports.runner.output("image", "\n".join(names))


def untag(settings: InspectSettings, ports: Ports) -> None:
    """Take tags away; the images they named stay, with their other tags.

    Few registries delete a tag alone. The tag is moved to a manifest of nothing, which is deleted
    then, as regctl does it
    (https://github.com/regclient/regclient/blob/main/scheme/reg/tag.go).
    """
    if whole := [str(each) for each in settings.sources if each.tag is None or each.digest]:
        raise SettingsError(f"{whole[0]} is no tag", fix="Name a tag: NAME:TAG.")
    for reference in settings.sources:
        if ports.registry.head(reference) is None:
            raise NotFound(f"{reference} is not there", fix="Check the name.")
    if settings.common.dry_run:
        log.log(NOTICE, "Would untag %s.", ", ".join(map(str, settings.sources)))
        return
    for reference in settings.sources:
        _untag(reference, ports)
    ports.runner.output("untagged", "\n".join(map(str, settings.sources)))


def _untag(reference: Reference, ports: Ports) -> None:
    image = tree.source(ports.registry, reference)
    _put_empty(reference, ports)
    nothing = ports.registry.put(reference, _nothing())
    back = f"ghcr-action copy {reference.repository.at(image.descriptor.digest)} {reference}"
    moved = {reference: nothing.digest}
    with afterwards.errors_name(moved, f"Give the name back: {back}"):
        try:
            _delete(reference.repository.at(nothing.digest), reference, ports)
        except ActionError:
            ports.registry.put(reference, image)
            moved.clear()
            raise
    try:
        found = ports.registry.head(reference)
    except ActionError as refused:
        what = f"{reference} was taken away, which is not confirmed: {refused.what}"
        raise refused.but(what=what) from refused
    if found is not None:
        raise Unavailable(f"{reference} is still there", fix="Try again in a minute.")


def _delete(at: Reference, reference: Reference, ports: Ports) -> None:
    if not ports.registry.delete(at) and not _delete_version(at, ports):
        raise Unavailable(
            f"{reference} can't be taken away",
            why=f"{reference.repository.registry} deletes nothing",
            fix="Delete it on the package's page.",
        )


def _delete_version(at: Reference, ports: Ports) -> bool:
    """GitHub's registry deletes by its API alone: the version that is this manifest."""
    found = ports.github.versions(at.repository) or ()
    version = next((each for each in found if each.digest == at.digest), None)
    return version is not None and ports.github.delete_version(at.repository, version)


def _nothing() -> Manifest:
    """A manifest that no other is like, so that deleting it deletes nothing else.

    Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
    (guidance for an empty descriptor).
    """
    empty = {
        "mediaType": MediaType.OCI_EMPTY,
        "digest": str(Digest.of(_EMPTY)),
        "size": len(_EMPTY),
    }
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "artifactType": "application/vnd.oci.empty.v1+json",
        "config": empty,
        "layers": [empty],
        "annotations": {"untag": uuid.uuid4().hex},
    }
    return cast("Manifest", oci.parse(json.dumps(document).encode()))


def _put_empty(reference: Reference, ports: Ports) -> None:
    from contextlib import nullcontext

    digest = Digest.of(_EMPTY)
    if ports.registry.has_blob(reference.repository, digest):
        return
    blob = Descriptor(media_type=MediaType.OCI_EMPTY, digest=digest, size=len(_EMPTY))

    def content() -> AbstractContextManager[Iterator[bytes]]:
        return nullcontext(iter((_EMPTY,)))

    ports.registry.put_blob(reference.repository, blob, content)
