"""What happened, decoded once from GITHUB_* and the event payload into the few fields this
product uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """The pull request an event is about."""

    number: int
    head_sha: str
    head_ref: str
    head_repository: str
    """``owner/name``; empty where the fork is gone."""
    base_ref: str
    is_closed: bool = False
    """Merged or not."""


@dataclass(frozen=True, kw_only=True)
class WorkflowRun:
    """The run that a ``workflow_run`` event is about: what GitHub knows of it, whatever that run
    says itself."""

    head_sha: str
    head_ref: str
    head_repository: str
    """``owner/name``; a fork's for its pull requests."""
    event: str
    workflow: str = ""
    run_id: int = 0
    run_number: int = 0
    attempt: int = 1


@dataclass(frozen=True, kw_only=True)
class RepositoryFacts:
    """What GitHub says of a repository, for labels."""

    name: str
    html_url: str
    description: str = ""
    license: str = ""
    """SPDX id."""
    default_branch: str = ""

    @classmethod
    def decode(cls, found: Mapping[str, Any]) -> Self:
        """From the object that the API and the events have for a repository,
        https://docs.github.com/rest/repos/repos#get-a-repository."""
        return cls(
            name=_text(found, "name"),
            html_url=_text(found, "html_url"),
            description=_text(found, "description"),
            license=_text(_object(found, "license"), "spdx_id"),
            default_branch=_text(found, "default_branch"),
        )


@dataclass(frozen=True, kw_only=True)
class Event:
    """One workflow event and the run that it started."""

    name: str
    ref: str
    sha: str
    repository: str
    """``owner/name``, capitals as the owner writes them."""
    actor: str = ""
    base_ref: str = ""
    """The branch a pull request is for; of a pushed tag, the full ref of the branch it stands on,
    where GitHub says so."""
    head_ref: str = ""
    default_branch: str = ""
    is_private: bool = False
    visibility: str = ""
    """``public``, ``private`` or ``internal``; empty where the payload does not say."""
    owner_type: str = ""
    """``User``, ``Organization`` or unknown."""
    facts: RepositoryFacts | None = None
    """What the payload says of the repository; None where it does not say all of it."""
    pull_request: PullRequest | None = None
    workflow_run: WorkflowRun | None = None
    commit_dates: tuple[tuple[str, str], ...] = ()
    """Commits of a push: sha and ISO 8601 time, as the payload has them."""
    server_url: str = "https://github.com"
    api_url: str = "https://api.github.com"
    run_id: str = ""
    run_number: str = ""
    run_attempt: str = "1"
    workflow: str = ""
    check_run_id: int = 0
    """The number of the job in the address of its page; 0 where nobody knows."""
    is_local: bool = False
    """Whether this is no event: a person's own machine, and what is checked out there."""

    @classmethod
    def decode(cls, environ: Mapping[str, str], payload: Mapping[str, Any]) -> Self:
        """Read ``GITHUB_*`` and the payload; what is missing or of another type counts as not
        there.

        Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads.
        """
        repository = _object(payload, "repository")
        return cls(
            name=environ.get("GITHUB_EVENT_NAME", ""),
            ref=environ.get("GITHUB_REF", ""),
            sha=environ.get("GITHUB_SHA", ""),
            repository=environ.get("GITHUB_REPOSITORY", ""),
            actor=environ.get("GITHUB_ACTOR", ""),
            base_ref=environ.get("GITHUB_BASE_REF", "") or _text(payload, "base_ref"),
            head_ref=environ.get("GITHUB_HEAD_REF", ""),
            default_branch=_text(repository, "default_branch"),
            is_private=repository.get("private") is True,
            visibility=_text(repository, "visibility"),
            owner_type=_text(_object(repository, "owner"), "type"),
            facts=_facts(repository, environ.get("GITHUB_REPOSITORY", "")),
            pull_request=_pull_request(_object(payload, "pull_request")),
            workflow_run=_workflow_run(_object(payload, "workflow_run")),
            commit_dates=_commit_dates(payload),
            server_url=environ.get("GITHUB_SERVER_URL", "").rstrip("/") or cls.server_url,
            api_url=environ.get("GITHUB_API_URL", "").rstrip("/") or cls.api_url,
            run_id=environ.get("GITHUB_RUN_ID", ""),
            run_number=environ.get("GITHUB_RUN_NUMBER", ""),
            run_attempt=environ.get("GITHUB_RUN_ATTEMPT", "") or cls.run_attempt,
            workflow=environ.get("GITHUB_WORKFLOW", ""),
        )

    @property
    def server_host(self) -> str:
        """``github.com``, or the host of GitHub Enterprise."""
        return urlsplit(self.server_url).hostname or ""

    @property
    def registry(self) -> str:
        """The container registry of this GitHub: ``ghcr.io``, ``containers.HOST`` elsewhere.

        Source:
        https://docs.github.com/en/enterprise-cloud@latest/packages/working-with-a-github-packages-registry/working-with-the-container-registry
        """
        return "ghcr.io" if self.server_host == "github.com" else f"containers.{self.server_host}"

    @property
    def owner(self) -> str:
        """The first part of the repository's name."""
        return self.repository.partition("/")[0]

    @property
    def is_fork(self) -> bool:
        """Whether a pull request comes from another repository, so that the job's token can't
        write."""
        return (
            self.name == "pull_request"
            and self.pull_request is not None
            and self.pull_request.head_repository != self.repository
        )

    @property
    def is_dependabot(self) -> bool:
        """Whether Dependabot opened the pull request, so that the job's token can't write."""
        return self.name == "pull_request" and self.actor == "dependabot[bot]"

    @property
    def has_no_secrets(self) -> bool:
        """Whether GitHub withholds the workflow's secrets: each is an empty text then.

        Source:
        https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request.
        """
        return self.is_fork or self.is_dependabot

    @property
    def run_url(self) -> str:
        """The page of this run, empty outside a workflow."""
        return (
            f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}/attempts/{self.run_attempt}"
            if self.run_id
            else ""
        )

    @property
    def log_url(self) -> str:
        """The page of this job, with its log; that of the run where the job is not known.

        Source: ``html_url`` and ``check_run_url`` of a job, which have one number
        (https://docs.github.com/en/rest/actions/workflow-jobs).
        """
        if not self.run_id or not self.check_run_id:
            return self.run_url
        return (
            f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"
            f"/job/{self.check_run_id}"
        )


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _facts(found: Mapping[str, Any], repository: str) -> RepositoryFacts | None:
    """The same members as in the API's answer; some events carry a shorter object, or another
    repository's."""
    is_whole = (
        {"description", "license", "default_branch"} <= found.keys()
        and _text(found, "name")
        and _text(found, "html_url")
    )
    if not is_whole or _text(found, "full_name").lower() != repository.lower():
        return None
    return RepositoryFacts.decode(found)


