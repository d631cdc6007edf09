"""`mode: metadata` as the runner starts it, one process for each kind of event, with a GitHub that
answers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import github_api
from tests.fakes.github_api import GitHubApi
from tests.testbed import ROOT

SHA = "860c1904a1ce19322e91ac35af1ab07466440c37"
HEAD = "f11797211e5a9b86a7afbf8d16e7ba2ec7ad1dc0"
REPOSITORY = {
    "full_name": "octo/App",
    "default_branch": "main",
    "private": False,
    "owner": {"type": "Organization"},
}
PULL = {
    "number": 7,
    "head": {"sha": HEAD, "ref": "topic", "repo": {"full_name": "octo/App"}},
    "base": {"ref": "main"},
}
RULES = r"""
# every type
type=schedule
type=semver,pattern={{version}}
type=pep440,pattern={{version}},prefix=py-
type=match,"pattern=v(\d{1,3})",group=1
type=edge
type=ref,event=branch
type=ref,event=tag
type=ref,event=pr
type=raw,value=built-{{commit_date 'YYYYMMDD'}}
type=raw,value=main-only,enable={{is_default_branch}}
type=sha
"""
ALWAYS = "built-20260401 sha-860c190"
ON_MAIN = "built-20260401 main-only sha-860c190"
Happened = tuple[str, str, dict[str, Any]]
EVENTS: dict[str, tuple[Happened, str]] = {
    "push branch": (("push", "refs/heads/feature/x", {}), f"feature-x {ALWAYS}"),
    "push tag": (("push", "refs/tags/v1.2.3", {}), f"1.2.3 py-1.2.3 1 v1.2.3 {ALWAYS} latest"),
    "pull_request": (
        ("pull_request", "refs/pull/7/merge", {"pull_request": PULL}),
        f"pr-7 {ALWAYS}",
    ),
    "pull_request_target": (
        ("pull_request_target", "refs/heads/main", {"pull_request": PULL}),
        f"pr-7 {ALWAYS}",
    ),
    "schedule": (
        ("schedule", "refs/heads/main", {"repository": None}),
        f"nightly edge main {ON_MAIN}",
    ),
    "workflow_dispatch": (("workflow_dispatch", "refs/heads/main", {}), f"edge main {ON_MAIN}"),
    "release": (
        ("release", "refs/tags/v2.0.0-rc.1", {}),
        f"2.0.0-rc.1 py-2.0.0rc1 2 v2.0.0-rc.1 {ALWAYS}",
    ),
    "merge_group": (
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-1-0f", {}),
        f"gh-readonly-queue-main-pr-1-0f {ALWAYS}",
    ),
    "workflow_run": (("workflow_run", "refs/heads/main", {}), f"edge main {ON_MAIN}"),
}


@pytest.fixture
def github() -> Iterator[GitHubApi]:
    with github_api.serve() as api:
        api.account.add_repository("octo/App", spdx="MIT", description="An app")
        api.account.add_commit("octo/App", SHA, "2026-04-01T10:00:00Z")
        yield api


def started(
    directory: Path, github: GitHubApi, name: str, ref: str, payload: dict[str, Any], **inputs: str
) -> dict[str, str]:
    """The outputs of the process."""
    (directory / "event.json").write_text(json.dumps({"repository": REPOSITORY} | payload))
    given = {"mode": "metadata", "github-token": github_api.WRITER} | {
        key.replace("_", "-"): value for key, value in inputs.items()
    }
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "RUNNER_TEMP": str(directory),
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": github.url,
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(directory / "event.json"),
        "GITHUB_OUTPUT": str(directory / "output"),
        "GITHUB_REF": ref,
        "GITHUB_REPOSITORY": "octo/App",
        "GITHUB_SHA": SHA,
        **{f"INPUT_{key.upper()}": value for key, value in given.items()},
    }
    subprocess.run(
        [sys.executable, str(ROOT / "entrypoint.py")],
        check=True,
        env=environ,
        cwd=directory,
        timeout=60,
    )
    written = (directory / "output").read_text(encoding="utf-8")
    return {
        found[1]: found[3] for found in re.finditer(r"(?ms)^([\w-]+)<<(\S+)\n(.*?)\n\2$", written)
    }


@pytest.mark.parametrize(("happened", "expected"), EVENTS.values(), ids=EVENTS)
def test_process__on_event(
    tmp_path: Path, github: GitHubApi, happened: Happened, expected: str
) -> None:
    found = started(
        tmp_path, github, *happened, images="GHCR.io/octo/App", tags=RULES, sep_tags=" "
    )

    assert found["tags"] == " ".join(f"ghcr.io/octo/app:{tag}" for tag in expected.split())
    assert (found["tag-names"], found["version"]) == (expected, expected.partition(" ")[0])
    labels = json.loads(found["json"])["labels"]
    assert (
        labels["org.opencontainers.image.description"],
        labels["org.opencontainers.image.licenses"],
    ) == ("An app", "MIT")


def test_process__asks_for_no_commit_where_none_is_used(tmp_path: Path, github: GitHubApi) -> None:
    found = started(tmp_path, github, "push", "refs/heads/main", {})

    assert (found["tags"], github.requests) == ("main", ["GET /repos/octo/App"])


def test_process__asks_nothing_where_the_event_says_it(tmp_path: Path, github: GitHubApi) -> None:
    said = {
        "name": "App",
        "html_url": "https://github.com/octo/App",
        "description": "Printed",
        "license": {"spdx_id": "MIT"},
    }

    found = started(tmp_path, github, "push", "refs/heads/main", {"repository": REPOSITORY | said})

    assert (found["tags"], github.requests) == ("main", [])
