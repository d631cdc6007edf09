"""Texts that were really seen, with the run they belong to, the code they must get, and whether they are tried again."""

from dataclasses import replace

from ghcr_action.diagnosis.known import Circumstances, Login, Retry
from ghcr_action.values.reference import Repository

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
AUTHENTICATED = (
    "unauthorized: unauthenticated: User cannot be authenticated with the token provided"
)
SEEN: list[tuple[str, Circumstances, str, Retry]] = [
    ("denied: permission_denied: write_package", RUN, "GHCR-PUSH-403-WRITE-PACKAGE", Retry.NEVER),
    (
        "denied: permission_denied: write_package",
        PASSWORD,
        "GHCR-PUSH-403-WRITE-PACKAGE-USER",
        Retry.NEVER,
    ),
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
    (
        "permission_denied: The token provided does not match expected scopes.",
        RUN,
        "GHCR-LOGIN-403-SCOPES",
        Retry.NEVER,
    ),
    (
        "permission_denied: The requested installation does not exist.",
        RUN,
        "GHCR-LOGIN-403-INSTALLATION",
        Retry.NEVER,
    ),
    (AUTHENTICATED, RUN, "GHCR-LOGIN-401-TOKEN", Retry.ONCE),
    (AUTHENTICATED, ENTERPRISE, "GHCR-LOGIN-401-OTHER-SERVER", Retry.NEVER),
    ("unauthorized: authentication required", RUN, "GHCR-401", Retry.NEVER),
    ("unexpected status: 401 Unauthorized", RUN, "GHCR-401", Retry.NEVER),
    ("denied: denied", RUN, "GHCR-DENIED", Retry.NEVER),
    ("denied: requested access to the resource is denied", RUN, "GHCR-DENIED", Retry.NEVER),
    ("denied: denied", FOREIGN, "GHCR-DENIED-OWNER", Retry.NEVER),
    (
        "HEAD request to https://ghcr.io/v2/acme/app/manifests/1: 403 Forbidden",
        RUN,
        "GHCR-PULL-403-HEAD",
        Retry.NEVER,
    ),
    (
        "unexpected status: 403 Forbidden on HEAD https://ghcr.io/v2/acme/app/blobs/sha256:0",
        RUN,
        "GHCR-PULL-403-HEAD",
        Retry.NEVER,
    ),
    (
        "failed to fetch anonymous token: GET https://ghcr.io/token: 403 Forbidden",
        ANONYMOUS,
        "GHCR-LOGIN-403-PRIVATE",
        Retry.NEVER,
    ),
    (
        "unexpected status 403 from https://ghcr.io/token",
        PASSWORD,
        "GHCR-LOGIN-403-TOKEN",
        Retry.NEVER,
    ),
    ("name unknown: repository name not known to registry", RUN, "GHCR-PULL-404-NAME", Retry.NEVER),
    ("manifest unknown", RUN, "GHCR-PULL-404-MANIFEST", Retry.NEVER),
    (
        "MANIFEST_UNKNOWN: manifest unknown",
        replace(RUN, after_push=True),
        "GHCR-PULL-404-LAG",
        Retry.AFTER_PUSH,
    ),
    (
        "manifest unknown",
        replace(RUN, index="ghcr.io/acme/tools/app:1.0"),
        "GHCR-PULL-404-CHILD",
        Retry.NEVER,
    ),
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
    (
        "MANIFEST_BLOB_UNKNOWN: blob unknown to registry",
        RUN,
        "GHCR-PUSH-MANIFEST-BLOB",
        Retry.NEW_UPLOAD,
    ),
    (
        "416: chunk exceeds the maximum permissible limit of 4.00MiB",
        RUN,
        "GHCR-PUSH-416-CHUNK",
        Retry.NEVER,
    ),
    ("405: UNSUPPORTED: The operation is unsupported.", RUN, "GHCR-405-UNSUPPORTED", Retry.NEVER),
    ("TOOMANYREQUESTS", RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    (
        "toomanyrequests: retry-after: 1.1ms, allowed: 44000/minute",
        RUN,
        "GHCR-429-LIMIT",
        Retry.LIMITED,
    ),
    (
        "toomanyrequests: You have reached your pull rate limit",
        RUN,
        "HUB-PULL-429-LIMIT",
        Retry.NEVER,
    ),
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
    (
        "write: connection reset by peer",
        replace(RUN, upload_seconds=601.5),
        "GHCR-PUSH-LARGE-LAYER",
        Retry.NEVER,
    ),
    (
        "unexpected EOF",
        replace(RUN, layer_size=11_000_000_000),
        "GHCR-PUSH-LARGE-LAYER",
        Retry.NEVER,
    ),
    ("503: Egress is over the account limit", RUN, "GHCR-PULL-503-EGRESS", Retry.SLOW),
    (
        'denied: permission_denied: Error from intermediary: {"message": "You have exceeded a secondary rate limit. Please wait"}',
        RUN,
        "GHCR-403-SECONDARY-LIMIT",
        Retry.SLOW,
    ),
    (
        "PUT request to https://ghcr.io/v2/acme/tools/app/manifests/1: 429 Too Many Requests",
        RUN,
        "GHCR-429-LIMIT",
        Retry.LIMITED,
    ),
    ("retry-after: 1.889377ms, allowed: 2000/minute", RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    (
        "unexpected status code https://registry-1.docker.io/v2/library/python/manifests/3: 429 Too Many Requests",
        RUN,
        "HUB-PULL-429-LIMIT",
        Retry.NEVER,
    ),
    (
        "failed to authorize: failed to fetch oauth token: unexpected status: 403 Forbidden",
        RUN,
        "GHCR-LOGIN-403-TOKEN",
        Retry.NEVER,
    ),
    ("unexpected status: 403 Forbidden", RUN, "GHCR-403-PERMISSION", Retry.NEVER),
    (
        "POST request to https://ghcr.io/v2/acme/tools/app/blobs/uploads/: 403 Forbidden",
        GRANTED,
        "GHCR-403-ACCESS",
        Retry.NEVER,
    ),
    (
        "PUT request to https://ghcr.io/v2/acme/tools/app/manifests/1: 403 Forbidden",
        PASSWORD,
        "GHCR-403-PASSWORD",
        Retry.NEVER,
    ),
    ("unexpected status: 403 Forbidden", FORK, "GHCR-403-FORK", Retry.NEVER),
    ("unexpected status: 403 Forbidden", DEPENDABOT, "GHCR-403-DEPENDABOT", Retry.NEVER),
    ("unexpected status: 403 Forbidden", FOREIGN, "GHCR-403-OWNER", Retry.NEVER),
    (
        "unexpected status: 403 Forbidden",
        replace(RUN, image=Repository("quay.io", "acme/app")),
        "REGISTRY-403",
        Retry.NEVER,
    ),
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
    (
        "invalid reference format: repository name must be lowercase",
        RUN,
        "IMAGE-NAME-CAPITALS",
        Retry.NEVER,
    ),
    (
        "Error: No credentials found for registry ghcr.io",
        RUN,
        "GHCR-ATTEST-NO-CREDENTIALS",
        Retry.NEVER,
    ),
    (
        'invalid argument "nofile" for "--ulimit" flag: invalid ulimit argument: nofile',
        RUN,
        "BUILD-INPUT-FLAG",
        Retry.NEVER,
    ),
    ('target stage "nope" could not be found', RUN, "BUILD-INPUT-TARGET", Retry.NEVER),
    (
        "failed to stat nowhere.txt: stat nowhere.txt: no such file or directory",
        RUN,
        "BUILD-INPUT-SECRET-FILE",
        Retry.NEVER,
    ),
    (
        "failed to convert agent config {default [/nope] false}: stat /nope: no such file or directory",
        RUN,
        "BUILD-INPUT-SSH",
        Retry.NEVER,
    ),
    ('exporter "foo" could not be found', RUN, "BUILD-INPUT-EXPORTER", Retry.NEVER),
    ("invalid host host", RUN, "BUILD-INPUT-HOST", Retry.NEVER),
    ("unknown entitlement all", RUN, "BUILD-INPUT-ALLOW", Retry.NEVER),
    ('network mode "nope" not supported by buildkit', RUN, "BUILD-INPUT-NETWORK", Retry.NEVER),
    (
        "failed to get build context base: stat nowhere: no such file or directory",
        RUN,
        "BUILD-INPUT-CONTEXT",
        Retry.NEVER,
    ),
    (
        "unsupported request frontend.chek: unsupported request frontend.chek",
        RUN,
        "BUILD-INPUT-CALL",
        Retry.NEVER,
    ),
    (
        'failed to compute cache key: failed to calculate checksum of ref sjglcesb::znp1fyr7: "/nope": not found',
        RUN,
        "BUILD-COPY-MISSING",
        Retry.NEVER,
    ),
    (
        "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
        RUN,
        "BUILD-DOCKERFILE",
        Retry.NEVER,
    ),
    (
        "b: failed to resolve source metadata for docker.io/library/b:latest: docker.io/library/b:latest: not found (did you mean a?)",
        RUN,
        "IMAGE-STAGE",
        Retry.NEVER,
    ),
    (
        "failed to resolve source metadata for nope.invalid/x:1: failed to do request: dial tcp: lookup nope.invalid: no such host",
        RUN,
        "IMAGE-HOST",
        Retry.NEVER,
    ),
    (
        "Could not log in to quay.io\nGET https://quay.io/token?scope=repository:o/a:pull,push was answered with 403: DENIED: denied",
        RUN,
        "REGISTRY-LOGIN-403",
        Retry.NEVER,
    ),
]
ANSWERED: list[tuple[str, int, Circumstances, str, Retry]] = [
    ("Package not found.", 404, RUN, "GHCR-API-404-PACKAGE", Retry.NEVER),
    ("Resource not accessible by integration", 403, RUN, "GHCR-API-403-PERMISSION", Retry.NEVER),
    ("Resource not accessible by integration", 403, FORK, "GHCR-API-403-FORK", Retry.NEVER),
    (
        "Resource not accessible by integration",
        403,
        DEPENDABOT,
        "GHCR-API-403-DEPENDABOT",
        Retry.NEVER,
    ),
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
    (
        "API rate limit exceeded for installation ID 1.",
        403,
        RUN,
        "GHCR-API-429-LIMIT",
        Retry.LIMITED,
    ),
    ("You have exceeded a secondary rate limit.", 403, RUN, "GHCR-API-429-LIMIT", Retry.LIMITED),
    ("", 429, RUN, "GHCR-API-429-LIMIT", Retry.LIMITED),
    (
        "POST /orgs/mona/artifacts/metadata/storage-record: Not Found",
        404,
        RUN,
        "GHCR-API-404-STORAGE-RECORD",
        Retry.NEVER,
    ),
    (
        "POST /orgs/acme/artifacts/metadata/storage-record: Forbidden",
        403,
        RUN,
        "GHCR-API-403-STORAGE-RECORD",
        Retry.NEVER,
    ),
    (
        "Feature not available for user-owned private repositories.",
        422,
        RUN,
        "GHCR-ATTEST-PLAN",
        Retry.NEVER,
    ),
    ('missing "id-token" permission', 0, RUN, "GHCR-OIDC-PERMISSION", Retry.NEVER),
    (
        "Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable",
        0,
        FORK,
        "GHCR-OIDC-FORK",
        Retry.NEVER,
    ),
    (
        "Validation Failed: Body is too long (maximum is 65536 characters)",
        422,
        RUN,
        "GHCR-API-422-BODY",
        Retry.NEVER,
    ),
    ("", 502, RUN, "GHCR-NETWORK", Retry.PASSING),
]
