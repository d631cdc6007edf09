"""The recipes of the documentation that can run here, run by act as they stand, against a registry that answers to ghcr.io.

In the place of `OWNER/ghcr-action@v1` stands `./`, after a checkout where the job has none (act would ask GitHub for it). Not run: recipes
that need what this machine has not (another owner, a GHES, a registry of bases, a cluster, GitHub's API for clean-up and comments) and
those that call publish.yml, which test_reusable.py runs.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.judges import judges
from tests.testbed import ROOT, SCRIPT, Testbed

_SECTION = re.compile(r"^## (?P<title>.+?)$.*?^```yaml\n(?P<block>.*?)^```", re.MULTILINE | re.DOTALL)
RECIPES = {found["title"]: found["block"] for found in _SECTION.finditer((ROOT / "docs/recipes.md").read_text())}
RECIPES["README"] = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)[0]
BRANCH, TAG = {"ref": "refs/heads/main"}, {"ref": "refs/tags/v1.2.3"}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, set[str]]]] = {
    "README": ("push", BRANCH, {"": {"main"}}),
    "Publish a release tag": ("push", TAG, {"": {"1.2.3", "1.2", "1", "latest"}}),
    "Several images of one repository": ("push", BRANCH, {"/api": {"main"}, "/worker": {"main"}, "/web": {"main"}}),
    "Test, then promote to `latest`": ("push", BRANCH, {"": {"latest", "sha-COMMIT"}}),
    "Nightly": ("workflow_dispatch", BRANCH, {"": {"nightly", "nightly-DATE"}}),
}


def for_act(recipe: str) -> str:
    """The recipe with the action's own repository in the place of GitHub's, and without what is somebody else's application."""
    workflow = yaml.safe_load(recipe)
    workflow["jobs"].pop("test", None)
    for job in workflow["jobs"].values():
        if isinstance(job.get("needs"), list):
            job["needs"] = [name for name in job["needs"] if name != "test"]
        for step in job["steps"]:
            if step.get("uses") == "OWNER/ghcr-action@v1":
                step["uses"] = "./"
        if job["steps"][0].get("uses") == "./":
            job["steps"].insert(0, {"uses": "actions/checkout@v5"})
    return yaml.safe_dump({"on" if key is True else key: value for key, value in workflow.items()}, sort_keys=False)


def checkout(root: Path, image: str, repository: str, recipe: str) -> str:
    """A repository with the action, the recipe and what it builds; gives the commit."""
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/recipe.yml").write_text(for_act(recipe))
    for directory in (root, *(root / "services" / name for name in ("api", "worker", "web"))):
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "examples/hello/Dockerfile", directory)
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    action["runs"]["image"] = f"docker://{image}"
    (root / "action.yml").write_text(yaml.safe_dump(action, sort_keys=False))
    git = ["git", "-C", str(root)]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "--quiet", "--message", "A recipe"],
        ["remote", "add", "origin", f"https://github.com/{repository}.git"],
    ):
        subprocess.run([*git, *command], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("title", CASES)
def test_recipes__run_as_they_stand(title: str, bed: Testbed, image: str, repository: str, tmp_path: Path) -> None:
    event, payload, expected = CASES[title]
    root = tmp_path / "checkout"
    commit = checkout(root, image, repository, RECIPES[title])
    (tmp_path / "event.json").write_text(json.dumps(payload))
    bundle = "/etc/ssl/certs/ca-certificates.crt"

    done = subprocess.run(
        [
            *(SCRIPT, "exec", Path(sys.executable).with_name("act"), event, "--eventpath", tmp_path / "event.json", "--actor", bed.user),
            *(
                "--platform",
                "ubuntu-latest=debian:trixie-slim",
                "--platform",
                "ubuntu-24.04=debian:trixie-slim",
                "--pull=false",
                "--network",
                "host",
            ),
            *("--container-daemon-socket", bed.docker_host, "--container-options", f"-v {bed.ca_bundle}:{bundle}:ro"),
            *("--env", f"REQUESTS_CA_BUNDLE={bundle}", "--secret", "GITHUB_TOKEN"),
        ],
        cwd=root,
        env={**bed.env, "GITHUB_TOKEN": bed.password, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    judge = judges(bed, tmp_path / "judge")
    for suffix, tags in expected.items():
        found = {re.sub(r"^nightly-\d{8}$", "nightly-DATE", tag) for tag in judge.tags(f"ghcr.io/{repository}{suffix}")}
        assert {tag for tag in found if not tag.startswith("buildcache-")} == {tag.replace("COMMIT", commit[:7]) for tag in tags}
