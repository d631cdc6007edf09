"""`mode: bake` over working fakes: all names or none, whatever goes wrong."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ghcr_action.buildx.builder import Create
from ghcr_action.errors import (
    AccessDenied,
    ActionError,
    BuildFailed,
    ContentInvalid,
    NotFound,
    PolicyRefused,
    SettingsError,
)
from ghcr_action.images import transfer
from ghcr_action.inputs import lists
from ghcr_action.log import NOTICE
from ghcr_action.modes import bake
from ghcr_action.plans.bake_plan import BakeOutcome
from ghcr_action.ports import Ports
from ghcr_action.settings import parse
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.engine import BuildCommand, BuilderFacts, EngineFacts, Printed
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference
from tests.fakes import ports as fakes
from tests.fakes import refusals
from tests.fakes.clock import FakeClock
from tests.fakes.engine import FACTS, FakeEngine, image
from tests.fakes.events import fork_pull_request, pull_request_event, push_event, tag_event
from tests.fakes.git import FakeGit
from tests.fakes.github import FakeGitHub
from tests.fakes.layout import MemoryLayout
from tests.fakes.registry import FakeRegistry
from tests.fakes.runner import FakeRunner
from tests.fakes.sigstore.ports import (
    FakeAttestationStore,
    FakeSigstore,
    FakeTrustRoots,
    instance,
)
from tests.fakes.sigstore.services import Services
from tests.fakes.workspace import FakeWorkspace
from tests.flow.signing import ASKED
from tests.unit.buildx.bake import printed
from tests.unit.buildx.recordings import vertex

HOME = "ghcr.io/octo"
WEB: dict[str, Any] = {"context": "web", "tags": [f"{HOME}/web:1.0.0", f"{HOME}/web:latest"]}
DB: dict[str, Any] = {"context": "db", "tags": [f"{HOME}/db:1.0.0", f"{HOME}/db:latest"]}
THREE = {"web": WEB, "db": DB, "job": {"context": "job", "tags": [f"{HOME}/job:1.0.0"]}}
NAMES = [tag for target in THREE.values() for tag in target["tags"]]


class World:
    """A workspace with a definition, and what a run did to the registry."""

    def __init__(self, targets: dict[str, dict[str, Any]] | None = None, *asked: str) -> None:
        self.workspace = FakeWorkspace(
            {
                "docker-bake.hcl": b"target web {}",
                ".git/HEAD": b"ref: refs/heads/main",
                "app/docker-bake.hcl": b"",
            }
        )
        self.registry = FakeRegistry()
        self.engine = FakeEngine(self.registry, workspace=self.workspace)
        self.runner = FakeRunner()
        self.github = FakeGitHub()
        self.environ: dict[str, str] = {}
        self.defines(targets or THREE, *asked)

    @property
    def ports(self) -> Ports:
        return fakes.make(
            workspace=self.workspace,
            engine=self.engine,
            registry=self.registry,
            anonymous=self.registry,
            runner=self.runner,
            github=self.github,
            environ=self.environ,
        )

    def defines(self, targets: dict[str, dict[str, Any]], *asked: str, **groups: list[str]) -> None:
        for target in targets.values():
            context = str(target.get("context", "."))
            if "://" not in context:
                self.workspace.files[f"{context}/{target.get('dockerfile', 'Dockerfile')}"] = b""
        text = printed.text(targets, *asked, **groups)
        self.engine.answers["--print"] = Printed(code=0, output=text)

    def bake(self, event: Event | None = None, **given: str) -> BakeOutcome | None:
        return bake.run(parsed(event or push_event(), self.environ, **given), self.ports)

    def holds(self, reference: str, of: str) -> str:
        """An image that is there already; its digest."""
        root, blobs = image([Platform.parse("linux/amd64")], of=of)
        name = Reference.parse(reference)
        transfer.push(MemoryLayout(root, blobs), root.descriptor, name.repository, self.registry)
        self.registry.put(name, root)
        self.registry.calls.clear()
        return str(root.descriptor.digest)

    def digest(self, reference: str) -> str:
        found = self.registry.head(Reference.parse(reference))
        return str(found.digest) if found else ""

    def tags(self) -> list[str]:
        return sorted(
            f"{repository}:{tag}"
            for repository, contents in self.registry.repositories.items()
            for tag in contents.tags
        )

    @property
    def written(self) -> list[str]:
        """References in the order in which they were put."""
        return [
            reference
            for verb, reference in self.registry.calls
            if verb == "put" and "@" not in reference
        ]

    def plan(self) -> Any:
        return json.loads(self.workspace.files["/private/bake.json"])["target"]

    def output(self, name: str) -> Any:
        return json.loads(self.runner.outputs[name] or "null")


def parsed(event: Event, environ: Mapping[str, str] | None = None, /, **given: str) -> BakeSettings:
    texts = {"mode": "bake", "github-token": "t0ken-of-the-job"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    found = parse.settings(texts, environ or {}, event)[0]
    assert isinstance(found, BakeSettings)
    return found


@pytest.fixture
def world() -> World:
    return World()


def digest_of(name: str, *platforms: str) -> str:
    wanted = [Platform.parse(text) for text in platforms or ("linux/amd64",)]
    return str(image(wanted, of=name)[0].descriptor.digest)


def test_bake__the_configuration_of_its_builder_is_looked_for(world: World) -> None:
    with pytest.raises(SettingsError, match="`buildkitd-config`: nope is not a file"):
        world.bake(buildkitd_config="nope")

    assert world.engine.calls == []


def test_bake__every_target_under_its_names_with_its_digest(world: World) -> None:
    world.bake()

    assert world.tags() == sorted(NAMES)
    assert {world.digest(f"{HOME}/{name}:1.0.0") for name in THREE} == set(map(digest_of, THREE))
    assert world.output("digests") == {name: digest_of(name) for name in THREE}
    assert world.output("images") == {name: f"{HOME}/{name}@{digest_of(name)}" for name in THREE}
    assert world.output("tags") == {name: target["tags"] for name, target in THREE.items()}
    assert world.output("platforms") == {name: {"linux/amd64": digest_of(name)} for name in THREE}
    assert world.runner.outputs["pushed"] == "true"
    assert world.runner.outputs["digest"] == ""
    assert world.runner.artifacts == [f"{HOME}/{name}@{digest_of(name)}" for name in THREE]
    assert "buildx.build.provenance" not in world.runner.outputs["metadata"]
    assert "buildx.build.provenance" in world.workspace.files["/temp/metadata.json"].decode()


def test_bake__a_second_attempt_of_a_commit_builds_the_same(world: World) -> None:
    event = tag_event("v1.2.3")
    git = FakeGit(dates={event.sha: datetime(2026, 4, 1, tzinfo=UTC)})
    first, later = (replace(world.ports, git=git, clock=FakeClock()) for _ in range(2))
    later.clock.sleep(3600)
    plans = []

    for each in (first, later):
        bake.run(parsed(event, immutable_tags="*.*.*"), each)
        plans.append(world.plan())

    assert plans[0] == plans[1]
    created = plans[0]["web"]["labels"]["org.opencontainers.image.created"]
    assert created == "2026-04-01T00:00:00.000Z"


def test_bake__moving_names_of_all_come_last(world: World) -> None:
    world.bake()

    assert sorted(world.written[:3]) == sorted(name for name in NAMES if "latest" not in name)
    assert sorted(world.written[3:]) == sorted(name for name in NAMES if "latest" in name)


def test_bake__one_target_has_an_output_digest(world: World) -> None:
    world.defines({"web": WEB})

    world.bake()

    assert world.runner.outputs["digest"] == digest_of("web")
    assert world.runner.outputs["image"] == f"{HOME}/web@{digest_of('web')}"


def test_bake__is_one_call_by_digest_with_no_flag_that_pushes(world: World) -> None:
    world.bake()

    (command,) = world.engine.commands
    assert command.arguments[-3:] == ("web", "db", "job")
    assert not {"--push", "--load", "--set"} & set(command.arguments)
    assert command.targets == ("web", "db", "job")
    assert {name: target["output"] for name, target in world.plan().items()} == {
        name: [
            (
                f"type=image,name={HOME}/{name},push-by-digest=true,name-canonical=true,push=true,"
                "store=false,oci-mediatypes=true"
            )
        ]
        for name in THREE
    }
    assert not any("tags" in target for target in world.plan().values())


@pytest.mark.parametrize("broken", list(THREE))
def test_bake__a_target_that_fails_moves_no_name(world: World, broken: str) -> None:
    world.bake()
    before = {name: world.digest(name) for name in NAMES}
    world.registry.calls.clear()
    world.engine.broken = broken

    with pytest.raises(BuildFailed):
        world.bake(tag_event("v2.0.0"))

    assert {name: world.digest(name) for name in NAMES} == before
    assert world.written == []


def test_bake__a_refused_push_moves_no_name_and_the_next_run_completes(world: World) -> None:
    refused = FakeRegistry(unwritable=frozenset({f"{HOME}/db"}))
    refused.repositories = world.registry.repositories
    world.engine.registry = refused

    with pytest.raises(ActionError):
        world.bake()
    assert world.tags() == []

    world.engine.registry = world.registry
    world.bake()
    assert world.tags() == sorted(NAMES)


def test_bake__a_platform_that_was_not_built_moves_no_name(world: World) -> None:
    platforms = ["linux/amd64", "linux/arm64"]
    world.defines({"web": WEB, "db": DB | {"platforms": platforms}})
    world.engine.drops = Platform.parse("linux/arm64")

    with pytest.raises(ContentInvalid, match="target 'db' has no linux/arm64: no tag was written"):
        world.bake()

    assert world.tags() == []


def test_bake__a_digest_that_the_engine_keeps_to_itself_moves_no_name(world: World) -> None:
    world.engine.metadata = {"web": {}, "db": "x"}

    with pytest.raises(ContentInvalid, match="does not say which digest"):
        world.bake()

    assert world.tags() == []


def test_bake__a_registry_that_the_engine_reaches_under_another_name_is_told(world: World) -> None:
    elsewhere = {"containerimage.digest": f"sha256:{'1' * 64}"}
    world.engine.metadata = dict.fromkeys(THREE, elsewhere)

    with pytest.raises(NotFound, match="is not there") as caught:
        world.bake()

    assert "BuildKit pushes from the engine's machine" in caught.value.why
    assert caught.value.fix == "Name the registry as this step and the engine both reach it."
    assert world.tags() == []


@pytest.mark.parametrize("tag", ["1.3.0", ""], ids=["a newer release", "nobody knows why"])
def test_bake__another_run_takes_a_moving_name_after_everything_is_written(
    world: World, tag: str
) -> None:
    world.defines({"web": {"tags": [f"{HOME}/web"]}, "db": {"tags": [f"{HOME}/db"]}})
    newer: list[str] = []
    real = world.registry.tags

    def tags(repository: Any) -> Any:
        found = real(repository)
        if world.digest(f"{HOME}/web:latest") and not newer:
            newer.append(world.holds(f"{HOME}/web:latest", "newer"))
            if tag:
                world.holds(f"{HOME}/web:{tag}", "newer")
        return found

    world.registry.tags = tags  # type: ignore[method-assign]
    if not tag:
        with pytest.raises(ContentInvalid, match=f"{HOME}/web:latest answers with"):
            world.bake(tag_event("v1.2.3"), tags="type=semver,pattern={{version}}")
        return
    world.bake(tag_event("v1.2.3"), tags="type=semver,pattern={{version}}")

    assert world.digest(f"{HOME}/web:latest") == newer[0]
    assert world.output("tags") == {
        "web": [f"{HOME}/web:1.2.3"],
        "db": [f"{HOME}/db:1.2.3", f"{HOME}/db:latest"],
    }


def test_bake__a_protected_name_of_one_target_stops_all(world: World) -> None:
    world.holds(f"{HOME}/db:1.0.0", "other")

    with pytest.raises(PolicyRefused):
        world.bake(immutable_tags="1.0.0")

    assert world.tags() == [f"{HOME}/db:1.0.0"]


def test_bake__what_is_linked_or_has_no_name_is_built_and_not_published(world: World) -> None:
    world.defines(
        {
            "web": WEB | {"contexts": {"base": "target:base"}},
            "base": {"context": "base", "tags": [f"{HOME}/base:1"]},
            "docs": {"context": "docs", "output": [{"type": "local", "dest": "out"}]},
            "tool": {"context": "tool", "tags": ["tool:dev"]},
        },
        "web",
        "docs",
        "tool",
    )

    world.bake()

    assert world.tags() == sorted(WEB["tags"])
    assert world.engine.commands[0].arguments[-3:] == ("web", "docs", "tool")
    assert world.engine.commands[0].targets == ("web", "base", "docs", "tool")
    assert [world.plan()[name]["output"] for name in ("base", "docs", "tool")] == [
        ["type=cacheonly"],
        ["type=local,dest=out"],
        ["type=cacheonly"],
    ]
    (summary,) = world.runner.summaries
    assert "it has no tags, and outputs of its own" in summary
    assert "tool:dev names no registry, it is for the engine alone" in summary
    assert "| Built for others | base |" in summary


def test_bake__nothing_has_a_name(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.defines({"web": {"context": "web"}})
    caplog.set_level(NOTICE, "ghcr_action")

    world.bake()

    assert world.runner.outputs["pushed"] == "false"
    assert world.runner.outputs["reason"] == "no target has a name to be published under"
    told = [record.getMessage() for record in caplog.records if record.levelno == NOTICE]
    assert told == ["Nothing was pushed: no target has a name to be published under."]


def test_bake__rules_name_every_target_that_has_a_name_without_a_tag(world: World) -> None:
    world.defines(
        {"web": {"tags": [f"{HOME}/web"]}, "db": {"tags": [f"{HOME}/db", f"{HOME}/db:x"]}}
    )

    world.bake(tag_event("v1.2.3"), tags="type=semver,pattern={{version}}")

    assert world.output("tags") == {
        "web": [f"{HOME}/web:1.2.3", f"{HOME}/web:latest"],
        "db": [f"{HOME}/db:1.2.3", f"{HOME}/db:x", f"{HOME}/db:latest"],
    }


def test_bake__target_tags_name_targets_one_by_one(world: World) -> None:
    world.defines({"web": WEB, "db": {}, "job-a": {}, "job-b": {}})
    names = "web: type=sha\ndb:\n  - type=raw,value=x\n  - quay.io/octo/db:9\njob-*: nightly\n"

    world.bake(target_tags=names, images="ghcr.io/Octo/App", registry_auth="[]")

    assert world.output("tags") == {
        "web": [f"{HOME}/web:sha-a1b2c3d"],
        "db": ["ghcr.io/octo/app/db:x", "quay.io/octo/db:9"],
        "job-a": ["ghcr.io/octo/app/job-a:nightly"],
        "job-b": ["ghcr.io/octo/app/job-b:nightly"],
    }


def test_bake__target_tags_of_nobody_name_the_nearest(world: World) -> None:
    with pytest.raises(SettingsError, match="no target 'wep' is built") as refused:
        world.bake(target_tags="wep: x")

    assert "built are web, db, job" in refused.value.why
    assert refused.value.fix == "target-tags: |\n  web: …"
    world.bake(target_tags="wep: x", targets="web,db,job", push="false")


def test_bake__two_targets_of_one_tag_are_refused_before_a_build(world: World) -> None:
    world.defines({"web": WEB, "db": WEB})

    with pytest.raises(SettingsError, match="Two targets want one tag"):
        world.bake()

    assert world.engine.commands == []


def test_bake__labels_come_from_the_event_and_the_definition_wins(world: World) -> None:
    source = "org.opencontainers.image.source"
    world.defines({"web": WEB, "db": DB | {"labels": {source: "https://mine.example"}}})

    world.bake()

    assert world.plan()["web"]["labels"][source] == "https://github.com/octo/app"
    assert world.plan()["db"]["labels"][source] == "https://mine.example"
    assert world.plan()["web"]["labels"]["org.opencontainers.image.revision"].startswith("a1b2c3d")


def test_bake__provenance_as_the_target_says_else_as_the_input(world: World) -> None:
    world.defines({"web": WEB, "db": DB | {"attest": [{"type": "provenance", "mode": "min"}]}})

    world.bake()
    assert world.plan()["web"]["attest"] == ["type=provenance,disabled=true"]
    assert world.plan()["db"]["attest"] == [{"type": "provenance", "mode": "min"}]

    world.bake(provenance="mode=max", sbom="true")
    assert world.plan()["web"]["attest"][0].startswith("type=provenance,mode=max,builder-id=")
    assert world.plan()["web"]["attest"][1] == "type=sbom,disabled=false"
    assert world.plan()["db"]["attest"][1:] == ["type=sbom,disabled=false"]


def test_bake__a_cache_of_its_own_for_each_target_and_platform(world: World) -> None:
    own = {"cache-from": [{"type": "gha", "scope": "mine"}]}
    world.defines({"web": WEB | {"platforms": ["linux/amd64"]}, "db": DB | own})

    world.bake(cache="registry")

    assert world.plan()["web"]["cache-from"] == [
        f"type=registry,ref={HOME}/web:buildcache-main-linux-amd64-web"
    ]
    assert "mode=max" in world.plan()["web"]["cache-to"][0]
    assert world.plan()["db"]["cache-from"] == own["cache-from"]
    assert "cache-to" not in world.plan()["db"]


def test_bake__an_override_of_platforms_and_the_checks(world: World) -> None:
    world.bake(platforms="linux/arm64", checks="off")

    assert world.plan()["web"]["platforms"] == ["linux/arm64"]
    assert world.plan()["web"]["args"] == {"BUILDKIT_DOCKERFILE_CHECK": "skip=all"}
    assert world.digest(f"{HOME}/web:1.0.0") == digest_of("web", "linux/arm64")


def test_bake__options_of_an_image_output_are_those_of_the_published_image(world: World) -> None:
    image = {"type": "registry", "compression": "zstd", "force-compression": "true", "push": "true"}
    world.defines({"web": WEB | {"output": [image, {"type": "image", "name": "other"}]}})

    world.bake()

    (output,) = world.plan()["web"]["output"]
    assert dict(lists.attributes(output)) == {
        "type": "image",
        "name": f"{HOME}/web",
        "push-by-digest": "true",
        "name-canonical": "true",
        "push": "true",
        "store": "false",
        "oci-mediatypes": "true",
        "compression": "zstd",
        "force-compression": "true",
    }


@pytest.mark.parametrize(("push", "is_pushed"), [("", False), ("true", True), ("false", False)])
def test_bake__an_output_that_says_not_to_push_is_heard(
    world: World, push: str, is_pushed: bool
) -> None:
    world.defines({"web": WEB | {"output": [{"type": "image", "push": "false"}]}, "db": DB})

    outcome = world.bake(push=push)

    assert outcome
    found = {each.plan.name: bool(each.digest) for each in outcome.targets}
    assert found == {"web": is_pushed, "db": push != "false"}
    if not push:
        why = {each.plan.name: each.plan.reason for each in outcome.targets}
        assert why["web"] == "its `output` says `push=false`"


def test_bake__an_output_by_digest_writes_no_tag(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """As Docker's own page has the jobs of a matrix: the name stands in `tags`, without a tag."""
    output = {"type": "image", "push-by-digest": "true", "name-canonical": "true", "push": "true"}
    world.defines({"web": {"context": "web", "tags": [f"{HOME}/web"], "output": [output]}})

    with caplog.at_level(logging.INFO):
        outcome = world.bake(platforms="linux/arm64")

    assert world.tags() == []
    assert world.output("digests") == {"web": digest_of("web", "linux/arm64")}
    assert outcome
    assert world.runner.outputs["leg"]
    assert "no tag is written" in caplog.text


