"""`mode: merge` over working fakes."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ghcr_action.errors import ContentInvalid, NotFound, PolicyRefused, SettingsError
from ghcr_action.images import transfer
from ghcr_action.modes import merge
from ghcr_action.plans.merge import Plan
from ghcr_action.settings import handed
from ghcr_action.settings.common import JOB_PREFIX
from ghcr_action.values import oci
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Index, Manifest, MediaType
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository
from tests.fakes.engine import image
from tests.fakes.events import push_event, tag_event
from tests.fakes.git import FakeGit
from tests.fakes.github import FakeGitHub
from tests.fakes.layout import MemoryLayout
from tests.flow.existing import AMD64, APP, ARM64, ARMV7, World, settings

CREATED = "org.opencontainers.image.created"
ABROAD = Repository("quay.io", "octo/app")
S390X = Platform("linux", "s390x")


@pytest.fixture
def world() -> World:
    return World()


def merged(world: World, event: Event | None = None, /, **given: str) -> Plan:
    outcome = merge.run(settings("merge", event, **given), world.ports)
    assert outcome is not None
    return outcome.plan


def pushed(
    world: World, *platforms: Platform, to: Repository = APP, attested: bool = False
) -> list[str]:
    """Each platform as a job of a matrix pushes it: by digest, no tag."""
    return [
        str(world.hold(f"{to}@", platform, attested=attested).descriptor.digest)
        for platform in platforms
    ]


def index_of(world: World, reference: str) -> Index:
    found = world.registry.manifest(Reference.parse(reference))
    assert isinstance(found, Index)
    return found


COMMITTED = datetime(2026, 4, 1, tzinfo=UTC)
TAGGED = tag_event("v1.2.3")
WHEN: dict[str, tuple[Event, dict[str, Any]]] = {
    "the work tree": (TAGGED, {"git": FakeGit(dates={TAGGED.sha: COMMITTED})}),
    "the event": (replace(TAGGED, commit_dates=((TAGGED.sha, COMMITTED.isoformat()),)), {}),
    "GitHub": (TAGGED, {"github": FakeGitHub(dates={TAGGED.sha: COMMITTED})}),
    "SOURCE_DATE_EPOCH": (TAGGED, {"environ": {"SOURCE_DATE_EPOCH": "1775001600"}}),
}


@pytest.mark.parametrize("source", WHEN)
def test_merge__of_the_same_digests_gives_the_same_index_an_hour_later(
    world: World, source: str
) -> None:
    event, ports = WHEN[source]
    world.ports = replace(world.ports, **ports)
    given = {
        "digests": "\n".join(pushed(world, AMD64, ARM64)),
        "tags": "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}",
        "immutable_tags": "[0-9]*.*.*",
    }

    first = merged(world, event, **given)
    world.ports.clock.sleep(3600)
    again = merged(world, event, **given)

    assert again.digest == first.digest
    assert index_of(world, f"{APP}:1.2.3").descriptor.digest == first.digest
    assert dict(index_of(world, f"{APP}:1.2.3").annotations)[CREATED] == "2026-04-01T00:00:00.000Z"


def test_merge__of_other_digests_does_not_pass_a_protected_tag(world: World) -> None:
    given = {"tags": "1.0.0", "immutable_tags": "*"}
    merged(world, TAGGED, digests="\n".join(pushed(world, AMD64, ARM64)), **given)

    with pytest.raises(PolicyRefused, match="A tag of `immutable-tags` exists"):
        merged(world, TAGGED, digests="\n".join(pushed(world, AMD64, ARMV7)), **given)


def test_merge__digests_become_one_index_with_names(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    arm, amd = pushed(world, ARM64, AMD64)

    merged(
        world,
        tag_event("v1.2.3"),
        digests=f"{arm}\n{amd}",
        tags="type=semver,pattern={{version}}",
        platforms="linux/amd64,linux/arm64",
    )

    index = index_of(world, f"{APP}:1.2.3")
    assert [(str(entry.platform), str(entry.digest)) for entry in index.manifests] == [
        ("linux/amd64", amd),
        ("linux/arm64", arm),
    ]
    assert world.digest(f"{APP}:latest") == str(index.descriptor.digest)
    assert index.annotations["org.opencontainers.image.source"] == "https://github.com/octo/app"
    outputs = world.runner.outputs
    assert outputs["digest"] == str(index.descriptor.digest)
    assert json.loads(outputs["digests"]) == {"linux/amd64": amd, "linux/arm64": arm}
    assert outputs["tags"].splitlines() == [f"{APP}:1.2.3", f"{APP}:latest"]
    assert (outputs["pushed"], outputs["image"]) == ("true", f"{APP}@{index.descriptor.digest}")
    assert int(outputs["size"]) > 0
    assert world.writes == [f"{APP}:1.2.3", f"{APP}:latest"]
    assert "✅ merged" in world.runner.summaries[0]
    assert f"  linux/amd64 {amd} of {APP}" in caplog.messages


def test_merge__the_order_of_the_jobs_does_not_matter(world: World) -> None:
    digests = pushed(world, ARM64, AMD64, ARMV7)

    first = merged(world, digests="\n".join(digests), tags="a")
    second = merged(world, digests="\n".join(reversed(digests)), tags="a")

    assert first.index == second.index


def test_merge__attestations_of_each_part_go_along(world: World) -> None:
    digests = pushed(world, ARM64, AMD64, attested=True)
    two = world.hold(f"{APP}@", ARMV7, S390X)

    merged(world, digests="\n".join((*digests, str(two.descriptor.digest))), tags="1")

    index = index_of(world, f"{APP}:1")
    assert [str(entry.platform) for entry in index.manifests] == [
        "linux/amd64",
        "linux/arm/v7",
        "linux/arm64",
        "linux/s390x",
        "unknown/unknown",
        "unknown/unknown",
    ]
    assert [entry.annotations[oci.ATTESTED_KEY] for entry in index.manifests[4:]] == [
        str(index.manifests[0].digest),
        str(index.manifests[2].digest),
    ]


def test_merge__into_other_repositories(world: World) -> None:
    arm = pushed(world, ARM64, to=ABROAD)[0]
    amd = pushed(world, AMD64)[0]

    merged(world, digests=f"{amd}\n{ABROAD}@{arm}", tags="1", images=f"{APP}\n{ABROAD}")

    for repository in (APP, ABROAD):
        index = index_of(world, f"{repository}:1")
        assert all(
            world.registry.manifest(repository.at(entry.digest)) for entry in index.manifests
        )
    assert world.writes[-2:] in ([f"{APP}:1", f"{ABROAD}:1"], [f"{ABROAD}:1", f"{APP}:1"])


def test_merge__annotations_by_level(world: World) -> None:
    digests = pushed(world, ARM64, AMD64)

    merged(
        world,
        digests="\n".join(digests),
        tags="1",
        annotations="index:team=a\nmanifest-descriptor[linux/arm64]:slow=yes\nmanifest-descriptor:all=yes\nmanifest:left=out",
    )

    index = index_of(world, f"{APP}:1")
    assert (index.annotations["team"], "left" in index.annotations) == ("a", False)
    assert [dict(entry.annotations) for entry in index.manifests] == [
        {"all": "yes"},
        {"slow": "yes", "all": "yes"},
    ]


def test_merge__dockers_own_media_types_stay_among_themselves() -> None:
    document = json.loads(image([AMD64])[0].raw) | {"mediaType": MediaType.DOCKER_MANIFEST}
    manifest = oci.parse(oci.dump(document))
    entry = type(manifest.descriptor)(**{**vars(manifest.descriptor), "platform": AMD64})

    from ghcr_action.plans import merge as merge_plan

    assert merge_plan.index([entry], ()).media_type == MediaType.DOCKER_INDEX
    assert merge_plan.index([entry], ("index:a=b",)).media_type == MediaType.OCI_INDEX


def test_merge__append_extends_the_index_that_is_there(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = (
        index_of(world, f"{APP}:1") if world.hold(f"{APP}:1", AMD64, ARM64, attested=True) else None
    )
    new = pushed(world, ARMV7)[0]

    merged(world, digests=new, tags="1", append="true")
    index = index_of(world, f"{APP}:1")
    assert [str(entry.platform) for entry in index.platforms] == [
        "linux/amd64",
        "linux/arm/v7",
        "linux/arm64",
    ]
    assert before is not None
    assert set(before.manifests) < set(index.manifests)
    assert "Kept of the index that is there: linux/amd64." in caplog.messages

    merged(world, digests=new, tags="1", append="true")
    assert index_of(world, f"{APP}:1").manifests == index.manifests


def test_merge__append_replaces_a_platform_and_its_attestation(world: World) -> None:
    world.hold(f"{APP}:1", AMD64, ARM64, attested=True)
    other = {**json.loads(image([ARM64])[0].raw), "annotations": {"new": "yes"}}
    manifest = oci.parse(oci.dump(other))
    world.registry.put(APP.at(manifest.descriptor.digest), manifest)

    merged(world, digests=str(manifest.descriptor.digest), tags="1", append="true")

    index = index_of(world, f"{APP}:1")
    assert [str(entry.digest) for entry in index.platforms][1] == str(manifest.descriptor.digest)
    assert len(index.manifests) == 3


def test_merge__append_to_nothing(world: World) -> None:
    merged(world, digests=pushed(world, AMD64)[0], tags="1", append="true")

    assert len(index_of(world, f"{APP}:1").manifests) == 1


def test_merge__two_digests_for_one_platform(world: World) -> None:
    one = pushed(world, AMD64)[0]
    other = oci.parse(oci.dump(json.loads(image([AMD64])[0].raw) | {"annotations": {"a": "b"}}))
    world.registry.put(APP.at(other.descriptor.digest), other)

    with pytest.raises(ContentInvalid, match="Two digests are for linux/amd64"):
        merged(world, digests=f"{one}\n{other.descriptor.digest}", tags="1")


def test_merge__a_platform_that_is_missing(world: World) -> None:
    with pytest.raises(
        ContentInvalid, match="No digest is for linux/arm64, linux/s390x: nothing was written"
    ):
        merged(
            world,
            digests=pushed(world, AMD64)[0],
            tags="1",
            platforms="linux/amd64,linux/arm64,linux/s390x",
        )

    assert world.writes == []


def test_merge__waits_for_a_digest_that_was_just_pushed(world: World) -> None:
    digest = pushed(world, AMD64)[0]
    world.registry.lags[f"{APP}@{digest}"] = 2

    merged(world, digests=digest, tags="1")

    assert world.ports.clock.monotonic() > 0


def test_merge__a_digest_that_does_not_exist(world: World) -> None:
    with pytest.raises(NotFound, match="is not there"):
        merged(world, digests="sha256:" + "0" * 64, tags="1")


def test_merge__an_artifact_is_no_image(world: World) -> None:
    root = world.hold(f"{APP}@")
    sbom = world.refer(APP, root)

    with pytest.raises(ContentInvalid, match="is no image"):
        merged(world, digests=str(sbom.descriptor.digest), tags="1")


def test_merge__dry_run_prints_the_index(world: World) -> None:
    digest = pushed(world, AMD64)[0]

    plan = merged(world, digests=digest, tags="1", dry_run="true")

    assert world.writes == []
    assert json.loads(world.runner.outputs["plan"])["index"] == json.loads(plan.index.raw)
    assert (world.runner.outputs["pushed"], "planned" in world.runner.summaries[0]) == (
        "false",
        True,
    )


def test_merge__without_verification(world: World) -> None:
    merged(world, digests=pushed(world, AMD64)[0], tags="1", verify="false")

    assert (world.runner.outputs["pushed"], world.runner.outputs["size"]) == ("true", "")


def test_merge__tags_that_stay_and_tags_that_are_protected(world: World) -> None:
    digest = pushed(world, AMD64)[0]
    world.hold(f"{APP}:1.0.0", ARM64)

    with pytest.raises(PolicyRefused):
        merged(world, digests=digest, tags="1.0.0", immutable_tags="*")
    merged(world, digests=digest, tags="1.0.0", immutable_tags="*", if_exists="skip")

    assert world.writes == []
    assert (
        world.runner.outputs["reason"]
        == f"{APP}:1.0.0 stays where it is: it exists, and `if-exists` is `skip`"
    )


def test_merge__interrupted_and_run_again(world: World) -> None:
    digests = "\n".join(pushed(world, AMD64, ARM64))
    world.registry.faults[("put", f"{APP}:latest")] = NotFound("lost")
    with pytest.raises(NotFound):
        merged(world, digests=digests, tags="1.0.0\nlatest")
    assert world.digest(f"{APP}:1.0.0") != ""

    world.registry.faults.clear()
    merged(world, digests=digests, tags="1.0.0\nlatest")

    assert world.digest(f"{APP}:1.0.0") == world.digest(f"{APP}:latest")


def test_merge__no_name(world: World) -> None:
    with pytest.raises(SettingsError, match="There is no tag to merge under"):
        merged(
            world,
            push_event(),
            digests=pushed(world, AMD64)[0],
            tags="type=semver,pattern={{version}}",
        )


A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{A}\n\n {B}\n", [A, B]),
        (f"quay.io/octo/app@{A}", [f"quay.io/octo/app@{A}"]),
        (json.dumps([A, B]), [A, B]),
        (json.dumps({"linux/amd64": A, "linux/arm64": B}), [A, B]),
        (
            json.dumps(
                {
                    "build": {
                        "result": "success",
                        "outputs": {"digest-amd64": A, "reason": "", "pushed": "true"},
                    }
                }
            ),
            [A],
        ),
        (json.dumps({"amd64": json.dumps({"linux/amd64": A}), "number": 1}), [A]),
        (json.dumps({"digest": A, "amd64": A, "image": f"ghcr.io/o/a@{A}", "metadata": ""}), None),
        (json.dumps({"amd64": A, "runner": "ubuntu-24.04-arm", "arm-runner": "x"}), [A]),
        ("", []),
    ],
    ids=[
        "lines",
        "with a name",
        "list",
        "platforms",
        "toJSON(needs)",
        "JSON in JSON",
        "one digest by several outputs",
        "outputs of the user's own",
        "nothing",
    ],
)
def test_digests__every_way_to_hand_them_over(text: str, expected: list[str] | None) -> None:
    assert list(handed.read(text)) == ([A, f"ghcr.io/o/a@{A}"] if expected is None else expected)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"digests": ""}, "`digests` has no digest"),
        ({"digests": "latest"}, "'latest' is neither"),
        ({"digests": json.dumps(["x"])}, "'x' is neither"),
        ({"digests": json.dumps({"digest-arm64": ""})}, "the digest of 'digest-arm64' is empty"),
        ({"digests": json.dumps({"linux/arm64": ""})}, "the digest of 'linux/arm64' is empty"),
        ({"digests": json.dumps({"amd64": A, "arm64": ""})}, "the digest of 'arm64' is empty"),
        ({"digests": json.dumps({"amd64": A, "arm64": None})}, "the digest of 'arm64' is empty"),
        ({"digests": json.dumps({"amd64": A, "arm64": " "})}, "the digest of 'arm64' is empty"),
        ({"digests": json.dumps({"one": A, "two": ""})}, "the digest of 'two' is empty"),
        (
            {"digests": json.dumps({"a": {"outputs": {"digest": A}}, "b": {"outputs": {"x": ""}}})},
            "the digest of 'b.outputs.x' is empty",
        ),
        ({"digests": json.dumps({"amd64": A, "arm64": "null"})}, "'arm64' has 'null', which is"),
        ({"digests": json.dumps({"x": A, "digest-arm-v7": "no"})}, "'digest-arm-v7' has 'no'"),
        ({"digests": json.dumps({"x": A, "y": A[:40]})}, "'y' has 'sha256:a+', which is neither"),
        ({"digests": json.dumps({"x": A, "y": f"ghcr.io/o/a@{A}0"})}, "which is neither a digest"),
        ({"digests": json.dumps({"amd64": A, "arm64": A})}, "twice under 'amd64' and 'arm64'"),
        ({"digests": json.dumps({"digest": A, "a": A, "b": A})}, "twice under 'a' and 'b'"),
        (
            {"digests": json.dumps({"a": {"digest": A}, "b": {"digest": A}})},
            "twice under 'a.digest' and 'b.digest'",
        ),
        ({"digests": json.dumps([A, A])}, "stands twice: did two jobs deliver the same"),
        ({"digests": f"{A}\n{A}"}, "stands twice: did two jobs deliver the same"),
        (
            {"digests": json.dumps({"x": f"{JOB_PREFIX}a", "y": f"{JOB_PREFIX}a"})},
            "the same matrix job stands twice under 'x' and 'y'",
        ),
        ({"digests": json.dumps({"x": f"{JOB_PREFIX}a", "y": ""})}, "the digest of 'y' is empty"),
        ({"digests": '{"a": '}, "is neither"),
        (
            {"digests": json.dumps({"reason": "[" * 60 + "]" * 60})},
            "'reason' has more than 50 levels of JSON",
        ),
        ({"digests": A, "append": "perhaps"}, "`append`"),
        ({"digests": A, "platforms": "/"}, "`platforms`"),
    ],
    ids=[
        "none",
        "a tag",
        "in a list",
        "an empty output",
        "an empty platform",
        "an empty key",
        "a key that is null",
        "a blank key",
        "an empty key of any name",
        "an empty key of a job",
        "a word for a platform",
        "a word for a digest",
        "a cut digest",
        "a long digest",
        "doubled",
        "doubled beside an output",
        "doubled by two jobs",
        "doubled in a list",
        "doubled lines",
        "doubled jobs",
        "an empty job where nobody knows how many there are",
        "half JSON",
        "deep JSON",
        "append",
        "platform",
    ],
)
def test_merge__inputs_that_are_wrong(world: World, given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        merged(world, **({"tags": "1"} | given))


def test_merge__a_digest_of_the_first_reference(world: World) -> None:
    digest = pushed(world, AMD64, to=ABROAD)[0]

    merged(world, digests=digest, tags=f"{ABROAD}:1")

    assert isinstance(world.registry.manifest(Reference.parse(f"{ABROAD}:1")), Index)


def test_merge__what_a_layout_pushed_by_digest(world: World) -> None:
    root, blobs = image([AMD64])
    transfer.push(MemoryLayout(root, blobs), root.descriptor, APP, world.registry)
    assert isinstance(root, Manifest)

    merged(world, digests=f"{APP}@{root.descriptor.digest}", tags="1")

    assert [entry.digest for entry in index_of(world, f"{APP}:1").manifests] == [
        root.descriptor.digest
    ]
