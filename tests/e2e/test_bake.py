"""Real bakes: one call, every digest as independent clients find it, the tags of all or of none."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from ghcr_action.errors import NotFound
from tests.e2e.bake_examples import BASE, EXAMPLES, FILE, Example
from tests.e2e.conftest import TOKEN
from tests.e2e.judges import Judges
from tests.e2e.kills import ALONE
from tests.e2e.places import Process
from tests.e2e.runner import Job
from tests.testbed import ROOT, Testbed

BOTH = 'platforms = ["linux/amd64", "linux/arm64"]'
NOTHING = "FROM scratch\nCOPY . /\n"
KILLS = int(os.environ.get("BAKE_KILLS", "6"))
"""A few each time; `BAKE_KILLS=100` for the proof."""


@pytest.fixture
def process(testbed: Testbed, api_url: str) -> Iterator[Process]:
    """In a directory with a short name: no socket has a long one."""
    with tempfile.TemporaryDirectory(prefix="bake") as directory:
        yield Process(Path(directory), testbed, token=TOKEN, api_url=api_url)


@pytest.fixture
def here(testbed: Testbed, repository: str) -> str:
    """A prefix of repositories that nobody has."""
    return f"{testbed.registry}/{repository}"


def write(root: Path, files: Mapping[str, str], here: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("HERE", here))


def bake(
    process: Process, *, environment: Mapping[str, str] = MappingProxyType({}), **inputs: str
) -> Any:
    given = {name.replace("_", "-"): text for name, text in inputs.items()}
    return process.run({"mode": "bake", "cache": "off", **given}, **environment)


def tags(testbed: Testbed, name: str) -> list[str]:
    """Every tag of a repository, none where it does not exist."""
    done = subprocess.run(
        ["crane", "ls", name], env=testbed.env, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def three(here: str, *, broken: str = "") -> dict[str, str]:
    """Three targets, one of which may not build after the others are ready."""
    targets = "".join(
        f'target "{name}" '
        f'{{\n  context = "{name}"\n  tags = ["HERE/{name}:1.0.0", "HERE/{name}:latest"]\n}}\n'
        for name in ("one", "two", "three")
    )
    files = {
        f"{name}/Dockerfile": f"FROM {BASE}\nCOPY . /{name}/\n"
        + "RUN sleep 2 && false\n" * (name == broken)
        for name in ("one", "two", "three")
    }
    group = 'group "default" {\n  targets = ["one", "two", "three"]\n}\n'
    return {"docker-bake.hcl": group + targets, **files}


def test_bake__links_a_matrix_platforms_and_registries(
    process: Process, judge: Judges, testbed: Testbed, repository: str
) -> None:
    other = f"{testbed.password_registry}/{repository}"
    here = f"{testbed.registry}/{repository}"
    write(
        process.workspace,
        {
            "docker-bake.hcl": (
                'group "default" {\n  targets = ["app", "svc"]\n}\n'
                f'target "base" {{\n  context = "base"\n  {BOTH}\n}}\n'
                'target "app" '
                f'{{\n  context = "app"\n  contexts = {{ base = "target:base" }}\n  {BOTH}\n'
                f'  tags = ["HERE/app:1.0.0", "HERE/app:latest", "{other}/app:1.0.0"]\n}}\n'
                'target "svc" {\n  matrix = { name = ["a", "b"] }\n  name = "svc-${name}"\n'
                f'  context = "svc"\n  args = {{ NAME = name }}\n  {BOTH}\n  tags = '
                f'["HERE/svc-${{name}}"]\n}}\n'
            ),
            "base/Dockerfile": NOTHING,
            "app/Dockerfile": "FROM base\nCOPY . /app/\n",
            "svc/Dockerfile": "FROM scratch\nARG NAME\nLABEL name=$NAME\nCOPY . /\n",
        },
        here,
    )
    login = {"registry": testbed.password_registry, "username": testbed.user}

    logins = json.dumps([login | {"password": testbed.password}])
    step = bake(process, registry_auth=logins, provenance="false")

    assert step.exit_code == 0, step.raw_log
    digests, published = json.loads(step.outputs["digests"]), json.loads(step.outputs["tags"])
    assert digests.keys() == {"app", "svc-a", "svc-b"}
    for target, names in published.items():
        for name in names:
            assert judge.crane("digest", name) == digests[target]
            assert judge.validate(name).startswith("PASS")
            assert judge.platforms(name).keys() == {"linux/amd64", "linux/arm64"}
    assert published["svc-a"] == [f"{here}/svc-a:latest"]
    assert tags(testbed, f"{here}/base") == []
    log = step.raw_log
    assert log.index("::group::Verify") < log.index("::group::Tag")
    tagged = log[log.index("::group::Tag") : log.index("::group::Visibility")].split()
    assert tagged.index(f"{here}/app:latest") > tagged.index(f"{other}/app:1.0.0")


def test_bake__loads_what_it_publishes_and_knows_the_engines_address(
    process: Process, testbed: Testbed, here: str
) -> None:
    """By two builders: only one of them looks the address up itself. The steps of both are one, and
    have one result, too, where the engine that is short of room has forgotten one of them."""
    files = {
        "docker-bake.hcl": 'target "default" {\n  tags = ["HERE/app:1"]\n'
        '  extra-hosts = {db = "host-gateway"}\n}\n',
        "Dockerfile": f"FROM {BASE} AS asked\nRUN grep -E '^[0-9]+[.].*db$' /etc/hosts\n"
        "FROM scratch\nCOPY --from=asked /etc/debian_version /\n",
    }
    write(process.workspace, files, here)

    epoch = {"SOURCE_DATE_EPOCH": "1767225600"}
    done = bake(process, environment=epoch, load="true", provenance="false")

    assert done.exit_code == 0, done.raw_log
    found = testbed.run("docker", "image", "inspect", "--format", "{{.Id}}", f"{here}/app:1")
    testbed.run("docker", "image", "rm", f"{here}/app:1")
    assert found == done.outputs["digest"]


def test_bake__a_failing_target_moves_no_tag_and_the_next_run_completes(
    process: Process, here: str, judge: Judges, testbed: Testbed
) -> None:
    write(process.workspace, three(here), here)
    assert bake(process).exit_code == 0
    names = [f"{here}/{name}" for name in ("one", "two", "three")]
    before = [judge.crane("digest", f"{name}:latest") for name in names]

    write(process.workspace, three(here, broken="two") | {"one/new": "x", "three/new": "y"}, here)
    step = bake(process)

    assert step.exit_code == 5, step.raw_log
    assert [judge.crane("digest", f"{name}:latest") for name in names] == before
    assert "sleep 2 && false exited with 1" in step.raw_log

    write(process.workspace, three(here), here)
    step = bake(process)
    assert step.exit_code == 0, step.raw_log
    digests = json.loads(step.outputs["digests"])
    found = {name: judge.crane("digest", f"{here}/{name}:latest") for name in digests}
    assert found == digests


def test_bake__a_registry_that_refuses_the_second_image_moves_no_tag(
    process: Process, here: str, testbed: Testbed, repository: str
) -> None:
    write(process.workspace, three(here), here)
    definition = process.workspace / "docker-bake.hcl"
    second = f"{testbed.token_registry}/{repository}/two"
    definition.write_text(definition.read_text().replace(f"{here}/two", second))
    login = {"registry": testbed.token_registry, "username": testbed.user, "password": "read-only"}

    step = bake(process, registry_auth=json.dumps([login]), push="true")

    assert step.exit_code == 3, step.raw_log
    assert [tags(testbed, f"{here}/{name}") for name in ("one", "three")] == [[], []]

    login["password"] = testbed.password
    assert bake(process, registry_auth=json.dumps([login])).exit_code == 0
    assert set(tags(testbed, f"{here}/three")) == {"1.0.0", "latest"}


@pytest.mark.parametrize("share", [(number + 0.5) / KILLS for number in range(KILLS)])
def test_bake__a_kill_at_any_moment_leaves_tags_and_the_next_run_completes(
    process: Process, here: str, testbed: Testbed, share: float
) -> None:
    write(process.workspace, three(here), here)
    started = time.monotonic()
    assert bake(process, dry_run="true").exit_code == 0
    killed = kill_after(process, (time.monotonic() - started) * 4 * share)

    if "::group::Tag" not in killed:
        assert [tags(testbed, f"{here}/{name}") for name in ("one", "two", "three")] == [[]] * 3
    step = bake(process)
    assert step.exit_code == 0, step.raw_log
    for name in ("one", "two", "three"):
        assert set(tags(testbed, f"{here}/{name}")) == {"1.0.0", "latest"}


def kill_after(process: Process, seconds: float) -> str:
    """Start a bake, end all of its processes at once, and give its log."""
    environ = process.environ({"mode": "bake", "cache": "off"})
    running = subprocess.Popen(
        [*ALONE, sys.executable, ROOT / "entrypoint.py"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        return running.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        running.kill()
        return running.communicate()[0]


HOSTILE = {
    "a token of ours": 'variable "INPUT_GITHUB-TOKEN" { default = "" }\n'
    'target "default" {\n  tags = ["HERE/x:1"]\n  args = { T = INPUT_GITHUB-TOKEN }\n}\n',
    "a secret of the step": 'variable "NPM_TOKEN" { default = "" }\n'
    'target "default" {\n  tags = ["HERE/x:1"]\n  args = { T = upper(NPM_TOKEN) }\n}\n',
    "a variable of the runner as a secret": 'target "default" {\n  tags = ["HERE/x:1"]\n'
    '  secret = ["type=env,id=a,env=ACTIONS_RUNTIME_TOKEN"]\n}\n',
    "a file outside": 'target "default" {\n  tags = ["HERE/x:1"]\n'
    '  contexts = { etc = "/etc" }\n}\n',
    "a write outside": 'target "default" {\n  output = ["type=local,dest=/tmp/hostile-bake"]\n}\n',
    "the host's network": 'target "default" {\n  tags = ["HERE/x:1"]\n  network = "host"\n'
    '  entitlements = ["network.host"]\n}\n',
}


@pytest.mark.parametrize("definition", HOSTILE.values(), ids=HOSTILE)
def test_bake__a_hostile_definition_gets_nothing(
    process: Process, here: str, testbed: Testbed, definition: str
) -> None:
    write(process.workspace, {"docker-bake.hcl": definition, "Dockerfile": FILE}, here)
    (process.workspace / "link").symlink_to("/etc")

    step = process.run(
        {"mode": "bake", "cache": "off"},
        NPM_TOKEN="npm-31337",
        ACTIONS_RUNTIME_TOKEN="runtime-31337",
    )

    assert step.exit_code != 0, step.raw_log
    assert "nothing was built" in step.raw_log
    assert tags(testbed, f"{here}/x") == []
    assert not Path("/tmp/hostile-bake").exists()
    assert "31337" not in step.raw_log
    assert TOKEN not in step.raw_log.replace(f"::add-mask::{TOKEN}", "")


def test_bake__what_a_dockerfile_prints_is_no_command(process: Process, here: str) -> None:
    write(
        process.workspace,
        {
            "docker-bake.hcl": 'target "default" {\n  tags = ["HERE/loud:1"]\n'
            '  description = "::error::mine"\n}\n',
            "Dockerfile": f"FROM {BASE}\nRUN echo '::set-output name=digest::x' && echo "
            "'::error::y'\n",
        },
        here,
    )

    step = bake(process)

    assert step.exit_code == 0, step.raw_log
    assert step.outputs["digest"].startswith("sha256:")
    fenced = re.split(r"^::stop-commands::(\w+)$", step.raw_log, flags=re.MULTILINE)
    assert len(fenced) > 1
    assert "\n::error" not in fenced[0]


def test_bake__a_remote_definition_of_a_git_daemon(
    process: Process, here: str, judge: Judges, tmp_path: Path, git_daemon: str
) -> None:
    write(
        tmp_path / "git/repo",
        {
            "docker-bake.hcl": 'group "default" {\n  targets = ["app", "root"]\n}\n'
            'target "app" {\n  context = "app"\n  contexts = { mine = "cwd://mine" }\n'
            '  tags = ["HERE/app:1"]\n}\n'
            'target "root" {\n  dockerfile = "app/root.Dockerfile"\n  tags = ["HERE/root:1"]\n}\n',
            "app/Dockerfile": f"FROM {BASE}\nCOPY file /\nCOPY --from=mine here /\n",
            "app/root.Dockerfile": f"FROM {BASE}\nCOPY app/file /root-file\n",
            "app/file": "from the repository",
        },
        here,
    )
    commit(tmp_path / "git/repo")
    write(process.workspace, {"mine/here": "from the client"}, here)

    step = bake(process, source=f"{git_daemon}/repo#main")

    assert step.exit_code == 0, step.raw_log
    for target, digest in json.loads(step.outputs["digests"]).items():
        assert judge.crane("digest", f"{here}/{target}:1") == digest
    archive = str(tmp_path / "app.tar")
    judge.crane("export", f"{here}/app:1", archive)
    files = judge.testbed.run("tar", "-tf", archive, "file", "here")
    assert sorted(files.split()) == ["file", "here"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("repo#no-such-branch", "repository does not contain ref no-such-branch"),
        ("no-such-repository#main", "fatal: remote error: access denied"),
    ],
)
def test_bake__a_remote_definition_that_is_not_there_is_told_in_gits_words(
    process: Process, here: str, tmp_path: Path, git_daemon: str, source: str, words: str
) -> None:
    write(tmp_path / "git/repo", {"docker-bake.hcl": 'target "default" {}\n'}, here)
    commit(tmp_path / "git/repo")

    step = bake(process, source=f"{git_daemon}/{source}")

    assert step.exit_code == NotFound.exit_code
    assert f"The definition at {git_daemon}/{source} can't be fetched" in step.raw_log
    assert words in step.raw_log


@pytest.fixture
def git_daemon(tmp_path: Path) -> Iterator[str]:
    """Serves the repositories of a directory over Git's own protocol, on loopback."""
    port, root = 19418 + os.getpid() % 1000, tmp_path / "git"
    root.mkdir()
    daemon = subprocess.Popen(
        [
            "git",
            "daemon",
            "--export-all",
            "--reuseaddr",
            "--listen=127.0.0.1",
            f"--port={port}",
            f"--base-path={root}",
            str(root),
        ],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    yield f"git://127.0.0.1:{port}"
    os.killpg(daemon.pid, signal.SIGTERM)
    daemon.wait()


def commit(repository: Path) -> None:
    who = ("-c", "user.name=o", "-c", "user.email=o@example.org")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "."),
        (*who, "commit", "--quiet", "--message=x"),
    ):
        subprocess.run(["git", "-C", repository, *command], check=True)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_bake__the_same_image_as_docker_buildx_bake(
    process: Process, here: str, judge: Judges, tmp_path: Path, example: Example
) -> None:
    """With the labels that a run adds, and without a date, the digests are equal."""
    write(process.workspace, example.files, here)
    environ = {"SOURCE_DATE_EPOCH": "0", **example.environ}

    step = process.run(
        {"mode": "bake", "cache": "off", "provenance": "false", **example.inputs}, **environ
    )

    assert step.exit_code == 0, step.raw_log
    digests = json.loads(step.outputs["digests"])
    plan = json.loads(step.outputs["plan"])["targets"]
    bare = alone(process, example, plan, environ, tmp_path, judge.testbed)
    assert digests == bare
    for target, names in json.loads(step.outputs["tags"]).items():
        assert {judge.crane("digest", name) for name in names} == {digests[target]}


