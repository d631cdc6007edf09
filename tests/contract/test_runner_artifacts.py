"""GITHUB_ARTIFACTS: written where the runner offers it, in its grammar, and never so that the step
fails."""

import json
from pathlib import Path

import pytest

from ghcr_action.adapters.runner import ActionsRunner
from ghcr_action.cli.terminal import Terminal
from ghcr_action.values.reference import Digest
from tests.fakes.clock import FakeClock

ONE, TWO = (Digest("sha256", digit * 64) for digit in "12")


def written(directory: Path, *subjects: tuple[str, Digest], listed: str | None = None) -> str:
    file, earlier = directory / "artifacts", directory / "list.json"
    environ = {"GITHUB_ARTIFACTS": str(file)}
    if listed is not None:
        earlier.write_text(listed)
        environ["GITHUB_ARTIFACTS_LIST"] = str(earlier)
    runner = ActionsRunner(environ, FakeClock())
    for name, digest in subjects:
        runner.artifact(name, digest)
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize(
    ("subjects", "lines"),
    [
        ([("ghcr.io/octo/app", ONE)], [f"ghcr.io/octo/app@{ONE}"]),
        (
            [("ghcr.io/octo/app", ONE), ("quay.io/octo/app", ONE)],
            [f"ghcr.io/octo/app@{ONE}", f"quay.io/octo/app@{ONE}"],
        ),
        ([("ghcr.io/octo/app", ONE)] * 2, [f"ghcr.io/octo/app@{ONE}"]),
        ([("ghcr.io/octo/app", ONE), ("ghcr.io/octo/app", TWO)], [f"ghcr.io/octo/app@{ONE}"]),
        ([("odd=name", ONE)], []),
    ],
    ids=["one", "two names", "twice", "another digest", "grammar"],
)
def test_artifact__one_line_for_each_name(
    tmp_path: Path, subjects: list[tuple[str, Digest]], lines: list[str]
) -> None:
    assert written(tmp_path, *subjects).splitlines() == lines


@pytest.mark.parametrize(
    ("digest", "count"),
    [(ONE, 1), (TWO, 0)],
    ids=["the same", "another"],
)
def test_artifact__an_earlier_step_has_listed_the_name(
    tmp_path: Path, digest: Digest, count: int
) -> None:
    listed = json.dumps(
        {
            "version": 1,
            "subjects": [{"name": "ghcr.io/octo/app", "digest": str(ONE), "kind": "oci"}],
        }
    )

    assert written(tmp_path, ("ghcr.io/octo/app", digest), listed=listed).count("\n") == count


@pytest.mark.parametrize(
    "listed", ["", "[]", "{", '{"subjects": 7}', '{"subjects": [{"name": 1}]}']
)
def test_artifact__an_unreadable_list_is_none(tmp_path: Path, listed: str) -> None:
    assert (
        written(tmp_path, ("ghcr.io/octo/app", ONE), listed=listed) == f"ghcr.io/octo/app@{ONE}\n"
    )


def test_artifact__elsewhere_nothing_is_written(tmp_path: Path) -> None:
    ActionsRunner({"GITHUB_ARTIFACTS_LIST": str(tmp_path / "none")}, FakeClock()).artifact(
        "ghcr.io/octo/app", ONE
    )
    Terminal(FakeClock()).artifact("ghcr.io/octo/app", ONE)

    assert list(tmp_path.iterdir()) == []
