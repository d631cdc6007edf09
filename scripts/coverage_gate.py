"""Fails unless every line and branch of the pure modules ran under test, and 95 % of everything
did.

coverage_gate.py COVERAGE.json: the report as `coverage json` writes it.
"""

import json
import sys
from pathlib import Path
from typing import Any

TALKS_TO_THE_OUTSIDE = (
    "ghcr_action/adapters/",
    "ghcr_action/cleanup/deleting.py",
    "ghcr_action/cleanup/inventory.py",
    "ghcr_action/cli/bars.py",
    "ghcr_action/cli/screen.py",
    "ghcr_action/cli/start.py",
    "ghcr_action/cli/terminal.py",
    "ghcr_action/main.py",
    "ghcr_action/__main__.py",
    "ghcr_action/modes/",
    "ghcr_action/post.py",
    "ghcr_action/steps/",
    "ghcr_action/wiring.py",
)
OVERALL = 95.0


def gap(name: str, file: dict[str, Any]) -> str:
    branches = ", ".join(
        f"{start}→{end if end > 0 else 'exit'}" for start, end in file["missing_branches"]
    )
    lines = ", ".join(map(str, file["missing_lines"]))
    return f"{name}: not run: lines {lines or 'none'}; branches {branches or 'none'}"


def gaps(files: dict[str, Any]) -> list[str]:
    pure = {name: file for name, file in files.items() if not name.startswith(TALKS_TO_THE_OUTSIDE)}
    return [
        gap(name, file)
        for name, file in sorted(pure.items())
        if file["missing_lines"] or file["missing_branches"]
    ]


def main(path: str) -> None:
    report = json.loads(Path(path).read_bytes())
    overall = report["totals"]["percent_covered"]
    found = gaps(report["files"])
    if overall < OVERALL:
        found.append(
            f"all of ghcr_action: {overall:.1f} % of lines and branches; {OVERALL:.0f} % "
            "are asked for"
        )
    if found:
        sys.exit("\n".join(["coverage is too low:", *found]))
    print(f"coverage: every line and branch of the pure modules, {overall:.1f} % of everything")


main(sys.argv[1])
