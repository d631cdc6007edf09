"""Whether a package can be seen by those who are meant to: looked at, changed where that is
possible, and looked at again."""

import logging
from collections.abc import Iterable

from ghcr_action import parallel
from ghcr_action.errors import AccessDenied, ActionError, PolicyRefused
from ghcr_action.plans import visibility
from ghcr_action.plans.visibility import Finding, Seen
from ghcr_action.ports import Ports
from ghcr_action.settings.visibility import Check, VisibilityRequest, Wanted
from ghcr_action.values.event import Event
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Reference, Repository

log = logging.getLogger(__name__)


def refuse(
    request: VisibilityRequest, repositories: Iterable[Repository], ports: Ports, event: Event
) -> None:
    """Raise PolicyRefused before anything is sent where a public package is to be private."""
    if request.wanted in (Wanted.ANY, Wanted.PUBLIC):
        return
    for repository in repositories:
        package, _ = _ask(repository, ports, event)
        if error := visibility.refusal(request.wanted, repository, package):
            raise error


def look(
    request: VisibilityRequest,
    reference: Reference,
    ports: Ports,
    event: Event,
    *,
    may_change: bool = True,
) -> Finding:
    """Read and probe, try the write where something else is wanted, and believe only what is seen
    then.

    ``reference`` names something that is there: a digest that was just pushed, or a tag.
    """
    repository = reference.repository
    (package, trouble), is_readable = _seen(reference, ports, event)
    wanted = visibility.change(request.wanted, package) if may_change else ""
    if wanted:
        _try_change(repository, wanted, ports)
        (package, trouble), is_readable = _seen(reference, ports, event)
    seen = Seen(
        image=repository,
        package=package,
        is_readable=is_readable,
        was_asked=bool(wanted),
        is_elsewhere=repository.registry != event.registry,
        trouble=trouble,
    )
    finding = visibility.judge(request.wanted, seen, event)
    log.info("%s: %s.", repository, finding.sentence)
    return finding


def settle(request: VisibilityRequest, finding: Finding) -> None:
    """Warn of a problem, or raise PolicyRefused where the user asked for that."""
    if not finding.problem:
        return
    if request.check is Check.FAIL:
        raise PolicyRefused(
            finding.problem, why=finding.sentence, fix=finding.fix, docs=visibility.DOCS
        )
    log.warning("%s. %s", finding.problem, finding.fix)


def _seen(
    reference: Reference, ports: Ports, event: Event
) -> tuple[tuple[Package | None, str], bool | None]:
    """What GitHub says, and what somebody without a login can do."""
    return parallel.both(
        lambda: _ask(reference.repository, ports, event), lambda: _probe(reference, ports)
    )


def _ask(repository: Repository, ports: Ports, event: Event) -> tuple[Package | None, str]:
    """What GitHub says of a package in its own registry, or why it does not."""
    if repository.registry != event.registry:
        return None, ""
    try:
        return ports.github.package(repository), ""
    except ActionError as refused:
        log.info("%s", refused)
        return None, refused.what


def _try_change(repository: Repository, wanted: str, ports: Ports) -> None:
    try:
        ports.github.change_visibility(repository, wanted)
    except ActionError as refused:
        log.debug("%s", refused)


def _probe(reference: Reference, ports: Ports) -> bool | None:
    """Whether somebody without a login can read this; a tag that is missing says nothing."""
    try:
        found = ports.anonymous.head(reference)
    except AccessDenied:
        return False
    except ActionError as refused:
        log.info("%s", refused)
        return None
    if found is None and reference.digest is None:
        return None
    return found is not None
