"""Why a build failed: recorded failures, and engines that say less."""

import pytest

from ghcr_action.buildx import failure
from ghcr_action.buildx.failure import Failure, Snippet
from tests.unit.buildx.recordings import folded, log, recorded, vertex

COMMAND = (
    'process "/bin/sh -c echo \\"before\\" &&     for i in 1 2 3 4 5 6 7 8 9 10 11 '
    '12; do echo line $i; done &&     exit 17"'
)
CHECKSUM = (
    "failed to calculate checksum of ref sjglcesbq8jz98hf4kc1t5vk6::p8vgv0mw9g0ga36k20krlyrs4"
)
RECORDED = {
    "failed": (
        f"{COMMAND} did not complete successfully: exit code: 17",
        (
            '[build 3/3] RUN echo "before" && for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo '
            "line $i; done && exit 17"
        ),
        17,
        ("Dockerfile", 3, 5),
        ("before", *(f"line {number}" for number in range(1, 13))),
    ),
    "multi": (
        'process "/bin/sh -c cat /nofile" did not complete successfully: exit code: 1',
        "[linux/amd64 3/3] RUN cat /nofile",
        1,
        ("Dockerfile", 3, 3),
        ("cat: /nofile: No such file or directory",),
    ),
    "copy": (
        f'failed to compute cache key: {CHECKSUM}: "/nothere": not found',
        "[2/2] COPY nothere /x",
        None,
        ("Dockerfile", 2, 2),
        (),
    ),
    "syntax": (
        "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
        None,
        None,
        ("Dockerfile", 2, 2),
        (),
    ),
}


@pytest.mark.parametrize(("name", "expected"), RECORDED.items(), ids=RECORDED)
def test_failure__recorded(name: str, expected: tuple[object, ...]) -> None:
    found = failure.failure(folded(*recorded(name)))

    step, place = (
        found.step and str(found.step.name),
        (found.snippet.file, found.snippet.line, found.snippet.end_line),
    )
    assert (found.message, step, found.exit_code, place, found.tail) == expected


MESSAGES = {
    "nothing-said": ((), Failure(message="")),
    "last-error": (
        ("ERROR: a", "", "ERROR: failed to build: b", "see the docs", " "),
        Failure(message="b"),
    ),
    "a registry's errors": (
        (
            "ERROR: target a: failed to solve: failed to push r/a: errors:",
            "unknown: provided digest did not match uploaded content",
            "unknown: blob unknown to registry - sha256:60",
            "",
        ),
        Failure(
            message="target a: failed to solve: failed to push r/a: errors:\n"
            "unknown: provided digest did not match uploaded content\n"
            "unknown: blob unknown to registry - sha256:60"
        ),
    ),
    "no-error-line": (
        ("warning: x", "unknown flag: --nope", "  "),
        Failure(message="unknown flag: --nope"),
    ),
    "usage": (
        (
            'invalid argument "x" for "--ulimit" flag: no',
            "",
            "Usage:  docker buildx build [OPTIONS] PATH",
            "",
            "Run 'docker buildx build --help' for more",
        ),
        Failure(message='invalid argument "x" for "--ulimit" flag: no'),
    ),
    "solve": (("ERROR: failed to solve: x: not found",), Failure(message="x: not found")),
    "exit-code": (
        ('ERROR: failed to solve: process "x" did not complete: exit code: 3',),
        Failure(message='process "x" did not complete: exit code: 3', exit_code=3),
    ),
}


