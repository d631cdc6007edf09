"""The whole argument list for every destination, alone and with loads and outputs of the user's."""

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from ghcr_action.buildx import command as build
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.destination import ByDigest, Destination, Nowhere, TagsByEngine
from ghcr_action.buildx.provenance import Default
from ghcr_action.values.reference import Repository
from tests.unit.buildx.planning import (
    EVENT,
    NO_ATTESTATION,
    NOWHERE,
    ONE,
    REST,
    TWO,
    arguments,
    buildx,
    planned,
)

APP, COPY = Repository.parse("ghcr.io/octo/app"), Repository.parse("quay.io/octo/app")
OUTPUTS = {
    "local-path": (("out",), "--output out", False),
    "local-path-with-dot": (("./out",), "--output ./out", False),
    "standard-output": (("-",), "--output -", False),
    "local": (("type=local,dest=out",), "--output type=local,dest=out", False),
    "local-last": (("dest=out,type=local",), "--output dest=out,type=local", False),
    "tar": (("type=tar,dest=out.tar",), "--output type=tar,dest=out.tar", False),
    "tar-among-others": (
        ("type=image", "type=tar,dest=x"),
        "--output type=image --output type=tar,dest=x",
        False,
    ),
    "local-with-blank": (("type=local, dest=out",), "--output 'type=local, dest=out'", False),
    "oci": (("type=oci,dest=out.tar",), "--output type=oci,dest=out.tar", True),
    "docker": (("type=docker,dest=out.tar",), "--output type=docker,dest=out.tar", True),
    "image-with-quotes": (
        ('type=image,"name=a,b",push=true',),
        "--output 'type=image,\"name=a,b\",push=true'",
        True,
    ),
    "registry": (("type=registry,name=a/b:1",), "--output type=registry,name=a/b:1", True),
    "cacheonly": (("type=cacheonly",), "--output type=cacheonly", True),
    "no-type": (("dest=out,compression=zstd",), "--output dest=out,compression=zstd", True),
    "two-images": (
        ("type=image", "type=oci,dest=x"),
        "--output type=image --output type=oci,dest=x",
        True,
    ),
}


@pytest.mark.parametrize(("outputs", "text", "has_iid"), OUTPUTS.values(), ids=OUTPUTS)
def test_command__iidfile_by_output(outputs: tuple[str, ...], text: str, has_iid: bool) -> None:
    made = planned(BuildRequest(outputs=outputs))

    iid = "--iidfile IID " * has_iid
    assert made.arguments == arguments(f"{iid}{text} {NO_ATTESTATION} {REST}")
    assert made.iid_file == (PurePosixPath("IID") if has_iid else None)


