"""Runs that leave everything where it is (`if-exists: skip`): what stands there is confirmed, and
is what later steps get."""

import json
import logging
from dataclasses import replace

import pytest

from ghcr_action.modes import merge, promote, publish
from ghcr_action.report.comment import rows
from ghcr_action.values.oci import Manifest
from tests.fakes.events import pull_request_event, tag_event
from tests.fakes.github import FakeGitHub
from tests.flow import test_publish
from tests.flow.existing import AMD64, APP, ARM64, World, settings

KEEP = {"immutable_tags": "*", "if_exists": "skip"}
MODES = ["publish", "merge", "promote"]


@pytest.fixture
def world() -> World:
    found = World()
    found.workspace.files |= {"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"}
    return found


def run(world: World, mode: str, *names: str, **given: str) -> dict[str, str]:
    """Outputs of a run that would give these names to another image than they hold."""
    tags = "\n".join(names or (f"{APP}:1.2.3",))
    if mode == "publish":
        publish.run(
            test_publish.parsed(
                tag_event("v1.2.3"), tags=tags, flavor="latest=false", **KEEP, **given
            ),
            world.ports,
        )
    elif mode == "promote":
        world.hold(f"{APP}:build", ARM64)
        promote.run(
            settings(
                "promote", tag_event("v1.2.3"), source=f"{APP}:build", tags=tags, **KEEP, **given
            ),
            world.ports,
        )
    else:
        digest = str(world.hold(f"{APP}@", ARM64).descriptor.digest)
        merge.run(
            settings("merge", tag_event("v1.2.3"), digests=digest, tags=tags, **KEEP, **given),
            world.ports,
        )
    return world.runner.outputs


@pytest.mark.parametrize("mode", MODES)
def test_existing_image__its_digest_is_what_later_steps_get(world: World, mode: str) -> None:
    root = world.hold(f"{APP}:1.2.3", AMD64, ARM64)
    pinned = f"{APP}@{root.descriptor.digest}"

    outputs = run(world, mode)

    assert world.writes == []
    assert (outputs["pushed"], outputs["digest"], outputs["image"], outputs["images"]) == (
        "false",
        str(root.descriptor.digest),
        pinned,
        pinned,
    )
    assert "stay" in outputs["reason"]
    assert list(json.loads(outputs["digests"])) == ["linux/amd64", "linux/arm64"]
    assert outputs["tags"] == f"{APP}:1.2.3"
    assert int(outputs["size"]) > 0
    assert f"docker pull {pinned}\ndocker pull {APP}:1.2.3" in world.runner.summaries[0]


@pytest.mark.parametrize("mode", MODES)
def test_existing_image__names_of_another_image_are_left_out(
    world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    root = world.hold(f"{APP}:1.2.3", AMD64)
    world.hold(f"{APP}:other", ARM64)
    world.hold("quay.io/octo/app:1.2.3", AMD64)

    outputs = run(world, mode, f"{APP}:1.2.3", f"{APP}:other", "quay.io/octo/app:1.2.3")

    digest = root.descriptor.digest
    assert outputs["images"].splitlines() == [f"{APP}@{digest}", f"quay.io/octo/app@{digest}"]
    assert outputs["tags"].splitlines() == [f"{APP}:1.2.3", "quay.io/octo/app:1.2.3"]
    assert (
        f"{APP}:other holds another image than {APP}:1.2.3, and is in no output." in caplog.messages
    )


@pytest.mark.parametrize("mode", MODES)
def test_existing_image__what_is_not_whole_is_no_output(
    world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    root = world.hold(f"{APP}:1.2.3", AMD64, ARM64)
    child = (
        world.registry.repositories[APP].manifests[root.manifests[0].digest]
        if not isinstance(root, Manifest)
        else root
    )
    world.registry.delete(APP.at(child.descriptor.digest))

    outputs = run(world, mode)

    assert (outputs["pushed"], outputs["image"]) == ("false", "")
    assert outputs["digest"] != str(root.descriptor.digest)
    assert "docker pull" not in world.runner.summaries[0]
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [
        line
        for line in told
        if line.startswith("What stands there can't be confirmed, so it is in no output: ")
    ]


def test_existing_image__a_name_that_is_gone_meanwhile(world: World) -> None:
    """It was listed, and is not there any more when it is asked for."""
    world.hold(f"{APP}:1.2.3")
    world.registry.lags[f"{APP}:1.2.3"] = 1

    outputs = run(world, "publish")

    assert (outputs["pushed"], outputs["digest"]) == ("false", "")


def test_existing_image__the_pull_request_hears_why_and_of_no_digest(world: World) -> None:
    """Its row is of what the run made, which is nothing."""
    world.hold(f"{APP}:pr-7")
    github = FakeGitHub()

    publish.run(
        test_publish.parsed(pull_request_event(), **KEEP), replace(world.ports, github=github)
    )

    assert world.runner.outputs["image"].startswith(f"{APP}@")
    (row,) = rows.decode(github.said[7][0].body)
    assert (row.digest, row.reason) == ("", world.runner.outputs["reason"])


def test_existing_image__a_dry_run_of_a_merge_claims_nothing(world: World) -> None:
    digests = "\n".join(
        str(world.hold(f"{APP}@", platform).descriptor.digest) for platform in (AMD64, ARM64)
    )

    merge.run(settings("merge", digests=digests, tags=f"{APP}:1", dry_run="true"), world.ports)

    outputs = world.runner.outputs
    assert (outputs["digest"], outputs["image"], outputs["pushed"], outputs["tags"]) == (
        "",
        "",
        "false",
        f"{APP}:1",
    )
    assert json.loads(outputs["plan"])["digest"].startswith("sha256:")
    assert "docker pull" not in world.runner.summaries[0]
