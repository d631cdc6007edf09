"""The log of a build as it appears, line by line."""

import pytest

from ghcr_action.buildx.rawjson import Progress
from ghcr_action.buildx.transcript import WIDTH, Transcript
from tests.unit.buildx.recordings import line, log, recorded, vertex

FROM = (
    "FROM "
    "docker.io/library/debian:trixie-slim@sha256:adf3f411737f0207592d62d544d0e5ed65482862b872097fba250e4aeb"
)


def shown(*lines: str) -> list[str]:
    """Everything shown of a whole build."""
    transcript = Transcript(Progress())
    return [*(text for line in lines for text in transcript.feed(line)), *transcript.finish()]


RECORDED = {
    "ok": [
        f"#4 [build 1/3] {FROM}… cached",
        "#5 [build 2/3] RUN echo \"héllo wörld ✓\" && sleep 0.3 && printf 'a\\rb\\n'",
        "#5 | héllo wörld ✓",
        "#5 | b",
        "#5 done in 0.5 s",
        "#6 [build 3/3] RUN echo two >&2",
        "#6 | two",
        "#6 done in 0.2 s",
        "#7 [stage-1 2/2] COPY --from=build /etc/hostname /h",
        "#7 done in 0.0 s",
        "#8 exporting to oci image format",
        "#8 | exporting layers",
        (
            "#8 | exporting manifest "
            "sha256:52ecfac7fcf1f4bca0554d01ab265fb8db512fc71c225e2cfdf6130264bc7713"
        ),
        (
            "#8 | exporting config "
            "sha256:c78f7cc0c9700aafeaedc3d379f7c6502d5fe875708941c7a0293478e0b5cb9f"
        ),
        "#8 done in 0.3 s",
    ],
    "cached": [
        "#5 [build 2/3] RUN echo \"héllo wörld ✓\" && sleep 0.3 && printf 'a\\rb\\n' cached",
        "#6 [build 3/3] RUN echo two >&2 cached",
        "#7 [stage-1 2/2] COPY --from=build /etc/hostname /h cached",
        "#8 exporting to oci image format",
        "#8 | exporting layers",
        (
            "#8 | exporting manifest "
            "sha256:52ecfac7fcf1f4bca0554d01ab265fb8db512fc71c225e2cfdf6130264bc7713"
        ),
        (
            "#8 | exporting config "
            "sha256:c78f7cc0c9700aafeaedc3d379f7c6502d5fe875708941c7a0293478e0b5cb9f"
        ),
        "#8 done in 0.0 s",
    ],
    "multi": [
        f"#5 [linux/amd64 1/3] {FROM[:-6]}… cached",
        "#7 [linux/amd64 2/3] RUN uname -m",
        "#7 | x86_64",
        "#7 done in 0.2 s",
        f"#6 [linux/arm64 1/3] {FROM[:-6]}… cached",
        "#8 [linux/arm64 2/3] RUN uname -m",
        "#8 | x86_64",
        "#8 done in 0.2 s",
        "#9 [linux/amd64 3/3] RUN cat /nofile",
        "#9 | cat: /nofile: No such file or directory",
        "#9 failed after 0.3 s: exit code 1",
        "#10 [linux/arm64 3/3] RUN cat /nofile",
        "#10 | cat: /nofile: No such file or directory",
        "#10 failed after 0.3 s: exit code 1",
        *recorded("multi")[-8:],
    ],
    "syntax": list(recorded("syntax")[-7:]),
}


@pytest.mark.parametrize("name", RECORDED)
def test_transcript__recorded(name: str) -> None:
    assert shown(*recorded(name)) == RECORDED[name]


def test_transcript__focus_is_live_and_others_wait() -> None:
    transcript = Transcript(Progress())

    assert transcript.feed(vertex("a", "[a 1/1] RUN a", 1)) == ("#1 [a 1/1] RUN a",)
    assert transcript.feed(vertex("b", "[b 1/1] RUN b", 2)) == ()
    assert transcript.feed(log("a", "one\n")) == ("#1 | one",)
    assert transcript.feed(log("b", "two\n")) == ()
    assert transcript.feed(vertex("b", "[b 1/1] RUN b", 2, 3)) == ()
    assert transcript.feed(vertex("c", "[c 1/1] RUN c", 4)) == ()
    assert transcript.feed(vertex("a", "[a 1/1] RUN a", 1, 5)) == (
        "#1 done in 4.0 s",
        "#2 [b 1/1] RUN b",
        "#2 | two",
        "#2 done in 1.0 s",
        "#3 [c 1/1] RUN c",
    )
    assert transcript.feed(log("c", "three")) == ()
    assert transcript.finish() == ("#3 not finished",)
    assert transcript.finish() == ()


QUIET = {
    "short": (vertex("a", "[internal] load .dockerignore", 1, 1.04), []),
    "worth-a-line": (
        vertex("a", "[internal] load build context", 1, 4),
        ["#1 [internal] load build context 3.0 s"],
    ),
    "failed": (
        vertex("a", "[internal] load x", 1, 1, error="gone"),
        ["#1 [internal] load x failed after 0.0 s: gone"],
    ),
    "canceled": (
        vertex("a", "[internal] load x", 1, 1, error="context canceled"),
        ["#1 [internal] load x canceled"],
    ),
    "cached": (
        vertex("a", "https://example.com/x", 1, 1, cached=True),
        ["#1 https://example.com/x cached"],
    ),
    "instruction": (vertex("a", "[1/1] COPY a b", 1, 1), ["#1 [1/1] COPY a b 0.0 s"]),
    "never-started": (vertex("a", "[1/1] COPY a b"), []),
    "not-finished": (vertex("a", "[internal] load x", 1), []),
}


