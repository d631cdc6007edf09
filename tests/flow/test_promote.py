"""`mode: promote` over working fakes."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from ghcr_action.errors import AccessDenied, ActionError, NotFound, PolicyRefused, SettingsError
from ghcr_action.images import referrers, transfer
from ghcr_action.modes import promote
from ghcr_action.plans.promote import Plan
from ghcr_action.values import oci
from ghcr_action.values.event import Event, RepositoryFacts
from ghcr_action.values.oci import Descriptor, Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from tests.fakes.engine import image
from tests.fakes.events import push_event, tag_event
from tests.fakes.github import FakeGitHub
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry
from tests.flow.existing import AMD64, APP, ARM64, ARMV7, World, artifact, settings

OTHER = Repository("ghcr.io", "octo/released")
ABROAD = Repository("quay.io", "octo/app")


@pytest.fixture
def world() -> World:
    return World()


def promoted(world: World, event: Event | None = None, /, **given: str) -> Plan:
    return promote.run(
        settings("promote", event, **({"source": f"{APP}:build"} | given)), world.ports
    )


def test_promote__a_tag_gets_more_tags_with_the_same_bytes(world: World) -> None:
    root = world.hold(f"{APP}:build", AMD64, ARM64)

    promoted(world, tags="latest\n1.2.3\n1")

    digest = str(root.descriptor.digest)
    assert [world.digest(f"{APP}:{tag}") for tag in ("1.2.3", "1", "latest")] == [digest] * 3
    assert world.writes[0] == f"{APP}:1.2.3"
    assert set(world.writes[1:]) == {f"{APP}:latest", f"{APP}:1"}
    assert world.registry.manifest(Reference.parse(f"{APP}:latest")) == root
    outputs = world.runner.outputs
    assert (outputs["digest"], outputs["image"], outputs["pushed"], outputs["reason"]) == (
        digest,
        f"{APP}@{digest}",
        "true",
        "",
    )
    assert outputs["tags"].splitlines() == [f"{APP}:1.2.3", f"{APP}:latest", f"{APP}:1"]
    assert list(json.loads(outputs["digests"])) == ["linux/amd64", "linux/arm64"]
    assert "✅ promoted" in world.runner.summaries[0]


def test_promote__no_blob_and_no_manifest_is_moved_inside_a_repository(world: World) -> None:
    world.hold(f"{APP}:build")

    promoted(world, tags="latest")

    asked_together, then = world.registry.calls[:2], world.registry.calls[2:]
    assert sorted(asked_together) == [("head", f"{APP}:latest"), ("manifest", f"{APP}:build")]
    assert then == [("head", f"{APP}:build"), ("put", f"{APP}:latest"), ("head", f"{APP}:latest")]


class AskedGitHub(FakeGitHub):
    """Remembers whether it was asked about the repository."""

    was_asked = False

    def repository(self) -> RepositoryFacts | None:
        self.was_asked = True
        return super().repository()


@pytest.mark.parametrize(
    ("tags", "asks"),
    [
        ("latest", False),
        ("type=ref,event=branch", False),
        ("type=edge,branch=main", False),
        ("type=edge\nlatest", True),
        ("type=raw,value=x,enable={{is_default_branch}}\nlatest", True),
    ],
)
def test_promote__asks_github_only_where_a_name_depends_on_the_default_branch(
    world: World, tags: str, *, asks: bool
) -> None:
    github = AskedGitHub()
    world.ports = replace(world.ports, github=github)
    world.hold(f"{APP}:build")

    promoted(world, push_event(default_branch="", facts=None), tags=tags)

    assert github.was_asked is asks


def test_promote__previous_digests_are_the_way_back(world: World) -> None:
    old = world.hold(f"{APP}:latest", ARM64)
    world.hold(f"{APP}:build")

    promoted(world, tags="latest\nnew")
    assert json.loads(world.runner.outputs["previous-digests"]) == {
        f"{APP}:latest": str(old.descriptor.digest),
        f"{APP}:new": "",
    }

    promoted(world, source=f"{APP}@{old.descriptor.digest}", tags="latest")
    assert world.digest(f"{APP}:latest") == str(old.descriptor.digest)


def test_promote__again_writes_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    root = world.hold(f"{APP}:build")
    promoted(world, tags="latest")
    world.registry.calls.clear()

    promoted(world, tags="latest")

    assert world.writes == []
    assert world.runner.outputs["reason"] == f"every name holds {root.descriptor.digest} already"
    assert world.runner.outputs["tags"] == f"{APP}:latest"
    assert f"{APP}:latest holds this digest already." in caplog.messages


@pytest.mark.parametrize("mounts", [True, False], ids=["mount", "upload"])
def test_promote__to_other_repositories_and_registries(world: World, mounts: bool) -> None:
    world.registry.mounts = mounts
    root = world.hold(f"{APP}:build", AMD64, ARM64, attested=True)

    promoted(world, tags=f"{OTHER}:1.0.0\n{ABROAD}:1.0.0\n{ABROAD}:latest")

    for repository in (OTHER, ABROAD):
        held, source = world.registry.repositories[repository], world.registry.repositories[APP]
        assert held.manifests == source.manifests
        assert held.blobs == source.blobs
        assert held.tags[Tag("1.0.0")] == root.descriptor.digest
    assert world.runner.outputs["images"].splitlines() == [
        f"{each}@{root.descriptor.digest}" for each in (OTHER, ABROAD)
    ]


def test_promote__content_comes_before_every_name(world: World) -> None:
    world.hold(f"{APP}:build", AMD64, ARM64)

    promoted(world, tags=f"{OTHER}:latest\n{ABROAD}:1.0.0")

    assert world.writes[-2:] == [f"{ABROAD}:1.0.0", f"{OTHER}:latest"]
    assert all("@" in name for name in world.writes[:-2])


def test_promote__only_repositories_keep_the_tag(world: World) -> None:
    root = world.hold(f"{APP}:build")

    promoted(world, images="quay.io/Octo/App")

    assert world.digest(f"{ABROAD}:build") == str(root.descriptor.digest)


def test_promote__tag_rules_of_the_event(world: World) -> None:
    root = world.hold(f"{APP}:build")

    promoted(
        world,
        tag_event("v1.2.3"),
        tags="type=semver,pattern={{version}}\ntype=semver,pattern={{major}}",
    )

    assert {
        tag.name: str(digest) for tag, digest in world.registry.repositories[APP].tags.items()
    } == dict.fromkeys(("build", "1.2.3", "1", "latest"), str(root.descriptor.digest))


def test_promote__moving_tags_never_go_back(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world.hold(f"{APP}:2.0.0", ARM64)
    world.hold(f"{APP}:latest", ARM64)
    root = world.hold(f"{APP}:1.2.4")

    promoted(world, source=f"{APP}:1.2.4", tags="1\nlatest")

    assert world.digest(f"{APP}:1") == str(root.descriptor.digest)
    assert world.digest(f"{APP}:latest") != str(root.descriptor.digest)
    told = f"{APP}:latest stays where it is: 2.0.0 is newer than 1.2.4."
    assert told in caplog.messages
    assert "2.0.0 is newer than 1.2.4" in world.runner.summaries[0]
    assert json.loads(world.runner.outputs["plan"])["stay"] == [
        {"tag": f"{APP}:latest", "reason": "2.0.0 is newer than 1.2.4"}
    ]


def test_promote__nothing_but_names_that_stay(world: World) -> None:
    world.hold(f"{APP}:2.0.0-rc.1")

    promoted(world, source=f"{APP}:2.0.0-rc.1", tags="latest")

    assert world.writes == []
    assert (
        world.runner.outputs["reason"]
        == f"{APP}:latest stays where it is: 2.0.0-rc.1 is a pre-release"
    )


def test_promote__no_rule_yields_a_name(world: World) -> None:
    world.hold(f"{APP}:build")

    promoted(world, push_event(), tags="type=semver,pattern={{version}}")

    assert world.runner.outputs["reason"] == "no tag rule yields a name for this event"


def test_promote__a_protected_tag_with_another_digest(world: World) -> None:
    world.hold(f"{APP}:1.0.0", ARM64)
    world.hold(f"{APP}:build")

    with pytest.raises(PolicyRefused, match="A tag of `immutable-tags` exists"):
        promoted(world, tags="1.0.0\nlatest", immutable_tags="*.*.*")
    assert world.writes == []

    promoted(world, tags="1.0.0\nlatest\nnew", immutable_tags="*.*.*", if_exists="skip")
    assert world.writes == [f"{APP}:new"]

    promoted(world, tags="1.0.0", immutable_tags="*.*.*", if_exists="overwrite")
    assert world.writes == [f"{APP}:new", f"{APP}:1.0.0"]


def test_promote__a_protected_tag_with_the_same_digest(world: World) -> None:
    world.hold(f"{APP}:build")

    promoted(world, tags="1.0.0", immutable_tags="*")
    promoted(world, tags="1.0.0", immutable_tags="*")

    assert world.writes == [f"{APP}:1.0.0"]


def test_promote__dry_run_prints_the_same_plan(world: World) -> None:
    world.hold(f"{APP}:build")

    planned = promoted(world, tags=f"latest\n{ABROAD}:1", dry_run="true")

    assert {verb for verb, _ in world.registry.calls} == {"manifest", "head"}
    assert world.runner.outputs["pushed"] == "false"
    assert "planned" in world.runner.summaries[0]
    assert promoted(world, tags=f"latest\n{ABROAD}:1") == planned


def test_promote__expected_digest(world: World) -> None:
    root = world.hold(f"{APP}:build")
    promoted(world, tags="one", expect_digest=str(root.descriptor.digest))
    world.hold(f"{APP}:build", ARM64)

    with pytest.raises(PolicyRefused, match="is not the expected image") as caught:
        promoted(world, tags="two", expect_digest=str(root.descriptor.digest))

    assert caught.value.code == "OTHER-DIGEST"
    assert world.digest(f"{APP}:two") == ""


class MovingRegistry(FakeRegistry):
    """Somebody else moves the source between our read and our write."""

    def __init__(self, move: Callable[["MovingRegistry"], None]) -> None:
        super().__init__()
        self.move = move

    def manifest(self, reference: Reference) -> Manifest | Index | None:
        found = super().manifest(reference)
        self.move(self)
        return found


@pytest.mark.parametrize("gone", [False, True], ids=["another digest", "deleted"])
def test_promote__a_source_that_moves_meanwhile(world: World, gone: bool) -> None:
    new, old = world.hold(f"{APP}:next", ARM64), world.hold(f"{APP}:build")
    tags = world.registry.repositories[APP].tags

    def move(_: MovingRegistry) -> None:
        tags.pop(Tag("build")) if gone else tags.update({Tag("build"): new.descriptor.digest})

    moving = MovingRegistry(move)
    moving.repositories = world.registry.repositories
    world.ports = type(world.ports)(**{**vars(world.ports), "registry": moving})

    with pytest.raises(PolicyRefused, match="moved while this ran") as caught:
        promoted(world, tags="latest")

    now = "gone" if gone else str(new.descriptor.digest)
    assert caught.value.why == f"it was {old.descriptor.digest}, and is {now}"
    assert Tag("latest") not in tags


@pytest.mark.parametrize(
    ("platforms", "kept"),
    [
        ("linux/arm64", 1),
        ("linux/amd64,linux/arm64", 4),
        ("linux/amd64,linux/arm64,linux/arm/v7", 6),
    ],
    ids=["one", "two of three", "all"],
)
def test_promote__chosen_platforms(world: World, platforms: str, kept: int) -> None:
    root = world.hold(f"{APP}:build", AMD64, ARM64, ARMV7, attested=True)
    assert isinstance(root, Index)

    promoted(world, tags=f"some\n{ABROAD}:some", platforms=platforms)

    for repository in (APP, ABROAD):
        found = world.registry.manifest(repository.tag(Tag("some")))
        if kept == 1:
            assert found is not None
            assert found.descriptor.digest == root.platforms[1].digest
        else:
            assert isinstance(found, Index)
            assert len(found.manifests) == kept
            assert (found == root) is (kept == 6)


def test_promote__a_platform_that_is_not_there(world: World) -> None:
    world.hold(f"{APP}:build", AMD64, ARM64)

    with pytest.raises(NotFound, match="has no linux/s390x"):
        promoted(world, tags="some", platforms="linux/s390x")


def test_promote__a_single_manifest_has_nothing_to_choose_from(world: World) -> None:
    root = world.hold(f"{APP}:build")

    assert promoted(world, tags="some", platforms="linux/amd64").digest == root.descriptor.digest


def test_promote__referrers_of_every_depth_go_along(world: World) -> None:
    root = world.hold(f"{APP}:build", AMD64, ARM64)
    assert isinstance(root, Index)
    child = world.registry.manifest(APP.at(root.manifests[0].digest))
    assert child is not None
    sbom = world.refer(APP, child)
    signature = world.refer(APP, sbom, b"signature of the sbom")

    promoted(world, tags=f"{ABROAD}:1.0.0")

    assert world.registry.referrers(ABROAD, child.descriptor.digest) == (sbom.descriptor,)
    assert world.registry.referrers(ABROAD, sbom.descriptor.digest) == (signature.descriptor,)
    assert world.writes[-1] == f"{ABROAD}:1.0.0"


def test_promote__without_referrers(world: World) -> None:
    root = world.hold(f"{APP}:build")
    world.refer(APP, root)

    promoted(world, tags=f"{ABROAD}:1.0.0", referrers="false")

    assert world.registry.referrers(ABROAD, root.descriptor.digest) == ()


class WithoutReferrers(FakeRegistry):
    """No referrers API: what the fallback tag says."""

    def referrers(self, repository: Repository, subject: Digest) -> tuple[Descriptor, ...]:
        found = self._find("referrers", repository.tag(oci.fallback_tag(subject)))
        return found.manifests if isinstance(found, Index) else ()


def test_promote__referrers_by_the_fallback_tag(world: World) -> None:
    world.registry = WithoutReferrers()
    world.ports = type(world.ports)(**{**vars(world.ports), "registry": world.registry})
    root = world.hold(f"{APP}:build")
    sbom = world.refer(APP, root)
    entry = sbom.descriptor
    index = oci.parse(
        oci.dump(
            {
                "schemaVersion": 2,
                "mediaType": oci.MediaType.OCI_INDEX,
                "manifests": [oci.describe(entry)],
            }
        )
    )
    world.registry.put(APP.tag(oci.fallback_tag(root.descriptor.digest)), index)

    promoted(world, tags=f"{ABROAD}:1.0.0")
    promoted(world, tags=f"{ABROAD}:1.0.0")

    assert world.registry.referrers(ABROAD, root.descriptor.digest) == (entry,)
    assert world.writes.count(f"{ABROAD}:{oci.fallback_tag(root.descriptor.digest)}") == 1


def test_promote__cosigns_tags_go_along(world: World) -> None:
    root = world.hold(f"{APP}:build")
    signature = artifact(b"signature", Descriptor(**vars(root.descriptor)))
    for blob, content in ((signature.config, b"{}"), (signature.layers[0], b"signature")):
        world.registry.repositories[APP].blobs[blob.digest] = content
    name = f"sha256-{root.descriptor.digest.encoded}.sig"
    world.registry.put(APP.tag(Tag(name)), signature)
    world.registry.put(APP.tag(Tag(f"sha256-{'0' * 64}.sig")), signature)
    world.registry.put(
        APP.tag(Tag(f"sha256-{root.descriptor.digest.encoded}.att")),
        world.hold(f"{APP}:index", AMD64, ARM64),
    )

    promoted(world, tags=f"{ABROAD}:1.0.0")

    assert [tag.name for tag in world.registry.repositories[ABROAD].tags] == [name, "1.0.0"]


def test_promote__more_referrers_than_anybody_believes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghcr_action.images.referrers.MAX_REFERRERS", 1)
    root = world.hold(f"{APP}:build")
    world.refer(APP, root)
    world.refer(APP, root, b"another")

    with pytest.raises(ActionError, match="more than 1 referrers"):
        promoted(world, tags=f"{ABROAD}:1.0.0")


def test_promote__interrupted_and_run_again(world: World) -> None:
    root = world.hold(f"{APP}:build", AMD64, ARM64)
    world.registry.unwritable = frozenset({str(ABROAD)})
    given = {"tags": f"{OTHER}:1.0.0\n{ABROAD}:1.0.0\n{ABROAD}:latest"}
    with pytest.raises(AccessDenied):
        promoted(world, **given)
    assert "previous-digests" in world.runner.outputs

    world.registry.unwritable = frozenset()
    promoted(world, **given)

    assert {world.digest(name) for name in given["tags"].splitlines()} == {
        str(root.descriptor.digest)
    }


def test_promote__an_index_whose_child_is_missing(world: World) -> None:
    root = world.hold(f"{APP}:build", AMD64, ARM64)
    assert isinstance(root, Index)
    world.registry.repositories[APP].manifests.pop(root.manifests[1].digest)

    with pytest.raises(NotFound, match=f"{APP}@{root.manifests[1].digest} is not there"):
        promoted(world, tags=f"{ABROAD}:1.0.0")

    assert world.writes == []


def test_promote__a_registry_that_lists_no_tags(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.hold(f"{APP}:1.0.0")
    world.registry.faults[("tags", str(APP))] = AccessDenied(
        "Could not list the tags", why="403: DENIED"
    )

    promoted(world, source=f"{APP}:1.0.0", tags="latest")
    assert world.writes == [f"{APP}:latest"]
    assert "nothing is known of newer releases: 403: DENIED" in caplog.text

    with pytest.raises(AccessDenied):
        promoted(world, source=f"{APP}:1.0.0", tags="1.0.1", immutable_tags="*")


def test_promote__a_source_that_is_not_there(world: World) -> None:
    with pytest.raises(NotFound, match=f"{APP}:build is not there"):
        promoted(world, tags="latest")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"source": "", "tags": "x"}, "`source` is empty"),
        ({"source": ""}, "There is no name to promote the image to"),
        ({}, "There is no name to promote ghcr.io/octo/app:build to"),
        (
            {"source": f"{APP}@sha256:{'0' * 64}", "images": "quay.io/octo/app"},
            "There is no name to promote",
        ),
        ({"source": "ghcr.io/octo/app:no/tag", "tags": "x"}, "`source`:"),
        ({"source": f"{APP}:1\n{APP}:2", "tags": "x"}, "`source` has 2 images"),
        ({"tags": "x", "expect_digest": "sha256:1"}, "`expect-digest`:"),
        ({"tags": "x", "platforms": "a/b/c/d"}, "`platforms`:"),
        ({"tags": "x", "if_exists": "maybe"}, "`if-exists` is 'maybe'"),
        ({"tags": "x", "moving_tags": "maybe"}, "`moving-tags` is 'maybe'"),
    ],
    ids=[
        "no source",
        "neither",
        "no target",
        "digest keeps no tag",
        "grammar",
        "two sources",
        "digest",
        "platform",
        "if-exists",
        "moving-tags",
    ],
)
def test_promote__inputs_that_are_wrong(world: World, given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError, match=problem):
        promoted(world, **given)


@pytest.mark.parametrize(
    ("source", "images", "expected"),
    [
        (":1.2", "", "ghcr.io/octo/app:1.2"),
        (":1.2", "quay.io/octo/tool", "quay.io/octo/tool:1.2"),
        ("sha256:" + "0" * 64, "", "ghcr.io/octo/app@sha256:" + "0" * 64),
        ("@sha256:" + "0" * 64, "", "ghcr.io/octo/app@sha256:" + "0" * 64),
        ("GHCR.io/Octo/App:RC1", "", "ghcr.io/octo/app:RC1"),
    ],
    ids=["tag", "tag of an image", "digest", "digest with @", "capitals"],
)
def test_source__short_forms(source: str, images: str, expected: str) -> None:
    assert str(settings("promote", source=source, images=images, tags="x").source) == expected


@pytest.mark.parametrize(
    ("mode", "source", "problem"),
    [("promote", ":1", "has no repository"), ("inspect", "", "`source` is empty")],
)
def test_source__outside_a_workflow_there_is_no_repository(
    mode: str, source: str, problem: str
) -> None:
    with pytest.raises(SettingsError, match=problem):
        settings(mode, push_event(repository=""), source=source, tags="ghcr.io/octo/app:x")


def test_declare__the_last_try_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghcr_action.images.referrers._TRIES", 1)
    root, blobs = image([AMD64])
    registry = WithoutReferrers()
    transfer.push(MemoryLayout(root, blobs), root.descriptor, ABROAD, registry)
    entry = replace(root.descriptor, artifact_type="application/x")

    referrers.declare(registry, ABROAD, root.descriptor.digest, [entry])

    assert registry.referrers(ABROAD, root.descriptor.digest) == (entry,)
