"""Signing in `publish` and `merge` over working fakes: what is signed, where it is kept, that no
name is written before, and each way to fail."""

import json
import logging
from typing import Any

import pytest

from ghcr_action.attestation import statements
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    ContentInvalid,
    SettingsError,
    Unavailable,
)
from ghcr_action.values.answer import Answer, Where
from ghcr_action.values.engine import EngineFacts
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Descriptor, Index
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Repository
from tests.fakes.engine import FACTS
from tests.fakes.events import fork_pull_request, push_event
from tests.fakes.http import Reply
from tests.fakes.sigstore.ports import FakeTrustRoots, instance
from tests.fakes.sigstore.services import FULCIO, REKOR_1
from tests.flow.signing import APP, ASKED, BUNDLE, GITHUBS, MAIN, PRIVATE, PUBLIC, World, parsed

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
YAML = "permissions:\n  id-token: write\n  attestations: write"
FULCIO_URL = "https://fulcio.sigstore.dev/api/v2/signingCert"
REKOR_URL = "https://rekor.sigstore.dev/api/v1/log/entries"


@pytest.fixture
def world() -> World:
    return World()


def test_attest__signs_the_index_and_each_platform_before_any_tag(world: World) -> None:
    outcome = world.publish(platforms="linux/amd64,linux/arm64", attest="true")

    assert isinstance(outcome.root, Index)
    digests = [outcome.digest, *(each.digest for each in outcome.platforms)]
    (bundle,) = world.store.held[("octo/app", str(outcome.digest))]
    for digest in digests:
        assert digest
        found = world.judge(bundle, digest)
        assert found.claims.identity.endswith("octo/app/.github/workflows/ci.yml@refs/heads/main")
    assert {each.name for each in found.statement.subjects} == {str(APP)}
    assert world.runner.groups.index("Attest") < world.runner.groups.index("Tag")
    assert world.runner.outputs["attestation-ids"] == "1"
    assert world.runner.outputs["attestation-url"] == "https://github.com/octo/app/attestations/1"
    path = world.runner.outputs["bundle"]
    assert world.workspace.files[path] == bundle
    assert world.tags() == ["main"]


def test_attest__keeps_it_beside_the_image_where_that_is_asked_for(world: World) -> None:
    outcome = world.publish(
        platforms="linux/amd64,linux/arm64", attest="true", attest_registry="true"
    )

    for digest in (outcome.digest, *(each.digest for each in outcome.platforms)):
        assert digest
        (referrer,) = world.hanging(digest)
        world.judge(world.bundle_of(referrer), digest)
    assert outcome.attested
    assert outcome.attested.places == ("GitHub", "registry")


def test_attest__signs_buildkits_own_attestations_where_cosign_looks(world: World) -> None:
    root = world.hold(f"{APP}@", AMD64, attested=True)
    world.merge(root.descriptor.digest, attest="true", attest_registry="true")

    assert isinstance(root, Index)
    (attestation,) = [each.digest for each in root.manifests if each.is_attestation]
    (referrer,) = world.hanging(attestation)
    world.judge(world.bundle_of(referrer), attestation, statements.SIGNATURE)


def test_attest__signs_the_index_of_a_merge_before_its_names(world: World) -> None:
    outcome = world.merge(AMD64, ARM64, attest="true", attest_registry="true")

    digest = outcome.plan.digest
    for each in (digest, *(entry.digest for entry in outcome.plan.index.platforms)):
        (bundle,) = world.store.held[("octo/app", str(each))]
        world.judge(bundle, each)
    assert len(world.hanging(digest)) == 1
    assert world.digest_of(MAIN) == digest
    assert world.runner.groups.index("Attest") < world.runner.groups.index("Tag")
    assert world.runner.outputs["attestation-url"].endswith("/attestations/1")


