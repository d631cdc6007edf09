"""Rows of the catalogue about who may do what at a registry."""

import re
from collections.abc import Iterable
from dataclasses import replace

from ghcr_action.diagnosis.known import At, Circumstances, Known, Login, Retry
from ghcr_action.errors import AccessDenied, NotFound
from ghcr_action.values.answer import Part, Where

ACCESS_DOCS = "https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility"
TOKEN_DOCS = "https://docs.github.com/en/packages/learn-github-packages/about-permissions-for-github-packages"
JOB_TOKEN_DOCS = "https://docs.github.com/en/actions/reference/github_token-reference"
STATUS_PAGE = "https://www.githubstatus.com"

PERMISSIONS = "    permissions:\n      contents: read\n      packages: write"
FORK_CAUSE = (
    "The run belongs to a pull request from a fork, whose job token may only "
    "read, whatever `permissions` says."
)
FORK_FIX = (
    "Leave `push` at its default: pull requests from forks are then built but not "
    "published. Publish after the merge."
)
DEPENDABOT_CAUSE = (
    "Dependabot started the run, and its job token may only read unless "
    "the workflow says otherwise."
)
DEPENDABOT_FIX = (
    "Leave `push` at its default: Dependabot's pull requests are then built "
    f"but not published. Or grant the job\n{PERMISSIONS}"
)


def grant(role: str) -> str:
    """The one click that gives the repository a role on the package, as a fix without its full
    stop; no API does it."""
    return (
        f'On {{settings}}, under "Manage Actions access", add {{repository}} with the role {role}'
    )


def is_fork(circumstances: Circumstances) -> bool:
    """The job's token comes from a fork's pull request."""
    return circumstances.is_fork


def is_dependabot(circumstances: Circumstances) -> bool:
    """The job's token is Dependabot's."""
    return circumstances.is_dependabot


def is_foreign(circumstances: Circumstances) -> bool:
    """The image belongs to another owner than the repository."""
    return circumstances.is_foreign


def _has_password(circumstances: Circumstances) -> bool:
    return circumstances.login is Login.PASSWORD


def _has_no_login(circumstances: Circumstances) -> bool:
    return circumstances.login is Login.NONE


def _has_login(circumstances: Circumstances) -> bool:
    return circumstances.login in (Login.JOB_TOKEN, Login.PASSWORD)


def _is_other_server(circumstances: Circumstances) -> bool:
    at_github = circumstances.image is not None and circumstances.image.registry == "ghcr.io"
    return at_github and circumstances.server_url != "https://github.com"


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
    return bool(set(re.findall(_WORD, circumstances.said.lower())) - _GENERIC)


def _refused_job_token(
    code: str, otherwise: str, patterns: tuple[str, ...] = (), statuses: tuple[int, ...] = ()
) -> Iterable[Known]:
    """The causes of a refused installation, those we can be sure of first; the permission before
    what only a person can look up."""
    row = Known(
        code=code,
        patterns=patterns,
        statuses=statuses,
        at=At.GITHUB,
        cause="",
        fix="",
        docs=JOB_TOKEN_DOCS,
        kind=AccessDenied,
    )
    yield replace(row, code=f"{code}-FORK", when=is_fork, cause=FORK_CAUSE, fix=FORK_FIX)
    yield replace(
        row,
        code=f"{code}-DEPENDABOT",
        when=is_dependabot,
        cause=DEPENDABOT_CAUSE,
        fix=DEPENDABOT_FIX,
    )
    yield replace(
        row,
        code=f"{code}-OWNER",
        when=is_foreign,
        cause=(
            "The image belongs to {image_owner}, but the job's token is {owner}'s: it "
            "can't write packages of another owner."
        ),
        fix="Publish below {owner}: images: {host}/{namespace}/NAME. Or give a classic "
        "personal access token of {image_owner} "
        "as `password`.",
    )
    yield replace(
        row,
        code=f"{code}-PERMISSION",
        cause="The job most likely lacks the permission `packages: write`.",
        fix=f"Grant it to the job:\n{PERMISSIONS}\nIf it has it already: {otherwise}",
    )


_POLICY = 'have an owner allow the visibility under "Package creation" in {policy}.'
_GRANT_WRITE = f"o{grant('Write')[1:]}."

