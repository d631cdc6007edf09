"""Promote, merge, pull and inspect as processes and as the action's image, on every registry; other
clients judge what they wrote."""

import json
from collections.abc import Mapping

import pytest

from ghcr_action.images import referrers, transfer
from ghcr_action.values.reference import Digest, Tag
from tests.e2e import real_images
from tests.e2e.judges import Judges
from tests.e2e.places import REGISTRIES, Place, Process, agreed
from tests.e2e.runner import Job
from tests.fakes.layout import MemoryLayout, on_disk
from tests.testbed import Testbed


@pytest.mark.parametrize("name", REGISTRIES)
def test_promote__many_tags_in_one_repository(
    name: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:2], attested=False)
    repository = place.hold(root, blobs, "build")

    done = step.run(
        {
            **place.inputs,
            "mode": "promote",
            "source": f"{repository}:build",
            "tags": "1.2.3\n1\nlatest",
        },
        **trust,
    )

    assert done.exit_code == 0, done.raw_log
    digest = str(root.descriptor.digest)
    assert done.outputs["digest"] == digest
    for tag in ("1.2.3", "1", "latest"):
        agreed(judged, f"{repository}:{tag}", digest)
    assert judged.tags(str(repository)) == {"build", "1.2.3", "1", "latest"}
    assert json.loads(done.outputs["previous-digests"]) == dict.fromkeys(
        (f"{repository}:{tag}" for tag in ("1.2.3", "1", "latest")), ""
    )


@pytest.mark.parametrize(
    ("start", "target"),
    [("token", "password"), ("password", "tls"), ("tls", "ghcr"), ("ghcr", "ghcr")],
)
def test_promote__twelve_platforms_with_attestations_and_referrers(
    start: str,
    target: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
) -> None:
    root, blobs = real_images.index()
    repository = places[start].hold(root, blobs, "build")
    client = places[start].registry
    child = client.manifest(repository.at(root.manifests[0].digest))
    assert child is not None
    sboms = [
        real_images.referrer(root, b"sbom of all"),
        real_images.referrer(child, b"sbom of one"),
    ]
    for (sbom, content), subject in zip(sboms, (root, child), strict=True):
        transfer.push(MemoryLayout(sbom, content), sbom.descriptor, repository, client)
        referrers.declare(client, repository, subject.descriptor.digest, (sbom.descriptor,))
    abroad = places[target].repository()
    inputs = {
        **places[start].inputs,
        "mode": "promote",
        "source": f"{repository}:build",
        "tags": f"{abroad}:1.0.0\n{abroad}:latest",
    }

    done = step.run(inputs, **trust)
    again = step.run(inputs, **trust)

    assert (done.exit_code, again.exit_code) == (0, 0), done.raw_log + again.raw_log
    assert again.outputs["pushed"] == "false"
    digest = str(root.descriptor.digest)
    for tag in ("1.0.0", "latest"):
        assert judged.digests(f"{abroad}:{tag}") == {
            "crane": digest,
            "skopeo": digest,
            "oras": digest,
        }
    # Without --fast crane unpacks BuildKit's attestations as if they were layers, and refuses
    # whatever buildx itself pushes with them.
    assert judged.crane("validate", "--fast", "--remote", f"{abroad}:latest").startswith("PASS")
    for entry in root.manifests:
        assert client.manifest(abroad.at(entry.digest)) is not None
        if not entry.is_attestation:
            assert judged.crane("validate", "--remote", str(abroad.at(entry.digest))).startswith(
                "PASS"
            )
    for (sbom, _), subject in zip(sboms, (root, child), strict=True):
        assert [each.digest for each in client.referrers(abroad, subject.descriptor.digest)] == [
            sbom.descriptor.digest
        ]
        assert client.manifest(abroad.at(sbom.descriptor.digest)) == sbom


