"""A matrix from its jobs to the merge over working fakes: what jobs hand over, and what becomes of
it."""

import hashlib
import json
import logging
from dataclasses import replace

import pytest

from ghcr_action.errors import (
    ActionError,
    BuildFailed,
    ContentInvalid,
    PolicyRefused,
    SettingsError,
)
from ghcr_action.modes import merge
from ghcr_action.plans.merge import Outcome
from ghcr_action.report.comment import saved
from ghcr_action.report.comment.jobs import SILENT
from ghcr_action.report.comment.rows import BUILT, FAILED, PUSHED, FailureCells
from ghcr_action.report.words import markdown
from ghcr_action.values.event import Event
from ghcr_action.values.github import Package
from ghcr_action.values.oci import Index
from ghcr_action.values.reference import Reference
from ghcr_action.values.size import words
from tests.fakes.events import (
    HEAD,
    fork_pull_request,
    pull_request_event,
    push_event,
    schedule_event,
    tag_event,
)
from tests.fakes.refusals import denied
from tests.fakes.runner import FakeRunner
from tests.flow import test_mode_comment
from tests.flow.existing import settings
from tests.flow.test_building import NOT_ALLOWED
from tests.flow.test_reporting import World
from tests.unit.buildx.recordings import vertex

APP = "ghcr.io/octo/app"
BOTH = "linux/amd64,linux/arm64"
MAX_ARG_STRLEN = 128 * 1024
"""Linux takes no longer variable: execve(2)."""
FORK = "the token of a pull request from a fork can only read"