PUSHED = "push-by-digest=true,name-canonical=true,push=true,store=false,oci-mediatypes=true"
DIGEST = f"--output 'type=image,\"name=ghcr.io/octo/app,quay.io/octo/app\",{PUSHED}'"
DESTINATIONS = {
    "tags": (
        TagsByEngine(references=(ONE,)),
        {},
        f"{NO_ATTESTATION} --tag ghcr.io/octo/app:1 --metadata-file MD --progress=rawjson --push .",
    ),
    "tags-two": (
        TagsByEngine(references=(ONE, TWO)),
        {},
        (
            f"{NO_ATTESTATION} --tag ghcr.io/octo/app:1 --tag ghcr.io/octo/app:2 "
            "--metadata-file MD --progress=rawjson --push ."
        ),
    ),
    "tags-none": (
        TagsByEngine(references=()),
        {},
        f"{NO_ATTESTATION} --metadata-file MD --progress=rawjson --push .",
    ),
    "tags-load": (
        TagsByEngine(references=(ONE,)),
        {"load": True},
        f"{NO_ATTESTATION} --tag ghcr.io/octo/app:1 --load --metadata-file MD --progress=rawjson --push .",
    ),
    "tags-outputs": (
        TagsByEngine(references=(ONE,)),
        {"outputs": ("type=image,compression=zstd",)},
        (
            f"--output type=image,compression=zstd {NO_ATTESTATION} --tag ghcr.io/octo/app:1 "
            "--metadata-file MD --progress=rawjson --push ."
        ),
    ),
    "tags-load-outputs": (
        TagsByEngine(references=(ONE,)),
        {"load": True, "outputs": ("type=oci,dest=x",)},
        (
            f"--output type=oci,dest=x {NO_ATTESTATION} --tag ghcr.io/octo/app:1 --load "
            "--metadata-file MD --progress=rawjson --push ."
        ),
    ),
    "digest": (ByDigest(names=(APP, COPY)), {}, f"{DIGEST} {NO_ATTESTATION} {REST}"),
    "digest-one": (
        ByDigest(names=(APP,)),
        {},
        f"--output type=image,name=ghcr.io/octo/app,{PUSHED} {NO_ATTESTATION} {REST}",
    ),
    "digest-loads-nothing": (
        ByDigest(names=(APP, COPY)),
        {"load": True},
        f"{DIGEST} {NO_ATTESTATION} {REST}",
    ),
    "digest-outputs": (
        ByDigest(names=(APP, COPY)),
        {"outputs": ("type=oci,dest=x",)},
        f"--output type=oci,dest=x {DIGEST} {NO_ATTESTATION} {REST}",
    ),
    "digest-outputs-that-hold-an-image-are-called-as-it-is": (
        ByDigest(names=(APP,)),
        {
            "tags": (ONE, TWO),
            "outputs": ("type=oci,dest=x", "type=docker,dest=y,name=z:8", "type=cacheonly"),
        },
        (
            "--output 'type=oci,dest=x,\"name=ghcr.io/octo/app:1,ghcr.io/octo/app:2\"' "
            "--output 'type=docker,dest=y,\"name=ghcr.io/octo/app:1,ghcr.io/octo/app:2,z:8\"' "
            "--output type=cacheonly "
            f"--output type=image,name=ghcr.io/octo/app,{PUSHED} {NO_ATTESTATION} {REST}"
        ),
    ),
    "nowhere": (Nowhere(), {}, f"{NO_ATTESTATION} {REST}"),
    "nowhere-named": (
        Nowhere(references=(ONE,)),
        {},
        f"{NO_ATTESTATION} --tag ghcr.io/octo/app:1 {REST}",
    ),
    "nowhere-load": (
        Nowhere(references=(ONE,)),
        {"load": True},
        f"{NO_ATTESTATION} --tag ghcr.io/octo/app:1 --load {REST}",
    ),
    "nowhere-outputs": (
        Nowhere(references=(ONE,)),
        {"outputs": ("type=docker,dest=x",)},
        f"--output type=docker,dest=x {NO_ATTESTATION} --tag ghcr.io/octo/app:1 {REST}",
    ),
    "nowhere-load-and-output": (
        Nowhere(references=(ONE,)),
        {"load": True, "outputs": ("type=docker,name=x:6",)},
        (
            f"--output type=docker,name=x:6 {NO_ATTESTATION} --tag ghcr.io/octo/app:1 --tag x:6 "
            f"--load {REST}"
        ),
    ),
    "nowhere-output-of-the-same-name": (
        Nowhere(references=(ONE,)),
        {"outputs": (f"type=docker,name={ONE}", "type=oci,dest=x,name=z:8")},
        (
            f"--output type=docker,name={ONE} --output type=oci,dest=x,name=z:8 {NO_ATTESTATION} "
            f"--tag {ONE} {REST}"
        ),
    ),
    "nowhere-output-alone": (
        Nowhere(),
        {"outputs": ("type=docker,name=x:6",)},
        f"--output type=docker,name=x:6 {NO_ATTESTATION} {REST}",
    ),
    "tags-push-no-name-of-an-output": (
        TagsByEngine(references=(ONE,)),
        {"outputs": ("type=docker,name=x:6",)},
        f"--output type=docker,name=x:6 {NO_ATTESTATION} --tag {ONE} --metadata-file MD --progress=rawjson --push .",
    ),
}


@pytest.mark.parametrize(("destination", "fields", "text"), DESTINATIONS.values(), ids=DESTINATIONS)
def test_command__destination(destination: Destination, fields: dict[str, Any], text: str) -> None:
    made = planned(BuildRequest(**fields), destination=destination)

    assert made.arguments == arguments(f"--iidfile IID {text}")


TAGS, DIGESTS, INDEX = (
    TagsByEngine(references=(ONE,)),
    ByDigest(names=(APP,)),
    BuildRequest(annotations=("index:a=b",)),
)
INDEXES: dict[str, tuple[Destination, dict[str, Any], bool]] = {
    "tags": (TAGS, {}, True),
    "digest": (DIGESTS, {}, True),
    "nowhere": (NOWHERE, {}, False),
    "tags-load": (TAGS, {"load": True}, False),
    "tags-image-output": (TAGS, {"outputs": ("type=image",)}, True),
    "tags-oci-output": (TAGS, {"outputs": ("type=oci,dest=x",)}, False),
    "digest-docker-output": (DIGESTS, {"outputs": ("type=docker,dest=x",)}, False),
    "nowhere-two-platforms": (NOWHERE, {"platforms": ("linux/amd64", "linux/arm64")}, True),
    "nowhere-forced": (NOWHERE, {"build_args": ("BUILDKIT_MULTI_PLATFORM=true",)}, True),
}


@pytest.mark.parametrize(("destination", "fields", "is_index"), INDEXES.values(), ids=INDEXES)
def test_command__inline_provenance_makes_an_index_only_in_a_registry(
    destination: Destination, fields: dict[str, Any], is_index: bool
) -> None:
    request = replace(INDEX, provenance="mode=min,inline-only=true", **fields)

    assert ("--annotation" in planned(request, destination=destination).arguments) is is_index
    found = build.warnings(request, buildx(), EVENT, destination=destination, fallback=Default.OFF)
    assert (found == ()) is is_index
