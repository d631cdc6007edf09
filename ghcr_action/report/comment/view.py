"""Rows to what a comment shows: every number formatted, every sentence chosen, so that the
template only places them."""

from collections.abc import Iterable
from dataclasses import dataclass

from ghcr_action.report.comment import removal, timeline
from ghcr_action.report.comment.rows import (
    BUILT,
    EXPORT,
    FAILED,
    PUSHED,
    FailureCells,
    LayerCells,
    PlatformCells,
    Row,
    StepCells,
)
from ghcr_action.report.words import markdown
from ghcr_action.report.words.markdown import Safe

STATUS = {PUSHED: "✅\u00a0pushed", BUILT: "🟦\u00a0built, not pushed", FAILED: "❌\u00a0failed"}
REMOVED = "🗑️\u00a0removed"
UNKNOWN, NONE = "unknown", "–"
SHORTEST = 0.05
"""Seconds; a step that took less is not slow."""
KINDS = ("changed", "added", "removed", "unchanged")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a comment stands: which pull request's commit, and whose run's pages it links to."""

    key: str
    server_url: str
    repository: str
    sha: str = ""

    def run_url(self, row: Row) -> str:
        """The page of the run that wrote a row; made of numbers, never of a text that came with
        it."""
        return (
            f"{self.server_url}/{self.repository}/actions/runs/{row.run_id}" if row.run_id else ""
        )

    def log_url(self, row: Row) -> str:
        """The page of the job that wrote a row, with its log; that of the run where the job is not
        known."""
        run = self.run_url(row)
        return f"{run}/job/{row.check_run_id}" if run and row.check_run_id else run


@dataclass(frozen=True, kw_only=True)
class TableView:
    """One line of the table at the top."""

    image: str
    status: str
    digest: str
    size: str
    delta: str
    cache: str


@dataclass(frozen=True, kw_only=True)
class BlockView:
    """One image: what stands open, and what is folded, each fold with its title."""

    image: str
    notes: tuple[str, ...]
    """Sentences about this row: why nothing was pushed, that it is of an older commit."""
    commands: str = ""
    struck: tuple[str, ...] = ()
    """Commands that worked while the image was there."""
    local_digest: str = ""
    failure: FailureCells | None = None
    log_url: str = ""
    """Where the whole log of a failed job is."""
    good: str = ""
    """The last good image, where this run has none, and the commit it was built from."""
    good_sha: str = ""
    package_url: str = ""
    lines: tuple[str, ...] = ()
    """Facts of one line each, which need no fold."""
    platforms_title: str = ""
    platforms: tuple[tuple[str, ...], ...] = ()
    layers_title: str = ""
    layers: tuple[tuple[str, ...], ...] = ()
    build_title: str = ""
    chart: str = ""
    slowest: tuple[tuple[str, str], ...] = ()
    checks_title: str = ""
    checks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CommentView:
    """The whole comment; documented in docs/comments.md, since templates of users see it."""

    marker: Safe
    sha: str
    removed: str
    """The day on which the last of these images was removed; empty while one is there."""
    verdict: str
    size: str
    """The size and how it changed, in a sentence; empty where nothing is known."""
    compared: Safe
    run_url: str
    table: tuple[TableView, ...]
    blocks: tuple[BlockView, ...]
    footer: str
    state: Safe


def of(
    rows: tuple[Row, ...], place: Place, *, marker: str, state: str, is_outline: bool
) -> CommentView:
    """What these rows look like; an outline is the table alone."""
    newest = max(rows, key=lambda row: row.order)
    sha = place.sha or newest.sha
    has_table = len(rows) > 1 or is_outline
    return CommentView(
        marker=Safe(marker),
        sha=sha[:7],
        removed=removal.day(rows),
        verdict=_verdict(rows),
        size=_grown(rows),
        compared=_compared(rows),
        run_url=place.run_url(newest),
        table=tuple(_table(row, sha) for row in rows) if has_table else (),
        blocks=() if is_outline else tuple(_block(row, sha, place) for row in rows),
        footer=(
            f"Updated {newest.updated or UNKNOWN} by run {newest.run_number}, attempt "
            f"{newest.attempt}. "
        )
        + (
            "This comment was too long: the whole report is in the job summary."
            if is_outline
            else "More is in the job summary."
        ),
        state=Safe(state),
    )


def delta(after: int, before: int | None) -> str:
    """``+6.4 MiB (+8.2%)``, ``0``; empty where there is nothing to compare with."""
    if before is None:
        return ""
    change = after - before
    share = f" ({change / before:+.1%})" if before and change else ""
    return f"{signed(change)}{share}"


def signed(change: int) -> str:
    """Bytes with their sign."""
    return (
        f"{'+' if change > 0 else '−' if change < 0 else ''}{markdown.size(abs(change))}"
        if change
        else "0"
    )


def _verdict(rows: tuple[Row, ...]) -> str:
    found = [REMOVED if _is_removed(row) else row.status for row in rows]
    words = {PUSHED: "pushed", BUILT: "built, not pushed", FAILED: "failed", REMOVED: "removed"}
    counts = {status: found.count(status) for status in words}
    parts = [
        f"{count} {'image' if count == 1 else 'images'} {words[status]}"
        for status, count in counts.items()
        if count
    ]
    return f"{', '.join(parts)}."


def _grown(rows: tuple[Row, ...]) -> str:
    """The size beside that of the base branch: of one image, or of the one that changed most."""
    found = [(row, row.platforms[0]) for row in rows if row.platforms]
    known = [(row, cells, cells.size - cells.base) for row, cells in found if cells.base]
    if not known:
        return f"{_sized(found[0][1])}." if len(found) == len(rows) == 1 else ""
    row, cells, change = max(known, key=lambda each: abs(each[2]))
    if len(rows) == 1:
        changed = delta(cells.size, cells.base) if change else "as before"
        return f"{_sized(cells)}, {changed}."
    if not change:
        return "No size changed."
    return f"Largest change: {row.image.rpartition('/')[2]} {delta(cells.size, cells.base)}."


def _sized(cells: PlatformCells) -> str:
    return f"{cells.platform} {_size(cells.size)}"


def _compared(rows: Iterable[Row]) -> Safe:
    bases = dict.fromkeys((row.base_name, row.base_digest) for row in rows if row.base_name)
    named = [f"{markdown.code(name)} at {_short(digest)}" for name, digest in bases]
    if named:
        return Safe(f"Compared with branch {', '.join(named[:3])}")
    reason = next((row.base_reason for row in rows if row.base_reason), "")
    return Safe(f"Not compared: {markdown.text(reason)}") if reason else Safe("")


def _table(row: Row, sha: str) -> TableView:
    first = row.platforms[0] if row.platforms else None
    absent = NONE if row.status == FAILED else UNKNOWN
    status = REMOVED if _is_removed(row) else STATUS.get(row.status, row.status)
    stale = f" (from {row.sha[:7]})" if _is_stale(row, sha) else ""
    return TableView(
        image=_label(row),
        status=status + stale,
        digest=_short(row.digest, absent),
        size=f"{_size(first.size)} {first.platform}" if first else absent,
        delta=(delta(first.size, first.base) if first else "") or absent,
        cache=_cache(row),
    )


def _block(row: Row, sha: str, place: Place) -> BlockView:
    slowest = sorted(
        (step for step in row.steps if not step.is_cached and step.seconds >= SHORTEST),
        key=lambda step: -step.seconds,
    )[:3]
    chart = timeline.chart(row.steps)
    build = _build_title(row, tuple(_named(step, row) for step in slowest[:1]))
    is_built_briefly = not chart and len(slowest) < 2
    layers = tuple(map(_layer, row.layers))
    checks = tuple(_checks(row))
    return BlockView(
        image=_label(row),
        notes=tuple(_notes(row, sha)),
        commands="" if row.removed else "\n".join(_commands(row)),
        struck=_commands(row) if row.removed else (),
        local_digest=row.digest if row.status == BUILT else "",
        failure=row.failure,
        log_url=place.log_url(row) if row.failure else "",
        good=_good(row),
        good_sha=row.good_sha[:7],
        package_url=_package_url(row, place),
        lines=(
            *([_platform_line(row.platforms[0])] if len(row.platforms) == 1 else []),
            *([_layers_title(row)] if len(layers) == 1 else []),
            *([build] if build and is_built_briefly else []),
            *(f"{name}: {value}" for name, value in checks if len(checks) == 1),
        ),
        platforms_title=_platforms_title(row.platforms),
        platforms=tuple(map(_platform, row.platforms)) if len(row.platforms) > 1 else (),
        layers_title=_layers_title(row),
        layers=layers if len(layers) > 1 else (),
        build_title="" if is_built_briefly else build,
        chart=chart,
        slowest=tuple((_named(step, row), markdown.duration(step.seconds)) for step in slowest),
        checks_title=" · ".join(f"{name}: {value.partition(';')[0]}" for name, value in checks),
        checks=checks if len(checks) > 1 else (),
    )


def _package_url(row: Row, place: Place) -> str:
    """The package's page, on the server that the comment stands on and nowhere else."""
    return row.package_url if row.package_url.startswith(f"{place.server_url}/") else ""


