"""The built image as a command line, which a person starts without a runner."""

import os
import re
import subprocess
import sys

from ghcr_action import __version__
from tests.testbed import ROOT, Testbed


def test_image__help_is_that_of_the_tree(testbed: Testbed, image: str) -> None:
    ours = subprocess.run(
        [sys.executable, "-m", "ghcr_action", "publish", "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert (
        testbed.run("docker", "run", "--rm", "--env", "COLUMNS=120", image, "publish", "--help")
        == ours.stdout.strip()
    )


def test_image__version(testbed: Testbed, image: str) -> None:
    assert testbed.run("docker", "run", "--rm", image, "--version") == f"ghcr-action {__version__}"


def test_image__compiles_nothing_at_its_start(testbed: Testbed, image: str) -> None:
    start = (
        f"docker run --rm --entrypoint /usr/local/bin/python3 {image} -E -s -S -B -v "
        "/action/entrypoint.py --version 2>&1"
    )
    loaded = re.findall(
        r"^# code object from '(.*)'$", testbed.run("sh", "-c", start), re.MULTILINE
    )

    assert "/action/ghcr_action/cli/__pycache__/start.cpython-313.pyc" in loaded
    assert [path for path in loaded if not path.endswith(".pyc")] == []
