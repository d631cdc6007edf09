"""Builders of our own and emulation: made only where they are needed, and removed."""

import json
from itertools import pairwise

import pytest

from ghcr_action.errors import BuildFailed, SettingsError, Unavailable
from ghcr_action.modes import publish
from ghcr_action.steps import leftovers
from ghcr_action.values.engine import BuilderFacts
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret
from tests.fakes.engine import NATIVE
from tests.fakes.events import push_event
from tests.flow.test_building import BY_DIGEST, builds, classic, waits
from tests.flow.test_publish import APP, World, parsed, world

__all__ = ["world"]


def test_builder__of_our_own_pushes_by_digest_and_is_removed(world: World) -> None:
    classic(world)

    outcome = world.publish(platforms="linux/amd64", sbom="true")

    assert world.engine.calls[0][:6] == (
        "buildx",
        "create",
        "--name",
        "private",
        "--driver",
        "docker-container",
    )
    assert world.engine.calls[1:] == [
        ("buildx", "inspect", "--bootstrap", "private"),
        ("buildx", "rm", "private"),
    ]
    assert builds(world) == [BY_DIGEST]
    assert dict(pairwise(world.arguments))["--builder"] == "private"
    assert world.digest(f"{APP}:main") == str(outcome.digest)
    assert world.runner.saved == {"cleanup": ""}


def test_builder__on_the_engines_own_buildkit_pushes_by_digest_and_is_in_no_list(
    world: World,
) -> None:
    outcome = world.publish(platforms="linux/amd64,linux/arm64", sbom="true")

    made = (
        "buildx",
        "create",
        "--name",
        "private",
        "--driver",
        "remote",
        "unix:///private/bk.sock",
    )
    assert world.engine.calls == [made]
    assert world.engine.builders.keys().isdisjoint({"private"})
    assert builds(world) == [BY_DIGEST]
    assert dict(pairwise(world.arguments))["--builder"] == "private"
    assert world.digest(f"{APP}:main") == str(outcome.digest)
    assert (world.runner.saved, world.engine.bridges) == ({}, [])


@pytest.mark.parametrize("refused", ["bridge", "buildx create"])
def test_builder__an_engine_that_does_not_offer_its_buildkit_is_told_and_nothing_stays(
    world: World, refused: str
) -> None:
    world.engine.refuses = refused

    with pytest.raises(Unavailable):
        world.publish(push_retries="0")

    assert (world.engine.commands, world.engine.bridges, world.registry.repositories) == (
        [],
        [],
        {},
    )
    assert (world.engine.builders.keys() & {"private"}, world.runner.saved) == (set(), {})


@pytest.mark.parametrize(
    "given", [{"push": "false"}, {"call": "check"}, {"dry_run": "true"}], ids=str
)
def test_builder__no_way_is_made_where_nothing_is_pushed(
    world: World, given: dict[str, str]
) -> None:
    world.publish(**given)

    assert (world.engine.calls, world.engine.bridged_to) == ([], [])


def test_builder__of_our_own_is_removed_after_a_failure_too(world: World) -> None:
    world.engine.failure = "no"

    with pytest.raises(BuildFailed):
        world.publish(driver="docker-container", keep_state="true")

    assert world.engine.calls[-1] == ("buildx", "rm", "--keep-state", "private")


def test_builder__that_can_not_be_removed_hides_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.engine.refuses = "buildx rm"
    world.engine.failure = "no"

    with pytest.raises(BuildFailed):
        world.publish(driver="docker-container")

    assert any(
        "'docker buildx rm private' failed" in record.getMessage() for record in caplog.records
    )


def test_builder__whose_image_can_not_be_pulled_for_now_is_started_again(world: World) -> None:
    world.engine.refuses, world.engine.says = "--bootstrap", "net/http: TLS handshake timeout"

    with pytest.raises(Unavailable, match="TLS handshake timeout"):
        world.publish(driver="docker-container", push_retries="2")

    assert [command[1] for command in world.engine.calls] == [
        "create",
        "inspect",
        "inspect",
        "inspect",
        "rm",
    ]
    assert waits(world) == [0.75, 1.5]


def test_builder__can_be_kept_and_is_used_again_by_its_name(world: World) -> None:
    classic(world)

    world.publish(builder="mine", driver="docker-container", cleanup="false")
    world.publish(builder="mine", driver="docker-container", cleanup="false")

    assert [command[1] for command in world.engine.calls] == ["create", "inspect"]
    assert world.runner.saved == {}


