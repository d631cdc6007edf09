"""A builder of our own from its making to its removal, carried out by a stand-in for the docker
program, killed runs included."""

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from ghcr_action.adapters.engine import DockerEngine
from ghcr_action.adapters.workspace import LocalWorkspace, Places
from ghcr_action.errors import Unavailable
from ghcr_action.images import transfer
from ghcr_action.modes import publish
from tests.fakes import ports
from tests.fakes.engine import NATIVE, image
from tests.fakes.events import push_event
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.flow.test_publish import APP, MAIN, parsed
from tests.testbed import ROOT

CLASSIC = {
    "ServerVersion": "28.5.2",
    "OSType": "linux",
    "Architecture": "x86_64",
    "DriverStatus": [],
    "ClientInfo": {"Plugins": [{"Name": "buildx", "Version": "v0.36.1"}]},
}
DIGEST = str(image([NATIVE])[0].descriptor.digest)
PROGRAM = """#!{python}
import json, os, sys
given = sys.argv[1:]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(given) + "\\n")
if given[0] == "info":
    print({info!r})
elif given[:2] == ["buildx", "inspect"] and "--bootstrap" not in given:
    print('ERROR: no builder "' + given[-1] + '" found')
    sys.exit(1)
elif given[:2] == ["buildx", "inspect"] and {fails!r}:
    print("ERROR: pull access denied")
    sys.exit(1)
elif given[:2] == ["buildx", "build"]:
    with open(given[given.index("--metadata-file") + 1], "w") as metadata:
        metadata.write(json.dumps({{"containerimage.digest": {digest!r}}}))
"""


class Stand:
    """The program, and what it was asked."""

    def __init__(self, directory: Path, *, fails: bool = False) -> None:
        self.program, self.calls_file = directory / "bin/docker", directory / "calls"
        self.program.parent.mkdir()
        text = PROGRAM.format(
            python=sys.executable,
            calls=str(self.calls_file),
            info=json.dumps(CLASSIC),
            fails=fails,
            digest=DIGEST,
        )
        self.program.write_text(text)
        self.program.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    @property
    def words(self) -> list[str]:
        """The commands without what differs from run to run."""
        return [" ".join(call[:2]) for call in self.calls]


def world(directory: Path, stand: Stand) -> Any:
    """The real engine adapter and workspace; a registry that already has what the stand-in claims
    to push."""
    tree, private, registry = directory / "tree", directory / "ghcr-action-abc", FakeRegistry()
    for path in (tree, private):
        path.mkdir()
    (tree / "Dockerfile").write_text("FROM scratch")
    root, blobs = image([NATIVE])
    transfer.push(MemoryLayout(root, blobs), root.descriptor, MAIN.repository, registry)
    return ports.make(
        engine=DockerEngine(
            {"PATH": os.environ["PATH"]}, directory=tree, program=str(stand.program)
        ),
        workspace=LocalWorkspace(
            tree, Places(private=private, shared=directory, shared_on_host=PurePosixPath(directory))
        ),
        registry=registry,
        runner=FakeRunner(),
    )


def test_builder__is_made_started_used_and_removed(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    made = world(tmp_path, stand)

    outcome = publish.run(parsed(push_event(), provenance="mode=max"), made)

    assert stand.words == [
        "info --format",
        "buildx create",
        "buildx inspect",
        "buildx build",
        "buildx rm",
    ]
    name = stand.calls[1][3]
    assert name.startswith("ghcr-action-")
    assert stand.calls[2] == ["buildx", "inspect", "--bootstrap", name]
    assert stand.calls[3][stand.calls[3].index("--builder") + 1] == name
    assert (
        f"type=image,name={APP},push-by-digest=true,name-canonical=true,push=true,store=false,oci-mediatypes=true"
        in stand.calls[3]
    )
    assert stand.calls[4] == ["buildx", "rm", name]
    assert str(outcome.digest) == DIGEST


def test_builder__under_a_name_is_asked_for_first(tmp_path: Path) -> None:
    stand = Stand(tmp_path)

    publish.run(
        parsed(push_event(), builder="mine", driver="docker-container", cleanup="false"),
        world(tmp_path, stand),
    )

    assert stand.words == [
        "info --format",
        "buildx inspect",
        "buildx create",
        "buildx inspect",
        "buildx build",
    ]
    assert stand.calls[1] == ["buildx", "inspect", "mine"]


def test_builder__that_does_not_start_is_told_in_its_own_words_and_removed(tmp_path: Path) -> None:
    stand = Stand(tmp_path, fails=True)

    with pytest.raises(Unavailable, match="ERROR: pull access denied"):
        publish.run(parsed(push_event(), driver="docker-container"), world(tmp_path, stand))

    assert stand.words[-1] == "buildx rm"


def test_post__removes_the_builder_and_the_image_of_a_killed_run(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    state = json.dumps([["buildx", "rm", "b"], ["image", "rm", "--force", "localhost/tested:x"]])
    environ = {
        "PATH": f"{stand.program.parent}:{os.environ['PATH']}",
        "STATE_cleanup": state,
        "PYTHONPATH": str(ROOT),
    }

    done = subprocess.run(
        [sys.executable, "-c", "from ghcr_action.post import post; post()"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, stand.calls) == (0, json.loads(state)), done.stderr
