"""Each row of "What differs" has an example: what the steps of the docker actions make of it, as
their documentation and source say, and what one step of this action makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from ghcr_action.diagnosis.find import find
from ghcr_action.errors import ActionError
from ghcr_action.settings import parse
from ghcr_action.settings.parse import Remarks
from ghcr_action.values.answer import Fault
from tests.fakes.events import fork_pull_request, push_event, tag_event
from tests.flow.test_publish import World, parsed
from tests.unit.diagnosis.seen import registry
from tests.unit.test_differences import rows


@dataclass(frozen=True, kw_only=True)
class Example:
    """One input, and what comes of it on each side."""

    there: str
    """Recorded: docker/build-push-action v7.3.0, login-action v4.1.0."""
    here: str
    run: Callable[[World], object]


def remarks(**given: str) -> Remarks:
    return parse.settings({"github-token": "t", **given}, {"HOME": "/"}, push_event())[1]


def arguments(**given: str) -> Callable[[World], str]:
    def run(world: World) -> str:
        world.publish(**given)
        return " ".join(world.arguments)

    return run


def older_release(world: World) -> str:
    tags = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}"
    world.publish(tag_event("v1.3.0"), tags=tags)
    plan = world.publish(tag_event("v1.2.9"), tags=tags).plan
    return " ".join(f"{each.reference.target} stays" for each in plan.kept_tags)


def written(world: World) -> str:
    return " ".join(map(str, world.publish(tags="latest\n1.0.0\nedge").plan.tag))


def by_digest(world: World) -> str:
    outputs = "type=image,name=ghcr.io/octo/app,push-by-digest=true,push=true"
    plan = world.publish(outputs=outputs).plan
    return f"{bool(plan.push)} {plan.tag}"


def output(name: str, **given: str) -> Callable[[World], str]:
    def run(world: World) -> str:
        world.publish(**given)
        return repr(world.runner.outputs.get(name, ""))

    return run


def unreachable(host: str) -> str:
    """The code of the error where nobody listens at a registry's host."""
    row = find(registry(0, fault=Fault.REFUSED, url=f"https://{host}/v2/", host=host))
    return row.code if row else ""


def epoch(world: World) -> str:
    world.ports = replace(world.ports, environ={"SOURCE_DATE_EPOCH": "1800000000"})
    world.publish()
    return " ".join(world.arguments)


