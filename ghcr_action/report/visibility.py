"""Findings about visibility as outputs and as a view."""

from collections.abc import Iterable
from dataclasses import dataclass

from ghcr_action.plans.visibility import Finding
from ghcr_action.values.reference import Reference


@dataclass(frozen=True, kw_only=True)
class VisibleRow:
    """One image: what was looked at, and what was found."""

    image: str
    finding: Finding


def outputs(finding: Finding | None) -> tuple[tuple[str, str], ...]:
    """``visibility`` and ``package-url``; both empty where nobody looked."""
    return (
        ("visibility", finding.visibility if finding else ""),
        ("package-url", finding.package_url if finding else ""),
    )


def notices(finding: Finding | None) -> tuple[str, ...]:
    """What a summary says below its table: a problem with its fix first."""
    if finding is None:
        return ()
    return (*((f"{finding.problem}. {finding.fix}",) if finding.problem else ()), *finding.notices)


def view(references: Iterable[Reference], findings: Iterable[Finding]) -> tuple[VisibleRow, ...]:
    """One row for each image."""
    return tuple(
        VisibleRow(image=str(each.repository), finding=found)
        for each, found in zip(references, findings, strict=True)
    )
