"""Refusals as the adapters make them, facts and all: for fakes that refuse, and for tests of what
is made of that."""

from ghcr_action.adapters.github_requests import GitHubRequests, RefusedError
from ghcr_action.adapters.registry.refusal import Refusal
from ghcr_action.errors import ActionError
from ghcr_action.values.answer import Answer, Fault, Part, Where
from ghcr_action.values.reference import Repository

PATHS = {
    Part.MANIFEST: "v2/{name}/manifests/1",
    Part.BLOB: "v2/{name}/blobs/sha256:0",
    Part.UPLOAD: "v2/{name}/blobs/uploads/",
    Part.TAGS: "v2/{name}/tags/list",
    Part.REFERRERS: "v2/{name}/referrers/sha256:0",
    Part.TOKEN: "token",
}


def registry(
    words: str = "",
    status: int = 403,
    *,
    method: str = "POST",
    part: Part = Part.UPLOAD,
    image: str = "ghcr.io/octo/app",
    codes: tuple[str, ...] = (),
    purpose: str = "",
    fault: Fault | None = None,
    **facts: float,
) -> ActionError:
    """What the registry client raises for this answer."""
    repository = Repository.parse(image)
    answer = Answer(
        where=Where.REGISTRY,
        method=method,
        url=f"https://{repository.registry}/{PATHS[part].format(name=repository.path)}",
        host=repository.registry,
        repository=repository,
        part=part,
        status=status,
        codes=frozenset(codes),
        words=words,
        fault=fault,
        **facts,  # type: ignore[arg-type]
    )
    doing = purpose or f"{'read' if method in ('GET', 'HEAD') else 'push to'} {repository}"
    return Refusal(purpose=doing, answer=answer).error()


def denied(words: str, **more: str) -> ActionError:
    """A push that ghcr.io refuses, in its own words."""
    return registry(f"DENIED: {words}", codes=("DENIED",), **more)  # type: ignore[arg-type]


def api(
    words: str = "",
    status: int = 403,
    *,
    method: str = "GET",
    path: str = "/repos/octo/app/issues/7/comments",
    about: Repository | None = None,
    purpose: str = "ask GitHub",
    fault: Fault | None = None,
) -> ActionError:
    """What the client of GitHub's API raises for this answer."""
    answer = Answer(
        where=Where.API,
        method=method,
        url=path,
        host="api.github.com",
        repository=about,
        status=status,
        words=words,
        fault=fault,
    )
    return GitHubRequests("https://api.github.com", None).error(RefusedError(answer), purpose)
