"""Progress folded: recorded builds, and lines made by hand."""

import json
from datetime import UTC, datetime

import pytest

from ghcr_action.buildx.checks import BuildWarning
from ghcr_action.buildx.rawjson import TAIL, Change, Progress
from ghcr_action.buildx.step import Step, StepName
from tests.unit.buildx.recordings import at, folded, line, log, recorded, vertex

A = StepName(position=1, total=2, text="RUN a")


def moment(seconds: int, microseconds: int = 0) -> datetime:
    return datetime(2026, 11, 23, 15, 0, seconds, microseconds, tzinfo=UTC)


RECORDED = {
    "ok": [
        ("[internal] load build definition from Dockerfile", False, "0.006"),
        ("[internal] load metadata for docker.io/library/debian:trixie-slim", False, "0.009"),
        ("[internal] load .dockerignore", False, "0.005"),
        ("[build 1/3] FROM docker.io/library/debian:trixie-slim@sha256", True, "0.015"),
        (
            "[build 2/3] RUN echo \"héllo wörld ✓\" && sleep 0.3 && printf 'a\\rb\\n'",
            False,
            "0.513",
        ),
        ("[build 3/3] RUN echo two >&2", False, "0.215"),
        ("[stage-1 2/2] COPY --from=build /etc/hostname /h", False, "0.021"),
        ("exporting to oci image format", False, "0.279"),
    ],
    "cached": [
        ("[internal] load build definition from Dockerfile", False, "0.005"),
        ("[internal] load metadata for docker.io/library/debian:trixie-slim", False, "0.007"),
        ("[internal] load .dockerignore", False, "0.003"),
        ("[build 1/3] FROM docker.io/library/debian:trixie-slim@sha256", False, "0.011"),
        ("[build 2/3] RUN echo \"héllo wörld ✓\" && sleep 0.3 && printf 'a\\rb\\n'", True, "0.000"),
        ("[build 3/3] RUN echo two >&2", True, "0.000"),
        ("[stage-1 2/2] COPY --from=build /etc/hostname /h", True, "0.001"),
        ("exporting to oci image format", False, "0.011"),
    ],
    "syntax": [("[internal] load build definition from Dockerfile", False, "0.004")],
}


@pytest.mark.parametrize("name", RECORDED)
def test_progress__recorded_steps(name: str) -> None:
    steps = folded(*recorded(name)).steps

    assert [
        (str(step.name).split(":adf")[0].split("256:")[0], step.is_cached, f"{step.seconds:.3f}")
        for step in steps
    ] == RECORDED[name]
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.completed for step in steps)


def test_progress__recorded_warnings() -> None:
    assert [
        (warning.rule, warning.file, warning.line) for warning in folded(*recorded("ok")).warnings
    ] == [
        ("FromAsCasing", "Dockerfile", 1),
        ("ConsistentInstructionCasing", "Dockerfile", 1),
        ("SecretsUsedInArgOrEnv", "Dockerfile", 6),
    ]


def test_progress__recorded_chunks_are_joined() -> None:
    tails = {str(step.name): step.tail for step in folded(*recorded("multi")).steps if step.error}

    assert tails == {
        "[linux/amd64 3/3] RUN cat /nofile": ("cat: /nofile: No such file or directory",),
        "[linux/arm64 3/3] RUN cat /nofile": ("cat: /nofile: No such file or directory",),
    }


def test_progress__recorded_success_beside_an_error_line() -> None:
    progress = folded(*recorded("raced"))

    assert [line[:32] for line in progress.stray] == ["ERROR: (*service).Write failed: "]
    assert [step.error for step in progress.steps if step.error] == []


def test_progress__step_in_its_states() -> None:
    progress = Progress()

    assert progress.feed(vertex("a", "[1/2] RUN a")) == Change(steps=("a",))
    assert not progress.steps
    assert progress.step("a") == Step(digest="a", name=A)

    assert progress.feed(vertex("a", "[1/2] RUN a", 1)) == Change(steps=("a",))
    assert progress.steps == (Step(digest="a", name=A, number=1, started=moment(1)),)

    assert progress.feed(log("a", "x\ny")) == Change(lines=(("a", "x"),))
    assert progress.feed(vertex("a", "[1/2] RUN a", 1, 3.5)) == Change(
        steps=("a",), lines=(("a", "y"),)
    )
    assert progress.steps == (
        Step(
            digest="a",
            name=A,
            number=1,
            started=moment(1),
            completed=moment(3, 500000),
            seconds=2.5,
            tail=("x", "y"),
        ),
    )


def test_progress__runs_of_one_step_add_up() -> None:
    progress = folded(vertex("a", "x", 1, 2), vertex("a", "x", 5))
    assert progress.steps == (
        Step(digest="a", name=StepName(text="x"), number=1, started=moment(1), seconds=1.0),
    )

    progress.feed(vertex("a", "x", 5, 7, cached=True))
    progress.feed(vertex("a", "x", 5, 7))
    assert progress.steps == (
        Step(
            digest="a",
            name=StepName(text="x"),
            number=1,
            started=moment(1),
            completed=moment(7),
            seconds=3.0,
            is_cached=True,
        ),
    )


def test_progress__numbers_follow_the_start() -> None:
    progress = folded(
        vertex("c", "c"),
        vertex("b", "b"),
        vertex("a", "a"),
        vertex("a", "a", 1),
        vertex("b", "b", 2),
    )

    assert [(step.number, step.digest) for step in progress.steps] == [(1, "a"), (2, "b")]


