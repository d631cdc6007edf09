"""Every repository below examples/, with its own workflow, run by act.

Base images can't be pulled here, so that a stand-in takes the place of each: a Debian with programs of
that name that do next to nothing. What is tested is the workflow, the build and what the registry
holds then.
"""

import json
from pathlib import Path

import pytest

from tests.e2e.judges import Judges, judges
from tests.e2e.recipes import MAIN, RECIPES, Recipe
from tests.e2e.test_recipes import append
from tests.fakes.github_api import GitHubApi
from tests.testbed import ROOT, Testbed

EXAMPLES = ROOT / "examples"
BASE = "registry.example.com/team/base:3"
TAG = {"ref": "refs/tags/v1.2.3"}
STAND_IN = """\
FROM ghcr-action:e2e
ENTRYPOINT []
COPY --chmod=755 <<PROGRAM /usr/local/bin/{program}
#!/bin/sh
while [ "\\$#" -gt 1 ]; do [ "\\$1" != -o ] || echo built >"\\$2"; shift; done
PROGRAM
"""
BASES = {"node": "node:24-slim", "python3": "python:3.13-slim", "go": "golang:1.26"}
CASES = {
    "node": (MAIN, {"": ({"main"}, {"linux/amd64"})}),
    "python": (TAG, {"": ({"1.2.3", "1.2", "latest"}, {"linux/amd64"})}),
    "go": (MAIN, {"": ({"main"}, {"linux/amd64", "linux/arm64"})}),
    "monorepo": (
        MAIN,
        {"/api": ({"main"}, {"linux/amd64"}), "/worker": ({"main"}, {"linux/amd64"})},
    ),
    "library": (
        TAG,
        {
            "/cli": ({"1.2.3", "latest"}, {"linux/amd64"}),
            "/server": ({"1.2.3", "latest"}, {"linux/amd64"}),
        },
    ),
}


@pytest.fixture
def judge(bed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Judges:
    return judges(bed, tmp_path_factory.mktemp("judge"))


@pytest.fixture
def example(
    bed: Testbed,
    image: str,
    api: GitHubApi,
    repository: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Recipe:
    api.account.add_repository(repository)
    home = tmp_path_factory.mktemp("example")
    for program, base in BASES.items():
        (home / program).write_text(STAND_IN.format(program=program))
        bed.run(
            "docker", "build", "--quiet", "--tag", base, "--file", str(home / program), str(home)
        )
    return Recipe(home=home, bed=bed, image=image, api=api, repository=repository)


@pytest.mark.parametrize("name", CASES)
def test_examples__publish_under_their_names(name: str, example: Recipe, judge: Judges) -> None:
    payload, expected = CASES[name]
    example.write(name, files(name))

    example.run("push", payload)

    for suffix, (tags, platforms) in expected.items():
        image = f"ghcr.io/{example.repository}{suffix}"
        found = {tag for tag in judge.tags(image) if not tag.startswith("buildcache-")}
        assert found == tags
        for tag in tags:
            assert built_for(judge, f"{image}:{tag}") == platforms


def files(name: str) -> dict[str, str]:
    """Every file of an example; its workflow becomes a recipe."""
    place = EXAMPLES / name
    (workflow,) = (place / ".github/workflows").iterdir()
    RECIPES[name] = workflow.read_text()
    found = [path for path in place.rglob("*") if path.is_file() and path != workflow]
    return {str(path.relative_to(place)): path.read_text() for path in found}


def test_examples__a_private_base_is_read_with_its_own_login(
    example: Recipe, judge: Judges, tmp_path: Path
) -> None:
    host = example.bed.password_registry
    base = f"{host}/team/base:3"
    (tmp_path / "base").write_text("a base that only its registry has")
    append(judge, base, tmp_path / "base", tmp_path)
    named = {path: text.replace(BASE, base) for path, text in files("private-base").items()}
    example.write("private-base", named, {BASE.partition("/")[0]: host})

    example.run(
        "push",
        MAIN,
        secrets={"BASE_PASSWORD": example.bed.password},
        variables={"BASE_USERNAME": example.bed.user},
    )

    (layer,) = json.loads(judge.crane("manifest", base))["layers"]
    published = json.loads(judge.crane("manifest", f"ghcr.io/{example.repository}:main"))
    assert published["layers"][0]["digest"] == layer["digest"]


def built_for(judge: Judges, reference: str) -> set[str]:
    """The platforms of an index, or that of a single image."""
    if "manifests" in json.loads(judge.crane("manifest", reference)):
        return set(judge.platforms(reference))
    config = json.loads(judge.crane("config", reference))
    return {f"{config['os']}/{config['architecture']}"}


def test_examples__are_all_here() -> None:
    found = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}

    assert found == {*CASES, "hello", "private-base"}
