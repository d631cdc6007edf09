"""The settings of builder, emulation, cache, checks and test."""

import pytest

from ghcr_action.buildx.builder import BuilderRequest, Node
from ghcr_action.buildx.cache import CacheMode, CacheRequest
from ghcr_action.buildx.checks import Checks
from ghcr_action.errors import SettingsError
from ghcr_action.settings import build
from ghcr_action.settings.build import Building
from ghcr_action.settings.reader import Reader
from ghcr_action.values.platform import Platform
from ghcr_action.values.secret import Secret

UNSET = Building(
    builder=BuilderRequest(name="auto"),
    emulation="auto",
    cache=CacheRequest(),
    checks=Checks.WARN,
    environment=(),
)
APPEND = """
- endpoint: ssh://me@arm
  platforms: linux/arm64,linux/arm/v7
- name: third
  driver-opts: |
    image=moby/buildkit:v0.32
    network=host
  buildkitd-flags: --debug
  platforms: [linux/s390x]
"""


ARM = Platform("linux", "arm64")


def parse(environ: dict[str, str] | None = None, /, **given: str) -> Building:
    reader = Reader({name.replace("_", "-"): text for name, text in given.items()})
    found = build.parse(reader, environ or {})
    reader.finish()
    return found


def test_parse__without_any_input() -> None:
    assert parse() == UNSET
    assert UNSET.secrets == ()


def test_parse__everything() -> None:
    found = parse(
        {
            "BUILDER_NODE_0_AUTH_TLS_CERT": "public",
            "BUILDER_NODE_2_AUTH_TLS_KEY": "PEM",
            "BUILDER_NODE_3_AUTH_TLS_KEY": "of nobody",
        },
        builder="mine",
        driver="remote",
        driver_opts="a=1\nb=2",
        buildkitd_flags="--debug",
        buildkitd_config="b.toml",
        buildkitd_config_inline=" debug = true\n",
        endpoint="tcp://b:1234",
        append=APPEND,
        keep_state="true",
        cleanup="false",
        qemu="off",
        cache="registry",
        checks="error",
    )

    assert found == Building(
        builder=BuilderRequest(
            name="mine",
            driver="remote",
            node=Node(
                endpoint="tcp://b:1234", driver_opts=("a=1", "b=2"), buildkitd_flags="--debug"
            ),
            append=(
                Node(endpoint="ssh://me@arm", platforms=(ARM, Platform("linux", "arm", "v7"))),
                Node(
                    name="third",
                    driver_opts=("image=moby/buildkit:v0.32", "network=host"),
                    buildkitd_flags="--debug",
                    platforms=(Platform("linux", "s390x"),),
                ),
            ),
            config="b.toml",
            config_inline="debug = true",
            keep_state=True,
            cleanup=False,
            tls=((0, "cert", Secret("public")), (2, "key", Secret("PEM"))),
        ),
        emulation="off",
        cache=CacheRequest(mode=CacheMode.REGISTRY),
        checks=Checks.ERROR,
        environment=(),
    )
    assert found.secrets == (Secret("PEM"),)


def test_parse__a_node_is_called_as_it_is_written() -> None:
    found = parse(append="- name: 010\n- name: 2024-31-12")

    assert [node.name for node in found.builder.append] == ["010", "2024-31-12"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"cache": "yes"}, "`cache` is 'yes'"),
        ({"checks": "fail"}, "`checks` is 'fail'"),
        ({"driver": "podman"}, "`driver` is 'podman'"),
        ({"append": "a: ["}, "`append` is not YAML"),
        ({"append": "[" * 9000}, "`append` is not YAML"),
        ({"append": "- driver-opts: [{image: x}]"}, "`append`, item 1 is not a node"),
        ({"append": "- driver-opts: {}"}, "`append`, item 1 is not a node"),
        ({"append": "- endpoint: {tcp: x}"}, "`append`, item 1 is not a node"),
        ({"append": "endpoint: x"}, "`append` is not a list"),
        ({"append": "- x"}, "`append`, item 1 is not a node"),
        ({"append": "- endpoint: x\n- endpont: y"}, "`append`, item 2 is not a node"),
        ({"append": "- platforms: '\"a'"}, "`append`, item 1: "),
        ({"append": "- platforms: linux/amd46"}, "`append`, item 1: 'linux/amd46' is no platform"),
        ({"qemu": "true"}, "`qemu` is 'true'\nWhy: it is `auto`, `off`, or an image"),
        ({"qemu": "true"}, "Fix: qemu: auto"),
        ({"qemu": "FALSE"}, "Fix: qemu: off"),
        ({"qemu": "no"}, "Fix: qemu: off"),
        ({"qemu": "linux/arm64"}, "`qemu` is 'linux/arm64'"),
        ({"qemu": "arm64"}, "`qemu` is 'arm64'"),
        ({"qemu": "tonistiigi/binfmt"}, "`qemu` is 'tonistiigi/binfmt'"),
        ({"qemu": "all"}, "`qemu` is 'all'"),
        ({"qemu": "linux/amd64,linux/arm64"}, "`qemu` is 'linux/amd64,linux/arm64'"),
        ({"qemu": "--privileged"}, "`qemu` is '--privileged'"),
    ],
)
def test_parse__says_what_is_wrong(given: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(**given)

    assert says in str(raised.value)


@pytest.mark.parametrize(
    "image",
    [
        "docker.io/tonistiigi/binfmt",
        "tonistiigi/binfmt:latest",
        "binfmt:1",
        "localhost/binfmt",
        f"tonistiigi/binfmt@sha256:{'a' * 64}",
    ],
)
def test_parse__an_image_that_says_itself_that_it_is_one_may_emulate(image: str) -> None:
    assert parse(qemu=image).emulation == image


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"ACTIONS_RUNTIME_TOKEN": "t"}, False),
        ({"ACTIONS_RESULTS_URL": "u"}, False),
        ({"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "u"}, True),
        ({"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_CACHE_URL": "u"}, True),
    ],
)
def test_has_service__needs_address_and_token(environ: dict[str, str], expected: bool) -> None:
    assert build.has_service(environ) is expected