def test_bake__a_layout_beside_a_push_would_name_the_pushed_image(world: World) -> None:
    layout = {"type": "oci", "tar": "false", "dest": "x"}
    world.defines({"web": WEB | {"output": [layout]}})

    with pytest.raises(SettingsError, match="target 'web'"):
        world.bake()

    assert world.engine.commands == []
    assert world.bake(push="false")


def builder_of(command: BuildCommand) -> str:
    return command.arguments[command.arguments.index("--builder") + 1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"builder": "mine"}, "mine"),
        ({"driver": "docker-container"}, "private"),
        ({"push": "false"}, "default"),
    ],
    ids=["named", "of our own", "the engine's own"],
)
def test_bake__loads_from_the_cache_of_the_builder_that_has_built(
    world: World, given: dict[str, str], expected: str
) -> None:
    world.engine.builders["mine"] = BuilderFacts(driver="docker-container")

    world.bake(None, load="true", **given)

    assert [builder_of(each) for each in world.engine.commands] == [expected, expected]


@pytest.mark.parametrize("where", ["web", "base"])
def test_bake__a_right_that_the_engine_does_not_grant_takes_a_builder_of_our_own(
    world: World, where: str
) -> None:
    right = {"entitlements": ["security.insecure"]}
    web = WEB | {"contexts": {"base": "target:base"}}
    targets = {"web": web, "base": {"context": "base"}}
    targets[where] |= right
    world.defines(targets, "web")

    outcome = world.bake(allow="security.insecure")

    assert outcome
    assert isinstance(outcome.plan.building.choice, Create)


