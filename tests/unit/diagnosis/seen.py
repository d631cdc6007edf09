"""Texts that were really seen, with the run they belong to, the code they must get, and whether they are tried again."""

from dataclasses import replace
from typing import Any

from ghcr_action.diagnosis.known import Circumstances, Login, Retry
from ghcr_action.values.answer import Answer, Fault, Part, Where
from ghcr_action.values.reference import Repository

RUN = Circumstances(
    image=Repository("ghcr.io", "acme/tools/app"),
    repository="Acme/tools",
    owner_type="Organization",
    login=Login.JOB_TOKEN,
)
FORK = replace(RUN, is_fork=True)
DEPENDABOT = replace(RUN, is_dependabot=True)
FOREIGN = replace(RUN, image=Repository("ghcr.io", "other/app"))
PASSWORD = replace(RUN, login=Login.PASSWORD)
ANONYMOUS = replace(RUN, login=Login.NONE)
ENTERPRISE = replace(RUN, server_url="https://github.example", registry="containers.github.example")
ELSEWHERE = replace(RUN, image=Repository("quay.io", "acme/app"))
STRANGER = replace(ELSEWHERE, login=Login.NONE)
HUB = replace(RUN, image=Repository("docker.io", "acme/app"))

CREATE = "denied: installation not allowed to Create organization package"
WRITE = "denied: installation not allowed to Write organization package"
AUTHENTICATED = (
    "unauthorized: unauthenticated: User cannot be authenticated with the token provided"
)
REFUSED = (
    "unexpected status from PUT request to https://quay.io/v2/acme/app/blobs/uploads/1?_state=x"
)
REASON = ("REGISTRY-403-REASON", Retry.NEVER)
GONE = "rpc error: code = Unavailable desc ="
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
    (WRITE, FORK, "GHCR-PUSH-403-WRITE-FORK", Retry.NEVER),
    (WRITE, DEPENDABOT, "GHCR-PUSH-403-WRITE-DEPENDABOT", Retry.NEVER),
    (WRITE, FOREIGN, "GHCR-PUSH-403-WRITE-OWNER", Retry.NEVER),
    (WRITE, RUN, "GHCR-PUSH-403-WRITE-PERMISSION", Retry.NEVER),
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
    ("name unknown: repository name not known to registry", RUN, "PULL-404-NAME", Retry.NEVER),
    ("manifest unknown", RUN, "PULL-404-MANIFEST", Retry.NEVER),
    (
        "MANIFEST_UNKNOWN: OCI index found, but Accept header does not support OCI indexes",
        RUN,
        "PULL-404-ACCEPT",
        Retry.NEVER,
    ),
    ("unknown blob", RUN, "PUSH-UNKNOWN-BLOB", Retry.LOST_BLOB),
    ("blob upload unknown", RUN, "PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("BLOB_UPLOAD_UNKNOWN", RUN, "PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("blob upload invalid", RUN, "PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    ("BLOB_UPLOAD_INVALID", RUN, "PUSH-UPLOAD-LOST", Retry.NEW_UPLOAD),
    (
        "MANIFEST_BLOB_UNKNOWN: blob unknown to registry",
        RUN,
        "PUSH-MANIFEST-BLOB",
        Retry.NEW_UPLOAD,
    ),
    (
        "416: chunk exceeds the maximum permissible limit of 4.00MiB",
        RUN,
        "GHCR-PUSH-416-CHUNK",
        Retry.NEVER,
    ),
    ("405: UNSUPPORTED: The operation is unsupported.", RUN, "REGISTRY-405-PUSH", Retry.NEVER),
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
        (text, RUN, "GHCR-NETWORK", Retry.TRANSIENT)
        for text in (
            "unexpected status: 502 Bad Gateway",
            "503 Service Unavailable",
            "received unexpected HTTP status: 504",
            "unexpected status: 499 Client Closed Request",
            "read tcp 10.0.0.1:1->140.82.121.33:443: read: connection reset by peer",
            "unexpected EOF",
            'Error from intermediary with HTTP status code 502 "Bad Gateway"',
            "failed to copy: io: read/write on closed pipe",
            "cannot reuse body, request must be retried",
        )
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
        ELSEWHERE,
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
    *(
        (words, RUN, "BUILD-INPUT-PLACE", Retry.NEVER)
        for words in (
            "failed to open open missing/y/out.tar: no such file or directory",
            "mkdir Dockerfile: not a directory",
            "mkdir /proc/nope: no such file or directory",
            "local cache exporter requires dest",
            "local cache importer requires src",
            "destination directory Dockerfile is a file",
            "destination file sub dir is a directory",
        )
    ),
    *(
        (words, RUN, "BUILD-INPUT-OPTION", Retry.NEVER)
        for words in (
            'non-bool value maybe specified for force-compression: strconv.ParseBool: parsing "m"',
            "unsupported compression type lzma",
            "invalid value b",
            "invalid context value: nope, expected key=value",
            'unknown attestation type "sbm"',
            'invalid mode "foo"',
        )
    ),
    (
        'oci-layout reference "oci-layout://nope" could not be resolved: could not lock nope/index',
        RUN,
        "BUILD-INPUT-CONTEXT",
        Retry.NEVER,
    ),
    (
        "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com",
        RUN,
        "NETWORK-NAME",
        Retry.NEVER,
    ),
    (
        "unable to access 'https://g.example/a/': Failed to connect to g.example port 443 after 1 ms",
        RUN,
        "NETWORK-REFUSED",
        Retry.NEVER,
    ),
    ("invalid host host", RUN, "BUILD-INPUT-HOST", Retry.NEVER),
    (
        "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
        RUN,
        "BUILD-GIT-LOGIN",
        Retry.NEVER,
    ),
    (
        "remote: Repository not found.\nfatal: repository 'https://github.com/acme/x/' not found",
        RUN,
        "BUILD-GIT-LOGIN",
        Retry.NEVER,
    ),
    (
        "remote: Invalid username or token.\nfatal: Authentication failed for 'https://g.example/x/'",
        RUN,
        "BUILD-GIT-LOGIN",
        Retry.NEVER,
    ),
    ("unknown entitlement all", RUN, "BUILD-INPUT-ALLOW", Retry.NEVER),
    (
        "granting entitlement security.insecure is not allowed by build daemon configuration",
        RUN,
        "BUILD-ALLOW-DAEMON",
        Retry.NEVER,
    ),
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
    ("net/http: TLS handshake timeout", RUN, "NETWORK-SILENT", Retry.TRANSIENT),
    ("dial tcp 10.0.0.1:443: i/o timeout", ELSEWHERE, "NETWORK-SILENT", Retry.TRANSIENT),
    ("unexpected status: 502 Bad Gateway", ELSEWHERE, "NETWORK-FAULT", Retry.TRANSIENT),
    ("unauthorized: authentication required", STRANGER, "REGISTRY-401", Retry.NEVER),
    ("unauthorized: authentication required", ELSEWHERE, "REGISTRY-401-LOGIN", Retry.NEVER),
    ("toomanyrequests: slow down", ELSEWHERE, "REGISTRY-429-LIMIT", Retry.LIMITED),
    (
        "failed to push quay.io/acme/app:1: name unknown: The repository does not exist",
        ELSEWHERE,
        "REGISTRY-PUSH-404",
        Retry.NEVER,
    ),
    *(
        (f"failed to push quay.io/acme/app: {said}", ELSEWHERE, code, Retry.NEVER)
        for said, code in (
            ("denied: tags of this project stay", "REGISTRY-403-REASON"),
            ("errors:\ndenied: tags of this project stay", "REGISTRY-403-REASON"),
            ("denied: denied", "REGISTRY-403"),
            ("unauthorized: session has ended", "REGISTRY-401-LOGIN"),
            ("unsupported: read only", "REGISTRY-405-PUSH"),
            ("unknown: refused by policy", "PUSH-REFUSED"),
            (f"{REFUSED}: 405 Method Not Allowed: <html>", "REGISTRY-405-PUSH"),
            (f"{REFUSED}: 409 Conflict: <html>", "PUSH-REFUSED"),
            (f"{REFUSED}: 507 Insufficient Storage", "PUSH-REFUSED"),
        )
    ),
    ("failed to push ghcr.io/acme/app: denied: tags of this project stay", RUN, *REASON),
    ("failed to push ghcr.io/acme/app: unauthorized: no", RUN, "GHCR-401", Retry.NEVER),
    (
        (
            'failed to dial gRPC: header key "x-docker-expose-session-sharedkey" contains value '
            "with non-printable ASCII characters"
        ),
        RUN,
        "BUILD-CONTEXT-NAME",
        Retry.NEVER,
    ),
    *(
        (said, RUN, "BUILDKIT-UNREACHED", Retry.NEVER)
        for said in (
            "waiting for connection: context deadline exceeded",
            'failed to list workers: Unavailable: connection error: desc = "transport: dial"',
        )
    ),
    *(
        (said, RUN, "BUILDKIT-LOST", Retry.TRANSIENT)
        for said in (
            f"failed to receive status: {GONE} error reading from server: EOF",
            f"failed to solve: {GONE} closing transport due to: connection error: EOF",
            (
                "listing workers for Build: failed to list workers: Unavailable: "
                "error reading from server: EOF"
            ),
        )
    ),
    ("unexpected status: 413 Request Entity Too Large", ELSEWHERE, "REGISTRY-413", Retry.NEVER),
    (
        "denied: Resource protected by organization SAML enforcement. You must grant your token access",
        PASSWORD,
        "GHCR-403-SSO",
        Retry.NEVER,
    ),
    (
        "denied: the organization has an IP allow list enabled, and your IP address is not permitted",
        RUN,
        "REGISTRY-403-ADDRESS",
        Retry.NEVER,
    ),
    (
        "denied: adding 1.2 GiB exceeds the quota of the project",
        ELSEWHERE,
        "REGISTRY-403-QUOTA",
        Retry.NEVER,
    ),
    (
        "denied: the project is archived and read-only",
        ELSEWHERE,
        "REGISTRY-403-ARCHIVED",
        Retry.NEVER,
    ),
    (
        "proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused",
        RUN,
        "NETWORK-PROXY",
        Retry.NEVER,
    ),
    (
        "dial tcp: lookup ghcr.example on 127.0.0.53:53: no such host",
        RUN,
        "NETWORK-NAME",
        Retry.NEVER,
    ),
    ("dial tcp 127.0.0.1:5000: connect: connection refused", RUN, "NETWORK-REFUSED", Retry.NEVER),
    (
        "x509: certificate signed by unknown authority",
        RUN,
        "NETWORK-TLS",
        Retry.NEVER,
    ),
    ("no space left on device", RUN, "MACHINE-FULL", Retry.NEVER),
    (
        'process "/bin/sh -c make" did not complete successfully: exit code: 2',
        RUN,
        "BUILD-STEP-FAILED",
        Retry.NEVER,
    ),
    (
        "failed to resolve source metadata for docker.io/library/alpine:3.3: no match for platform in manifest: not found",
        RUN,
        "IMAGE-404-PLATFORM",
        Retry.NEVER,
    ),
]
ENGINE_ONLY = frozenset(
    {
        "NETWORK-TLS",
        "MACHINE-FULL",
        "BUILD-STEP-FAILED",
        "BUILD-INPUT-PLACE",
        "BUILD-INPUT-OPTION",
        "BUILD-CONTEXT-NAME",
        "BUILDKIT-UNREACHED",
        "BUILDKIT-LOST",
        "PUSH-REFUSED",
    }
)
"""What no registry says."""


def registry(status: int, words: str = "", *, context: Circumstances = RUN, **facts: Any) -> Answer:
    """An answer of the registry of the run's image."""
    assert context.image
    found = Answer(
        where=Where.REGISTRY,
        method="POST",
        url=f"https://{context.image.registry}/v2/{context.image.path}/blobs/uploads/",
        host=context.image.registry,
        repository=context.image,
        part=Part.UPLOAD,
        status=status,
        words=words,
    )
    return replace(found, **facts)


def api(status: int, words: str = "", path: str = "/repos/Acme/tools", **facts: Any) -> Answer:
    """An answer of GitHub's API."""
    found = Answer(where=Where.API, method="GET", url=path, host="api.github.com", status=status)
    return replace(found, words=words, **facts)


def engine(words: str, **facts: Any) -> Answer:
    return Answer(where=Where.ENGINE, words=words, **facts)


COMMENTS = "/repos/Acme/tools/issues/7/comments"
PACKAGE = "/orgs/acme/packages/container/tools%2Fapp"
INTEGRATION = "Resource not accessible by integration"
READ: dict[str, Any] = {"method": "GET", "part": Part.MANIFEST}
PUT: dict[str, Any] = {"method": "PUT", "part": Part.MANIFEST}
LOOK: dict[str, Any] = {"method": "HEAD", "part": Part.MANIFEST}
TOKEN: dict[str, Any] = {"method": "GET", "part": Part.TOKEN}
ANSWERED: list[tuple[Answer, Circumstances, str, Retry]] = [
    (registry(302), RUN, "REGISTRY-NO-API", Retry.NEVER),
    (registry(200, "login please", context=ELSEWHERE), ELSEWHERE, "REGISTRY-NO-API", Retry.NEVER),
    (registry(204, **READ, context=ELSEWHERE), ELSEWHERE, "REGISTRY-NO-API", Retry.NEVER),
    (registry(401), RUN, "GHCR-401-PUSH", Retry.NEVER),
    (registry(401, **READ), RUN, "GHCR-401", Retry.NEVER),
    (registry(401, context=STRANGER), STRANGER, "REGISTRY-401", Retry.NEVER),
    (registry(401, context=ELSEWHERE), ELSEWHERE, "REGISTRY-401-LOGIN", Retry.NEVER),
    (registry(401, **LOOK, context=ELSEWHERE), ELSEWHERE, "REGISTRY-401-LOGIN", Retry.NEVER),
    (
        registry(401, "UNAUTHORIZED: authentication required", codes=frozenset({"UNAUTHORIZED"})),
        RUN,
        "GHCR-401-PUSH",
        Retry.NEVER,
    ),
    (registry(403), RUN, "GHCR-403-PERMISSION", Retry.NEVER),
    (registry(403), FORK, "GHCR-403-FORK", Retry.NEVER),
    (registry(403, "DENIED: denied"), RUN, "GHCR-DENIED", Retry.NEVER),
    (registry(403, "403 Forbidden nginx/1.27.0"), RUN, "GHCR-403-PERMISSION", Retry.NEVER),
    (registry(403, "DENIED: the moon is full"), RUN, "REGISTRY-403-REASON", Retry.NEVER),
    (
        registry(403, "Blocked by the proxy of Example Ltd: category file sharing"),
        RUN,
        "REGISTRY-403-REASON",
        Retry.NEVER,
    ),
    (registry(403, context=ELSEWHERE), ELSEWHERE, "REGISTRY-403", Retry.NEVER),
    (registry(403, "DENIED: denied", context=ELSEWHERE), ELSEWHERE, "REGISTRY-403", Retry.NEVER),
    (
        registry(403, "DENIED: your plan has no private images", context=ELSEWHERE),
        ELSEWHERE,
        "REGISTRY-403-REASON",
        Retry.NEVER,
    ),
    (registry(403, **LOOK), RUN, "GHCR-PULL-403-HEAD", Retry.NEVER),
    (registry(401, **{**LOOK, "part": Part.BLOB}), RUN, "GHCR-401", Retry.NEVER),
    (
        registry(401, "BLOB_UNKNOWN", **LOOK, codes=frozenset({"BLOB_UNKNOWN"})),
        RUN,
        "GHCR-401",
        Retry.NEVER,
    ),
    (
        registry(403, "BLOB_UNKNOWN", context=ELSEWHERE, codes=frozenset({"BLOB_UNKNOWN"})),
        ELSEWHERE,
        "REGISTRY-403-REASON",
        Retry.NEVER,
    ),
    (registry(403, **TOKEN), RUN, "GHCR-LOGIN-403-TOKEN", Retry.NEVER),
    (registry(403, **TOKEN), ANONYMOUS, "GHCR-LOGIN-403-PRIVATE", Retry.NEVER),
    (registry(403, **TOKEN, context=ELSEWHERE), ELSEWHERE, "REGISTRY-LOGIN-403", Retry.NEVER),
    (registry(403, **TOKEN, context=STRANGER), STRANGER, "REGISTRY-LOGIN-NONE", Retry.NEVER),
    (registry(401, **TOKEN, context=HUB), HUB, "REGISTRY-LOGIN-403", Retry.NEVER),
    (registry(405), RUN, "REGISTRY-405-PUSH", Retry.NEVER),
    (registry(405, context=ELSEWHERE, method="PUT"), ELSEWHERE, "REGISTRY-405-PUSH", Retry.NEVER),
    (registry(405, **READ, context=ELSEWHERE), ELSEWHERE, "REGISTRY-405-PULL", Retry.NEVER),
    (registry(404, context=ELSEWHERE), ELSEWHERE, "REGISTRY-PUSH-404", Retry.NEVER),
    (
        registry(404, "NAME_UNKNOWN: no", context=ELSEWHERE, codes=frozenset({"NAME_UNKNOWN"})),
        ELSEWHERE,
        "REGISTRY-PUSH-404",
        Retry.NEVER,
    ),
    (registry(404), RUN, "GHCR-PUSH-404", Retry.NEVER),
    *(
        (registry(status, words, context=ELSEWHERE, **PUT), ELSEWHERE, "TAG-IMMUTABLE", Retry.NEVER)
        for status, words in (
            (
                412,
                "PRECONDITION: Failed to process request due to 'app:1' configured as immutable.",
            ),
            (
                400,
                (
                    "TAG_INVALID: The image tag '1' already exists and cannot be overwritten because "
                    "the tag is immutable."
                ),
            ),
            (
                400,
                "MANIFEST_INVALID: cannot update tag 1. The repository has enabled tag immutability",
            ),
            (409, "TAG_INVALID: tag is immutable"),
            (403, "DENIED: tag 1 is immutable"),
        )
    ),
    (registry(404, **PUT), RUN, "PUSH-404-MANIFEST", Retry.NEVER),
    (registry(404, **PUT, context=ELSEWHERE), ELSEWHERE, "PUSH-404-MANIFEST", Retry.NEVER),
    (
        registry(404, **PUT, context=ELSEWHERE, codes=frozenset({"MANIFEST_UNKNOWN"})),
        ELSEWHERE,
        "PUSH-404-MANIFEST",
        Retry.NEVER,
    ),
    (
        registry(404, **PUT, context=ELSEWHERE, codes=frozenset({"MANIFEST_BLOB_UNKNOWN"})),
        ELSEWHERE,
        "PUSH-MANIFEST-BLOB",
        Retry.NEW_UPLOAD,
    ),
    (
        registry(404, **PUT, context=ELSEWHERE, codes=frozenset({"NAME_UNKNOWN"})),
        ELSEWHERE,
        "REGISTRY-PUSH-404",
        Retry.NEVER,
    ),
    (
        registry(404, "NAME_UNKNOWN", codes=frozenset({"NAME_UNKNOWN"}), **READ),
        RUN,
        "PULL-404-NAME",
        Retry.NEVER,
    ),
    (registry(413, context=ELSEWHERE, sent=3_000_000), ELSEWHERE, "REGISTRY-413", Retry.NEVER),
    (registry(413, sent=11_000_000_000), RUN, "GHCR-PUSH-LARGE-LAYER", Retry.NEVER),
    (
        registry(0, fault=Fault.CLOSED, sent=5_000, seconds=601.5),
        RUN,
        "GHCR-PUSH-LARGE-LAYER",
        Retry.NEVER,
    ),
    (registry(429), RUN, "GHCR-429-LIMIT", Retry.LIMITED),
    (registry(429, context=ELSEWHERE), ELSEWHERE, "REGISTRY-429-LIMIT", Retry.LIMITED),
    (registry(503), RUN, "GHCR-NETWORK", Retry.TRANSIENT),
    (registry(503, context=ELSEWHERE), ELSEWHERE, "NETWORK-FAULT", Retry.TRANSIENT),
    (registry(0, fault=Fault.CLOSED), RUN, "GHCR-NETWORK", Retry.TRANSIENT),
    (
        registry(0, fault=Fault.PROXY, proxy="HTTPS_PROXY=http://proxy.example:3128"),
        RUN,
        "NETWORK-PROXY",
        Retry.NEVER,
    ),
    (registry(0, fault=Fault.NAME, context=ELSEWHERE), ELSEWHERE, "NETWORK-NAME", Retry.NEVER),
    (registry(0, fault=Fault.REFUSED), RUN, "NETWORK-REFUSED", Retry.NEVER),
    (
        registry(0, fault=Fault.REFUSED, url="https://localhost:5000/v2/", host="localhost:5000"),
        RUN,
        "NETWORK-LOCALHOST",
        Retry.NEVER,
    ),
    (
        registry(0, fault=Fault.REFUSED, url="http://127.0.0.1/v2/", host="127.0.0.1"),
        RUN,
        "NETWORK-LOCALHOST",
        Retry.NEVER,
    ),
    (
        registry(0, fault=Fault.REFUSED, url="https://localhost.example/v2/"),
        RUN,
        "NETWORK-REFUSED",
        Retry.NEVER,
    ),
    (registry(0, fault=Fault.SILENT), RUN, "NETWORK-SILENT", Retry.TRANSIENT),
    (engine("manifest unknown", after_push=True), RUN, "PULL-404-LAG", Retry.AFTER_PUSH),
    (api(403, INTEGRATION), RUN, "GHCR-API-403-PERMISSION", Retry.NEVER),
    (api(403, INTEGRATION, COMMENTS), FORK, "GHCR-API-403-FORK", Retry.NEVER),
    (api(403, INTEGRATION, COMMENTS), DEPENDABOT, "GHCR-API-403-DEPENDABOT", Retry.NEVER),
    (
        api(403, INTEGRATION, f"{PACKAGE}/versions/7", method="DELETE"),
        RUN,
        "GHCR-API-403-ADMIN",
        Retry.NEVER,
    ),
    (
        api(404, "Not Found", f"{PACKAGE}/versions/7", method="DELETE"),
        RUN,
        "GHCR-API-403-ADMIN",
        Retry.NEVER,
    ),
    (
        api(403, "API rate limit exceeded for installation ID 1."),
        RUN,
        "GHCR-API-429-LIMIT",
        Retry.LIMITED,
    ),
    (
        api(
            403,
            "You have exceeded a secondary rate limit.",
            f"{PACKAGE}/versions/7",
            method="DELETE",
        ),
        RUN,
        "GHCR-API-429-LIMIT",
        Retry.LIMITED,
    ),
    (api(429), RUN, "GHCR-API-429-LIMIT", Retry.LIMITED),
    (
        api(422, "Validation Failed: Body is too long (maximum is 65536 characters)"),
        RUN,
        "GHCR-API-422-BODY",
        Retry.NEVER,
    ),
    (api(404, "Not Found", COMMENTS, method="POST"), RUN, "GHCR-API-404-COMMENT", Retry.NEVER),
    (api(301, "Moved", COMMENTS), RUN, "GHCR-API-404-COMMENT", Retry.NEVER),
    (api(403, "no"), RUN, "GHCR-API-403", Retry.NEVER),
    (api(200, fault=Fault.NONSENSE), RUN, "GHCR-API-NONSENSE", Retry.TRANSIENT),
    (
        registry(403, "Blocked by the proxy of Example Ltd", **TOKEN),
        RUN,
        "REGISTRY-403-REASON",
        Retry.NEVER,
    ),
    (
        registry(403, "DENIED: incorrect username or password", **TOKEN),
        RUN,
        "GHCR-LOGIN-403-TOKEN",
        Retry.NEVER,
    ),
    (api(401, "Bad credentials"), RUN, "GHCR-API-401", Retry.NEVER),
    (api(502), RUN, "GHCR-NETWORK", Retry.TRANSIENT),
    (api(0, fault=Fault.NAME), RUN, "NETWORK-NAME", Retry.NEVER),
    (api(0, fault=Fault.SILENT), RUN, "NETWORK-SILENT", Retry.TRANSIENT),
]
UNKNOWN: list[tuple[Answer, Circumstances]] = [
    (registry(418), RUN),
    (registry(400, "something else"), ELSEWHERE),
    (registry(404, **READ), RUN),
    (api(404, "Not Found"), RUN),
    (api(422, "Validation Failed"), RUN),
    (engine("a reason that nobody has seen"), RUN),
    (api(0, "manifest unknown"), RUN),
]
"""What the catalogue does not know."""
