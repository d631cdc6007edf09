"""`mode: publish` over working fakes: each event kind, and each way to fail."""

import itertools
import json
import logging
import shlex
from dataclasses import replace

import pytest

from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    BuildFailed,
    ContentInvalid,
    NotFound,
    SettingsError,
)
from ghcr_action.images import transfer
from ghcr_action.log import NOTICE
from ghcr_action.modes import publish
from ghcr_action.plans.publish import Outcome
from ghcr_action.ports import Ports
from ghcr_action.report import failed
from ghcr_action.report import publish as publish_report
from ghcr_action.settings import parse
from ghcr_action.settings.publish import PublishSettings
from ghcr_action.values.event import Event
from ghcr_action.values.oci import Index
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference
from ghcr_action.values.size import words
from tests.fakes import ports as fakes
from tests.fakes.engine import FACTS, FakeEngine, image
from tests.fakes.events import (
    fork_pull_request,
    pull_request_event,
    push_event,
    schedule_event,
    tag_event,
)
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.fakes.workspace import FakeWorkspace
from tests.unit.buildx.recordings import vertex

APP = "ghcr.io/octo/app"
MAIN = Reference.parse(f"{APP}:main")
MISSING = (
    'failed to compute cache key: failed to calculate checksum of ref a::b: "/nope": not found'
)
TWO = [Platform("linux", "amd64"), Platform("linux", "arm64")]


class World:
    """A workspace with a Dockerfile, an engine, a registry and a runner, and what a run did to
    them."""

    def __init__(self) -> None:
        self.workspace = FakeWorkspace(
            {"Dockerfile": b"FROM scratch", ".git/HEAD": b"ref: refs/heads/main"}
        )
        self.registry = FakeRegistry()
        self.engine = FakeEngine(self.registry)
        self.runner = FakeRunner()
        self.ports: Ports = fakes.make(
            workspace=self.workspace, engine=self.engine, registry=self.registry, runner=self.runner
        )

    def publish(self, event: Event | None = None, /, **given: str) -> Outcome:
        return publish.run(parsed(event or push_event(), **given), self.ports)

    def digest(self, reference: str) -> str:
        found = self.registry.head(Reference.parse(reference))
        return str(found.digest) if found else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.engine.commands[-1].arguments


def parsed(event: Event, environ: dict[str, str] | None = None, /, **given: str) -> PublishSettings:
    texts = {"github-token": "t0ken"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    found = parse.settings(texts, environ or {}, event)[0]
    assert isinstance(found, PublishSettings)
    return found


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("event", "tags"),
    [
        (push_event("main"), ["main"]),
        (push_event("feature/Äpfel"), ["feature-pfel"]),
        (tag_event("v1.2.3"), ["v1.2.3", "latest"]),
        (pull_request_event(7), ["pr-7"]),
        (schedule_event(), ["nightly", "main"]),
    ],
    ids=["branch", "branch with slash", "tag", "pull request", "schedule"],
)
def test_publish__each_event_gets_its_default_tags(
    world: World, event: Event, tags: list[str]
) -> None:
    outcome = world.publish(event)

    assert {world.digest(f"{APP}:{tag}") for tag in tags} == {str(outcome.digest)}
    assert sorted(world.runner.outputs["tags"].splitlines()) == sorted(
        f"{APP}:{tag}" for tag in tags
    )
    assert world.runner.outputs["pushed"] == "true"


def test_publish__outputs_say_what_the_registry_holds(world: World) -> None:
    world.publish(platforms="linux/amd64,linux/arm64")

    index = image(TWO)[0]
    assert isinstance(index, Index)
    outputs = world.runner.outputs
    assert outputs["digest"] == str(index.descriptor.digest)
    assert outputs["image"] == f"{APP}@{index.descriptor.digest}"
    assert json.loads(outputs["digests"]) == {
        str(entry.platform): str(entry.digest) for entry in index.manifests
    }
    assert outputs["version"] == "main"
    assert int(outputs["size"]) == sum(
        len(blob)
        for digest, blob in image(TWO)[1].items()
        if digest not in {e.digest for e in index.manifests}
    )
    assert "buildx.build.provenance" not in outputs["metadata"]
    assert "buildx.build.provenance" in world.workspace.files["/temp/metadata.json"].decode()


