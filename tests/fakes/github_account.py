"""What a GitHub holds, and how it answers: repositories, commits, comments, packages. Speaks
documents; ``github_api`` speaks HTTP."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.fakes.openapi_description import description

LONGEST_BODY = 65_536
WRITER, READER, PERSONAL = "the-token", "the-read-only-token", "the-personal-token"
Json = Any


@dataclass(kw_only=True)
class Answer:
    status: int = 200
    document: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    page: Sequence[Json] | None = None
    """All items of a list, of which the server sends the page that was asked for."""


@dataclass(kw_only=True)
class Call:
    parts: tuple[str, ...]
    query: dict[str, str]
    body: Json
    token: str | None


@dataclass(kw_only=True)
class Package:
    visibility: str = "private"
    repository: str = ""
    role: str = "admin"
    """What the token's repository is to the package: ``none``, ``read``, ``write`` or ``admin``."""
    versions: list[dict[str, Json]] = field(default_factory=list)
    deleted: list[dict[str, Json]] = field(default_factory=list)
    downloads: dict[int, int] = field(default_factory=dict)
    changed: Callable[[dict[str, Json], str], None] = lambda version, what: None
    """Told of each version that is ``deleted`` or ``restored``, for a registry that follows."""


def error(status: int, message: str) -> Answer:
    document: dict[str, Json] = {
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    return Answer(status=status, document=document)


FORBIDDEN = "Resource not accessible by integration"
Handler = Callable[["Account", Call], Answer]
HANDLERS: dict[str, Handler] = {}


def answers(*names: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return register


@dataclass
class Account:
    """The state. Tests put things in by ``add_…`` and read ``comments`` and ``packages``
    afterwards."""

    users: dict[str, str] = field(default_factory=dict)
    repositories: dict[str, dict[str, Json]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    commits: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)
    pulls: dict[tuple[str, str], list[dict[str, Json]]] = field(default_factory=dict)
    files: dict[tuple[str, int], list[dict[str, Json]]] = field(default_factory=dict)
    """What pull requests touch, by repository and number."""
    branches: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[tuple[str, int], list[dict[str, Json]]] = field(default_factory=dict)
    packages: dict[tuple[str, str], Package] = field(default_factory=dict)
    artifacts: dict[tuple[str, int], list[dict[str, Json]]] = field(default_factory=dict)
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add_owner(self, login: str, kind: str = "Organization") -> None:
        self.users[login.lower()] = kind

    def add_repository(
        self, name: str, *, kind: str = "Organization", spdx: str = "", **facts: Json
    ) -> dict[str, Json]:
        owner, _, short = name.partition("/")
        self.add_owner(owner, kind)
        licence = description().example("nullable-license-simple") | {
            "spdx_id": spdx,
            "key": spdx.lower(),
            "name": spdx,
        }
        document = description().example("full-repository") | {
            "id": next(self.ids),
            "name": short,
            "full_name": name,
            "owner": self._user(owner, kind),
            "html_url": f"https://github.com/{name}",
            "description": None,
            "default_branch": "main",
            "license": licence if spdx else None,
        }
        self.repositories[name.lower()] = document | facts
        return self.repositories[name.lower()]

    def add_commit(self, repository: str, sha: str, date: str) -> None:
        person = {"name": "Mona", "email": "mona@example.invalid", "date": date}
        document = description().example("git-commit") | {
            "sha": sha,
            "author": person,
            "committer": person,
        }
        self.commits[repository.lower(), sha] = document

    def add_files(self, repository: str, number: int, *names: str, moved: str = "") -> None:
        """A pull request touches these files; with ``moved`` the last of them had that name."""
        url = "https://github.com/x"
        entries: list[dict[str, Json]] = [
            {
                "sha": "a" * 40,
                "filename": name,
                "status": "modified",
                "additions": 1,
                "deletions": 0,
                "changes": 1,
                "blob_url": url,
                "raw_url": url,
                "contents_url": url,
            }
            for name in names
        ]
        if moved:
            entries[-1] |= {"status": "renamed", "previous_filename": moved}
        self.files[repository.lower(), number] = entries

    def add_pull(
        self,
        repository: str,
        number: int,
        sha: str,
        *,
        head_ref: str = "topic",
        head_repository: str = "",
        base_ref: str = "main",
        **facts: Json,
    ) -> None:
        document = (
            description().example("pull-request-simple")
            | {"number": number, "state": "open"}
            | facts
        )
        repo = document["base"]["repo"]
        document["base"] = document["base"] | {
            "ref": base_ref,
            "repo": repo | {"full_name": repository},
        }
        document["head"] = document["head"] | {
            "sha": sha,
            "ref": head_ref,
            "repo": repo | {"full_name": head_repository or repository},
        }
        self.pulls.setdefault((repository.lower(), sha), []).append(document)

    def add_comment(
        self, repository: str, issue: int, body: str, author: str = "mona"
    ) -> dict[str, Json]:
        number = next(self.ids)
        url = f"https://github.com/{repository}/pull/{issue}#issuecomment-{number}"
        document = description().example("issue-comment") | {
            "id": number,
            "html_url": url,
            "body": body,
            "user": self._user(author, "Bot" if author.endswith("[bot]") else "User"),
        }
        self.comments.setdefault((repository.lower(), issue), []).append(document)
        return document

    def add_artifact(self, repository: str, run: int, name: str, **facts: Json) -> int:
        """An artifact of a workflow run, and its number."""
        document = (
            description().example("artifact")
            | {"id": next(self.ids), "name": name, "expired": False}
            | facts
        )
        self.artifacts.setdefault((repository.lower(), run), []).append(document)
        return int(document["id"])

    def add_package(self, owner: str, name: str, **facts: Json) -> Package:
        self.packages[owner.lower(), name] = package = Package(**facts)
        return package

    def add_version(
        self, owner: str, name: str, digest: str, tags: Sequence[str] = (), downloads: int = 0
    ) -> int:
        number = next(self.ids)
        document = description().example("package-version") | {
            "id": number,
            "name": digest,
            "metadata": {"package_type": "container", "container": {"tags": list(tags)}},
        }
        package = self.packages[owner.lower(), name]
        package.versions.insert(0, document)
        package.downloads[number] = downloads
        return number

    def answer(self, name: str, call: Call) -> Answer:
        if call.token not in (None, WRITER, READER, PERSONAL):
            return error(401, "Bad credentials")
        return HANDLERS[name](self, call)

    def _user(self, login: str, kind: str) -> dict[str, Json]:
        return description().example("simple-user") | {
            "login": login,
            "type": kind,
            "id": next(self.ids),
        }

    def find_repository(self, call: Call) -> dict[str, Json] | None:
        document = self.repositories.get("/".join(call.parts[:2]).lower())
        return document if document and (call.token or not document["private"]) else None

    def package_at(self, path: str) -> Package | None:
        parts = path.split("/")
        return self.packages.get((parts[2].lower(), unquote(parts[5]))) if len(parts) == 6 else None

    def find_package(self, call: Call, family: str) -> Package | None:
        owner, kind, name = call.parts[0].lower(), call.parts[1], unquote(call.parts[2])
        package = self.packages.get((owner, name))
        is_family = self.users.get(owner) == {"orgs": "Organization", "users": "User"}[family]
        return (
            package
            if package
            and is_family
            and kind == "container"
            and call.token
            and package.role != "none"
            else None
        )


@answers("GET /repos/{owner}/{repo}")
def get_repository(account: Account, call: Call) -> Answer:
    if new := account.renamed.get("/".join(call.parts).lower()):
        moved = error(301, "Moved Permanently")
        return Answer(status=301, document=moved.document, headers={"Location": f"/repos/{new}"})
    document = account.find_repository(call)
    return Answer(document=document) if document else error(404, "Not Found")


@answers("GET /repos/{owner}/{repo}/git/commits/{commit_sha}")
def get_commit(account: Account, call: Call) -> Answer:
    document = account.commits.get(("/".join(call.parts[:2]).lower(), call.parts[2]))
    return (
        Answer(document=document)
        if document and account.find_repository(call)
        else error(404, "Not Found")
    )


@answers("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls")
def list_pulls(account: Account, call: Call) -> Answer:
    return Answer(page=account.pulls.get(("/".join(call.parts[:2]).lower(), call.parts[2]), []))


@answers("GET /repos/{owner}/{repo}/pulls")
def list_all_pulls(account: Account, call: Call) -> Answer:
    name = "/".join(call.parts[:2]).lower()
    pulls = [
        pull
        for (repository, _), found in account.pulls.items()
        if repository == name
        for pull in found
    ]
    owner, _, ref = call.query.get("head", "").partition(":")
    if ref:
        pulls = [
            p
            for p in pulls
            if p["head"]["ref"] == ref
            and p["head"]["repo"]["full_name"].lower().startswith(f"{owner.lower()}/")
        ]
    wanted = call.query.get("state", "open")
    return Answer(page=[pull for pull in pulls if wanted in ("all", pull["state"])])


@answers("GET /repos/{owner}/{repo}/branches")
def list_branches(account: Account, call: Call) -> Answer:
    names = account.branches.get("/".join(call.parts[:2]).lower(), [])
    example = description().example("short-branch")
    return Answer(page=[example | {"name": name} for name in names])


@answers("GET /repos/{owner}/{repo}/pulls/{pull_number}/files")
def list_files(account: Account, call: Call) -> Answer:
    found = account.files.get(("/".join(call.parts[:2]).lower(), int(call.parts[2])))
    return error(404, "Not Found") if found is None else Answer(page=found)


@answers("GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts")
def list_artifacts(account: Account, call: Call) -> Answer:
    found = account.artifacts.get(("/".join(call.parts[:2]).lower(), int(call.parts[2])), [])
    size = int(call.query.get("per_page", 30))
    return Answer(document={"total_count": len(found), "artifacts": found[:size]})


@answers("GET /user")
def get_own_user(account: Account, call: Call) -> Answer:
    if call.token == PERSONAL:
        return Answer(
            document=description().example("public-user")
            | {"login": "mona", "type": "User", "user_view_type": "public"}
        )
    return error(403, FORBIDDEN) if call.token else error(401, "Requires authentication")


@answers("GET /users/{username}")
def get_user(account: Account, call: Call) -> Answer:
    login = call.parts[0]
    kind = account.users.get(login.lower())
    document = description().example("public-user") | {
        "login": login,
        "type": kind,
        "user_view_type": "public",
    }
    return Answer(document=document) if kind else error(404, "Not Found")


@answers("GET /rate_limit")
def get_rate_limit(account: Account, call: Call) -> Answer:
    return Answer(document=description().example("rate-limit-overview"))


@answers("GET /repos/{owner}/{repo}/issues/{issue_number}/comments")
def list_comments(account: Account, call: Call) -> Answer:
    if not account.find_repository(call):
        return error(404, "Not Found")
    return Answer(
        page=account.comments.get(("/".join(call.parts[:2]).lower(), int(call.parts[2])), [])
    )


@answers("POST /repos/{owner}/{repo}/issues/{issue_number}/comments")
def create_comment(account: Account, call: Call) -> Answer:
    if refusal := _refused_write(account, call):
        return refusal
    comment = account.add_comment(
        "/".join(call.parts[:2]), int(call.parts[2]), call.body["body"], "github-actions[bot]"
    )
    return Answer(status=201, document=comment)


@answers("GET /repos/{owner}/{repo}/issues/comments/{comment_id}")
def get_comment(account: Account, call: Call) -> Answer:
    group = _group(account, call)
    return Answer(document=_comment(group, call)) if group else error(404, "Not Found")


@answers("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}")
def update_comment(account: Account, call: Call) -> Answer:
    group = _group(account, call)
    if not group:
        return error(404, "Not Found")
    if refusal := _refused_write(account, call):
        return refusal
    comment = _comment(group, call)
    comment.update(body=call.body["body"], updated_at="2026-01-02T04:00:00Z")
    return Answer(document=comment)


@answers("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}")
def delete_comment(account: Account, call: Call) -> Answer:
    group = _group(account, call)
    if not group:
        return error(404, "Not Found")
    if refusal := _refused_write(account, call):
        return refusal
    group.remove(_comment(group, call))
    return Answer(status=204)


def _group(account: Account, call: Call) -> list[dict[str, Json]]:
    name = "/".join(call.parts[:2]).lower()
    groups = (group for (repository, _), group in account.comments.items() if repository == name)
    return next(
        (group for group in groups if any(str(each["id"]) == call.parts[2] for each in group)), []
    )


def _comment(group: list[dict[str, Json]], call: Call) -> dict[str, Json]:
    return next(each for each in group if str(each["id"]) == call.parts[2])


def _refused_write(account: Account, call: Call) -> Answer | None:
    if not account.find_repository(call):
        return error(404, "Not Found")
    if call.token != WRITER:
        return error(403, FORBIDDEN)
    if call.body and len(call.body["body"]) > LONGEST_BODY:
        refusal = error(422, "Validation Failed")
        reason = f"Body is too long (maximum is {LONGEST_BODY} characters)"
        refusal.document["errors"] = [
            {
                "resource": "IssueComment",
                "code": "unprocessable",
                "field": "data",
                "message": reason,
            }
        ]
        return refusal
    return None
