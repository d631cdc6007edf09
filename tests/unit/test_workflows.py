"""Our workflows keep the rules that linters leave open, and say the same as the action whose inputs
they pass on."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghcr_action import inputs
from ghcr_action.inputs.given_back import OUTPUTS
from ghcr_action.settings.reads import inputs_of

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / ".github/workflows").glob("*.yml"))
WORKFLOWS: dict[str, dict[Any, Any]] = {
    path.name: yaml.safe_load(path.read_text()) for path in PATHS
}
CALLED = {
    name: workflow[True]["workflow_call"]
    for name, workflow in WORKFLOWS.items()
    if "workflow_call" in workflow[True] and name != "ci.yml"
}
JOBS = {
    f"{name} {key}": job
    for name, workflow in WORKFLOWS.items()
    for key, job in workflow["jobs"].items()
}
STEPS = {
    f"{key} {number}": step
    for key, job in JOBS.items()
    for number, step in enumerate(job.get("steps", ()))
}
OURS = {key: step for key, step in STEPS.items() if step.get("uses") in ("$/", "./")}
_OF_JOB = re.compile(r"jobs\.([\w-]+)\.outputs\.([\w-]+)")
_OF_STEP = re.compile(r"steps\.([\w-]+)\.outputs\.([\w-]+)")
_PASSED_ON = "As the action's input"
_USES = re.compile(
    r"^\s*(?:- )?uses: (?P<name>[^\s@]+)(?P<pin>@\S+)?(?P<comment> # .*)?$", re.MULTILINE
)


def passed_on() -> Iterator[Any]:
    for name, called in CALLED.items():
        for key, row in called["inputs"].items():
            if row["description"].startswith(_PASSED_ON):
                yield pytest.param(key, row, id=f"{name} {key}")


@pytest.mark.parametrize("path", PATHS, ids=[path.name for path in PATHS])
def test_workflows__every_foreign_action_is_pinned_by_commit(path: Path) -> None:
    found = [
        match
        for match in _USES.finditer(path.read_text())
        if not match["name"].startswith(("$/", "./"))
    ]

    assert all(re.fullmatch(r"@[0-9a-f]{40}", match["pin"] or "") for match in found)
    assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", match["comment"] or "") for match in found)


def test_workflows__one_action_has_one_pin() -> None:
    found = {
        match["name"]: set[str]() for path in PATHS for match in _USES.finditer(path.read_text())
    }
    for path in PATHS:
        for match in _USES.finditer(path.read_text()):
            found[match["name"]].add(f"{match['pin']}{match['comment']}")

    assert {
        name: pins
        for name, pins in found.items()
        if len(pins) > 1 and not name.startswith(("$/", "./"))
    } == {}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflows__nothing_is_permitted_but_to_a_job(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_workflows__a_job_names_permissions_and_a_time_limit(job: dict[str, Any]) -> None:
    assert "permissions" in job
    assert "timeout-minutes" in job or "uses" in job


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_workflows__scripts_hold_no_expressions(step: dict[str, Any]) -> None:
    assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("step", OURS.values(), ids=OURS)
def test_workflows__steps_use_inputs_that_their_mode_reads(step: dict[str, Any]) -> None:
    given = step.get("with", {})

    mode = given.get("mode", "publish")
    modes = re.findall(r"'([a-z]+)'", mode) or [mode]
    assert set(given) - {"mode"} - set().union(*map(inputs_of, modes)) == set()


@pytest.mark.parametrize(("name", "row"), list(passed_on()))
def test_workflows__what_is_passed_on_has_the_default_of_the_action(
    name: str, row: dict[str, Any]
) -> None:
    default = row["default"] if isinstance(row["default"], str) else str(row["default"]).lower()
    theirs = inputs.BY_NAME[name].default or {"dry-run": "false"}.get(
        name, ""
    )  # by itself it depends on the mode

    assert default == theirs


@pytest.mark.parametrize("name", CALLED)
def test_workflows__every_input_is_described_and_used(name: str) -> None:
    text = (ROOT / ".github/workflows" / name).read_text()

    assert all(row["description"] for row in CALLED[name]["inputs"].values())
    assert [key for key in CALLED[name]["inputs"] if f"inputs.{key}" not in text] == []
    assert [key for key in CALLED[name].get("secrets", {}) if f"secrets.{key}" not in text] == []


@pytest.mark.parametrize("name", CALLED)
def test_workflows__an_output_comes_from_a_step_that_has_it(name: str) -> None:
    jobs = WORKFLOWS[name]["jobs"]
    outputs = {
        f"{key}.{output}": value
        for key, job in jobs.items()
        for output, value in job.get("outputs", {}).items()
    }
    told = [
        found
        for row in CALLED[name].get("outputs", {}).values()
        for found in map(".".join, _OF_JOB.findall(row["value"]))
    ]
    ours = {
        f"{key}.{step['id']}"
        for key, job in jobs.items()
        for step in job["steps"]
        if step.get("uses") == "$/" and "id" in step
    }
    read = [
        (f"{key.partition('.')[0]}.{step}", output)
        for key, value in outputs.items()
        for step, output in _OF_STEP.findall(value)
    ]

    assert [found for found in told if found not in outputs] == []
    assert [
        (step, output)
        for step, output in read
        if step in ours and output not in {each.name for each in OUTPUTS}
    ] == []


@pytest.mark.parametrize("name", CALLED)
def test_workflows__secrets_are_given_to_single_steps(name: str) -> None:
    jobs = WORKFLOWS[name]["jobs"].values()

    assert not [
        job
        for job in jobs
        if "secrets." in str({key: value for key, value in job.items() if key != "steps"})
    ]
    assert all("secrets." not in step.get("run", "") for job in jobs for step in job["steps"])
