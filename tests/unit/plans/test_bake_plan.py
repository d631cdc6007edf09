"""From what bake prints to the plan: what is built, where it goes, under which names, and why not."""

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from ghcr_action.buildx.bake.definition_files import BakeSource
from ghcr_action.buildx.context import Context
from ghcr_action.errors import SettingsError
from ghcr_action.metadata.compute import Metadata
from ghcr_action.names import policy
from ghcr_action.names.policy import Decision, KeptTag
from ghcr_action.plans import bake
from ghcr_action.plans.bake_plan import BakeFacts, BakePlan
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.report import bake as words
from ghcr_action.settings import parse
from ghcr_action.settings.bake import BakeSettings
from ghcr_action.values.engine import EngineFacts
from ghcr_action.values.event import Event
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from tests.fakes.events import push_event
from tests.unit.buildx.bake import printed

HOME = "ghcr.io/octo"
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
ENGINE = EngineFacts(buildx=(0, 29, 1), has_containerd_store=True, platforms=(AMD64,))
METADATA = Metadata(
    version="main",
    tags=(),
    tag_names=("main", "sha-1"),
    images=(f"{HOME}/app",),
    labels={"l": "m"},
    annotations=("manifest:a=b", "index:a=b"),
)


def settings(event: Event | None = None, **given: str) -> BakeSettings:
    texts = {"mode": "bake", "github-token": "t0ken", "cache": "off"} | {
        name.replace("_", "-"): text for name, text in given.items()
    }
    found = parse.settings(texts, {}, event or push_event())[0]
    assert isinstance(found, BakeSettings)
    return found


def facts(
    targets: dict[str, dict[str, Any]], *asked: str, stays: tuple[str, ...] = (), **more: Any
) -> BakeFacts:
    definition = printed.definition_of(targets, *asked)
    tags = [
        Reference.parse(tag if ":" in tag.rpartition("/")[2] else f"{tag}:{rule}")
        for target in definition.wanted
        for tag in target.tags
        for rule in ("latest", *METADATA.tag_names)
    ]
    kept = tuple(KeptTag(reference=Reference.parse(each), reason="newer") for each in stays)
    write = policy.ordered(tag for tag in tags if tag not in {each.reference for each in kept})
    return BakeFacts(
        build=BuildFacts(
            engine=more.pop("engine", ENGINE),
            builder=None,
            context=Context(value=".", is_git=False, why=""),
            scratch=PurePosixPath("/private/ghcr-action-x"),
            socket=PurePosixPath("/private/ghcr-action-x/bk.sock"),
        ),
        source=more.pop("source", BakeSource()),
        files=("docker-bake.hcl",),
        definition=definition,
        metadata=METADATA,
        decision=Decision(write=write, kept_tags=kept),
        **more,
    )


def shape(plan: BakePlan) -> dict[str, tuple[Any, ...]]:
    """Of each target: whether it is built, its names, and why it is not published."""
    return {
        target.name: (target.is_built, list(map(str, target.tag)), target.reason)
        for target in plan.targets
    }


