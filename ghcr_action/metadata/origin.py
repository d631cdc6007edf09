"""What a build is about, as tag rules see it: ref, commit and the values of the global
expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ghcr_action.values.event import Event, RepositoryFacts

HEADS, TAGS, PULLS = "refs/heads/", "refs/tags/", "refs/pull/"
_ON_DEFAULT_BRANCH = ("create", "discussion", "issues", "schedule")
"""Events that always run for the last commit of the default branch: a name that contains one of
these."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """One ref and commit, and what is known of them."""

    event_name: str
    ref: str
    sha: str
    short_sha: str
    merged: str = ""
    """The pull request's merge commit, where ``sha`` is its head instead."""
    repository: RepositoryFacts
    created: datetime
    """What labels and annotations say of the image's age."""
    values: Mapping[str, str | datetime]
    """What the global expressions expand to."""

    def after(self, prefix: str) -> str | None:
        """The rest of the ref behind a prefix; None where the ref is of another kind."""
        return self.ref.removeprefix(prefix) if self.ref.startswith(prefix) else None


def of(
    event: Event,
    repository: RepositoryFacts,
    *,
    now: datetime,
    created: datetime,
    commit_date: datetime | None,
    head: tuple[str, str] | None,
    pr_head: bool = False,
    keep_merge: bool = False,
    short_length: int = 7,
) -> Context:
    """The context of an event, or of a work tree's ``head`` (ref, commit) where that is given.

    The ref of ``pull_request_target`` is the pull request's, as docker/metadata-action has it.
    ``pr_head`` takes a pull request's head commit instead of the commit that the event names, and
    ``keep_merge`` then remembers the other.
    """
    ref, sha = head or (_ref(event), revision(event, pr_head=pr_head))
    repository_branch = event.default_branch or repository.default_branch
    branch, tag = (
        ref.removeprefix(prefix) if ref.startswith(prefix) else "" for prefix in (HEADS, TAGS)
    )
    is_default = bool(ref) and (
        branch == repository_branch != "" or any(word in event.name for word in _ON_DEFAULT_BRANCH)
    )
    short = sha[:short_length]
    return Context(
        event_name=event.name,
        ref=ref,
        sha=sha,
        short_sha=short,
        merged=event.sha
        if keep_merge and event.name == "pull_request" and not head and sha != event.sha
        else "",
        repository=repository,
        created=created,
        values={
            "branch": branch,
            "tag": tag,
            "sha": short,
            "base_ref": _base_ref(event, ref),
            "is_default_branch": "true" if is_default else "false",
            "is_not_default_branch": "false" if is_default else "true",
            "date": now,
            "commit_date": commit_date or now,
        },
    )


def revision(event: Event, *, pr_head: bool) -> str:
    """The commit that tags, labels and ``commit_date`` speak of."""
    if (
        pr_head
        and "pull_request" in event.name
        and event.pull_request
        and event.pull_request.head_sha
    ):
        return event.pull_request.head_sha
    return event.sha


def _ref(event: Event) -> str:
    if "pull_request_target" in event.name and event.pull_request:
        return f"{PULLS}{event.pull_request.number}/merge"
    return event.ref


def _base_ref(event: Event, ref: str) -> str:
    if ref.startswith(TAGS):
        return event.base_ref.removeprefix(HEADS)
    return event.pull_request.base_ref if ref.startswith(PULLS) and event.pull_request else ""
