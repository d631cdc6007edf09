"""Which builder builds, and the commands that make it: planned here, where no BuildKit daemon can
be had; run by stand-ins elsewhere."""

import shlex
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from ghcr_action.buildx import builder
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.builder import BuilderRequest, Choice, Create, Node, UseEngine, UseNamed
from ghcr_action.errors import SettingsError
from ghcr_action.values.engine import BuilderFacts, EngineFacts
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

CONTAINERD = EngineFacts(buildx=(0, 36, 1), has_containerd_store=True)
CLASSIC = replace(CONTAINERD, has_containerd_store=False)
SUFFICES = UseEngine(why="it can do all that is asked")
ENTITLED = (
    "--buildkitd-flags '--allow-insecure-entitlement security.insecure "
    "--allow-insecure-entitlement network.host'"
)


def choose(
    asked: BuilderRequest,
    build: BuildRequest,
    engine: EngineFacts = CONTAINERD,
    found: BuilderFacts | None = None,
    *,
    digest_only: bool = False,
) -> Choice:
    return builder.choose(
        asked, build, engine=engine, found=found, free_name="free", digest_only=digest_only
    )


AMD, ARM = Platform("linux", "amd64"), Platform("linux", "arm64")

DEMANDS = {
    "nothing special": (BuildRequest(), ""),
    "one platform": (BuildRequest(platforms=(ARM,)), ""),
    "several platforms": (
        BuildRequest(platforms=(AMD, ARM)),
        "several platforms",
    ),
    "provenance": (BuildRequest(provenance="mode=max"), "attestations"),
    "provenance off": (BuildRequest(provenance="False"), ""),
    "sbom": (BuildRequest(sbom="true"), "attestations"),
    "attests": (BuildRequest(attests=("type=sbom",)), "attestations"),
    "inline cache": (BuildRequest(cache_to=("type=inline",)), ""),
    "cache export": (BuildRequest(cache_to=("type=gha",)), "`cache-to`"),
    "cache export, short": (BuildRequest(cache_to=("octo/app:cache",)), "`cache-to`"),
    "OCI output": (BuildRequest(outputs=("type=oci,dest=x.tar",)), "an OCI output"),
    "local output": (BuildRequest(outputs=("type=local,dest=x",)), ""),
    "much at once": (
        BuildRequest(platforms=(AMD, ARM), sbom="true"),
        "several platforms, attestations",
    ),
}


@pytest.mark.parametrize(("build", "beyond"), DEMANDS.values(), ids=DEMANDS)
def test_choose__a_builder_of_our_own_only_where_the_engine_can_not(
    build: BuildRequest, beyond: str
) -> None:
    why = f"the engine's classic image store can't do {beyond}"
    expected: Choice = (
        Create(name="free", driver="docker-container", request=BuilderRequest(), why=why)
        if beyond
        else SUFFICES
    )

    assert choose(BuilderRequest(), build, CLASSIC) == expected
    assert choose(BuilderRequest(name="auto"), build, CONTAINERD) == SUFFICES


def test_choose__push_by_digest_needs_more_than_the_classic_store() -> None:
    found = choose(BuilderRequest(), BuildRequest(), CLASSIC, digest_only=True)

    assert found.why == "the engine's classic image store can't do `push-by-digest`"
    assert choose(BuilderRequest(), BuildRequest(), digest_only=True) == SUFFICES


INSECURE = BuildRequest(allow=("network.host", "security.insecure"))


@pytest.mark.parametrize("engine", [CONTAINERD, CLASSIC], ids=["containerd", "classic"])
def test_choose__a_right_that_the_engine_grants_by_its_configuration_only(
    engine: EngineFacts,
) -> None:
    found = choose(BuilderRequest(), INSECURE, engine)

    assert isinstance(found, Create)
    assert found.driver == "docker-container"
    assert (
        found.why
        == "the engine's own grants no `security.insecure`, unless its daemon.json says so"
    )
    assert choose(BuilderRequest(driver="docker"), INSECURE, engine) == UseEngine(
        why="`driver: docker` is asked for"
    )
    assert choose(BuilderRequest(), BuildRequest(allow=("network.host",)), engine) == SUFFICES


