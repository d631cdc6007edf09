"""What a definition asks of the machine, and what lets it."""

from typing import Any

import pytest

from ghcr_action.buildx.bake import rights
from ghcr_action.errors import PolicyRefused, SettingsError
from tests.unit.buildx.bake import printed

OUTSIDE = ("/", "..", "~")


def is_inside(path: str) -> bool:
    return not path.startswith(OUTSIDE)


ASKS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("nothing but the context", {}, []),
    ("a context below", {"context": "app"}, []),
    ("a context above", {"context": "../x"}, ["fs.read=../x", "fs.read=../x/Dockerfile"]),
    ("an absolute context", {"context": "/etc"}, ["fs.read=/etc", "fs.read=/etc/Dockerfile"]),
    ("a context above with an inline Dockerfile", {"context": "../x", "dockerfile-inline": "FROM "
                                                                                           "scratch"}, ["fs.read=../x"]),
    ("a Git context", {"context": "https://github.com/o/r.git#main"}, []),
    ("an SSH context", {"context": "git@github.com:o/r.git"}, []),
    ("a client's path", {"context": "cwd://../x"}, ["fs.read=../x", "fs.read=../x/Dockerfile"]),
    ("a client's path inside", {"context": "cwd://x"}, []),
    ("the client's directory", {"context": "cwd://"}, []),
    ("a named context above", {"contexts": {"x": "../y"}}, ["fs.read=../y"]),
    ("a named image", {"contexts": {"x": "docker-image://alpine"}}, []),
    ("a named target", {"contexts": {"x": "target:app"}}, []),
    ("a named layout above", {"contexts": {"x": "oci-layout:///srv/l@sha256:0"}}, ["fs.read=/srv/l"]),
    ("a named layout inside", {"contexts": {"x": "oci-layout://l"}}, []),
    ("a Dockerfile above", {"dockerfile": "/etc/x.Dockerfile"}, ["fs.read=/etc/x.Dockerfile"]),
    ("a Dockerfile of the context above", {"context": "a", "dockerfile": "../b"}, []),
    ("a client's Dockerfile", {"context": "a", "dockerfile": "cwd://../b"}, ["fs.read=../b"]),
    ("a remote Dockerfile", {"dockerfile": "https://example.org/Dockerfile"}, []),
    ("a Dockerfile in a Git context", {"context": "https://x.example/r.git", "dockerfile": "a/b"}, []),
    ("a local Dockerfile beside a Git context", {"context": "https://x.example/r.git", "dockerfile": "/etc/b"}, ["fs.read=/etc/b"]),
    ("a secret from a file", {"secret": [{"id": "a", "src": "/root/.netrc"}]}, ["fs.read=/root/.netrc"]),
    ("a secret from a file, the other word", {"secret": ["id=a,source=../k"]}, ["fs.read=../k"]),
    ("a secret from a file inside", {"secret": [{"id": "a", "src": "k"}]}, []),
    ("a secret from the environment", {"secret": [{"id": "a", "env": "NPM_TOKEN"}]}, []),
    ("the default agent", {"ssh": [{"id": "default"}]}, ["ssh"]),
    ("an agent by text", {"ssh": ["default"]}, ["ssh"]),
    ("an agent by name", {"ssh": [{"id": "deploy"}]}, ["ssh"]),
    ("a key", {"ssh": [{"id": "deploy", "paths": ["/root/.ssh/id"]}]}, ["fs.read=/root/.ssh/id"]),
    ("a key by text", {"ssh": ["deploy=/root/.ssh/id,k"]}, ["fs.read=/root/.ssh/id"]),
    ("a key inside", {"ssh": [{"id": "deploy", "paths": ["k"]}]}, []),
    ("a local cache above", {"cache-from": [{"type": "local", "src": "/c"}]}, ["fs.read=/c"]),
    ("a local cache inside", {"cache-from": [{"type": "local", "src": "c"}]}, []),
    ("a local cache to write", {"cache-to": [{"type": "local", "dest": "../c"}]}, ["fs.write=../c"]),
    ("a cache of the service", {"cache-from": [{"type": "gha"}], "cache-to": [{"type": "gha"}]}, []),
    ("a directory above", {"output": [{"type": "local", "dest": "../out"}]}, ["fs.write=../out"]),
    ("a directory above by text", {"output": ["../out"]}, ["fs.write=../out"]),
    ("a directory inside", {"output": ["out"]}, []),
    ("an archive above", {"output": [{"type": "tar", "dest": "/x.tar"}]}, ["fs.write=/x.tar"]),
    ("an OCI archive above", {"output": [{"type": "oci", "dest": "/x"}]}, ["fs.write=/x"]),
    ("a docker archive above", {"output": [{"type": "docker", "dest": "/x"}]}, ["fs.write=/x"]),
    ("the engine", {"output": [{"type": "docker"}]}, []),
    ("a push", {"output": [{"type": "image", "push": "true"}]}, []),
    ("an output of no type", {"output": [{"name": "x"}]}, []),
    ("host network", {"entitlements": ["network.host"]}, ["network.host"]),
    ("host network by its mode", {"network": "host"}, ["network.host"]),
    ("both", {"network": "host", "entitlements": ["network.host"]}, ["network.host"]),
    ("no network", {"network": "none"}, []),
    ("insecure", {"entitlements": ["security.insecure"]}, ["security.insecure"]),
    ("a device", {"entitlements": ["device=nvidia.com/gpu=all"]}, ["device=nvidia.com/gpu=all"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "grants"), [row[1:] for row in ASKS], ids=[row[0] for row in ASKS]
)
def test_check__names_every_grant_that_is_missing_and_takes_it(
    target: dict[str, Any], grants: list[str]
) -> None:
    definition = printed.definition_of({"app": target})
    asks = rights.asks(definition)

    if grants:
        with pytest.raises(PolicyRefused, match="nothing was built") as refused:
            rights.check(asks, (), is_inside, definition)
        assert refused.value.fix.splitlines()[2:] == [f"  {grant}" for grant in grants]
        assert refused.value.code == "BAKE-RIGHTS"

    rights.check(asks, grants, is_inside, definition)


