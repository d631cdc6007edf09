"""The metadata that the engine gives of a build: a file with all of it, an output with a part."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from ghcr_action.errors import ContentInvalid
from ghcr_action.ports import Ports
from ghcr_action.report import publish
from ghcr_action.values.reference import Digest

log = logging.getLogger(__name__)

_DIGEST = "containerimage.digest"
_PROVENANCE = "buildx.build.provenance"


def digest(metadata: object, what: str) -> Digest:
    """The digest of what was pushed. Raises ContentInvalid where the metadata do not say it."""
    text = metadata.get(_DIGEST, "") if isinstance(metadata, Mapping) else ""
    found = Digest.find(str(text))
    if found is None:
        raise ContentInvalid(
            f"The engine pushed {what}, and does not say which digest",
            why=f"its metadata file has no {_DIGEST} for it",
        )
    return found


def file(metadata: Mapping[str, Any], ports: Ports) -> str:
    """The path of a file with all of it; empty where there is none."""
    if not metadata:
        return ""
    text = json.dumps(metadata, indent=2)
    return str(ports.workspace.publish("metadata.json", text.encode()))


def small(metadata: Mapping[str, Any]) -> str:
    """What goes into an output: without provenance, of the build or of each target, which can be
    larger than a step's environment may be."""
    kept = {name: _without_provenance(entry) for name, entry in _kept(metadata)}
    text = json.dumps(kept, indent=2) if kept else ""
    if len(text.encode()) > publish.MAX_METADATA:
        log.warning(
            "The build's metadata has %d bytes, too many for an output: `metadata` is empty, "
            "`metadata-file` has all.",
            len(text),
        )
    return text


def _without_provenance(entry: Any) -> Any:
    return dict(_kept(entry)) if isinstance(entry, Mapping) else entry


def _kept(metadata: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(each for each in metadata.items() if not each[0].startswith(_PROVENANCE))
