"""Every row of the catalogue by the texts that were really seen, and what a person reads then."""

from dataclasses import replace

import pytest

from ghcr_action.diagnosis.diagnose import CATALOGUE, diagnose, to_error
from ghcr_action.diagnosis.known import Circumstances, Diagnosis, Known, Login, Retry, Where
from ghcr_action.diagnosis.links import names
from ghcr_action.errors import AccessDenied, ActionError, BuildFailed, NotFound, Unavailable
from ghcr_action.values.event import Event, PullRequest
from ghcr_action.values.reference import Repository
from ghcr_action.values.secret import Secret

RUN = Circumstances(
    doing="Push of ghcr.io/acme/tools/app:1.0",
    image=Repository("ghcr.io", "acme/tools/app"),
    repository="Acme/tools",
    owner_type="Organization",
    login=Login.JOB_TOKEN,
)
FORK = replace(RUN, is_fork=True)
DEPENDABOT = replace(RUN, is_dependabot=True)
FOREIGN = replace(RUN, image=Repository("ghcr.io", "other/app"))
GRANTED = replace(RUN, may_write_packages=True)
PASSWORD = replace(RUN, login=Login.PASSWORD)
ANONYMOUS = replace(RUN, login=Login.NONE)
ENTERPRISE = replace(RUN, server_url="https://github.example")

