"""Events as GitHub sends them, and a shortcut from inputs to metadata; each test overrides what it
is about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from ghcr_action.metadata import compute, request
from ghcr_action.metadata.compute import Metadata
from ghcr_action.values.event import Event, PullRequest, RepositoryFacts

SHA = "860c1904a1ce19322e91ac35af1ab07466440c37"
HEAD_SHA = "f11797211e5a9b86a7afbf8d16e7ba2ec7ad1dc0"
NOW = datetime(2026, 1, 10, 0, 30, 5, 7000, tzinfo=UTC)
COMMITTED = datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC)
REPOSITORY = RepositoryFacts(
    name="hello-world",
    html_url="https://github.com/octocat/Hello-World",
    description="My first repository on GitHub!",
    license="MIT",
    default_branch="main",
)


def event(name: str, ref: str, **changed: Any) -> Event:
    return Event(
        **{
            "name": name,
            "ref": ref,
            "sha": SHA,
            "repository": "octocat/Hello-World",
            "default_branch": "main",
            **changed,
        }
    )


def push(branch: str = "main", **changed: Any) -> Event:
    return event("push", f"refs/heads/{branch}", **changed)


def tag(name: str, **changed: Any) -> Event:
    return event("push", f"refs/tags/{name}", **changed)


def pull_request(
    number: int = 2, *, name: str = "pull_request", ref: str = "", **changed: Any
) -> Event:
    facts = PullRequest(
        number=number,
        head_sha=HEAD_SHA,
        head_ref="topic",
        head_repository="octocat/Hello-World",
        base_ref="develop",
    )
    return event(
        name,
        ref or f"refs/pull/{number}/merge",
        pull_request=facts,
        head_ref="topic",
        base_ref="develop",
        **changed,
    )


def pull_request_target(number: int = 7) -> Event:
    return pull_request(number, name="pull_request_target", ref="refs/heads/main")


def schedule() -> Event:
    return event("schedule", "refs/heads/main", default_branch="")


def dispatch(branch: str = "main") -> Event:
    return event("workflow_dispatch", f"refs/heads/{branch}")


def release(name: str) -> Event:
    return event("release", f"refs/tags/{name}")


def merge_group() -> Event:
    return event(
        "merge_group",
        "refs/heads/gh-readonly-queue/main/pr-104-0f1e2d3c4b5a69788796a5b4c3d2e1f001234567",
    )


def workflow_run() -> Event:
    return event("workflow_run", "refs/heads/main")


def metadata(
    happened: Event,
    *,
    environ: Mapping[str, str] = MappingProxyType({}),
    repository: RepositoryFacts = REPOSITORY,
    commit_date: datetime | None = COMMITTED,
    head: tuple[str, str] | None = None,
    **inputs: str,
) -> Metadata:
    wanted = request.parse(environ=environ, **inputs)  # type: ignore[arg-type]
    return compute.metadata(wanted, happened, repository, NOW, commit_date, head=head)


def names(happened: Event, tags: str = "", flavor: str = "", **changed: Any) -> str:
    """The tag names with a blank between them."""
    return " ".join(metadata(happened, tags=tags, flavor=flavor, **changed).tag_names)