ASKED = {
    "docker": (BuilderRequest(driver="docker"), UseEngine(why="`driver: docker` is asked for")),
    "container": (
        BuilderRequest(driver="docker-container"),
        ("free", "docker-container", "`driver: docker-container` is asked for"),
    ),
    "remote": (
        BuilderRequest(driver="remote", node=Node(endpoint="tcp://b:1")),
        ("free", "remote", "`driver: remote` is asked for"),
    ),
    "endpoint only": (
        BuilderRequest(node=Node(endpoint="ssh://b")),
        ("free", "docker-container", "inputs describe a builder of its own"),
    ),
    "named and described": (
        BuilderRequest(name="mine", driver="kubernetes"),
        ("mine", "kubernetes", "`driver: kubernetes` is asked for"),
    ),
    "configured": (
        BuilderRequest(config_inline="x"),
        ("free", "docker-container", "inputs describe a builder of its own"),
    ),
}


@pytest.mark.parametrize(("asked", "expected"), ASKED.values(), ids=ASKED)
def test_choose__what_inputs_describe(
    asked: BuilderRequest, expected: UseEngine | tuple[str, str, str]
) -> None:
    found = choose(asked, BuildRequest())

    if isinstance(expected, tuple):
        name, driver, why = expected
        assert found == Create(name=name, driver=driver, request=asked, why=why)
        assert found.label == f"{name}, new, with the driver {driver}"
    else:
        assert found == expected
        assert found.label == "the engine's own"


def test_choose__a_builder_that_is_there_is_used_whatever_else_is_asked() -> None:
    found = choose(
        BuilderRequest(name="multi", driver="remote"),
        BuildRequest(),
        found=BuilderFacts(driver="docker-container"),
    )

    assert found == UseNamed(
        name="multi",
        driver="docker-container",
        why="`builder` names it; its driver is docker-container",
    )
    assert found.label == "multi"


def test_choose__a_builder_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingsError) as raised:
        choose(BuilderRequest(name="nope"), BuildRequest())

    assert str(raised.value) == (
        "There is no builder `nope`\n"
        "Why: `builder`, or the variable BUILDX_BUILDER in its place, names one that is not set up, "
        "and no other input says how to make it\n"
        "Fix: Remove it, and one is chosen. Or add `driver: docker-container`. One that an earlier "
        "step has made is found if both steps have the same directory below `runner.temp` in "
        "`env: BUILDX_CONFIG`."
    )


def made(driver: str, request: BuilderRequest) -> Create:
    return Create(name="B", driver=driver, request=request, why="")