CREATE = "denied: installation not allowed to Create organization package"
WRITE = "denied: installation not allowed to Write organization package"
AUTHENTICATED = "unauthorized: unauthenticated: User cannot be authenticated with the token provided"
SEEN: list[tuple[str, Circumstances, str, Retry]] = [
    ("denied: permission_denied: write_package", RUN, "GHCR-PUSH-403-WRITE-PACKAGE", Retry.NEVER),
    ("denied: permission_denied: write_package", PASSWORD, "GHCR-PUSH-403-WRITE-PACKAGE-USER", Retry.NEVER),
    ("denied: permission_denied: read_package", RUN, "GHCR-PULL-403-READ-PACKAGE", Retry.NEVER),
    (CREATE, FORK, "GHCR-PUSH-403-CREATE-FORK", Retry.NEVER),
    (CREATE, DEPENDABOT, "GHCR-PUSH-403-CREATE-DEPENDABOT", Retry.NEVER),
    (CREATE, FOREIGN, "GHCR-PUSH-403-CREATE-OWNER", Retry.NEVER),
    (CREATE, RUN, "GHCR-PUSH-403-CREATE-PERMISSION", Retry.NEVER),
    (CREATE, GRANTED, "GHCR-PUSH-403-CREATE-POLICY", Retry.NEVER),
    (WRITE, FORK, "GHCR-PUSH-403-WRITE-FORK", Retry.NEVER),
    (WRITE, DEPENDABOT, "GHCR-PUSH-403-WRITE-DEPENDABOT", Retry.NEVER),
    (WRITE, FOREIGN, "GHCR-PUSH-403-WRITE-OWNER", Retry.NEVER),
    (WRITE, RUN, "GHCR-PUSH-403-WRITE-PERMISSION", Retry.NEVER),
    (WRITE, GRANTED, "GHCR-PUSH-403-WRITE-ACCESS", Retry.NEVER),
    ("permission_denied: The token provided does not match expected scopes.", RUN, "GHCR-LOGIN-403-SCOPES", Retry.NEVER),
    ("permission_denied: The requested installation does not exist.", RUN, "GHCR-LOGIN-403-INSTALLATION", Retry.NEVER),
    (AUTHENTICATED, RUN, "GHCR-LOGIN-401-TOKEN", Retry.ONCE),
    (AUTHENTICATED, ENTERPRISE, "GHCR-LOGIN-401-OTHER-SERVER", Retry.NEVER),
    ("unauthorized: authentication required", RUN, "GHCR-401", Retry.NEVER),
    ("unexpected status: 401 Unauthorized", RUN, "GHCR-401", Retry.NEVER),
    ("denied: denied", RUN, "GHCR-DENIED", Retry.NEVER),
    ("denied: requested access to the resource is denied", RUN, "GHCR-DENIED", Retry.NEVER),
    ("denied: denied", FOREIGN, "GHCR-DENIED-OWNER", Retry.NEVER),
    ("HEAD request to https://ghcr.io/v2/acme/app/manifests/1: 403 Forbidden", RUN, "GHCR-PULL-403-HEAD", Retry.NEVER),
    ("unexpected status: 403 Forbidden on HEAD https://ghcr.io/v2/acme/app/blobs/sha256:0", RUN, "GHCR-PULL-403-HEAD", Retry.NEVER),
    ("failed to fetch anonymous token: GET https://ghcr.io/token: 403 Forbidden", ANONYMOUS, "GHCR-LOGIN-403-PRIVATE", Retry.NEVER),
    ("unexpected status 403 from https://ghcr.io/token", PASSWORD, "GHCR-LOGIN-403-TOKEN", Retry.NEVER),
    ("name unknown: repository name not known to registry", RUN, "GHCR-PULL-404-NAME", Retry.NEVER),
    ("manifest unknown", RUN, "GHCR-PULL-404-MANIFEST", Retry.NEVER),
    ("MANIFEST_UNKNOWN: manifest unknown", replace(RUN, after_push=True), "GHCR-PULL-404-LAG", Retry.AFTER_PUSH),
    ("manifest unknown", replace(RUN, index="ghcr.io/acme/tools/app:1.0"), "GHCR-PULL-404-CHILD", Retry.NEVER),
    (
        "MANIFEST_UNKNOWN: OCI index found, but Accept header does not support OCI indexes",
        RUN,
        "GHCR-PULL-404-ACCEPT",
        Retry.NEVER,
    ),
    ("unknown blob", RUN, "GHCR-PUSH-UNKNOWN-BLOB", Retry.LOST_BLOB),
    ("blob upload unknown", RUN, "GHCR-PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("BLOB_UPLOAD_UNKNOWN", RUN, "GHCR-PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("blob upload invalid", RUN, "GHCR-PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("BLOB_UPLOAD_INVALID", RUN, "GHCR-PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("MANIFEST_BLOB_UNKNOWN: blob unknown to registry", RUN, "GHCR-PUSH-MANIFEST-BLOB", Retry.NEW_UPLOAD),
    ("416: chunk exceeds the maximum permissible limit of 4.00MiB", RUN, "GHCR-PUSH-416-CHUNK", Retry.NEVER),
    ("405: UNSUPPORTED: The operation is unsupported.", RUN, "GHCR-405-UNSUPPORTED", Retry.NEVER),
    ("TOOMANYREQUESTS", RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    ("toomanyrequests: retry-after: 1.1ms, allowed: 44000/minute", RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    ("toomanyrequests: You have reached your pull rate limit", RUN, "HUB-PULL-429-LIMIT", Retry.NEVER),
    *(
        (text, RUN, "GHCR-NETWORK", Retry.PASSING)
        for text in (
            "unexpected status: 502 Bad Gateway",
            "503 Service Unavailable",
            "received unexpected HTTP status: 504",
            "unexpected status: 499 Client Closed Request",
            "read tcp 10.0.0.1:1->140.82.121.33:443: read: connection reset by peer",
            "unexpected EOF",
            'Error from intermediary with HTTP status code 502 "Bad Gateway"',
            "net/http: TLS handshake timeout",
            "dial tcp: i/o timeout",
            "failed to copy: io: read/write on closed pipe",
            "cannot reuse body, request must be retried",
        )
    ),
    ("write: connection reset by peer", replace(RUN, upload_seconds=601.5), "GHCR-PUSH-LARGE-LAYER", Retry.NEVER),
    ("unexpected EOF", replace(RUN, layer_size=11_000_000_000), "GHCR-PUSH-LARGE-LAYER", Retry.NEVER),
    ("503: Egress is over the account limit", RUN, "GHCR-PULL-503-EGRESS", Retry.SLOW),
    (
        'denied: permission_denied: Error from intermediary: {"message": "You have exceeded a secondary rate limit. Please wait"}',
        RUN,
        "GHCR-403-SECONDARY-LIMIT",
        Retry.SLOW,
    ),
    ("PUT request to https://ghcr.io/v2/acme/tools/app/manifests/1: 429 Too Many Requests", RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    ("retry-after: 1.889377ms, allowed: 2000/minute", RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    (
        "unexpected status code https://registry-1.docker.io/v2/library/python/manifests/3: 429 Too Many Requests",
        RUN,
        "HUB-PULL-429-LIMIT",
        Retry.NEVER,
    ),
    ("failed to authorize: failed to fetch oauth token: unexpected status: 403 Forbidden", RUN, "GHCR-LOGIN-403-TOKEN", Retry.NEVER),
    ("unexpected status: 403 Forbidden", RUN, "GHCR-403-PERMISSION", Retry.NEVER),
    ("POST request to https://ghcr.io/v2/acme/tools/app/blobs/uploads/: 403 Forbidden", GRANTED, "GHCR-403-ACCESS", Retry.NEVER),
    ("PUT request to https://ghcr.io/v2/acme/tools/app/manifests/1: 403 Forbidden", PASSWORD, "GHCR-403-PASSWORD", Retry.NEVER),
    ("unexpected status: 403 Forbidden", FORK, "GHCR-403-FORK", Retry.NEVER),
    ("unexpected status: 403 Forbidden", DEPENDABOT, "GHCR-403-DEPENDABOT", Retry.NEVER),
    ("unexpected status: 403 Forbidden", FOREIGN, "GHCR-403-OWNER", Retry.NEVER),
    ("unexpected status: 403 Forbidden", replace(RUN, image=Repository("quay.io", "acme/app")), "REGISTRY-403", Retry.NEVER),
    (
        "push access denied, repository does not exist or may require authorization: server message: insufficient_scope",
        RUN,
        "REGISTRY-DENIED-NAME",
        Retry.NEVER,
    ),
    (
        "ghcr.io/acme/base:1: failed to resolve source metadata for ghcr.io/acme/base:1: ghcr.io/acme/base:1: not found",
        RUN,
        "IMAGE-404-BASE",
        Retry.NEVER,
    ),
    ("invalid reference format: repository name must be lowercase", RUN, "IMAGE-NAME-CAPITALS", Retry.NEVER),
    ("Error: No credentials found for registry ghcr.io", RUN, "GHCR-ATTEST-NO-CREDENTIALS", Retry.NEVER),
]
ANSWERED: list[tuple[str, int, Circumstances, str, Retry]] = [
    ("Package not found.", 404, RUN, "GHCR-API-404-PACKAGE", Retry.NEVER),
    ("Resource not accessible by integration", 403, RUN, "GHCR-API-403-PERMISSION", Retry.NEVER),
    ("Resource not accessible by integration", 403, FORK, "GHCR-API-403-FORK", Retry.NEVER),
    ("Resource not accessible by integration", 403, DEPENDABOT, "GHCR-API-403-DEPENDABOT", Retry.NEVER),
    ("Resource not accessible by integration", 403, GRANTED, "GHCR-API-403-ADMIN", Retry.NEVER),
    (
        "You cannot delete the last tagged version of a package. You must delete the package instead.",
        400,
        RUN,
        "GHCR-API-400-LAST-TAGGED",
        Retry.NEVER,
    ),
    (
        "Publicly visible package versions with more than 5000 downloads cannot be deleted.",
        400,
        RUN,
        "GHCR-API-400-DOWNLOADS",
        Retry.NEVER,
    ),
    ("API rate limit exceeded for installation ID 1.", 403, RUN, "GHCR-API-429-LIMIT", Retry.LIMITED),
    ("You have exceeded a secondary rate limit.", 403, RUN, "GHCR-API-429-LIMIT", Retry.LIMITED),
    ("", 429, RUN, "GHCR-API-429-LIMIT", Retry.LIMITED),
    ("POST /orgs/mona/artifacts/metadata/storage-record: Not Found", 404, RUN, "GHCR-API-404-STORAGE-RECORD", Retry.NEVER),
    ("POST /orgs/acme/artifacts/metadata/storage-record: Forbidden", 403, RUN, "GHCR-API-403-STORAGE-RECORD", Retry.NEVER),
    ("Feature not available for user-owned private repositories.", 422, RUN, "GHCR-ATTEST-PLAN", Retry.NEVER),
    ('missing "id-token" permission', 0, RUN, "GHCR-OIDC-PERMISSION", Retry.NEVER),
    ("Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable", 0, FORK, "GHCR-OIDC-FORK", Retry.NEVER),
    ("Validation Failed: Body is too long (maximum is 65536 characters)", 422, RUN, "GHCR-API-422-BODY", Retry.NEVER),
    ("", 502, RUN, "GHCR-NETWORK", Retry.PASSING),
]


@pytest.mark.parametrize("where", [Where.ENGINE, Where.REGISTRY])
@pytest.mark.parametrize(("text", "context", "code", "retry"), [pytest.param(*row, id=f"{row[2]}: {row[0][:40]}") for row in SEEN])
def test_registry__every_known_text(text: str, context: Circumstances, code: str, retry: Retry, where: Where) -> None:
    log = f"#9 exporting to image\nERROR: failed to push: {text}\n"

    found = diagnose(text, where=where, context=context), diagnose(log, where=where, context=context)

    assert [(each.code, each.retry) for each in found] == [(code, retry)] * 2


@pytest.mark.parametrize(
    ("text", "status", "context", "code", "retry"), [pytest.param(*row, id=f"{row[3]}: {row[0][:40]}") for row in ANSWERED]
)
def test_api__every_known_answer(text: str, status: int, context: Circumstances, code: str, retry: Retry) -> None:
    found = diagnose(text, where=Where.API, status=status or None, context=context)

    assert (found.code, found.retry) == (code, retry)


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (401, "", "GHCR-401"),
        (405, "", "GHCR-405-UNSUPPORTED"),
        (403, "", "GHCR-403-PERMISSION"),
        (429, "", "GHCR-429-LIMIT"),
        (499, "", "GHCR-NETWORK"),
        (403, "HEAD https://ghcr.io/v2/acme/app/manifests/1", "GHCR-PULL-403-HEAD"),
        (403, 'GET https://ghcr.io/token?scope=x\n{"errors":\n[]}', "GHCR-LOGIN-403-TOKEN"),
        (403, "GET https://ghcr.io/token?scope=repository:acme/app:pull", "GHCR-LOGIN-403-TOKEN"),
    ],
)
def test_registry__status_alone_speaks(status: int, text: str, code: str) -> None:
    assert diagnose(text, where=Where.REGISTRY, status=status).code == code


def test_catalogue__every_row_is_reached_by_a_seen_text() -> None:
    seen = {row[2] for row in SEEN} | {row[3] for row in ANSWERED} | {"BUILD-STEP-FAILED"}

    assert seen == {row.code for row in CATALOGUE}


def test_catalogue__codes_are_unique() -> None:
    codes = [row.code for row in CATALOGUE]

    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("context", [Circumstances(), RUN, ENTERPRISE], ids=["nothing known", "github.com", "enterprise"])
@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.code)
def test_catalogue__every_text_is_a_sentence(row: Known, context: Circumstances) -> None:
    words = names(context)

    for text in (row.cause.format_map(words), row.fix.format_map(words)):
        assert text[0].isupper()
        assert "{" not in text
        assert "}" not in text
        assert text.endswith((".", "write", "role Write)."))
    assert row.docs.startswith("https://")


def test_diagnose__whole_finding() -> None:
    text = "#12 pushing layers\n#12 ERROR: failed to push ghcr.io/acme/tools/app:1.0: denied: permission_denied: write_package"

    found = diagnose(text, where=Where.ENGINE, context=RUN)

    assert found == Diagnosis(
        code="GHCR-PUSH-403-WRITE-PACKAGE",
        kind=AccessDenied,
        what="Push of ghcr.io/acme/tools/app:1.0 failed: failed to push ghcr.io/acme/tools/app:1.0: "
        "denied: permission_denied: write_package [GHCR-PUSH-403-WRITE-PACKAGE]",
        why="The token is valid, but Acme/tools has no Write role on this existing package: it was first pushed with a "
        "personal access token, or by another repository.",
        fix='On https://github.com/orgs/acme/packages/container/tools%2Fapp/settings, under "Manage Actions access", add '
        "Acme/tools with the role Write (Admin for clean-up). There is no API for this. Or give a classic personal access "
        "token with `write:packages` as `password`.",
        docs="https://docs.github.com/en/packages/learn-github-packages/configuring-a-packages-access-control-and-visibility",
        retry=Retry.NEVER,
        wait=None,
        raw=text,
    )


@pytest.mark.parametrize(
    ("text", "context", "message"),
    [
        pytest.param(
            CREATE,
            RUN,
            "Push of ghcr.io/acme/tools/app:1.0 failed: denied: installation not allowed to Create organization package "
            "[GHCR-PUSH-403-CREATE-PERMISSION]\n"
            "Why: The job most likely lacks the permission `packages: write`.\n"
            "Fix: Grant it to the job:\n    permissions:\n      contents: read\n      packages: write\n"
            'If it has it already: have an owner allow the visibility under "Package creation" in '
            "https://github.com/organizations/Acme/settings/packages.\n"
            "https://docs.github.com/en/actions/reference/github_token-reference",
            id="permission first, policy next",
        ),
        pytest.param(
            CREATE,
            FOREIGN,
            "Push of ghcr.io/acme/tools/app:1.0 failed: denied: installation not allowed to Create organization package "
            "[GHCR-PUSH-403-CREATE-OWNER]\n"
            "Why: The image belongs to other, but the job's token is Acme's: it can't write packages of another owner.\n"
            "Fix: Publish below Acme: images: ghcr.io/acme/NAME. Or give a classic personal access token of other as `password`.\n"
            "https://docs.github.com/en/actions/reference/github_token-reference",
            id="another owner",
        ),
        pytest.param(
            WRITE,
            FORK,
            "Push of ghcr.io/acme/tools/app:1.0 failed: denied: installation not allowed to Write organization package "
            "[GHCR-PUSH-403-WRITE-FORK]\n"
            "Why: The run belongs to a pull request from a fork, whose job token may only read, whatever `permissions` says.\n"
            "Fix: Leave `push` at its default: pull requests from forks are then built but not published. Publish after the merge.\n"
            "https://docs.github.com/en/actions/reference/github_token-reference",
            id="fork",
        ),
    ],
)
def test_to_error__what_a_person_reads(text: str, context: Circumstances, message: str) -> None:
    error = to_error(diagnose(text, where=Where.REGISTRY, context=context))

    assert (type(error), str(error)) == (AccessDenied, message)


@pytest.mark.parametrize(
    ("status", "kind", "retry", "what"),
    [
        (None, ActionError, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (401, AccessDenied, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (403, AccessDenied, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (404, NotFound, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (418, ActionError, Retry.NEVER, "flux capacitor empty [GHCR-UNKNOWN]"),
        (507, Unavailable, Retry.PASSING, "flux capacitor empty [GHCR-UNKNOWN]"),
    ],
)
def test_unknown__sorted_by_status(status: int | None, kind: type[ActionError], retry: Retry, what: str) -> None:
    found = diagnose("it began well\nflux capacitor empty\n", where=Where.API, status=status)
    error = to_error(found)

    assert (type(error), found.retry, error.what, error.why) == (kind, retry, what, "it began well\nflux capacitor empty")


@pytest.mark.parametrize(
    ("text", "status", "what"),
    [
        ("", None, "no message [GHCR-UNKNOWN]"),
        ("", 418, "HTTP 418 I'm a Teapot [GHCR-UNKNOWN]"),
        ("", 599, "HTTP 599 [GHCR-UNKNOWN]"),
        ("\x1b[31mred\x1b[0m\x07 alert", None, "red alert [GHCR-UNKNOWN]"),
        ("x" * 999, None, "x" * 300 + " [GHCR-UNKNOWN]"),
    ],
    ids=["nothing", "status", "status without a name", "terminal escapes", "endless line"],
)
def test_unknown__what(text: str, status: int | None, what: str) -> None:
    assert diagnose(text, where=Where.ENGINE, status=status).what == what


def test_diagnose__names_the_line_that_speaks() -> None:
    found = diagnose("pushing\nunknown blob\ncontext canceled", where=Where.ENGINE)

    assert found.what == "unknown blob [GHCR-PUSH-UNKNOWN-BLOB]"


def test_diagnose__only_the_end_of_a_long_text_counts() -> None:
    text = "unknown blob\n" + "layer done\n" * 10_000 + "manifest unknown"

    found = diagnose(text, where=Where.REGISTRY)

    assert (found.code, len(found.raw)) == ("GHCR-PULL-404-MANIFEST", 4000)


def test_diagnose__step_that_failed_is_not_the_network() -> None:
    text = (
        "#9 12.1 curl: (56) connection reset by peer\n"
        "------\n"
        'ERROR: failed to solve: process "/bin/sh -c make deps" did not complete successfully: exit code: 2'
    )

    found = diagnose(text, where=Where.ENGINE)

    assert (found.code, found.kind, found.retry) == ("BUILD-STEP-FAILED", BuildFailed, Retry.NEVER)
    assert found.what == 'process "/bin/sh -c make deps" did not complete successfully: exit code: 2 [BUILD-STEP-FAILED]'


@pytest.mark.parametrize(
    "text",
    [
        "#32 pushing layers 1.5s done\n#32 ERROR: unexpected status: 403 Forbidden\n------\n > exporting to image:\n------\n",
        "Error: buildx failed with: ERROR: failed to solve: unexpected status: 403 Forbidden",
    ],
    ids=["step of a build", "wrapped twice"],
)
def test_diagnose__without_the_tools_prefixes(text: str) -> None:
    assert diagnose(text, where=Where.ENGINE).what == "unexpected status: 403 Forbidden [GHCR-403-PERMISSION]"


def test_diagnose__keeps_no_secret() -> None:
    text = "GET https://mona:hunter22@ghcr.io/v2/?token=abc gave pa55word"

    found = diagnose(text, where=Where.REGISTRY, status=418, context=Circumstances(secrets=(Secret("pa55word"),)))

    assert found.raw == "GET https://***@ghcr.io/v2/?token=*** gave ***"
    assert found.what == "GET https://***@ghcr.io/v2/?token=*** gave *** [GHCR-UNKNOWN]"


def test_diagnose__reads_the_wait() -> None:
    found = diagnose("toomanyrequests: retry-after: 250ms, allowed: 2000/minute", where=Where.REGISTRY, status=429)

    assert (found.retry, found.wait) == (Retry.LIMITED, 0.25)


def test_diagnose__engine_row_is_not_for_the_api() -> None:
    assert diagnose("manifest unknown", where=Where.API).code == "GHCR-UNKNOWN"


def test_circumstances__during_a_fork_pull_request_by_dependabot() -> None:
    event = Event(
        name="pull_request",
        ref="refs/pull/1/merge",
        sha="0" * 40,
        repository="acme/tools",
        actor="dependabot[bot]",
        owner_type="User",
        server_url="https://github.example",
        pull_request=PullRequest(number=1, head_sha="1" * 40, head_ref="x", head_repository="mona/tools", base_ref="main"),
    )

    assert Circumstances.during(event) == Circumstances(
        repository="acme/tools", owner_type="User", server_url="https://github.example", is_fork=True, is_dependabot=True
    )
