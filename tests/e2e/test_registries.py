"""What depends on the registry alone, as a process and as the action's image: publishing to each,
crossing TLS, whom we trust."""

import json
from collections.abc import Mapping

import pytest

from ghcr_action.values.reference import Tag
from tests.e2e import real_images
from tests.e2e.judges import Judges
from tests.e2e.places import REGISTRIES, Place, Process, agreed
from tests.e2e.runner import Job

DOCKERFILE = "FROM scratch\nARG TARGETPLATFORM\nCOPY <<TEXT /hello\n$TARGETPLATFORM\nTEXT\n"


@pytest.mark.parametrize("name", REGISTRIES)
def test_publish__two_platforms(
    name: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
) -> None:
    place, repository = places[name], places[name].repository()
    (step.workspace / "Dockerfile").write_text(DOCKERFILE)
    build = {"platforms": "linux/amd64,linux/arm64", "cache": "off", "provenance": "false"}
    inputs = {**place.inputs, **build, "images": str(repository), "tags": "1.0.0\nlatest"}

    done = step.run(inputs, **trust)

    assert done.exit_code == 0, done.raw_log
    assert done.outputs["image"] == f"{repository}@{done.outputs['digest']}"
    agreed(judged, f"{repository}:latest", done.outputs["digest"])
    assert judged.crane("digest", f"{repository}:1.0.0") == done.outputs["digest"]
    assert judged.tags(str(repository)) == {"1.0.0", "latest"}
    assert json.loads(done.outputs["digests"]) == judged.platforms(f"{repository}:latest")


@pytest.mark.parametrize("start", ["open", "password", "token"])
def test_promote__into_tls_and_back(
    start: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
) -> None:
    root, blobs = real_images.index(real_images.PLATFORMS[:2], attested=False)
    origin, abroad, home = (
        places[start].hold(root, blobs, "build"),
        places["tls"].repository(),
        places[start].repository(),
    )
    inputs = {**places[start].inputs, "mode": "promote"}

    there = step.run({**inputs, "source": f"{origin}:build", "tags": f"{abroad}:1.0.0"}, **trust)
    back = step.run({**inputs, "source": f"{abroad}:1.0.0", "tags": f"{home}:1.0.0"}, **trust)

    assert (there.exit_code, back.exit_code) == (0, 0), there.raw_log + back.raw_log
    for repository in (abroad, home):
        agreed(judged, f"{repository}:1.0.0", str(root.descriptor.digest))


@pytest.mark.parametrize("name", ["token", "ghcr"])
def test_login__none_reads_what_is_public_and_no_more(
    name: str, step: Process | Job, places: Mapping[str, Place]
) -> None:
    place = places[name]
    root, blobs = real_images.single(real_images.PLATFORMS[0])
    public, private = place.hold(root, blobs, "1", owner="public"), place.hold(root, blobs, "1")

    reads = step.run({"mode": "inspect", "source": f"{public}:1"})
    refused = step.run({"mode": "inspect", "source": f"{private}:1"})

    assert (reads.exit_code, reads.outputs["digest"]) == (0, str(root.descriptor.digest)), (
        reads.raw_log
    )
    assert refused.exit_code == 3, refused.raw_log
    assert refused.outputs["error-fix"] == (
        f"Give a login for {place.host}:\n    with:\n      registry: {place.host}\n"
        "      username: NAME\n      password: ${{ secrets.NAME }}"
    )


@pytest.mark.parametrize("name", ["token", "ghcr"])
def test_login__that_may_only_read_writes_nothing(
    name: str, step: Process | Job, places: Mapping[str, Place]
) -> None:
    place, reader = places[name], {"token": "octocat", "ghcr": "reader"}[name]
    root, blobs = real_images.single(real_images.PLATFORMS[0])
    repository = place.hold(root, blobs, "build")
    login = {"registry": place.host, "username": reader, "password": "read-only"}

    done = step.run(
        {
            **login,
            "mode": "promote",
            "source": f"{repository}:build",
            "tags": f"{repository}:latest",
        }
    )

    assert done.exit_code == 3, done.raw_log
    assert done.outputs.keys() & {"digest", "image", "pushed"} == set()
    assert place.registry.tags(repository) == (Tag("build"),)


@pytest.mark.parametrize("mode", ["promote", "pull", "inspect"])
def test_tls__an_authority_that_nobody_named(
    mode: str, step: Process | Job, places: Mapping[str, Place]
) -> None:
    own = {"promote": {"tags": "copy"}, "pull": {"output": "image"}, "inspect": {}}
    place, inputs = places["tls"], {"mode": mode, **own[mode]}
    root, blobs = real_images.single(real_images.PLATFORMS[0])
    repository = place.hold(root, blobs, "1")

    done = step.run({**inputs, "source": f"{repository}:1"})

    assert done.exit_code == 6, done.raw_log
    assert (
        done.outputs["error-cause"]
        == f"the TLS certificate of {place.host} is not signed by an authority that is trusted here"
    )
    assert "REQUESTS_CA_BUNDLE: ${{ runner.temp }}/ca.crt" in done.outputs["error-fix"]
    assert f"Could not read {repository}:1" in done.summary
    assert "digest" not in done.outputs
    assert list(step.workspace.glob("image/*")) == []
    assert place.registry.tags(repository) == (Tag("1"),)