GRANTED: list[tuple[str, dict[str, Any], str, bool]] = [
    ("any file", {"context": "../x"}, "fs=*", True),
    ("any file, without a value", {"context": "../x"}, "fs", True),
    ("any read", {"context": "../x"}, "fs.read=*", True),
    ("a directory above it", {"context": "/srv/a/b"}, "fs.read=/srv/a", True),
    ("the root", {"context": "/srv/a/b"}, "fs=/", True),
    ("a relative one is not below the root", {"context": "../x"}, "fs=/", False),
    ("a neighbour of its name", {"context": "/srv/ab"}, "fs.read=/srv/a", False),
    ("a step up out of what is allowed", {"context": "/srv/a/../b"}, "fs.read=/srv/a", False),
    ("a right to write is none to read", {"context": "../x"}, "fs.write=*", False),
    ("a right to read is none to write", {"output": ["../x"]}, "fs.read=*", False),
    ("files are no agent", {"ssh": [{"id": "default"}]}, "fs=*", False),
    ("an agent of another name", {"ssh": [{"id": "default"}]}, "ssh=deploy", False),
    ("an agent by name", {"ssh": [{"id": "deploy"}]}, "ssh=deploy", True),
    ("any agent", {"ssh": [{"id": "deploy"}]}, "ssh=*", True),
    ("an entitlement of another name", {"network": "host"}, "security.insecure", False),
    ("files are no network", {"network": "host"}, "fs=*", False),
    ("any device", {"entitlements": ["device=a"]}, "device", True),
    ("that device", {"entitlements": ["device=a,required"]}, "device=a", True),
    ("another device", {"entitlements": ["device=a"]}, "device=b", False),
    ("a device is no network", {"network": "host"}, "device", False),
    ("an unknown word", {"context": "../x"}, "everything", False),
]


@pytest.mark.parametrize(
    ("target", "allow", "is_granted"), [row[1:] for row in GRANTED], ids=[row[0] for row in GRANTED]
)
def test_check__what_an_item_of_allow_lets(
    target: dict[str, Any], allow: str, is_granted: bool
) -> None:
    definition = printed.definition_of({"app": target | {"dockerfile-inline": "FROM scratch"}})

    try:
        rights.check(rights.asks(definition), (allow,), is_inside, definition)
    except PolicyRefused:
        assert not is_granted
    else:
        assert is_granted


def test_check__a_linked_target_counts() -> None:
    definition = printed.definition_of(
        {"app": {"contexts": {"x": "target:base"}}, "base": {"network": "host"}}, "app"
    )

    with pytest.raises(PolicyRefused) as refused:
        rights.check(rights.asks(definition), (), is_inside, definition)

    assert refused.value.why == "target 'base' asks for the entitlement 'network.host'"


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("-", "-"),
        ({"type": "tar"}, "type=tar"),
        ({"type": "oci", "dest": "-"}, "type=oci,dest=-"),
        ({"type": "docker", "dest": "-"}, "type=docker,dest=-"),
        ({"type": "local"}, "type=local"),
    ],
)
def test_check__files_to_standard_output_are_refused(output: object, shown: str) -> None:
    definition = printed.definition_of({"app": {"output": [output]}})

    with pytest.raises(SettingsError) as refused:
        rights.check(rights.asks(definition), ("fs=*",), is_inside, definition)

    assert refused.value.why.startswith(f"target 'app': {shown}\n")


@pytest.mark.parametrize(
    "secret",
    [
        {"id": "x", "env": "ACTIONS_RUNTIME_TOKEN"},
        {"id": "INPUT_GITHUB-TOKEN"},
        {"id": "s", "env": "STATE_private"},
    ],
)
def test_check__a_variable_of_ours_is_never_for_a_definition(secret: dict[str, str]) -> None:
    definition = printed.definition_of({"app": {"secret": [secret]}})

    with pytest.raises(PolicyRefused, match="a variable of the action or of the runner"):
        rights.check(rights.asks(definition), ("fs=*",), is_inside, definition)


@pytest.mark.parametrize(
    ("secret", "names"),
    [
        ({"id": "a", "env": "B"}, ("B",)),
        ({"id": "a"}, ("a",)),
        ({"id": "a", "src": "f"}, ()),
        ({"src": "f"}, ()),
        ({}, ()),
    ],
)
def test_variables__what_a_secret_reads(secret: dict[str, str], names: tuple[str, ...]) -> None:
    assert (
        rights.variables(printed.definition_of({"app": {"secret": [secret]}}).target("app"))
        == names
    )
