"""`mode: cleanup` over a package in memory: what goes, what stays, and every way to be stopped."""

import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ghcr_action.attestation import artifact, statements
from ghcr_action.cleanup import deleting, inventory
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.diagnosis import tell
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    ContentInvalid,
    LimitReached,
    NotFound,
    SettingsError,
    Unavailable,
)
from ghcr_action.modes import cleanup
from ghcr_action.ports import GitHub
from ghcr_action.settings import parse
from ghcr_action.settings.cleanup import CleanupSettings
from ghcr_action.values.event import PullRequest
from ghcr_action.values.github import Package, PackageVersion, RateBudget
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.reference import Digest, Reference, Repository, Tag
from ghcr_action.values.secret import Secret
from tests.fakes import ports as fakes
from tests.fakes.clock import FakeClock
from tests.fakes.events import push_event, schedule_event
from tests.fakes.github import FakeGitHub
from tests.fakes.images import digest_tag, index, manifest
from tests.fakes.packages import START, FakePackages
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace

APP = Repository("ghcr.io", "octo/app")
TOOL = Repository("ghcr.io", "octo/tool")
NOW = datetime(2026, 11, 23, 11, 36, 5, tzinfo=UTC)
RESET = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
AMD, ARM, BASE = (
    manifest("old-amd", layers={"base": 1000, "old": 10}),
    manifest("old-arm", layers={"arm": 500}),
    manifest("base"),
)
OLD = index("old", AMD, ARM)
NEW = index("new", manifest("new-amd", layers={"base": 1000, "new": 10}))
SIGNATURE = manifest("signature", subject=OLD)


class World:
    """One package: an image that lost its tag with its signature, ``latest`` and ``pr-7``."""

    def __init__(self) -> None:
        self.store = FakePackages()
        self.github = FakeGitHub(store=self.store)
        self.ports = fakes.make(github=self.github, registry=self.store.registry)
        runner, clock, workspace = self.ports.runner, self.ports.clock, self.ports.workspace
        assert isinstance(runner, FakeRunner)
        assert isinstance(clock, FakeClock)
        assert isinstance(workspace, FakeWorkspace)
        self.runner, self.clock, self.workspace = runner, clock, workspace
        for document, tags in ((AMD, ()), (ARM, ()), (OLD, ()), (SIGNATURE, (digest_tag(OLD),))):
            self.push(document, *tags)
        self.push(manifest("new-amd", layers={"base": 1000, "new": 10}), days=20)
        self.push(NEW, "latest", "v2", days=20)
        self.push(manifest("pull"), "pr-7", days=10)

    def push(
        self, document: Manifest | Index, *tags: str, days: float = 30, repository: Repository = APP
    ) -> PackageVersion:
        return self.store.push(repository, document, *tags, at=NOW - timedelta(days=days))

    def clean(self, **given: str) -> tuple[Cleaned, ...]:
        return cleanup.run(settings(**{"dry_run": "false", **given}), self.ports)

    def use(self, github: GitHub) -> None:
        """Ask another GitHub over the same packages."""
        self.ports = replace(self.ports, github=github)

    def allow_puts(self) -> None:
        """What is put into the registry is listed by GitHub, as a tag that moves is."""
        self.store.registry.heard = self.store.hear

    @property
    def names(self) -> list[str]:
        """What the registry still holds."""
        held = self.store.registry.repositories[APP].manifests.values()
        return [document.annotations["name"] for document in held]

    def output(self, name: str) -> Any:
        return json.loads(self.runner.outputs[name])

    def deleted(self, name: str = "deleted") -> list[str]:
        return [entry["digest"] for entry in self.output(name)]


