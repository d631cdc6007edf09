"""A clean-up in words: plan lines for the log, outputs for later steps, the list for a restore, the
view for the summary. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import Kept
from ghcr_action.report.words import markdown
from ghcr_action.values.github import PackageVersion

MAX_OUTPUT = 100 * 1024
"""Bytes of one output; beyond 128 KiB a step that gets it through ``env`` can't start."""
MAX_WARNINGS = 20
MAX_ROWS = 200
"""Rows of a table in the summary, which may have 1 MiB altogether."""
_UNTAGGED = "untagged"


@dataclass(frozen=True, kw_only=True)
class CleanupRow:
    """One image: its tags, its digest, and what is said of it."""

    tags: str
    digest: str
    said: str


@dataclass(frozen=True, kw_only=True)
class CleanupView:
    """One package in the summary."""

    title: str
    verdict: str
    warnings: tuple[str, ...]
    going: tuple[CleanupRow, ...]
    """Images that go or went."""
    more_going: int
    """How many there are beyond these."""
    kept: tuple[CleanupRow, ...]
    """Tagged images that stay, and why."""
    more_kept: int


def plan_lines(cleaned: Cleaned) -> tuple[str, ...]:
    """The plan as the log shows it before anything is deleted."""
    going, images, kept = len(cleaned.plan.going), len(cleaned.plan.doomed), len(cleaned.plan.kept)
    return (
        *(
            f"Stays: {_line(each.version)}: {each.why}."
            for each in cleaned.plan.kept
            if each.version.tags
        ),
        *(line for image in cleaned.plan.doomed for line in _image_lines(image.versions)),
        (
            f"{going} of {len(cleaned.graph.versions)} versions go: {images} images with what "
            f"belongs to them; {kept} stay."
        ),
    )


def result_lines(cleaned: Cleaned) -> tuple[str, ...]:
    """What was done, at the end of the log."""
    return (f"{cleaned.repository}: {_verdict(cleaned)}.", *_warnings(cleaned))


def outputs(results: Iterable[Cleaned]) -> tuple[tuple[str, str], ...]:
    """``plan``, ``deleted``, ``kept``, ``failed`` and ``freed`` of all packages together."""
    results = tuple(results)
    found = {
        "plan": [entry for each in results for entry in _listed(each, each.plan.going)],
        "deleted": [
            entry
            for each in results
            for entry in _listed(each, (*each.deletion.deleted, *each.deletion.gone))
        ],
        "kept": [
            entry
            for each in results
            for entry in _explained(each, (kept for kept in each.plan.kept if kept.version.tags))
        ],
        "failed": [
            entry
            for each in results
            for entry in _explained(each, (*each.deletion.refused, *each.deletion.failed))
        ],
    }
    texts = {name: json.dumps(entries) for name, entries in found.items()}
    short = {name: text if len(text.encode()) <= MAX_OUTPUT else "" for name, text in texts.items()}
    return (*short.items(), ("freed", str(sum(each.freed for each in results))))


def restore_file(results: Iterable[Cleaned], *, is_planned: bool = False) -> bytes:
    """Every version that is gone, or is going to be, with what ``POST …/versions/ID/restore``
    needs. JSON."""
    results = tuple(results)
    listed = [
        entry
        for each in results
        for entry in _listed(
            each, each.plan.going if is_planned else (*each.deletion.deleted, *each.deletion.gone)
        )
    ]
    return json.dumps(
        {"state": "planned" if is_planned else "deleted", "versions": listed}, indent=1
    ).encode()


def view(cleaned: Cleaned) -> CleanupView:
    """What the summary shows of one package."""
    done = cleaned.gone
    going = [
        CleanupRow(
            tags=_tags(image.versions[0]),
            digest=str(image.versions[0].digest),
            said=f"{len(image.versions)}",
        )
        for image in cleaned.plan.doomed
        if image.versions[0].digest in done
    ]
    kept = [
        CleanupRow(tags=_tags(each.version), digest=str(each.version.digest), said=each.why)
        for each in cleaned.plan.kept
        if each.version.tags
    ]
    return CleanupView(
        title=str(cleaned.repository),
        verdict=_verdict(cleaned),
        warnings=_warnings(cleaned),
        going=tuple(going[:MAX_ROWS]),
        more_going=max(0, len(going) - MAX_ROWS),
        kept=tuple(kept[:MAX_ROWS]),
        more_kept=max(0, len(kept) - MAX_ROWS),
    )


def _verdict(cleaned: Cleaned) -> str:
    size = markdown.size(cleaned.freed)
    if cleaned.is_dry_run:
        return f"dry run: {len(cleaned.plan.going)} versions would go, {size} would be free"
    deletion = cleaned.deletion
    return (
        f"{len(deletion.deleted) + len(deletion.gone)} versions deleted, {size} free, "
        f"{len(cleaned.plan.kept)} versions kept"
    )


def _warnings(cleaned: Cleaned) -> tuple[str, ...]:
    deletion = cleaned.deletion
    refused = (f"GitHub keeps {_line(each.version)}: {each.why}" for each in deletion.refused)
    failed = (f"Could not delete {_line(each.version)}: {each.why}" for each in deletion.failed)
    broken = (f"{reference} does not answer any more" for reference in deletion.broken)
    left = (f"{len(deletion.left)} versions are left: {deletion.stopped}",) if deletion.left else ()
    after_all = (
        "versions stay after all: they have other tags by now, or something that "
        "could not be deleted needs them"
    )
    spared = (f"{len(deletion.spared)} {after_all}",) if deletion.spared else ()
    single = (*broken, *failed, *refused)
    more = (
        (f"… and {len(single) - MAX_WARNINGS} more, all of them in the log",)
        if len(single) > MAX_WARNINGS
        else ()
    )
    return (*single[:MAX_WARNINGS], *more, *spared, *left)


def _image_lines(versions: tuple[PackageVersion, ...]) -> Iterable[str]:
    yield f"Goes: {_line(versions[0])}"
    yield from (f"  with it: {_line(version)}" for version in versions[1:])


def _line(version: PackageVersion) -> str:
    return f"{_tags(version)} {version.digest} of {version.time:%Y-%m-%d}"


def _tags(version: PackageVersion) -> str:
    return ", ".join(version.tags) or _UNTAGGED


def _listed(cleaned: Cleaned, versions: Iterable[PackageVersion]) -> Iterable[dict[str, object]]:
    for version in versions:
        yield {
            "package": str(cleaned.repository),
            "id": version.id,
            "digest": str(version.digest),
            "tags": list(version.tags),
        }


def _explained(cleaned: Cleaned, kept: Iterable[Kept]) -> Iterable[dict[str, object]]:
    explained = tuple(kept)
    listed = _listed(cleaned, (each.version for each in explained))
    return ({**entry, "why": each.why} for entry, each in zip(listed, explained, strict=True))
