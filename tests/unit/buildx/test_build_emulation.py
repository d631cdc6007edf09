"""Emulation only for what nothing runs."""

import pytest

from ghcr_action.buildx import emulation
from ghcr_action.buildx.emulation import IMAGE, Emulation
from ghcr_action.values.platform import Platform

AMD, ARM, ARM7, ARM6, S390 = map(
    Platform.parse, ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/s390x")
)


@pytest.mark.parametrize(
    ("asked", "wanted", "runnable"),
    [
        ("auto", (), (AMD,)),
        ("auto", (AMD,), (AMD,)),
        ("auto", (AMD, ARM), (AMD, ARM)),
        ("auto", (ARM7,), (AMD, ARM6)),
        ("off", (ARM,), (AMD,)),
        ("auto", (ARM,), ()),
        ("docker.io/x/binfmt:1", (AMD,), (AMD,)),
    ],
    ids=[
        "engine's choice",
        "native",
        "nodes of both",
        "another variant",
        "off",
        "unknown engine",
        "an image, and native",
    ],
)
def test_plan__nothing(
    asked: str, wanted: tuple[Platform, ...], runnable: tuple[Platform, ...]
) -> None:
    assert emulation.plan(asked, wanted, runnable) is None


@pytest.mark.parametrize(
    ("asked", "wanted", "image", "architectures", "is_certain"),
    [
        ("auto", (AMD, ARM), IMAGE, "arm64", False),
        ("auto", (ARM, ARM7, ARM6, S390), IMAGE, "arm64,arm,s390x", False),
        ("ghcr.io/octo/binfmt:9", (ARM,), "ghcr.io/octo/binfmt:9", "arm64", True),
    ],
)
def test_plan__what_is_missing(
    asked: str, wanted: tuple[Platform, ...], image: str, architectures: str, is_certain: bool
) -> None:
    assert emulation.plan(asked, wanted, (AMD,)) == Emulation(
        platforms=tuple(platform for platform in wanted if platform != AMD),
        command=("run", "--rm", "--privileged", image, "--install", architectures),
        is_certain=is_certain,
    )


def test_plan__the_engine_runs_what_installs_them() -> None:
    """Whatever a named builder runs first, and whatever DOCKER_DEFAULT_PLATFORM says."""
    found = emulation.plan("auto", (S390,), (ARM, AMD), engine=AMD)

    assert found is not None
    assert found.command[3:6] == ("--platform", "linux/amd64", IMAGE)


@pytest.mark.parametrize("asked", ["auto", "docker.io/x/binfmt:1"])
def test_plan__what_is_said_to_be_emulated_is_set_up_only_where_a_step_is_refused(
    asked: str,
) -> None:
    found = emulation.plan(asked, (AMD, ARM), (AMD,), (AMD, ARM, S390))

    assert found is not None
    assert (found.platforms, found.is_certain) == ((ARM,), False)


def test_plan__what_is_missing_comes_before_what_is_said_to_be_emulated() -> None:
    found = emulation.plan("docker.io/x/binfmt:1", (AMD, ARM, S390), (AMD,), (ARM,))

    assert found is not None
    assert (found.platforms, found.is_certain) == ((S390,), True)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("exec /bin/sh: exec format error",), True),
        (("a", "failed to run: exec format error"), True),
        (("no such file",), False),
        ((), False),
    ],
)
def test_is_needed__by_the_kernels_words(lines: tuple[str, ...], expected: bool) -> None:
    assert emulation.is_needed(lines) is expected