def settings(**given: str) -> CleanupSettings:
    texts = {"mode": "cleanup", "github-token": "t0ken"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    found = parse.settings(texts, {}, schedule_event())[0]
    assert isinstance(found, CleanupSettings)
    return found


def digests(*documents: Manifest | Index) -> list[str]:
    return [str(document.descriptor.digest) for document in documents]


@pytest.fixture
def world() -> World:
    return World()


def test_cleanup__takes_an_untagged_image_with_all_that_belongs_to_it(world: World) -> None:
    world.clean()

    assert world.names == ["new-amd", "new", "pull"]
    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)
    assert world.output("failed") == []
    assert [(entry["tags"], entry["reason"]) for entry in world.output("kept")] == [
        (["pr-7"], "no rule names its tag pr-7"),
        (["latest", "v2"], "no rule names its tag latest"),
    ]
    assert world.runner.outputs["freed"] == str(3 * 100 + 10 + 500)


def test_cleanup__leaves_a_list_to_restore_from(world: World) -> None:
    world.clean()

    file = world.runner.outputs["restore-file"]
    assert file == "/temp/cleanup-restore.json"
    deleted = [{"action": "delete", **entry} for entry in world.output("deleted")]
    assert json.loads(world.workspace.files[file]) == {
        "schema": "ghcr-action/cleanup/v1",
        "state": "deleted",
        "made": "2026-11-23T11:36:06+00:00",
        "packages": [{"package": "ghcr.io/octo/app", "versions": deleted}],
    }
    assert world.output("deleted")[0] == {
        "package": "ghcr.io/octo/app",
        "id": 3,
        "digest": digests(OLD)[0],
        "tags": [],
        "rule": "remove: untagged",
        "reason": "it has no tag",
    }


