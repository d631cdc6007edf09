"""The recipes of the documentation, run by act as they stand: what they leave in the registry, by
the word of crane.

Not run: of GitHub Enterprise Server's the builder and its mirror, which need BuildKit's image.
"""

import json
import re
import shutil
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ghcr_action.report.comment import rows
from ghcr_action.report.comment.rows import BUILT
from tests.e2e.judges import Judges, judges
from tests.e2e.recipes import HELLO, MAIN, Recipe
from tests.e2e.test_forks import HEAD, NUMBER, RUN, workflow_run
from tests.fakes import github_api
from tests.fakes.github_api import GitHubApi
from tests.testbed import Testbed

TAG = {"ref": "refs/tags/v1.2.3"}
SERVICES = {f"services/{name}/Dockerfile": HELLO for name in ("api", "worker", "web")}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, str] | None, dict[str, set[str]]]] = {
    "README": ("push", MAIN, None, {"": {"main"}}),
    "Publish a release tag": ("push", TAG, None, {"": {"1.2.3", "1.2", "1", "latest"}}),
    "Several images of one repository": (
        "push",
        MAIN,
        SERVICES,
        {"/api": {"main"}, "/worker": {"main"}, "/web": {"main"}},
    ),
    "Monorepo with bake": (
        "push",
        TAG,
        {
            "docker-bake.hcl": """\
variable "IMAGE" {}
group "default" {
  targets = ["web", "worker"]
}
target "base" {
  context = "base"
}
target "web" {
  context  = "web"
  contexts = { base = "target:base" }
  tags     = ["${IMAGE}/web"]
}
target "worker" {
  context = "worker"
  tags    = ["${IMAGE}/worker"]
}
""",
            "base/Dockerfile": HELLO,
            "web/Dockerfile": "FROM base\nCOPY Dockerfile /\n",
            "worker/Dockerfile": HELLO,
        },
        {"/web": {"1.2.3", "latest"}, "/worker": {"1.2.3", "latest"}},
    ),
    "Nightly": ("workflow_dispatch", MAIN, None, {"": {"nightly", "nightly-DATE"}}),
}
LISTED = 'crane ls "$0" 2>/dev/null || echo nothing'
BASE = "registry.example.com/team/base:3"
BUILDER = """\
        with:
          driver: docker-container
          buildkitd-config-inline: |
            [registry."docker.io"]
              mirrors = ["mirror.example.com"]
"""
SERVER = {
    "Dockerfile": (
        "FROM ghcr-action:e2e\nCOPY server.py /\nENTRYPOINT "
        '["/usr/local/bin/python3", "/server.py"]\n'
    ),
    "server.py": """\
import socketserver
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        asked = self.rfile.readline()
        self.wfile.write(b"HTTP/1.0 200 OK\\r\\n\\r\\nwell\\n" if asked.startswith(b"GET /health ") else b"HTTP/1.0 404 No\\r\\n\\r\\n")
socketserver.TCPServer(("", 8080), Handler).serve_forever()
""",
}


@pytest.fixture
def recipe(bed: Testbed, image: str, api: GitHubApi, repository: str, tmp_path: Path) -> Recipe:
    api.account.add_repository(repository)
    return Recipe(home=tmp_path, bed=bed, image=image, api=api, repository=repository)


@pytest.fixture
def judge(bed: Testbed, tmp_path: Path) -> Judges:
    return judges(bed, tmp_path / "judge")


def labels(judge: Judges, reference: str) -> dict[str, str]:
    read: dict[str, str] = json.loads(judge.crane("config", reference))["config"]["Labels"]
    return read


def trusted(judge: Judges) -> dict[str, str]:
    """What lets crane in a script log in as the judge does."""
    return {"DOCKER_CONFIG": str(judge.config), "SSL_CERT_FILE": judge.testbed.ca_bundle}


def append(judge: Judges, reference: str, file: Path, directory: Path, *options: str) -> None:
    """Push an image of one file, by crane."""
    archive = str(directory / "layer.tar")
    judge.testbed.run("tar", "-cf", archive, "-C", str(file.parent), file.name)
    judge.crane("append", "--new_layer", archive, "--new_tag", reference)
    judge.crane("mutate", reference, "--set-platform", "linux/amd64", "--tag", reference, *options)


@pytest.mark.parametrize("title", CASES)
def test_recipes__publish_under_their_names(title: str, recipe: Recipe, judge: Judges) -> None:
    event, payload, files, expected = CASES[title]
    recipe.write(title, files)

    recipe.run(event, payload)

    for suffix, tags in expected.items():
        found = {
            re.sub(r"^nightly-\d{8}$", "nightly-DATE", tag)
            for tag in judge.tags(f"ghcr.io/{recipe.repository}{suffix}")
        }
        assert {tag for tag in found if not tag.startswith("buildcache-")} == tags