COMBINATIONS = {
    "log 1": ((), {"log": 1, "timestamps": False}),
    "log 1 and timestamp": ((), {"log": 1, "timestamps": True}),
    "log 2 and timestamp": (("sigstore.dev", (2,)), {"log": 2, "timestamps": True}),
    "timestamp alone": (GITHUBS, {"log": 0, "timestamps": True}),
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_attest__holds_by_a_sigstore_of_ones_own(name: str) -> None:
    made, services = COMBINATIONS[name]
    world = World(instance(*made))
    world.trust.new = None

    outcome = world.publish(
        attest="true",
        attest_registry="true",
        sigstore_config=world.configure(**services),  # type: ignore[arg-type]
    )

    assert outcome.digest
    (referrer,) = world.hanging(outcome.digest)
    world.judge(world.bundle_of(referrer), outcome.digest)
    assert world.trust.fetched == 0


def test_attest__of_a_private_repository_asks_github_and_no_public_log() -> None:
    world = World(instance(*GITHUBS))
    outcome = world.publish(PRIVATE, attest="true")

    assert outcome.attested
    assert not outcome.attested.is_public
    assert world.sigstore.asked == [
        "token",
        "https://fulcio.githubapp.com/api/v2/signingCert",
        "https://timestamp.githubapp.com/api/v1/timestamp",
    ]


def test_attest__of_a_repository_whose_visibility_nobody_tells_asks_no_public_log() -> None:
    world = World(instance(*GITHUBS))
    world.publish(push_event(), attest="true")

    assert not any("sigstore.dev" in each for each in world.sigstore.asked)


def test_attest__reads_newer_roots_once_where_its_authority_is_unknown() -> None:
    world = World()
    world.trust.old = FakeTrustRoots.of(instance(*GITHUBS)).old

    world.publish(attest="true")

    assert world.trust.fetched == 1


def test_attest__auto_signs_where_the_job_may(world: World) -> None:
    assert world.publish().attested


@pytest.mark.parametrize(
    ("event", "environ", "given", "said"),
    [
        (PUBLIC, {}, {}, "permissions: {id-token: write, attestations: write}"),
        (PUBLIC, ASKED, {"attest": "false"}, "`attest: false`"),
        (PUBLIC, ASKED, {"push_by_digest": "true"}, "the job that merges the digests signs"),
        (
            push_event(server_url="https://github.example.org"),
            ASKED,
            {"tags": "quay.io/octo/app:1", "registry": "quay.io", "username": "x", "password": "y"},
            "github.example.org keeps no attestations",
        ),
    ],
    ids=["no permission", "off", "a matrix job", "another server"],
)
def test_attest__auto_says_in_one_line_why_nothing_is_signed(
    world: World,
    caplog: pytest.LogCaptureFixture,
    event: Event,
    environ: dict[str, str],
    given: dict[str, str],
    said: str,
) -> None:
    caplog.set_level(logging.INFO)
    outcome = world.publish(event, environ, **given)

    (line,) = [each for each in caplog.messages if each.startswith("Attest: ")]
    assert said in line
    assert (outcome.attested, outcome.pushed, world.sigstore.asked) == (None, True, [])
    assert world.runner.outputs["attestation-url"] == ""


def test_attest__of_a_fork_signs_nothing_and_says_nothing_of_it(world: World) -> None:
    outcome = world.publish(fork_pull_request(visibility="public"), attest="true")

    assert (outcome.pushed, world.sigstore.asked) == (False, [])


def test_attest__in_a_dry_run_is_a_line_of_the_plan(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.publish(attest="true", dry_run="true", attest_registry="true")

    assert (
        "Attest: signed by Sigstore, kept in GitHub's store and the registry, before any tag."
        in caplog.messages
    )
    assert json.loads(world.runner.outputs["plan"])["attest"] == {
        "signs": True,
        "instance": "Sigstore",
        "github": True,
        "registry": True,
        "required": True,
    }
    assert world.sigstore.asked == []


@pytest.mark.parametrize(
    ("event", "environ", "given", "error", "fix"),
    [
        (PUBLIC, {}, {}, AccessDenied, YAML),
        (
            push_event(server_url="https://github.example.org"),
            ASKED,
            {},
            SettingsError,
            "sigstore-config: sigstore.json\nattest-registry: true",
        ),
        (
            push_event(server_url="https://github.example.org"),
            ASKED,
            {"sigstore_config": "sigstore.json"},
            SettingsError,
            "attest-registry: true  # beside sigstore-config",
        ),
    ],
    ids=["no permission", "another server", "nowhere to keep it"],
)
def test_attest__true_is_refused_before_anything_is_built(
    world: World,
    event: Event,
    environ: dict[str, str],
    given: dict[str, str],
    error: type[ActionError],
    fix: str,
) -> None:
    world.configure(log=1, timestamps=False)
    with pytest.raises(error) as refused:
        world.publish(event, environ, attest="true", **given)

    assert (refused.value.fix, world.engine.commands) == (fix, [])


CLASSIC = EngineFacts(
    buildx=FACTS.buildx,
    has_containerd_store=False,
    platforms=FACTS.platforms,
)


class Fault:
    """One service that fails, and what the user then reads."""

    def __init__(self, where: str, said: str, kind: type[ActionError], **how: object) -> None:
        self.where, self.said, self.kind, self.how = where, said, kind, how

    def strike(self, world: World) -> None:
        if self.where == "store":
            world.store.fault = self.how["error"]  # type: ignore[assignment]
        elif self.where == "trust":
            world.trust.old, world.trust.new = FakeTrustRoots.of(instance(*GITHUBS)).old, None
        elif self.where.startswith("/"):
            world.sigstore.services.faults[self.where] = self.how["reply"]  # type: ignore[assignment]
        elif self.where == "claims":
            world.sigstore.services.claims.update(self.how["claims"])  # type: ignore[call-overload]
        else:
            world.sigstore.faults[self.where] = self.how["error"]  # type: ignore[assignment]


DOWN = Unavailable("Could not reach it", why="nobody answers")
FAULTS = {
    "no token": Fault("token", "nobody answers", Unavailable, error=DOWN),
    "no certificate": Fault(FULCIO_URL, "nobody answers", Unavailable, error=DOWN),
    "an expired token": Fault(FULCIO, "gave status 401", AccessDenied, reply=Reply(status=401)),
    "nonsense for a certificate": Fault(
        FULCIO, "is not JSON", ContentInvalid, reply=Reply(body=b"<html>")
    ),
    "no entry": Fault(REKOR_URL, "nobody answers", Unavailable, error=DOWN),
    "nonsense for an entry": Fault(
        REKOR_1, "has 0 entries", ContentInvalid, reply=Reply(body=b"{}")
    ),
    "nobody to trust": Fault("trust", "nobody answers", Unavailable),
    "another repository's token": Fault(
        "claims", "it is of https://github.com/evil/app", ContentInvalid,
        claims={"repository": "evil/app"},
    ),
    "no store": Fault("store", "nobody answers", Unavailable, error=DOWN),
    "no permission to store": Fault(
        "store",
        "Resource not accessible by integration",
        AccessDenied,
        error=AccessDenied("Could not store the attestation", why="Resource not accessible by integration"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_attest__true_leaves_no_name_where_it_fails(world: World, name: str) -> None:
    fault = FAULTS[name]
    fault.strike(world)

    with pytest.raises(fault.kind) as failed:
        world.publish(attest="true")

    assert fault.said in str(failed.value)
    assert failed.value.code in {"ATTEST-FAILED", "ATTEST-PERMISSION"}
    assert world.tags() == []


@pytest.mark.parametrize("name", FAULTS)
def test_attest__true_leaves_no_name_of_a_merge_where_it_fails(world: World, name: str) -> None:
    fault = FAULTS[name]
    fault.strike(world)

    with pytest.raises(fault.kind) as failed:
        world.merge(AMD64, ARM64, attest="true")

    assert fault.said in str(failed.value)
    assert world.tags() == []


@pytest.mark.parametrize("name", FAULTS)
def test_attest__auto_goes_on_with_one_warning_where_it_fails(
    world: World, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    fault = FAULTS[name]
    fault.strike(world)

    outcome = world.publish()

    warnings = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert fault.said in warnings[0].getMessage()
    assert world.tags() == ["main"]
    assert outcome.attested
    assert fault.said in outcome.attested.problem
    assert world.runner.outputs["attestation-url"] == ""


def test_attest__true_leaves_no_name_where_the_registry_does_not_keep_it(world: World) -> None:
    put, refused = world.registry.put_blob, Unavailable("Could not upload", why="the disk is full")

    def full(repository: Repository, blob: Descriptor, content: Any) -> None:
        if blob.media_type == BUNDLE:
            raise refused
        put(repository, blob, content)

    world.registry.put_blob = full  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="Could not upload"):
        world.publish(attest="true", attest_registry="true")

    assert world.tags() == []


def test_attest__names_the_permission_that_is_missing_to_store(world: World) -> None:
    FAULTS["no permission to store"].strike(world)

    with pytest.raises(AccessDenied) as denied:
        world.publish(attest="true")

    assert denied.value.fix == YAML


NOT_OFFERED = AccessDenied(
    "Could not store the attestation",
    why="gave status 422: Feature not available for user-owned private repositories",
    answer=Answer(
        where=Where.SERVICE,
        status=422,
        words="Feature not available for user-owned private repositories",
    ),
)


def test_attest__keeps_it_in_the_registry_alone_where_github_offers_no_store() -> None:
    world = World(instance(*GITHUBS))
    world.store.fault = NOT_OFFERED

    outcome = world.publish(PRIVATE, attest="true", attest_registry="true")

    assert outcome.attested
    assert (outcome.attested.places, outcome.attested.ids) == (("registry",), ())
    assert outcome.digest
    assert len(world.hanging(outcome.digest)) == 1


def test_attest__says_what_to_do_where_github_offers_no_store() -> None:
    world = World(instance(*GITHUBS))
    world.store.fault = NOT_OFFERED

    with pytest.raises(AccessDenied) as denied:
        world.publish(PRIVATE, attest="true")

    assert denied.value.fix == "attest-registry: true"
    assert denied.value.code == "ATTEST-PLAN"
    assert world.tags() == []


def test_attest__auto_tells_of_it_without_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """It would be there in every run of such a repository."""
    world = World(instance(*GITHUBS))
    world.store.fault = NOT_OFFERED

    outcome = world.publish(PRIVATE)

    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
    assert outcome.attested
    assert "private repositories need GitHub Enterprise Cloud" in outcome.attested.problem
    assert world.tags() == ["main"]


def test_attest__stores_again_after_a_fault_that_passes(world: World) -> None:
    store, calls = world.store.store, []

    def flaky(bundle: bytes) -> str:
        calls.append(bundle)
        if len(calls) < 3:
            raise DOWN
        return store(bundle)

    world.store.store = flaky  # type: ignore[method-assign]
    outcome = world.publish(attest="true")

    assert (len(calls), len(set(calls))) == (3, 1)
    assert outcome.attested
    assert outcome.attested.ids == ("1",)


def test_attest__true_needs_an_engine_that_does_not_tag_while_it_pushes(world: World) -> None:
    world.engine.facts = CLASSIC

    with pytest.raises(SettingsError) as refused:
        world.publish(attest="true")

    assert (refused.value.fix, world.engine.commands) == ("driver: docker-container", [])


def test_attest__auto_of_such_an_engine_keeps_it_in_githubs_store_alone(world: World) -> None:
    world.engine.facts = CLASSIC
    world.engine.metadata = None
    outcome = world.publish(attest_registry="true", dry_run="true")

    assert json.loads(world.runner.outputs["plan"])["attest"]["registry"] is False
    assert outcome.plan.push


def test_attest__records_where_an_organization_stores_images(world: World) -> None:
    outcome = world.publish(attest="true")
    assert world.store.recorded == [f"{APP}@{outcome.digest}"]

    other = World()
    other.publish(push_event(visibility="public", owner_type="User"), attest="true")
    assert other.store.recorded == []


def test_attest__of_several_repositories_names_each_and_hangs_on_each(world: World) -> None:
    outcome = world.publish(
        images="ghcr.io/octo/app\nghcr.io/octo/other", attest="true", attest_registry="true"
    )

    assert outcome.digest
    (referrer,) = world.hanging(outcome.digest)
    found = world.judge(world.bundle_of(referrer), outcome.digest)
    assert {each.name for each in found.statement.subjects} == {str(APP), "ghcr.io/octo/other"}


def test_attest__is_told_in_the_summary_with_a_command_that_verifies(world: World) -> None:
    outcome = world.publish(attest="true")

    (summary,) = world.runner.summaries
    assert "signed by octo/app/.github/workflows/ci.yml, in a public log; kept by GitHub" in summary
    assert f"gh attestation verify oci://{APP}@{outcome.digest} --repo octo/app" in summary


def test_attest__by_a_reusable_workflow_is_verified_by_that_workflow() -> None:
    shared = "acme/ghcr-action/.github/workflows/publish.yml"
    world = World(claims={"job_workflow_ref": f"{shared}@refs/tags/v1"})
    outcome = world.publish(attest="true")

    command = f"verify oci://{APP}@{outcome.digest} --repo octo/app --signer-workflow {shared}"
    assert command in world.runner.summaries[0]


def test_attest__never_shows_a_token(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.publish(attest="true")

    told = "\n".join((*caplog.messages, *world.runner.summaries, *world.runner.outputs.values()))
    assert "eyJ" not in told.replace(world.runner.outputs["bundle"], "")


@pytest.mark.parametrize("text", ["yes", "maybe", "TRUE!"])
def test_attest__takes_three_words(text: str) -> None:
    with pytest.raises(SettingsError, match="`attest`"):
        parsed("publish", PUBLIC, attest=text)


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("none.json", None, "none.json is not there"),
        ("/etc/passwd", b"x", "/etc/passwd is not there"),
        ("bad.json", b"{}", "trust configuration is of the kind"),
    ],
)
def test_attest__refuses_a_configuration(
    world: World, path: str, content: bytes | None, said: str
) -> None:
    if content:
        world.workspace.files[path] = content

    with pytest.raises(SettingsError, match=said):
        world.publish(attest="true", sigstore_config=path)


def test_attest__needs_roots_that_can_be_read(world: World) -> None:
    world.trust.old = (b"{}",)

    with pytest.raises(ContentInvalid, match="whom to trust"):
        world.publish(attest="true")
