"""The deletes of a clean-up, one after the other, held against the package as it is while they
go on.

What GitHub keeps is kept whole, some of the hour's requests are left for others, and a package that
changes meanwhile is planned anew: a new plan can only spare what the first one named.
Limits: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from ghcr_action.cleanup.inventory import Inventory
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import PART, ImageToDelete, Kept, Planner
from ghcr_action.cleanup.reason import Reason
from ghcr_action.errors import AccessDenied, ActionError, LimitReached, PolicyRefused, Unavailable
from ghcr_action.ports import Ports
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.patience import Patience
from ghcr_action.values.reference import Digest, Repository

log = logging.getLogger(__name__)
T = TypeVar("T")

PAUSE = 0.4
"""Seconds from one delete to the next: GitHub takes 180 a minute."""
PATIENCE = Patience(retries=2, shortest=2.0, longest=8.0)
"""Before a delete is tried again."""
LONGEST = 300.0
"""Seconds that GitHub may ask us to wait in all before the rest is left for the next run."""
RELIST, RELIST_AFTER = 100, 60.0
"""Deletes, and seconds, after which the list of versions is looked at again."""
RESERVE = 50
"""Requests of the hour that are left to the repository's other jobs."""
MOST_FAILURES = 5
"""Versions that may fail before the rest is left: a GitHub that does not answer is not asked a
thousand times."""
LARGEST = 50
"""Of an image with more versions than these the rest may have to wait for the next run."""
REPAIRS = 3
"""How often the list is looked at in the end for images that need what was deleted."""


