"""What a comment tells of each image: one row for each job of a matrix, merged with those that
other jobs have written.

The rows are data. They stand in the comment itself, hidden, so that any job can write the whole
comment anew.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ghcr_action.errors import InvalidValue
from ghcr_action.report.comment import schema

MAX_STATE = 256 * 1024
"""Bytes of state, unpacked."""
MAX_ROWS = 100
PUSHED, BUILT, FAILED = "pushed", "built", "failed"
UNCHANGED = "unchanged"
EXPORT = "export"
"""The section of steps that belong to no platform."""

_KEY = r"[^A-Za-z0-9._/ -]"
_STATE = r"(?m)^<!-- ghcr-report:state ([A-Za-z0-9_=-]+) -->$"


@dataclass(frozen=True, kw_only=True)
class PlatformCells:
    """One platform; sizes are compressed bytes."""

    platform: str
    digest: str
    size: int
    base: int | None = None
    """The same platform of the image it is compared with."""
    layers: int = 0


@dataclass(frozen=True, kw_only=True)
class LayerCells:
    """One layer against the base branch's image; a size is None where that side has no such
    layer."""

    kind: str
    """``unchanged``, ``changed``, ``added``, ``removed``."""
    text: str
    before: int | None = None
    after: int | None = None
    count: int = 1
    """How many layers stand in this line."""


@dataclass(frozen=True, kw_only=True)
class StepCells:
    """One step of the build on the timeline; times in seconds, from the first start."""

    text: str
    start: float = 0.0
    seconds: float = 0.0
    is_cached: bool = False
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class FailureCells:
    """Why there is no new image."""

    what: str
    cause: str = ""
    fix: str = ""
    code: str = ""
    said: tuple[str, ...] = ()
    """The last lines of the step that failed."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One job: what it published, or why it did not."""

    id: str
    """What a job owns: the same in the next run of the same job, other for its neighbours."""
    image: str
    status: str
    sha: str = ""
    run_id: int = 0
    check_run_id: int = 0
    """The number of the job in its page's address; 0 where it is not known."""
    run_number: int = 0
    attempt: int = 1
    updated: str = ""
    reason: str = ""
    """Why nothing was pushed."""
    digest: str = ""
    tags: tuple[str, ...] = ()
    platforms: tuple[PlatformCells, ...] = ()
    total: int = 0
    base_name: str = ""
    base_digest: str = ""
    base_reason: str = ""
    """Why there is nothing to compare with."""
    layers: tuple[LayerCells, ...] = ()
    layers_of: str = ""
    """The platform whose layers are compared."""
    over: str = ""
    """What has grown more than it may."""
    fresh: int = 0
    """Bytes that somebody who has the base branch's image downloads."""
    cached: int = 0
    cacheable: int = 0
    steps: tuple[StepCells, ...] = ()
    seconds: float = 0.0
    visibility: str = ""
    package_url: str = ""
    attestation: str = ""
    failure: FailureCells | None = None
    good_digest: str = ""
    """The last image that was pushed, where this run pushed none."""
    good_sha: str = ""
    removed: str = ""
    """The day since which the registry does not hold the image any more: ``2026-11-23``."""

    @property
    def order(self) -> tuple[int, int]:
        """Later runs win: number of the run, then its attempt."""
        return (self.run_number, self.attempt)


def marker(key: str) -> str:
    """The first line of a comment of ours; two keys give two comments."""
    return f"<!-- ghcr-report:v1 key={re.sub(_KEY, '_', key)[:100]} -->"


def is_ours(body: str, key: str) -> bool:
    """Whether a comment begins with our marker; who wrote it has to be checked as well."""
    return body.partition("\n")[0].rstrip("\r") == marker(key)


def merge(rows: Iterable[Row], own: Row) -> tuple[Row, ...]:
    """All rows with ours in its place: an older run never replaces a newer one, and a failure
    remembers the last good image."""
    before = {row.id: row for row in rows}
    stored = before.get(own.id)
    if stored and stored.order > own.order:
        own = stored
    elif stored and not own.digest:
        good = (
            (stored.digest, stored.sha)
            if stored.status == PUSHED and not stored.removed
            else (stored.good_digest, stored.good_sha)
        )
        own = replace(own, good_digest=good[0], good_sha=good[1])
    kept = sorted((row for row in before.values() if row.id != own.id), key=lambda row: row.order)[
        -(MAX_ROWS - 1) :
    ]
    return tuple(sorted((*kept, own), key=lambda row: (row.image, row.id)))


def merge_all(rows: Iterable[Row], own: Iterable[Row]) -> tuple[Row, ...]:
    """The same for several rows of one run."""
    found = tuple(rows)
    for row in own:
        found = merge(found, row)
    return found


def joined(rows: Iterable[Row], others: Iterable[Row]) -> tuple[Row, ...]:
    """The rows with those of another comment, where they are not there or newer there."""
    found = {row.id: row for row in rows}
    for row in others:
        if row.id not in found or row.order > found[row.id].order:
            found[row.id] = row
    return tuple(found.values())


def encode(rows: Iterable[Row]) -> str:
    """The state line, which holds nothing that ends an HTML comment."""
    return f"<!-- ghcr-report:state {schema.pack([schema.dump(row) for row in rows])} -->"


def decode(body: str) -> tuple[Row, ...]:
    """The rows of a comment; none where its state can't be read: it is shown again, and nothing is
    decided by it."""
    found = re.findall(_STATE, body)
    if not found:
        return ()
    try:
        document = schema.unpack(found[-1], MAX_STATE)
        return (
            tuple(schema.load(entry, Row) for entry in document[:MAX_ROWS])
            if isinstance(document, list)
            else ()
        )
    except InvalidValue:
        return ()
