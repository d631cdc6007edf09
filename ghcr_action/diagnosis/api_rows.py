"""Rows of the catalogue about GitHub's REST API."""

from dataclasses import replace

from ghcr_action.diagnosis.access_rows import (
    DEPENDABOT_CAUSE,
    FORK_CAUSE,
    FORK_FIX,
    JOB_TOKEN_DOCS,
    STATUS_PAGE,
    TOKEN_DOCS,
    grant,
    is_dependabot,
    is_fork,
)
from ghcr_action.diagnosis.known import API, Known, Retry
from ghcr_action.errors import AccessDenied, ActionError, NotFound, Unavailable
from ghcr_action.values.answer import Fault

DELETE_DOCS = (
    "https://docs.github.com/en/packages/learn-github-packages/deleting-and-restoring-a-package"
)
COMMENT_DOCS = "https://docs.github.com/en/rest/issues/comments"
_ONE_PERMISSION = "Grant it to the job:\n    permissions:\n      {permission}"
_COMMENTS = r"^/repos/[^/]+/[^/]+/issues/"
_VERSION = r"^/(?:orgs|users)/[^/]+/packages/container/[^/]+/versions/[0-9]+$"

_INTEGRATION = Known(
    code="GHCR-API-403-PERMISSION",
    patterns=(r"Resource not accessible by integration",),
    where=API,
    cause="The job's token lacks the permission `{permission}`.",
    fix=_ONE_PERMISSION,
    docs=JOB_TOKEN_DOCS,
    kind=AccessDenied,
)

ROWS: tuple[Known, ...] = (
    Known(
        code="GHCR-API-403-ADMIN",
        patterns=(r"Resource not accessible by integration",),
        statuses=(403, 404),
        where=API,
        methods=("DELETE",),
        path=_VERSION,
        cause=(
            "Deleting takes `packages: write` for the job, and the role Admin on the package for "
            "{repository}: a repository has it if its workflow published the package first. A "
            "personal access token (classic) takes `delete:packages`."
        ),
        fix=f"Grant the job\n    permissions:\n      packages: write\nand o{grant('Admin')[1:]}.",
        docs=DELETE_DOCS,
        kind=AccessDenied,
        when=lambda circumstances: "rate limit" not in circumstances.said,
    ),
    replace(_INTEGRATION, code="GHCR-API-403-FORK", when=is_fork, cause=FORK_CAUSE, fix=FORK_FIX),
    replace(
        _INTEGRATION, code="GHCR-API-403-DEPENDABOT", when=is_dependabot, cause=DEPENDABOT_CAUSE
    ),
    _INTEGRATION,
    Known(
        code="GHCR-API-429-LIMIT",
        patterns=(r"API rate limit exceeded", r"secondary rate limit"),
        statuses=(429,),
        where=API,
        cause=(
            "GitHub's API limits requests by hour and by minute, and this repository's "
            "jobs together went over."
        ),
        fix=(
            "Run fewer jobs at once if our waiting did not help; a personal access token "
            "as `github-token` has a larger limit."
        ),
        docs="https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api",
        kind=Unavailable,
        retry=Retry.LIMITED,
    ),
    Known(
        code="GHCR-API-422-BODY",
        patterns=(r"Body is too long",),
        where=API,
        cause="A comment holds at most 65,536 characters.",
        fix=(
            "Nothing to do: the report is shortened. If a template of yours made it, "
            "make it shorter."
        ),
        docs=COMMENT_DOCS,
        kind=ActionError,
    ),
    Known(
        code="GHCR-API-404-COMMENT",
        statuses=(301, 307, 308, 404, 410),
        where=API,
        path=_COMMENTS,
        cause=(
            "The token may not see the pull request's comments (GitHub answers that as if they "
            "were not there), the pull request is gone, or {repository} has moved."
        ),
        fix=(
            "Grant the job\n    permissions:\n      pull-requests: write\nand check that the "
            "workflow's repository still has this name."
        ),
        docs=COMMENT_DOCS,
        kind=NotFound,
    ),
    Known(
        code="GHCR-API-403",
        statuses=(403,),
        where=API,
        cause="GitHub refuses, most likely because the token lacks `{permission}`.",
        fix=f"Do what it says. Where it says nothing: g{_ONE_PERMISSION[1:]}",
        docs=JOB_TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-API-NONSENSE",
        faults=(Fault.NONSENSE,),
        where=API,
        cause="{host} gave an answer that is no document of GitHub's API.",
        fix=(
            "Check that GITHUB_API_URL is right, and that no proxy answers in GitHub's place. "
            f"Else it is a fault of GitHub: see {STATUS_PAGE}."
        ),
        docs=STATUS_PAGE,
        kind=Unavailable,
        retry=Retry.TRANSIENT,
    ),
    Known(
        code="GHCR-API-401",
        statuses=(401,),
        where=API,
        cause="GitHub's API does not know the token in `github-token`: it is expired or wrong.",
        fix="Leave out `github-token`, so that the job's own token is used, or renew the secret.",
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
)
