"""The calls of bake."""

from pathlib import PurePosixPath

import pytest

from ghcr_action.buildx.bake import calls
from ghcr_action.buildx.bake.calls import BakeRequest
from ghcr_action.buildx.bake.definition_files import BakeSource

REMOTE = BakeRequest(source=BakeSource(remote="https://example.org/r.git#main"), targets=("app",))
PLAN, METADATA = PurePosixPath("/private/bake.json"), PurePosixPath("/private/metadata.json")


def test_reading__files_sets_and_targets_in_their_places() -> None:
    request = BakeRequest(targets=("app", "db"), sets=("*.args.A=1", "app.tags=x,y"))

    assert calls.reading(request, ("a.hcl", "b.json")) == (
        *("buildx", "bake", "--file", "a.hcl", "--file", "b.json"),
        *(
            "--set",
            "*.args.A=1",
            "--set",
            "app.tags=x,y",
            "--progress=quiet",
            "--print",
            "app",
            "db",
        ),
    )


def test_reading__a_remote_definition_comes_before_the_targets() -> None:
    assert calls.reading(REMOTE, ()) == (
        "buildx",
        "bake",
        "--progress=plain",
        "--print",
        "https://example.org/r.git#main",
        "app",
    )
    assert calls.listing(REMOTE, ("x.hcl",)) == (
        *("buildx", "bake", "--file", "x.hcl", "--progress=quiet"),
        *("--list=type=targets,format=json", "https://example.org/r.git#main"),
    )


def test_building__nothing_but_the_plan_and_the_targets() -> None:
    request = BakeRequest(
        allow=("network.host", "fs.read=/srv", "ssh"),
        no_cache=True,
        pull=True,
        sets=("*.args.A=1",),
    )

    found = calls.building(
        request, ("app", "db"), builder="b", plan=PLAN, metadata=METADATA, buildx=(0, 29, 1)
    )

    assert found.metadata_file == METADATA
    assert found.arguments == (
        *("buildx", "bake", "--file", "/private/bake.json"),
        *(
            "--allow",
            "network.host",
            "--allow",
            "ssh",
            "--allow",
            "fs=*",
            "--builder",
            "b",
            "--metadata-file",
            "/private/metadata.json",
        ),
        *("--no-cache", "--progress=rawjson", "--pull", "app", "db"),
    )
    assert ("BUILDX_METADATA_PROVENANCE", "disabled") in found.environment


@pytest.mark.parametrize(
    ("buildx", "allowed", "progress"),
    [
        ((0, 12, 0), False, "plain"),
        ((0, 18, 0), False, "rawjson"),
        ((0, 20, 0), True, "rawjson"),
        ((0, 0, 0), True, "rawjson"),
    ],
)
def test_building__what_each_buildx_knows(
    buildx: tuple[int, int, int], allowed: bool, progress: str
) -> None:
    found = calls.building(
        BakeRequest(), ("app",), builder="b", plan=PLAN, metadata=METADATA, buildx=buildx
    )

    assert ("--allow" in found.arguments) is allowed
    assert f"--progress={progress}" in found.arguments


def test_building__a_target_of_a_definition_is_no_flag() -> None:
    """buildx takes any name of letters, digits, `-` and `_`."""
    request = BakeRequest(call="check")
    found = calls.building(
        request, ("--push", "app"), builder="b", plan=PLAN, metadata=METADATA, buildx=(0, 29, 1)
    )
    checked = calls.checking(request, ("--push",), builder="", plan=PLAN)

    assert found.arguments[-3:] == ("--", "--push", "app")
    assert checked[-2:] == ("--", "--push")


def test_no_call__pushes_or_loads_by_a_flag() -> None:
    request = BakeRequest(call="check")
    found = (
        *calls.reading(request, ()),
        *calls.building(
            request, ("app",), builder="b", plan=PLAN, metadata=METADATA, buildx=(0, 29, 1)
        ).arguments,
        *calls.checking(request, ("app",), builder="b", plan=PLAN),
    )

    assert not {"--push", "--load"} & set(found)
    assert calls.checking(request, ("app",), builder="b", plan=PLAN) == (
        *("buildx", "bake", "--file", "/private/bake.json", "--builder", "b"),
        *("--call=check,format=json", "--progress=quiet", "app"),
    )
    assert "--builder" not in calls.checking(request, ("app",), builder="", plan=PLAN)
