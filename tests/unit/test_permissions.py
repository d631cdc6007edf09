"""A job of ours may do what its steps need, and nothing else: separate, because no runner of
workflows but GitHub's knows permissions.

What a step needs is said by the documentation of what it uses;
https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps for the requests
of our own action and of `gh`.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
JOBS = {
    f"{name} {key}": job
    for name, workflow in WORKFLOWS.items()
    for key, job in workflow["jobs"].items()
}
PUBLISHING = {"contents": "read", "packages": "write"}
MODES = {
    "publish": PUBLISHING,
    "bake": PUBLISHING,
    "bake plan": {"contents": "read", "pull-requests": "read"},
    "merge": PUBLISHING | {"pull-requests": "write"},
    "visibility": {"packages": "read"},
    "cleanup": {"packages": "write", "pull-requests": "read"},
    "comment": {"pull-requests": "write"},
}
"""Of our own action. Publishing needs no more for a comment: only merges comment here, and a fork's
run can't."""
SIGNING = {"id-token": "write", "attestations": "write"}
"""Of our own action too, where a job says what it signs."""
ACTIONS: dict[str, dict[str, str]] = {
    "actions/checkout": {"contents": "read"},
    "actions/setup-python": {},
    "actions/upload-artifact": {},
    "actions/download-artifact": {"actions": "read"},
    "actions/attest": SIGNING,
    "sigstore/cosign-installer": {},
}
COMMANDS = {
    r"gh api \"repos/\$GITHUB_REPOSITORY/actions/": {"actions": "read"},
    r"git (?:-C \w+ )?push ": {"contents": "write"},
    r"gh release create ": {"contents": "write"},
    r"cosign sign ": {"id-token": "write", "packages": "write"},
    r"docker pull ": {"packages": "read"},
}
_RANK = {"read": 1, "write": 2}
_ROW = re.compile(r"^\| `(?P<name>\w+\.yml)` \|[^|]*\| (?P<permissions>[^|]*) \|$", re.MULTILINE)


def together(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    """The most of each permission."""
    found: dict[str, str] = {}
    for name, level in (item for part in parts for item in part.items()):
        found[name] = max(level, found.get(name, "read"), key=_RANK.__getitem__)
    return found


def needs(step: dict[str, Any]) -> Iterable[dict[str, str]]:
    """What one step needs; KeyError for an action that this file does not know."""
    uses = step.get("uses", "")
    if uses in ("$/", "./"):
        mode = step.get("with", {}).get("mode", "publish")
        for each in re.findall(r"'([a-z]+)'", mode) or [mode]:
            yield MODES[f"{each} plan" if step["with"].get("plan-matrix") else each]
        yield SIGNING if "attest" in step.get("with", {}) else {}
    elif uses:
        yield ACTIONS[uses.partition("@")[0]]
    yield from (
        permissions
        for pattern, permissions in COMMANDS.items()
        if re.search(pattern, step.get("run", ""))
    )


@pytest.mark.parametrize(
    "job",
    [job for job in JOBS.values() if "steps" in job],
    ids=[key for key, job in JOBS.items() if "steps" in job],
)
def test_permissions__a_job_has_what_its_steps_need(job: dict[str, Any]) -> None:
    assert job["permissions"] == together(need for step in job["steps"] for need in needs(step))


@pytest.mark.parametrize(
    "job",
    [job for job in JOBS.values() if "uses" in job],
    ids=[key for key, job in JOBS.items() if "uses" in job],
)
def test_permissions__a_call_grants_what_the_called_jobs_need(job: dict[str, Any]) -> None:
    called = WORKFLOWS[job["uses"].rpartition("/")[2]]

    assert job["permissions"] == together(each["permissions"] for each in called["jobs"].values())


def test_permissions__the_table_for_callers_is_what_the_jobs_need() -> None:
    text = (ROOT / "docs/workflows.md").read_text()
    told = {
        row["name"]: dict(re.findall(r"`([\w-]+): (\w+)`", row["permissions"]))
        for row in _ROW.finditer(text)
    }

    assert told == {
        name: together(job["permissions"] for job in WORKFLOWS[name]["jobs"].values())
        for name in told
    }
    assert set(told) == {"publish.yml", "cleanup.yml", "comment.yml"}
