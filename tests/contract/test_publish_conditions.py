"""When the jobs of publish.yml run and what a caller gets, as GitHub's own evaluator reads its
expressions."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.testbed import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
CALL = WORKFLOW[True]["workflow_call"]
DEFAULTS = {name: row["default"] for name, row in CALL["inputs"].items()}
MERGE = WORKFLOW["jobs"]["merge"]
PULL: dict[str, object] = {"pull_request": {"number": 7}}
PUSH: dict[str, object] = {"head_commit": {}}


def values(expressions: list[str], contexts: dict[str, Any], status: str = "success") -> list[Any]:
    asked = [
        {"expression": expression, "contexts": contexts, "status": status}
        for expression in expressions
    ]
    node = Path(sys.prefix, "bin/node")  # ours: a machine may have none, or an older one
    done = subprocess.run(
        [node, ROOT / "scripts/lint/expressions.mjs"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read: list[Any] = json.loads(done.stdout)
    return read


def bare(text: str) -> str:
    found = re.fullmatch(r"\$\{\{ (.*) \}\}", text)
    return found[1] if found else text


def ran(result: str, pushed: str, plan: str = "success") -> dict[str, Any]:
    return {"plan": {"result": plan}, "build": {"result": result, "outputs": {"pushed": pushed}}}


PUSHED, BUILT, FAILED, CANCELLED = (
    ran("success", "true"),
    ran("success", "false"),
    ran("failure", "true"),
    ran("cancelled", ""),
)


@pytest.mark.parametrize(
    ("needs", "event", "given", "runs", "environment"),
    [
        (PUSHED, PUSH, {}, True, "production"),
        (PUSHED, PULL, {"comment": "never"}, True, "production"),
        (BUILT, PUSH, {}, False, ""),
        (BUILT, PUSH, {"comment": "always"}, True, ""),
        (BUILT, PULL, {}, True, ""),
        (BUILT, PULL, {"comment": "never"}, False, ""),
        (BUILT, PUSH, {"dry-run": True}, True, ""),
        (FAILED, PUSH, {"comment": "never"}, True, ""),
        (CANCELLED, PUSH, {}, True, ""),
        (ran("skipped", "", plan="failure"), PULL, {}, False, ""),
    ],
    ids=[
        "pushed",
        "pushed, no comment",
        "push: false",
        "push: false, always a comment",
        "a fork",
        "a fork, no comment",
        "dry run",
        "a failing job beside one that pushed",
        "a job out of time",
        "platforms that can't be read",
    ],
)
def test_merge__runs_where_there_is_something_to_merge_or_to_tell(
    needs: dict[str, Any],
    event: dict[str, Any],
    given: dict[str, Any],
    runs: bool,
    environment: str,
) -> None:
    inputs = DEFAULTS | {"environment": "production"} | given
    contexts = {"needs": needs, "inputs": inputs, "github": {"event": event}}

    found = values(
        [MERGE["if"], bare(MERGE["environment"])],
        contexts,
        "success" if needs["build"]["result"] == "success" else "failure",
    )

    assert [bool(found[0]), found[1]] == [runs, environment]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"schedule": "0 4 * * *"},
        {"inputs": {}},
        {"ref": "refs/tags/v1"},
        {"release": {}},
        {"merge_group": {}},
    ],
    ids=["none", "schedule", "by hand", "tag", "release", "merge group"],
)
def test_merge__runs_on_every_event_where_every_job_pushed(event: dict[str, Any]) -> None:
    contexts = [
        {"needs": needs, "inputs": DEFAULTS, "github": {"event": event}}
        for needs in (PUSHED, BUILT)
    ]

    assert [bool(values([MERGE["if"]], each)[0]) for each in contexts] == [True, False]


def test_merge__does_not_run_in_a_run_that_was_cancelled() -> None:
    contexts = {"needs": FAILED, "inputs": DEFAULTS, "github": {"event": PULL}}

    assert values([MERGE["if"]], contexts, "cancelled") == [False]


@pytest.mark.parametrize(
    ("given", "group"),
    [
        ({}, "ghcr-action refs/heads/main   "),
        (
            {"images": "ghcr.io/octo/app", "target": "web", "flavor": "suffix=-a"},
            "ghcr-action refs/heads/main ghcr.io/octo/app web suffix=-a",
        ),
        ({"concurrency-group": "releases"}, "releases"),
    ],
    ids=["default", "an image", "a caller's"],
)
def test_merge__waits_for_runs_of_its_group(given: dict[str, str], group: str) -> None:
    contexts = {"inputs": DEFAULTS | given, "github": {"ref": "refs/heads/main"}}

    assert values([bare(MERGE["concurrency"]["group"])], contexts) == [group]
    assert MERGE["concurrency"]["queue"] == "max"


@pytest.mark.parametrize(
    ("build", "merge", "expected"),
    [
        (
            {"pushed": "true", "reason": ""},
            {"pushed": "true", "reason": ""},
            {"pushed": "true", "reason": ""},
        ),
        (
            {"pushed": "false", "reason": "a fork"},
            {"pushed": "false", "reason": "a fork"},
            {"pushed": "false", "reason": "a fork"},
        ),
        (
            {"pushed": "false", "reason": "push: false"},
            {},
            {"pushed": "false", "reason": "push: false"},
        ),
        (
            {"pushed": "false", "reason": ""},
            {"pushed": "false", "reason": "a dry run"},
            {"pushed": "false", "reason": "a dry run"},
        ),
        ({"pushed": "true", "reason": ""}, {}, {"pushed": "false", "reason": ""}),
    ],
    ids=["published", "a fork", "no merge", "dry run", "a failing job"],
)
def test_outputs__say_whether_and_why(
    build: dict[str, str], merge: dict[str, str], expected: dict[str, str]
) -> None:
    contexts = {"jobs": {"build": {"outputs": build}, "merge": {"outputs": merge}}}

    found = values([bare(CALL["outputs"][name]["value"]) for name in expected], contexts)

    assert dict(zip(expected, (value or "" for value in found), strict=True)) == expected


def test_build__takes_what_a_caller_says_of_its_jobs() -> None:
    build = WORKFLOW["jobs"]["build"]
    contexts = {
        "inputs": DEFAULTS | {"fail-fast": False, "timeout-minutes": 7},
        "matrix": {"runner": ["self-hosted", "arm64"]},
    }

    found = values(
        [
            bare(text)
            for text in (build["runs-on"], build["timeout-minutes"], build["strategy"]["fail-fast"])
        ],
        contexts,
    )

    assert found == [["self-hosted", "arm64"], 7, False]
