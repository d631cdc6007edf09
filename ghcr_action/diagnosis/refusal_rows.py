"""Rows of the catalogue for refusals that give no known reason, after every row that knows more."""

import re

from ghcr_action.diagnosis.access_rows import (
    ACCESS_DOCS,
    GRANT_WRITE,
    PERMISSIONS,
    TOKEN_DOCS,
    has_password,
    is_foreign,
    refused_job_token,
)
from ghcr_action.diagnosis.known import At, Circumstances, Known, Login
from ghcr_action.errors import AccessDenied, NotFound, Unavailable
from ghcr_action.values.answer import Part, Where

_GENERIC = frozenset(
    [
        *("access", "denied", "forbidden", "unauthorized", "authentication", "required"),
        *("requested", "request", "to", "the", "resource", "is", "error", "unknown", "failed"),
        *("nginx", "apache", "openresty", "cloudflare", "code", "http"),
        *("incorrect", "invalid", "bad", "wrong", "user", "username", "or", "password"),
        *("credentials", "token"),
    ]
)
"""What a refusal says that gives no reason but that it refuses these credentials."""
_WORD = r"[a-z]{2,64}"


def _says_why(circumstances: Circumstances) -> bool:
    """Whether whoever refused gave a reason: more than other words for a refusal."""
    return bool(set(re.findall(_WORD, circumstances.reason.lower())) - _GENERIC)


def _has_no_login(circumstances: Circumstances) -> bool:
    return circumstances.login is Login.NONE


def _has_login(circumstances: Circumstances) -> bool:
    return circumstances.login in (Login.JOB_TOKEN, Login.PASSWORD)


def _names_no_repository(circumstances: Circumstances) -> bool:
    """Whether an answer says nothing of the repository: a manifest comes after blobs, and the
    repository took those."""
    answer = circumstances.answer
    return (
        answer is not None
        and answer.part is Part.MANIFEST
        and not answer.codes & {"NAME_UNKNOWN", "UNAUTHORIZED", "DENIED"}
    )


_GIVE_A_LOGIN = (
    "Give a login for {host}:\n    with:\n      registry: {host}\n      username: NAME\n"
    "      password: ${{{{ secrets.NAME }}}}"
)
_CHECK_THE_LOGIN = (
    "Check `registry`, `username` and `password` (or the item of "
    "`registry-auth`), and the account's rights there."
)
_TOKEN_PATTERNS = (
    r"\b403\b.*/token\b",
    r"/token\b.*\b403\b",
    r"failed to fetch (?:oauth|anonymous) token\b.*\b403\b",
)
_BARE_403 = (
    r"(?:GET|PATCH|POST|PUT) request to .*/v2/.*: 403\b",
    r"unexpected status(?: code)?:? 403\b",
)
_BARE_401 = (
    r"unauthorized: authentication required",
    r"\b401 Unauthorized\b",
    r"failed to push \S{1,500}: (?:errors:\n)?unauthorized: ",
)
"""Refusals whose reason the client threw away; seen at
https://github.com/docker/build-push-action/issues/463 and 487."""