def test_bake__load_is_a_call_of_its_own(world: World) -> None:
    world.defines({"web": WEB, "tool": {"tags": ["tool:dev"]}})

    world.bake(load="true")

    _, load = world.engine.commands
    assert builder_of(load) == "default"
    loaded = json.loads(world.workspace.files["/private/load.json"])["target"]
    keeps = "oci-mediatypes=true"
    assert loaded["tool"]["output"] == [f"type=docker,name=docker.io/library/tool:dev,{keeps}"]
    names = f"name={HOME}/web:1.0.0,{HOME}/web:latest"
    assert loaded["web"]["output"] == [f'type=docker,"{names}",{keeps}']


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (BuilderFacts(driver="docker", host_gateway="172.17.0.1"), "172.17.0.1"),
        (None, "host-gateway"),
    ],
    ids=["the engine says it", "it does not"],
)
def test_bake__the_engines_address_is_told_where_its_driver_can_not_look_it_up(
    world: World, facts: BuilderFacts | None, expected: str
) -> None:
    hosts = {"db": "host-gateway", "host-gateway": "10.0.0.1"}
    web = WEB | {"extra-hosts": hosts, "contexts": {"base": "target:base"}}
    world.defines({"web": web, "base": {"context": "base", "extra-hosts": hosts}}, "web")
    if facts:
        world.engine.builders["default"] = facts

    world.bake(load="true")

    told = {"db": expected, "host-gateway": "10.0.0.1"}
    assert [world.plan()[name]["extra-hosts"] for name in ("web", "base")] == [told, told]
    loaded = json.loads(world.workspace.files["/private/load.json"])["target"]
    assert [loaded[name]["extra-hosts"] for name in ("web", "base")] == [hosts, hosts]


