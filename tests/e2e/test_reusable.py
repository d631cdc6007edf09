"""The reusable workflow, run by act against a real registry: two platforms, a fork, a failing job,
a secret, one platform signed.

What act lacks is put in its place by `act.py`, and here: of a matrix it keeps the outputs of one
job. So the matrix is written out, a job for each entry, each still taking its entry from the plan's
output, and a job named `build` gathers the outputs as GitHub does (an empty one overwrites nothing)
and fails where a job has failed. The jobs run at once, on one engine. The runner's temporary
directory is in its place in the action's container, where an SSH key is looked for. A queue of more
than one job act does not know.
"""

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghcr_action.report.comment import rows, saved
from ghcr_action.report.comment.rows import BUILT, FAILED, PUSHED
from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.judges import Judges
from tests.e2e.test_secrets import holding
from tests.fakes import github_api
from tests.fakes.github_api import GitHubApi
from tests.testbed import ROOT, Testbed

BOTH = ("linux/amd64", "linux/arm64")
HEAD = "a" * 40
GREETING = "a-greeting-nobody-may-read-31337"
# Named, so that no test finds another's steps in the engine's cache: a secret is no part of a
# step's key.
DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS spoken
ARG TARGETPLATFORM
RUN echo "$TARGETPLATFORM for REPOSITORY" > /platform
RUN --mount=type=secret,id=greeting,required=false sha256sum /run/secrets/greeting > /said || echo nothing > /said
RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo an agent > /agent || echo nobody > /agent
FROM scratch
COPY --from=spoken /said /agent /platform /
"""
BROKEN = DOCKERFILE.replace("RUN ", 'RUN test "$TARGETPLATFORM" = linux/amd64\nRUN ', 1)
# What a later step of a building job finds of the secret: in its environment, in the runner's
# files, in the work tree.
PROBE = (
    'if env | grep -q 31337 || grep -rqs 31337 "$RUNNER_TEMP" "$GITHUB_WORKSPACE"; '
    'then echo "a step sees the secret"; exit 1; fi'
)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A repository that calls the workflow, in the way of strangers."""

    runs: Act
    name: str
    artifacts: Path
    temp: Path
    key: str

    def run(
        self, head: str = "", *, platforms: tuple[str, ...] = BOTH, context: str = "app"
    ) -> tuple[int, str]:
        """One run of the caller's workflow: for a push, or a pull request from ``head``; a fork's
        run has no secrets."""
        bed = self.runs.bed
        spread(self.runs.ours / ".github/workflows/publish.yml", len(platforms))
        secrets = {"GITHUB_TOKEN": github_api.WRITER}
        own = {"REGISTRY_PASSWORD": bed.password, "GREETING": GREETING, "DEPLOY_KEY": self.key}
        secrets |= own if head in ("", "octo/hello") else {}
        variables = {
            "REGISTRY": bed.token_registry,
            "IMAGE": self.name,
            "PLATFORMS": ",".join(platforms),
            "CONTEXT": context,
            "ENVIRONMENT": "production",
            "CACHE": f"type=local,dest={act.TEMP}/cache",
        }
        event = (
            ("pull_request", pull_request(head))
            if head
            else ("push", {"repository": {"full_name": "octo/hello"}})
        )
        done = self.runs.start(*event, secrets=secrets, variables=variables)
        return done.returncode, done.stdout


def pull_request(head: str) -> dict[str, Any]:
    """The event's payload; ``head`` is the repository it comes from."""
    return {
        "number": 7,
        "repository": {
            "full_name": "octo/hello",
            "default_branch": "main",
            "owner": {"login": "octo", "type": "Organization"},
        },
        "pull_request": {
            "number": 7,
            "head": {
                "ref": "patch",
                "sha": HEAD,
                "repo": {"full_name": head, "fork": head != "octo/hello"},
            },
            "base": {
                "ref": "main",
                "sha": "b" * 40,
                "repo": {"full_name": "octo/hello", "fork": False},
            },
        },
    }


def spread(path: Path, count: int) -> None:
    """Write the matrix out, as act needs it."""
    workflow = yaml.safe_load(path.read_text())
    build = workflow["jobs"].pop("build")
    workflow["jobs"]["merge"]["concurrency"].pop("queue", None)
    jobs = [f"job-{index}" for index in range(count)]
    for index, name in enumerate(jobs):
        job = copy.deepcopy(build)
        matrix = (
            f"${{{{ fromJSON(format('[{{0}}]', "
            f"toJSON(fromJSON(needs.plan.outputs.matrix).include[{index}]))) }}}}"
        )
        job["strategy"]["matrix"] = {"include": matrix}
        job["steps"].append(
            {"name": "Look for the secret", "if": "always()", "shell": "bash", "run": PROBE}
        )
        workflow["jobs"][name] = job
    workflow["jobs"]["build"] = {
        "needs": jobs,
        "if": "always()",
        "runs-on": "${{ inputs.runner }}",
        "outputs": {
            output: "${{ " + " || ".join(f"needs.{name}.outputs.{output}" for name in jobs) + " }}"
            for output in build["outputs"]
        },
        "steps": [{"run": "${{ contains(needs.*.result, 'failure') && 'false' || 'true' }}"}],
    }
    act.write(path, workflow)


@pytest.fixture
def api() -> Iterator[GitHubApi]:
    with github_api.serve() as server:
        server.account.add_repository("octo/hello")
        yield server


