"""Names of steps taken apart, and durations in words."""

import pytest

from ghcr_action.buildx.step import Step, StepName
from ghcr_action.values.rate import duration

NAMES = {
    "stage": (
        "[build 2/3] RUN make",
        StepName(stage="build", position=2, total=3, text="RUN make"),
        "cacheable",
    ),
    "platform-and-stage": (
        "[linux/amd64 build 2/3] RUN make",
        StepName(platform="linux/amd64", stage="build", position=2, total=3, text="RUN make"),
        "cacheable",
    ),
    "platform-with-variant": (
        "[linux/arm/v7 stage-1 1/1] COPY . .",
        StepName(platform="linux/arm/v7", stage="stage-1", position=1, total=1, text="COPY . ."),
        "cacheable",
    ),
    "cross": (
        "[linux/amd64->arm64 build 2/3] RUN make",
        StepName(
            platform="linux/amd64->arm64", stage="build", position=2, total=3, text="RUN make"
        ),
        "cacheable",
    ),
    "only-platform": (
        "[linux/amd64 3/3] RUN x",
        StepName(platform="linux/amd64", position=3, total=3, text="RUN x"),
        "cacheable",
    ),
    "only-position": ("[2/2] ADD a b", StepName(position=2, total=2, text="ADD a b"), "cacheable"),
    "two-digits": ("[10/12] RUN x", StepName(position=10, total=12, text="RUN x"), "cacheable"),
    "base": (
        "[build 1/3] FROM docker.io/library/debian:trixie",
        StepName(stage="build", position=1, total=3, text="FROM docker.io/library/debian:trixie"),
        "base",
    ),
    "internal": (
        "[internal] load .dockerignore",
        StepName(stage="internal", text="load .dockerignore"),
        "",
    ),
    "internal-of-platform": (
        "[linux/arm64 internal] load metadata for x",
        StepName(platform="linux/arm64", stage="internal", text="load metadata for x"),
        "",
    ),
    "auth": (
        "[auth] octo/app:pull token for ghcr.io",
        StepName(stage="auth", text="octo/app:pull token for ghcr.io"),
        "",
    ),
    "named-context": (
        "[context app] load from client",
        StepName(stage="context app", text="load from client"),
        "",
    ),
    "export": ("exporting to image", StepName(text="exporting to image"), "export"),
    "export-cache": (
        "exporting cache to registry",
        StepName(text="exporting cache to registry"),
        "export",
    ),
    "push": (
        "pushing ghcr.io/octo/app:1 with docker",
        StepName(text="pushing ghcr.io/octo/app:1 with docker"),
        "export",
    ),
    "import-cache": (
        "importing cache manifest from x",
        StepName(text="importing cache manifest from x"),
        "",
    ),
    "source": ("https://example.com/a.tar", StepName(text="https://example.com/a.tar"), ""),
    "brackets-inside": (
        '[1/1] RUN [ -d x ] && echo "[2/2] y"',
        StepName(position=1, total=1, text='RUN [ -d x ] && echo "[2/2] y"'),
        "cacheable",
    ),
    "command-of-two-lines": (
        "[1/1] RUN a &&\n    b",
        StepName(position=1, total=1, text="RUN a && b"),
        "cacheable",
    ),
    "no-text": ("[internal]", StepName(text="[internal]"), ""),
    "empty": ("", StepName(), ""),
}


@pytest.mark.parametrize(("text", "name", "kind"), NAMES.values(), ids=NAMES)
def test_name__parts(text: str, name: StepName, kind: str) -> None:
    parsed = StepName.parse(text)

    assert parsed == name
    assert str(parsed) == " ".join(text.split())
    assert (parsed.is_cacheable, parsed.is_base, parsed.is_export) == (
        kind == "cacheable",
        kind == "base",
        kind == "export",
    )


NOT_ZERO = "did not complete successfully: exit code: 1"
ERRORS = {
    "a command that speaks of a code": (
        f'process "/bin/sh -c echo exit code: 3; false" {NOT_ZERO}',
        False,
        1,
    ),
    "a command that speaks of a stop": (
        f'process "/bin/sh -c grep context canceled log" {NOT_ZERO}',
        False,
        1,
    ),
    "none": ("", False, None),
    "process": ('process "/bin/sh -c x" did not complete successfully: exit code: 17', False, 17),
    "killed": ('process "x" did not complete successfully: exit code: 137: killed', False, 137),
    "not-found": ('"/x": not found', False, None),
    "canceled": ("failed to copy: context canceled", True, None),
    "canceled-twice": ("context canceled: context canceled", True, None),
}


@pytest.mark.parametrize(("error", "is_canceled", "exit_code"), ERRORS.values(), ids=ERRORS)
def test_step__error(error: str, is_canceled: bool, exit_code: int | None) -> None:
    step = Step(digest="d", name=StepName(), error=error)

    assert (step.is_canceled, step.exit_code) == (is_canceled, exit_code)


DURATIONS = {
    0.0: "0.0 s",
    0.04: "0.0 s",
    3.21: "3.2 s",
    59.94: "59.9 s",
    59.96: "1m 00s",
    161.0: "2m 41s",
    3599.4: "59m 59s",
    3599.6: "1h 00m",
    3723.0: "1h 02m",
}


@pytest.mark.parametrize(("seconds", "text"), DURATIONS.items())
def test_duration__in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text


TARGETS = {
    "a step of a stage": ("[app linux/arm64 build 2/3] RUN x", "app", "linux/arm64", "build"),
    "a step without a platform": ("[app 1/2] FROM base", "app", "", ""),
    "the engine's own": ("[base internal] load build definition", "base", "", "internal"),
    "an export": ("[app] exporting to image", "app", "", ""),
    "a stage of no target": ("[other 1/2] FROM base", "", "", "other"),
    "nothing in brackets": ("exporting to image", "", "", ""),
}


@pytest.mark.parametrize(("text", "target", "platform", "stage"), TARGETS.values(), ids=TARGETS)
def test_name__of_one_of_several_targets(text: str, target: str, platform: str, stage: str) -> None:
    parsed = StepName.parse(text, {"app", "base"})

    assert (parsed.target, parsed.platform, parsed.stage) == (target, platform, stage)
    assert str(parsed) == text
