"""Mistakes are told before anything is built or pushed, all at once, each with the input's name."""

import pytest

from tests.e2e.runner import Job
from tests.testbed import Testbed


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        pytest.param(
            {"tags": "127.0.0.1:5000/octo/hello:-bad"},
            ["tags", "-bad"],
            id="tag-outside-the-grammar",
        ),
        pytest.param({"platforms": 'linux/amd64,"linux/arm64'}, ["platforms"], id="broken-quote"),
        pytest.param({"push": "yes"}, ["push", "yes"], id="unknown-boolean"),
        pytest.param(
            {"file": "nowhere/Dockerfile"}, ["nowhere/Dockerfile"], id="missing-dockerfile"
        ),
        pytest.param({"context": "../../.."}, ["context"], id="context-outside-the-workspace"),
        pytest.param(
            {"registry": "quay.io", "password": "x"}, ["username"], id="password-without-user-name"
        ),
        pytest.param(
            {"push": "yes", "tags": "127.0.0.1:5000/octo/hello:-bad", "pull": "perhaps"},
            ["push", "-bad", "pull"],
            id="several-at-once",
        ),
    ],
)
def test_bad_input__is_refused_before_any_build(
    inputs: dict[str, str], names: list[str], job: Job, testbed: Testbed, repository: str
) -> None:
    step = job.run({"images": f"{testbed.registry}/{repository}", "tags": "1", **inputs})

    assert step.exit_code == 2, step.raw_log
    errors = "\n".join(entry.message for entry in step.log.annotations if entry.level == "error")
    assert [name for name in names if name not in errors] == []
    assert "Build" not in step.log.groups
    assert {name for name in step.outputs if not name.startswith("error-")} == set()
    assert step.outputs["error-code"] == "SETTINGS"
    assert errors.split("\n")[0] in step.summary.replace("\\", "")


def test_no_token__is_refused_with_the_line_to_add(job: Job) -> None:
    step = job.run({"github-token": ""})

    assert step.exit_code in (2, 3), step.raw_log
    assert "github-token" in "\n".join(
        entry.message for entry in step.log.annotations if entry.level == "error"
    )


def test_no_engine__says_what_was_tried(job: Job, testbed: Testbed, repository: str) -> None:
    step = job.run_without_engine({"images": f"{testbed.registry}/{repository}", "tags": "1"})

    assert step.exit_code == 6, step.raw_log
    assert "/var/run/docker.sock" in "\n".join(
        entry.message for entry in step.log.annotations if entry.level == "error"
    )


def test_a_runner_whose_directories_the_engine_does_not_see__says_how_to_start_it(
    job: Job, testbed: Testbed, repository: str
) -> None:
    name = f"{testbed.registry}/{repository}"

    step = job.run_out_of_sight({"images": name, "tags": "1"})

    assert step.exit_code != 0, step.raw_log
    (error,) = (entry.message for entry in step.log.annotations if entry.level == "error")
    assert "-v /runner/_work:/runner/_work" in error
    assert "Build" not in step.log.groups
    assert repository not in testbed.run("crane", "catalog", testbed.registry)
