"""Whether an image may be as large as it is: asked before it gets a name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ghcr_action.errors import PolicyRefused
from ghcr_action.images import tree
from ghcr_action.report import growth, publish_row
from ghcr_action.settings.visibility import Check
from ghcr_action.steps import compare

if TYPE_CHECKING:
    from ghcr_action.images.tree import Tree
    from ghcr_action.ports import Ports
    from ghcr_action.settings.size_limit import SizeLimit
    from ghcr_action.values.event import Event
    from ghcr_action.values.reference import Repository

log = logging.getLogger(__name__)


def check(
    limit: SizeLimit | None, repository: Repository, image: Tree, event: Event, ports: Ports
) -> None:
    """Warn, or raise PolicyRefused, where a platform has grown more than it may against the base
    branch. Without a base branch, or an image of it, there is nothing to say."""
    if limit is None or not event.pull_request:
        return
    digest = image.root.descriptor.digest
    base = compare.compared(repository, digest, event, ports)
    size = tree.size(ports.registry, repository, image)
    cells = publish_row.platform_cells(size.platforms, base)
    said = growth.over(limit, cells, base.layers)
    if not said:
        return
    if limit.check is Check.FAIL:
        raise PolicyRefused(
            f"{repository}@{digest} is too large: no tag was written",
            why=said,
            fix="Make the layer smaller, or allow more:\nsize-limit: …",
            code="SIZE-LIMIT",
        )
    log.warning("%s", said)
