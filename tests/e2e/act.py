"""Runs whole workflows by act, with stand-ins for what act and this machine lack. They are here,
and nowhere else:

- act knows no `uses: $/`: the name of our repository is written, a directory of this machine. So
  callers are in another repository, and
  write `OWNER/ghcr-action@v1` as strangers do.
- It asks GitHub for actions of others: those of the directory `actions` are taken; each says what
  it leaves out.
- It can't be told another address of GitHub's API: a line of Python exports the stand-in's, then
  starts our entry point.
- Its containers share no directory for a runner's files: that line names one, RUNNER_TEMP, that all
  of them see.
- Its images have no programs: the jobs of our workflows see those of this machine, below /usr and
  /testbed, and `programs`.
- It has no permissions of jobs: tests/unit/test_permissions.py holds them against what the steps
  need.
- It keeps one job's outputs of a matrix.
- It names containers after workflow and job alone, and its jobs share one engine: there, a run
  waits for its namesake.
"""

import fcntl
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.testbed import ROOT, SCRIPT, Testbed

OURS = "OWNER/ghcr-action"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
TEMP = "/temp"
JOB = "debian:trixie-slim"
PATH = "/stand-in:/testbed:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HERE = Path(__file__).parent
_LABELS = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-24.04-arm", "self-hosted")
_PYTHON = "/usr/local/bin/python3"
_ENTRYPOINT = [_PYTHON, "-E", "-s", "-S", "-u", "-B", "/action/entrypoint.py"]
_USES = re.compile(r"uses: ['\"]?(?P<name>[\w.-]+/(?P<action>[\w.-]+)@[\w.-]+)")