def alone(
    process: Process,
    example: Example,
    plan: Mapping[str, Any],
    environ: Mapping[str, str],
    tmp_path: Path,
    testbed: Testbed,
) -> dict[str, str]:
    """The digests of the same targets by buildx itself, written to archives."""
    files = example.inputs.get("files", "")
    arguments = [part for name in files.split(",") if name for part in ("--file", name)]
    sets = [line for line in example.inputs.get("set", "").splitlines() if line]
    for target, planned in plan.items():
        sets += [f"{target}.labels.{key}={value}" for key, value in planned["labels"].items()]
        sets += [f"{target}.output=type=oci,dest={tmp_path / target}.tar", f"{target}.tags="]
        sets += [f"{target}.annotations={item}" for item in planned["annotations"]]
    arguments += [part for item in sets for part in ("--set", item)]
    given = [item.partition("=") for item in example.inputs.get("vars", "").splitlines() if item]
    variables = {name: value for name, _, value in given}
    metadata = tmp_path / "bare.json"
    targets = example.inputs.get("targets", "").split(",")
    subprocess.run(
        [
            "docker",
            "buildx",
            "bake",
            "--allow",
            "fs=*",
            "--provenance=false",
            "--progress=quiet",
            "--metadata-file",
            str(metadata),
            *arguments,
            *filter(None, targets),
        ],
        cwd=process.workspace,
        env={**testbed.env, **environ, **variables},
        check=True,
    )
    said = json.loads(metadata.read_text())
    return {target: said[target]["containerimage.digest"] for target in plan}


