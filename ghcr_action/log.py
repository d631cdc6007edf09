"""The log of a run: where its lines go, and the one level that Python does not have."""

import logging
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import io

NOTICE = 25
"""Between info and warning: the runner's ``notice`` annotation."""
OURS = "ghcr_action"
"""The logger above all of ours."""


def send(
    stream: "TextIO | io.TextIOBase", formatter: logging.Formatter, *, verbose: bool = False
) -> None:
    """Our own messages only: what libraries say of their retries is not for the user."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    ours = logging.getLogger(OURS)
    ours.handlers[:] = [handler]
    ours.propagate = False
    ours.setLevel(logging.DEBUG if verbose else logging.INFO)
    logging.addLevelName(NOTICE, "NOTICE")
