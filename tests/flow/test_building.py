"""Publishing from the build's side: retries, the test before the tag, loading, push by digest, no
permission to push."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from ghcr_action.errors import (
    AccessDenied,
    BuildFailed,
    ContentInvalid,
    PolicyRefused,
    Unavailable,
)
from ghcr_action.images import transfer
from ghcr_action.log import NOTICE
from ghcr_action.modes import publish
from ghcr_action.plans.publish import make
from ghcr_action.values.platform import Platform
from tests.fakes.engine import FACTS, NATIVE, image
from tests.fakes.events import fork_pull_request, push_event
from tests.fakes.layout import MemoryLayout
from tests.fakes.refusals import denied
from tests.flow.test_publish import APP, MAIN, World, parsed, world

__all__ = ["world"]

NOON = "2026-11-23T12:00:00Z"
BAD_GATEWAY = (
    (
        "ERROR: failed to solve: failed to push ghcr.io/octo/app:1: unexpected status from "
        "PUT request: 502 Bad Gateway"
    ),
)
FORBIDDEN = (
    (
        "ERROR: failed to solve: failed to push ghcr.io/octo/app:1: unexpected status from "
        "POST request: 403 Forbidden"
    ),
)
STEP = (
    (
        'ERROR: failed to solve: process "/bin/sh -c curl x" did not complete successfully: '
        "exit code: 22"
    ),
)


def waits(world: World) -> list[float]:
    found: list[float] = world.ports.clock.waits  # type: ignore[attr-defined]
    return found


def test_build__a_passing_fault_is_tried_again_on_the_warm_engine(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    world.engine.failing = [BAD_GATEWAY, BAD_GATEWAY]

    outcome = world.publish()

    assert outcome.pushed
    assert len(world.engine.commands) == 3
    assert len(set(world.engine.commands)) == 1
    assert waits(world) == [0.75, 1.5]
    assert any("trying again in 0.8 s (1 of 4)" in record.getMessage() for record in caplog.records)


def test_build__a_registry_that_lags_behind_the_push_is_asked_again(world: World) -> None:
    pushed = {
        "digest": "d",
        "name": "pushing ghcr.io/octo/app:main with docker",
        "started": NOON,
        "completed": NOON,
    }
    world.engine.failing = [
        (
            json.dumps({"vertexes": [pushed]}),
            "ERROR: failed to build: manifest unknown: manifest unknown",
        )
    ]

    assert world.publish().pushed
    assert len(world.engine.commands) == 2


@pytest.mark.parametrize(
    ("said", "given", "builds"),
    [
        (FORBIDDEN, {}, 1),
        (STEP, {}, 1),
        (BAD_GATEWAY, {"push_retries": "0"}, 1),
        (BAD_GATEWAY, {"push_retries": "2"}, 3),
        (BAD_GATEWAY, {}, 5),
    ],
    ids=["forbidden", "step failed", "no retries", "two retries", "the default"],
)
def test_build__what_does_not_pass_ends_the_run(
    world: World, said: tuple[str, ...], given: dict[str, str], builds: int
) -> None:
    world.engine.failing = [said] * 9

    with pytest.raises(Unavailable if said == BAD_GATEWAY else (BuildFailed, AccessDenied)):
        world.publish(**given)

    assert len(world.engine.commands) == builds
    assert world.digest(f"{APP}:main") == ""


def builds(world: World) -> list[str]:
    """What each call of buildx exports to."""
    exports = []
    for command in world.engine.commands:
        pairs = list(pairwise(command.arguments))
        flags = ["push"] * ("--push" in command.arguments) + ["load"] * (
            "--load" in command.arguments
        )
        exports.append(" ".join([value for name, value in pairs if name == "--output"] + flags))
    return exports


TRIAL = "type=docker,name=localhost/tested:private"
PUSHED = "push-by-digest=true,name-canonical=true,push=true,store=false,oci-mediatypes=true"
BY_DIGEST = f"type=image,name=ghcr.io/octo/app,{PUSHED}"
DIGEST = image([NATIVE])[0].descriptor.digest


def classic(world: World) -> None:
    """The engine with the classic image store, and an image it has pushed before."""
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    root, blobs = image([NATIVE])
    transfer.push(MemoryLayout(root, blobs), root.descriptor, MAIN.repository, world.registry)


def test_test__runs_on_the_loaded_image_before_anything_is_pushed(world: World) -> None:
    outcome = world.publish(
        test="docker run --rm $IMAGE --version", platforms="linux/arm64,linux/amd64"
    )

    assert outcome.pushed
    assert builds(world) == [f"{TRIAL},oci-mediatypes=true", BY_DIGEST]
    assert [
        dict(pairwise(command.arguments))["--builder"] for command in world.engine.commands
    ] == ["default", "private"]
    assert dict(pairwise(world.engine.commands[0].arguments))["--platform"] == "linux/amd64"
    expected = {"IMAGE": f"localhost/tested@{DIGEST}", "IMAGE_TAG": "localhost/tested:private"}
    assert world.engine.scripts == [("docker run --rm $IMAGE --version", expected)]
    assert "the test says hello" in world.runner.fenced
    assert world.engine.calls[-1] == ("image", "rm", "--force", "localhost/tested:private")
    assert world.runner.saved == {"cleanup": ""}
    assert world.engine.bridges == []


@pytest.mark.parametrize(
    "given",
    [
        {"no_cache": "true"},
        {"no_cache_filters": "build,test"},
        {"no_cache": "true", "load": "true"},
    ],
    ids=["no-cache", "no-cache-filters", "and loaded"],
)
@pytest.mark.parametrize("platforms", ["linux/amd64", "linux/arm64,linux/amd64"])
def test_test__of_steps_that_run_anew_is_of_the_steps_that_are_published(
    world: World, given: dict[str, str], platforms: str
) -> None:
    world.publish(test="true", platforms=platforms, **given)

    anew = [
        any(each.startswith("--no-cache") for each in command.arguments)
        for command in world.engine.commands
    ]
    assert anew == [True, *[False] * (len(anew) - 1)]
    assert builds(world)[0] == "type=cacheonly"
    assert builds(world)[1:3] == [f"{TRIAL},oci-mediatypes=true", BY_DIGEST]
    assert dict(pairwise(world.engine.commands[0].arguments))["--platform"] == platforms


def test_no_cache__without_a_test_is_of_the_published_build(world: World) -> None:
    world.publish(no_cache="true", load="true")

    anew = ["--no-cache" in command.arguments for command in world.engine.commands]
    assert anew == [True, False]


def test_no_cache__with_checks_first_is_of_the_checked_build(world: World) -> None:
    world.publish(no_cache="true", checks="error")

    anew = ["--no-cache" in command.arguments for command in world.engine.commands]
    assert anew == [True, False]


def test_test__that_fails_leaves_nothing_in_the_registry(world: World) -> None:
    world.engine.exits = 3

    with pytest.raises(
        PolicyRefused,
        match="The test failed: its script exited with 3; nothing was pushed or tagged",
    ):
        world.publish(test="exit 3")

    assert builds(world) == [f"{TRIAL},oci-mediatypes=true"]
    assert world.registry.repositories == {}
    assert world.engine.calls[-1] == ("image", "rm", "--force", "localhost/tested:private")


def test_test__where_the_engine_pushes_by_itself_it_builds_first_and_pushes_after(
    world: World,
) -> None:
    classic(world)
    world.registry.put(MAIN, image([NATIVE])[0])

    world.publish(test="true")

    assert builds(world) == [TRIAL, "push"]
    assert world.engine.scripts[0][1] == {
        "IMAGE": str(DIGEST),
        "IMAGE_TAG": "localhost/tested:private",
    }


def test_test__runs_where_nothing_is_pushed_as_well(world: World) -> None:
    world.engine.exits = 1

    with pytest.raises(PolicyRefused):
        world.publish(fork_pull_request(), test="false")


def test_test__is_nothing_for_a_call(world: World) -> None:
    world.publish(call="check", test="true")

    assert world.engine.scripts == []


def test_test__a_platform_that_is_not_the_engines_is_emulated_for_it(world: World) -> None:
    world.publish(test="true", platforms="linux/arm64")

    assert dict(pairwise(world.engine.commands[0].arguments))["--platform"] == "linux/arm64"


def test_test__of_another_image_than_the_one_that_is_built_counts_for_nothing(world: World) -> None:
    world.engine.builds_again = Platform("linux", "arm64")

    with pytest.raises(
        ContentInvalid, match="The image that was built is not the one that was tested"
    ):
        world.publish(test="true")

    assert world.digest(f"{APP}:main") == ""


def test_load__is_a_call_of_its_own_beside_a_push(world: World) -> None:
    world.publish(load="true", images=f"{APP}\nquay.io/octo/app")

    pushed, loaded = (
        "name=ghcr.io/octo/app,quay.io/octo/app",
        "name=ghcr.io/octo/app:main,quay.io/octo/app:main",
    )
    assert builds(world) == [
        f'type=image,"{pushed}",{PUSHED}',
        f'type=docker,"{loaded}",oci-mediatypes=true',
    ]
    assert "type=provenance,disabled=true" in world.arguments


def test_load__where_nothing_is_pushed_is_the_build_itself(world: World) -> None:
    world.publish(load="true", push="false")

    assert builds(world) == ["load"]


def test_push_by_digest__leaves_no_tag(world: World) -> None:
    outcome = world.publish(push_by_digest="true", images=f"{APP}\nquay.io/octo/app")

    assert [contents.tags for contents in world.registry.repositories.values()] == [{}, {}]
    assert (
        world.digest(f"{APP}@{outcome.digest}")
        == world.runner.outputs["digest"]
        == str(outcome.digest)
    )
    assert (world.runner.outputs["tags"], world.runner.outputs["pushed"]) == ("", "true")
    assert world.runner.outputs["images"].splitlines() == [
        f"{APP}@{outcome.digest}",
        f"quay.io/octo/app@{outcome.digest}",
    ]


DOCKERS_PAGE = {
    "outputs": f"type=image,name={APP},push-by-digest=true,name-canonical=true,push=true"
}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"push_by_digest": "true", "tags": f"{APP}:1\n{APP}:2"}, f"{APP}:1, {APP}:2"),
        ({"push_by_digest": "true", "tags": "1"}, "1"),
        ({**DOCKERS_PAGE, "tags": f"{APP}:1"}, f"{APP}:1"),
        # docker's page of a build on several machines: the repository alone, and rules for labels
        ({**DOCKERS_PAGE, "tags": str(APP)}, ""),
        ({**DOCKERS_PAGE, "tags": "octo/app"}, ""),
        (DOCKERS_PAGE, ""),
        ({"push_by_digest": "true"}, ""),
        ({"push_by_digest": "true", "tags": "type=sha\ntype=raw,value={{branch}}"}, ""),
        ({"tags": f"{APP}:1"}, ""),
    ],
)
def test_push_by_digest__says_of_names_that_another_mode_writes_them(
    given: dict[str, str], names: str
) -> None:
    notices = parsed(push_event(), **given).notices

    told = (
        f"`push-by-digest` writes no tag: {names} is written by `mode: merge`, in the job that "
        "merges the digests and has these `tags`."
    )
    assert notices == ((told,) if names else ())


def test_push_by_digest__needs_no_rule_to_give_a_tag(world: World) -> None:
    assert world.publish(push_by_digest="true", tags="type=semver,pattern={{version}}").pushed


def test_push_by_digest__gives_no_local_names_where_nothing_is_pushed(world: World) -> None:
    world.publish(fork_pull_request(), push_by_digest="true")
    world.publish(fork_pull_request(), push_by_digest="true", load="true")
    world.publish(fork_pull_request())

    given = [
        [value for flag, value in pairwise(command.arguments) if flag == "--tag"]
        for command in world.engine.commands
    ]
    assert given == [[], [f"{APP}:pr-7"], [f"{APP}:pr-7"]]


def test_cannot_push__ends_green_unless_a_push_is_asked_for(world: World) -> None:
    settings = parsed(push_event())
    facts = publish.gather(settings, world.ports)

    plan = make(settings, replace(facts, cannot_push="the token may not write packages"))
    asked = make(
        replace(settings, push=True), replace(facts, cannot_push="the token may not write packages")
    )

    assert (plan.reason, plan.push, plan.tag) == ("the token may not write packages", (), ())
    assert (asked.reason, asked.push) == ("", (MAIN.repository,))


NOT_ALLOWED = "installation not allowed to Write organization package"


def test_degrade__a_job_without_the_permission_builds_reads_caches_and_ends_green(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    world.registry.faults["check_push", APP] = denied(NOT_ALLOWED)

    outcome = publish.run(
        parsed(
            push_event(),
            {"ACTIONS_RUNTIME_TOKEN": "t", "ACTIONS_RESULTS_URL": "https://results"},
        ),
        world.ports,
    )

    assert (outcome.pushed, world.runner.outputs["pushed"], world.runner.outputs["digest"]) == (
        False,
        "false",
        "",
    )
    assert world.runner.outputs["reason"].startswith(
        "the job's token may not write packages; add `packages: write`"
    )
    assert any(
        record.getMessage().startswith("Nothing was pushed: ")
        for record in caplog.records
        if record.levelno == NOTICE
    )
    assert "--cache-from" in world.arguments
    assert "--cache-to" not in world.arguments
    assert world.registry.repositories == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [({"push": "true"}, NOT_ALLOWED), ({}, "permission_denied: write_package")],
    ids=["a push is asked for", "another cause"],
)
def test_degrade__is_refused(world: World, given: dict[str, str], words: str) -> None:
    world.registry.faults["check_push", APP] = denied(words)

    with pytest.raises(AccessDenied):
        world.publish(**given)

    assert world.engine.commands == []
