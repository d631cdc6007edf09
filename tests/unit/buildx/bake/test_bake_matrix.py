"""A job for each target and platform."""

import json
from typing import Any

import pytest

from ghcr_action.buildx.bake import matrix
from ghcr_action.errors import SettingsError
from tests.unit.buildx.bake import printed

RUNNERS = {
    "default": "ubuntu-24.04",
    "linux/arm64": "ubuntu-24.04-arm",
    "linux/arm": "self-hosted,arm",
}
JOBS: list[
    tuple[str, dict[str, dict[str, Any]], tuple[str, ...], list[tuple[str, str, list[str]]]]
] = [
    ("one", {"app": {}}, (), [("app", "linux/amd64", ["ubuntu-24.04"])]),
    (
        "two platforms",
        {"app": {"platforms": ["linux/amd64", "linux/arm64"]}},
        (),
        [("app", "linux/amd64", ["ubuntu-24.04"]), ("app", "linux/arm64", ["ubuntu-24.04-arm"])],
    ),
    (
        "the longest prefix",
        {"app": {"platforms": ["linux/arm/v7"]}},
        (),
        [("app", "linux/arm/v7", ["self-hosted", "arm"])],
    ),
    (
        "one platform twice",
        {"app": {"platforms": ["linux/amd64", "linux/amd64"]}},
        (),
        [("app", "linux/amd64", ["ubuntu-24.04"])],
    ),
    (
        "buildx's word for the engine's own",
        {"app": {"platforms": ["local"]}},
        (),
        [("app", "linux/amd64", ["ubuntu-24.04"])],
    ),
    (
        "two targets",
        {"app": {}, "db": {"platforms": ["linux/arm64"]}},
        (),
        [("app", "linux/amd64", ["ubuntu-24.04"]), ("db", "linux/arm64", ["ubuntu-24.04-arm"])],
    ),
    (
        "no job for a linked one",
        {"app": {"contexts": {"x": "target:base"}}, "base": {}},
        ("app",),
        [("app", "linux/amd64", ["ubuntu-24.04"])],
    ),
]


@pytest.mark.parametrize(
    ("targets", "asked", "found"), [row[1:] for row in JOBS], ids=[row[0] for row in JOBS]
)
def test_jobs__each_target_on_each_platform(
    targets: dict[str, dict[str, Any]],
    asked: tuple[str, ...],
    found: list[tuple[str, str, list[str]]],
) -> None:
    jobs = matrix.jobs(printed.definition_of(targets, *asked), RUNNERS, targets)

    assert [(job["target"], job["platform"], job["runner"]) for job in jobs] == found
    assert [job["index"] for job in jobs] == list(range(len(found)))
    assert json.loads(matrix.dump(jobs)) == {"include": list(jobs)}


def test_jobs__none_for_what_is_only_built() -> None:
    assert [
        job["target"]
        for job in matrix.jobs(printed.definition_of({"app": {}, "docs": {}}), RUNNERS, ("app",))
    ] == ["app"]


REFUSED: list[tuple[str, list[str], dict[str, str], str]] = [
    ("no runner", ["linux/s390x"], {"linux/arm64": "x"}, "No runner for linux/s390x"),
    ("no platform", ["linux amd64"], RUNNERS, "target 'app': `platforms`"),
    ("a typo", ["linux/amd46"], RUNNERS, "did you mean linux/amd64?"),
]


@pytest.mark.parametrize(
    ("platforms", "runners", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_jobs__refuses(platforms: list[str], runners: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        matrix.jobs(printed.definition_of({"app": {"platforms": platforms}}), runners, ("app",))


def test_jobs__more_than_a_matrix_takes() -> None:
    targets: dict[str, Any] = {f"t{number}": {} for number in range(257)}

    with pytest.raises(SettingsError, match="257 jobs: a matrix takes 256"):
        matrix.jobs(printed.definition_of(targets), RUNNERS, targets)


def test_runners__lines_and_the_default() -> None:
    assert matrix.runners(("ubuntu-24.04", " linux/arm64 = arm , self-hosted ")) == {
        "default": "ubuntu-24.04",
        "linux/arm64": "arm , self-hosted",
    }


@pytest.mark.parametrize("line", ["=x", "linux/arm64=", " "])
def test_runners__refuses(line: str) -> None:
    with pytest.raises(SettingsError, match="is not platform=label"):
        matrix.runners((line,))
