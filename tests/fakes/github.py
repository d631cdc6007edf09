"""GitHub in memory, seen through the port; ``github_api`` is the one that speaks HTTP."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from ghcr_action.errors import NotFound
from ghcr_action.values.event import PullRequest, RepositoryFacts
from ghcr_action.values.github import PAGE, Comment, Package, PackageVersion, RateBudget
from ghcr_action.values.reference import Repository
from tests.fakes import refusals
from tests.fakes.packages import FakePackages


@dataclass
class FakeGitHub:
    """Without facts it answers as a GitHub that can't be asked."""

    facts: RepositoryFacts | None = None
    dates: dict[str, datetime] = field(default_factory=dict)
    packages: dict[str, Package] = field(default_factory=dict)
    """By ``owner/name``."""
    said: dict[int, list[Comment]] = field(default_factory=dict)
    """Comments by pull request."""
    pulls: list[PullRequest] = field(default_factory=list)
    files: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """What each pull request touches."""
    store: FakePackages = field(default_factory=FakePackages)
    """Versions, where a test is about them."""
    owner: str = "github-actions[bot]"
    may_comment: bool = True
    may_list: bool = True
    branches_gone: frozenset[str] = frozenset()
    changes_visibility: bool = False
    """Whether it is a GitHub of the future, which offers that."""
    unavailable: Exception | None = None
    """Raised by whatever asks about packages or comments."""
    calls: list[str] = field(default_factory=list)
    is_prepared: bool = False
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def prepare(self) -> None:
        self.is_prepared = True

    def repository(self) -> RepositoryFacts | None:
        return self.facts

    def commit_date(self, sha: str) -> datetime | None:
        return self.dates.get(sha)

    def package(self, repository: Repository) -> Package | None:
        self._note(f"package {repository.path}")
        return self.packages.get(repository.path)

    def change_visibility(self, repository: Repository, visibility: str) -> bool:
        self._note(f"change {repository.path} {visibility}")
        if self.changes_visibility:
            self.packages[repository.path] = replace(
                self.packages[repository.path], visibility=visibility
            )
        return self.changes_visibility

    def versions(self, repository: Repository) -> tuple[PackageVersion, ...] | None:
        self._note(f"versions {repository.path}")
        return self.store.versions(repository)

    def version_page(self, repository: Repository, number: int) -> tuple[PackageVersion, ...]:
        self._note(f"versions {repository.path} page {number}")
        return (self.store.versions(repository) or ())[(number - 1) * PAGE : number * PAGE]

    def deleted_versions(self, repository: Repository) -> tuple[PackageVersion, ...]:
        self._note(f"deleted versions {repository.path}")
        return tuple(version for version, _ in self.store.removed.get(repository, {}).values())

    def restore_version(self, repository: Repository, version: PackageVersion) -> bool:
        self._note(f"restore {repository.path} {version.id}")
        return self.store.restore(repository, version)

    def package_names(self, owner: str) -> tuple[str, ...]:
        self._note(f"packages of {owner}")
        if not self.may_list:
            raise refusals.api(
                "Resource not accessible by integration",
                path=f"/orgs/{owner}/packages",
                purpose=f"list the packages of {owner}",
            )
        owned = (repository.path.partition("/") for repository in self.store.listed)
        return tuple(name for each, _, name in owned if each == owner)

    def gone_branches(self) -> frozenset[str]:
        self._note("gone branches")
        return self.branches_gone

    def version(self, repository: Repository, version: int) -> PackageVersion | None:
        self._note(f"version {repository.path} {version}")
        return self.store.listed.get(repository, {}).get(version)

    def delete_version(self, repository: Repository, version: PackageVersion) -> bool:
        self._note(f"delete {repository.path} {version.id}")
        return self.store.delete(repository, version)

    def changed_files(self, pull_request: int) -> tuple[str, ...] | None:
        self._note(f"files {pull_request}")
        return self.files.get(pull_request)

    def open_pulls(self) -> frozenset[int]:
        self._note("open pulls")
        return frozenset(pull.number for pull in self.pulls)

    def budget(self) -> RateBudget | None:
        return self.store.budget

    def login(self) -> str:
        return self.owner

    def comments(self, pull_request: int) -> Iterator[tuple[Comment, ...]]:
        self._note(f"comments {pull_request}")
        yield tuple(self.said.get(pull_request, ()))

    def comment(self, comment: int) -> Comment | None:
        self._note(f"comment {comment}")
        return next(
            (each for found in self.said.values() for each in found if each.id == comment), None
        )

    def create_comment(self, pull_request: int, body: str) -> Comment:
        self._write(f"create {pull_request}")
        number = next(self._ids)
        url = f"https://github.com/octo/app/pull/{pull_request}#issuecomment-{number}"
        made = Comment(id=number, author=self.owner, body=body, url=url)
        self.said.setdefault(pull_request, []).append(made)
        return made

    def edit_comment(self, comment: int, body: str) -> Comment:
        self._write(f"edit {comment}")
        for found in self.said.values():
            for position, each in enumerate(found):
                if each.id == comment:
                    found[position] = replace(each, body=body)
                    return found[position]
        raise NotFound("Could not edit our comment", why="PATCH was answered with 404")

    def delete_comment(self, comment: int) -> None:
        self._write(f"delete {comment}")
        for found in self.said.values():
            found[:] = [each for each in found if each.id != comment]

    def pulls_of_commit(self, sha: str) -> tuple[PullRequest, ...]:
        self._note(f"pulls {sha}")
        return tuple(pull for pull in self.pulls if pull.head_sha == sha)

    def pull_by_head(
        self, head_repository: str, head_ref: str, head_sha: str
    ) -> PullRequest | None:
        self._note(f"pull {head_repository}:{head_ref}")
        wanted = (head_repository.lower(), head_ref, head_sha)
        return next(
            (
                p
                for p in self.pulls
                if (p.head_repository.lower(), p.head_ref, p.head_sha) == wanted
            ),
            None,
        )

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if self.unavailable:
            raise self.unavailable

    def _write(self, call: str) -> None:
        self._note(call)
        if not self.may_comment:
            raise refusals.api(
                "Resource not accessible by integration", method="POST", purpose="comment"
            )
