"""Which targets a change touches."""

from typing import Any

import pytest

from ghcr_action.buildx.bake import changes
from tests.unit.buildx.bake import printed

INLINE = {"dockerfile-inline": "FROM scratch"}
CHANGES: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("a file of the context", {"context": "app"}, "app/main.py", ".", "app/main.py has changed"),
    ("a file deep in the context", {"context": "./app/"}, "app/a/b", ".", "app/a/b has changed"),
    ("a file beside it", {"context": "app"}, "apple/main.py", ".", ""),
    ("the whole work tree", {}, "x/y", ".", "x/y has changed"),
    (
        "its Dockerfile elsewhere",
        {"context": "app", "dockerfile": "../docker/app"},
        "docker/app",
        ".",
        "docker/app has changed",
    ),
    (
        "another Dockerfile elsewhere",
        {"context": "app", "dockerfile": "../docker/app"},
        "docker/db",
        ".",
        "",
    ),
    (
        "a named context",
        {"context": "app", "contexts": {"x": "lib"}},
        "lib/a",
        ".",
        "lib/a has changed",
    ),
    (
        "a context that is a file's name",
        {"context": "app", "secret": [{"id": "a", "src": "notes"}]},
        "notes",
        ".",
        "notes has changed",
    ),
    ("a Git context", {"context": "https://example.org/r.git"}, "app/a", ".", ""),
    ("a client's context", {"context": "cwd://app"}, "app/a", ".", "app/a has changed"),
    (
        "in a directory",
        {"context": "app"},
        "services/app/a",
        "services",
        "services/app/a has changed",
    ),
    ("outside of the directory", {"context": "app"}, "app/a", "services", ""),
    (
        "above the directory",
        {"context": "../lib", **INLINE},
        "lib/a",
        "services",
        "lib/a has changed",
    ),
    (
        "the definition",
        {"context": "app"},
        "docker-bake.hcl",
        ".",
        "the definition docker-bake.hcl has changed",
    ),
    (
        "the definition in a directory",
        {"context": "app"},
        "s/docker-bake.hcl",
        "s",
        "the definition s/docker-bake.hcl has changed",
    ),
]


@pytest.mark.parametrize(
    ("target", "file", "directory", "why"),
    [row[1:] for row in CHANGES],
    ids=[row[0] for row in CHANGES],
)
def test_changed__by_one_file(target: dict[str, Any], file: str, directory: str, why: str) -> None:
    definition = printed.definition_of({"app": target})

    found = changes.changed(
        definition, (file,), directory=directory, definitions=("docker-bake.hcl",)
    )

    assert found == ({"app": why} if why else {})


def test_changed__by_what_it_builds_on() -> None:
    definition = printed.definition_of(
        {
            "app": {"context": "app", "contexts": {"x": "target:base"}},
            "base": {"context": "base"},
            "db": {"context": "db"},
        },
        "app",
        "db",
    )

    found = changes.changed(definition, ("base/x",), directory=".", definitions=())

    assert found == {"app": "base, which it builds on: base/x has changed"}
