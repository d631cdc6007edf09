"""The inputs that say which tags may move: shared by every mode that writes names."""

from ghcr_action.names.policy import IfExists, Moving, TagPolicy
from ghcr_action.settings.reader import Reader


def parse(reader: Reader) -> TagPolicy:
    """``moving-tags``, ``immutable-tags``, ``if-exists``; problems stay with the reader."""
    return TagPolicy(
        moving=reader.choice("moving-tags", tuple(Moving)),
        immutable=reader.items("immutable-tags"),
        if_exists=reader.choice("if-exists", tuple(IfExists)),
    )
