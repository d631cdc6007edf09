"""Metadata as texts: the step's outputs and the bake files, as docker/metadata-action writes
them.

Source: https://github.com/docker/metadata-action#outputs; bake:
https://docs.docker.com/build/bake/reference/.
"""

import json
from collections.abc import Mapping
from typing import Any

from ghcr_action.metadata.compute import Metadata
from ghcr_action.metadata.request import Request


def outputs(metadata: Metadata, request: Request) -> tuple[tuple[str, str], ...]:
    """Name and value of each output but the bake files, whose paths are known only when they are
    written."""
    whole = {
        "tags": metadata.tags,
        "tag-names": metadata.tag_names,
        "labels": metadata.labels,
        "annotations": metadata.annotations,
    }
    return (
        ("version", metadata.version),
        ("tags", request.sep_tags.join(metadata.tags)),
        ("tag-names", request.sep_tags.join(metadata.tag_names)),
        (
            "labels",
            request.sep_labels.join(f"{key}={value}" for key, value in metadata.labels.items()),
        ),
        ("annotations", request.sep_annotations.join(metadata.annotations)),
        ("json", json.dumps(whole, ensure_ascii=False, separators=(",", ":"))),
    )


def bake_files(metadata: Metadata, request: Request) -> tuple[tuple[str, str, bytes], ...]:
    """Output name, file name and content of each bake definition."""
    args = {"DOCKER_META_IMAGES": ",".join(metadata.images)} | (
        {"DOCKER_META_VERSION": metadata.version} if metadata.version else {}
    )
    tags = {"tags": metadata.tags}
    labels = {"labels": metadata.labels}
    definitions: Mapping[str, Mapping[str, Any]] = {
        "bake-file-tags": tags | {"args": args},
        "bake-file-labels": labels,
        "bake-file-annotations": {"annotations": metadata.annotations},
        "bake-file": {**tags, **labels, "args": args},
    }
    return tuple(
        (
            name,
            f"docker-metadata-action-{name.replace('-file', '')}.json",
            _bake(request.bake_target, definition),
        )
        for name, definition in definitions.items()
    )


def variable(output: str) -> str:
    """The environment variable that repeats an output for later steps:
    ``DOCKER_METADATA_OUTPUT_TAG_NAMES``."""
    return f"DOCKER_METADATA_OUTPUT_{output.upper().replace('-', '_')}"


def _bake(target: str, definition: Mapping[str, Any]) -> bytes:
    return json.dumps({"target": {target: definition}}, ensure_ascii=False, indent=2).encode()
