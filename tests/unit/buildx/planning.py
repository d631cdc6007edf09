"""The request, engine and event that the tests of the argument list share. Texts are split as a
shell would."""

import shlex
from pathlib import PurePosixPath

from ghcr_action.buildx import command as build
from ghcr_action.buildx.build_request import BuildRequest
from ghcr_action.buildx.command import BuildFiles
from ghcr_action.buildx.context import Context
from ghcr_action.buildx.destination import Destination, Nowhere
from ghcr_action.buildx.provenance import Default
from ghcr_action.buildx.versions import Version
from ghcr_action.values.engine import BuildCommand
from ghcr_action.values.event import Event
from ghcr_action.values.reference import Reference

EVENT = Event(name="push", ref="refs/heads/main", sha="c" * 40, repository="octo/app", run_id="7")
RUN = "https://github.com/octo/app/actions/runs/7/attempts/1"
WORK_TREE = Context(value=".", is_git=False, why="")
FILES = BuildFiles(metadata=PurePosixPath("MD"), iid=PurePosixPath("IID"))
NOWHERE = Nowhere()
ONE, TWO = Reference.parse("ghcr.io/octo/app:1"), Reference.parse("ghcr.io/octo/app:2")
NO_ATTESTATION = "--attest type=provenance,disabled=true"
REST = "--metadata-file MD --progress=rawjson ."


def buildx(version: str = "0.29.1") -> Version:
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def planned(
    request: BuildRequest,
    *,
    version: str = "0.29.1",
    context: Context = WORK_TREE,
    files: BuildFiles = FILES,
    destination: Destination = NOWHERE,
    fallback: Default = Default.OFF,
) -> BuildCommand:
    return build.command(
        request,
        context,
        buildx=buildx(version),
        files=files,
        event=EVENT,
        destination=destination,
        fallback=fallback,
    )


def arguments(text: str) -> tuple[str, ...]:
    """The arguments behind ``docker buildx build``."""
    return ("buildx", "build", *shlex.split(text))