def test_bake__loads_the_image_that_it_publishes(world: World) -> None:
    """With its labels and annotations, but for those of an index, which a lone image has not."""
    noted = ["index:a=b", "manifest:c=d"]
    world.defines({"web": WEB | {"annotations": noted}})

    world.bake(load="true", checks="off", provenance="mode=min", cache="registry")

    built = world.plan()["web"]
    loaded = json.loads(world.workspace.files["/private/load.json"])["target"]["web"]
    assert loaded["labels"] == built["labels"] != {}
    assert loaded["args"] == built["args"] != {}
    assert "index:a=b" in built["annotations"]
    assert loaded["annotations"] == [
        each for each in built["annotations"] if each.startswith("manifest")
    ]
    assert loaded["attest"] == ["type=provenance,disabled=true"]
    assert not {"cache-from", "cache-to"} & loaded.keys()
    assert loaded["attest"] == ["type=provenance,disabled=true"]


@pytest.mark.parametrize(
    ("event", "given", "why"),
    [
        (push_event(), {"push": "false"}, "the input says `push: false`"),
        (fork_pull_request(), {}, "the token of a pull request from a fork can only read"),
    ],
    ids=["input", "fork"],
)
def test_bake__builds_and_does_not_push(
    world: World, event: Event, given: dict[str, str], why: str
) -> None:
    world.bake(event, **given)

    assert world.tags() == []
    assert world.runner.outputs["reason"] == why
    assert world.plan()["web"]["output"] == ["type=cacheonly"]
    assert [command.arguments[-3:] for command in world.engine.commands] == [("web", "db", "job")]


