"""The reusable workflow, run by act against a real registry: two platforms, a fork, a failing leg, a secret.

What act lacks is put in its place here, and only here; the steps themselves stay as they are:

- It does not know `uses: $/`: `./` is written, after a checkout where the job has none.
- Of a matrix it keeps the outputs of one job. The matrix is written out, a job for each leg, each still taking its leg from the plan's
  output, and a job named `build` that gathers the outputs as GitHub does: an empty one overwrites nothing.
- It asks GitHub for actions of others: signing is switched off by its input, and uploads of artifacts are left out.
- Its runners share one engine, so that jobs run one after the other.
- It has no permissions of jobs; test_workflows.py holds what the file says.
- It can't be told another address of GitHub's API: our entry point is started by a line of Python that exports the stand-in's.
"""

import copy
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghcr_action.report import rows
from tests.e2e.judges import Judges
from tests.fakes import github_api
from tests.fakes.github_api import GitHubApi
from tests.testbed import ROOT, Testbed

LEGS = 2
HEAD = "a" * 40
PYTHON = "/usr/local/bin/python3"
ENTRYPOINT = [PYTHON, "-E", "-s", "-S", "-u", "-B", "/action/entrypoint.py"]
GREETING = "a-greeting-nobody-may-read-31337"
# Named, so that no test finds another's steps in the engine's cache: a secret is no part of a step's key.
DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS spoken
ARG TARGETPLATFORM
RUN echo "$TARGETPLATFORM for REPOSITORY" > /platform
RUN --mount=type=secret,id=greeting,required=false sha256sum /run/secrets/greeting > /said || echo nothing > /said
FROM scratch
COPY --from=spoken /said /platform /
"""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A repository that calls the workflow."""

    root: Path
    testbed: Testbed
    name: str

    def run(self, pull_request_from: str = "") -> subprocess.CompletedProcess[str]:
        """One run of the caller's workflow, and its log; a fork's run has no secrets."""
        event, payload = ("pull_request", pull_request(pull_request_from)) if pull_request_from else ("push", {})
        (self.root / "event.json").write_text(json.dumps(payload))
        secrets = {"GITHUB_TOKEN": github_api.WRITER}
        secrets |= {"REGISTRY_PASSWORD": self.testbed.password, "GREETING": GREETING} if pull_request_from in ("", "octo/hello") else {}
        variables = {"REGISTRY": self.testbed.token_registry, "IMAGE": self.name}
        return subprocess.run(
            [
                *(Path(sys.executable).with_name("act"), event, "--workflows", ".github/workflows/caller.yml", "--eventpath", "event.json"),
                *("--platform", "ubuntu-latest=debian:trixie-slim", "--platform", "self-hosted=debian:trixie-slim"),
                *(
                    "--pull=false",
                    "--network",
                    "host",
                    "--container-daemon-socket",
                    self.testbed.docker_host,
                    "--concurrent-jobs",
                    "1",
                    "--rm",
                ),
                *(part for key, value in variables.items() for part in ("--var", f"{key}={value}")),
                *(part for key in secrets for part in ("--secret", key)),
            ],
            cwd=self.root,
            env={**self.testbed.env, **secrets, "XDG_CACHE_HOME": str(self.root.parent / "cache")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


def pull_request(head: str) -> dict[str, Any]:
    """The event's payload; ``head`` is the repository it comes from."""
    return {
        "number": 7,
        "repository": {"full_name": "octo/hello", "default_branch": "main", "owner": {"login": "octo", "type": "Organization"}},
        "pull_request": {
            "number": 7,
            "head": {"ref": "patch", "sha": HEAD, "repo": {"full_name": head, "fork": head != "octo/hello"}},
            "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": "octo/hello", "fork": False}},
        },
    }


def for_act(workflow: dict[Any, Any]) -> dict[Any, Any]:
    """The workflow with what act lacks put in its place."""
    jobs = {key: copy.deepcopy(job) for key, job in workflow["jobs"].items() if key != "build"}
    build = workflow["jobs"]["build"]
    for index in range(LEGS):
        leg = copy.deepcopy(build)
        leg["strategy"]["matrix"] = {
            "include": f"${{{{ fromJSON(format('[{{0}}]', toJSON(fromJSON(needs.plan.outputs.matrix).include[{index}]))) }}}}"
        }
        jobs[f"build_{index}"] = leg
    jobs["build"] = {
        "needs": [f"build_{index}" for index in range(LEGS)],
        "runs-on": "${{ inputs.runner }}",
        "outputs": {name: _any_of(name) for name in build["outputs"]},
        "steps": [{"run": "true"}],
    }
    for job in jobs.values():
        job["steps"] = [step for step in map(_local, job["steps"]) if not step.get("uses", "").startswith("actions/upload-artifact@")]
        if {"uses": "./"}.items() <= job["steps"][0].items():
            job["steps"].insert(0, {"uses": "actions/checkout@v5"})
    return {"on" if key is True else key: value for key, value in workflow.items()} | {"jobs": jobs}


def _any_of(output: str) -> str:
    return "${{ " + " || ".join(f"needs.build_{index}.outputs.{output}" for index in range(LEGS)) + " }}"


