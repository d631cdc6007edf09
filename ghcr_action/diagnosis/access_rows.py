"""Rows of the catalogue for refusals that give their reason: who may do what at a registry."""

from collections.abc import Iterable
from dataclasses import replace

from ghcr_action.diagnosis.known import At, Circumstances, Known, Login, Retry
from ghcr_action.errors import AccessDenied

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


def has_password(circumstances: Circumstances) -> bool:
    """The login is a personal access token or a password."""
    return circumstances.login is Login.PASSWORD


def _is_other_server(circumstances: Circumstances) -> bool:
    at_github = circumstances.image is not None and circumstances.image.registry == "ghcr.io"
    return at_github and circumstances.server_url != "https://github.com"


def refused_job_token(
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
GRANT_WRITE = f"o{grant('Write')[1:]}."

EXACT: tuple[Known, ...] = (
    Known(
        code="GHCR-PUSH-403-WRITE-PACKAGE-USER",
        patterns=(r"permission_denied: write_package",),
        when=has_password,
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
    *refused_job_token(
        "GHCR-PUSH-403-CREATE",
        _POLICY,
        (r"installation not allowed to Create organization package",),
    ),
    *refused_job_token(
        "GHCR-PUSH-403-WRITE",
        GRANT_WRITE,
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