APP = {"tags": [f"{HOME}/app:1"]}
NONE = "it has no tags"
Row = tuple[str, dict[str, dict[str, Any]], tuple[str, ...], dict[str, str], dict[str, Any]]
PLANS: list[Row] = [
    ("one", {"app": APP}, (), {}, {"app": (True, [f"{HOME}/app:1"], "")}),
    ("untagged", {"app": {}}, (), {}, {"app": (True, [], "no target has a name to be published under")}),
    ("untagged beside a tagged one", {"app": APP, "b": {}}, (), {}, {"app": (True, [f"{HOME}/app:1"], ""), "b": (True, [], NONE)}),
    ("linked", {"app": APP | {"contexts": {"x": "target:b"}}, "b": {}}, ("app",), {}, {"app": (True, [f"{HOME}/app:1"], "")}),
    ("latest where nobody has rules", {"app": {"tags": [f"{HOME}/app"]}}, (), {}, {"app": (True, [f"{HOME}/app:latest"], "")}),
    ("rules", {"app": {"tags": [f"{HOME}/app"]}}, (), {"tags": "type=sha"}, {"app": (True, [f"{HOME}/app:main", f"{HOME}/app:sha-1"], "")}),
    ("rules for the untagged name only", {"app": {"tags": [f"{HOME}/a:1", f"{HOME}/b"]}}, (), {"tags": "type=sha"}, {"app": (True, [f"{HOME}/a:1", f"{HOME}/b:main", f"{HOME}/b:sha-1"], "")}),
    ("several registries", {"app": {"tags": [f"{HOME}/app:v1.0.0", "quay.io/octo/app:v1.0.0"]}}, (), {}, {"app": (True, [f"{HOME}/app:v1.0.0", "quay.io/octo/app:v1.0.0"], "")}),
    ("for the engine alone", {"app": APP, "b": {"tags": ["b:dev"]}}, (), {}, {"app": (True, [f"{HOME}/app:1"], ""), "b": (True, [], "b:dev names no registry, it is for the engine alone")}),
    ("no push", {"app": APP}, (), {"push": "false"}, {"app": (True, [], "the input says `push: false`")}),
    ("call", {"app": APP}, (), {"call": "check"}, {"app": (True, [], "`call: check` evaluates, it does not build")}),
    ("by digest", {"app": APP}, (), {"push-by-digest": "true"}, {"app": (True, [], "")}),
    ("moving ones last", {"app": {"tags": [f"{HOME}/app:latest", f"{HOME}/app:v1.2.3"]}}, (), {}, {"app": (True, [f"{HOME}/app:v1.2.3", f"{HOME}/app:latest"], "")}),
    ("named by the inputs", {"app": {}, "b": {}}, (), {"target-tags": f"b: {HOME}/b:9"}, {"app": (True, [], NONE), "b": (True, [], "every name stays where it is")}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("targets", "asked", "given", "found"),
    [row[1:] for row in PLANS],
    ids=[row[0] for row in PLANS],
)
def test_make__what_becomes_of_each_target(
    targets: dict[str, dict[str, Any]],
    asked: tuple[str, ...],
    given: dict[str, str],
    found: dict[str, Any],
) -> None:
    parsed = settings(None, **{name.replace("-", "_"): text for name, text in given.items()})

    plan = bake.make(parsed, facts(targets, *asked))

    assert shape(plan) == found
    assert bake.make(parsed, facts(targets, *asked)) == plan
    assert json.loads(words.plan_json(plan))["targets"].keys() == found.keys()
    assert words.plan_lines(plan)


def test_make__a_name_that_stays_is_neither_written_nor_built() -> None:
    stays = (f"{HOME}/app:1",)

    plan = bake.make(settings(), facts({"app": APP, "b": {"tags": [f"{HOME}/b:1"]}}, stays=stays))

    assert shape(plan) == {
        "app": (False, [], "every name stays where it is"),
        "b": (True, [f"{HOME}/b:1"], ""),
    }
    assert [target.name for target in plan.built] == ["b"]
    assert any("stays where it is: newer" in line for line in words.plan_lines(plan))


def test_make__unchanged_targets_are_left_out_or_take_the_base() -> None:
    digest = Digest.of(b"base")
    targets = {"app": APP, "b": {"tags": [f"{HOME}/b:1"]}, "c": {"tags": [f"{HOME}/c:1"]}}

    plan = bake.make(settings(), facts(targets, changed={"app": "it has"}, bases={"b": digest}))

    assert shape(plan) == {
        "app": (True, [f"{HOME}/app:1"], ""),
        "b": (False, [f"{HOME}/b:1"], ""),
        "c": (False, [], "nothing that it is built from has changed"),
    }
    assert [target.base for target in plan.targets] == [None, digest, None]
    assert plan.build.arguments[-1] == "app"
    assert f"Target b: not changed, its names go to the base's {digest}." in words.plan_lines(plan)


def test_make__the_whole_plan_of_two_targets_on_two_platforms() -> None:
    platforms = {"platforms": ["linux/amd64", "linux/arm64"]}
    link = {"contexts": {"base": "target:base"}}
    targets: dict[str, dict[str, Any]] = {
        "web": {**APP, **platforms, **link},
        "base": {},
        "db": {"tags": [f"{HOME}/db:1"], **platforms},
    }

    plan = bake.make(settings(), facts(targets, "web", "db"))

    assert plan.linked == ("base",)
    assert list(map(str, plan.push)) == [f"{HOME}/app", f"{HOME}/db"]
    assert plan.targets[0].platforms == (AMD64, ARM64)
    assert plan.building.setup == (
        (
            *("buildx", "create", "--name", "ghcr-action-x", "--driver", "remote"),
            "unix:///private/ghcr-action-x/bk.sock",
        ),
    )
    assert plan.build.arguments == (
        *("buildx", "bake", "--file", "/private/ghcr-action-x/bake.json", "--allow", "fs=*"),
        *("--builder", "ghcr-action-x"),
        *("--metadata-file", "/private/ghcr-action-x/metadata.json"),
        *("--progress=rawjson", "web", "db"),
    )
    assert plan.build.targets == ("web", "base", "db")
    written = json.loads(dict(plan.building.secrets)["bake.json"].reveal())["target"]
    assert written["web"]["annotations"] == ["manifest:a=b", "index:a=b"]
    assert written["web"]["labels"] == {"l": "m"}
    assert written["base"] == {"output": ["type=cacheonly"]}
    assert plan.building.emulation is not None
    assert plan.building.emulation.platforms == (ARM64,)


def test_make__a_single_manifest_keeps_no_annotation_of_an_index() -> None:
    plan = bake.make(settings(), facts({"app": APP}))

    written = json.loads(dict(plan.building.secrets)["bake.json"].reveal())["target"]
    assert written["app"]["annotations"] == ["manifest:a=b"]


def test_make__nodes_that_inputs_describe_run_what_they_run() -> None:
    parsed = settings(driver="remote", endpoint="tcp://127.0.0.1:1234")

    plan = bake.make(parsed, facts({"app": APP | {"platforms": ["linux/arm64"]}}))

    assert plan.building.emulation is None
    assert plan.building.bridge is None


def test_make__a_remote_definition_is_built_where_we_are() -> None:
    source = BakeSource(remote="https://example.org/r.git")

    plan = bake.make(settings(), facts({"app": APP}, source=source))

    assert plan.build.directory == ""
    assert plan.request.source == source


def test_make__platforms_of_the_inputs_stand_for_all() -> None:
    plan = bake.make(settings(platforms="linux/arm64"), facts({"app": APP, "b": {}}))

    assert [target.platforms for target in plan.targets] == [(ARM64,), (ARM64,)]


def test_make__a_platform_that_is_none() -> None:
    with pytest.raises(SettingsError, match="target 'app': `platforms`"):
        bake.make(settings(), facts({"app": APP | {"platforms": ["x y"]}}))


def test_make__no_token_for_github_s_registry() -> None:
    with pytest.raises(SettingsError, match=r"There is no token for ghcr\.io"):
        bake.make(settings(github_token=""), facts({"app": APP}))


def test_make__dependabot_reads_only() -> None:
    event = push_event(name="pull_request", actor="dependabot[bot]")

    plan = bake.make(settings(event), facts({"app": APP}))

    assert plan.reason == "the token of a Dependabot pull request can only read"


DOCKERFILES: list[tuple[str, dict[str, dict[str, Any]], str, tuple[tuple[str, str], ...]]] = [
    ("one", {"a": {"context": "a"}}, "a/Dockerfile", ()),
    (
        "several",
        {"a": {"context": "a"}, "b": {"context": "b", "dockerfile": "../docker/b"}},
        "a/Dockerfile",
        (("a", "a/Dockerfile"), ("b", "docker/b")),
    ),
    ("inline", {"a": {"context": "a", "dockerfile-inline": "FROM scratch"}}, "", ()),
    ("remote", {"a": {"context": "https://example.org/r.git"}}, "", ()),
]


@pytest.mark.parametrize(
    ("targets", "one", "several"),
    [row[1:] for row in DOCKERFILES],
    ids=[row[0] for row in DOCKERFILES],
)
def test_make__where_the_dockerfiles_are(
    targets: dict[str, dict[str, Any]], one: str, several: tuple[tuple[str, str], ...]
) -> None:
    plan = bake.make(settings(), facts(targets))

    assert (plan.building.dockerfile, plan.build.dockerfiles) == (one, several)