def test_builder__its_files_are_written_before_it_is_made(world: World) -> None:
    texts = {
        "driver": "remote",
        "endpoint": "tcp://b:1234",
        "buildkitd-config-inline": "debug = true",
    }
    classic(world)

    settings = parsed(
        push_event(),
        {"BUILDER_NODE_0_AUTH_TLS_KEY": "PEM"},
        **{n.replace("-", "_"): t for n, t in texts.items()},
    )
    publish.run(settings, world.ports)

    assert world.workspace.files["/private/tls-0-key"] == b"PEM"
    assert world.workspace.files["/private/buildkitd.toml"] == b"debug = true"
    assert ("--driver-opt", "key=/private/tls-0-key") in pairwise(world.engine.calls[0])
    assert Secret("PEM") in settings.secrets


def test_builder__a_push_by_digest_says_that_no_tag_follows(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    world.publish(push_by_digest="true", tags="1")

    said = [record.getMessage() for record in caplog.records]
    assert "Push: by the builder, by digest, without a tag." in said


def test_builder__that_could_not_be_made_is_not_missed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    classic(world)
    world.engine.refuses, world.engine.says = "create", "driver is not there"

    with pytest.raises(Unavailable, match="driver is not there"):
        world.publish(sbom="true")

    assert [command[1] for command in world.engine.calls] == ["create", "rm"]
    assert "failed to remove" not in caplog.text


@pytest.mark.parametrize(("path", "why"), [("nope.toml", "the workspace holds"), ("sub", "it is")])
def test_builder__its_configuration_is_looked_for_before_it_is_made(
    world: World, path: str, why: str
) -> None:
    classic(world)
    world.workspace.files["sub/x"] = b""

    with pytest.raises(SettingsError, match=f"`buildkitd-config`: {path} is not a file") as raised:
        world.publish(buildkitd_config=path)

    assert (raised.value.why.startswith(why), world.engine.calls) == (True, [])


def test_builder__by_name_that_is_the_engines_own_has_its_limits(world: World) -> None:
    world.engine.builders["ctx"] = BuilderFacts(driver="docker", platforms=(NATIVE,))

    world.publish(builder="ctx", load="true")

    assert builds(world)[0] == BY_DIGEST
    assert [
        dict(pairwise(command.arguments))["--builder"] for command in world.engine.commands
    ] == ["private", "ctx"]
    assert world.engine.bridged == {"private": "/private/bk.sock"}
    assert world.engine.bridged_to == ["ctx"]


def test_builder__says_which_and_why(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")

    world.publish(
        driver="docker-container",
        dry_run="true",
        platforms="linux/arm64",
        test="true",
        load="true",
        qemu="quay.io/x/binfmt",
    )

    said = [record.getMessage() for record in caplog.records]
    assert (
        "Builder: private, new, with the driver docker-container: `driver: "
        "docker-container` is asked for."
    ) in said
    assert "Push: by the builder, by digest, then each tag." in said
    assert any(
        line.startswith(
            "Emulation: linux/arm64, before the build: docker run --rm --privileged "
            "--platform linux/amd64 quay.io/x/binfmt"
        )
        for line in said
    )
    assert any(
        line.startswith("Trial build: the same steps, loaded as localhost/tested:private")
        for line in said
    )
    assert any(line.startswith("Load: ") for line in said)
    shown = json.loads(world.runner.outputs["plan"])
    assert shown["setup"][1] == ["docker", "buildx", "inspect", "--bootstrap", "private"]
    assert shown["emulation"][-2:] == ["--install", "arm64"]
    assert (shown["test"], shown["trial"][:3], shown["load"][:3]) == (
        "true",
        ["docker", "buildx", "build"],
        ["docker", "buildx", "build"],
    )
    assert world.engine.calls == []


def emulations(world: World) -> list[tuple[str, ...]]:
    return [call for call in world.engine.calls if call[0] == "run"]


FORMAT = (
    (
        'ERROR: failed to solve: process "/bin/sh -c x" did not complete successfully: exec '
        "/bin/sh: exec format error"
    ),
)


def test_emulation__is_set_up_once_a_step_needs_it(world: World) -> None:
    world.engine.failing = [FORMAT]

    assert world.publish(platforms="linux/amd64,linux/arm64").pushed

    assert emulations(world) == [
        (
            "run",
            "--rm",
            "--privileged",
            "--platform",
            "linux/amd64",
            "docker.io/tonistiigi/binfmt:latest",
            "--install",
            "arm64",
        )
    ]
    assert len(world.engine.commands) == 2


def test_emulation__that_does_not_help_is_not_set_up_twice(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.engine.failing = [FORMAT, FORMAT]
    world.engine.refuses = "binfmt"

    with pytest.raises(BuildFailed):
        world.publish(platforms="linux/arm64")

    assert len(emulations(world)) == 1
    assert any(
        "Emulation of linux/arm64 could not be set up" in record.getMessage()
        for record in caplog.records
    )


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
def test_emulation__nothing_is_pulled_for_what_runs(
    world: World, given: dict[str, str], calls: int
) -> None:
    world.publish(**given)

    assert len(emulations(world)) == calls


@pytest.mark.parametrize(("driver", "calls"), [("docker", 1), ("remote", 0)])
def test_emulation__a_step_that_is_refused_is_believed_before_the_engine(
    driver: str, calls: int, world: World
) -> None:
    said = tuple(map(Platform.parse, ("linux/amd64", "linux/arm64")))
    world.engine.builders["named"] = BuilderFacts(driver=driver, platforms=said)
    world.engine.failing = [FORMAT]

    if calls:
        assert world.publish(builder="named", platforms="linux/arm64").pushed
    else:
        with pytest.raises(BuildFailed):
            world.publish(builder="named", platforms="linux/arm64")

    assert len(emulations(world)) == calls


def test_emulation__is_the_business_of_a_builders_own_nodes(world: World) -> None:
    classic(world)
    world.publish(
        driver="remote", endpoint="tcp://b:1", platforms="linux/amd64", qemu="quay.io/x/binfmt"
    )

    assert not any(command[0] == "run" for command in world.engine.calls)


def test_emulation__of_a_named_builder_is_set_up_by_the_engine(world: World) -> None:
    nodes = tuple(map(Platform.parse, ("linux/arm64", "linux/amd64")))
    world.engine.builders["mine"] = BuilderFacts(driver="docker-container", platforms=nodes)
    world.engine.failing = [FORMAT]

    assert world.publish(builder="mine", platforms="linux/s390x").pushed

    assert [call[3:5] for call in emulations(world)] == [("--platform", "linux/amd64")]


def test_emulation__off_leaves_the_failure_as_it_is(world: World) -> None:
    world.engine.failing = [FORMAT]

    with pytest.raises(BuildFailed):
        world.publish(platforms="linux/arm64", qemu="off")

    assert emulations(world) == []


def test_leftovers__only_what_we_write_is_run__and_nobody_is_told_of_what_was_never_made(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    leftovers.remove(
        '[["buildx", "rm", "b"], [], ["system", "prune"], ["image", "rm", "--force", "i"]]',
        world.engine,
    )

    assert world.engine.calls == [("buildx", "rm", "b"), ("image", "rm", "--force", "i")]
    assert [each for each in caplog.records if each.levelname == "WARNING"] == []


def test_leftovers__nothing_of_a_removal_hides_another_failure(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The test may have removed the very directory in which programs are run."""

    def gone(*_: object) -> str:
        raise FileNotFoundError(2, "No such file or directory", "/github/workspace")

    monkeypatch.setattr(world.engine, "call", gone)
    leftovers.remove('[["buildx", "rm", "b"]]', world.engine)

    assert "'docker buildx rm b' could not be run: " in caplog.text


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (BuilderFacts(driver="docker", host_gateway="172.17.0.1"), "172.17.0.1"),
        (None, "host-gateway"),
    ],
    ids=["the engine says it", "it does not"],
)
def test_builder__the_engines_address_is_told_where_its_driver_can_not_look_it_up(
    world: World, facts: BuilderFacts | None, expected: str
) -> None:
    if facts:
        world.engine.builders["default"] = facts

    world.publish(add_hosts="db:host-gateway\nhost-gateway.x:10.0.0.1", load="true")

    hosts = [
        [value for name, value in pairwise(command.arguments) if name == "--add-host"]
        for command in world.engine.commands
    ]
    other = "host-gateway.x:10.0.0.1"
    assert hosts == [[f"db:{expected}", other], ["db:host-gateway", other]]


@pytest.mark.parametrize(
    ("given", "expected"), [("", "mine"), ("auto", "mine"), ("ctx", "ctx")], ids=str
)
def test_builder__of_the_environment_is_meant_where_the_input_names_none(
    world: World, given: str, expected: str
) -> None:
    world.engine.builders |= dict.fromkeys(("mine", "ctx"), BuilderFacts(driver="remote"))

    settings = parsed(push_event(), {"BUILDX_BUILDER": "mine"}, builder=given)
    publish.run(settings, world.ports)

    assert dict(pairwise(world.arguments))["--builder"] == expected