def test_bake__a_token_that_may_not_write_builds_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    refused = refusals.denied("installation not allowed to Create organization package")
    world.registry.faults["check_push", f"{HOME}/web"] = refused

    world.bake()

    assert world.runner.outputs["pushed"] == "false"
    assert "may not write packages" in world.runner.outputs["reason"]
    assert "Nothing is published for main: the job's token may not write packages." in caplog.text
    with pytest.raises(AccessDenied):
        world.bake(push="true")


def test_bake__a_dry_run_prints_the_plan_and_touches_nothing(world: World) -> None:
    world.bake(dry_run="true")

    assert world.engine.commands == []
    assert world.registry.repositories == {}
    plan = world.output("plan")
    assert plan["targets"]["web"]["tags"] == WEB["tags"]
    assert plan["tags"][-2:] == [f"{HOME}/web:latest", f"{HOME}/db:latest"]
    assert "planned" in world.runner.summaries[0]


def test_bake__a_matrix_of_jobs(world: World) -> None:
    world.defines(
        {
            "web": WEB
            | {"platforms": ["linux/amd64", "linux/arm64"], "contexts": {"b": "target:base"}},
            "base": {},
            "docs": {},
        },
        "web",
        "docs",
    )

    assert world.bake(plan_matrix="true") is None

    assert world.output("matrix") == {
        "include": [
            {"index": 0, "target": "web", "platform": "linux/amd64", "runner": ["ubuntu-24.04"]},
            {
                "index": 1,
                "target": "web",
                "platform": "linux/arm64",
                "runner": ["ubuntu-24.04-arm"],
            },
        ]
    }
    assert world.output("targets") == ["web"]
    assert world.engine.commands == []
    world.bake(plan_matrix="true", runners="mine")
    assert world.output("matrix")["include"][1]["runner"] == ["mine"]


def test_bake__a_job_pushes_by_digest_and_hands_over(world: World) -> None:
    world.bake(push_by_digest="true", targets="web", platforms="linux/arm64")

    assert world.tags() == []
    assert len(world.runner.outputs["leg"].splitlines()) == 3
    assert world.runner.outputs["pushed"] == "true"


def test_bake__only_what_a_pull_request_has_changed(world: World) -> None:
    world.github.files[7] = ("web/main.py",)

    world.bake(pull_request_event(7), only_changed="true")

    assert world.engine.commands[0].arguments[-1] == "web"
    assert world.output("digests") == {"web": digest_of("web")}
    assert "nothing that it is built from has changed" in world.runner.summaries[0]


def test_bake__the_others_take_the_base_branch_s_image(world: World) -> None:
    base = world.holds(f"{HOME}/db:main", "base")
    world.github.files[7] = ("web/main.py",)

    world.bake(pull_request_event(7), only_changed="true", unchanged="retag")

    assert world.digest(f"{HOME}/db:1.0.0") == base
    assert world.digest(f"{HOME}/web:1.0.0") == digest_of("web")
    assert world.engine.commands[0].arguments[-2:] == ("web", "job")
    assert "re-tagged" in world.runner.summaries[0]


@pytest.mark.parametrize("files", [None, ("docker-bake.hcl",)], ids=["unknown", "definition"])
def test_bake__all_targets_where_nobody_knows_or_the_definition_changed(
    world: World, files: tuple[str, ...] | None
) -> None:
    if files:
        world.github.files[7] = files

    world.bake(pull_request_event(7), only_changed="true")

    assert world.engine.commands[0].arguments[-3:] == ("web", "db", "job")


def test_bake__reads_the_definition_without_our_variables_and_secrets(world: World) -> None:
    world.environ = {
        "INPUT_GITHUB-TOKEN": "t0ken-of-the-job",
        "ACTIONS_RUNTIME_TOKEN": "x",
        "HOLDS": "Bearer t0ken-of-the-job",
        "PATH": "/bin",
    }

    for name in THREE:
        world.workspace.files[f"app/{name}/Dockerfile"] = b""

    world.bake(vars="VERSION=1.2", set="*.args.A=1", source="app", files="docker-bake.hcl")

    arguments, environ, directory = world.engine.asked[0]
    assert environ is not None
    assert not any("t0ken" in value or value == "x" for value in environ.values())
    assert environ["VERSION"] == "1.2"
    assert directory == "app"
    assert arguments[:8] == (
        *("buildx", "bake", "--file", "docker-bake.hcl"),
        *("--file", "/private/docker-metadata-action-bake.json", "--set", "*.args.A=1"),
    )
    assert world.engine.commands[0].directory == "app"