def test_progress__clock_that_goes_back_costs_nothing() -> None:
    assert [step.seconds for step in folded(vertex("a", "x", 5, 3)).steps] == [0.0]


def test_progress__streams_do_not_mix() -> None:
    progress = folded(
        vertex("a", "x", 1), log("a", "out", 1), log("a", "err\n", 2), log("a", "put\n", 1)
    )

    assert progress.step("a").tail == ("err", "output")


def test_progress__tail_is_short() -> None:
    progress = folded(
        vertex("a", "x", 1), log("a", "".join(f"{number}\n" for number in range(100)))
    )

    assert progress.step("a").tail == tuple(map(str, range(100 - TAIL, 100)))


def test_progress__error_stays() -> None:
    progress = folded(vertex("a", "x", 1, 2, error="no"), vertex("a", "x", 1, 2))

    assert progress.step("a").error == "no"


def status(name: str, *times: float, digest: str = "e") -> str:
    moments = dict(zip(("started", "completed"), map(at, times), strict=False))
    return line(statuses=[{"id": name, "vertex": digest, "current": 0, **moments}])


def test_progress__parts_of_an_export_are_its_lines() -> None:
    progress = folded(vertex("e", "exporting to image", 1), vertex("i", "[internal] x", 1))

    assert progress.feed(status("pushing layers", 1)) == Change()
    assert progress.feed(status("pushing layers", 1, 4)) == Change(
        lines=(("e", "pushing layers 3.0 s"),)
    )
    assert progress.feed(status("pushing layers", 1, 4)) == Change()
    assert progress.feed(status("transferring", 1, 4, digest="i")) == Change()
    assert progress.feed(status("transferring", 1, 4, digest="nobody")) == Change()


def test_progress__warnings_once() -> None:
    warning = {"vertex": "a", "short": "eA==", "url": "u"}

    assert folded(line(warnings=[warning]), line(warnings=[warning, warning])).warnings == (
        BuildWarning(text="x", url="u"),
    )


STRAY = {
    "text": "ERROR: failed to solve",
    "empty": "",
    "blank-first": ' {"vertexes":[]}',
    "broken": '{"vertexes":[',
    "deep": '{"vertexes":' + "[" * 100_000,
    "array": "[]",
    "other-object": '{"status":"x"}',
    "empty-object": "{}",
}


@pytest.mark.parametrize("text", STRAY.values(), ids=STRAY)
def test_progress__stray_line_is_kept(text: str) -> None:
    progress = Progress()

    assert progress.feed(f"{text}\r\n") == Change(stray=text)
    assert progress.stray == (text,)


ODD = {
    "kinds-of-wrong-types": line(vertexes=None, logs=3, statuses="x", warnings={}),
    "items-of-wrong-types": line(vertexes=[1, None], logs=["x"], statuses=[[]], warnings=[0]),
    "vertex-without-name": line(vertexes=[{"digest": "a"}]),
    "vertex-without-digest": line(vertexes=[{"name": "x"}]),
    "log-of-nobody": log("nobody", "x\n"),
    "log-without-vertex": line(logs=[{"stream": 1, "data": "eA=="}]),
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_progress__odd_line_changes_nothing(text: str) -> None:
    progress = Progress()

    assert progress.feed(text) == Change()
    assert (progress.steps, progress.warnings, progress.stray) == ((), (), ())


ODD_FIELDS = {
    "no-stream": line(logs=[{"vertex": "a", "data": "eAo="}]),
    "no-data": line(logs=[{"vertex": "a", "stream": 1}]),
    "data-not-base64": line(logs=[{"vertex": "a", "stream": 1, "data": "%"}]),
}


@pytest.mark.parametrize("text", ODD_FIELDS.values(), ids=ODD_FIELDS)
def test_progress__odd_log_writes_nothing(text: str) -> None:
    assert folded(vertex("a", "x", 1), text).step("a").tail == ()


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-11-23T15:00:01", 3, None], ids=["word", "no-zone", "number", "null"]
)
def test_progress__odd_time_is_no_start(text: object) -> None:
    assert folded(line(vertexes=[{"digest": "a", "name": "x", "started": text}])).steps == ()


def test_progress__knows_the_targets_of_a_bake_and_shared_steps_once() -> None:
    progress = Progress(("app", "base"))
    for name in ("[base 1/2] FROM x", "[app 1/2] FROM x"):
        progress.feed(
            json.dumps(
                {
                    "vertexes": [
                        {"digest": "sha256:1", "name": name, "started": "2026-01-01T00:00:00Z"}
                    ]
                }
            )
        )

    assert [(step.name.target, str(step.name)) for step in progress.steps] == [
        ("base", "[base 1/2] FROM x")
    ]


def test_progress__a_warning_is_about_the_dockerfile_of_its_target() -> None:
    progress = Progress(("app", "base"))
    name = "[app internal] load build definition from Dockerfile"
    progress.feed(json.dumps({"vertexes": [{"digest": "sha256:1", "name": name}]}))

    for digest in ("sha256:1", "sha256:2"):
        progress.feed(json.dumps({"warnings": [{"vertex": digest, "short": "YQ=="}]}))

    assert [warning.target for warning in progress.warnings] == ["app", ""]
