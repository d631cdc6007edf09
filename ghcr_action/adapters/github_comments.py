"""Comments and pull requests of one repository at GitHub's API.

Sources: https://docs.github.com/en/rest/issues/comments and
https://docs.github.com/en/rest/pulls/pulls.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ghcr_action.adapters.github_requests import GitHubRequests, is_sha, member, number, text
from ghcr_action.errors import ActionError, LimitReached, Unavailable
from ghcr_action.values.answer import Answer, Fault, Where
from ghcr_action.values.event import PullRequest
from ghcr_action.values.github import Comment

JOB_LOGIN = "github-actions[bot]"
"""Who the job's token is; GitHub does not let it ask."""


class GitHubComments:
    """What is said on pull requests, and which ones there are."""

    def __init__(
        self, requests: GitHubRequests, repository: str, hide: Callable[[str], str] = str
    ) -> None:
        self._hide = hide
        self._requests = requests
        self._base = f"/repos/{repository}"

    def login(self) -> str:
        """Whose token it is; the job's bot where GitHub does not tell, as it never does for a job's
        token."""
        try:
            found = self._requests.find("/user", "ask whose token this is")
        except ActionError:
            return JOB_LOGIN
        return text(found or {}, "login") or JOB_LOGIN

    def comments(self, pull_request: int) -> Iterator[tuple[Comment, ...]]:
        """Comments, oldest first, a page of a hundred at a time as they are wanted."""
        path = f"{self._base}/issues/{pull_request}/comments"
        for page in self._requests.pages(path, f"read the comments of pull request {pull_request}"):
            yield tuple(map(_comment, page))

    def comment(self, comment: int) -> Comment | None:
        """One comment as it is now; None where it is gone."""
        found = self._requests.find(f"{self._base}/issues/comments/{comment}", "read our comment")
        return _comment(found) if found is not None else None

    def create_comment(self, pull_request: int, body: str) -> Comment:
        """Say something new. An answer without the comment in it is no proof, and neither is a
        fault: then the comment is looked for. Raises ActionError where it is not there."""
        said = {"body": self._hide(body)}
        path = f"{self._base}/issues/{pull_request}/comments"
        purpose = f"comment on pull request {pull_request}"
        try:
            made = _comment(self._requests.write("POST", path, purpose, said))
        except LimitReached:
            raise
        except Unavailable:
            with suppress(ActionError):
                if found := self._said(pull_request, said["body"]):
                    return found
            raise
        if made.id:
            return made
        if found := self._said(pull_request, said["body"]):
            return found
        raise _unproven("POST", path, purpose)

    def edit_comment(self, comment: int, body: str) -> Comment:
        """Replace what a comment says; read again where the answer does not show it. Raises
        ActionError."""
        said = {"body": self._hide(body)}
        path, purpose = f"{self._base}/issues/comments/{comment}", "edit our comment"
        edited = _comment(self._requests.write("PATCH", path, purpose, said))
        if edited.id:
            return edited
        found = self.comment(comment)
        if found is not None and _same(found.body, said["body"]):
            return found
        raise _unproven("PATCH", path, purpose)

    def _said(self, pull_request: int, body: str) -> Comment | None:
        """The newest comment that says just this."""
        listed = [each for page in self.comments(pull_request) for each in page]
        return next((each for each in reversed(listed) if _same(each.body, body)), None)

    def delete_comment(self, comment: int) -> None:
        """Take a comment back."""
        self._requests.write(
            "DELETE", f"{self._base}/issues/comments/{comment}", "delete our comment"
        )

    def pulls_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        """Open pull requests that hold a commit."""
        return self._open(f"{self._base}/commits/{sha}/pulls", {}) if is_sha(sha) else ()

    def pull_by_head(
        self, head_repository: str, head_ref: str, head_sha: str
    ) -> PullRequest | None:
        """The open pull request from this branch of this repository whose head is this very commit;
        None where there is none."""
        owner = head_repository.partition("/")[0]
        found = self._open(f"{self._base}/pulls", {"state": "open", "head": f"{owner}:{head_ref}"})
        wanted = (head_repository.lower(), head_ref, head_sha)
        return next(
            (
                each
                for each in found
                if (each.head_repository.lower(), each.head_ref, each.head_sha) == wanted
            ),
            None,
        )

    def _open(self, path: str, query: Mapping[str, str]) -> tuple[PullRequest, ...]:
        pages = self._requests.pages(path, "look for the pull request", query)
        return tuple(
            _pull_request(entry)
            for page in pages
            for entry in page
            if text(entry, "state") == "open"
        )


def _same(one: str, other: str) -> bool:
    """Whether two texts differ by nothing but what GitHub does to line ends."""
    return one.split() == other.split()


def _unproven(method: str, path: str, purpose: str) -> Unavailable:
    answer = Answer(where=Where.API, method=method, url=path, status=200, fault=Fault.NONSENSE)
    return Unavailable(
        f"Could not {purpose}",
        why=f"{method} {path} was answered as if it had worked, and GitHub does not show it",
        fix="Run again; see https://www.githubstatus.com.",
        answer=answer,
    )


def _comment(document: Mapping[str, Any]) -> Comment:
    return Comment(
        id=number(document, "id"),
        author=text(member(document, "user"), "login"),
        body=text(document, "body"),
        url=text(document, "html_url"),
    )


def _pull_request(document: Mapping[str, Any]) -> PullRequest:
    head = member(document, "head")
    return PullRequest(
        number=number(document, "number"),
        head_sha=text(head, "sha"),
        head_ref=text(head, "ref"),
        head_repository=text(member(head, "repo"), "full_name"),
        base_ref=text(member(document, "base"), "ref"),
    )
