"""Matrix jobs in one line, there and back, and their rows as one."""

import base64
import random
import zlib
from dataclasses import replace

import pytest

from ghcr_action.errors import InvalidValue
from ghcr_action.report.comment import jobs, schema
from ghcr_action.report.comment.jobs import LOOK, MAX_JOB_LINE, SILENT, MatrixJob
from ghcr_action.report.comment.rows import (
    BUILT,
    FAILED,
    PUSHED,
    FailureCells,
    LayerCells,
    PlatformCells,
    Row,
    StepCells,
)
from ghcr_action.settings.common import JOB_PREFIX

AMD64, ARM64 = "linux/amd64", "linux/arm64"
ROW = Row(id="", image="ghcr.io/octo/app", status=BUILT, reason="a fork", digest="sha256:1")
STEPS = (StepCells(text="RUN make", start=1, seconds=9), StepCells(text="COPY", seconds=0.1))
ONE = PlatformCells(platform=AMD64, digest="sha256:1", size=7)
PUSHED_ONE = MatrixJob(
    row=replace(ROW, status=PUSHED, reason="", platforms=(ONE,)), platforms=(AMD64,)
)
BUILT_ONE = MatrixJob(row=ROW, platforms=(ARM64,))
FAILURE = FailureCells(
    what="The step failed", cause="exit code 1", fix="Mend it", code="BUILD-STEP"
)
FAILED_ONE = MatrixJob(
    row=replace(ROW, status=FAILED, reason="", digest="", failure=FAILURE), platforms=(ARM64,)
)


def test_encode__there_and_back_without_what_a_merge_does_not_need() -> None:
    full = replace(
        ROW,
        id="ghcr.io/octo/app|linux/amd64",
        steps=STEPS,
        layers=(LayerCells(kind="added", text="COPY"),),
    )

    line = jobs.encode(MatrixJob(row=full, platforms=(AMD64,)))

    assert line.isascii()
    assert "\n" not in line
    assert jobs.decode(line) == MatrixJob(row=replace(ROW, steps=STEPS), platforms=(AMD64,))


def noise(length: int, seed: int = 0) -> str:
    """What no packer makes shorter."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


def test_encode__leaves_details_out_until_the_line_is_short() -> None:
    steps = tuple(StepCells(text=f"RUN {number}", seconds=number) for number in range(60))
    short = jobs.decode(jobs.encode(MatrixJob(row=replace(ROW, steps=steps))))
    failed = replace(
        ROW,
        steps=steps,
        reason=noise(2000),
        failure=replace(FAILURE, cause=noise(2000, 1), what=noise(2000, 2)),
    )
    line = jobs.encode(MatrixJob(row=failed))

    assert short.row.steps == steps[-12:]
    assert len(line) <= MAX_JOB_LINE
    assert jobs.decode(line).row.steps == ()
    assert jobs.decode(line).row.failure == replace(
        FAILURE, cause=noise(2000, 1)[:200], what=noise(2000, 2)[:200], fix=""
    )


def test_encode__says_nothing_rather_than_too_much() -> None:
    assert jobs.encode(MatrixJob(row=ROW, platforms=(noise(MAX_JOB_LINE * 2),))) == ""


HALF = base64.urlsafe_b64encode(
    zlib.compress(rb'{"row":{"id":"","image":"\ud800","status":"built"}}')
).decode()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "%%%",
        schema.pack([]),
        schema.pack({"row": {}}),
        schema.pack({"row": "x" * jobs.MAX_UNPACKED}),
        HALF,
    ],
    ids=["nothing", "no base64", "a list", "half a row", "too much", "half a character"],
)
def test_decode__refuses(line: str) -> None:
    with pytest.raises(InvalidValue):
        jobs.decode(JOB_PREFIX + line)


def test_leg__is_called_by_its_platforms_and_names_what_it_pushed() -> None:
    assert [
        PUSHED_ONE.name,
        MatrixJob(row=ROW).name,
        MatrixJob(row=ROW, platforms=(AMD64, ARM64)).name,
    ] == [
        AMD64,
        "ghcr.io/octo/app",
        "linux/amd64, linux/arm64",
    ]
    assert [PUSHED_ONE.reference, BUILT_ONE.reference] == ["ghcr.io/octo/app@sha256:1", ""]


def test_silent__platforms_without_a_job() -> None:
    assert jobs.silent((PUSHED_ONE,), (AMD64, ARM64)) == (ARM64,)
    assert jobs.silent((PUSHED_ONE, BUILT_ONE), (AMD64, ARM64)) == ()


NO_IMAGE = "There is no image for {}: nothing was merged or tagged"


@pytest.mark.parametrize(
    ("handed", "missing", "expected"),
    [
        ((BUILT_ONE,), (), None),
        ((PUSHED_ONE,), (), None),
        (
            (PUSHED_ONE, FAILED_ONE),
            (),
            FailureCells(
                what=NO_IMAGE.format(ARM64),
                cause="linux/arm64: The step failed. exit code 1",
                fix="In the job of linux/arm64: Mend it",
                code="BUILD-STEP",
            ),
        ),
        (
            (FAILED_ONE,),
            (AMD64,),
            FailureCells(
                what=NO_IMAGE.format(ARM64),
                cause=f"linux/arm64: The step failed. exit code 1; linux/amd64: {SILENT}",
                fix="In the job of linux/arm64: Mend it",
                code="BUILD-STEP",
            ),
        ),
        (
            (FAILED_ONE, replace(FAILED_ONE, platforms=("linux/s390x",))),
            (),
            FailureCells(
                what=NO_IMAGE.format("linux/arm64, linux/s390x"),
                cause=(
                    "linux/arm64: The step failed. exit code 1; linux/s390x: The step "
                    "failed. exit code 1"
                ),
                fix=LOOK,
                code="BUILD-STEP",
            ),
        ),
        (
            (),
            (AMD64,),
            FailureCells(
                what=NO_IMAGE.format(AMD64), cause=f"linux/amd64: {SILENT}", fix=LOOK, code="BUILD"
            ),
        ),
        (
            (PUSHED_ONE, BUILT_ONE),
            (),
            FailureCells(
                what=NO_IMAGE.format(ARM64),
                cause="linux/arm64: built and not pushed: a fork",
                fix=LOOK,
                code="BUILD",
            ),
        ),
    ],
    ids=[
        "nothing pushed",
        "all pushed",
        "one failed",
        "one failed, one silent",
        "two failed",
        "all silent",
        "one not pushed",
    ],
)
def test_failure__names_the_jobs(
    handed: tuple[MatrixJob, ...], missing: tuple[str, ...], expected: FailureCells | None
) -> None:
    assert jobs.failure(handed, missing) == expected


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        (
            "See https://github.com/octo/app.",
            f"In the job of {ARM64}: See https://github.com/octo/app.",
        ),
        ("Enter your token at https://github.com.example.com/.", LOOK),
        ("x" * 2000, f"In the job of {ARM64}: {'x' * 2000}"[:2000]),
    ],
    ids=["a page of GitHub", "a page of a stranger", "too long for a report"],
)
def test_failure__tells_the_fix_of_a_job_without_links_of_strangers(
    fix: str, expected: str
) -> None:
    """A job may have run a stranger's code, and the summary links the addresses of a fix."""
    job = replace(FAILED_ONE, row=replace(FAILED_ONE.row, failure=replace(FAILURE, fix=fix)))

    found = jobs.failure((job,), ())

    assert found is not None
    assert found.fix == expected


