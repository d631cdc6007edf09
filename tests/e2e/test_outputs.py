"""What people write into `outputs`, as an independent client finds it in the registry."""

import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.e2e.places import Done, Process
from tests.testbed import Testbed

DESCRIPTION = "org.opencontainers.image.description"
TWO = "linux/amd64,linux/arm64"
EPOCH = "1767225600"


@pytest.fixture
def process(tmp_path: Any, testbed: Testbed, api_url: str) -> Process:
    made = Process(tmp_path / "p", testbed, token=TOKEN, api_url=api_url)
    (made.workspace / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    return made


@pytest.fixture
def name(testbed: Testbed, repository: str) -> str:
    return f"{testbed.registry}/{repository}"


def publish(process: Process, given: Mapping[str, str], **environment: str) -> Done:
    done = process.run({"cache": "off", "provenance": "false", **given}, **environment)
    assert done.exit_code == 0, done.raw_log
    return done


def manifest(judge: Judges, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(judge.crane("manifest", reference))
    return found


@pytest.mark.parametrize("output", ["type=image,push=true", "type=registry"])
def test_outputs__that_push_publish(
    process: Process, name: str, judge: Judges, output: str
) -> None:
    done = publish(process, {"tags": f"{name}:1", "outputs": output})

    assert judge.tags(name) == {"1"}
    assert set(judge.digests(f"{name}:1").values()) == {done.outputs["digest"]}


def test_outputs__the_description_that_github_recommends(
    process: Process, name: str, judge: Judges
) -> None:
    words = f"type=image,name=target,annotation-index.{DESCRIPTION}=My own words"

    publish(
        process,
        {"images": name, "tags": "1", "push": "true", "platforms": TWO, "outputs": words},
    )

    assert manifest(judge, f"{name}:1")["annotations"][DESCRIPTION] == "My own words"


GZIP, ZSTD = (
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
)
OPTIONS = {
    "compression=zstd,force-compression=true": ZSTD,
    "compression=uncompressed,force-compression=true": "application/vnd.oci.image.layer.v1.tar",
    "compression=gzip,compression-level=9,force-compression=true": GZIP,
    "rewrite-timestamp=true": GZIP,
    "store=true": GZIP,
    "unpack=true": GZIP,
    "oci-artifact=true": GZIP,
    "registry.insecure=true": GZIP,
}


@pytest.mark.parametrize("option", OPTIONS)
def test_outputs__options_are_those_of_the_published_image(
    process: Process, name: str, judge: Judges, testbed: Testbed, option: str
) -> None:
    given = {"images": name, "tags": "1", "push": "true", "outputs": f"type=image,{option}"}

    done = publish(process, given, SOURCE_DATE_EPOCH=EPOCH)

    types = {layer["mediaType"] for layer in manifest(judge, f"{name}:1")["layers"]}
    assert types == {OPTIONS[option]}
    assert set(judge.digests(f"{name}:1").values()) == {done.outputs["digest"]}
    if option == "store=true":
        testbed.run("docker", "image", "inspect", f"{name}@{done.outputs['digest']}")


def test_outputs__dockers_media_types_without_annotations(
    process: Process, name: str, judge: Judges
) -> None:
    given = {"images": name, "tags": "1", "outputs": "type=registry,oci-mediatypes=false"}

    done = publish(process, {**given, "annotation-levels": "index"})

    found = manifest(judge, f"{name}:1")
    assert found["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    assert judge.crane("digest", f"{name}:1") == done.outputs["digest"]


def test_outputs__a_name_is_protected_like_any_tag(
    process: Process, name: str, judge: Judges
) -> None:
    first = publish(process, {"tags": f"{name}:1.2.3"})
    (process.workspace / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /other\n")
    given = {
        "tags": f"{name}:1.2.4",
        "immutable-tags": "[0-9]*.*.*",
        "outputs": f"type=image,name={name}:1.2.3,push=true",
    }

    refused = process.run({"cache": "off", "provenance": "false", **given})

    assert refused.exit_code == 7, refused.raw_log
    assert judge.tags(name) == {"1.2.3"}
    assert judge.crane("digest", f"{name}:1.2.3") == first.outputs["digest"]


@pytest.mark.parametrize("output", ["type=local,dest=bin", "type=tar,dest=bin.tar", "bin"])
def test_outputs__files_alone_publish_nothing(
    process: Process, name: str, judge: Judges, output: str
) -> None:
    done = publish(process, {"images": name, "outputs": output})

    assert (done.outputs["pushed"], done.outputs["digest"]) == ("false", "")
    registry, _, repository = name.partition("/")
    assert repository not in judge.crane("catalog", registry).split()
    assert [path.name for path in process.workspace.iterdir() if path.name.startswith("bin")]


@pytest.mark.parametrize("kind", ["oci", "docker"])
def test_outputs__an_archive_beside_a_push_has_the_images_names(
    process: Process, name: str, judge: Judges, kind: str
) -> None:
    given = {"images": name, "tags": "1\n2", "push": "true", "outputs": f"type={kind},dest=a.tar"}

    done = publish(process, given)

    with tarfile.open(process.workspace / "a.tar") as archive:
        index = archive.extractfile("index.json")
        assert index
        listed = json.loads(index.read())["manifests"]
    assert [entry["annotations"]["io.containerd.image.name"] for entry in listed] == [
        f"{name}:1",
        f"{name}:2",
    ]
    if kind == "oci":
        assert {entry["digest"] for entry in listed} == {done.outputs["digest"]}
    assert judge.tags(name) == {"1", "2"}


def test_repeat__the_same_commit_gives_the_same_digest_and_meets_its_own_tags(
    process: Process, name: str, judge: Judges
) -> None:
    given = {
        "images": name,
        "tags": "type=raw,value=1.2.3\ntype=raw,value=1.2",
        "immutable-tags": "[0-9]*.*.*",
        "platforms": TWO,
    }

    first = publish(process, given, SOURCE_DATE_EPOCH=EPOCH)
    second = publish(process, given, SOURCE_DATE_EPOCH=EPOCH)

    assert first.outputs["digest"] == second.outputs["digest"]
    assert set(judge.digests(f"{name}:1.2.3").values()) == {first.outputs["digest"]}
    assert judge.crane("digest", f"{name}:1.2") == first.outputs["digest"]
