"""Real builds: what every input promises, as an independent client finds it in the registry."""

import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import TOKEN, carry, with_hello
from tests.e2e.judges import Judges
from tests.e2e.runner import Event, Job, Step
from tests.e2e.test_secrets import holding
from tests.testbed import Testbed

BASE = "debian:trixie-slim"
TEST = (
    'docker run --rm --network none "$IMAGE" cat /is-built && docker image inspect '
    '"$IMAGE_TAG" >/dev/null'
)
CHECKED = f"FROM {BASE} as base\nRUN echo yes >/is-built\n"


@pytest.fixture
def name(testbed: Testbed, repository: str) -> str:
    """Where the image goes: a repository that nobody has."""
    return f"{testbed.registry}/{repository}"


@pytest.fixture
def other(
    testbed: Testbed, ghcr: Testbed, image: str, api_url: str, tmp_path: Path
) -> Iterator[Job]:
    """A job on a machine of its own: another engine, which has built nothing yet."""
    carry(BASE, testbed, ghcr)
    other = with_hello(Job(tmp_path / "other", ghcr, image, token=TOKEN, api_url=api_url))
    yield other
    other.close()


def is_in_catalog(judge: Judges, name: str) -> bool:
    registry, _, repository = name.partition("/")
    return repository in judge.crane("catalog", registry).split()


def dockerfile(job: Job, text: str) -> None:
    (job.workspace / "Dockerfile").write_text(text)


def test_secrets__are_seen_in_run_and_in_no_layer(
    job: Job, judge: Judges, name: str, tmp_path: Path
) -> None:
    secrets = {"value": "by-value,with=signs", "env": "by-environment", "file": "by-file"}
    mounts = " ".join(f"--mount=type=secret,id={secret}" for secret in secrets)
    checks = (f'test "$(cat /run/secrets/{secret})" = "{text}"' for secret, text in secrets.items())
    (job.workspace / "phrase").write_text(secrets["file"])
    (job.workspace / "check").write_text("\n".join(checks))
    dockerfile(
        job,
        (
            f"FROM {BASE}\nRUN --mount=target=/context {mounts} sh -e /context/check && echo "
            "seen >/seen\n"
        ),
    )
    inputs = {
        "images": name,
        "tags": "1",
        "cache": "off",
        "no-cache": "true",
        "secrets": f'"value={secrets["value"]}"',
        "secret-envs": "env=MY_PHRASE",
        "secret-files": "file=phrase",
    }

    step = job.run(inputs, MY_PHRASE=secrets["env"])

    assert step.exit_code == 0, step.raw_log
    judge.crane("pull", "--format=oci", f"{name}:1", str(tmp_path / "pulled"))
    assert (
        holding(tmp_path / "pulled", [text.encode() for text in (*secrets.values(), TOKEN)]) == []
    )
    assert not any(text in line for text in secrets.values() for line in step.processes)


def test_inputs__contexts_targets_arguments_labels_and_annotations(
    job: Job, judge: Judges, name: str
) -> None:
    (job.workspace / "other").mkdir()
    (job.workspace / "other/word").write_text("from another context")
    (job.workspace / "docker").mkdir()
    (job.workspace / "docker/web.Dockerfile").write_text(
        f"FROM {BASE} AS web\nARG WORD\nCOPY --from=more word /word\nRUN echo $WORD >/argument\n"
        "ENV WORD=$WORD\nFROM scratch AS not-this\nCOPY nothing /\n"
    )
    inputs = {
        "images": name,
        "tags": "1",
        "cache": "off",
        "file": "docker/web.Dockerfile",
        "target": "web",
        "build-args": "WORD=a,b c",
        "build-contexts": "more=./other",
        "labels": "team=red",
        "annotations": "manifest:on=manifest\nindex:on=index\nmanifest-descriptor:on=descriptor",
        "provenance": "mode=max",
        "platforms": "linux/amd64",
    }

    step = job.run(inputs)

    assert step.exit_code == 0, step.raw_log
    index = json.loads(judge.crane("manifest", f"{name}:1"))
    image, attestation = index["manifests"]
    manifest = json.loads(judge.crane("manifest", f"{name}@{image['digest']}"))
    assert (
        index["annotations"]["on"],
        image["annotations"]["on"],
        manifest["annotations"]["on"],
    ) == ("index", "descriptor", "manifest")
    assert attestation["annotations"]["vnd.docker.reference.digest"] == image["digest"]
    found = json.loads(judge.crane("config", f"{name}@{image['digest']}"))["config"]
    assert found["Labels"]["team"] == "red"
    assert "WORD=a,b c" in found["Env"]