def test_unmerged__every_platform_in_one_row() -> None:
    begun = Row(id="ghcr.io/octo/app|", image="ghcr.io/octo/app", status=BUILT, run_number=3)
    amd = replace(
        BUILT_ONE,
        platforms=(AMD64,),
        row=replace(ROW, steps=STEPS, cached=1, cacheable=4, seconds=5, base_reason="no branch"),
    )
    arm = replace(
        BUILT_ONE,
        row=replace(ROW, digest="sha256:2", steps=STEPS[:1], cached=2, cacheable=2, seconds=9),
    )

    assert jobs.unmerged((amd, arm), begun, None) == replace(
        begun,
        reason="a fork",
        platforms=(
            PlatformCells(platform=AMD64, digest="sha256:1", size=0),
            PlatformCells(platform=ARM64, digest="sha256:2", size=0),
        ),
        base_reason="no branch",
        cached=3,
        cacheable=6,
        seconds=9,
        steps=(
            replace(STEPS[0], section=AMD64),
            replace(STEPS[1], section=AMD64),
            replace(STEPS[0], section=ARM64),
        ),
    )


def test_unmerged__shows_the_last_lines_of_the_job_that_failed_and_links_its_log() -> None:
    said = ("E: no such package", "exit code: 1")
    failed = replace(FAILED_ONE.row, check_run_id=7, failure=replace(FAILURE, said=said))
    one, two = replace(FAILED_ONE, row=failed), replace(FAILED_ONE, platforms=("linux/s390x",))
    other = replace(two, row=replace(failed, check_run_id=8))
    begun = Row(id="i", image="ghcr.io/octo/app", status=BUILT, check_run_id=9)

    def shown(*known: MatrixJob) -> tuple[int, tuple[str, ...]]:
        row = jobs.unmerged(known, begun, jobs.failure(known, ()))
        assert row.failure
        return row.check_run_id, row.failure.said

    assert shown(PUSHED_ONE, one) == (7, said)
    assert shown(one, other) == (9, ())
    assert shown(FAILED_ONE) == (9, ())


def test_unmerged__a_failure_keeps_what_is_known_of_the_others() -> None:
    begun = Row(id="|", image="", status=BUILT)
    two = replace(BUILT_ONE, platforms=(AMD64, ARM64))

    assert jobs.unmerged((PUSHED_ONE, FAILED_ONE), begun, FAILURE) == replace(
        begun, status=FAILED, failure=FAILURE, platforms=(ONE,)
    )
    assert [cells.digest for cells in jobs.unmerged((two,), begun, None).platforms] == ["", ""]
    assert jobs.unmerged((), begun, FAILURE) == replace(begun, status=FAILED, failure=FAILURE)
