"""Publishing from the build's side: retries, the test before the tag, caches, builders, checks."""

import json
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest

from ghcr_action import transfer
from ghcr_action.errors import BuildFailed, ContentInvalid, PolicyRefused, Unavailable
from ghcr_action.modes import leftovers, publish
from ghcr_action.plan import make
from ghcr_action.values.engine import BuilderFacts
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret
from tests.fakes.engine import FACTS, NATIVE, image
from tests.fakes.events import fork_pull_request, push_event
from tests.fakes.layout import MemoryLayout
from tests.flow.test_publish import APP, MAIN, World, parsed, world

__all__ = ["world"]

NOON = "2026-11-23T12:00:00Z"
BAD_GATEWAY = ("ERROR: failed to solve: failed to push ghcr.io/octo/app:1: unexpected status from PUT request: 502 Bad Gateway",)
FORBIDDEN = ("ERROR: failed to solve: failed to push ghcr.io/octo/app:1: unexpected status from POST request: 403 Forbidden",)
STEP = ('ERROR: failed to solve: process "/bin/sh -c curl x" did not complete successfully: exit code: 22',)


def waits(world: World) -> list[float]:
    return world.ports.clock.waits  # type: ignore[attr-defined]


def test_build__a_passing_fault_is_tried_again_on_the_warm_engine(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world.engine.failing = [BAD_GATEWAY, BAD_GATEWAY]

    outcome = world.publish()

    assert outcome.pushed
    assert len(world.engine.commands) == 3
    assert len(set(world.engine.commands)) == 1
    assert waits(world) == [0.75, 1.5]
    assert any("trying again from the engine's cache in 0.8 s (1 of 4)" in record.getMessage() for record in caplog.records)


def test_build__a_registry_that_lags_behind_the_push_is_asked_again(world: World) -> None:
    pushed = {"digest": "d", "name": "pushing ghcr.io/octo/app:main with docker", "started": NOON, "completed": NOON}
    world.engine.failing = [(json.dumps({"vertexes": [pushed]}), "ERROR: failed to build: manifest unknown: manifest unknown")]

    assert world.publish().pushed
    assert len(world.engine.commands) == 2


@pytest.mark.parametrize(
    ("said", "given", "builds"),
    [
        (FORBIDDEN, {}, 1),
        (STEP, {}, 1),
        (BAD_GATEWAY, {"push_retries": "0"}, 1),
        (BAD_GATEWAY, {"push_retries": "2"}, 3),
        (BAD_GATEWAY, {}, 5),
    ],
    ids=["forbidden", "step failed", "no retries", "two retries", "the default"],
)
def test_build__what_does_not_pass_ends_the_run(world: World, said: tuple[str, ...], given: dict[str, str], builds: int) -> None:
    world.engine.failing = [said] * 9

    with pytest.raises(BuildFailed):
        world.publish(**given)

    assert len(world.engine.commands) == builds
    assert world.digest(f"{APP}:main") == ""


def builds(world: World) -> list[str]:
    """What each call of buildx exports to."""
    exports = []
    for command in world.engine.commands:
        pairs = list(pairwise(command.arguments))
        flags = ["push"] * ("--push" in command.arguments) + ["load"] * ("--load" in command.arguments)
        exports.append(" ".join([value for name, value in pairs if name == "--output"] + flags))
    return exports


TRIAL = "type=docker,name=localhost/tested:private"
LAYOUT = "type=oci,tar=false,dest=/private/layout"
BY_DIGEST = "type=image,name=ghcr.io/octo/app,push-by-digest=true,name-canonical=true,push=true"
DIGEST = image([NATIVE])[0].descriptor.digest


def classic(world: World) -> None:
    """The engine with the classic image store, and an image it has pushed before."""
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    root, blobs = image([NATIVE])
    transfer.push(MemoryLayout(root, blobs), root.descriptor, MAIN.repository, world.registry)


def test_test__runs_on_the_loaded_image_before_anything_is_pushed(world: World) -> None:
    outcome = world.publish(test="docker run --rm $IMAGE --version", platforms="linux/arm64,linux/amd64")

    assert outcome.pushed
    assert builds(world) == [f"{TRIAL},oci-mediatypes=true", LAYOUT]
    assert dict(pairwise(world.engine.commands[0].arguments))["--platform"] == "linux/amd64"
    expected = {"IMAGE": f"localhost/tested@{DIGEST}", "IMAGE_TAG": "localhost/tested:private"}
    assert world.engine.scripts == [("docker run --rm $IMAGE --version", expected)]
    assert "the test says hello" in world.runner.fenced
    assert world.engine.calls[-1] == ("image", "rm", "--force", "localhost/tested:private")
    assert world.runner.saved == {"cleanup": ""}


def test_test__that_fails_leaves_nothing_in_the_registry(world: World) -> None:
    world.engine.exits = 3

    with pytest.raises(PolicyRefused, match="The test failed: its script exited with 3; nothing was pushed or tagged"):
        world.publish(test="exit 3")

    assert builds(world) == [f"{TRIAL},oci-mediatypes=true"]
    assert world.registry.repositories == {}
    assert world.engine.calls[-1] == ("image", "rm", "--force", "localhost/tested:private")


def test_test__where_the_engine_pushes_by_itself_it_builds_first_and_pushes_after(world: World) -> None:
    classic(world)
    world.registry.put(MAIN, image([NATIVE])[0])

    world.publish(test="true")

    assert builds(world) == [TRIAL, "push"]
    assert world.engine.scripts[0][1] == {"IMAGE": str(DIGEST), "IMAGE_TAG": "localhost/tested:private"}


def test_test__runs_where_nothing_is_pushed_as_well(world: World) -> None:
    world.engine.exits = 1

    with pytest.raises(PolicyRefused):
        world.publish(fork_pull_request(), test="false")


def test_test__is_nothing_for_a_call(world: World) -> None:
    world.publish(call="check", test="true")

    assert world.engine.scripts == []


def test_test__a_platform_that_is_not_the_engines_is_emulated_for_it(world: World) -> None:
    world.publish(test="true", platforms="linux/arm64")

    assert dict(pairwise(world.engine.commands[0].arguments))["--platform"] == "linux/arm64"


def test_test__of_another_image_than_the_one_that_is_built_counts_for_nothing(world: World) -> None:
    world.engine.builds_again = Platform("linux", "arm64")

    with pytest.raises(ContentInvalid, match="The image that was built is not the one that was tested"):
        world.publish(test="true")

    assert world.registry.repositories == {}


def test_load__is_a_call_of_its_own_beside_a_layout(world: World) -> None:
    world.publish(load="true", images=f"{APP}\nquay.io/octo/app")

    names = '"name=ghcr.io/octo/app:main,quay.io/octo/app:main"'
    assert builds(world) == [LAYOUT, f"type=docker,{names},oci-mediatypes=true"]
    assert "type=provenance,disabled=true" in world.arguments


def test_load__where_nothing_is_pushed_is_the_build_itself(world: World) -> None:
    world.publish(load="true", push="false")

    assert builds(world) == ["load"]


def test_push_by_digest__leaves_no_tag(world: World) -> None:
    outcome = world.publish(push_by_digest="true", images=f"{APP}\nquay.io/octo/app")

    assert [contents.tags for contents in world.registry.repositories.values()] == [{}, {}]
    assert world.digest(f"{APP}@{outcome.digest}") == world.runner.outputs["digest"] == str(outcome.digest)
    assert (world.runner.outputs["tags"], world.runner.outputs["pushed"]) == ("", "true")
    assert world.runner.outputs["images"].splitlines() == [f"{APP}@{outcome.digest}", f"quay.io/octo/app@{outcome.digest}"]


def test_push_by_digest__needs_no_rule_to_give_a_tag(world: World) -> None:
    assert world.publish(push_by_digest="true", tags="type=semver,pattern={{version}}").pushed


def test_builder__of_our_own_pushes_by_digest_and_is_removed(world: World) -> None:
    classic(world)

    outcome = world.publish(platforms="linux/amd64", sbom="true")

    assert world.engine.calls[0][:6] == ("buildx", "create", "--name", "private", "--driver", "docker-container")
    assert world.engine.calls[1:] == [("buildx", "inspect", "--bootstrap", "private"), ("buildx", "rm", "private")]
    assert builds(world) == [BY_DIGEST]
    assert dict(pairwise(world.arguments))["--builder"] == "private"
    assert world.digest(f"{APP}:main") == str(outcome.digest)
    assert world.runner.saved == {"cleanup": ""}


def test_builder__of_our_own_is_removed_after_a_failure_too(world: World) -> None:
    world.engine.failure = "no"

    with pytest.raises(BuildFailed):
        world.publish(driver="docker-container", keep_state="true")

    assert world.engine.calls[-1] == ("buildx", "rm", "--keep-state", "private")


def test_builder__that_can_not_be_removed_hides_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.engine.refuses = "buildx rm"
    world.engine.failure = "no"

    with pytest.raises(BuildFailed):
        world.publish(driver="docker-container")

    assert any("'docker buildx rm private' failed" in record.getMessage() for record in caplog.records)


def test_builder__whose_image_can_not_be_pulled_for_now_is_started_again(world: World) -> None:
    world.engine.refuses, world.engine.says = "--bootstrap", "net/http: TLS handshake timeout"

    with pytest.raises(Unavailable, match="TLS handshake timeout"):
        world.publish(driver="docker-container", push_retries="2")

    assert [command[1] for command in world.engine.calls] == ["create", "inspect", "inspect", "inspect", "rm"]
    assert waits(world) == [0.75, 1.5]


def test_builder__can_be_kept_and_is_used_again_by_its_name(world: World) -> None:
    classic(world)

    world.publish(builder="mine", driver="docker-container", cleanup="false")
    world.publish(builder="mine", driver="docker-container", cleanup="false")

    assert [command[1] for command in world.engine.calls] == ["create", "inspect"]
    assert world.runner.saved == {}


def test_builder__its_files_are_written_before_it_is_made(world: World) -> None:
    texts = {"driver": "remote", "endpoint": "tcp://b:1234", "buildkitd-config-inline": "debug = true"}
    classic(world)

    settings = parsed(push_event(), environ={"BUILDER_NODE_0_AUTH_TLS_KEY": "PEM"}, **{n.replace("-", "_"): t for n, t in texts.items()})
    publish.run(settings, world.ports)

    assert world.workspace.files["/private/tls-0-key"] == b"PEM"
    assert world.workspace.files["/private/buildkitd.toml"] == b"debug = true"
    assert ("--driver-opt", "key=/private/tls-0-key") in pairwise(world.engine.calls[0])
    assert Secret("PEM") in settings.secrets


def test_builder__by_name_that_is_the_engines_own_has_its_limits(world: World) -> None:
    world.engine.builders["ctx"] = BuilderFacts(driver="docker", platforms=(NATIVE,))

    world.publish(builder="ctx")

    assert builds(world) == [LAYOUT]
    assert dict(pairwise(world.arguments))["--builder"] == "ctx"


def test_builder__says_which_and_why(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    world.publish(driver="docker-container", dry_run="true", platforms="linux/arm64", test="true", load="true", qemu="quay.io/x/binfmt")

    said = [record.getMessage() for record in caplog.records]
    assert "Builder: private, new, with the driver docker-container: `driver: docker-container` is asked for." in said
    assert "Push: by the builder, by digest, then each tag." in said
    assert any(line.startswith("Emulation: linux/arm64, before the build: docker run --rm --privileged quay.io/x/binfmt") for line in said)
    assert any(line.startswith("Trial build: the same steps, loaded as localhost/tested:private") for line in said)
    assert any(line.startswith("Load: ") for line in said)
    shown = json.loads(world.runner.outputs["plan"])
    assert shown["setup"][1] == ["docker", "buildx", "inspect", "--bootstrap", "private"]
    assert shown["emulation"][-2:] == ["--install", "arm64"]
    assert (shown["test"], shown["trial"][:3], shown["load"][:3]) == ("true", ["docker", "buildx", "build"], ["docker", "buildx", "build"])
    assert world.engine.calls == []


FORMAT = ('ERROR: failed to solve: process "/bin/sh -c x" did not complete successfully: exec /bin/sh: exec format error',)


def test_emulation__is_set_up_once_a_step_needs_it(world: World) -> None:
    world.engine.failing = [FORMAT]

    assert world.publish(platforms="linux/amd64,linux/arm64").pushed

    assert world.engine.calls == [("run", "--rm", "--privileged", "docker.io/tonistiigi/binfmt:latest", "--install", "arm64")]
    assert len(world.engine.commands) == 2


def test_emulation__that_does_not_help_is_not_set_up_twice(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.engine.failing = [FORMAT, FORMAT]
    world.engine.refuses = "binfmt"

    with pytest.raises(BuildFailed):
        world.publish(platforms="linux/arm64")

    assert len(world.engine.calls) == 1
    assert any("Emulation of linux/arm64 could not be set up" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("given", "calls"),
    [
        ({"platforms": "linux/amd64,linux/arm64"}, 0),
        ({"platforms": "linux/amd64", "qemu": "quay.io/x/binfmt"}, 0),
        ({"platforms": "linux/arm64", "qemu": "quay.io/x/binfmt"}, 1),
        ({"platforms": "local", "qemu": "quay.io/x/binfmt"}, 0),
    ],
    ids=["nothing failed", "native", "an image is asked for", "the client's own"],
)
def test_emulation__nothing_is_pulled_for_what_runs(world: World, given: dict[str, str], calls: int) -> None:
    world.publish(**given)

    assert len(world.engine.calls) == calls


def test_emulation__is_the_business_of_a_builders_own_nodes(world: World) -> None:
    classic(world)
    world.publish(driver="remote", endpoint="tcp://b:1", platforms="linux/amd64", qemu="quay.io/x/binfmt")

    assert not any(command[0] == "run" for command in world.engine.calls)


def test_emulation__off_leaves_the_failure_as_it_is(world: World) -> None:
    world.engine.failing = [FORMAT]

    with pytest.raises(BuildFailed):
        world.publish(platforms="linux/arm64", qemu="off")

    assert world.engine.calls == []


WARNING = {
    "short": b64encode(b"FromAsCasing: casing differs (line 1)").decode(),
    "sourceInfo": {"filename": "Dockerfile"},
    "range": [{"start": {"line": 1}, "end": {"line": 1}}],
}
WARNED = (json.dumps({"warnings": [WARNING]}), json.dumps({"warnings": [WARNING]}))


def annotations(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int, str]]:
    return [(record.file, record.line, record.getMessage()) for record in caplog.records if hasattr(record, "file")]


def test_checks__a_warning_is_one_annotation_on_the_real_file(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.workspace.files |= {"app/Dockerfile": b"FROM scratch"}
    world.engine.output = WARNED

    assert world.publish(context="app", test="true").pushed

    assert annotations(caplog) == [("app/Dockerfile", 1, "casing differs")]


def test_checks__error_stops_before_any_tag(world: World) -> None:
    world.engine.output = WARNED

    with pytest.raises(PolicyRefused, match="checks gave 1 warning; nothing was tagged"):
        world.publish(checks="error")

    assert world.registry.repositories == {}


def test_checks__error_builds_before_the_engine_may_tag(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    world.engine.output = WARNED

    with pytest.raises(PolicyRefused):
        world.publish(checks="error")

    assert builds(world) == ["type=cacheonly"]


def test_checks__error_without_a_warning_builds_and_pushes(world: World) -> None:
    classic(world)
    world.registry.put(MAIN, image([NATIVE])[0])

    assert world.publish(checks="error").pushed

    assert builds(world) == ["type=cacheonly", "push"]


def test_checks__off_says_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.engine.output = WARNED

    assert world.publish(checks="off").pushed

    assert annotations(caplog) == []
    assert "BUILDKIT_DOCKERFILE_CHECK=skip=all" in world.arguments


SERVICE = {"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "https://results"}
REGISTRY_CACHE = "type=registry,ref=ghcr.io/octo/app:buildcache-main"


@pytest.mark.parametrize(
    ("environ", "given", "event", "expected"),
    [
        ({}, {}, push_event(), ([], [])),
        (SERVICE, {}, push_event(), (["type=gha,scope=octo/app"], ["type=gha,scope=octo/app,mode=max,ignore-error=true"])),
        (SERVICE, {}, fork_pull_request(), (["type=gha,scope=octo/app"], [])),
        (SERVICE, {"cache": "off"}, push_event(), ([], [])),
        (SERVICE, {"no_cache": "true"}, push_event(), ([], [])),
        (SERVICE, {"cache_from": "a"}, push_event(), (["a"], [])),
        (SERVICE, {"cache_to": "type=inline"}, push_event(), ([], ["type=inline"])),
        ({"ACTIONS_RUNTIME_TOKEN": "t"}, {}, push_event(), ([], [])),
        (
            {"GITHUB_ACTIONS": "true"},
            {},
            push_event(),
            ([REGISTRY_CACHE], [f"{REGISTRY_CACHE},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true"]),
        ),
        ({"GITHUB_ACTIONS": "true"}, {"push": "false"}, push_event(), ([REGISTRY_CACHE], [])),
    ],
    ids=["laptop", "service", "fork", "off", "no-cache", "explicit from", "explicit to", "half a service", "workflow", "no push"],
)
def test_cache__as_the_runner_and_the_event_allow(
    world: World, environ: dict[str, str], given: dict[str, str], event: Event, expected: tuple[list[str], list[str]]
) -> None:
    publish.run(parsed(event, environ=environ, **given), world.ports)

    pairs = list(pairwise(world.arguments))
    found = [[value for name, value in pairs if name == flag] for flag in ("--cache-from", "--cache-to")]
    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"ACTIONS_RESULTS_URL": "https://results"}, {"ACTIONS_CACHE_SERVICE_V2": "true"}),
        ({"ACTIONS_RESULTS_URL": "https://results", "ACTIONS_CACHE_SERVICE_V2": "1"}, {}),
    ],
)
def test_cache__the_engine_is_told_the_services_version(world: World, environ: dict[str, str], expected: dict[str, str]) -> None:
    publish.run(parsed(push_event(), environ=environ), world.ports)

    assert dict(world.engine.commands[0].environment) == {"BUILDX_METADATA_WARNINGS": "true"} | expected


def test_cache__the_classic_store_writes_none(world: World) -> None:
    classic(world)
    world.registry.put(MAIN, image([NATIVE])[0])

    publish.run(parsed(push_event(), environ=SERVICE), world.ports)

    assert "--cache-to" not in world.arguments


def test_cannot_push__ends_green_unless_a_push_is_asked_for(world: World) -> None:
    settings = parsed(push_event())
    facts = publish.gather(settings, world.ports)

    plan = make(settings, replace(facts, cannot_push="the token may not write packages"))
    asked = make(replace(settings, push=True), replace(facts, cannot_push="the token may not write packages"))

    assert (plan.reason, plan.push, plan.tag) == ("the token may not write packages", (), ())
    assert (asked.reason, asked.push) == ("", (MAIN.repository,))


def test_leftovers__only_what_we_write_is_run(world: World) -> None:
    leftovers.remove('[["buildx", "rm", "b"], [], ["system", "prune"], ["image", "rm", "--force", "i"]]', world.engine)

    assert world.engine.calls == [("buildx", "rm", "b"), ("image", "rm", "--force", "i")]
