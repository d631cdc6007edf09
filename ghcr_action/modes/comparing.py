"""The image of a pull request's base branch, to compare with: read from the registry, and never a reason to fail."""

import re

from ghcr_action import tree
from ghcr_action.errors import ActionError, InvalidValue
from ghcr_action.plan import Outcome
from ghcr_action.ports import Ports
from ghcr_action.report.published_row import Base
from ghcr_action.tree import RegistrySource
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Repository, Tag


def base(outcome: Outcome, event: Event, ports: Ports) -> Base:
    """What the base branch's tag names; with a reason where there is nothing."""
    repository = _repository(outcome)
    branch = event.pull_request.base_ref if event.pull_request else ""
    if repository is None or not branch:
        return Base(reason="no base branch" if event.pull_request else "")
    try:
        reference = repository.tag(Tag.parse(re.sub(r"[^A-Za-z0-9._-]+", "-", branch)))
        found = ports.registry.head(reference)
        if found is None:
            return Base(reason=f"there is no {reference}")
        image = tree.read(RegistrySource(ports.registry), repository, found)
        size = tree.size(RegistrySource(ports.registry), repository, image)
    except InvalidValue:
        return Base(reason=f"{branch} is no tag")
    except ActionError as refused:
        return Base(reason=f"the image of {branch} can't be read ({refused.what})")
    return Base(name=branch, digest=str(found.digest), sizes={str(each.platform): each.size for each in size.platforms})


def _repository(outcome: Outcome) -> Repository | None:
    plan = outcome.plan
    try:
        named = [Repository.parse(image) for image in plan.metadata.images]
    except InvalidValue:
        named = []
    return next(iter((*plan.push, *named)), None)
