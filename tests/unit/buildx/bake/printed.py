"""Prints of bake for tests, as short as they can be."""

import json
from collections.abc import Mapping
from typing import Any

from ghcr_action.buildx.bake import definition
from ghcr_action.buildx.bake.definition import Definition


def text(targets: Mapping[str, Mapping[str, Any]], *asked: str, **groups: list[str]) -> str:
    """What ``--print`` writes for these targets; asked for are all, or those that are named."""
    named = {name: {"targets": members} for name, members in groups.items()}
    return json.dumps(
        {"group": {"default": {"targets": list(asked or targets)}, **named}, "target": targets}
    )


def definition_of(
    targets: Mapping[str, Mapping[str, Any]], *asked: str, **groups: list[str]
) -> Definition:
    return definition.parse(text(targets, *asked, **groups))