class Deleter:
    """Deletes what a plan names, and notes in the package's ``deletion`` what became of each
    version."""

    def __init__(
        self, cleaned: Cleaned, inventory: Inventory, planner: Planner, ports: Ports
    ) -> None:
        self._cleaned = cleaned
        self._done = cleaned.deletion
        self._inventory = inventory
        self._planner = planner
        self._ports = ports
        self._allowed = {version.digest for version in cleaned.plan.going}
        self._why = dict[Digest, Reason]()
        self._kept = set[Digest]()
        self._listed = ports.clock.monotonic()
        self._since = 0
        self._waited = 0.0

    def run(self, *, is_fresh: bool) -> None:
        """Delete image by image; raises nothing that GitHub says. A plan that is not fresh is held
        against the package first."""
        if not is_fresh:
            self._look()
        for image in self._cleaned.plan.to_delete:
            if self._since >= RELIST or self._ports.clock.monotonic() - self._listed > RELIST_AFTER:
                self._look()
            self._done.stopped = self._done.stopped or self._why_stop(image)
            for version in image.versions:
                self._settle(version)
        self._repair()

    def _settle(self, version: PackageVersion) -> None:
        if self._done.stopped:
            self._done.left.append(version)
        elif version.digest in self._kept or version.digest not in self._allowed:
            self._done.spared.append(
                Kept(version=version, reason=self._why.get(version.digest, PART), is_candidate=True)
            )
        else:
            self._kept |= self._delete_one(version)

    def _look(self) -> None:
        """Look at the list again, and plan anew where it has changed."""
        try:
            is_changed = self._inventory.refresh(self._gone)
        except ActionError as refused:
            self._done.stopped = f"the package could not be looked at again: {refused.what}"
            return
        self._listed, self._since = self._ports.clock.monotonic(), 0
        if is_changed:
            log.info("%s has changed meanwhile; planning anew.", self._cleaned.repository)
            again = self._planner(self._inventory.graph(also=self._gone))
            self._allowed &= {version.digest for version in again.going}
            self._why |= {kept.version.digest: kept.reason for kept in again.kept}
            if again.brake:
                self._done.stopped = again.brake

    @property
    def _gone(self) -> tuple[PackageVersion, ...]:
        return (*self._done.deleted, *self._done.gone)

    def _delete_one(self, version: PackageVersion) -> frozenset[Digest]:
        """Delete a version and note it; what has to stay because it does."""
        done, graph, repository = self._done, self._cleaned.graph, self._cleaned.repository
        try:
            if graph.is_root(version.digest) and self._is_renamed(version):
                text = "it has other tags by now"
                done.spared.append(
                    Kept(
                        version=version, reason=Reason(rule="changed", text=text), is_candidate=True
                    )
                )
                return graph.reached((version.digest,))
            log.info("Deleting %s", describe(version))
            done.under_way.append(version)
            is_new = self._patiently(lambda: self._delete(repository, version))
        except ActionError as refused:
            done.under_way.clear()
            return self._refused(refused, version)
        (done.deleted if is_new else done.gone).append(version)
        done.under_way.clear()
        self._since += 1
        if not is_new:
            log.info("Gone already: %s", describe(version))
        return frozenset()

    def _is_renamed(self, version: PackageVersion) -> bool:
        """Whether somebody has given an image a tag since the plan was made: a delete would take
        that tag with it."""
        now = self._patiently(
            lambda: self._ports.github.version(self._cleaned.repository, version.id)
        )
        is_renamed = now is not None and set(now.tags) != set(version.tags)
        if now and is_renamed:
            log.warning(
                "%s has other tags by now (%s), so that it stays.",
                describe(version),
                ", ".join(now.tags) or "none",
            )
        return is_renamed

    def _refused(self, refused: ActionError, version: PackageVersion) -> frozenset[Digest]:
        done = self._done
        if isinstance(refused, AccessDenied):
            done.denied, done.stopped = refused, refused.what
        elif refused.code == LimitReached.code:
            done.stopped = f"GitHub takes no more requests for now{self._again(refused)}"
        if done.stopped:
            done.left.append(version)
            return frozenset()
        kept = Kept(
            version=version, reason=Reason(rule="github", text=refused.why), is_candidate=True
        )
        (done.refused if isinstance(refused, PolicyRefused) else done.failed).append(kept)
        log.warning("%s, so that it stays with everything it needs. %s", refused.what, refused.why)
        if len(done.failed) == MOST_FAILURES:
            done.stopped = f"{MOST_FAILURES} versions could not be deleted"
        return self._cleaned.graph.reached((version.digest,))

    def _patiently(self, ask: Callable[[], T]) -> T:
        """The answer, asked for again after a fault that may pass, and after the wait that GitHub
        asks for."""
        attempt = 0
        while True:
            try:
                return ask()
            except Unavailable as refused:
                wait = self._wait(refused, attempt)
                if wait is None:
                    raise
                log.info("%s; trying again in %.0f s.", refused.what, wait)
                self._ports.clock.sleep(wait)
                attempt += refused.code != LimitReached.code

    def _wait(self, refused: Unavailable, attempt: int) -> float | None:
        if refused.code == LimitReached.code:
            asked = _asked(refused)
            if asked is None or self._waited + asked > LONGEST:
                return None
            self._waited += asked
            return asked
        return PATIENCE.wait(attempt, self._ports.clock.jitter())

    def _delete(self, repository: Repository, version: PackageVersion) -> bool:
        """One request, no sooner after the last one than GitHub likes."""
        started = self._ports.clock.monotonic()
        try:
            return self._ports.github.delete_version(repository, version)
        finally:
            self._ports.clock.sleep(max(0.0, started + PAUSE - self._ports.clock.monotonic()))

    def _why_stop(self, image: ImageToDelete) -> str:
        """Why the next image is left for later; empty where there are requests enough for all of
        it."""
        budget = self._ports.github.budget()
        if budget is None or budget.reset <= self._ports.clock.now():
            return ""
        wanted = min(len(image.versions), LARGEST) + 1
        if budget.remaining - RESERVE >= wanted:
            return ""
        new = f"new ones come at {_clock_time(budget.reset)}"
        return f"{budget.remaining} requests of this hour are left; {new}"

    def _again(self, refused: ActionError) -> str:
        """When GitHub answers again: as it said with the refusal, else when the hour's requests are
        counted anew."""
        asked = _asked(refused)
        if asked is not None:
            again = self._ports.clock.now() + timedelta(seconds=asked)
            return f"; it will again at {_clock_time(again)}"
        budget = self._ports.github.budget()
        return f"; new ones come at {_clock_time(budget.reset)}" if budget else ""

    def _repair(self) -> None:
        """Look at the package as it is now, and bring back what an image needs that came
        meanwhile."""
        for _ in range(REPAIRS):
            if not self._gone:
                return
            try:
                self._inventory.refresh(self._gone)
                needed = self._needed()
                for version in needed:
                    self._restore(version)
            except ActionError as refused:
                log.warning(
                    "%s could not be looked at again. %s", self._cleaned.repository, refused
                )
                self._done.stopped = (
                    self._done.stopped
                    or f"the package could not be looked at again: {refused.what}"
                )
                return
            if not needed:
                return

    def _needed(self) -> tuple[PackageVersion, ...]:
        """Versions this run has deleted that an index lists which is there; parts before what holds
        them."""
        gone = {version.digest: version for version in self._gone}
        graph = self._inventory.graph(also=self._gone)
        wanted = graph.parts(version.digest for version in self._inventory.versions) & gone.keys()
        return tuple(gone[digest] for digest in graph.children_first() if digest in wanted)

    def _restore(self, version: PackageVersion) -> None:
        if not self._ports.github.restore_version(self._cleaned.repository, version):
            log.warning("%s could not be brought back.", describe(version))
            return
        log.warning("An image that came meanwhile needs %s: it is back.", describe(version))
        for listed in (self._done.deleted, self._done.gone):
            listed[:] = [each for each in listed if each.id != version.id]
        self._done.restored.append(version)


def _asked(refused: ActionError) -> float | None:
    """Seconds that GitHub asks us to wait."""
    return refused.answer.retry_after if refused.answer else None


def describe(version: PackageVersion) -> str:
    """Digest, tags and id on one line."""
    return f"{version.digest} ({', '.join(version.tags) or 'untagged'}, version {version.id})"


def _clock_time(moment: datetime) -> str:
    """``14:05 UTC``."""
    return f"{moment:%H:%M} UTC"