BOOT = "buildx inspect --bootstrap B"
PLANNED: dict[str, tuple[Create, list[str]]] = {
    "docker-container": (
        made("docker-container", BuilderRequest()),
        [f"buildx create --name B --driver docker-container {ENTITLED}", BOOT],
    ),
    "docker-container with options": (
        made(
            "docker-container",
            BuilderRequest(
                node=Node(
                    driver_opts=("image=moby/buildkit:v0.32", "network=host"),
                    buildkitd_flags="--debug",
                )
            ),
        ),
        [
            (
                "buildx create --name B --driver docker-container --driver-opt image=moby/buildkit:v0.32 --driver-opt network=host "
                "--buildkitd-flags --debug"
            ),
            BOOT,
        ],
    ),
    "docker-container elsewhere": (
        made("docker-container", BuilderRequest(node=Node(endpoint="ssh://me@arm"))),
        [f"buildx create --name B --driver docker-container {ENTITLED} ssh://me@arm", BOOT],
    ),
    "config": (
        made("docker-container", BuilderRequest(config="b.toml")),
        [
            (
                f"buildx create --name B --driver docker-container {ENTITLED} "
                "--buildkitd-config CONFIG"
            ),
            BOOT,
        ],
    ),
    "kubernetes": (
        made("kubernetes", BuilderRequest(node=Node(driver_opts=("namespace=ci", "replicas=4")))),
        [
            (
                "buildx create --name B --driver kubernetes --driver-opt namespace=ci "
                f"--driver-opt replicas=4 {ENTITLED}"
            ),
            BOOT,
        ],
    ),
    "remote over a socket": (
        made(
            "remote",
            BuilderRequest(
                node=Node(endpoint="unix:///run/buildkit/buildkitd.sock"), config="ignored.toml"
            ),
        ),
        ["buildx create --name B --driver remote unix:///run/buildkit/buildkitd.sock", BOOT],
    ),
    "remote with TLS": (
        made(
            "remote",
            BuilderRequest(
                node=Node(endpoint="tcp://one:1234"),
                append=(Node(endpoint="tcp://two:1234"),),
                tls=(
                    (0, "cacert", Secret("a")),
                    (0, "cert", Secret("b")),
                    (0, "key", Secret("c")),
                    (1, "key", Secret("d")),
                ),
            ),
        ),
        [
            (
                "buildx create --name B --driver remote --driver-opt cacert=/p/tls-0-cacert --driver-opt cert=/p/tls-0-cert "
                "--driver-opt key=/p/tls-0-key tcp://one:1234"
            ),
            "buildx create --name B --append --driver-opt key=/p/tls-1-key tcp://two:1234",
            BOOT,
        ],
    ),
    "TLS means nothing to other drivers": (
        made("docker-container", BuilderRequest(tls=((0, "key", Secret("c")),))),
        [f"buildx create --name B --driver docker-container {ENTITLED}", BOOT],
    ),
    "native arm64 beside amd64": (
        made(
            "docker-container",
            BuilderRequest(
                append=(
                    Node(
                        name="arm",
                        endpoint="ssh://me@arm",
                        platforms=(ARM, Platform("linux", "arm", "v7")),
                    ),
                    Node(endpoint="ctx", buildkitd_flags="--debug", driver_opts=("network=host",)),
                )
            ),
        ),
        [
            f"buildx create --name B --driver docker-container {ENTITLED}",
            (
                f"buildx create --name B --append --node arm {ENTITLED} --platform "
                "linux/arm64,linux/arm/v7 ssh://me@arm"
            ),
            (
                "buildx create --name B --append --driver-opt network=host --buildkitd-flags "
                "--debug ctx"
            ),
            BOOT,
        ],
    ),
}


@pytest.mark.parametrize(("choice", "expected"), PLANNED.values(), ids=PLANNED)
def test_create__planned_commands(choice: Create, expected: list[str]) -> None:
    config = PurePosixPath("CONFIG") if choice.request.config else None
    tls = {
        (node, kind): PurePosixPath(f"/p/tls-{node}-{kind}") for node, kind, _ in choice.request.tls
    }

    planned = builder.create(choice, buildx=CONTAINERD.buildx, config=config, tls=tls)

    assert planned == tuple(tuple(shlex.split(text)) for text in expected)


def test_create__an_older_buildx_knows_the_configuration_by_another_name() -> None:
    create, _ = builder.create(
        made("docker-container", BuilderRequest(config="x")),
        buildx=(0, 13, 1),
        config=PurePosixPath("x"),
        tls={},
    )

    assert create[-2:] == ("--config", "x")


@pytest.mark.parametrize(
    ("keep", "expected"), [(False, "buildx rm B"), (True, "buildx rm --keep-state B")]
)
def test_remove__planned_command(keep: bool, expected: str) -> None:
    assert builder.remove("B", keep_state=keep) == tuple(expected.split())


def test_remove__a_name_is_no_flag() -> None:
    """`--all-inactive` would remove the builders of others."""
    assert builder.remove("--all-inactive", keep_state=False) == (
        "buildx",
        "rm",
        "--",
        "--all-inactive",
    )


def test_create__configuration_by_text_is_for_a_file_unless_a_file_is_named() -> None:
    assert made("docker-container", BuilderRequest(config_inline="x")).has_config
    assert not made("docker-container", BuilderRequest(config_inline="x", config="y")).has_config