def test_recipes__bake_on_runners_of_their_own(recipe: Recipe, judge: Judges) -> None:
    targets = "".join(
        f'target "{name}" {{\n  context = "{name}"\n  tags = ["${{IMAGE}}/{name}"]\n'
        '  platforms = ["linux/amd64", "linux/arm64"]\n}\n'
        for name in ("web", "worker")
    )
    group = 'group "default" {\n  targets = ["web", "worker"]\n}\n'
    nothing = "FROM scratch\nCOPY Dockerfile /\n"
    recipe.write(
        "Bake, each target and platform on a runner of its own",
        {
            "docker-bake.hcl": f'variable "IMAGE" {{}}\n{group}{targets}',
            "web/Dockerfile": nothing,
            "worker/Dockerfile": nothing,
        },
    )

    log = recipe.run(platforms=4)

    name = f"ghcr.io/{recipe.repository}"
    assert f"| deploy {name}/web@{judge.crane('digest', f'{name}/web:main')}\n" in log
    for target in ("web", "worker"):
        image = f"{name}/{target}:main"
        assert judge.platforms(image).keys() == {"linux/amd64", "linux/arm64"}
        assert {tag for tag in judge.tags(f"{name}/{target}") if "buildcache" not in tag} == {
            "main"
        }


def test_recipes__every_platform_has_its_runner(recipe: Recipe, judge: Judges) -> None:
    recipe.write("Every platform on a runner of its own")

    log = recipe.run(platforms=2)

    name = f"ghcr.io/{recipe.repository}"
    image = f"{name}@{judge.crane('digest', f'{name}:main')}"
    assert f"| deploy {image}\n" in log
    assert judge.platforms(image).keys() == {"linux/amd64", "linux/arm64"}


def test_recipes__a_fork_builds_and_another_workflow_tells_of_it(
    recipe: Recipe, judge: Judges, api: GitHubApi
) -> None:
    api.also["read-only"] = github_api.READER
    api.account.add_pull(
        recipe.repository, NUMBER, HEAD, head_ref="topic", head_repository="stranger/hello"
    )
    head = {"ref": "topic", "sha": HEAD, "repo": {"full_name": "stranger/hello", "fork": True}}
    base = {"ref": "main", "sha": "b" * 40, "repo": {"full_name": recipe.repository}}
    recipe.write("Pull requests from forks")

    recipe.run(
        "pull_request",
        {"number": NUMBER, "pull_request": {"number": NUMBER, "head": head, "base": base}},
        secrets={"GITHUB_TOKEN": "read-only"},
        platforms=1,
    )

    (report,) = (recipe.home / "artifacts").iterdir()
    assert (recipe.repository, NUMBER) not in api.account.comments
    second = replace(recipe, home=recipe.home / "second")
    second.write("A fork's comment")
    found = (
        second.home
        / "artifacts"
        / str(RUN)
        / str(api.account.add_artifact(recipe.repository, RUN, report.name))
    )
    shutil.copytree(report, found)

    second.run("workflow_run", workflow_run(repository=recipe.repository))

    (comment,) = api.account.comments[recipe.repository, NUMBER]
    (row,) = rows.decode(comment["body"])
    assert (row.image, row.status, row.sha, row.run_id) == (
        f"ghcr.io/{recipe.repository}",
        BUILT,
        HEAD,
        RUN,
    )
    assert [cells.platform for cells in row.platforms] == ["linux/amd64"]
    assert (
        judge.testbed.run("sh", "-c", LISTED, f"ghcr.io/{recipe.repository}", **trusted(judge))
        == "nothing"
    )


def test_recipes__another_owner_takes_a_personal_token(
    recipe: Recipe, judge: Judges, api: GitHubApi
) -> None:
    api.also["a-token-of-this-owner"] = github_api.WRITER
    commit = recipe.write("A package of another owner")

    recipe.run(
        secrets={"GITHUB_TOKEN": "a-token-of-this-owner", "PACKAGES_TOKEN": recipe.bed.password},
        variables={"PACKAGES_USER": recipe.bed.user},
    )

    assert (
        labels(judge, "ghcr.io/another-owner/app:main")["org.opencontainers.image.revision"]
        == commit
    )


