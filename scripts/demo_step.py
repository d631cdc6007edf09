"""One step of a workflow: its environment, the run, and what it left for later steps."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.demo_engine import Playground
from tests.e2e import protocol

ROOT = Path(__file__).resolve().parents[1]
PLATFORMS = "linux/amd64,linux/arm64"
REPOSITORY = {
    "full_name": "octo/hello",
    "default_branch": "main",
    "owner": {"type": "Organization"},
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happened on GitHub, and what stands below ``with:``."""

    title: str
    workspace: Path
    inputs: Mapping[str, str]
    github: Mapping[str, str]
    event: Mapping[str, object]

    def of_pull_request(self, number: int) -> "Step":
        """The same workflow on a pull request of the same repository."""
        base, head = (
            {"ref": "main"},
            {"ref": "greet", "sha": "fedcba98" * 5, "repo": {"full_name": "octo/hello"}},
        )
        return replace(
            self,
            title=f"Pull request {number} adds a file",
            inputs={name: value for name, value in self.inputs.items() if name != "tags"},
            github={
                **self.github,
                "EVENT_NAME": "pull_request",
                "REF": f"refs/pull/{number}/merge",
                "REF_NAME": f"{number}/merge",
                "REF_TYPE": "branch",
                "BASE_REF": "main",
                "HEAD_REF": "greet",
                "RUN_NUMBER": "2",
            },
            event={
                **self.event,
                "number": number,
                "pull_request": {"number": number, "base": base, "head": head},
            },
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the step left for a workflow."""

    code: int
    outputs: Mapping[str, str]
    summary: str


def release(place: Playground, workspace: Path) -> Step:
    """A push to main, which the workflow releases as well."""
    return Step(
        title="A push to main is released as 1.2.3",
        workspace=workspace,
        inputs={
            "github-token": "the-token",
            "images": f"{place.registry}/public/hello",
            "registry": place.registry,
            "username": place.user,
            "password": place.password,
            "platforms": PLATFORMS,
            "tags": "main\n1.2.3\n1.2\nlatest",
        },
        github={
            "ACTIONS": "true",
            "ACTOR": place.user,
            "EVENT_NAME": "push",
            "REF": "refs/heads/main",
            "REF_NAME": "main",
            "REF_TYPE": "branch",
            "REPOSITORY": "octo/hello",
            "REPOSITORY_OWNER": "octo",
            "RUN_ATTEMPT": "1",
            "RUN_ID": "4812",
            "RUN_NUMBER": "1",
            "SERVER_URL": "https://github.com",
            "SHA": "0123456789abcdef0123456789abcdef01234567",
            "WORKFLOW": "image",
        },
        event={"repository": REPOSITORY},
    )


def run(
    step: Step, place: Playground, api_url: str, show: Callable[[Iterable[str]], None]
) -> Result:
    """Run the action's own entry; each line of its log goes to ``show``."""
    with tempfile.TemporaryDirectory(prefix="ghcr-demo-") as name:
        directory = Path(name)
        environ = environment(step, directory, api_url)
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "entrypoint.py")],
            env={**place.environ, **environ},
            cwd=step.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        show(process.stdout or ())
        return Result(
            code=process.wait(),
            outputs=protocol.file_command((directory / "output").read_text()),
            summary=(directory / "summary").read_text(),
        )


def environment(step: Step, directory: Path, api_url: str) -> dict[str, str]:
    """What GitHub's runner would set for the step."""
    (directory / "event.json").write_text(json.dumps(step.event))
    for name in ("output", "state", "summary"):
        (directory / name).touch()
    files = {
        "EVENT_PATH": str(directory / "event.json"),
        "OUTPUT": str(directory / "output"),
        "STATE": str(directory / "state"),
        "STEP_SUMMARY": str(directory / "summary"),
    }
    github = {**step.github, **files, "API_URL": api_url, "WORKSPACE": str(step.workspace)}
    return {
        **{f"INPUT_{name.upper()}": value for name, value in step.inputs.items()},
        **{f"GITHUB_{name}": value for name, value in github.items()},
        "RUNNER_TEMP": str(directory),
        "PYTHONUNBUFFERED": "1",
    }
