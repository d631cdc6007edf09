"""A bake whose targets other jobs have built: one index for each target, the names of all last."""

import contextlib
import json
from typing import Any

import pytest

from ghcr_action.errors import ActionError, BuildFailed, SettingsError
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Reference
from tests.fakes.events import fork_pull_request, pull_request_event, push_event
from tests.flow.test_bake import DB, HOME, WEB, World

BOTH = {"platforms": ["linux/amd64", "linux/arm64"]}
TARGETS: dict[str, dict[str, Any]] = {"web": {**WEB, **BOTH}, "db": {**DB, **BOTH}}
NAMES = sorted(tag for target in TARGETS.values() for tag in target["tags"])
JOBS = [(name, platform) for name in TARGETS for platform in BOTH["platforms"]]


class Matrix(World):
    """Jobs on machines of their own, and one that merges."""

    def __init__(self) -> None:
        super().__init__(TARGETS)
        self.handed: dict[str, str] = {}

    def job(self, target: str, platform: str, event: Event | None = None, **given: str) -> None:
        """One job, and what it hands over."""
        self.defines({name: TARGETS[name] for name in TARGETS if name == target} or TARGETS)
        with contextlib.suppress(ActionError):
            self.bake(
                event,
                targets=target,
                platforms=platform,
                push_by_digest="true",
                comment="never",
                **given,
            )
        self.handed[f"leg_{len(self.handed)}"] = self.runner.outputs.pop("leg", "")
        self.runner.outputs.clear()
        self.runner.summaries.clear()

    def jobs(self, event: Event | None = None, **given: str) -> None:
        for target, platform in JOBS:
            self.job(target, platform, event, **given)

    def merge(self, event: Event | None = None, **given: str) -> None:
        self.defines(TARGETS)
        self.engine.commands.clear()
        self.bake(event, digests=json.dumps({**self.handed, "pushed": "true"}), **given)

    def index(self, reference: str) -> Index:
        found = self.registry.manifest(Reference.parse(reference))
        assert isinstance(found, Index)
        return found


@pytest.fixture
def matrix() -> Matrix:
    return Matrix()


def test_merge__an_index_for_each_target_and_the_names_of_all(matrix: Matrix) -> None:
    matrix.jobs()
    assert matrix.tags() == []

    matrix.merge()

    assert matrix.tags() == NAMES
    assert matrix.engine.commands == []
    for name in TARGETS:
        platforms = matrix.index(f"{HOME}/{name}:latest").platforms
        assert [str(entry.platform) for entry in platforms] == BOTH["platforms"]
        assert matrix.output("digests")[name] == matrix.digest(f"{HOME}/{name}:1.0.0")
    assert set(matrix.written[-2:]) == {name for name in NAMES if "latest" in name}


def test_merge__writes_the_names_where_the_definition_itself_pushes_by_digest(
    matrix: Matrix,
) -> None:
    matrix.jobs()
    by_digest = {"output": [{"type": "image", "push-by-digest": "true", "push": "true"}]}
    matrix.defines({name: target | by_digest for name, target in TARGETS.items()})

    matrix.bake(digests=json.dumps(matrix.handed))

    assert matrix.tags() == NAMES


def test_merge__two_targets_may_be_one_image(matrix: Matrix) -> None:
    matrix.jobs()
    matrix.handed |= {f"digest_{number}": f"sha256:{'a' * 64}" for number in range(len(JOBS))}

    matrix.merge()

    assert matrix.tags() == NAMES


def test_merge__a_job_that_stands_twice_is_refused(matrix: Matrix) -> None:
    matrix.jobs()
    matrix.handed["leg_1"] = matrix.handed["leg_0"]

    with pytest.raises(
        SettingsError, match="the same matrix job stands twice under 'leg_0' and 'leg_1'"
    ):
        matrix.merge()


@pytest.mark.parametrize("job", range(len(JOBS)), ids=[" ".join(job) for job in JOBS])
def test_merge__a_job_that_failed_leaves_every_name(matrix: Matrix, job: int) -> None:
    for number, (target, platform) in enumerate(JOBS):
        matrix.engine.broken = target if number == job else ""
        matrix.job(target, platform)

    with pytest.raises(BuildFailed, match=f"There is no image for {' '.join(JOBS[job])}"):
        matrix.merge()

    assert matrix.tags() == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [("web", "There is no image for web linux/amd64"), ("", "for default linux/amd64")],
    ids=["target", "group"],
)
def test_merge__a_job_that_could_not_plan_says_why(matrix: Matrix, asked: str, told: str) -> None:
    for number, (target, platform) in enumerate(JOBS):
        if number == 0:
            matrix.job(asked, platform, files="gone.hcl")
        else:
            matrix.job(target, platform)

    with pytest.raises(BuildFailed, match=told) as failed:
        matrix.merge()

    assert "gone.hcl" in failed.value.why
    assert matrix.tags() == []


def test_merge__a_job_that_said_nothing_leaves_every_name(matrix: Matrix) -> None:
    matrix.jobs()
    matrix.handed["leg_3"] = ""

    with pytest.raises(BuildFailed, match="no image for linux/arm64"):
        matrix.merge()

    matrix.handed["leg_2"] = ""
    with pytest.raises(BuildFailed, match="no image for db"):
        matrix.merge()

    assert matrix.tags() == []


def test_merge__jobs_that_did_not_push_are_told(matrix: Matrix) -> None:
    matrix.jobs(push="false")

    with pytest.raises(BuildFailed, match="Target web was built and not pushed") as failed:
        matrix.merge()

    assert "the input says `push: false`" in failed.value.why
    assert matrix.tags() == []


def test_merge__a_fork_merges_nothing_and_saves_its_rows(matrix: Matrix) -> None:
    event = fork_pull_request()
    matrix.jobs(event)

    matrix.merge(event)

    assert matrix.tags() == []
    reason = "the token of a pull request from a fork can only read"
    assert matrix.runner.outputs["reason"] == reason
    assert matrix.runner.outputs["report"] == "/temp/report.json"


def test_merge__one_comment_for_all_with_the_builds_of_the_jobs(matrix: Matrix) -> None:
    event = pull_request_event(7)
    matrix.jobs(event)

    matrix.merge(event)

    (comment,) = matrix.github.said[7]
    assert f"{HOME}/web" in comment.body
    assert f"{HOME}/db" in comment.body


def test_merge__a_dry_run_says_what_would_be(matrix: Matrix) -> None:
    matrix.jobs()

    matrix.merge(dry_run="true")

    assert matrix.tags() == []
    assert "planned" in matrix.runner.summaries[0]


def test_merge__unchanged_targets_need_no_job(matrix: Matrix) -> None:
    event = pull_request_event(7)
    base = matrix.holds(f"{HOME}/db:main", "base")
    matrix.github.files[7] = ("web/x",)
    for platform in BOTH["platforms"]:
        matrix.job("web", platform, event)

    with pytest.raises(ActionError, match="target 'db' has no"):
        matrix.merge(event, only_changed="true", unchanged="retag")
    assert matrix.tags() == [f"{HOME}/db:main"]

    matrix.merge(event, only_changed="true")
    assert matrix.digest(f"{HOME}/db:main") == base
    assert matrix.tags() == sorted([f"{HOME}/db:main", *WEB["tags"]])


@pytest.mark.parametrize("text", ["ghcr-action-job:v1:x", '{"leg_0": "sha256:0"}'])
def test_merge__what_can_not_be_read(matrix: Matrix, text: str) -> None:
    with pytest.raises((SettingsError, BuildFailed)):
        matrix.bake(push_event(), digests=text)