def test_recipes__a_private_base_takes_its_own_login(
    recipe: Recipe, judge: Judges, tmp_path: Path
) -> None:
    base = f"{recipe.bed.password_registry}/team/base-{uuid.uuid4().hex[:8]}:3"
    (tmp_path / "base").write_text("a base that only its registry has")
    append(judge, base, tmp_path / "base", tmp_path)
    files = {"Dockerfile": "ARG BASE\nFROM $BASE\nCOPY Dockerfile /\n"}
    recipe.write(
        "Private base images",
        files,
        {BASE: base, BASE.partition("/")[0]: recipe.bed.password_registry},
    )

    recipe.run(
        secrets={"BASE_PASSWORD": recipe.bed.password, "NPM_TOKEN": "npm-31337"},
        variables={"BASE_USER": recipe.bed.user},
    )

    (layer,) = json.loads(judge.crane("manifest", base))["layers"]
    published = json.loads(judge.crane("manifest", f"ghcr.io/{recipe.repository}:main"))
    assert published["layers"][0]["digest"] == layer["digest"]


def test_recipes__a_deployment_gets_the_digest(recipe: Recipe, judge: Judges) -> None:
    recipe.write("Deploy by digest")

    log = recipe.run(secrets={"KUBECONFIG": "a cluster"})

    name = f"ghcr.io/{recipe.repository}"
    assert (
        "kubectl --kubeconfig kubeconfig set image deployment/app "
        f"app={name}@{judge.crane('digest', f'{name}:main')}\n"
    ) in log


def test_recipes__pull_and_pin_runs_what_latest_is(
    recipe: Recipe, judge: Judges, tmp_path: Path
) -> None:
    name = f"ghcr.io/{recipe.repository}:latest"
    append(
        judge,
        name,
        recipe.bed.home / "prefix/usr/bin/tini-static",
        tmp_path,
        "--entrypoint",
        "/tini-static",
    )
    recipe.write("Pull and pin")

    log = recipe.run("schedule")

    assert "tini version 0." in log


def test_recipes__a_clean_up_deletes_and_keeps_the_list_that_restores(
    recipe: Recipe, judge: Judges, api: GitHubApi
) -> None:
    name, (owner, _, short) = f"ghcr.io/{recipe.repository}", recipe.repository.partition("/")
    package = api.account.add_package(owner, short, repository=recipe.repository)
    (recipe.home / "file").write_text(short)
    append(judge, f"{name}:latest", recipe.home / "file", recipe.home)
    old = ["pr-5", *(f"sha-{number:02}" for number in range(12))]
    relabel = (
        'for tag in "$@"; do crane mutate "$0:latest" --label tag="$tag" --tag "$0:$tag"; done'
    )
    made = judge.testbed.run("sh", "-c", relabel, name, *old, "lost", **trusted(judge))
    digests = dict(zip((*old, "lost"), re.findall(r"sha256:[0-9a-f]{64}", made), strict=True))
    for tag, digest in digests.items():
        api.account.add_version(owner, short, digest, [] if tag == "lost" else [tag])
    api.account.add_version(owner, short, judge.crane("digest", f"{name}:latest"), ["latest"])
    recipe.write("Clean up on a schedule")

    recipe.run("schedule")

    deleted = {digests[tag] for tag in ("pr-5", "sha-00", "sha-01", "lost")}
    assert {version["name"] for version in package.deleted} == deleted
    restore = json.loads(
        (recipe.home / "artifacts/ghcr-action-restore-1/cleanup-restore.json").read_text()
    )
    listed = [each for package in restore["packages"] for each in package["versions"]]
    assert {version["digest"] for version in listed} == deleted


def test_recipes__what_was_tested_becomes_latest(recipe: Recipe, judge: Judges) -> None:
    recipe = replace(recipe, repository=recipe.repository.replace("octo/", "public/"))
    recipe.api.account.add_repository(recipe.repository)
    commit = recipe.write("Test, then promote to `latest`", SERVER)

    log = recipe.run()

    name = f"ghcr.io/{recipe.repository}"
    assert "| well" in log
    assert judge.crane("digest", f"{name}:latest") == judge.crane(
        "digest", f"{name}:sha-{commit[:7]}"
    )


def test_recipes__an_enterprise_server_has_its_own_registry_and_api(
    bed: Testbed, image: str, repository: str, tmp_path: Path, judge: Judges
) -> None:
    with github_api.serve("/api/v3") as api:
        api.also[bed.password] = github_api.WRITER
        api.account.add_repository(
            repository, description="Of a server", html_url=f"https://github.example/{repository}"
        )
        recipe = Recipe(
            home=tmp_path,
            bed=bed,
            image=image,
            api=api,
            repository=repository,
            server="github.example",
        )
        commit = recipe.write("GitHub Enterprise Server", names={BUILDER: ""})

        recipe.run()

    found = labels(judge, f"containers.github.example/{repository}:main")
    assert {
        key.removeprefix("org.opencontainers.image."): value for key, value in found.items()
    }.items() >= {
        ("description", "Of a server"),
        ("revision", commit),
        ("source", f"https://github.example/{repository}"),
    }