EXACT: tuple[Known, ...] = (
    Known(
        code="GHCR-PUSH-403-WRITE-PACKAGE-USER",
        patterns=(r"permission_denied: write_package",),
        when=_has_password,
        cause="The token is valid, but its owner may not write to this existing package.",
        fix="On {settings}, give the token's owner the role Write. Or log in with the job's "
        "own token (leave out `password`) and, "
        'under "Manage Actions access", add {repository} with the role Write.',
        docs=ACCESS_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-PUSH-403-WRITE-PACKAGE",
        patterns=(r"permission_denied: write_package",),
        cause="The token is valid, but {repository} has no Write role on this existing "
        "package: it was first pushed "
        "with a personal access token, or by another repository.",
        fix=f"{grant('Write')} (Admin for clean-up). There is no API for this. "
        "Or give a classic personal access token with `write:packages` as `password`.",
        docs=ACCESS_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-PULL-403-READ-PACKAGE",
        patterns=(r"permission_denied: read_package",),
        cause=(
            "The package gives no Read role to {repository}, or it is private and "
            "nobody is logged in."
        ),
        fix=f"{grant('Read')}. Or make the package public there.",
        docs=ACCESS_DOCS,
        kind=AccessDenied,
    ),
    *_refused_job_token(
        "GHCR-PUSH-403-CREATE",
        _POLICY,
        (r"installation not allowed to Create organization package",),
    ),
    *_refused_job_token(
        "GHCR-PUSH-403-WRITE",
        _GRANT_WRITE,
        (r"installation not allowed to Write organization package",),
    ),
    Known(
        code="GHCR-LOGIN-403-SCOPES",
        patterns=(r"token provided does not match expected scopes",),
        cause=(
            "The personal access token lacks a scope, or it is a fine-grained one: "
            "GitHub Packages takes classic tokens only."
        ),
        fix="Use the job's own token (leave out `password`), or a classic personal access "
        "token with `write:packages` "
        "(`read:packages` to pull).",
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-LOGIN-403-INSTALLATION",
        patterns=(r"requested installation does not exist",),
        cause=(
            "The job's token does not belong to {image_owner}; seen after a repository "
            "moved to another organization."
        ),
        fix=(
            "Publish below the repository's owner: images: {host}/{namespace}/NAME. Or "
            "give a classic personal access token as `password`."
        ),
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-LOGIN-401-OTHER-SERVER",
        patterns=(r"User cannot be authenticated with the token provided",),
        when=_is_other_server,
        cause="The token is from another GitHub server; ghcr.io knows tokens of github.com only.",
        fix=(
            "Leave out `registry` and `images` to publish to your own server's registry, "
            "or give a token of github.com as `password`."
        ),
        docs=TOKEN_DOCS,
        kind=AccessDenied,
    ),
    Known(
        code="GHCR-LOGIN-401-TOKEN",
        patterns=(r"User cannot be authenticated with the token provided",),
        cause=(
            "The token is expired, revoked or wrong. During an outage of GitHub this "
            "answer comes for good tokens too."
        ),
        fix=(
            f"Renew the secret, check that the workflow reads the right one, and see {STATUS_PAGE}."
        ),
        docs=TOKEN_DOCS,
        kind=AccessDenied,
        retry=Retry.ONCE,
    ),
    Known(
        code="GHCR-403-SSO",
        patterns=(r"SAML (?:SSO|enforcement|single sign-on)", r"single sign-on", r"\bSSO\b"),
        cause="The organization of {image_owner} enforces single sign-on, and the token is not "
        "authorised for it.",
        fix=(
            'Authorise it: your GitHub settings → "Personal access tokens" → "Configure SSO". Or '
            "use the job's own token (leave out `password`)."
        ),
        docs="https://docs.github.com/en/enterprise-cloud@latest/authentication/authenticating-with-single-sign-on/authorizing-a-personal-access-token-for-use-with-single-sign-on",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-403-ADDRESS",
        patterns=(
            r"\bIP (?:address|allow ?list)",
            r"not (?:on the|in the|an) (?:IP )?allow(?:ed)? ?list",
        ),
        cause="{host} lets only certain network addresses in, and this runner has none of them.",
        fix=(
            "Run the job on a runner with an address that is allowed, or have the runner's "
            "address added to the list where the owner of {image} keeps it."
        ),
        docs="https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-403-QUOTA",
        patterns=(
            r"\bquota\b",
            r"(?:storage|data transfer|spending|billing)[a-z ]{0,40} (?:limit|exceeded|used up)",
        ),
        cause="{host} takes no more: the space or the money of {image_owner}'s account is used up.",
        fix="Delete what is not needed any more (`mode: cleanup` at GitHub), or raise the limit.",
        docs="https://docs.github.com/en/billing/managing-billing-for-your-products/about-billing-for-github-packages",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-403-ARCHIVED",
        patterns=(r"\barchived\b",),
        cause="The repository or the project behind {image} is archived, and takes no writes.",
        fix="Have its owner take it out of the archive, or publish under another name.",
        docs="https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories",
        kind=AccessDenied,
    ),
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
_BARE_401 = (r"unauthorized: authentication required", r"\b401 Unauthorized\b")
"""Refusals whose reason the client threw away; seen at
https://github.com/docker/build-push-action/issues/463 and 487."""

GENERAL: tuple[Known, ...] = (
    Known(
        code="REGISTRY-403-REASON",
        statuses=(403,),
        when=_says_why,
        cause="{host} refuses, and says why: {words}",
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
        when=_has_password,
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
    *_refused_job_token("GHCR-403", _GRANT_WRITE, _BARE_403, (403,)),
)
