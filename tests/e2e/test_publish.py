"""The main job: two platforms, several tags, and three independent clients that confirm what we
say."""

import base64
import json
import os
from pathlib import Path

import pytest

from tests.e2e import ways
from tests.e2e.conftest import TOKEN, with_hello
from tests.e2e.judges import Judges, judges
from tests.e2e.runner import Event, Job
from tests.testbed import Testbed

TWO_PLATFORMS = "linux/amd64,linux/arm64"


@pytest.mark.parametrize("kind", ["password_registry", "token_registry"])
def test_publish__two_platforms_and_many_tags(
    kind: str, job: Job, judge: Judges, testbed: Testbed, repository: str
) -> None:
    name = f"{getattr(testbed, kind)}/{repository}"
    inputs = {
        "registry": getattr(testbed, kind),
        "username": testbed.user,
        "password": testbed.password,
        "images": name,
        "tags": f"1.2.3\n1.2\n{name}:newest",
        "platforms": TWO_PLATFORMS,
        "cache": "off",
    }

    step = job.run(inputs)
    post = job.post(step, inputs)

    assert step.exit_code == 0, step.raw_log
    digest = step.outputs["digest"]
    for tag in ("1.2.3", "1.2", "newest"):
        assert judge.digests(f"{name}:{tag}") == {"crane": digest, "skopeo": digest, "oras": digest}
    assert judge.tags(name) == {"1.2.3", "1.2", "newest"}
    assert json.loads(step.outputs["digests"]) == judge.platforms(f"{name}@{digest}")
    assert set(json.loads(step.outputs["digests"])) == {"linux/amd64", "linux/arm64"}
    assert step.outputs["image"] == f"{name}@{digest}"
    assert set(step.outputs["tags"].split("\n")) == {
        f"{name}:1.2.3",
        f"{name}:1.2",
        f"{name}:newest",
    }
    assert step.outputs["pushed"] == "true"
    assert f"docker pull {name}@{digest}" in step.summary
    assert step.log.deprecated == ()
    assert [entry for entry in step.log.annotations if entry.level != "notice"] == []
    assert (post.exit_code, post.log.annotations) == (0, ())


def test_publish__no_input_but_the_name_under_ghcr_io(
    ghcr: Testbed, tmp_path: Path, api_url: str, image: str, repository: str
) -> None:
    job = with_hello(
        Job(
            tmp_path / "runner",
            ghcr,
            image,
            token=ghcr.password,
            api_url=api_url,
            repository=repository,
        )
    )

    step = job.run({"platforms": TWO_PLATFORMS, "cache": "off"}, Event(ref="refs/tags/v1.4.0"))

    assert step.exit_code == 0, step.raw_log
    digest = step.outputs["digest"]
    name = f"ghcr.io/{repository}"
    assert step.outputs["image"] == f"{name}@{digest}"
    judge = judges(ghcr, tmp_path / "judge")
    assert judge.digests(f"{name}@{digest}") == {"crane": digest, "skopeo": digest, "oras": digest}
    assert {f"{name}:{tag}" for tag in judge.tags(name)} == set(step.outputs["tags"].split("\n"))
    assert set(judge.platforms(f"{name}@{digest}")) == {"linux/amd64", "linux/arm64"}


def test_publish__a_second_run_gives_the_same_digest(
    job: Job, testbed: Testbed, repository: str
) -> None:
    inputs = {"images": f"{testbed.registry}/{repository}", "tags": "1", "platforms": TWO_PLATFORMS}

    first = job.run(inputs)
    second = job.run(inputs)

    assert (first.exit_code, second.exit_code) == (0, 0), first.raw_log + second.raw_log
    assert first.outputs["digests"] != ""
    assert set(json.loads(first.outputs["digests"])) == set(json.loads(second.outputs["digests"]))


def test_publish__the_engine_keeps_the_context_and_asks_for_what_changed(
    testbed: Testbed, tmp_path: Path, api_url: str, image: str, repository: str
) -> None:
    """Each step is a new container, in which nobody has built before."""
    job = Job(
        tmp_path / "runner", testbed, image, token=TOKEN, api_url=api_url, repository=repository
    )
    (job.workspace / "Dockerfile").write_text("FROM scratch\nCOPY large small /\n")
    (job.workspace / "large").write_bytes(os.urandom(8_000_000))
    inputs = {"images": f"{testbed.registry}/{repository}", "tags": "1", "cache": "off"}
    with ways.counted(testbed.socket) as (job.socket, sizes):
        sent = []
        for content in ("one", "two"):
            (job.workspace / "small").write_text(content)
            sizes.clear()
            step = job.run(inputs)
            assert step.exit_code == 0, step.raw_log
            sent.append(sum(sizes))

    assert sent[0] > 8_000_000
    assert sent[1] < 500_000


@pytest.mark.parametrize("logs_in", ["at home", "in a directory of its own"])
def test_publish__after_steps_in_a_container_of_the_job(
    job: Job, judge: Judges, testbed: Testbed, repository: str, logs_in: str
) -> None:
    """They call the runner's work directory ``/__w``; their home is that of this action."""
    name = f"{testbed.token_registry}/{repository}"
    (job.workspace / "other").mkdir()
    (job.workspace / "other/word").write_text("from another context")
    (job.workspace / "Dockerfile").write_text("FROM scratch\nCOPY --from=more word /\n")
    login = base64.b64encode(f"{testbed.user}:{testbed.password}".encode()).decode()
    home = job.home / ".docker" if logs_in == "at home" else job.temp / "docker"
    home.mkdir()
    (home / "config.json").write_text(
        json.dumps({"auths": {testbed.token_registry: {"auth": login}}})
    )
    environ = {} if logs_in == "at home" else {"DOCKER_CONFIG": "/__w/_temp/docker"}
    inputs = {
        "images": name,
        "tags": "1",
        "cache": "off",
        "push": "true",
        "build-contexts": "more=/__w/hello/hello/other",
        "outputs": "type=oci,dest=/__w/_temp/image.tar",
    }

    step = job.run(inputs, **environ)

    assert step.exit_code == 0, step.raw_log
    assert judge.crane("digest", f"{name}:1") == step.outputs["digest"]
    assert (job.temp / "image.tar").is_file()
    assert login not in step.log.shown


def test_publish__a_token_that_may_only_read_is_refused_with_words(
    job: Job, testbed: Testbed, repository: str
) -> None:
    name = f"{testbed.token_registry}/{repository}"
    inputs = {
        "registry": testbed.token_registry,
        "username": testbed.user,
        "password": "read-only",
        "images": name,
        "tags": "1",
    }

    step = job.run(inputs)

    assert step.exit_code in (3, 5), step.raw_log
    assert [entry.level for entry in step.log.annotations if entry.level == "error"] == ["error"]
    assert "digest" not in step.outputs
    assert TOKEN not in step.log.shown
