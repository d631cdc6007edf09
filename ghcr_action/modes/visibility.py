"""``mode: visibility``, and the same check after a publish: what GitHub says, and what somebody without a login can do."""

import logging
from collections.abc import Iterable

from ghcr_action import parallel, visibility
from ghcr_action.errors import AccessDenied, ActionError, PolicyRefused
from ghcr_action.ports import Ports
from ghcr_action.report import summary
from ghcr_action.report import visible as reports
from ghcr_action.settings.visibility import VisibilitySettings, VisibilityWish
from ghcr_action.values.event import Event
from ghcr_action.values.github import Package
from ghcr_action.values.reference import Reference, Repository
from ghcr_action.visibility import Check, Finding, Seen

log = logging.getLogger(__name__)


def run(settings: VisibilitySettings, ports: Ports) -> tuple[Finding, ...]:
    """Look at every image that is named, report, and fail where that is asked for."""
    event, wish = settings.common.event, settings.wish
    with ports.runner.group("Visibility"):
        refuse(wish, (reference.repository for reference in settings.references), ports, event)
        findings = tuple(look(wish, reference, ports, event, may_change=not settings.common.dry_run) for reference in settings.references)
    for name, value in reports.outputs(findings[0]):
        ports.runner.output(name, value)
    if settings.common.summary:
        ports.runner.summary(summary.visibility(reports.view(settings.references, findings)))
    for finding in findings:
        settle(wish, finding)
    return findings


def refuse(wish: VisibilityWish, repositories: Iterable[Repository], ports: Ports, event: Event) -> None:
    """Raise PolicyRefused before anything is sent where a public package is to be private."""
    if wish.wanted in (visibility.Wanted.ANY, visibility.Wanted.PUBLIC):
        return
    for repository in repositories:
        package, _ = _ask(repository, ports, event)
        if error := visibility.refusal(wish.wanted, repository, package):
            raise error


def look(wish: VisibilityWish, reference: Reference, ports: Ports, event: Event, *, may_change: bool = True) -> Finding:
    """Read and probe, try the write where something else is wanted, and believe only what is seen then.

    ``reference`` names something that is there: a digest that was just pushed, or a tag.
    """
    repository = reference.repository
    (package, trouble), is_readable = _seen(reference, ports, event)
    wanted = visibility.change(wish.wanted, package) if may_change else ""
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
    finding = visibility.judge(wish.wanted, seen, event)
    log.info("%s: %s.", repository, finding.sentence)
    return finding


def settle(wish: VisibilityWish, finding: Finding) -> None:
    """Warn of a problem, or raise PolicyRefused where the user asked for that."""
    if not finding.problem:
        return
    if wish.check is Check.FAIL:
        raise PolicyRefused(finding.problem, why=finding.sentence, fix=finding.fix, docs=visibility.DOCS)
    log.warning("%s. %s", finding.problem, finding.fix)


def _seen(reference: Reference, ports: Ports, event: Event) -> tuple[tuple[Package | None, str], bool | None]:
    """What GitHub says, and what somebody without a login can do."""
    return parallel.both(lambda: _ask(reference.repository, ports, event), lambda: _probe(reference, ports))


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