@pytest.mark.parametrize(("lines", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_failure__engine_stopped_without_a_step(lines: tuple[str, ...], expected: Failure) -> None:
    assert failure.failure(folded(*lines)) == expected


def test_failure__step_speaks_where_the_engine_does_not() -> None:
    found = failure.failure(folded(vertex("a", "[1/1] RUN a", 1, 2, error="exit code: 2")))

    assert (found.message, found.exit_code) == ("exit code: 2", 2)


def test_failure__a_builder_that_is_not_there_is_named_by_the_step() -> None:
    """Buildx's own message has no more than the deadline."""
    waiting = vertex("a", "[internal] waiting for connection", 1, 2, error="deadline exceeded")

    found = failure.failure(folded(waiting, "ERROR: failed to build: deadline exceeded"))

    assert found.message == "waiting for connection: deadline exceeded"


STEPS = {
    "first-to-fail": ((vertex("b", "b", 1, 9, error="x"), vertex("a", "a", 2, 3, error="x")), "a"),
    "not-canceled": (
        (vertex("b", "b", 1, 2, error="context canceled"), vertex("a", "a", 2, 3, error="x")),
        "a",
    ),
    "only-canceled": ((vertex("b", "b", 1, 2, error="context canceled"),), None),
    "one-without-an-end": (
        (vertex("a", "a", 1, error="x"), vertex("b", "b", 1, 2, error="x")),
        "b",
    ),
    "all-without-an-end": ((vertex("a", "a", 1, error="x"), vertex("b", "b", 2, error="x")), "a"),
    "none": ((vertex("a", "a", 1, 2),), None),
}


@pytest.mark.parametrize(("lines", "digest"), STEPS.values(), ids=STEPS)
def test_failure__which_step(lines: tuple[str, ...], digest: str | None) -> None:
    found = failure.failure(folded(*lines)).step

    assert (found and found.digest) == digest


def test_failure__tail_without_colours() -> None:
    progress = folded(
        vertex("a", "a", 1),
        log("a", "\x1b[31mred\x1b[0m \x1b[?25lx\n"),
        vertex("a", "a", 1, 2, error="x"),
    )

    assert failure.failure(progress).tail == ("red x",)


RULER = "--------------------"
SNIPPETS = {
    "nothing": ((), Snippet()),
    "one-line": (("x",), Snippet()),
    "place-without-block": (("Dockerfile:3", "x"), Snippet()),
    "block-without-place": (("x", RULER, "   1 | >>> RUN x", RULER), Snippet()),
    "marked": (
        ("Dockerfile:3", RULER, "   2 |     FROM x", "   3 | >>> RUN x", RULER, "ERROR: y"),
        Snippet(file="Dockerfile", line=3, end_line=3),
    ),
    "not-marked": (
        ("Dockerfile:3", RULER, "   2 |     FROM x", RULER),
        Snippet(file="Dockerfile", line=3, end_line=3),
    ),
    "path-with-colon-and-blank": (
        ("my app/a:b.Dockerfile:12", RULER, "  12 | >>> RUN x", "  13 | >>> y", RULER),
        Snippet(
            file="my app/a:b.Dockerfile",
            line=12,
            end_line=13,
        ),
    ),
    "never-closed": (
        ("D:1", RULER, "   1 | >>> x"),
        Snippet(file="D", line=1, end_line=1),
    ),
    "last-of-two": (
        ("A:1", RULER, "   1 | >>> x", RULER, "B:2", RULER, "   2 | >>> y", RULER),
        Snippet(file="B", line=2, end_line=2),
    ),
    "after-the-output-of-a-step": (
        ("------", " > [1/1] RUN x:", "0.1 y", "------", "D:1", RULER, "   1 | >>> x", RULER),
        Snippet(file="D", line=1, end_line=1),
    ),
}


@pytest.mark.parametrize(("lines", "expected"), SNIPPETS.values(), ids=SNIPPETS)
def test_snippet__in_what_the_engine_says(lines: tuple[str, ...], expected: Snippet) -> None:
    assert failure.snippet(lines) == expected


def test_failure__a_cache_that_is_not_there_is_not_why() -> None:
    progress = folded(
        vertex(
            "a",
            "importing cache manifest from ghcr.io/octo/app:buildcache-main",
            1,
            2,
            error="not found",
        ),
        vertex("b", "[1/1] RUN x", 1, 3, error="exit code: 2"),
    )

    found = failure.failure(progress)

    assert (found.step and found.step.name.text, found.exit_code) == ("RUN x", 2)