def test_bake__a_definition_that_reads_a_secret_is_refused(world: World) -> None:
    world.environ = {"INPUT_GITHUB-TOKEN": "t0ken-of-the-job"}
    bake.run(parsed(push_event(), dry_run="true"), world.ports)
    _, environ, _ = world.engine.asked[0]
    assert environ is not None
    world.defines({"web": WEB | {"args": {"T": f"x{environ['INPUT_GITHUB-TOKEN']}"}}})

    with pytest.raises(PolicyRefused, match="reads INPUT_GITHUB-TOKEN"):
        world.bake()

    assert world.engine.commands == []


@pytest.mark.parametrize(
    ("target", "allow"),
    [
        ({"context": "../x"}, "fs.read=*"),
        ({"network": "host"}, "network.host"),
        ({"ssh": [{"id": "default"}]}, "ssh"),
        ({"output": [{"type": "local", "dest": "/etc"}]}, "fs.write=/etc"),
    ],
    ids=["reads", "network", "agent", "writes"],
)
def test_bake__a_definition_needs_leave(world: World, target: dict[str, Any], allow: str) -> None:
    world.defines({"web": WEB | target})

    with pytest.raises(PolicyRefused, match="asks for more than it may"):
        world.bake()
    assert world.engine.commands == []

    world.bake(allow=allow)
    assert world.tags() == sorted(WEB["tags"])


@pytest.mark.parametrize("switch", ["0", "false"])
def test_bake__files_anywhere_as_buildx_has_it(world: World, switch: str) -> None:
    """buildx's own refusal names the variable, so that workflows have it."""
    world.environ["BUILDX_BAKE_ENTITLEMENTS_FS"] = switch
    world.defines({"web": WEB | {"context": "../x", "ssh": [{"id": "default"}]}})
    world.bake()
    assert world.tags() == sorted(WEB["tags"])

    world.defines({"db": DB | {"context": "../x", "network": "host"}})
    with pytest.raises(PolicyRefused) as refused:
        world.bake()
    assert refused.value.fix.endswith("allow: |\n  network.host")

    world.defines({"web": WEB | {"context": "web", "ssh": [{"id": "default"}]}})
    with pytest.raises(PolicyRefused, match="asks for more than it may"):
        world.bake(source="https://github.com/octo/app.git")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"output": [{"type": "local", "dest": "/tmp/out"}]}, "`output`: /tmp/out is outside"),
        ({"output": ["../out"]}, "`output`: ../out is outside"),
        ({"cache-to": [{"type": "local", "dest": "/tmp/c"}]}, "`cache-to`: /tmp/c is outside"),
        ({"cache-from": [{"type": "local", "src": "/tmp/c"}]}, "`cache-from`: /tmp/c is outside"),
        ({"output": [{"type": "local", "dest": "~/out"}]}, "`output`: ~/out would be"),
    ],
)
def test_bake__what_would_vanish_with_the_container_is_refused_whatever_is_allowed(
    world: World, target: dict[str, Any], says: str
) -> None:
    world.environ = {
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_REPOSITORY": "octo/app",
        "RUNNER_WORKSPACE": "/home/runner/work/app",
    }
    world.defines({"web": WEB | target})

    with pytest.raises(SettingsError) as refused:
        world.bake(allow="fs=*")

    assert refused.value.what.startswith(says)


SAID: list[tuple[str, tuple[str, ...], str, str]] = [
    ("an unknown target", ("ERROR: failed to find target wep",), "no target 'wep'", "targets: web"),
    (
        "a pattern that matches nobody",
        ("ERROR: could not find any target matching 'dbb'",),
        "`set`: there is no target 'dbb'",
        "set: db",
    ),
    (
        "a matrix group in set",
        ("ERROR: could not find any target matching 'job'",),
        "`set`: 'job' is a group",
        "set: job-*.KEY=VALUE",
    ),
    (
        "broken HCL",
        (
            "docker-bake.hcl:3",
            "----",
            "  3 | >>> x",
            "----",
            "ERROR: docker-bake.hcl:3,1-2: Invalid",
        ),
        "Invalid",
        "Mend the line",
    ),
    ("no word", (), "The definition can't be read", "Mend the line"),
]


@pytest.mark.parametrize(
    ("errors", "what", "fix"), [row[1:] for row in SAID], ids=[row[0] for row in SAID]
)
def test_bake__what_buildx_says_of_a_definition(
    world: World, caplog: pytest.LogCaptureFixture, errors: tuple[str, ...], what: str, fix: str
) -> None:
    world.engine.answers["--print"] = Printed(code=1, output="", errors=errors)
    world.engine.answers["--list=type=targets,format=json"] = Printed(
        code=0,
        output=json.dumps(
            [
                {"name": "web"},
                {"name": "db"},
                {"name": "job", "group": True, "description": "job-a, job-b"},
            ]
        ),
    )

    with pytest.raises(SettingsError) as refused:
        world.bake()

    assert what in refused.value.what
    assert fix in refused.value.fix
    placed = [record for record in caplog.records if getattr(record, "line", 0) == 3]
    assert bool(placed) == ("HCL" in str(errors) or "docker-bake.hcl:3" in errors)


def test_bake__a_list_that_can_not_be_read_names_nobody(world: World) -> None:
    errors = ("ERROR: failed to find target wep",)
    world.engine.answers["--print"] = Printed(code=1, output="", errors=errors)
    world.engine.answers["--list=type=targets,format=json"] = Printed(code=0, output="{}")

    with pytest.raises(SettingsError, match="there is no target 'wep'"):
        world.bake()


