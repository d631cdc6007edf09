"""A clean-up in words: plan lines for the log, outputs for later steps, the list for a restore,
the view for the summary."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ghcr_action.cleanup import plan as plans
from ghcr_action.cleanup import reviewed
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import Kept, VersionToDelete
from ghcr_action.cleanup.reason import Reason
from ghcr_action.report.words import markdown
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest, Repository

MAX_OUTPUT = 100 * 1024
"""Bytes of one output; beyond 128 KiB a step that gets it through ``env`` can't start."""
MAX_WARNINGS = 20
MAX_ROWS = 200
"""Rows of a table in the summary, which may have 1 MiB altogether."""
_UNTAGGED = "untagged"
_KEEPERS = {
    "part": "something that stays needs it",
    "none": "no rule names it",
    "last": "the last one stays",
    "unreadable": "it can't be read",
}
"""Rules that are no input, in words."""
GONE = Reason(rule="under-way", text="it was asked for when the run was stopped: it may be gone")


@dataclass(frozen=True, kw_only=True)
class CleanupRow:
    """One image: its tags, its digest, how many versions it is, and what is said of it."""

    tags: str
    digest: str
    said: str
    because: str = ""

    @property
    def short(self) -> str:
        """Twelve hex digits, for a table of a page."""
        return self.digest.partition(":")[2][:12]


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """One rule: how many images and versions it names, and the bytes that only those hold."""

    rule: str
    images: int
    versions: int
    size: str


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
    """Tagged images and spared candidates that stay, and why."""
    more_kept: int
    rules: tuple[RuleRow, ...] = ()
    """What goes or went, by rule."""
    kept_by_rule: tuple[tuple[str, int], ...] = ()
    """How many versions stay, by the rule that keeps them."""
    checked: str = ""
    """What was looked at in the end."""
    apply: tuple[str, ...] = ()
    """Lines of YAML that do exactly this."""
    command: str = ""
    """The same at a terminal."""


def plan_lines(cleaned: Cleaned) -> tuple[str, ...]:
    """The plan as the log shows it before anything is deleted."""
    plan = cleaned.plan
    going, images, kept = len(plan.going), len(plan.to_delete), len(plan.kept)
    return (
        *(f"Stays: {_line(each.version)}: {each.reason}." for each in _told(plan.kept)),
        *(line for image in plan.to_delete for line in _image_lines(image.members)),
        *(
            f"Loses {', '.join(each.tags)}: {_line(each.version)}: {each.reason}."
            for each in plan.untags
        ),
        (
            f"{going} of {len(cleaned.graph.versions)} versions go: {images} images with what "
            f"belongs to them; {kept} stay."
        ),
        *cleaned.notes,
        *_brake(cleaned),
    )


def result_lines(cleaned: Cleaned) -> tuple[str, ...]:
    """What was done, at the end of the log."""
    return (f"{cleaned.repository}: {_verdict(cleaned)}.", *_warnings(cleaned))


def outputs(results: Iterable[Cleaned]) -> tuple[tuple[str, str], ...]:
    """``plan``, ``deleted``, ``kept``, ``failed`` and ``freed`` of all packages together."""
    results = tuple(results)
    found = {
        "plan": [each for cleaned in results for each in _planned(cleaned)],
        "deleted": [each for cleaned in results for each in _deleted(cleaned)],
        "kept": [each for cleaned in results for each in _kept(cleaned, _staying(cleaned))],
        "failed": [
            each
            for cleaned in results
            for each in _kept(cleaned, (*cleaned.deletion.refused, *cleaned.deletion.failed))
        ],
    }
    texts = {name: json.dumps(entries) for name, entries in found.items()}
    short = {name: text if len(text.encode()) <= MAX_OUTPUT else "" for name, text in texts.items()}
    return (*short.items(), ("freed", str(sum(each.freed for each in results))))


