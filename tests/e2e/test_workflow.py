"""A whole workflow, run by act: `uses: ./`, and a later step that reads the outputs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.testbed import ROOT, Testbed


@pytest.fixture
def checkout(tmp_path: Path, image: str) -> Path:
    """A repository with the action and the workflow in it.

    act builds a Dockerfile with the engine's old builder, which knows neither our mounts nor named
    build contexts, and finds no base by digest on a machine without a registry. So here, and only
    here, action.yml names the image that was built from it.
    """
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "examples/hello", root / "examples/hello")
    shutil.copytree(ROOT / "tests/e2e/workflow", root / ".github/workflows")
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["image"] == "Dockerfile"
    action["runs"]["image"] = f"docker://{image}"
    (root / "action.yml").write_text(yaml.safe_dump(action, sort_keys=False))
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        [
            "-c",
            "user.name=e2e",
            "-c",
            "user.email=e2e@localhost",
            "commit",
            "--quiet",
            "--message",
            "A workflow",
        ],
        ["remote", "add", "origin", "https://github.com/octo/hello.git"],
    ):
        subprocess.run(["git", "-C", root, *command], check=True)
    return root


def test_workflow__a_later_step_reads_the_outputs(
    checkout: Path, judge: Judges, testbed: Testbed, repository: str
) -> None:
    name = f"{testbed.token_registry}/{repository}"
    arguments = {"REGISTRY": testbed.token_registry, "IMAGE": name}

    done = subprocess.run(
        [
            Path(sys.executable).with_name("act"),
            "push",
            *("--platform", "ubuntu-latest=debian:trixie-slim"),
            *(
                "--pull=false",
                "--network",
                "host",
                "--container-daemon-socket",
                testbed.docker_host,
            ),
            *(part for key, value in arguments.items() for part in ("--var", f"{key}={value}")),
            *("--secret", "REGISTRY_PASSWORD", "--secret", "GITHUB_TOKEN"),
        ],
        cwd=checkout,
        env={
            **testbed.env,
            "REGISTRY_PASSWORD": testbed.password,
            "GITHUB_TOKEN": TOKEN,
            "XDG_CACHE_HOME": str(checkout.parent / "cache"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    digest = judge.crane("digest", f"{name}:latest")
    assert f"digest is {digest}" in done.stdout
    assert f"image is {name}@{digest}" in done.stdout
    assert f"first tag is {name}:1.2.3" in done.stdout
    assert testbed.password not in done.stdout
