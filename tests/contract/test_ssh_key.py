"""The steps of publish.yml that lay an SSH key down and take it away, as bash runs them."""

import subprocess
from pathlib import Path

import yaml

from tests.testbed import ROOT

STEPS = {
    step["name"]: step
    for step in yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())["jobs"][
        "build"
    ]["steps"]
    if "name" in step
}
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----"


def run(name: str, temp: Path, key: str = "") -> str:
    output = temp / "output"
    output.touch()
    environ = {
        "PATH": "/usr/bin:/bin",
        "KEY": key,
        "RUNNER_TEMP": str(temp),
        "GITHUB_OUTPUT": str(output),
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    return output.read_text()


def test_ssh_key__is_a_private_file_while_the_build_runs(tmp_path: Path) -> None:
    given = run("Lay the SSH key down", tmp_path, KEY)
    path = tmp_path / "ghcr-action-ssh"

    assert given == "keys=default=/github/runner_temp/ghcr-action-ssh\n"
    assert (path.read_text(), path.stat().st_mode & 0o777) == (f"{KEY}\n", 0o600)

    run("Remove the SSH key", tmp_path)

    assert not path.exists()


def test_ssh_key__without_one_nothing_is_written(tmp_path: Path) -> None:
    assert run("Lay the SSH key down", tmp_path) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_ssh_key__goes_to_one_step() -> None:
    assert [name for name, step in STEPS.items() if "secrets.ssh" in str(step)] == [
        "Lay the SSH key down"
    ]