@pytest.fixture
def caller(tmp_path: Path, image: str, testbed: Testbed, repository: str, api: GitHubApi) -> Caller:
    """A repository with a Dockerfile and a workflow that calls ours."""
    root, temp, artifacts = (tmp_path / name for name in ("checkout", "temp", "artifacts"))
    artifacts.mkdir()
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/caller.yml").write_text(
        (ROOT / "tests/e2e/reusable/caller.yml").read_text()
    )
    for name, dockerfile in (("app", DOCKERFILE), ("broken", BROKEN)):
        (root / name).mkdir()
        (root / name / "Dockerfile").write_text(dockerfile.replace("REPOSITORY", repository))
    act.commit(root, "octo/hello")
    mounts = {"/artifacts": artifacts, "/origin": root, "/tmp": temp}
    ours = act.ours(tmp_path / "ours", image, testbed, api_url=api.url, mounts=mounts)
    options = (
        "--concurrent-jobs",
        "2",
        "--container-options",
        f"-v {temp}:{act.TEMP} -v {temp}:/github/runner_temp",
    )
    return Caller(
        runs=Act(bed=testbed, root=root, ours=ours, options=options),
        name=f"{testbed.token_registry}/{repository}",
        artifacts=artifacts,
        temp=temp,
        key=testbed.run("openssl", "genpkey", "-algorithm", "ed25519"),
    )


def outputs(log: str) -> dict[str, str]:
    """What the calling workflow reads."""
    found = re.search(r"\| outputs (\{.*\})", log)
    assert found
    read: dict[str, str] = json.loads(found[1])
    return read


def test_reusable__two_platforms_become_one_index(
    caller: Caller, judge: Judges, api: GitHubApi
) -> None:
    code, log = caller.run("octo/hello")

    assert code == 0
    read = outputs(log)
    digest = judge.crane("digest", f"{caller.name}:latest")
    digests = judge.platforms(f"{caller.name}@{digest}")
    assert tuple(digests) == BOTH
    assert {key: value for key, value in read.items() if key not in ("digests", "json")} == {
        "attestation-url": "",
        "images": read["image"],
        "digest": digest,
        "image": f"{caller.name}@{digest}",
        "tags": f"{caller.name}:1.2.3\n{caller.name}:latest",
        "version": "1.2.3",
        "pushed": "true",
        "reason": "",
    }
    assert json.loads(read["digests"]) == digests
    assert json.loads(read["json"])["digest"] == digest
    assert judge.crane("digest", f"{caller.name}:1.2.3") == digest
    (comment,) = api.account.comments["octo/hello", 7]
    (row,) = rows.decode(comment["body"])
    assert (row.image, row.status, row.sha, row.digest, row.tags) == (
        caller.name,
        PUSHED,
        HEAD,
        digest,
        ("1.2.3", "latest"),
    )
    assert [cells.platform for cells in row.platforms] == list(BOTH)
    assert {step.section for step in row.steps} == set(BOTH)
    assert "a pull without a login is refused" in row.visibility


def test_reusable__one_platform_is_signed_and_secrets_reach_run_and_nothing_else(
    caller: Caller, judge: Judges
) -> None:
    code, log = caller.run(platforms=BOTH[:1])

    assert code == 0
    script = 'crane export "$0" - | tar -xO said agent'
    said = judge.testbed.run(
        "sh", "-c", script, f"{caller.name}:latest", DOCKER_CONFIG=str(judge.config)
    )
    assert set(said.splitlines()) == {
        f"{hashlib.sha256(GREETING.encode()).hexdigest()}  /run/secrets/greeting",
        "an agent",
    }
    for secret in (GREETING, *caller.key.splitlines()[1:-1]):
        assert secret not in log
        assert secret not in judge.crane("config", f"{caller.name}:latest")
        assert holding(caller.temp, [secret.encode()]) == []
    assert any((caller.temp / "cache/blobs").rglob("*"))
    digest = judge.crane("digest", f"{caller.name}:latest")
    assert (outputs(log)["digest"], list(json.loads(outputs(log)["digests"]))) == (
        digest,
        [BOTH[0]],
    )


def test_reusable__a_fork_builds_and_leaves_one_report_of_all_platforms(
    caller: Caller, judge: Judges
) -> None:
    code, log = caller.run("stranger/hello")

    reason = "the token of a pull request from a fork can only read"
    assert code == 0
    told = {
        key: value
        for key, value in outputs(log).items()
        if value not in ("", "null") and key != "json"
    }
    assert told == {"pushed": "false", "reason": reason}
    assert not tags(caller, judge)
    (artifact,) = caller.artifacts.iterdir()
    (row,) = saved.load((artifact / "report.json").read_bytes())
    assert re.fullmatch(r"ghcr-action-report-[0-9a-f]{12}", artifact.name)
    assert (row.id, row.status, row.sha, row.reason) == (f"{caller.name}|", BUILT, HEAD, reason)
    assert [cells.platform for cells in row.platforms] == list(BOTH)


def test_reusable__a_failing_job_is_named_and_leaves_no_tag(
    caller: Caller, judge: Judges, api: GitHubApi
) -> None:
    code, log = caller.run("octo/hello", context="broken")

    assert code != 0
    assert "There is no image for linux/arm64: nothing was merged or tagged" in log
    assert not tags(caller, judge)
    (comment,) = api.account.comments["octo/hello", 7]
    (row,) = rows.decode(comment["body"])
    assert (row.id, row.status, [cells.platform for cells in row.platforms]) == (
        f"{caller.name}|",
        FAILED,
        ["linux/amd64"],
    )
    assert row.failure is not None
    assert row.failure.cause.startswith("linux/arm64: ")


def tags(caller: Caller, judge: Judges) -> tuple[str, ...]:
    """What the registry lists; nothing where the repository does not exist."""
    listed = judge.testbed.run(
        "sh", "-c", 'crane ls "$0" || true', caller.name, DOCKER_CONFIG=str(judge.config)
    )
    return tuple(listed.split())
