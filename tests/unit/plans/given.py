"""What plans are made from: settings as a workflow has them, and what was read."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from ghcr_action.buildx.context import Context
from ghcr_action.metadata import compute
from ghcr_action.metadata.compute import Metadata
from ghcr_action.metadata.request import Request
from ghcr_action.names import policy, wanted
from ghcr_action.names.asked import Names
from ghcr_action.names.policy import Decision, TagPolicy
from ghcr_action.plans.builder import BuildFacts
from ghcr_action.settings import parse
from ghcr_action.values.engine import EngineFacts
from ghcr_action.values.event import Event, RepositoryFacts
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Reference, Repository, Tag
from tests.fakes.events import push_event

APP = Repository("ghcr.io", "octo/app")
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
ENGINE = EngineFacts(buildx=(0, 29, 1), has_containerd_store=True, platforms=(AMD64,))
CLASSIC = replace(ENGINE, has_containerd_store=False)
WORK_TREE = Context(value=".", is_git=False, why="the work tree is checked out")


def settings(mode: str, given: Mapping[str, str], event: Event | None = None) -> Any:
    """The settings of a mode; a name in capitals is a variable of the environment."""
    environ = {name: text for name, text in given.items() if name.isupper()}
    texts = {name: text for name, text in given.items() if name not in environ}
    token = {"mode": mode, "github-token": "t0ken"}
    return parse.settings(token | texts, environ, event or push_event())[0]


def build_facts(
    engine: EngineFacts = ENGINE, context: Context = WORK_TREE, **more: Any
) -> BuildFacts:
    """The surroundings of a build."""
    scratch = PurePosixPath("/private/ghcr-action-x")
    return BuildFacts(
        engine=engine,
        builder=more.pop("builder", None),
        context=context,
        scratch=scratch,
        socket=scratch / "bk.sock",
        **more,
    )


def metadata(request: Request, event: Event) -> Metadata:
    """The tags that the rules give, and of labels and annotations one each."""
    found = compute.metadata(
        request,
        event,
        RepositoryFacts(name="octo/app", html_url="https://github.com/octo/app"),
        datetime(2026, 1, 2, tzinfo=UTC),
        None,
    )
    key = "org.opencontainers.image.revision"
    return replace(
        found,
        labels={key: found.labels[key]},
        annotations=(f"manifest:{key}={found.labels[key]}", "index:a=b"),
    )


def decision(names: Names, found: Metadata, rules: TagPolicy, event: Event, tags: str) -> Decision:
    """What becomes of the names where ``octo/app`` has these tags, separated by blanks."""
    existing = {APP: tuple(map(Tag, tags.split()))}
    return policy.decide(
        rules, wanted.references(names, found), existing, released=wanted.released(event)
    )


def references(*texts: str) -> tuple[Reference, ...]:
    """Names, parsed."""
    return tuple(map(Reference.parse, texts))