def test_cleanup__is_a_dry_run_unless_told_otherwise(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    cleanup.run(settings(), world.ports)

    assert len(world.names) == 7
    assert not any(call.startswith("delete") for call in world.github.calls)
    assert (world.deleted(), world.deleted("plan")) == ([], digests(OLD, AMD, ARM, SIGNATURE))
    assert world.runner.outputs["freed"] == "810"
    assert "ghcr.io/octo/app: dry run: 4 versions would go, 810 B would be free." in caplog.text
    assert f"Goes: untagged {digests(OLD)[0]} of 2026-10-24" in caplog.text
    assert "This was a dry run: nothing was deleted. With `dry-run: false` it is." in caplog.text
    assert "4 of 7 versions go: 1 images with what belongs to them; 3 stay." in caplog.text


def test_cleanup__a_dry_run_plans_what_a_real_run_does(world: World) -> None:
    world.clean(dry_run="true", remove="untagged,pr-*")
    planned = world.deleted("plan")

    world.clean(remove="untagged,pr-*")

    assert world.deleted() == planned
    assert len(planned) == 5


def test_cleanup__a_second_run_finds_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.clean()
    calls = len(world.github.calls)

    world.clean()

    assert world.deleted() == []
    assert not any(call.startswith("delete") for call in world.github.calls[calls:])
    assert "ghcr.io/octo/app: there is nothing to delete." in caplog.text


def test_cleanup__checks_what_a_delete_could_have_touched(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.push(index("shares", AMD), "v3", days=5)

    world.clean()

    heads = [subject for verb, subject in world.store.registry.calls if verb == "head"]
    assert sorted(heads) == sorted([f"{APP}:v3", f"{APP}@{digests(AMD)[0]}"])
    assert (
        "GitHub lists 5 versions, none of which needs one that went; the 2 tags and manifests "
        "that a delete could have touched answer."
    ) in caplog.text


def test_cleanup__what_does_not_answer_afterwards_is_an_error(world: World) -> None:
    world.push(index("shares", AMD), "v3", days=5)
    world.store.registry.lags[f"{APP}:v3"] = 1

    with pytest.raises(ContentInvalid) as raised:
        world.clean()

    assert raised.value.what == "After the clean-up 1 references of ghcr.io/octo/app do not answer"
    assert raised.value.why == "ghcr.io/octo/app:v3"
    assert "restore-file" in raised.value.fix
    assert len(world.deleted()) == 3


def test_cleanup__one_manifest_that_cannot_be_read_stops_everything(world: World) -> None:
    fault = Unavailable(f"Could not read {APP}@{digests(NEW)[0]}", why="502")
    world.store.registry.faults["raw", f"{APP}@{digests(NEW)[0]}"] = fault

    with pytest.raises(Unavailable) as raised:
        world.clean()

    assert raised.value.what.startswith(
        "Nothing was deleted, because not every manifest of ghcr.io/octo/app could be "
        "read. Could not read"
    )
    assert len(world.names) == 7


def test_cleanup__a_version_without_a_manifest_is_named_and_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    gone = world.push(manifest("gone"), "v0")
    del world.store.registry.repositories[APP].manifests[gone.digest]

    world.clean()

    assert world.names == ["new-amd", "new", "pull"]
    said = f"Version {gone.id} ({gone.digest}) is listed, and the registry does not have it"
    assert said in world.runner.summaries[0]
    world.clean(remove="ghosts")
    assert world.deleted() == [str(gone.digest)]


def test_cleanup__a_version_that_cannot_be_read_keeps_what_its_text_names(world: World) -> None:
    text = json.dumps({"schemaVersion": 1, "layers": None, "was": digests(AMD)[0]}).encode()
    contents = world.store.registry.repositories[APP]
    version = world.push(manifest("odd"), "v0")
    contents.odd[version.digest] = (text, "application/vnd.docker.distribution.manifest.v1+json")

    world.clean(remove="untagged,v0")

    assert world.names == ["old-amd", "new-amd", "new", "pull", "odd"]
    said = f"Version {version.id} ({version.digest}) can't be read as a manifest: "
    assert said in world.runner.summaries[0]


def test_cleanup__a_manifest_that_lags_behind_is_read_again(world: World) -> None:
    world.store.registry.lags[f"{APP}@{digests(NEW)[0]}"] = 1

    world.clean()

    assert world.clock.waits[0] == inventory.AGAIN.wait(0, 0.5)
    assert world.names == ["new-amd", "new", "pull"]


def test_cleanup__a_tag_given_meanwhile_counts(world: World) -> None:
    """Somebody tags the image while its manifests are read."""

    class Tagging(FakeGitHub):
        def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
            found = super().versions(repository)
            self.store.tag(repository, OLD.descriptor.digest, "stable")
            return found

    world.ports = replace(world.ports, github=Tagging(store=world.store))

    world.clean()

    assert len(world.names) == 7


def test_cleanup__an_image_that_is_promoted_while_others_go_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Its tag comes after the plan."""

    class Promoting(FakePackages):
        def delete(self, repository: Repository, version: PackageVersion) -> bool:
            if version.digest == OLD.descriptor.digest:
                self.tag(repository, manifest("pull").descriptor.digest, "pr-7", "stable")
            return super().delete(repository, version)

    store = Promoting(registry=world.store.registry, listed=world.store.listed)
    world.ports = replace(world.ports, github=FakeGitHub(store=store))

    world.clean(remove="untagged,pr-*")

    assert world.names == ["new-amd", "new", "pull"]
    assert "has other tags by now (pr-7, stable), so that it stays." in caplog.text


def test_cleanup__a_manifest_that_github_does_not_list_keeps_its_parts(world: World) -> None:
    hidden = index("hidden", OLD)
    outer = index("outer", hidden)
    world.store.registry.repositories[APP].manifests[hidden.descriptor.digest] = hidden
    world.push(outer, "nested")

    world.clean()

    assert "old-amd" in world.names


def test_cleanup__a_signature_of_what_github_does_not_list_stays(world: World) -> None:
    hidden = manifest("hidden")
    world.store.registry.repositories[APP].manifests[hidden.descriptor.digest] = hidden
    world.push(manifest("its signature", subject=hidden))

    world.clean()

    assert "its signature" in world.names


def test_cleanup__a_part_that_is_missing_already_is_no_reason_to_stop(world: World) -> None:
    world.push(index("partial", manifest("lost")), "partial")

    world.clean()

    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)


def test_cleanup__popular_versions_stay_with_everything_they_need(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.store.popular = {OLD.descriptor.digest}

    world.clean()

    assert len(world.names) == 7
    assert world.deleted() == []
    assert [entry["reason"] for entry in world.output("failed")] == [
        "Publicly visible package versions with more than 5000 downloads cannot be deleted."
    ]
    assert "so that it stays with everything it needs" in caplog.text
    assert (
        "3 versions stay after all: it belongs to something that stays"
    ) in world.runner.summaries[0]


def test_cleanup__a_popular_platform_stays_alone(world: World) -> None:
    world.store.popular = {ARM.descriptor.digest}

    world.clean()

    assert world.names == ["old-arm", "new-amd", "new", "pull"]
    assert world.deleted() == digests(OLD, AMD, SIGNATURE)


def test_cleanup__what_is_gone_already_is_done(world: World) -> None:
    class Stale(FakePackages):
        def delete(self, repository: Repository, version: PackageVersion) -> bool:
            super().delete(repository, version)
            return super().delete(repository, version)

    world.store = Stale(registry=world.store.registry, listed=world.store.listed)
    world.ports = replace(world.ports, github=FakeGitHub(store=world.store))

    (result,) = world.clean()

    assert (len(result.deletion.gone), result.deletion.deleted) == (4, [])
    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)


def test_cleanup__without_the_right_stops_at_once_and_says_what_to_grant(world: World) -> None:
    world.store.may_delete = False

    with pytest.raises(AccessDenied) as raised:
        world.clean()

    told = tell.tell(raised.value, push_event(), credentials={}, token=Secret("t0ken"))
    assert told.code == "GHCR-API-403-ADMIN"
    assert "role Admin on the package for octo/app" in told.why
    assert "packages: write" in told.fix
    assert "https://github.com/orgs/octo/packages/container/app/settings" in told.fix
    assert len([call for call in world.github.calls if call.startswith("delete")]) == 1
    assert len(world.names) == 7
    assert world.output("deleted") == []


def test_cleanup__passing_faults_are_tried_again(world: World) -> None:
    world.store.faults[OLD.descriptor.digest] = [
        Unavailable("x", why="502"),
        Unavailable("x", why="503"),
    ]

    world.clean()

    assert world.names == ["new-amd", "new", "pull"]


def test_cleanup__a_fault_that_stays_fails_the_run_and_spares_the_parts(world: World) -> None:
    world.store.faults[OLD.descriptor.digest] = [Unavailable("Could not delete it", why="502")] * 3

    with pytest.raises(
        Unavailable, match=re.escape("1 versions of ghcr.io/octo/app could not be deleted")
    ):
        world.clean(remove="untagged,pr-*")

    assert world.names == ["old-amd", "old-arm", "old", "signature", "new-amd", "new"]
    assert world.deleted() == digests(manifest("pull"))


def test_cleanup__a_github_that_keeps_failing_is_left_alone(world: World) -> None:
    for number in range(deleting.MOST_FAILURES + 5):
        junk = manifest(f"junk {number}")
        world.push(junk, days=25)
        world.store.faults[junk.descriptor.digest] = [
            Unavailable("Could not delete it", why="502")
        ] * 3

    with pytest.raises(Unavailable, match="5 versions of"):
        world.clean()

    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)
    assert "5 versions are left: 5 versions could not be deleted" in world.runner.summaries[0]


def test_cleanup__many_that_github_keeps_are_counted_in_the_summary(world: World) -> None:
    popular = [manifest(f"popular {number}") for number in range(25)]
    for document in popular:
        world.push(document)
    world.store.popular = {document.descriptor.digest for document in popular}

    world.clean()

    assert world.runner.summaries[0].count("> ") == 21
    assert "… and 5 more, all of them in the log" in world.runner.summaries[0]
    assert len(world.output("failed")) == 25


def test_cleanup__an_unknown_refusal_fails_the_run(world: World) -> None:
    world.store.faults[OLD.descriptor.digest] = [
        ActionError("Could not delete it", why="400: Something new.")
    ]

    with pytest.raises(Unavailable) as raised:
        world.clean()

    assert raised.value.why == "400: Something new."


def test_cleanup__a_limit_stops_politely(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.store.faults[ARM.descriptor.digest] = [
        Unavailable("x", why="rate limit", code=LimitReached.code)
    ]
    world.store.budget = RateBudget(remaining=1000, reset=RESET)

    world.clean(remove="untagged,pr-*")

    assert world.deleted() == digests(OLD, AMD)
    assert (
        "GitHub takes no more requests for now; new ones come at 12:05 UTC. 3 versions "
        "are left; run the clean-up again."
    ) in caplog.text


def test_cleanup__leaves_requests_for_others_and_goes_on_later(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.store.budget = RateBudget(remaining=deleting.RESERVE + 5, reset=RESET)

    world.clean(remove="untagged,pr-*")

    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)
    assert (
        "51 requests of this hour are left; new ones come at 12:05 UTC. 1 versions are left"
        in caplog.text
    )

    world.clock.sleep(3600)  # the requests are new
    world.clean(remove="untagged,pr-*")

    assert world.deleted() == digests(manifest("pull"))


def test_cleanup__deletes_no_faster_than_github_likes(world: World) -> None:
    world.clean()

    assert world.clock.elapsed == pytest.approx(4 * deleting.PAUSE)


def test_cleanup__several_packages_by_the_same_rules(world: World) -> None:
    world.push(manifest("tool"), "v1", repository=TOOL)
    world.push(manifest("junk"), repository=TOOL)

    results = world.clean(packages="app\nghcr.io/octo/tool")

    assert [str(result.repository) for result in results] == [
        "ghcr.io/octo/app",
        "ghcr.io/octo/tool",
    ]
    assert len(world.deleted()) == 5
    assert world.runner.summaries[0].count("###") == 2


def test_cleanup__a_package_that_changes_while_another_is_cleaned_up_waits(
    world: World,
) -> None:
    class Pushing(FakePackages):
        def delete(self, repository: Repository, version: PackageVersion) -> bool:
            if version.digest == OLD.descriptor.digest:
                self.push(TOOL, index("merged", manifest("junk")), "v2")
            return super().delete(repository, version)

    store = Pushing(registry=world.store.registry, listed=world.store.listed)
    store._ids = world.store._ids
    world.ports = replace(world.ports, github=FakeGitHub(store=store))
    world.push(manifest("tool"), "v1", repository=TOOL)
    world.push(manifest("junk"), repository=TOOL)

    world.clean(packages="app\ntool")

    assert world.deleted() == digests(OLD, AMD, ARM, SIGNATURE)
    (junk,) = [
        each for each in world.output("kept") if each["digest"] == digests(manifest("junk"))[0]
    ]
    assert junk["reason"] == "it belongs to something that stays"


def test_cleanup__nothing_is_deleted_where_one_package_cannot_be_planned(world: World) -> None:
    with pytest.raises(
        NotFound,
        match=re.escape("There is no package ghcr.io/octo/none, or this token may not see it"),
    ):
        world.clean(packages="app, none")

    assert len(world.names) == 7


def test_cleanup__closed_pull_requests_are_asked_for_after_the_list(world: World) -> None:
    world.github.packages[APP.path] = Package(visibility="public", repository="octo/app")
    world.push(manifest("open"), "pr-8")
    world.github.pulls = [
        PullRequest(
            number=8, head_sha="a", head_ref="t", head_repository="octo/app", base_ref="main"
        )
    ]

    world.clean(remove="closed-pull-requests")

    assert world.deleted() == digests(manifest("pull"))
    assert world.github.calls.index("open pulls") > world.github.calls.index("versions octo/app")


@pytest.mark.parametrize("linked", ["octo/other", ""], ids=["of another repository", "of nobody"])
def test_cleanup__closed_pull_requests_of_others_are_not_known(world: World, linked: str) -> None:
    world.github.packages[TOOL.path] = Package(visibility="public", repository=linked)
    world.push(manifest("pull"), "pr-7", repository=TOOL)

    with pytest.raises(SettingsError, match=re.escape("can't be used for ghcr.io/octo/tool")):
        world.clean(remove="closed-pull-requests", packages="tool")


def test_cleanup__the_summary_is_optional_and_says_it_all(world: World) -> None:
    world.clean(summary="false")
    assert world.runner.summaries == []

    world.clean(remove="pr-*", dry_run="true")

    assert world.runner.summaries[0].splitlines()[:11] == [
        "## Clean-up",
        "",
        "### ghcr.io/octo/app",
        "",
        "dry run: 1 versions would go, 100 B would be free",
        "",
        "| By rule | Images | Versions | Frees |",
        "| :-- | --: | --: | --: |",
        "| remove: pr-\\* | 1 | 1 | 100 B |",
        "",
        "| Goes | Digest | Versions | Because |",
    ]


def test_cleanup__a_run_that_is_killed_has_said_what_it_would_do(world: World) -> None:
    class KilledError(BaseException):
        pass

    class Killing(FakePackages):
        def delete(self, repository: Repository, version: PackageVersion) -> bool:
            if version.digest == ARM.descriptor.digest:
                assert (
                    json.loads(world.workspace.files["/temp/cleanup-restore.json"])["state"]
                    == "planned"
                )
                raise KilledError
            return super().delete(repository, version)

    world.ports = replace(
        world.ports,
        github=FakeGitHub(store=Killing(registry=world.store.registry, listed=world.store.listed)),
    )

    with pytest.raises(KilledError):
        world.clean()

    assert world.deleted() == digests(OLD, AMD, ARM)
    assert world.output("deleted")[-1]["rule"] == "under-way"


def test_cleanup__reads_manifests_by_digest_and_each_once(world: World) -> None:
    world.clean()

    reads = [subject for verb, subject in world.store.registry.calls if verb == "raw"]
    assert len(reads) == len(set(reads)) == 7
    assert all(Reference.parse(subject).digest for subject in reads)
    assert {Digest.parse(subject.partition("@")[2]) for subject in reads} >= {OLD.descriptor.digest}
    assert START < NOW


def test_cleanup__attestations_stay_with_their_image_and_go_with_it(world: World) -> None:
    """As `attest-registry` writes them: a referrer, and the index under the fallback tag."""
    kept, gone = bundle_of(NEW), bundle_of(OLD)
    for made, about in ((kept, NEW), (gone, OLD)):
        world.store.registry.repositories[APP].blobs |= {
            Digest.of(artifact.EMPTY): artifact.EMPTY,
            Digest.of(BUNDLE): BUNDLE,
        }
        world.push(made)
        world.push(index(f"{about.annotations['name']} is attested", made), digest_tag(about))

    world.clean()

    assert set(digests(gone)) <= set(world.deleted())
    held = world.store.registry.repositories[APP]
    assert kept.descriptor.digest in held.manifests
    assert gone.descriptor.digest not in held.manifests
    assert Tag(digest_tag(NEW)) in held.tags


BUNDLE = b'{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}'


def bundle_of(about: Manifest | Index) -> Manifest:
    made = artifact.manifest(BUNDLE, statements.PROVENANCE, about.descriptor, NOW)
    return replace(made, annotations={**made.annotations, "name": "attestation"})
