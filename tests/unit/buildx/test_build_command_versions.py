"""The whole argument list by buildx version, and what is said of the parts left out."""

from pathlib import PurePosixPath

import pytest

from ghcr_action.buildx import command as build
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.provenance import Default
from ghcr_action.values.platform import Platform
from tests.unit.buildx.planning import (
    EVENT,
    NOWHERE,
    RUN,
    arguments,
    buildx,
    planned,
)

ALL = BuildRequest(
    annotations=("manifest:a=b",), provenance="mode=max", sbom="true", attests=("type=x",)
)
NAMED = Context(value="sub dir", is_git=False, why="", named=("n=dir",))
ANNOTATION, NAME, MD = "--annotation manifest:a=b ", "--build-context n=dir ", "--metadata-file MD "
ATTESTS = (
    f"--attest type=provenance,mode=max,builder-id={RUN} --attest "
    "type=sbom,disabled=false --attest type=x "
)
VERSIONS = {
    "0.5.1": "--iidfile IID --progress=plain 'sub dir'",
    "0.6.0": f"--iidfile IID {MD}--progress=plain 'sub dir'",
    "0.7.1": f"--iidfile IID {MD}--progress=plain 'sub dir'",
    "0.8.0": f"{NAME}--iidfile IID {MD}--progress=plain 'sub dir'",
    "0.9.1": f"{NAME}--iidfile IID {MD}--progress=plain 'sub dir'",
    "0.10.0": f"{NAME}--iidfile IID {ATTESTS}{MD}--progress=plain 'sub dir'",
    "0.11.2": f"{NAME}--iidfile IID {ATTESTS}{MD}--progress=plain 'sub dir'",
    "0.12.0": f"{ANNOTATION}{NAME}--iidfile IID {ATTESTS}{MD}--progress=plain 'sub dir'",
    "0.12.1": f"{ANNOTATION}{NAME}--iidfile IID {ATTESTS}{MD}--progress=plain 'sub dir'",
    "0.13.0": f"{ANNOTATION}{NAME}--iidfile IID {ATTESTS}{MD}--progress=rawjson 'sub dir'",
    "0.36.1": f"{ANNOTATION}{NAME}--iidfile IID {ATTESTS}{MD}--progress=rawjson 'sub dir'",
    "1.0.0": f"{ANNOTATION}{NAME}--iidfile IID {ATTESTS}{MD}--progress=rawjson 'sub dir'",
    "0.0.0": f"{ANNOTATION}{NAME}--iidfile IID {ATTESTS}{MD}--progress=rawjson 'sub dir'",
}


@pytest.mark.parametrize(("version", "text"), VERSIONS.items(), ids=VERSIONS)
def test_command__by_version(version: str, text: str) -> None:
    made = planned(ALL, version=version, context=NAMED)

    assert made.arguments == arguments(text)
    assert made.metadata_file == (None if version == "0.5.1" else PurePosixPath("MD"))


CONTEXTS = BuildRequest(build_contexts=("n=dir",), annotations=("a=b",), sbom="true")
WARNINGS = {
    "nothing-asked": (BuildRequest(), "0.6.0", ()),
    "new": (CONTEXTS, "0.12.0", ()),
    "development": (CONTEXTS, "0.0.0", ()),
    "annotations": (
        CONTEXTS,
        "0.11.2",
        ("`annotations` left out: buildx 0.11.2 is too old, 0.12.0 is needed",),
    ),
    "attests": (
        CONTEXTS,
        "0.9.1",
        (
            "`annotations` left out: buildx 0.9.1 is too old, 0.12.0 is needed",
            (
                "`attests`, `provenance` and `sbom` left out: buildx 0.9.1 is too old, "
                "0.10.0 is needed"
            ),
        ),
    ),
    "attests-input": (
        BuildRequest(attests=("type=sbom",)),
        "0.9.1",
        ("`attests`, `provenance` and `sbom` left out: buildx 0.9.1 is too old, 0.10.0 is needed",),
    ),
    "provenance-input": (
        BuildRequest(provenance="true"),
        "0.9.1",
        ("`attests`, `provenance` and `sbom` left out: buildx 0.9.1 is too old, 0.10.0 is needed",),
    ),
    "metadata": (
        BuildRequest(),
        "0.5.1",
        (
            (
                "the metadata file, and with it the digest, left out: buildx 0.5.1 is too "
                "old, 0.6.0 is needed"
            ),
        ),
    ),
    "all": (
        CONTEXTS,
        "0.5.1",
        (
            "`annotations` left out: buildx 0.5.1 is too old, 0.12.0 is needed",
            "`build-contexts` left out: buildx 0.5.1 is too old, 0.8.0 is needed",
            (
                "`attests`, `provenance` and `sbom` left out: buildx 0.5.1 is too old, "
                "0.10.0 is needed"
            ),
            (
                "the metadata file, and with it the digest, left out: buildx 0.5.1 is too "
                "old, 0.6.0 is needed"
            ),
        ),
    ),
    "index-annotation": (
        BuildRequest(annotations=("index:a=b", "index,manifest:c=d")),
        "0.29.1",
        ("annotation 'index:a=b' left out: the image is a single manifest without an index",),
    ),
    "index-annotation-kept": (
        BuildRequest(
            annotations=("index:a=b",),
            platforms=(Platform("linux", "amd64"), Platform("linux", "arm64")),
        ),
        "0.29.1",
        (),
    ),
}


@pytest.mark.parametrize(("request_", "version", "sentences"), WARNINGS.values(), ids=WARNINGS)
def test_warnings__what_is_left_out(
    request_: BuildRequest, version: str, sentences: tuple[str, ...]
) -> None:
    found = build.warnings(
        request_, buildx(version), EVENT, destination=NOWHERE, fallback=Default.OFF
    )

    assert found == sentences


def test_warnings__default_provenance_makes_an_index() -> None:
    request = BuildRequest(annotations=("index:a=b",))

    assert (
        build.warnings(request, buildx(), EVENT, destination=NOWHERE, fallback=Default.PEER) == ()
    )