@dataclass(frozen=True, kw_only=True)
class Act:
    """Runs of one repository, the current directory of each, with our own at ``ours``."""

    bed: Testbed
    root: Path
    ours: Path
    options: tuple[str, ...] = ()
    """Further arguments of act."""

    def run(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        secrets: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """The log of a green run; fails the test where it is red."""
        done = self.start(event, payload, secrets=secrets, variables=variables)
        assert done.returncode == 0
        return done.stdout

    def start(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        secrets: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """One run, however it ends."""
        described = self.root.parent / "event.json"
        described.write_text(json.dumps(payload))
        (workflow,) = (
            yaml.safe_load(path.read_text()) for path in self.root.glob(".github/workflows/*.yml")
        )
        with (self.bed.home / f"act-{workflow['name']}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self._run(event, described, secrets, variables or {})
        sys.stdout.write(done.stdout)  # pytest shows it whole where a test fails
        return done

    def _run(
        self, event: str, payload: Path, secrets: Mapping[str, str], variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        named = bool(self.bed.env.get("TESTBED_NAME"))
        shared = f"-v {self.ours.parent}/temp:{TEMP}"
        trust = f" -v {self.bed.ca_bundle}:{BUNDLE}:ro" if named else ""
        return subprocess.run(
            [
                *((SCRIPT, "exec") if named else ()),
                *(
                    Path(sys.executable).with_name("act"),
                    event,
                    "--eventpath",
                    payload,
                    "--actor",
                    self.bed.user,
                ),
                *(part for label in _LABELS for part in ("--platform", f"{label}={JOB}")),
                *(
                    "--pull=false",
                    "--rm",
                    "--network",
                    "host",
                    "--container-daemon-socket",
                    self.bed.docker_host,
                    "--concurrent-jobs",
                    "1",
                ),
                *(
                    "--container-options",
                    f"{shared}{trust}",
                    *(("--env", f"REQUESTS_CA_BUNDLE={BUNDLE}") if named else ()),
                ),
                *("--use-new-action-cache", "--local-repository", f"{OURS}@v1={self.ours}"),
                *(
                    part
                    for name, path in self._actions()
                    for part in ("--local-repository", f"{name}={path}")
                ),
                *(
                    part
                    for name, value in variables.items()
                    for part in ("--var", f"{name}={value}")
                ),
                *(part for name in secrets for part in ("--secret", name)),
                *self.options,
            ],
            cwd=self.root,
            env={**self.bed.env, **secrets, "XDG_CACHE_HOME": str(self.root.parent / "cache")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _actions(self) -> Iterator[tuple[str, Path]]:
        """Every foreign action that is used and has a stand-in."""
        texts = [
            path.read_text()
            for root in (self.root, self.ours)
            for path in root.glob(".github/workflows/*.yml")
        ]
        for name, action in sorted(
            {(found["name"], found["action"]) for text in texts for found in _USES.finditer(text)}
        ):
            if (_HERE / "actions" / action).is_dir():
                yield name, _HERE / "actions" / action


def ours(
    root: Path, image: str, bed: Testbed, *, api_url: str, mounts: Mapping[str, Path] | None = None
) -> Path:
    """Our repository as a caller meets it: the action by its image, and the workflows; ``mounts``
    are their jobs' directories → ours."""
    (root / ".github/workflows").mkdir(parents=True)
    (root.parent / "temp").mkdir(exist_ok=True)
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    action["runs"]["image"] = f"docker://{image}"
    write(root / "action.yml", action | {"runs": action["runs"] | led(api_url)})
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        container = with_programs(bed, api_url, {TEMP: root.parent / "temp", **(mounts or {})})
        write(root / ".github/workflows" / path.name, for_act(workflow, container))
    return root


def led(api_url: str) -> dict[str, Any]:
    """What starts the action with the addresses that act can't be told."""
    line = (
        f"import os; os.environ |= {{'GITHUB_API_URL': '{api_url}', 'RUNNER_TEMP': "
        f"'{TEMP}'}}; os.execv('{_PYTHON}', {_ENTRYPOINT})"
    )
    return {"entrypoint": _PYTHON, "args": ["-c", line]}


def with_programs(bed: Testbed, api_url: str, mounts: Mapping[str, Path]) -> dict[str, Any]:
    """A job's container that finds this machine's programs."""
    seen = {"/stand-in": _HERE / "programs", "/testbed": bed.home / "prefix/usr/bin"}
    if bed.env.get("TESTBED_NAME"):
        seen[BUNDLE] = Path(bed.ca_bundle)
    machine = {
        each: Path(each)
        for each in ("/usr", "/etc/ld.so.cache", sys.base_prefix)
        if not each.startswith("/usr/")
    }
    options = [f"--volume={path}:{inside}:ro" for inside, path in (seen | machine).items()]
    options += ["--network=host", *(f"--volume={path}:{inside}" for inside, path in mounts.items())]
    trust = {"SSL_CERT_FILE": BUNDLE} if bed.env.get("TESTBED_NAME") else {}
    return {
        "image": JOB,
        "options": shlex.join(options),
        "env": {"PATH": PATH, "STAND_IN_API": api_url, **trust},
    }


def for_act(workflow: dict[Any, Any], container: dict[str, Any]) -> dict[Any, Any]:
    """One of our workflows, its `$/` written out, its jobs in a container."""
    for job in workflow["jobs"].values():
        if "steps" in job:
            job["container"] = container
        for each in (job, *job.get("steps", ())):
            if each.get("uses", "").startswith("$/"):
                each["uses"] = f"{OURS}{each['uses'][1:].rstrip('/')}@v1"
    return workflow


def write(path: Path, document: dict[Any, Any]) -> None:
    """A workflow or an action, its key `on` as it was."""
    path.write_text(
        yaml.safe_dump(
            {"on" if key is True else key: value for key, value in document.items()},
            sort_keys=False,
            width=1000,
        )
    )


def commit(root: Path, repository: str, server: str = "github.com") -> str:
    """Make a directory the work tree of a repository on GitHub; gives the commit."""
    git = ["git", "-C", str(root)]
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
        ["remote", "add", "origin", f"https://{server}/{repository}.git"],
    ):
        subprocess.run([*git, *command], check=True)
    return subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