def _platform_line(each: PlatformCells) -> str:
    layers = f" · {each.layers} layers" if each.layers > 1 else ""
    return f"Platform: {each.platform} · {_size(each.size)}{layers}"


def _label(row: Row) -> str:
    """The image, and what tells its row from others of the same image."""
    return row.image + (f" ({row.id.partition('|')[2]})" if row.id.partition("|")[2] else "")


def _is_removed(row: Row) -> bool:
    return row.status == PUSHED and bool(row.removed)


def _is_stale(row: Row, sha: str) -> bool:
    return bool(sha and row.sha and row.sha != sha and not _is_removed(row))


def _notes(row: Row, sha: str) -> Iterable[str]:
    if _is_stale(row, sha):
        yield f"⏳ This is the result for {row.sha[:7]}; {sha[:7]} has not reported yet."
    if row.status == BUILT:
        yield f"🟦 Built, not pushed: {row.reason or UNKNOWN}."
    if row.over:
        yield f"⚠️ {row.over}"
    yield from removal.notes(row)


def _commands(row: Row) -> tuple[str, ...]:
    if row.status != PUSHED or not row.digest:
        return ()
    return tuple(
        f"docker pull {row.image}{name}"
        for name in (f"@{row.digest}", *(f":{tag}" for tag in row.tags[:3]))
    )