def test_base__is_the_registrys_and_the_engines_where_no_registry_has_it(
    job: Job, testbed: Testbed, judge: Judges, name: str, tmp_path: Path
) -> None:
    pushed, loaded = f"{name}-base:1", f"localhost/{name.rpartition('/')[2]}-base:1"

    def build(content: str, *arguments: str) -> None:
        (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY content /\n")
        (tmp_path / "content").write_text(content)
        testbed.run("docker", "buildx", "build", *arguments, str(tmp_path))

    def base(reference: str) -> str:
        """The layer that an image of ours has from a base."""
        dockerfile(job, f"FROM {reference}\nCOPY Dockerfile /\n")
        step = job.run({"images": name, "tags": "1", "provenance": "false"})
        assert step.exit_code == 0, step.raw_log
        return str(json.loads(judge.crane("manifest", f"{name}:1"))["layers"][0]["digest"])

    build("the registry's", "--push", "--provenance=false", "--tag", pushed)
    build("the engine's", "--load", "--provenance=false", "--tag", pushed, "--tag", loaded)
    try:
        found = base(pushed)
        listed = json.loads(judge.crane("manifest", pushed))["layers"]
        assert found == listed[0]["digest"]
        assert base(loaded) not in {"", found}
    finally:
        testbed.run("docker", "image", "rm", "--force", pushed, loaded)


def test_attestations__sbom_and_provenance_stand_in_the_index(
    job: Job, judge: Judges, name: str
) -> None:
    generator = f"{name}-generator:1"
    statement = '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"SPDXID":"x"}}'
    scan = f"#!/bin/sh\nprintf '%s' '{statement}' >$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json\n"
    (job.workspace / "scan").write_text(scan)
    dockerfile(job, f'FROM {BASE}\nCOPY --chmod=755 scan /scan\nENTRYPOINT ["/scan"]\n')
    assert (
        job.run(
            {
                "images": generator.rpartition(":")[0],
                "tags": "1",
                "cache": "off",
                "provenance": "false",
            }
        ).exit_code
        == 0
    )
    dockerfile(job, f"FROM {BASE}\n")

    step = job.run(
        {
            "images": name,
            "tags": "1",
            "cache": "off",
            "sbom": f"generator={generator}",
            "provenance": "mode=min",
        }
    )

    assert step.exit_code == 0, step.raw_log
    index = json.loads(judge.crane("manifest", f"{name}:1"))
    attached = next(
        entry
        for entry in index["manifests"]
        if entry.get("annotations", {}).get("vnd.docker.reference.type")
    )
    layers = json.loads(judge.crane("manifest", f"{name}@{attached['digest']}"))["layers"]
    kinds = {
        layer["annotations"]["in-toto.io/predicate-type"].rsplit("/", 1)[0] for layer in layers
    }
    assert kinds == {"https://spdx.dev", "https://slsa.dev/provenance"}
    assert list(json.loads(step.outputs["digests"])) == ["linux/amd64"]


def vcs(judge: Judges, reference: str) -> dict[str, str]:
    """What the provenance in an index says of the commit and its repository."""
    repository = reference.rpartition(":")[0]
    index = json.loads(judge.crane("manifest", reference))
    attestation = json.loads(
        judge.crane("manifest", f"{repository}@{index['manifests'][1]['digest']}")
    )
    statement = json.loads(
        judge.crane("blob", f"{repository}@{attestation['layers'][0]['digest']}")
    )
    metadata = statement["predicate"]["metadata"]
    found = metadata["https://mobyproject.org/buildkit@v1#metadata"].get("vcs", {})
    return dict(found)


@pytest.mark.parametrize("mode", ["publish", "bake"])
def test_provenance__names_the_commit_as_buildx_with_git_does(
    mode: str, job: Job, testbed: Testbed, judge: Judges, name: str
) -> None:
    def git(*arguments: str) -> str:
        done = ("git", "-c", "user.name=Mona", "-c", "user.email=mona@example.org", *arguments)
        run = subprocess.run(done, cwd=job.workspace, check=True, capture_output=True, text=True)
        return run.stdout.strip()

    (job.workspace / "docker").mkdir()
    (job.workspace / "docker/Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (job.workspace / "docker-bake.json").write_text(
        json.dumps({"target": {"default": {"context": "docker", "tags": [f"{name}:1"]}}})
    )
    git("init", "--quiet", "--initial-branch=main")
    git("add", ".")
    git("commit", "--quiet", "--message=one")
    git("remote", "add", "origin", "https://mona:a-password@github.com/octo/hello")
    testbed.run(
        *("docker", "buildx", "build", "--push", f"--tag={name}:plain", "--provenance=mode=max"),
        str(job.workspace / "docker"),
    )
    given = {"images": name, "tags": "1", "context": "docker"} if mode == "publish" else {}

    step = job.run(
        {"mode": mode, "cache": "off", "provenance": "mode=max", **given},
        BUILDX_GIT_CHECK_DIRTY="true",
    )

    assert step.exit_code == 0, step.raw_log
    assert vcs(judge, f"{name}:1") == vcs(judge, f"{name}:plain")
    assert vcs(judge, f"{name}:1") == {
        "localdir:context": "docker",
        "localdir:dockerfile": "docker",
        "revision": git("rev-parse", "HEAD"),
        "source": "https://github.com/octo/hello",
    }
    assert "git was not found" not in step.raw_log
    assert "BUILDX_GIT_CHECK_DIRTY is passed over" in step.raw_log
    assert "a-password" not in step.raw_log


def test_outputs__an_oci_archive_and_a_directory_beside_the_push(
    job: Job, judge: Judges, name: str
) -> None:
    inputs = {
        "images": name,
        "tags": "1",
        "cache": "off",
        "push": "true",
        "outputs": "type=oci,dest=image.tar\ntype=local,dest=files",
    }

    step = job.run(inputs)

    assert step.exit_code == 0, step.raw_log
    assert step.outputs["digest"] == judge.crane("digest", f"{name}:1")
    assert any((job.workspace / "files").iterdir())
    with tarfile.open(job.workspace / "image.tar") as archive:
        assert "oci-layout" in archive.getnames()


def test_outputs__without_a_push(job: Job) -> None:
    step = job.run({"push": "false", "cache": "off", "outputs": "type=tar,dest=files.tar"})

    assert (step.exit_code, step.outputs["pushed"]) == (0, "false"), step.raw_log
    assert (job.workspace / "files.tar").is_file()


@pytest.mark.parametrize("load", ["false", "true"])
def test_test__that_passes_leaves_exactly_the_planned_tags(
    load: str, job: Job, judge: Judges, testbed: Testbed, name: str
) -> None:
    dockerfile(job, CHECKED)

    step = job.run(
        {"images": name, "tags": "1.2.3\nlatest", "test": TEST, "cache": "off", "load": load}
    )

    assert step.exit_code == 0, step.raw_log
    assert judge.tags(name) == {"1.2.3", "latest"}
    digests = json.loads(step.outputs["digests"])
    assert f"IMAGE=localhost/tested@{digests['linux/amd64']}" in step.log.shown, (
        "another image was tested than was published"
    )
    assert (
        image_under_test(step)
        not in testbed.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    )
    assert (
        f"{name}:latest" in testbed.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}")
    ) == (load == "true")
    if load == "true":
        testbed.run("docker", "image", "rm", "--force", f"{name}:1.2.3", f"{name}:latest")