def restore_file(results: Iterable[Cleaned], made: datetime, *, is_planned: bool = False) -> bytes:
    """Every version that is gone, or is going to be, with what ``POST …/versions/ID/restore``
    needs. JSON."""
    results = tuple(results)
    packages = [
        {
            "package": str(cleaned.repository),
            "versions": [
                {"action": reviewed.DELETE, **entry}
                for entry in (_planned(cleaned) if is_planned else _deleted(cleaned))
            ],
        }
        for cleaned in results
        if not (is_planned and cleaned.is_braked)
    ]
    document = {
        "schema": reviewed.SCHEMA,
        "state": "planned" if is_planned else "deleted",
        "made": made.isoformat(timespec="seconds"),
        "packages": packages,
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def view(cleaned: Cleaned, plan_file: str = "") -> CleanupView:
    """What the summary shows of one package; ``plan_file`` is where the plan can be applied
    from."""
    done = cleaned.gone
    images = [each for each in cleaned.plan.to_delete if each.versions[0].digest in done]
    going = [
        CleanupRow(
            tags=_tags(image.versions[0]),
            digest=str(image.versions[0].digest),
            said=f"{len(image.versions)}",
            because=str(image.members[0].reason),
        )
        for image in images
    ]
    kept = [
        CleanupRow(tags=_tags(each.version), digest=str(each.version.digest), said=str(each.reason))
        for each in _staying(cleaned)
    ]
    is_applicable = bool(plan_file and cleaned.is_dry_run and images and not cleaned.is_braked)
    return CleanupView(
        title=str(cleaned.repository),
        verdict=_verdict(cleaned),
        warnings=_warnings(cleaned),
        going=tuple(going[:MAX_ROWS]),
        more_going=max(0, len(going) - MAX_ROWS),
        kept=tuple(kept[:MAX_ROWS]),
        more_kept=max(0, len(kept) - MAX_ROWS),
        rules=tuple(_by_rule(cleaned)),
        kept_by_rule=tuple(_by_keeper(cleaned)),
        checked=cleaned.deletion.checked,
        apply=_apply(cleaned, plan_file) if is_applicable else (),
        command=_command(cleaned, plan_file) if is_applicable else "",
    )


def _apply(cleaned: Cleaned, plan_file: str) -> tuple[str, ...]:
    """The step that does this plan and nothing else."""
    return (
        "with:",
        "  mode: cleanup",
        "  dry-run: false",
        f"  packages: {cleaned.repository}",
        f"  plan-file: {plan_file}",
    )


def _command(cleaned: Cleaned, plan_file: str) -> str:
    flags = f"--dry-run false --packages {cleaned.repository} --plan-file {plan_file}"
    return f"ghcr-action cleanup {flags}"


def _by_rule(cleaned: Cleaned) -> Iterable[RuleRow]:
    """What goes by the rule that names its image, in the order of the plan."""
    done, by_rule = cleaned.gone, dict[str, list[tuple[PackageVersion, ...]]]()
    for image in cleaned.plan.to_delete:
        gone = tuple(each for each in image.versions if each.digest in done)
        if gone:
            by_rule.setdefault(image.members[0].reason.rule, []).append(gone)
    for rule, images in by_rule.items():
        digests = [version.digest for image in images for version in image]
        yield RuleRow(
            rule=rule,
            images=len(images),
            versions=len(digests),
            size=markdown.size(plans.freed(cleaned.graph, digests)),
        )


def _by_keeper(cleaned: Cleaned) -> Iterable[tuple[str, int]]:
    counts = dict[str, int]()
    for each in cleaned.plan.kept:
        keeper = _KEEPERS.get(each.reason.rule, each.reason.rule)
        counts[keeper] = counts.get(keeper, 0) + 1
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _verdict(cleaned: Cleaned) -> str:
    size = markdown.size(cleaned.freed)
    if cleaned.is_dry_run:
        return f"dry run: {len(cleaned.plan.going)} versions would go, {size} would be free"
    deletion = cleaned.deletion
    gone = len(deletion.deleted) + len(deletion.gone)
    kept = len(cleaned.graph.versions) - gone
    return f"{gone} versions deleted, {size} free, {kept} versions kept"


def _warnings(cleaned: Cleaned) -> tuple[str, ...]:
    deletion = cleaned.deletion
    refused = (f"GitHub keeps {_line(each.version)}: {each.reason}" for each in deletion.refused)
    failed = (f"Could not delete {_line(each.version)}: {each.reason}" for each in deletion.failed)
    broken = (f"{reference} does not answer any more" for reference in deletion.broken)
    restored = (
        f"{_line(each)} was deleted and is back: an image that came meanwhile needs it"
        for each in deletion.restored
    )
    under_way = (f"{_line(each)}: {GONE}" for each in deletion.under_way)
    left = (f"{len(deletion.left)} versions are left: {deletion.stopped}",) if deletion.left else ()
    single = (*broken, *failed, *refused, *restored, *under_way)
    more = (
        (f"… and {len(single) - MAX_WARNINGS} more, all of them in the log",)
        if len(single) > MAX_WARNINGS
        else ()
    )
    shown = (*single[:MAX_WARNINGS], *more, *_spared(cleaned), *left)
    return (*_brake(cleaned), *cleaned.notes, *shown)


def _brake(cleaned: Cleaned) -> tuple[str, ...]:
    if not cleaned.is_braked:
        return ()
    would = "a run would delete nothing" if cleaned.is_dry_run else "nothing was deleted"
    return (f"Too much at once, so that {would}: {cleaned.plan.brake}",)


def _spared(cleaned: Cleaned) -> tuple[str, ...]:
    """How many stay after all, by the reason."""
    counts = dict[str, int]()
    for each in cleaned.deletion.spared:
        counts[str(each.reason)] = counts.get(str(each.reason), 0) + 1
    return tuple(f"{count} versions stay after all: {why}" for why, count in counts.items())


def _image_lines(members: tuple[VersionToDelete, ...]) -> Iterable[str]:
    first = members[0]
    yield f"Goes: {_line(first.version)}: {first.reason}."
    yield from (f"  with it: {_line(each.version)}" for each in members[1:])


def _line(version: PackageVersion) -> str:
    return f"{_tags(version)} {version.digest} of {version.time:%Y-%m-%d}"


def _tags(version: PackageVersion) -> str:
    return ", ".join(version.tags) or _UNTAGGED


def _told(kept: Iterable[Kept]) -> Iterable[Kept]:
    """What a person wants to know: images with a tag, and what a rule named and another one
    kept."""
    return (each for each in kept if each.version.tags or each.is_candidate)


def _staying(cleaned: Cleaned) -> tuple[Kept, ...]:
    return (*_told(cleaned.plan.kept), *cleaned.deletion.spared)


def _planned(cleaned: Cleaned) -> Iterable[dict[str, object]]:
    for image in cleaned.plan.to_delete:
        for each in image.members:
            yield reviewed.listed(cleaned.repository, each.version, each.reason)


def _deleted(cleaned: Cleaned) -> Iterable[dict[str, object]]:
    """With the version whose delete was asked for when the run was stopped."""
    reasons = _reasons(cleaned)
    done = (*cleaned.deletion.deleted, *cleaned.deletion.gone)
    for version in done:
        yield reviewed.listed(cleaned.repository, version, reasons[version.digest])
    for version in cleaned.deletion.under_way:
        yield reviewed.listed(cleaned.repository, version, GONE)


def _reasons(cleaned: Cleaned) -> dict[Digest, Reason]:
    members = (each for image in cleaned.plan.to_delete for each in image.members)
    return {each.version.digest: each.reason for each in members}


def _kept(cleaned: Cleaned, kept: Iterable[Kept]) -> Iterable[dict[str, object]]:
    return (reviewed.listed(cleaned.repository, each.version, each.reason) for each in kept)


def restored(
    repository: Repository,
    wanted: tuple[PackageVersion, ...],
    back: tuple[PackageVersion, ...],
    *,
    is_dry_run: bool,
) -> CleanupView:
    """What the summary shows of a package whose versions were brought back."""
    said = "would come back" if is_dry_run else f"of {len(wanted)} versions are back"
    shown = wanted if is_dry_run else back
    rows = [
        CleanupRow(tags=_tags(each), digest=str(each.digest), said="restored") for each in shown
    ]
    return CleanupView(
        title=str(repository),
        verdict=f"{len(shown)} {said}",
        warnings=(),
        going=(),
        more_going=0,
        kept=tuple(rows[:MAX_ROWS]),
        more_kept=max(0, len(rows) - MAX_ROWS),
    )