def _good(row: Row) -> str:
    return f"{row.image}@{row.good_digest}" if row.good_digest else ""


def _platforms_title(platforms: tuple[PlatformCells, ...]) -> str:
    sizes = " · ".join(
        f"{each.platform} {markdown.size(each.size)}" if each.size else each.platform
        for each in platforms[:3]
    )
    more = f" · {len(platforms) - 3} more" if len(platforms) > 3 else ""
    return f"Platforms ({len(platforms)}) · {sizes}{more}" if platforms else ""


def _platform(each: PlatformCells) -> tuple[str, ...]:
    layers = str(each.layers) if each.layers else UNKNOWN
    return (
        each.platform,
        _short(each.digest),
        _size(each.size),
        delta(each.size, each.base) or UNKNOWN,
        layers,
    )


def _layers_title(row: Row) -> str:
    if not row.layers:
        return ""
    counted = {kind: sum(each.count for each in row.layers if each.kind == kind) for kind in KINDS}
    words = ", ".join(f"{count} {word}" for word, count in counted.items() if count)
    fresh = f" · fresh download {markdown.size(row.fresh)}" if row.fresh else ""
    return (
        f"Layers against branch {row.base_name or UNKNOWN} ({row.layers_of or UNKNOWN}): "
        f"{words or UNKNOWN}{fresh}"
    )


def _layer(each: LayerCells) -> tuple[str, ...]:
    sizes = tuple(
        "–" if size is None else markdown.size(size) for size in (each.before, each.after)
    )
    return (
        each.kind if each.kind in KINDS else UNKNOWN,
        each.text,
        *sizes,
        signed((each.after or 0) - (each.before or 0)),
    )


def _build_title(row: Row, slowest: tuple[str, ...]) -> str:
    parts = [f"{row.cached} of {row.cacheable} steps cached"] if row.cacheable else []
    parts += [f"slowest {text[:60]}" for text in slowest]
    parts += [markdown.duration(row.seconds)] if row.seconds else []
    return f"Build: {' · '.join(parts)}" if parts else ""


def _named(step: StepCells, row: Row) -> str:
    """The step, with its platform where several were built."""
    sections = {each.section for each in row.steps} - {"", EXPORT}
    return (
        f"{step.text} ({step.section})"
        if len(sections) > 1 and step.section in sections
        else step.text
    )


def _checks(row: Row) -> Iterable[tuple[str, str]]:
    if row.visibility:
        yield "Visibility", row.visibility
    if row.attestation:
        yield "Attestation", row.attestation


def _size(count: int) -> str:
    """Bytes; nothing is as small as 0, so that nobody knows then."""
    return markdown.size(count) if count else UNKNOWN


def _short(digest: str, absent: str = UNKNOWN) -> str:
    return markdown.code(digest.rpartition(":")[2][:12]) or absent


def _cache(row: Row) -> str:
    return f"{row.cached}/{row.cacheable}" if row.cacheable else "n/a"