GENERAL: tuple[Known, ...] = (
    Known(
        code="REGISTRY-403-REASON",
        patterns=(r"failed to push \S{1,500}: (?:errors:\n)?denied: ",),
        statuses=(403,),
        when=_says_why,
        cause="{host} refuses, and says why: {reason}",
        fix=(
            "Do what it says. Where that is not yours to change, ask whoever owns {image} or runs "
            "{host}; nothing else is known of this refusal."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-LOGIN-NONE",
        statuses=(400, 401, 403, 404),
        where=frozenset({Where.REGISTRY}),
        at=At.ELSEWHERE,
        parts=(Part.TOKEN,),
        when=_has_no_login,
        cause="Nobody is logged in to {host}, and it gives {image} to nobody without a login.",
        fix=_GIVE_A_LOGIN,
        docs="https://distribution.github.io/distribution/spec/auth/token/",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-LOGIN-403",
        statuses=(400, 401, 403, 404),
        where=frozenset({Where.REGISTRY}),
        at=At.ELSEWHERE,
        parts=(Part.TOKEN,),
        cause=(
            "{host} gives no access: the credentials are wrong, or the account may not use "
            "this image."
        ),
        fix=_CHECK_THE_LOGIN,
        docs="https://distribution.github.io/distribution/spec/auth/token/",
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-LOGIN-403-PRIVATE",
        patterns=_TOKEN_PATTERNS,
        statuses=(403,),
        at=At.GITHUB,
        parts=(Part.TOKEN,),
        when=_has_no_login,
        cause="Nobody is logged in to {host}, and {image} is private.",
        fix=(
            "Give `username` and `password` (or a job token with `packages: read`), or "
            "make the package public."
        ),
        docs=ACCESS_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-LOGIN-403-TOKEN",
        patterns=_TOKEN_PATTERNS,
        statuses=(403,),
        at=At.GITHUB,
        parts=(Part.TOKEN,),
        cause="There is no access token for these credentials at {host}: the personal access "
        "token is expired, or it is not authorised "
        "for the organization's single sign-on (SAML SSO).",
        fix=(
            'Renew the token, or authorise it: your GitHub settings → "Personal access '
            'tokens" → "Configure SSO".'
        ),
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-PULL-403-HEAD",
        patterns=(
            r"\bHEAD\b.*/(?:manifests|blobs)/.*\b403\b",
            r"\b403\b.*\bHEAD\b.*/(?:manifests|blobs)/",
        ),
        statuses=(403,),
        at=At.GITHUB,
        methods=("GET", "HEAD"),
        cause="A right to read is missing; the answer does not say which.",
        fix="Check that the job has `packages: read` (`write` to publish) and that {repository} "
        "has a role on the package ({settings}).",
        docs="https://github.com/docker/build-push-action/issues/981",
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-DENIED-OWNER",
        patterns=(r"denied: denied", r"requested access to the resource is denied"),
        at=At.GITHUB,
        when=is_foreign,
        cause=(
            "The image belongs to {image_owner}, the repository to {owner}, and the "
            "credentials don't reach that far."
        ),
        fix=(
            "Publish below {owner}, or give credentials of {image_owner} for {host} as "
            "`username` and `password`."
        ),
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-DENIED",
        patterns=(r"denied: denied", r"requested access to the resource is denied"),
        at=At.GITHUB,
        cause=(
            "No credentials were sent to {host}, they are expired or for another host, "
            "or the owner in the image's name is wrong."
        ),
        fix=(
            "Check that `registry` is the host of the image ({image}) and that the owner "
            "in its name is right."
        ),
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-DENIED-NAME",
        patterns=(
            r"(?:push|pull) access denied, repository does not exist",
            r"insufficient_scope: authorization failed",
        ),
        cause="The registry has no such repository, or the credentials are not for it. A "
        "name without a host means Docker Hub, and a "
        "stage that a Dockerfile does not define is looked for there too.",
        fix=(
            "Check the names of images, base images and stages, and log in to their "
            "registry with `registry-auth`."
        ),
        docs="https://github.com/docker/build-push-action/issues/987",
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-401-PUSH",
        statuses=(401,),
        where=frozenset({Where.REGISTRY}),
        at=At.GITHUB,
        methods=("POST", "PATCH", "PUT", "DELETE"),
        cause="Nobody is logged in to {host}, or the credentials are wrong.",
        fix=f"Log in (`registry`, `username`, `password`), or grant the job\n{PERMISSIONS}",
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-401",
        patterns=_BARE_401,
        codes=("UNAUTHORIZED",),
        statuses=(401,),
        at=At.GITHUB,
        cause=(
            "Nobody is logged in to {host}, or the credentials are wrong; a private "
            "package looks like this to the public."
        ),
        fix="Log in (`registry`, `username`, `password`), or make the package public.",
        docs=ACCESS_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-401-LOGIN",
        patterns=_BARE_401,
        codes=("UNAUTHORIZED",),
        statuses=(401,),
        at=At.ELSEWHERE,
        when=_has_login,
        cause="{host} does not accept the login that was given: its user name or password is "
        "wrong, or has expired.",
        fix=_CHECK_THE_LOGIN,
        docs="https://distribution.github.io/distribution/spec/auth/token/",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-401",
        patterns=_BARE_401,
        codes=("UNAUTHORIZED",),
        statuses=(401,),
        at=At.ELSEWHERE,
        cause="Nobody is logged in to {host}, or the credentials are wrong.",
        fix=_GIVE_A_LOGIN,
        docs="https://distribution.github.io/distribution/spec/auth/token/",
        kind=AccessDenied,
    ),
    Known(
        code="PUSH-404-MANIFEST",
        codes=("MANIFEST_UNKNOWN",),
        statuses=(404,),
        where=frozenset({Where.REGISTRY}),
        methods=("PUT",),
        parts=(Part.MANIFEST,),
        when=_names_no_repository,
        cause=(
            "{host} answers 404 to a manifest, after it took what comes before one: it does not "
            "find something that the manifest names, or {image} was deleted meanwhile."
        ),
        fix=(
            "Run the step again: what is missing is sent again. If it persists, ask whoever runs "
            "{host} what it refuses."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests",
        kind=Unavailable,
    ),
    Known(
        code="REGISTRY-PUSH-404",
        patterns=(
            r"failed to push .*name unknown",
            r"failed to push .*repository .*not exist",
        ),
        codes=("NAME_UNKNOWN",),
        statuses=(404,),
        at=At.ELSEWHERE,
        methods=("POST", "PATCH", "PUT"),
        cause="{host} has no repository for {image}, and makes none when something is pushed.",
        fix=(
            "Make the repository there first (Amazon ECR: `aws ecr create-repository`, or a "
            "repository creation template), and check the name."
        ),
        docs="https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html",
        kind=NotFound,
    ),
    Known(
        code="GHCR-PUSH-404",
        codes=("NAME_UNKNOWN",),
        statuses=(404,),
        where=frozenset({Where.REGISTRY}),
        at=At.GITHUB,
        methods=("POST", "PATCH", "PUT"),
        cause="{host} knows no owner by the name of {image_owner}, or no place for {image}.",
        fix="Check the owner in the image's name: images: {host}/{namespace}/NAME.",
        docs=ACCESS_DOCS,
        kind=NotFound,
    ),
    Known(
        code="PULL-404-NAME",
        patterns=(r"name unknown", r"NAME_UNKNOWN", r"repository name not known to registry"),
        codes=("NAME_UNKNOWN",),
        methods=("GET", "HEAD"),
        cause=(
            "There is nothing by the name of {image}: it was never pushed, or the name is misspelt."
        ),
        fix="Check the name; push it before it is read.",
        docs="https://github.com/microsoft/garnet/issues/845",
        kind=NotFound,
    ),
    Known(
        code="REGISTRY-403",
        patterns=(
            *_BARE_403,
            r"denied: denied",
            r"requested access to the resource is denied",
        ),
        codes=("DENIED",),
        statuses=(403,),
        at=At.ELSEWHERE,
        cause="{host} refuses: {login} doesn't allow this.",
        fix=(
            "Give the account the right to use {image} at {host}, or give other credentials "
            "(`registry`, `username`, `password`)."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-403-PASSWORD",
        patterns=_BARE_403,
        statuses=(403,),
        at=At.GITHUB,
        when=has_password,
        cause=(
            "The personal access token lacks the scope `write:packages`, or its owner "
            "has no Write role on the package."
        ),
        fix="Use the job's own token (leave out `password`), or a classic personal access "
        "token with `write:packages`; "
        "the roles are on {settings}.",
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    *refused_job_token("GHCR-403", GRANT_WRITE, _BARE_403, (403,)),
)