def image_under_test(step: Step) -> str:
    """The name under which this run's image was loaded for its test."""
    found: list[str] = re.findall(r"IMAGE_TAG=(\S+)", step.raw_log)
    return found[0]


def test_test__that_fails_leaves_no_tag(
    job: Job, judge: Judges, testbed: Testbed, name: str
) -> None:
    dockerfile(job, CHECKED)

    step = job.run(
        {
            "images": name,
            "tags": "1.2.3\nlatest",
            "test": "docker run --rm --network none $IMAGE false",
            "cache": "off",
        }
    )

    assert step.exit_code == 7, step.raw_log
    assert "The test failed: its script exited with 1" in next(
        entry.message for entry in step.log.annotations if entry.level == "error"
    )
    assert not is_in_catalog(judge, name)
    assert (
        image_under_test(step)
        not in testbed.run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    )


@pytest.mark.parametrize(("checks", "code"), [("warn", 0), ("error", 7), ("off", 0)])
def test_checks__annotate_the_real_file_or_stop(
    checks: str, code: int, job: Job, judge: Judges, name: str
) -> None:
    (job.workspace / "app").mkdir()
    (job.workspace / "app/Dockerfile").write_text(CHECKED)

    step = job.run(
        {"images": name, "tags": "1", "context": "app", "checks": checks, "cache": "off"}
    )

    assert step.exit_code == code, step.raw_log
    warnings = [
        line
        for line in step.raw_log.splitlines()
        if line.startswith("::warning") and "FromAsCasing" in line
    ]
    assert [("file=app/Dockerfile,line=1" in line) for line in warnings] == [True] * (
        checks != "off"
    )
    assert is_in_catalog(judge, name) == (code == 0)