def _local(step: dict[str, Any]) -> dict[str, Any]:
    return {**step, "uses": "./"} if step.get("uses") == "$/" else step


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("octo/hello")
        yield server


@pytest.fixture
def caller(tmp_path: Path, image: str, testbed: Testbed, repository: str, api: GitHubApi) -> Caller:
    """A checkout with the action, the reusable workflow and one that calls it."""
    root = tmp_path / "checkout"
    workflows = root / ".github/workflows"
    workflows.mkdir(parents=True)
    shutil.copy(ROOT / "tests/e2e/reusable/caller.yml", workflows)
    published = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())
    (workflows / "publish.yml").write_text(yaml.safe_dump(for_act(published), sort_keys=False, width=1000))
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    action["runs"] |= {
        "image": f"docker://{image}",
        "entrypoint": PYTHON,
        "args": ["-c", f"import os; os.environ['GITHUB_API_URL'] = '{api.url}'; os.execv('{PYTHON}', {ENTRYPOINT})"],
    }
    (root / "action.yml").write_text(yaml.safe_dump(action, sort_keys=False))
    (root / "app").mkdir()
    (root / "app/Dockerfile").write_text(DOCKERFILE.replace("REPOSITORY", repository))
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "--quiet", "--message", "A workflow"],
        ["remote", "add", "origin", "https://github.com/octo/hello.git"],
    ):
        subprocess.run(["git", "-C", root, *command], check=True)
    return Caller(root=root, testbed=testbed, name=f"{testbed.token_registry}/{repository}")


def outputs(log: str) -> dict[str, str]:
    """What the calling workflow reads."""
    found = re.search(r"\| outputs (\{.*\})", log)
    assert found, log
    read: dict[str, str] = json.loads(found[1])
    return read


def test_reusable__two_platforms_become_one_index(caller: Caller, judge: Judges) -> None:
    done = caller.run()

    assert done.returncode == 0, done.stdout
    read = outputs(done.stdout)
    digest = judge.crane("digest", f"{caller.name}:latest")
    index = json.loads(judge.crane("manifest", f"{caller.name}@{digest}"))
    entries = {f"{entry['platform']['os']}/{entry['platform']['architecture']}": entry["digest"] for entry in index["manifests"]}
    digests = {platform: entries[platform] for platform in ("linux/amd64", "linux/arm64")}
    assert {key: value for key, value in read.items() if key != "json"} == {
        "digest": digest,
        "digests": read["digests"],
        "image": f"{caller.name}@{digest}",
        "tags": f"{caller.name}:1.2.3\n{caller.name}:latest",
        "version": "1.2.3",
        "pushed": "true",
        "reason": "",
    }
    assert json.loads(read["digests"]) == digests
    assert json.loads(read["json"])["digest"] == digest
    assert judge.crane("digest", f"{caller.name}:1.2.3") == digest


def test_reusable__a_secret_reaches_run_and_nothing_else(caller: Caller, judge: Judges) -> None:
    done = caller.run()

    assert done.returncode == 0, done.stdout
    said = caller.testbed.run("sh", "-c", 'crane export "$0" - | tar -xO said', f"{caller.name}:latest", DOCKER_CONFIG=str(judge.config))
    assert said.split()[0] == hashlib.sha256(GREETING.encode()).hexdigest()
    assert GREETING not in done.stdout
    assert GREETING not in judge.crane("config", f"{caller.name}:latest")


def test_reusable__a_fork_builds_and_does_not_push(caller: Caller, judge: Judges) -> None:
    done = caller.run("stranger/hello")

    assert done.returncode == 0, done.stdout
    read = outputs(done.stdout)
    told = {key: value for key, value in read.items() if value not in ("", "null")}
    assert told == {"pushed": "false", "reason": "the token of a pull request from a fork can only read"}
    assert not tags(caller, judge)


def test_reusable__a_pull_request_hears_of_the_index(caller: Caller, judge: Judges, api: GitHubApi) -> None:
    done = caller.run("octo/hello")

    assert done.returncode == 0, done.stdout
    (comment,) = api.account.comments["octo/hello", 7]
    (row,) = rows.decode(comment["body"])
    assert (row.image, row.sha, row.digest, row.tags) == (
        caller.name,
        HEAD,
        judge.crane("digest", f"{caller.name}:latest"),
        ("1.2.3", "latest"),
    )
    assert [cells.platform for cells in row.platforms] == ["linux/amd64", "linux/arm64"]


def test_reusable__a_failing_leg_leaves_no_tag(caller: Caller, judge: Judges) -> None:
    broken = DOCKERFILE.replace("RUN ", 'RUN test "$TARGETPLATFORM" = linux/amd64\nRUN ', 1)
    (caller.root / "app/Dockerfile").write_text(broken)

    done = caller.run()

    assert done.returncode != 0
    assert 'test "$TARGETPLATFORM" = linux/amd64' in done.stdout
    assert "[image/publish/Merge and tag" not in done.stdout
    assert not tags(caller, judge)


def tags(caller: Caller, judge: Judges) -> tuple[str, ...]:
    """What the registry lists; nothing where the repository does not exist."""
    listed = caller.testbed.run("sh", "-c", 'crane ls "$0" || true', caller.name, DOCKER_CONFIG=str(judge.config))
    return tuple(listed.split())