def _workflow_run(found: Mapping[str, Any]) -> WorkflowRun | None:
    if not _text(found, "head_sha"):
        return None
    return WorkflowRun(
        head_sha=_text(found, "head_sha"),
        head_ref=_text(found, "head_branch"),
        head_repository=_text(_object(found, "head_repository"), "full_name"),
        event=_text(found, "event"),
        workflow=_text(found, "name"),
        run_id=_number(found, "id"),
        run_number=_number(found, "run_number"),
        attempt=_number(found, "run_attempt") or 1,
    )


def _number(value: Mapping[str, Any], key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) else 0


def _pull_request(value: Mapping[str, Any]) -> PullRequest | None:
    number, head = value.get("number"), _object(value, "head")
    if not isinstance(number, int):
        return None
    return PullRequest(
        number=number,
        head_sha=_text(head, "sha"),
        head_ref=_text(head, "ref"),
        head_repository=_text(_object(head, "repo"), "full_name"),
        base_ref=_text(_object(value, "base"), "ref"),
        is_closed=_text(value, "state") == "closed",
    )


def _commit_dates(payload: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Each commit once, as ``commits`` has it before ``head_commit``."""
    listed = payload.get("commits")
    commits = [*(listed if isinstance(listed, list) else []), payload.get("head_commit")]
    found: dict[str, str] = {}
    for commit in commits:
        if isinstance(commit, Mapping) and _text(commit, "timestamp"):
            found.setdefault(_text(commit, "id"), _text(commit, "timestamp"))
    return tuple((sha, date) for sha, date in found.items() if sha)