@pytest.mark.parametrize(("text", "expected"), QUIET.values(), ids=QUIET)
def test_transcript__step_without_lines(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


AGAIN = {
    "nothing-new": (
        (vertex("a", "[1/2] FROM x", 1, 2), vertex("a", "[1/2] FROM x", 3, 3.01)),
        ["#1 [1/2] FROM x 1.0 s"],
    ),
    "pulled": (
        (
            vertex("a", "[1/2] FROM x", 1, 2),
            vertex("a", "[1/2] FROM x", 3),
            vertex("a", "[1/2] FROM x", 3, 9),
        ),
        ["#1 [1/2] FROM x 1.0 s", "#1 [1/2] FROM x 7.0 s"],
    ),
    "cached": (
        (vertex("a", "[1/2] FROM x", 1, 2), vertex("a", "[1/2] FROM x", 3, 3, cached=True)),
        ["#1 [1/2] FROM x 1.0 s", "#1 [1/2] FROM x cached"],
    ),
    "canceled": (
        (
            vertex("a", "[1/2] FROM x", 1, 2),
            vertex("a", "[1/2] FROM x", 3, 3, error="context canceled"),
        ),
        ["#1 [1/2] FROM x 1.0 s"],
    ),
    "failed": (
        (vertex("a", "[1/2] FROM x", 1, 2), vertex("a", "[1/2] FROM x", 3, 3, error="gone")),
        ["#1 [1/2] FROM x 1.0 s", "#1 [1/2] FROM x failed after 1.0 s: gone"],
    ),
}


@pytest.mark.parametrize(("lines", "expected"), AGAIN.values(), ids=AGAIN)
def test_transcript__step_that_runs_again(lines: tuple[str, ...], expected: list[str]) -> None:
    assert shown(*lines) == expected


def test_transcript__steps_left_open() -> None:
    assert shown(
        vertex("a", "[a 1/1] RUN a", 1),
        vertex("b", "[b 1/1] RUN b", 1),
        vertex("c", "[internal] load c", 1),
        log("a", "one\n"),
        log("b", "two\n"),
        log("c", "three\n"),
    ) == [
        "#1 [a 1/1] RUN a",
        "#1 | one",
        "#1 not finished",
        "#2 [b 1/1] RUN b",
        "#2 | two",
        "#2 not finished",
        "#3 [internal] load c",
        "#3 | three",
        "#3 not finished",
    ]


def test_transcript__cached_instruction_is_one_line() -> None:
    assert shown(
        vertex("a", "[1/1] COPY a b", 1, cached=True),
        vertex("a", "[1/1] COPY a b", 1, 2, cached=True),
    ) == ["#1 [1/1] COPY a b cached"]


def test_transcript__several_in_one_line_come_in_order() -> None:
    both = line(
        vertexes=[
            {
                "digest": "b",
                "name": "[2/2] RUN b",
                "started": "2026-11-23T15:00:01Z",
                "completed": "2026-11-23T15:00:02Z",
            },
            {
                "digest": "a",
                "name": "[1/2] RUN a",
                "started": "2026-11-23T15:00:01Z",
                "completed": "2026-11-23T15:00:01Z",
            },
        ]
    )

    assert shown(vertex("a", "[1/2] RUN a"), vertex("b", "[2/2] RUN b"), both) == [
        "#1 [2/2] RUN b 1.0 s",
        "#2 [1/2] RUN a 0.0 s",
    ]


def test_transcript__long_name_is_cut() -> None:
    assert shown(vertex("a", f"[1/1] RUN {'x' * 200}", 1, 2)) == [
        f"#1 [1/1] RUN {'x' * (WIDTH - 11)}… 1.0 s"
    ]


def test_transcript__stray_line_at_once() -> None:
    transcript = Transcript(Progress())
    transcript.feed(vertex("a", "[1/1] RUN a", 1))

    assert transcript.feed("ERROR: no builder\n") == ("ERROR: no builder",)


def test_transcript__a_race_that_the_engine_survives_is_no_error() -> None:
    lines = recorded("raced")
    busy = next(line for line in lines if line.startswith("ERROR"))

    said = shown(*lines, busy.replace("layer-", "config-"))

    assert [text for text in said if not text.startswith("#")] == [
        "Two platforms write the same content at the same moment; the engine sees to it."
    ]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        pytest.param(
            "failed to configure registry cache importer: ghcr.io/o/a:b: not found",
            "nothing there yet, 1.0 s",
            id="no-cache-yet",
        ),
        pytest.param(
            "failed to configure registry cache importer: x: denied",
            "failed after 1.0 s",
            id="refused",
        ),
    ],
)
def test_transcript__a_cache_that_is_not_there_yet_is_no_failure(error: str, result: str) -> None:
    (text,) = shown(vertex("a", "importing cache manifest from ghcr.io/o/a:b", 1, 2, error=error))

    assert text.startswith(f"#1 importing cache manifest from ghcr.io/o/a:b {result}")