@pytest.mark.parametrize(
    ("source", "error"),
    [("nowhere", NotFound), ("../x", NotFound), ("ftp://example.org/x", SettingsError)],
)
def test_bake__a_source_that_is_no_directory(
    world: World, source: str, error: type[ActionError]
) -> None:
    with pytest.raises(error):
        world.bake(source=source)


def test_bake__an_empty_group_is_no_build(world: World) -> None:
    world.engine.answers["--print"] = Printed(
        code=0, output='{"group": {"default": {"targets": []}}, "target": {}}'
    )

    with pytest.raises(SettingsError, match="no target to build"):
        world.bake()


def test_bake__a_remote_definition_is_built_from_its_address(world: World) -> None:
    world.defines({"web": WEB | {"contexts": {"here": "cwd://web"}}})

    world.bake(source="https://example.org/r.git#main")

    arguments, _, directory = world.engine.asked[0]
    assert arguments[-1] == "https://example.org/r.git#main"
    assert "cwd:///private/docker-metadata-action-bake.json" in arguments
    assert directory == "."
    assert world.plan()["web"]["context"] == "https://example.org/r.git#main:web"
    assert world.plan()["web"]["contexts"] == {"here": "web"}


def test_bake__a_login_in_the_address_is_on_no_command_line(world: World) -> None:
    world.defines({"web": WEB, "db": DB | {"context": "https://other.example/r.git"}})

    world.bake(source="https://me:hunter2@example.org/r.git#main")

    arguments, environ, _ = world.engine.asked[0]
    header = "Basic bWU6aHVudGVyMg=="
    assert arguments[-1] == "https://example.org/r.git#main"
    assert environ is not None
    assert environ["BUILDX_BAKE_GIT_AUTH_HEADER"] == header
    assert world.plan()["web"]["secret"] == [
        "type=file,id=GIT_AUTH_HEADER.example.org,src=/private/git-login-1"
    ]
    assert "secret" not in world.plan()["db"]
    assert world.workspace.files["/private/git-login-1"] == header.encode()
    said = [str(world.engine.asked), str(world.engine.commands), str(world.runner.outputs)]
    assert not any("hunter2" in each for each in (*said, str(world.plan())))


def test_bake__what_a_definition_mounts_as_secrets_is_masked(world: World) -> None:
    secrets = ["type=env,id=npm,env=NPM", "type=env,id=PIN", "type=file,id=key,src=key.pem"]
    world.environ |= {"NPM": "npm-0123456789", "PIN": "4711"}
    world.workspace.files["key.pem"] = b"-----BEGIN-----\nMIIEpAIBAAKCAQ\n-----END-----\n"
    world.defines({"web": WEB | {"secret": secrets}})

    world.bake()

    assert {"npm-0123456789", "4711", "MIIEpAIBAAKCAQ"} <= set(world.runner.masked)


def test_bake__a_remote_definition_that_nobody_can_fetch_is_told_in_gits_words(
    world: World,
) -> None:
    """Buildx reads on with the file of ours, and says last that a target is not there."""
    git = "fatal: unable to access 'https://example.org/r.git/': Could not resolve host"
    errors = (
        "#1 [internal] load git source https://example.org/r.git#main",
        "#1 ERROR: failed to fetch remote https://example.org/r.git: git stderr:",
        git,
        ": exit status 128",
        "ERROR: failed to find target default",
    )
    world.engine.answers["--print"] = Printed(code=1, output="", errors=errors)

    with pytest.raises(NotFound, match=r"The definition at .* can't be fetched") as refused:
        world.bake(source="https://example.org/r.git#main")

    assert git in refused.value.why
    assert refused.value.code == "BAKE-SOURCE"


def test_bake__a_remote_definition_that_fails_without_a_word_of_git_is_told(world: World) -> None:
    errors = ("#1 ERROR: connection reset",)
    world.engine.answers["--print"] = Printed(code=1, output="", errors=errors)

    with pytest.raises(NotFound) as refused:
        world.bake(source="https://example.org/docker-bake.hcl")

    assert refused.value.why == "connection reset"


def test_bake__a_file_of_the_metadata_action_stands_alone(world: World) -> None:
    name = "docker-metadata-action-bake.json"
    world.workspace.files[name] = b"{}"

    world.bake(files=f"docker-bake.hcl,{name}")

    assert [part for part in world.engine.asked[0][0] if part.endswith(".json")] == [name]


def test_bake__call_evaluates_all_but_those_that_build_on_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.defines({"web": WEB | {"contexts": {"b": "target:db"}}, "db": DB})
    answer = {"target": {"db": {"build": {"context": "db"}, "check": {"warnings": []}}}}
    world.engine.answers["--call=check,format=json"] = Printed(code=0, output=json.dumps(answer))

    world.bake(call="check")

    assert world.engine.asked[1][0][-1] == "db"
    assert "Not evaluated, since they build on other targets: web." in caplog.messages
    assert world.tags() == []
    assert world.engine.commands == []


def test_bake__call_finds_something(world: World, caplog: pytest.LogCaptureFixture) -> None:
    warning = {
        "ruleName": "StageNameCasing",
        "description": "Stage names",
        "location": {"ranges": [{"start": {"line": 3}, "end": {"line": 3}}]},
    }
    answer = {"target": {"db": {"build": {"context": "db"}, "check": {"warnings": [warning]}}}}
    world.engine.answers["--call=check,format=json"] = Printed(code=1, output=json.dumps(answer))

    with pytest.raises(PolicyRefused, match="checks gave 1 warning"):
        world.bake(call="check")

    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert (record.__dict__["file"], record.__dict__["line"]) == ("db/Dockerfile", 3)


