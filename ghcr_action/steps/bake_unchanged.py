"""Which targets of a definition a pull request leaves alone, and which image of the base branch
stands for them."""

import logging
from collections.abc import Mapping

from ghcr_action.buildx.bake import changes
from ghcr_action.errors import ActionError, InvalidValue
from ghcr_action.plans.bake_names import TargetNames
from ghcr_action.ports import Ports
from ghcr_action.settings.bake import RETAG, BakeSettings
from ghcr_action.steps import compare
from ghcr_action.steps.bake_definition import Read
from ghcr_action.values.reference import Digest

log = logging.getLogger(__name__)


def look(
    settings: BakeSettings, read: Read, named: tuple[TargetNames, ...], ports: Ports
) -> tuple[Mapping[str, str] | None, Mapping[str, Digest]]:
    """Why each changed target counts as changed, and of the others what the base branch has; None
    where all are to be built."""
    event = settings.common.event
    if not settings.only_changed or not event.pull_request:
        return None, {}
    if read.source.remote:
        log.warning(
            "`only-changed`: the definition is not in the work tree, so all targets are built."
        )
        return None, {}
    files = ports.github.changed_files(event.pull_request.number)
    if files is None:
        log.warning(
            "`only-changed`: what pull request %d changes is not known: all targets are built.",
            event.pull_request.number,
        )
        return None, {}
    changed = changes.changed(
        read.definition, files, directory=read.source.directory, definitions=read.files
    )
    for name in read.definition.asked:
        log.info(
            "Target %s: %s.", name, changed.get(name, "nothing that it is built from has changed")
        )
    if settings.unchanged != RETAG:
        return changed, {}
    others = (each for each in named if each.target not in changed and each.references)
    found = {each.target: _base(each, event.pull_request.base_ref, ports) for each in others}
    for target in (name for name, digest in found.items() if digest is None):
        changed[target] = f"there is no image of {event.pull_request.base_ref} to take its place"
    return changed, {name: digest for name, digest in found.items() if digest}


def _base(named: TargetNames, branch: str, ports: Ports) -> Digest | None:
    """What the base branch's tag holds; None where there is none, or it can't be read."""
    try:
        tag = compare.branch_tag(branch)
        found = ports.registry.head(named.references[0].repository.tag(tag))
    except (InvalidValue, ActionError) as refused:
        log.info("The image of %s for target %s can't be read: %s", branch, named.target, refused)
        return None
    return found.digest if found else None