@pytest.mark.parametrize("kind", ["registry", "local"])
def test_cache__written_by_one_engine_spares_another_every_step(
    kind: str, job: Job, other: Job, name: str
) -> None:
    """The second engine has never built this, so that only the cache can spare it the steps."""
    text = f"FROM {BASE}\nRUN echo {name} >/one\nRUN cat /one >/two\n"
    caches = {
        "registry": ({"cache": "registry"}, {"cache": "registry"}),
        "local": (
            {"cache-to": "type=local,dest=kept,mode=max"},
            {"cache-from": "type=local,src=kept"},
        ),
    }
    given, taken = caches[kind]
    dockerfile(job, text)
    dockerfile(other, text)

    first = job.run({"images": name, "tags": "1"} | given)
    if kind == "local":
        (job.workspace / "kept").rename(other.workspace / "kept")
    second = other.run({"images": name, "tags": "2"} | taken)

    assert (first.exit_code, second.exit_code) == (0, 0), first.raw_log + second.raw_log
    assert (first.outputs["cache-hit-ratio"], second.outputs["cache-hit-ratio"]) == ("0.00", "1.00")


def test_cache__a_pull_request_of_a_fork_reads_and_writes_nothing(
    job: Job, judge: Judges, name: str
) -> None:
    pull = {
        "number": 7,
        "head": {"sha": "a" * 40, "ref": "topic", "repo": {"full_name": "stranger/hello"}},
        "base": {"ref": "main"},
    }
    assert job.run({"images": name, "tags": "1"}).exit_code == 0

    step = job.run(
        {"images": name, "tags": "2"},
        Event(name="pull_request", ref="refs/pull/7/merge", payload={"pull_request": pull}),
    )

    assert step.exit_code == 0, step.raw_log
    assert (step.outputs["pushed"], step.outputs["reason"]) == (
        "false",
        "the token of a pull request from a fork can only read",
    )
    assert judge.tags(name) == {"1", "buildcache-main"}
    assert "Cache: tags beside the image, to read only." in step.log.shown


