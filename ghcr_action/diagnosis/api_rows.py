"""Rows of the catalogue about GitHub's REST API and the job's identity."""

from dataclasses import replace

from ghcr_action.diagnosis.access_rows import (
    ACCESS_DOCS,
    DEPENDABOT_CAUSE,
    FORK_CAUSE,
    FORK_FIX,
    JOB_TOKEN_DOCS,
    TOKEN_DOCS,
    grant,
    is_dependabot,
    is_fork,
)
from ghcr_action.diagnosis.known import API, Circumstances, Known, Retry
from ghcr_action.errors import AccessDenied, ActionError, NotFound, PolicyRefused, Unavailable

DELETE_DOCS = (
    "https://docs.github.com/en/packages/learn-github-packages/deleting-and-restoring-a-package"
)
STORAGE_DOCS = "https://docs.github.com/en/rest/orgs/artifact-metadata"
_ONE_PERMISSION = "Grant it to the job:\n    permissions:\n      {permission}"


def _lacks_role(circumstances: Circumstances) -> bool:
    return circumstances.may_write_packages and circumstances.permission in ("", "packages: write")


_INTEGRATION = Known(
    code="GHCR-API-403-PERMISSION",
    patterns=(r"Resource not accessible by integration",),
    where=API,
    cause="The job's token lacks the permission `{permission}`.",
    fix=_ONE_PERMISSION,
    docs=JOB_TOKEN_DOCS,
    kind=AccessDenied,
)
_IDENTITY = Known(
    code="GHCR-OIDC-PERMISSION",
    patterns=(
        r"missing \"?id-token\"? permission",
        r"(?:no|get|missing) \$?ACTIONS_ID_TOKEN_REQUEST_URL",
    ),
    where=API,
    cause="The job may not ask for an identity token: `id-token: write` is not granted.",
    fix="Grant it to the job:\n    permissions:\n      id-token: write",
    docs=JOB_TOKEN_DOCS,
    kind=AccessDenied,
)

ROWS: tuple[Known, ...] = (
    Known(
        code="GHCR-API-404-STORAGE-RECORD",
        patterns=(r"storage-record(?:.*\b404\b|[\s\S]*^HTTP 404$)", r"\b404\b.*storage-record"),
        where=API,
        cause="Storage records exist for organizations only, and {image_owner} is a user.",
        fix="Nothing to do: storage records are left out for user accounts.",
        docs="https://github.com/actions/attest-build-provenance/issues/781",
        kind=NotFound,
    ),
    Known(
        code="GHCR-API-403-STORAGE-RECORD",
        patterns=(r"storage-record(?:.*\b403\b|[\s\S]*^HTTP 403$)", r"\b403\b.*storage-record"),
        where=API,
        cause="The job lacks the permission `artifact-metadata: write`.",
        fix=(
            "Grant it to the job, or switch storage records off:\n    permissions:\n     "
            " artifact-metadata: write"
        ),
        docs=STORAGE_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-API-404-PACKAGE",
        patterns=(r"Package not found\.?",),
        where=API,
        cause=(
            "There is no such package below this owner, or the token has no right to "
            "see it: the API answers both alike."
        ),
        fix="Check the name as the package's page shows it (it may hold the repository's "
        "part, in lower case), then the role of "
        "{repository} on {settings}.",
        docs=TOKEN_DOCS,
        kind=NotFound,
    ),
    replace(_INTEGRATION, code="GHCR-API-403-FORK", when=is_fork, cause=FORK_CAUSE, fix=FORK_FIX),
    replace(
        _INTEGRATION, code="GHCR-API-403-DEPENDABOT", when=is_dependabot, cause=DEPENDABOT_CAUSE
    ),
    replace(
        _INTEGRATION,
        code="GHCR-API-403-ADMIN",
        when=_lacks_role,
        cause=(
            "Deleting and restoring take the role Admin on the package, which "
            "{repository} does not have."
        ),
        fix=f"{grant('Admin')}.",
        docs=ACCESS_DOCS,
    ),
    _INTEGRATION,
    Known(
        code="GHCR-API-400-LAST-TAGGED",
        patterns=(r"You cannot delete the last tagged version of a package",),
        where=API,
        cause="GitHub keeps at least one tagged version of a package.",
        fix=(
            "Nothing to do: the version is kept. Deleting the whole package is left to a "
            "person, on {settings}."
        ),
        docs=DELETE_DOCS,
        kind=PolicyRefused,
    ),
    Known(
        code="GHCR-API-400-DOWNLOADS",
        patterns=(r"more than 5,?000 downloads cannot be deleted",),
        where=API,
        cause="GitHub keeps public versions with more than 5,000 downloads.",
        fix="Nothing to do: the version is skipped. GitHub's support can delete it.",
        docs=DELETE_DOCS,
        kind=PolicyRefused,
    ),
    Known(
        code="GHCR-API-429-LIMIT",
        patterns=(
            r"API rate limit exceeded",
            r"secondary rate limit",
            r"\b429 Too Many Requests\b",
            r"^HTTP 429$",
        ),
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
        code="GHCR-ATTEST-PLAN",
        patterns=(r"Feature not available for user-owned private repositories",),
        where=API,
        cause="GitHub keeps attestations of private repositories for Enterprise Cloud plans only.",
        fix="Make the repository public, or leave attestations out.",
        docs="https://github.com/github/docs/issues/35835",
        kind=PolicyRefused,
    ),
    replace(
        _IDENTITY,
        code="GHCR-OIDC-FORK",
        when=is_fork,
        cause="A pull request from a fork gets no identity token, whatever `permissions` says.",
        fix="Leave attestations out on forks: sign what is published after the merge.",
    ),
    _IDENTITY,
    Known(
        code="GHCR-API-422-BODY",
        patterns=(r"Body is too long",),
        where=API,
        cause="A comment holds at most 65,536 characters.",
        fix=(
            "Nothing to do: the report is shortened. If a template of yours made it, "
            "make it shorter."
        ),
        docs="https://docs.github.com/en/rest/issues/comments",
        kind=ActionError,
    ),
)
