"""Which files are read, and what a remote definition's paths mean."""

from typing import Any

import pytest

from ghcr_action.buildx.bake import definition_files
from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.buildx.git_login import GitLogin
from ghcr_action.errors import SettingsError
from ghcr_action.values.secret import Secret
from tests.unit.buildx.bake import printed

FILES: list[tuple[str, BakeSource, set[str], tuple[str, ...]]] = [
    ("the default", BakeSource(), {"docker-bake.hcl"}, ("docker-bake.hcl",)),
    (
        "all defaults, in their order",
        BakeSource(),
        {"docker-bake.override.hcl", "docker-bake.hcl", "compose.yaml", "other"},
        ("compose.yaml", "docker-bake.hcl", "docker-bake.override.hcl"),
    ),
    (
        "in a directory",
        BakeSource(directory="app"),
        {"app/docker-bake.json"},
        ("docker-bake.json",),
    ),
    ("named", BakeSource(files=("x.hcl",)), {"x.hcl", "docker-bake.hcl"}, ("x.hcl",)),
    (
        "named in a directory",
        BakeSource(directory="app", files=("../x.hcl",)),
        {"app/../x.hcl"},
        ("../x.hcl",),
    ),
    ("of the client", BakeSource(files=("cwd://x.hcl",)), {"x.hcl"}, ("cwd://x.hcl",)),
    (
        "an address",
        BakeSource(files=("https://example.org/x.hcl",)),
        set(),
        ("https://example.org/x.hcl",),
    ),
    ("a remote definition's own", BakeSource(remote="https://example.org/r.git"), set(), ()),
    (
        "of a remote definition",
        BakeSource(remote="https://example.org/r.git", files=("x.hcl",)),
        set(),
        ("x.hcl",),
    ),
]


@pytest.mark.parametrize(
    ("source", "there", "found"), [row[1:] for row in FILES], ids=[row[0] for row in FILES]
)
def test_files__that_are_read(source: BakeSource, there: set[str], found: tuple[str, ...]) -> None:
    assert (
        definition_files.files(
            source,
            {path.removeprefix("./") for path in there}.union(
                f"./{path}" for path in there
            ).__contains__,
        )
        == found
    )


def test_files__none_there() -> None:
    with pytest.raises(SettingsError, match="There is no definition in the workspace"):
        definition_files.files(BakeSource(), lambda _: False)


def test_files__one_that_is_named_is_not_there() -> None:
    with pytest.raises(SettingsError, match=r"`files`: there is no 'x.hcl' in 'app'"):
        definition_files.files(BakeSource(directory="app", files=("x.hcl",)), lambda _: False)


GIT = "https://github.com/o/r.git#main"
PLACES: list[tuple[str, str, str, str]] = [
    ("itself", ".", GIT, GIT),
    ("a directory", "app", GIT, "https://github.com/o/r.git#main:app"),
    ("a directory, written otherwise", "./app/", GIT, "https://github.com/o/r.git#main:app"),
    (
        "below a directory",
        "app",
        "https://github.com/o/r.git#main:sub",
        "https://github.com/o/r.git#main:sub/app",
    ),
    ("without a ref", "app", "https://github.com/o/r.git", "https://github.com/o/r.git#:app"),
    (
        "as a query",
        "app",
        "https://github.com/o/r.git?ref=main",
        "https://github.com/o/r.git?ref=main&subdir=app",
    ),
    ("over SSH", "app", "git@github.com:o/r.git#v1", "git@github.com:o/r.git#v1:app"),
    ("over the Git protocol", "app", "git://127.0.0.1/r#v1", "git://127.0.0.1/r#v1:app"),
    ("a path of the client", "cwd://app", GIT, "app"),
    ("the client's directory", "cwd://", GIT, "."),
    ("an address", "https://example.org/x.git", GIT, "https://example.org/x.git"),
    ("an image", "docker-image://alpine", GIT, "docker-image://alpine"),
    ("a target", "target:app", GIT, "target:app"),
]


@pytest.mark.parametrize(
    ("place", "remote", "found"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES]
)
def test_absolute__contexts_of_a_remote_definition(place: str, remote: str, found: str) -> None:
    definition = printed.definition_of(
        {"app": {"contexts": {"x": place}}, "b": {"context": place.replace("target:", "cwd://")}}
    )

    read = definition_files.absolute(definition, remote)

    assert read.target("app").contexts == (("x", found),)
    assert read.target("app").document == {"context": remote, "contexts": {"x": found}}
    assert read.target("b").document["context"] == found.replace("target:", "")


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("outside of the repository", {"context": "../x"}, GIT),
    ("an absolute path", {"contexts": {"x": "/etc"}}, GIT),
    ("beside an archive", {"context": "app"}, "https://example.org/definition.tar.gz"),
]


@pytest.mark.parametrize(
    ("target", "remote"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_absolute__refuses(target: dict[str, Any], remote: str) -> None:
    with pytest.raises(SettingsError, match="The definition reads"):
        definition_files.absolute(printed.definition_of({"app": target}), remote)


HOST = GitLogin(host="github.com", header=Secret("Basic dTpw"))
SECRET = "type=file,id=GIT_AUTH_HEADER.github.com,src=/private/login"


@pytest.mark.parametrize(
    ("target", "secrets"),
    [
        ({"context": GIT}, [SECRET]),
        (
            {"context": "http://github.com/o/r.git", "secret": ["id=a,env=A"]},
            ["id=a,env=A", SECRET],
        ),
        ({"context": "app", "contexts": {"x": GIT}}, [SECRET]),
        ({"context": "https://github.com.evil.example/r.git"}, None),
        ({"context": "https://git.example/github.com/r.git"}, None),
        ({"context": "github.com/o/r"}, None),
        (
            {"context": GIT, "secret": ["id=GIT_AUTH_HEADER.github.com,env=A"]},
            ["id=GIT_AUTH_HEADER.github.com,env=A"],
        ),
    ],
)
def test_opened__gives_a_login_to_targets_of_its_host_alone(
    target: dict[str, Any], secrets: list[str] | None
) -> None:
    definition = printed.definition_of({"app": target})

    found = definition_files.with_logins(definition, [(HOST, "/private/login")])

    assert found.target("app").document.get("secret") == secrets
    assert definition.target("app").document == target
