"""The deletes of a clean-up, one after the other: what GitHub keeps is kept whole, and some of the
hour's requests are left for others.

Limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import Doomed, Kept
from ghcr_action.errors import AccessDenied, ActionError, PolicyRefused, Unavailable
from ghcr_action.ports import Ports
from ghcr_action.values.github import LIMITED, PackageVersion
from ghcr_action.values.reference import Digest, Repository

log = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE = 0.4
"""Seconds from one delete to the next: GitHub takes 180 a minute."""
WAITS = (1.0, 4.0)
"""Seconds before a delete is tried again."""
RESERVE = 50
"""Requests of the hour that are left to the repository's other jobs."""
MOST_FAILURES = 5
"""Versions that may fail before the rest is left: a GitHub that does not answer is not asked a
thousand times."""
LARGEST = 50
"""Of an image with more versions than these the rest may have to wait for the next run."""


def delete(cleaned: Cleaned, ports: Ports) -> None:
    """Delete image by image, and note in the package's ``deletion`` what became of each version;
    raises nothing that GitHub says."""
    done, kept = cleaned.deletion, set[Digest]()
    for image in cleaned.plan.doomed:
        done.stopped = done.stopped or _why_stop(image, ports)
        for version in image.versions:
            if done.stopped:
                done.left.append(version)
            elif version.digest in kept:
                done.spared.append(version)
            else:
                kept |= _delete_one(cleaned, version, ports)


def _delete_one(cleaned: Cleaned, version: PackageVersion, ports: Ports) -> frozenset[Digest]:
    """Delete a version and note it; what has to stay because it does."""
    done, graph = cleaned.deletion, cleaned.graph
    try:
        if graph.is_root(version.digest) and _is_renamed(cleaned.repository, version, ports):
            done.spared.append(version)
            return graph.reached((version.digest,))
        is_new = _patiently(lambda: _delete(cleaned.repository, version, ports), ports)
    except ActionError as refused:
        return _refused(refused, cleaned, version, ports)
    (done.deleted if is_new else done.gone).append(version)
    log.info("%s %s", "Deleted" if is_new else "Gone already:", describe(version))
    return frozenset()


def _is_renamed(repository: Repository, version: PackageVersion, ports: Ports) -> bool:
    """Whether somebody has given an image a tag since the plan was made: a delete would take that
    tag with it."""
    now = _patiently(lambda: ports.github.version(repository, version.id), ports)
    is_renamed = now is not None and set(now.tags) != set(version.tags)
    if now and is_renamed:
        log.warning(
            "%s has other tags by now (%s), so that it stays.",
            describe(version),
            ", ".join(now.tags) or "none",
        )
    return is_renamed


def _refused(
    refused: ActionError, cleaned: Cleaned, version: PackageVersion, ports: Ports
) -> frozenset[Digest]:
    done = cleaned.deletion
    if isinstance(refused, AccessDenied):
        done.denied, done.stopped = refused, refused.what
    elif refused.code == LIMITED:
        done.stopped = f"GitHub takes no more requests for now{_again(ports)}"
    if done.stopped:
        done.left.append(version)
        return frozenset()
    (done.refused if isinstance(refused, PolicyRefused) else done.failed).append(
        Kept(version=version, why=refused.why)
    )
    log.warning("%s, so that it stays with everything it needs. %s", refused.what, refused.why)
    if len(done.failed) == MOST_FAILURES:
        done.stopped = f"{MOST_FAILURES} versions could not be deleted"
    return cleaned.graph.reached((version.digest,))


def _patiently(ask: Callable[[], T], ports: Ports) -> T:
    """The answer, asked for again after a fault that may pass."""
    for wait in WAITS:
        try:
            return ask()
        except Unavailable as refused:
            if refused.code == LIMITED:
                raise
            log.info("%s; trying again.", refused)
            ports.clock.sleep(wait * (0.5 + ports.clock.jitter()))
    return ask()


def _delete(repository: Repository, version: PackageVersion, ports: Ports) -> bool:
    """One request, no sooner after the last one than GitHub likes."""
    started = ports.clock.monotonic()
    try:
        return ports.github.delete_version(repository, version)
    finally:
        ports.clock.sleep(max(0.0, started + PAUSE - ports.clock.monotonic()))


def _why_stop(image: Doomed, ports: Ports) -> str:
    """Why the next image is left for later; empty where there are requests enough for all of it."""
    budget = ports.github.budget()
    if budget is None or budget.reset <= ports.clock.now():
        return ""
    wanted = min(len(image.versions), LARGEST) + 1
    if budget.remaining - RESERVE >= wanted:
        return ""
    return f"{budget.remaining} requests of this hour are left{_again(ports)}"


def _again(ports: Ports) -> str:
    budget = ports.github.budget()
    return f"; new ones come at {_clock_time(budget.reset)}" if budget else ""


def _clock_time(moment: datetime) -> str:
    """``14:05 UTC``."""
    return f"{moment:%H:%M} UTC"


def describe(version: PackageVersion) -> str:
    """Digest, tags and id on one line."""
    return f"{version.digest} ({', '.join(version.tags) or 'untagged'}, version {version.id})"