class Matrix(World):
    """Jobs one after the other, each with a runner of its own, and the outputs they hand over."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: dict[str, str] = {}

    def job(self, platform: str, event: Event, **given: str) -> None:
        """One job, however it ends."""
        self._next_job()
        index = len(self.handed) // 2
        try:
            self.publish(
                event, platforms=platform, push_by_digest="true", **({"comment": "never"} | given)
            )
        finally:
            outputs = self.runner.outputs
            self.handed |= {
                f"leg_{index}": outputs.get("digest", ""),
                f"report_{index}": outputs.get("leg", ""),
            }

    def merge(self, event: Event, **given: str) -> Outcome | None:
        """The merging job, which reads what GitHub makes of the outputs."""
        self._next_job()
        texts = {"digests": json.dumps(self.handed), "platforms": BOTH} | given
        return merge.run(settings("merge", event, **texts), self.ports)

    def _next_job(self) -> None:
        self.runner = FakeRunner()
        self.ports = replace(self.ports, runner=self.runner)


@pytest.fixture
def matrix() -> Matrix:
    return Matrix()


@pytest.mark.parametrize(
    ("event", "tags"),
    [
        (push_event(), ["main"]),
        (tag_event("v1.2.3"), ["v1.2.3", "latest"]),
        (pull_request_event(), ["pr-7"]),
        (schedule_event(), ["nightly", "main"]),
        (replace(push_event(), name="workflow_dispatch"), ["main"]),
        (
            replace(push_event(), name="merge_group", ref="refs/heads/gh-readonly-queue/main/pr-7"),
            [],
        ),
    ],
    ids=["push", "tag", "pull request", "schedule", "by hand", "merge group"],
)
def test_matrix__becomes_one_index_on_every_event(
    matrix: Matrix, event: Event, tags: list[str]
) -> None:
    for platform in BOTH.split(","):
        matrix.job(platform, event)
    given = {} if tags else {"tags": "queue"}

    outcome = matrix.merge(event, **given)

    assert outcome is not None
    assert matrix.runner.outputs["tags"].splitlines() == [
        f"{APP}:{tag}" for tag in tags or ["queue"]
    ]
    index = matrix.registry.manifest(Reference.parse(matrix.runner.outputs["image"]))
    assert isinstance(index, Index)
    assert [str(entry.platform) for entry in index.platforms] == BOTH.split(",")
    assert matrix.runner.artifacts == [f"{APP}@{outcome.plan.digest}"]


STEPS = (
    vertex("sha256:1", "[1/2] FROM python", 0, 1),
    vertex("sha256:2", "[2/2] RUN make", 1, 1, cached=True),
)


def test_matrix__the_comment_tells_of_the_builds(matrix: Matrix) -> None:
    matrix.engine.output = STEPS
    for platform in BOTH.split(","):
        matrix.job(platform, pull_request_event())

    outcome = matrix.merge(pull_request_event())

    assert outcome is not None
    row = matrix.row()
    assert (row.id, row.status, row.digest, row.tags) == (
        f"{APP}|",
        PUSHED,
        str(outcome.plan.digest),
        ("pr-7",),
    )
    assert [cells.platform for cells in row.platforms] == BOTH.split(",")
    assert (row.cached, row.cacheable) == (2, 2)
    assert [(step.section, step.text) for step in row.steps] == [
        (platform, step) for platform in BOTH.split(",") for step in ("FROM python", "RUN make")
    ]
    assert "section linux/arm64" in matrix.runner.summaries[0]


def test_matrix__a_fork_has_one_report_of_all_platforms(
    matrix: Matrix, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for platform in BOTH.split(","):
        matrix.job(platform, fork_pull_request())

    assert matrix.merge(fork_pull_request()) is None

    row = saved.load(matrix.workspace.files["/temp/report.json"])[0]
    assert (row.id, row.status, row.sha, row.reason, row.digest, row.tags) == (
        f"{APP}|",
        BUILT,
        HEAD,
        FORK,
        "",
        (),
    )
    assert [(cells.platform, cells.size) for cells in row.platforms] == [
        ("linux/amd64", 0),
        ("linux/arm64", 0),
    ]
    assert matrix.github.said == {}
    assert {name: matrix.runner.outputs[name] for name in ("pushed", "reason")} == {
        "pushed": "false",
        "reason": FORK,
    }
    assert matrix.runner.outputs["report"].endswith("/report.json")
    assert "It would be tagged ghcr.io/octo/app:pr-7." in caplog.messages
    assert f"Nothing was merged: {FORK}." in caplog.messages
    assert "## ghcr.io/octo/app · 🟦 built, not merged" in matrix.runner.summaries[0]
    assert "nobody can pull them" in matrix.runner.summaries[0]


def test_matrix__twenty_jobs_with_much_to_tell_fit_one_variable(matrix: Matrix) -> None:
    platforms = [
        f"linux/{arch}"
        for arch in ("amd64", "arm64", "386", "ppc64le", "s390x", "riscv64", "mips64le")
    ]
    platforms += [f"linux/riscv64/profile{version}" for version in range(8, 21)]
    for number, platform in enumerate(platforms):
        matrix.engine.output = tuple(
            vertex(
                f"sha256:{step}",
                f"[{step}/60] RUN {hashlib.sha512(f'{number} {step}'.encode()).hexdigest()}",
                step,
                step + 1,
            )
            for step in range(60)
        )
        matrix.job(platform, push_event())

    outcome = matrix.merge(push_event(), platforms=",".join(platforms))

    assert outcome is not None
    assert len(outcome.plan.index.platforms) == len(platforms) == 20
    assert len(json.dumps(matrix.handed, indent=2)) < MAX_ARG_STRLEN
    assert all(matrix.handed.values())


def test_matrix__a_forks_report_becomes_one_comment(matrix: Matrix) -> None:
    matrix.engine.output = STEPS
    for platform in BOTH.split(","):
        matrix.job(platform, fork_pull_request())
    matrix.merge(fork_pull_request())

    posted = test_mode_comment.World(matrix.workspace.files["/temp/report.json"]).post()

    assert posted is not None
    shown = posted.body.partition("<!-- ghcr-report:state")[0]
    assert "**1 image built, not pushed.**" in shown
    assert f"🟦 Built, not pushed: {FORK}." in shown
    assert "<summary>Platforms (2) · linux/amd64 · linux/arm64</summary>" in shown
    assert "<summary>Build: 2 of 2 steps cached · slowest FROM python (linux/amd64)" in shown
    assert "0 B" not in shown
    assert "not pullable" not in shown


def test_matrix__a_token_that_may_not_write_packages_is_told_of(matrix: Matrix) -> None:
    matrix.registry.faults["check_push", APP] = denied(NOT_ALLOWED)
    for platform in BOTH.split(","):
        matrix.job(platform, pull_request_event())

    assert matrix.merge(pull_request_event()) is None

    assert matrix.row().reason.startswith(
        "the job's token may not write packages; add `packages: write` to its permissions"
    )
    assert matrix.runner.outputs["pushed"] == "false"


@pytest.mark.parametrize(
    ("given", "reason", "verdict"),
    [
        ({"push": "false"}, "the input says `push: false`", "🟦 built, not merged"),
        ({"dry_run": "true"}, "this is a dry run", "planned"),
    ],
    ids=["push: false", "dry run"],
)
def test_matrix__that_pushes_nothing_says_why(
    matrix: Matrix, given: dict[str, str], reason: str, verdict: str
) -> None:
    for platform in BOTH.split(","):
        matrix.job(platform, tag_event(), **given)

    matrix.merge(tag_event(), **{name: text for name, text in given.items() if name == "dry_run"})

    assert (matrix.runner.outputs["pushed"], matrix.runner.outputs["reason"]) == ("false", reason)
    assert (
        f"## {APP} · {verdict}\n\nNothing was merged: {markdown.text(reason)}."
        in matrix.runner.summaries[0]
    )
    assert "| Tags it would have | `v1.2.3`, `latest` |" in matrix.runner.summaries[0]
    assert matrix.registry.repositories == {}


def test_matrix__says_nothing_on_a_page_that_nobody_wants(matrix: Matrix) -> None:
    matrix.job("linux/amd64", push_event(), push="false")

    matrix.merge(push_event(), platforms="linux/amd64", summary="false")

    assert matrix.runner.summaries == []


def test_matrix__a_job_that_fails_is_named_and_nothing_is_tagged(matrix: Matrix) -> None:
    event = pull_request_event()
    matrix.job("linux/amd64", event)
    matrix.engine.failure = "exit code: 7"
    with pytest.raises(BuildFailed):
        matrix.job("linux/arm64", event)

    with pytest.raises(BuildFailed) as raised:
        matrix.merge(event)

    told = raised.value
    assert told.what == "There is no image for linux/arm64: nothing was merged or tagged"
    assert told.why.startswith("linux/arm64: The build failed: ")
    row = matrix.row()
    assert (row.id, row.status, row.digest) == (f"{APP}|", FAILED, "")
    assert row.failure == FailureCells(what=told.what, cause=told.why, fix=told.fix, code=told.code)
    assert [cells.platform for cells in row.platforms] == ["linux/amd64"]
    assert {
        tag for contents in matrix.registry.repositories.values() for tag in contents.tags
    } == set()
    assert (matrix.runner.outputs["pushed"], matrix.runner.summaries) == ("false", [])


def test_matrix__a_job_that_fails_before_it_has_a_plan_says_why_too(matrix: Matrix) -> None:
    for dry_run in ("false", "true"):
        with pytest.raises(ActionError):
            matrix.job(
                "linux/amd64", pull_request_event(), file="nowhere/Dockerfile", dry_run=dry_run
            )

    with pytest.raises(BuildFailed) as raised:
        matrix.merge(pull_request_event(), platforms="linux/amd64")

    assert raised.value.why.startswith("linux/amd64: ")
    assert "nowhere/Dockerfile" in raised.value.why
    assert (matrix.row().image, matrix.row().status) == (APP, FAILED)
    assert matrix.handed["report_1"] == ""


def test_matrix__jobs_that_hand_nothing_over_are_named(matrix: Matrix) -> None:
    matrix.handed = {"leg_0": "", "report_0": ""}

    with pytest.raises(BuildFailed) as raised:
        matrix.merge(pull_request_event(), images=f"name={APP},enable=true")

    assert (
        raised.value.what
        == "There is no image for linux/amd64, linux/arm64: nothing was merged or tagged"
    )
    assert raised.value.why == f"linux/amd64: {SILENT}; linux/arm64: {SILENT}"
    assert (matrix.row().image, matrix.row().status) == (APP, FAILED)


def test_matrix__an_image_is_named_by_its_tags_where_nothing_else_names_it(matrix: Matrix) -> None:
    matrix.handed = {"leg_0": ""}

    with pytest.raises(BuildFailed):
        matrix.merge(pull_request_event(), tags="quay.io/octo/other:1")

    assert matrix.row().image == "quay.io/octo/other"


def test_matrix__a_report_that_github_withholds_costs_no_image(matrix: Matrix) -> None:
    """A job's output that happens to hold a secret is dropped; the digest has an output of its
    own."""
    for platform in BOTH.split(","):
        matrix.job(platform, push_event())
    matrix.handed["report_1"] = ""

    assert matrix.merge(push_event()) is not None


def test_matrix__reports_alone_hand_the_digests_over(
    matrix: Matrix, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for platform in BOTH.split(","):
        matrix.job(platform, push_event())
    lines = "\n".join(text for name, text in matrix.handed.items() if name.startswith("report"))

    outcome = matrix.merge(push_event(), digests=lines, summary="false")

    assert outcome is not None
    assert [str(entry.platform) for entry in outcome.plan.index.platforms] == BOTH.split(",")
    assert outcome.size is not None
    size = words(outcome.size.total)
    assert (
        caplog.messages[-1]
        == f"Published {APP}@{outcome.plan.digest} as main (linux/amd64, linux/arm64; {size})."
    )


def test_matrix__a_platform_that_the_engine_chose_is_known_once_it_is_pushed(
    matrix: Matrix,
) -> None:
    matrix.job("", push_event())

    assert matrix.merge(push_event(), platforms="linux/amd64") is not None


def test_matrix__extends_an_index_that_has_the_other_platforms(matrix: Matrix) -> None:
    matrix.job("linux/arm64", push_event())
    matrix.merge(push_event(), platforms="linux/arm64")
    matrix.handed.clear()
    matrix.job("linux/amd64", push_event())

    outcome = matrix.merge(push_event(), append="true")

    assert outcome is not None
    assert [str(entry.platform) for entry in outcome.plan.index.platforms] == BOTH.split(",")


def test_merge__refuses_a_line_of_a_job_that_was_cut(matrix: Matrix) -> None:
    matrix.job("linux/amd64", push_event())

    with pytest.raises(
        SettingsError, match="`digests` holds a line of a matrix job that can't be read"
    ):
        matrix.merge(push_event(), digests=matrix.handed["report_0"][:-9])


@pytest.mark.parametrize(
    ("says", "given", "written"),
    [
        ("private", {"visibility": "public", "visibility_check": "fail"}, True),
        ("public", {"visibility": "private"}, False),
    ],
    ids=["a private package", "a public package"],
)
def test_merge__keeps_an_eye_on_the_visibility(
    matrix: Matrix, says: str, given: dict[str, str], written: bool
) -> None:
    matrix.github.packages["octo/app"] = Package(
        visibility=says, html_url="https://github.com/p", repository="octo/app"
    )
    matrix.job("linux/amd64", pull_request_event())

    with pytest.raises(PolicyRefused):
        matrix.merge(pull_request_event(), platforms="", **given)

    assert matrix.row().status == (PUSHED if written else FAILED)
    if written:
        assert (matrix.runner.outputs["visibility"], matrix.runner.outputs["package-url"]) == (
            "private",
            "https://github.com/p",
        )
        assert matrix.row().visibility == "private; a pull without a login is refused"
        assert "ghcr.io/octo/app is private, not public" in matrix.runner.summaries[0]
    else:
        assert [contents.tags for contents in matrix.registry.repositories.values()] == [{}]


def test_merge__tells_a_pull_request_why_it_failed_but_in_a_dry_run(matrix: Matrix) -> None:
    matrix.job("linux/amd64", pull_request_event())
    for dry_run in ("true", "false"):
        with pytest.raises(ContentInvalid):
            matrix.merge(pull_request_event(), digests=matrix.handed["leg_0"], dry_run=dry_run)
        assert bool(matrix.github.said) == (dry_run == "false")

    assert (matrix.row().status, matrix.row().image) == (FAILED, APP)
