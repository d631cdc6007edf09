"""One builder per event kind; a test overrides only what it is about."""

from dataclasses import replace
from typing import Any

from ghcr_action.values.event import Event, PullRequest

SHA = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
HEAD = "f" * 40
_PUSH = Event(
    name="push",
    ref="refs/heads/main",
    sha=SHA,
    repository="octo/app",
    actor="mona",
    default_branch="main",
    owner_type="Organization",
    run_id="4812",
    run_number="12",
    workflow="ci",
)


def push_event(branch: str = "main", **changed: Any) -> Event:
    return replace(_PUSH, ref=f"refs/heads/{branch}", **changed)


def tag_event(tag: str = "v1.2.3", **changed: Any) -> Event:
    return replace(_PUSH, ref=f"refs/tags/{tag}", **changed)


def pull_request_event(number: int = 7, head_repository: str = "octo/app", **changed: Any) -> Event:
    pull_request = PullRequest(
        number=number,
        head_sha=HEAD,
        head_ref="topic",
        head_repository=head_repository,
        base_ref="main",
    )
    return replace(
        _PUSH,
        name="pull_request",
        ref=f"refs/pull/{number}/merge",
        base_ref="main",
        head_ref="topic",
        pull_request=pull_request,
        **changed,
    )


def fork_pull_request(**changed: Any) -> Event:
    return pull_request_event(head_repository="stranger/app", **changed)


def schedule_event(**changed: Any) -> Event:
    return replace(_PUSH, name="schedule", **changed)