@pytest.mark.parametrize("name", REGISTRIES)
def test_merge__three_digests_become_one_index(
    name: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
) -> None:
    place = places[name]
    repository, digests = place.repository(), {}
    for platform in real_images.PLATFORMS[:3]:
        root, blobs = real_images.single(platform)
        transfer.push(MemoryLayout(root, blobs), root.descriptor, repository, place.registry)
        digests[str(platform)] = str(root.descriptor.digest)
    inputs = {**place.inputs, "mode": "merge", "images": str(repository), "tags": "1.0.0\nlatest"}

    done = step.run(
        {**inputs, "digests": json.dumps(digests), "platforms": ",".join(digests)}, **trust
    )

    assert done.exit_code == 0, done.raw_log
    for tag in ("1.0.0", "latest"):
        agreed(judged, f"{repository}:{tag}", done.outputs["digest"])
    assert (
        judged.platforms(f"{repository}:latest") == digests == json.loads(done.outputs["digests"])
    )


@pytest.mark.parametrize("name", REGISTRIES)
def test_inspect__says_what_the_judges_say(
    name: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:3])
    repository = place.hold(root, blobs, "1")

    done = step.run(
        {
            **place.inputs,
            "mode": "inspect",
            "source": f"{repository}:1",
            "expect-digest": str(root.descriptor.digest),
        },
        **trust,
    )

    assert done.exit_code == 0, done.raw_log
    told = json.loads(done.outputs["json"])[0]
    assert told["digest"] == judged.crane("digest", f"{repository}:1")
    assert {each["platform"]: each["digest"] for each in told["platforms"]} == judged.platforms(
        f"{repository}:1"
    )
    assert len(told["attestations"]) == 3
    assert "linux/arm64" in done.summary


@pytest.mark.parametrize("name", REGISTRIES)
def test_pull__into_a_layout_that_others_read(
    name: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    judged: Judges,
    testbed: Testbed,
) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:3])
    repository = place.hold(root, blobs, "1")

    done = step.run(
        {**place.inputs, "mode": "pull", "source": f"{repository}:1", "output": "image"}, **trust
    )

    assert done.exit_code == 0, done.raw_log
    directory = step.workspace / "image"
    assert on_disk(directory).root().digest == root.descriptor.digest
    assert testbed.run("oras", "resolve", "--oci-layout", f"{directory}:1") == str(
        root.descriptor.digest
    )
    copy = f"oci:{directory}:1"
    raw = testbed.run("skopeo", "inspect", "--raw", copy)
    assert Digest.of(raw.encode()) == root.descriptor.digest
    assert done.outputs["image"] == f"{repository}@{root.descriptor.digest}"


@pytest.mark.parametrize("name", REGISTRIES)
def test_pull__into_the_engine(
    name: str,
    step: Process | Job,
    trust: Mapping[str, str],
    places: Mapping[str, Place],
    testbed: Testbed,
) -> None:
    place = places[name]
    root, blobs = real_images.index(real_images.PLATFORMS[:2], attested=False)
    repository = place.hold(root, blobs, "1")
    pinned = f"{repository}@{root.descriptor.digest}"
    inputs = {**place.inputs, "mode": "pull", "source": f"{repository}:1"}

    first = step.run(inputs, **trust)
    again = step.run({**inputs, "fresh": "true"}, **trust)

    assert (first.exit_code, again.exit_code) == (0, 0), first.raw_log + again.raw_log
    assert again.outputs["image"] == pinned
    for reference in (pinned, f"{repository}:1"):
        assert pinned in json.loads(
            testbed.run(
                "docker", "image", "inspect", "--format", "{{json .RepoDigests}}", reference
            )
        )
    testbed.run("docker", "image", "rm", "--force", f"{repository}:1", pinned)


def test_promote__a_moved_expectation_stops_with_words(
    step: Process | Job, trust: Mapping[str, str], places: Mapping[str, Place]
) -> None:
    place = places["token"]
    root, blobs = real_images.single(real_images.PLATFORMS[0])
    repository = place.hold(root, blobs, "build")

    done = step.run(
        {
            **place.inputs,
            "mode": "promote",
            "source": f"{repository}:build",
            "tags": "latest",
            "expect-digest": "sha256:" + "0" * 64,
        },
        **trust,
    )

    assert done.exit_code == 7, done.raw_log
    assert done.outputs["error-code"] == "OTHER-DIGEST"
    assert place.registry.head(repository.tag(Tag("latest"))) is None
