"""The definition that is really built: what buildx printed, with names, outputs and what goes
along decided by us.

A file of its own in place of ``--set`` and ``--push``, whose order of application is random, and
which could not say it all.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ghcr_action.buildx import annotations, options
from ghcr_action.buildx.bake.definition import Definition, Target
from ghcr_action.buildx.build_request import HOST_GATEWAY
from ghcr_action.buildx.options import Pairs

_REPLACED = ("image", "registry", "cacheonly")
"""Outputs that ours stand for: a push, and none at all."""
CACHE_ONLY = "type=cacheonly"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What becomes of one target."""

    target: str
    output: str = ""
    """Our own output; empty where the target is not published."""
    names: tuple[str, ...] = ()
    """What the image is called in other outputs that hold one."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where the definition has none of the same name."""
    annotations: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    """In place of its own; empty leaves them."""
    attests: tuple[str, ...] = ()
    """Added."""
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    """Where the definition has none."""
    args: Pairs = ()
    """Where the definition has none of the same name."""
    is_bare: bool = False
    """For the engine only: no attestations, and no index for them, no cache written, no other
    output."""


def text(definition: Definition, edits: Iterable[Edit], host_gateway: str = "") -> str:
    """The file, as JSON: every target that will be solved, without groups. Linked targets stay as
    they were printed, without tags. ``host_gateway`` is the engine's own address, for a builder
    that can't look it up."""
    known = {edit.target: edit for edit in edits}
    targets = {
        target.name: _target(target, known.get(target.name)) | _hosts(target, host_gateway)
        for target in definition.targets
    }
    return json.dumps({"target": targets}, indent=2)


def kept_outputs(target: Target) -> tuple[str, ...]:
    """The outputs of a target's own that are no push: files, an archive, the engine."""
    return tuple(
        options.write(output)
        for output in target.outputs
        if dict(output).get("type") not in _REPLACED
    )


def escaped(value: str) -> str:
    """A text that bake reads as it stands: ``${`` and ``%{`` begin expressions of HCL, in JSON
    too."""
    return value.replace("${", "$${").replace("%{", "%%{")


def _target(target: Target, edit: Edit | None) -> dict[str, Any]:
    found = {
        key: value
        for key, value in target.document.items()
        if key not in ("tags", "output", "call", "description")
    }
    if edit is None:
        return found | {"output": [CACHE_ONLY]}
    found["output"] = _outputs(target, edit)
    if edit.labels:
        found["labels"] = {key: escaped(value) for key, value in edit.labels.items()} | dict(
            found.get("labels") or {}
        )
    if edit.annotations:
        found["annotations"] = _annotations(target, edit)
    if edit.args:
        found["args"] = {key: escaped(value) for key, value in edit.args} | dict(
            found.get("args") or {}
        )
    if edit.is_bare:
        found.pop("cache-to", None)
        found["attest"] = ["type=provenance,disabled=true"]
        is_index = len(edit.platforms or target.platforms) > 1
        kept = annotations.passed(map(str, found.pop("annotations", ())), makes_index=is_index)
        found |= {"annotations": list(kept)} if kept else {}
    if edit.platforms:
        found["platforms"] = list(edit.platforms)
    for key, added in (
        ("attest", edit.attests),
        ("cache-from", edit.cache_from),
        ("cache-to", edit.cache_to),
    ):
        if added:
            found[key] = [*(found.get(key) or ()), *map(escaped, added)]
    return found


def _hosts(target: Target, host_gateway: str) -> dict[str, Any]:
    if not host_gateway or not target.extra_hosts:
        return {}
    return {
        "extra-hosts": {
            name: host_gateway if at == HOST_GATEWAY else at for name, at in target.extra_hosts
        }
    }


def _outputs(target: Target, edit: Edit) -> list[str]:
    """Ours last: the metadata file has the digest of the last."""
    ours = [edit.output] if edit.output else []
    own = () if edit.is_bare else options.called(kept_outputs(target), edit.names)
    found = [*own, *ours]
    return [escaped(output) for output in found] or [CACHE_ONLY]


def _annotations(target: Target, edit: Edit) -> list[str]:
    """Ours before those of the definition, which win; of ours none whose key the definition has."""
    own = {_key(item) for item in target.annotations}
    printed = target.document.get("annotations") or ()
    return [*(escaped(item) for item in edit.annotations if _key(item) not in own), *printed]


def _key(annotation: str) -> str:
    """``KEY`` of ``[level,…:]KEY=value``."""
    return annotation.partition("=")[0].rpartition(":")[2]