def test_publish__ends_its_log_with_what_was_published(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tags = "\n".join(f"t{number}" for number in range(7))

    outcome = world.publish(
        platforms="linux/amd64,linux/arm64", images=f"{APP}\nghcr.io/octo/two", tags=tags
    )

    size = outcome.size and words(outcome.size.total)
    assert [
        record.getMessage()
        for record in caplog.records
        if record.getMessage().startswith("Published")
    ] == [
        (
            f"Published {name}@{outcome.digest} as t0, t1, t2, t3, t4 and 2 more "
            f"(linux/amd64, linux/arm64; {size})."
        )
        for name in (APP, "ghcr.io/octo/two")
    ]


def test_publish__by_digest_and_without_a_push_end_their_logs_truly(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    outcome = world.publish(push_by_digest="true")
    world.publish(push="false")

    assert [
        text for record in caplog.records if (text := record.getMessage()).startswith("Published")
    ] == [
        (
            f"Published {APP}@{outcome.digest} (linux/amd64; "
            f"{words(outcome.size.total) if outcome.size else ''})."
        )
    ]


def test_publish__a_name_without_a_registry_is_for_the_engine_alone(world: World) -> None:
    outcome = world.publish(tags="report:latest", load="true")

    assert outcome.plan.reason == "`report` names no registry, it is for the engine alone"
    assert ("--tag", "docker.io/library/report:latest") in list(itertools.pairwise(world.arguments))
    assert world.runner.outputs["pushed"] == "false"
    assert world.registry.calls == []


@pytest.mark.parametrize(
    "tags", ["octo/report:latest", "report:latest\nghcr.io/octo/app:1", "report:latest\nocto/app:1"]
)
def test_publish__a_name_with_an_owner_is_pushed(world: World, tags: str) -> None:
    outcome = world.publish(tags=tags, registry="docker.io", username="octo", password="pw")

    assert outcome.plan.reason == ""


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"images": "octo/shop-api"}, "ghcr.io/octo/shop-api"),
        ({"images": "other/shop-api"}, "ghcr.io/other/shop-api"),
        ({"tags": "octo/shop-api:1"}, "ghcr.io/octo/shop-api"),
        ({"images": "docker.io/octo/x"}, "ghcr.io/octo/x"),
        ({"images": "name=octo/x,enable=true"}, "ghcr.io/octo/x"),
        ({"images": "shop-api", "push": "true"}, "ghcr.io/octo/shop-api"),
        ({"images": "ghcr.io/octo/app\nocto/app"}, "ghcr.io/octo/app"),
    ],
)
def test_publish__a_name_of_docker_hub_needs_a_login_there(
    world: World, given: dict[str, str], meant: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        world.publish(**given)

    assert "There is no login for docker.io" in raised.value.what
    assert f"Did you mean {meant}? Else log in" in raised.value.fix
    assert world.registry.calls == []


@pytest.mark.parametrize("given", [{"push": "false"}, {"call": "outline"}, {"event": "fork"}])
def test_publish__a_name_of_docker_hub_that_is_not_pushed_needs_no_login(
    world: World, given: dict[str, str]
) -> None:
    events = {"fork": fork_pull_request()}
    world.publish(events.get(given.pop("event", ""), push_event()), images="octo/x", **given)


def test_publish__the_pattern_for_many_runners_leaves_no_tag(world: World) -> None:
    outcome = world.publish(
        outputs=f"type=image,name={APP},push-by-digest=true,name-canonical=true,push=true"
    )

    assert world.runner.outputs["image"] == f"{APP}@{outcome.digest}"
    assert world.digest(f"{APP}:main") == ""


def test_publish__its_summary_has_each_option_on_a_line_and_can_be_pasted(world: World) -> None:
    outcome = world.publish(labels="a=two words")

    shown = publish_report.docker_lines(outcome.plan.build.arguments)
    assert "```console\n" + shown + "\n```" in world.runner.summaries[0]
    assert "\\\n  --label 'a=two words' \\\n  --" in shown
    assert shlex.split(shown.replace("\\\n", "")) == ["docker", *world.arguments]


def test_publish__a_single_platform_is_read_from_the_config(world: World) -> None:
    world.publish()

    assert list(json.loads(world.runner.outputs["digests"])) == ["linux/amd64"]


def test_publish__labels_and_annotations_reach_the_build(world: World) -> None:
    world.publish(
        platforms="linux/amd64,linux/arm64",
        labels="org.opencontainers.image.title=Mine",
        annotations="index:team=a",
    )

    assert "org.opencontainers.image.title=Mine" in world.arguments
    assert "org.opencontainers.image.source=https://github.com/octo/app" in world.arguments
    assert "index:org.opencontainers.image.source=https://github.com/octo/app" in world.arguments
    assert "index:team=a" in world.arguments


def test_publish__no_default_attestations_says_nothing_to_buildx_which_reads_it_too(
    world: World,
) -> None:
    for text, images in (("1", APP), ("t", "quay.io/octo/app")):
        settings = parsed(push_event(), {"BUILDX_NO_DEFAULT_ATTESTATIONS": text}, images=images)
        publish.run(settings, world.ports)

        assert not [word for word in world.arguments if "provenance" in word]


def test_publish__no_attestations_on_githubs_registry_unless_asked(world: World) -> None:
    world.publish()
    assert "type=provenance,disabled=true" in world.arguments

    world.publish(provenance="mode=max")
    assert any(
        argument.startswith("type=provenance,mode=max,builder-id=") for argument in world.arguments
    )


def test_publish__several_images_and_full_references(world: World) -> None:
    outcome = world.publish(images=f"{APP}\nquay.io/octo/app", tags="1.2.3\nghcr.io/octo/other:RC1")

    assert [str(reference) for reference in outcome.plan.tag] == [
        f"{APP}:1.2.3",
        "quay.io/octo/app:1.2.3",
        "ghcr.io/octo/other:RC1",
    ]
    assert {world.digest(str(reference)) for reference in outcome.plan.tag} == {str(outcome.digest)}
    assert world.runner.outputs["images"].splitlines() == [
        f"{name}@{outcome.digest}" for name in (APP, "quay.io/octo/app", "ghcr.io/octo/other")
    ]


def test_publish__moving_tags_are_written_last(world: World) -> None:
    outcome = world.publish(
        tag_event("v1.2.3"),
        tags="latest\ntype=semver,pattern={{version}}\ntype=semver,pattern={{major}}",
    )

    assert [str(reference.tag) for reference in outcome.plan.tag] == ["1.2.3", "1", "latest"]


def test_publish__a_reference_without_a_tag_is_latest(world: World) -> None:
    outcome = world.publish(tags="ghcr.io/octo/app")

    assert [str(reference) for reference in outcome.plan.tag] == [f"{APP}:latest"]


def test_publish__twice_gives_the_same(world: World) -> None:
    first, second = world.publish(), world.publish()

    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("event", "given", "reason"),
    [
        (push_event(), {"push": "false"}, "the input says `push: false`"),
        (push_event(), {"call": "check"}, "`call: check` evaluates, it does not build"),
        (fork_pull_request(), {}, "the token of a pull request from a fork can only read"),
        (
            fork_pull_request(),
            {"push": "true"},
            "the token of a pull request from a fork can only read",
        ),
        (
            pull_request_event(actor="dependabot[bot]"),
            {},
            "the token of a Dependabot pull request can only read",
        ),
    ],
    ids=["push false", "call", "fork", "fork with push true", "dependabot"],
)
def test_publish__builds_and_says_why_it_does_not_push(
    world: World, event: Event, given: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    outcome = world.publish(event, **given)

    assert not outcome.pushed
    assert (
        world.runner.outputs["pushed"],
        world.runner.outputs["reason"],
        world.runner.outputs["digest"],
    ) == ("false", reason, "")
    assert (logging.getLevelName(NOTICE), f"Nothing was pushed: {reason}.") in [
        (r.levelname, r.getMessage()) for r in caplog.records
    ]
    assert len(world.engine.commands) == 1
    assert "--push" not in world.arguments
    assert (
        f"Not pushed: {reason.replace('_', chr(92) + '_').replace('`', chr(92) + '`')}"
        in world.runner.summaries[0]
    )


def test_publish__a_fork_with_a_login_of_its_own_pushes(world: World) -> None:
    assert world.publish(fork_pull_request(), password="pat").pushed


def test_publish__dry_run_plans_the_same_and_writes_nothing(world: World) -> None:
    planned = world.publish(dry_run="true")
    assert world.engine.commands == []
    assert world.digest(f"{APP}:main") == ""
    assert "planned" in world.runner.summaries[0]
    shown = json.loads(world.runner.outputs["plan"])

    done = world.publish()

    assert planned.plan == done.plan
    assert shown["build"] == ["docker", *world.arguments]
    assert shown["tags"] == [f"{APP}:main"]


def test_publish__without_a_checkout_the_engine_fetches_the_commit(world: World) -> None:
    world.workspace.files.clear()

    world.publish()

    assert world.arguments[-1] == f"https://github.com/octo/app.git#{push_event().sha}"
    assert world.workspace.files["/private/git-login-1"] == b"t0ken"
    assert "id=GIT_AUTH_TOKEN.github.com,src=/private/git-login-1" in world.arguments


def test_publish__a_login_in_an_address_goes_by_file(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.publish(
        context="https://hunter2@git.example/a.git#main",
        build_contexts="lib=https://me:hunter3@git.example:8443/b.git",
    )

    assert world.arguments[-1] == "https://git.example/a.git#main"
    assert "lib=https://git.example:8443/b.git" in world.arguments
    assert "id=GIT_AUTH_HEADER.git.example,src=/private/git-login-1" in world.arguments
    assert "id=GIT_AUTH_HEADER.git.example:8443,src=/private/git-login-2" in world.arguments
    assert world.workspace.files["/private/git-login-1"] == b"Basic aHVudGVyMjo="
    assert world.workspace.files["/private/git-login-2"] == b"Basic bWU6aHVudGVyMw=="
    told = (*caplog.messages, str(world.runner.outputs), *world.arguments)
    assert not any("hunter" in each for each in told)


def test_publish__what_is_in_secret_files_is_masked(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.workspace.files |= {
        "npmrc": b"//npm.example/:_authToken=npm-0123456789\nalways-auth=true\n",
        "pin": b"4711\n",
        "store.p12": b"\0\xff",
        "large": b"x" * 20_000,
    }

    world.publish(secret_files="npm=npmrc\npin=pin\nstore=store.p12\nbig=large\nnone=missing")

    assert {"npm-0123456789", "4711"} <= set(world.runner.masked)
    told = [each for each in caplog.messages if "is no text of at most 16 KiB" in each]
    assert [each.split()[2] for each in told] == ["store", "big"]


def test_publish__secrets_go_by_file(world: World) -> None:
    world.publish(secrets="npm=hunter2")

    assert "id=npm,src=/private/secret-1" in world.arguments
    assert world.workspace.files["/private/secret-1"] == b"hunter2"
    assert not any("hunter2" in argument for argument in world.arguments)


def test_publish__the_classic_image_store_pushes_by_itself(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    index, blobs = image(TWO[:1])
    transfer.push(MemoryLayout(index, blobs), index.descriptor, MAIN.repository, world.registry)
    world.registry.put(MAIN, index)

    outcome = world.publish()

    assert world.arguments[-2:] == ("--push", ".")
    assert ("--tag", f"{APP}:main") in zip(world.arguments, world.arguments[1:], strict=False)
    assert outcome.digest == index.descriptor.digest
    assert "--attest" not in world.arguments


def test_publish__an_engine_that_says_no_digest_is_not_believed(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)
    world.engine.metadata = {}

    with pytest.raises(ContentInvalid, match="does not say which digest"):
        world.publish()


def test_publish__an_engine_that_did_not_push_is_not_believed(world: World) -> None:
    world.engine.facts = replace(FACTS, has_containerd_store=False)

    with pytest.raises(NotFound):
        world.publish()


def test_publish__a_digest_that_the_registry_does_not_have_gets_no_tag(world: World) -> None:
    world.engine.metadata = {"containerimage.digest": f"sha256:{'0' * 64}"}

    with pytest.raises(NotFound, match=f"{APP}@sha256:0000") as caught:
        world.publish()

    assert "BuildKit pushes from the engine's machine" in caught.value.why
    assert world.digest(f"{APP}:main") == ""


def test_publish__a_missing_platform_stops_before_anything_is_tagged(world: World) -> None:
    world.engine.drops = Platform("linux", "arm64")

    with pytest.raises(ContentInvalid, match="The image has no linux/arm64"):
        world.publish(platforms="linux/amd64,linux/arm64")

    assert world.digest(f"{APP}:main") == ""


def test_publish__a_failed_build_names_the_line_and_moves_no_tag(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.engine.failure = "exit code 3"
    world.engine.output = (
        "Dockerfile:2",
        "-----",
        "   2 | >>> RUN false",
        "-----",
        "ERROR: failed to solve: exit code: 3",
    )

    with pytest.raises(BuildFailed, match=r"The build failed: Dockerfile:2: exited with 3"):
        world.publish()

    assert world.digest(f"{APP}:main") == ""
    assert [
        (record.file, vars(record)["line"]) for record in caplog.records if hasattr(record, "file")
    ] == [("Dockerfile", 2)]


def test_publish__a_failed_build_without_a_place_is_told_all_the_same(world: World) -> None:
    world.engine.failure = "no such thing"
    world.engine.output = ("ERROR: no such thing",)

    with pytest.raises(BuildFailed) as raised:
        world.publish()

    assert raised.value.what == "The build failed: no such thing"


@pytest.mark.parametrize(
    ("output", "what"),
    [
        pytest.param(
            (
                vertex("a", "[2/2] COPY nope /x", 1, 2, error=MISSING),
                *(
                    "Dockerfile:2",
                    "-----",
                    "   2 | >>> COPY nope /x",
                    "-----",
                    f"ERROR: failed to build: failed to solve: {MISSING}",
                ),
            ),
            'The build failed: Dockerfile:2: COPY nope /x: "/nope": not found',
            id="a-step-and-its-reason",
        ),
        pytest.param(("",), "The build failed: the engine gave no reason", id="nothing-said"),
    ],
)
def test_publish__a_failed_build_has_the_reason_in_its_headline(
    world: World, output: tuple[str, ...], what: str
) -> None:
    world.engine.failure = "x"
    world.engine.output = output

    with pytest.raises(BuildFailed) as raised:
        world.publish()

    assert failed.title(raised.value) == what


def test_publish__refused_by_the_registry_moves_no_tag(world: World) -> None:
    world.ports = replace(world.ports, registry=FakeRegistry(unwritable=frozenset({APP})))

    with pytest.raises(AccessDenied):
        world.publish()

    assert "digest" not in world.runner.outputs


@pytest.mark.parametrize(
    ("given", "files", "says"),
    [
        (
            {"file": "docker/Dockerfile"},
            {"Dockerfile": b""},
            "tried docker/Dockerfile; the workspace holds Dockerfile",
        ),
        (
            {},
            {".git/HEAD": b"", "README.md": b""},
            "tried ./Dockerfile, ./dockerfile; the workspace holds .git, README.md",
        ),
        ({"context": "app", "file": "Dockerfile"}, {"app/Dockerfile": b""}, "file: app/Dockerfile"),
        (
            {"context": "nope"},
            {"Dockerfile": b""},
            "`context: nope` is not a directory of the workspace",
        ),
        ({"context": "nope"}, {"Dockerfile": b""}, "Fix: context: path/to/directory"),
        (
            {"context": "app/Dockerfile"},
            {"app/Dockerfile": b""},
            "Why: it is a file\nFix: file: app/Dockerfile",
        ),
        ({"context": "nope"}, {}, "Fix: steps:"),
        ({"context": "nope"}, {}, "the workspace holds nothing: was it checked out?"),
        (
            {"context": "../other"},
            {"Dockerfile": b""},
            "`context: ../other` is outside the workspace",
        ),
        ({"context": "."}, {f"{number}.txt": b"" for number in range(25)}, "and 5 more"),
    ],
)
def test_publish__a_context_that_can_not_work_is_told_before_the_build(
    world: World, given: dict[str, str], files: dict[str, bytes], says: str
) -> None:
    world.workspace.files = files

    with pytest.raises(SettingsError) as raised:
        world.publish(**given)

    assert says in str(raised.value)
    assert world.engine.commands == []


@pytest.mark.parametrize(
    ("given", "files"),
    [
        ({"context": "https://github.com/octo/other.git"}, {}),
        ({"context": "https://example.com/context.tar.gz"}, {}),
        ({"file": "https://example.com/Dockerfile"}, {"app.py": b"", "Dockerfile": b""}),
        ({}, {"dockerfile": b"", ".git/HEAD": b""}),
        ({"context": "app", "file": "app/Dockerfile.prod"}, {"app/Dockerfile.prod": b""}),
    ],
)
def test_publish__a_remote_context_or_file_is_the_engines_to_check(
    world: World, given: dict[str, str], files: dict[str, bytes]
) -> None:
    world.workspace.files = files

    world.publish(**given)

    assert len(world.engine.commands) == 1


@pytest.mark.parametrize(
    ("event", "given", "says"),
    [
        (push_event(), {"github_token": ""}, "There is no token for ghcr.io"),
        (
            push_event(),
            {"tags": "type=semver,pattern={{version}}"},
            "There is no tag to publish under",
        ),
        (
            push_event(),
            {"images": "ghcr.io/octo//app"},
            "`images`: 'ghcr.io/octo//app' is not a repository",
        ),
    ],
)
def test_publish__what_can_not_be_meant_is_told_before_the_build(
    world: World, event: Event, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ActionError) as raised:
        world.publish(event, **given)

    assert says in str(raised.value)
    assert world.engine.commands == []


def test_publish__an_open_registry_needs_no_login(world: World) -> None:
    assert world.publish(github_token="", images="127.0.0.1:5000/octo/app").pushed


def test_publish__without_verify_the_digest_is_still_asked_for(world: World) -> None:
    assert world.publish(verify="false").pushed


def test_publish__summary_can_be_left_out(world: World) -> None:
    world.publish(summary="false")

    assert world.runner.summaries == []


def test_publish__large_metadata_stays_out_of_the_outputs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.engine.metadata = {
        "x": "y" * 200_000,
        "containerimage.digest": str(image(TWO[:1])[0].descriptor.digest),
    }

    world.publish()

    assert world.runner.outputs["metadata"] == ""
    assert world.runner.outputs["metadata-file"] == "/temp/metadata.json"
    assert any(
        "too many for an output" in record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING
    )


def test_publish__warnings_reach_log_and_summary(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.publish(annotations="index:only=here")

    assert any(
        "index:only=here" in record.getMessage()
        for record in caplog.records
        if record.levelno == logging.WARNING
    )
    assert any(
        "only=here" in line
        for line in world.runner.summaries[0].splitlines()
        if line.startswith(">")
    )


def test_publish__summary_is_what_a_person_reads(world: World) -> None:
    outcome = world.publish(tag_event("v1.2.3"), platforms="linux/amd64,linux/arm64")

    text = world.runner.summaries[0]
    head = f"## {APP} · ✅ pushed\n\n| Digest | `{outcome.digest}` |\n| :-- | :-- |\n| Tags | "
    assert text.startswith(head)
    assert (
        f"docker pull {APP}@{outcome.digest}\ndocker pull {APP}:v1.2.3\ndocker pull {APP}:latest"
        in text
    )
    assert all(f" | `{found.digest.encoded[:12]}` |" in text for found in outcome.platforms)