def test_bake__call_that_fails_or_only_prints(world: World) -> None:
    world.engine.answers["--call=outline,format=json"] = Printed(code=0, output="{}\n")
    world.bake(call="outline")
    assert world.runner.fenced == ["{}"]

    world.engine.answers["--call=check,format=json"] = Printed(
        code=1, output="", errors=("ERROR: x",)
    )
    with pytest.raises(BuildFailed, match="`call: check` failed"):
        world.bake(call="check")

    world.defines({"web": WEB | {"contexts": {"b": "target:db"}}, "db": DB}, "web")
    world.bake(call="check")


def test_bake__a_comment_with_a_row_for_each_target(world: World) -> None:
    world.bake(pull_request_event(7))

    (comment,) = world.github.said[7]
    assert all(f"{HOME}/{name}" in comment.body for name in THREE)
    assert world.runner.outputs["comment-url"] == comment.url


def test_bake__a_failure_is_told_of_every_target(world: World) -> None:
    world.engine.broken = "db"

    with pytest.raises(BuildFailed):
        world.bake(pull_request_event(7))

    (comment,) = world.github.said[7]
    assert comment.body.count("❌") >= 3


def test_bake__a_fork_saves_all_rows(world: World) -> None:
    from ghcr_action.report.comment import saved

    world.bake(fork_pull_request())

    rows = saved.load(world.workspace.files["/temp/report.json"])
    assert [row.status for row in rows] == ["built"] * 3


def test_bake__the_classic_store_takes_a_builder_of_its_own(world: World) -> None:
    world.engine.facts = EngineFacts(
        buildx=(0, 29, 1), has_containerd_store=False, platforms=FACTS.platforms
    )

    world.bake()

    assert world.tags() == sorted(NAMES)
    assert any("docker-container" in call for call in world.engine.calls)
    with pytest.raises(SettingsError, match="classic image store can't push by digest"):
        world.bake(driver="docker")


def test_bake__a_builder_by_name(world: World) -> None:
    world.engine.builders["mine"] = BuilderFacts(driver="kubernetes", platforms=())

    world.bake(builder="mine")

    arguments = world.engine.commands[0].arguments
    assert arguments[arguments.index("--builder") + 1] == "mine"
    assert world.tags() == sorted(NAMES)
    with pytest.raises(SettingsError):
        world.bake(builder="other")


def test_bake__every_name_stays(world: World) -> None:
    world.bake()
    world.engine.commands.clear()

    world.bake(immutable_tags="*", if_exists="skip")

    assert world.engine.commands == []
    assert "stays where it is" in world.runner.summaries[-1]


class Signing(World):
    """The same where the job may sign."""

    def __init__(self) -> None:
        super().__init__()
        self.store = FakeAttestationStore()
        self.sigstore = FakeSigstore(Services(instance(), None))

    @property
    def ports(self) -> Ports:
        return replace(
            super().ports,
            sigstore=self.sigstore,
            attestations=self.store,
            trust_roots=FakeTrustRoots.of(instance()),
        )

    def sign(self, **given: str) -> BakeOutcome | None:
        event = push_event(visibility="public")
        texts = {"mode": "bake", "github-token": "t0ken-of-the-job", "attest": "true", **given}
        found = parse.settings(texts, ASKED, event)[0]
        assert isinstance(found, BakeSettings)
        return bake.run(found, self.ports)


def test_bake__all_images_are_signed_before_any_name() -> None:
    world = Signing()

    world.sign()

    signed = {digest for _, digest in world.store.held}
    assert signed == set(map(digest_of, THREE))
    assert world.runner.groups.index("Attest") < world.runner.groups.index("Tag")
    assert world.output("attestation-ids").keys() == set(THREE)
    assert world.tags() == sorted(NAMES)


def test_bake__a_signature_that_is_required_and_fails_moves_no_name() -> None:
    world = Signing()
    world.sigstore = FakeSigstore(Services(instance(), {"repository": "stranger/app"}))

    with pytest.raises(ActionError):
        world.sign()

    assert world.tags() == []


ABSENT: list[tuple[str, dict[str, Any], str]] = [
    ("a context", {"context": "nowhere"}, "its context 'nowhere' is no directory"),
    ("a Dockerfile", {"dockerfile": "other"}, "there is no 'other' in 'web'"),
]


@pytest.mark.parametrize(
    ("target", "said"), [row[1:] for row in ABSENT], ids=[row[0] for row in ABSENT]
)
def test_bake__what_is_not_there_is_told_before_a_build(
    world: World, target: dict[str, Any], said: str
) -> None:
    text = printed.text({"db": DB, "web": WEB | target})
    world.engine.answers["--print"] = Printed(code=0, output=text)

    with pytest.raises(SettingsError) as refused:
        world.bake()

    assert said in refused.value.what
    assert world.engine.commands == []


def test_bake__an_inline_or_a_small_dockerfile_is_there(world: World) -> None:
    world.workspace.files["small/dockerfile"] = b""
    inline = WEB | {"dockerfile-inline": "FROM scratch", "dockerfile": "no"}
    small = DB | {"context": "small"}
    remote = {"context": "https://example.org/r.git", "tags": [f"{HOME}/r:1"]}
    text = printed.text({"web": inline, "db": small, "remote": remote})
    world.engine.answers["--print"] = Printed(code=0, output=text)

    world.bake()

    assert world.output("digests").keys() == {"web", "db", "remote"}


def test_bake__a_failing_step_is_annotated_in_its_own_dockerfile(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    step = vertex("sha256:1", "[db 2/2] RUN false", 0, 1, error="exit code: 1")
    place = ("Dockerfile:2", "---", "   2 | >>> RUN false", "---", "ERROR: target db: failed")
    world.engine.failing = [(step, *place)]

    with pytest.raises(BuildFailed, match="db/Dockerfile:2"):
        world.bake(push_retries="0")

    (record,) = [record for record in caplog.records if getattr(record, "line", 0) == 2]
    assert record.__dict__["file"] == "db/Dockerfile"