MIGRATION = {
    "`context` empty": Example(
        there="https://github.com/octo/app.git#SHA", here=" .", run=arguments()
    ),
    "`push` not given": Example(
        there="false", here="'true'", run=output("pushed")
    ),
    "`outputs: type=image,…,push=true`, `type=registry,…`": Example(
        there="the engine pushes and tags",
        here="ghcr.io/octo/app:main",
        run=lambda world: world.publish(outputs="type=image,push=true").plan.tag[0],
    ),
    "`outputs: type=image,…,push-by-digest=true,push=true`": Example(
        there="the engine pushes",
        here="True ()",
        run=by_digest,
    ),
    "`outputs: type=local,…` and other files, without `push`": Example(
        there="no tag",
        here="()",
        run=lambda world: world.publish(outputs="type=local,dest=bin").plan.tag,
    ),
    "media types of an image without provenance": Example(
        there="application/vnd.docker.distribution.manifest.v2+json",
        here="oci-mediatypes=true",
        run=arguments(),
    ),
    "a login without `registry`": Example(
        there="docker.io",
        here="quay.io",
        run=lambda _: sorted(
            parsed(
                push_event(), images="quay.io/octo/app", username="u", password="p"
            ).common.credentials
        ),
    ),
    "`{{` in `labels` and `annotations`": Example(
        there="--label x={{.Names}}", here="--label x={{.Names}} main",
        run=arguments(labels="x=\\{{.Names}} {{branch}}"),
    ),
    "capitals in an image name": Example(
        there="error: repository name must be lowercase",
        here="ghcr.io/Octo/App is published as ghcr.io/octo/app",
        run=lambda _: remarks(images="ghcr.io/Octo/App").notices,
    ),
    "tags": Example(
        there="latest 1.0.0 edge",
        here="ghcr.io/octo/app:1.0.0 ghcr.io/octo/app:latest",
        run=written,
    ),
    "`latest`, `1`, `1.2`": Example(there="moved", here="1 stays latest stays", run=older_release),
    "label and annotation `created`": Example(
        there="the time of the run",
        here="created=2027-01-15T08:00:00.000Z",
        run=epoch,
    ),
    "`tags: REGISTRY/OWNER/NAME:TAG` beside `images`": Example(
        there="the references alone, by the engine",
        here="ghcr.io/octo/app:nightly",
        run=lambda world: world.publish(
            images="ghcr.io/octo/app", tags="ghcr.io/octo/app:nightly"
        ).plan.tag[0],
    ),
    "provenance in the index": Example(
        there="type=provenance,mode=max", here="type=provenance,disabled=true", run=arguments()
    ),
    "annotations": Example(
        there="manifest:", here="index:org.opencontainers.image.source=",
        run=arguments(platforms="linux/amd64,linux/arm64")
    ),
    "output `digest`": Example(there="sha256:…", here="''", run=output("digest", push="false")),
    "output `metadata`": Example(
        there="buildx.build.provenance", here="{'containerimage.digest'", run=lambda world: (
            output("metadata")(world).replace('"', "'").replace("\\n", "").replace(" ", "").strip("'")
        )
    ),
    "tags that no registry takes": Example(
        there="-x", here="tag '-x' becomes '_x'",
        run=lambda world: world.publish(tags="-x\n1").plan.warnings,
    ),
    "a secret without a value, a variable of `secret-envs` that is not set": Example(
        there="warning", here="'npm' is left out: it has no value",
        run=lambda _: remarks(secrets="npm=").warnings[0],
    ),
    "a file of `secret-files` that is not there": Example(
        there="()",
        here="(('k', './nowhere'),)",
        run=lambda _: parsed(push_event(), secret_files="k=./nowhere").build.secret_files,
    ),
    "a line of `secrets` that looks like a line of another value (`abc==`)": Example(
        there="--secret id=abc", here="item 1 is left out: it looks like a line of another value",
        run=lambda _: remarks(secrets="abc==").warnings,
    ),
    "an item of `build-args` without a name that an ARG can have": Example(
        there="--build-arg a b", here="item 1 is left out, no ARG has this name",
        run=lambda _: remarks(**{"build-args": "a b"}).warnings,
    ),
    "`a,,b`": Example(
        there="dropped", here="an empty item is left out",
        run=lambda _: remarks(platforms="linux/amd64,,linux/arm64").warnings,
    ),
    "`octo/app`, a name without a registry, without a login for Docker Hub": Example(
        there="error after the build", here="There is no login for docker.io",
        run=lambda world: world.publish(images="octo/app"),
    ),
    "`# …` in a list": Example(
        there="--build-arg # why", here="('A=1',)",
        run=lambda _: parsed(push_event(), build_args="# why\nA=1").build.build_args,
    ),
    "an unknown input": Example(
        there="ignored", here="There is no input `platform`; did you mean `platforms`?",
        run=lambda _: remarks(platform="linux/arm64"),
    ),
    "a platform that does not exist (`linux/amd46`)": Example(
        there="--platform linux/amd46", here="did you mean linux/amd64?",
        run=lambda _: remarks(platforms="linux/amd46"),
    ),
    "a registry at `localhost`, in a service container": Example(
        there="pushed", here="NETWORK-LOCALHOST", run=lambda _: unreachable("localhost:5000"),
    ),
    "a fork's pull request": Example(
        there="403", here="the token of a pull request from a fork can only read",
        run=lambda world: world.publish(fork_pull_request()).plan.reason,
    ),
    "a fault of the push that may pass": Example(
        there="0", here="4", run=lambda world: world.publish().plan.retries
    ),
    "Docker configuration of the runner": Example(
        there="~/.docker/config.json", here="True",
        run=lambda _: parsed(push_event()).common.logout,
    ),
}  # fmt: skip


def said(example: Example) -> str:
    try:
        return str(example.run(World()))
    except ActionError as error:
        return error.what


def test_migration__each_difference_has_an_example_and_a_reason() -> None:
    table = rows("docs/migration.md", "## What differs")

    assert [row[0] for row in table] == list(MIGRATION)
    assert all(len(row) == 4 and all(row) for row in table)


@pytest.mark.parametrize("example", MIGRATION.values(), ids=MIGRATION)
def test_migration__each_difference_is_one(example: Example) -> None:
    found = said(example)

    assert example.here in found
    assert found != example.there
