"""The file that holds the payload of the workflow's event."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghcr_action.errors import ActionError, SettingsError, Unavailable


def payload(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """The event's payload; outside a workflow there is none. Raises Unavailable where it is
    broken."""
    path = Path(environ.get("GITHUB_EVENT_PATH", ""))
    if environ.get("GITHUB_ACTIONS") and path.name and not path.is_file():
        raise _blind(path)
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as cause:
        raise _broken_event(path, "it is no JSON") from cause
    if not isinstance(found, dict):
        raise _broken_event(path, "it is no JSON object")
    return found


def _blind(path: Path) -> SettingsError:
    """The runner has mounted directories that the engine's machine does not have."""
    return SettingsError(
        f"The files of this job are not here: {path} does not exist",
        why=(
            "the runner itself runs in a container, and its work directory is not at the same path "
            "on the engine's machine; nobody would read this step's outputs either"
        ),
        fix="Start the runner with its work directory mounted: -v /runner/_work:/runner/_work",
        docs="https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners",
    )


def _broken_event(path: Path, why: str) -> ActionError:
    return Unavailable(
        f"The event's file {path} can't be read",
        why=why,
        fix="The runner writes it before the job: look for a step that has changed it, then run "
        "the job again.",
        code="EVENT-FILE",
    )