def test_two_engines__one_platform_each_become_one_index(
    job: Job, other: Job, name: str, judge: Judges
) -> None:
    inputs = {"images": name, "push-by-digest": "true", "cache": "off", "provenance": "false"}

    amd, arm = (
        job.run(inputs | {"platforms": "linux/amd64"}),
        other.run(inputs | {"platforms": "linux/arm64"}),
    )

    assert (amd.exit_code, arm.exit_code) == (0, 0), amd.raw_log + arm.raw_log
    assert amd.outputs["tags"] == arm.outputs["tags"] == ""
    digests = {"linux/amd64": amd.outputs["digest"], "linux/arm64": arm.outputs["digest"]}
    merged = job.run(
        {"mode": "merge", "images": name, "tags": "1", "digests": "\n".join(digests.values())}
    )
    assert merged.exit_code == 0, merged.raw_log
    assert merged.outputs["digest"] == judge.crane("digest", f"{name}:1")
    assert judge.platforms(f"{name}:1") == digests
    assert judge.tags(name) == {"1"}
    assert "PASS" in judge.validate(f"{name}:1")


def test_one_engine__takes_two_jobs_at_once_that_are_not_pushed(
    job: Job, name: str, testbed: Testbed
) -> None:
    inputs = {
        "images": name,
        "tags": "1",
        "push-by-digest": "true",
        "push": "false",
        "cache": "off",
    }

    running = [
        job.start(inputs | {"platforms": platform}) for platform in ("linux/amd64", "linux/arm64")
    ]
    steps = [job.wait(timeout=60) for job in running]

    assert [step.exit_code for step in steps] == [0, 0], steps[0].raw_log + steps[1].raw_log
    assert name not in testbed.run("docker", "images", "--format", "{{.Repository}}").split()


def test_emulation__an_image_that_installs_it_runs_before_the_build(
    job: Job, testbed: Testbed, name: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f'FROM {BASE}\nENTRYPOINT ["/bin/echo", "asked to"]\n')
    testbed.run("docker", "buildx", "build", "--load", "--tag", f"{name}-binfmt:1", str(tmp_path))

    step = job.run(
        {
            "images": name,
            "tags": "1",
            "platforms": "linux/amd64,linux/arm64",
            "qemu": f"{name}-binfmt:1",
            "cache": "off",
        }
    )

    testbed.run("docker", "image", "rm", "--force", f"{name}-binfmt:1")
    assert step.exit_code == 0, step.raw_log
    assert "asked to --install arm64" in step.log.shown
    assert set(json.loads(step.outputs["digests"])) == {"linux/amd64", "linux/arm64"}


UNDER_WAY = {
    "build": ("RUN echo it-has-begun && sleep 120", "true", " it-has-begun"),
    "test": ("RUN echo yes >/is-built", "echo it-has-begun; sleep 120", "it-has-begun"),
}


@pytest.mark.parametrize("phase", UNDER_WAY)
def test_killed__moves_no_tag_and_the_post_step_removes_what_is_left(
    phase: str, job: Job, judge: Judges, testbed: Testbed, name: str
) -> None:
    instruction, test, said = UNDER_WAY[phase]
    dockerfile(job, f"FROM {BASE}\n{instruction}\n")
    inputs = {"images": name, "tags": "1\nlatest", "cache": "off", "test": test, "no-cache": "true"}

    running = job.start(inputs)
    running.wait_for(said)
    running.signal("SIGKILL")
    step = running.wait(timeout=30)
    (private,) = job.temp.glob("ghcr-action-*")
    listed = ("docker", "images", "--quiet", f"localhost/tested:{private.name}")
    left = testbed.run(*listed)
    post = job.post(step, inputs)

    assert (step.exit_code, post.exit_code) == (137, 0), post.raw_log
    assert bool(left) == (phase == "test")
    assert not testbed.run(*listed)
    assert [path.name for path in job.temp.iterdir() if path.name.startswith("ghcr-action-")] == []
    assert not is_in_catalog(judge, name)