def test_bake__as_the_runner_starts_it(job: Job, here: str, judge: Judges) -> None:
    write(job.workspace, three(here), here)

    step = job.run({"mode": "bake", "cache": "off", "targets": "one,two", "load": "true"})

    assert step.exit_code == 0, step.raw_log
    assert json.loads(step.outputs["digests"]) == {
        name: judge.crane("digest", f"{here}/{name}:1.0.0") for name in ("one", "two")
    }
    assert "| `one` | ✅ pushed |" in step.summary
    assert judge.testbed.run("docker", "images", "--quiet", f"{here}/one:latest")


def test_bake__a_bake_file_of_an_earlier_step_as_bake_action_is_given_it(
    job: Job, here: str, judge: Judges
) -> None:
    """Its path stands behind a scheme, and is one of the runner."""
    definition = """
target "docker-metadata-action" {}
target "app" {
  inherits = ["docker-metadata-action"]
}
"""
    write(job.workspace, {"docker-bake.hcl": definition, "Dockerfile": NOTHING}, here)

    names = job.run({"mode": "metadata", "images": f"{here}/app", "tags": "1.2.3"})
    given = f"./docker-bake.hcl\ncwd://{names.outputs['bake-file']}"
    platforms = "*.platform=linux/amd64,linux/arm64"
    step = job.run(
        {"mode": "bake", "cache": "off", "files": given, "targets": "app", "set": platforms}
    )

    assert step.exit_code == 0, step.raw_log
    assert judge.crane("digest", f"{here}/app:1.2.3") == step.outputs["digest"]
    assert set(judge.platforms(f"{here}/app:1.2.3")) == {"linux/amd64", "linux/arm64"}
