"""Rows of the catalogue about content on its way: blobs, manifests, limits and the network."""

from ghcr_action.diagnosis.access_rows import STATUS_PAGE
from ghcr_action.diagnosis.known import EVERYWHERE, At, Circumstances, Known, Retry
from ghcr_action.errors import AccessDenied, ActionError, NotFound, Unavailable
from ghcr_action.values.answer import Fault, Part, Where

REGISTRY_DOCS = "https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry"
UPLOAD_SECONDS = 600
"""Longest upload at GitHub's registry."""
LARGEST_LAYER = 10 * 1000**3
"""Largest layer in bytes at GitHub's registry."""

_BUG = "This is a fault of the client: report it to the project whose tool made the request."
_LOST = "Run the step again if our own retries did not help."
_TRANSIENT_STATUSES = (408, 499, 500, 502, 503, 504)
_NETWORK = (
    r"\b(?:408|499|50[0234])(?= \"?(?-i:[A-Z][a-z]+)|[.:,]?$)",
    r"connection reset by peer",
    r"unexpected EOF",
    r"read/write on closed pipe",
    r"cannot reuse body, request must be retried",
)


def _is_too_large(circumstances: Circumstances) -> bool:
    answer = circumstances.answer
    return answer is not None and (
        (answer.seconds >= UPLOAD_SECONDS - 5 and answer.sent > 0) or answer.sent > LARGEST_LAYER
    )


def _is_after_push(circumstances: Circumstances) -> bool:
    return circumstances.answer is not None and circumstances.answer.after_push


def _is_no_fault(circumstances: Circumstances) -> bool:
    """Whether the answer itself is the news: no redirect without end, no page in the place of a
    token."""
    return circumstances.answer is None or circumstances.answer.fault is None


def _is_no_refusal(circumstances: Circumstances) -> bool:
    """A login that is refused says nothing of content, whatever code stands in the answer."""
    return circumstances.answer is None or circumstances.answer.status not in (401, 403)


EXACT: tuple[Known, ...] = (
    Known(
        code="GHCR-403-SECONDARY-LIMIT",
        patterns=(r"exceeded a secondary rate limit",),
        cause="GitHub limits how much a repository's jobs ask of the registry within "
        "minutes; the answer only looks like a "
        "missing permission.",
        fix=f"{_LOST} Run fewer jobs at once if it persists.",
        docs="https://github.com/virtualcell/vcell/issues/1888",
        kind=Unavailable,
        retry=Retry.SLOW,
    ),
    Known(
        code="GHCR-PULL-503-EGRESS",
        patterns=(r"Egress is over the account limit",),
        cause=(
            "GitHub's storage refuses more traffic for a while (reported after very large pulls)."
        ),
        fix="Wait, or pull from a mirror.",
        docs=STATUS_PAGE,
        kind=Unavailable,
        retry=Retry.SLOW,
    ),
    Known(
        code="GHCR-429-LIMIT",
        patterns=(
            r"TOOMANYREQUESTS",
            r"\bToo Many Requests\b",
            r"retry-after: .*, allowed: ",
        ),
        codes=("TOOMANYREQUESTS",),
        statuses=(429,),
        at=At.GITHUB,
        cause="The registry limits bursts of requests, and this job and its neighbours went over.",
        fix="Run fewer jobs at once if our waiting did not help.",
        docs="https://github.com/dependabot/cli/issues/380",
        kind=Unavailable,
        retry=Retry.LIMITED,
    ),
    Known(
        code="GHCR-PUSH-416-CHUNK",
        patterns=(r"exceeds the maximum permissible limit of [\d.]+ ?MiB",),
        cause=(
            "The client uploaded a layer in chunks with `Content-Range`, which {host} "
            "limits to 4 MiB each."
        ),
        fix=f"Upload each layer with a single PUT. {_BUG}",
        docs="https://github.com/ocx-sh/ocx/pull/237",
        kind=ActionError,
    ),
    Known(
        code="REGISTRY-429-LIMIT",
        patterns=(r"TOOMANYREQUESTS", r"\bToo Many Requests\b"),
        codes=("TOOMANYREQUESTS",),
        statuses=(429,),
        at=At.ELSEWHERE,
        cause="{host} limits how much an address or an account may ask of it, and we went over.",
        fix=(
            "Wait and run again if our waiting did not help; with a login (`registry-auth`) the "
            "limit is often larger."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=Unavailable,
        retry=Retry.LIMITED,
    ),
    Known(
        code="TAG-IMMUTABLE",
        patterns=(r"\bimmutab(?:le|ility)\b",),
        where=frozenset({Where.REGISTRY}),
        methods=("PUT",),
        parts=(Part.MANIFEST,),
        cause="{host} gives no tag of {image} to another image: they are immutable there.",
        fix=(
            "Publish under a tag that is not there yet, or leave those that are: "
            '`immutable-tags: "*"` with `if-exists: skip`.'
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=AccessDenied,
    ),
    Known(
        code="REGISTRY-405-PUSH",
        patterns=(
            r"The operation is unsupported",
            r"(?-i:\bUNSUPPORTED\b)",
            r"failed to push \S{1,500}: (?:errors:\n)?unsupported: ",
            r"failed to push .*: 405 Method Not Allowed",
        ),
        codes=("UNSUPPORTED",),
        statuses=(405,),
        methods=("POST", "PATCH", "PUT", "DELETE"),
        cause="{host} takes no {method} at this address: it does not let anybody push there.",
        fix=(
            "Push to the registry itself: a mirror, a pull-through cache and a registry that is "
            "set to read-only take no pushes. Check the name of the registry and of the image."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=ActionError,
    ),
    Known(
        code="REGISTRY-405-PULL",
        statuses=(405,),
        methods=("GET", "HEAD"),
        cause="{host} takes no {method} at this address: what answers there is no registry.",
        fix="Check the name of the registry, and its port.",
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=ActionError,
    ),
    Known(
        code="PUSH-UPLOAD-LOST",
        codes=("BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"),
        when=_is_no_refusal,
        patterns=(r"blob upload (?:unknown|invalid)", r"BLOB_UPLOAD_(?:UNKNOWN|INVALID)"),
        cause="The registry lost the upload of a layer, or it was finished twice.",
        fix=_LOST,
        docs="https://github.com/GoogleContainerTools/jib/issues/4301",
        kind=Unavailable,
        retry=Retry.NEW_UPLOAD,
    ),
    Known(
        code="PUSH-MANIFEST-BLOB",
        codes=("MANIFEST_BLOB_UNKNOWN",),
        when=_is_no_refusal,
        patterns=(r"MANIFEST_BLOB_UNKNOWN", r"manifest blob unknown"),
        cause=(
            "The manifest names a blob that this repository does not have: it was "
            "pushed too early, or the registry lost the blob."
        ),
        fix=f"{_LOST} If it persists, the tool that pushes has its order wrong.",
        docs="https://github.com/docker/build-push-action/issues/271",
        kind=Unavailable,
        retry=Retry.NEW_UPLOAD,
    ),
    Known(
        code="PUSH-UNKNOWN-BLOB",
        codes=("BLOB_UNKNOWN",),
        when=_is_no_refusal,
        patterns=(r"unknown blob", r"\bBLOB_UNKNOWN\b", r"blob unknown"),
        cause=(
            "The registry lost sight of a layer between its upload and the manifest; "
            "parallel pushes that share layers do that."
        ),
        fix=_LOST,
        docs="https://github.com/docker/build-push-action/issues/271",
        kind=Unavailable,
        retry=Retry.LOST_BLOB,
    ),
    Known(
        code="PULL-404-ACCEPT",
        patterns=(r"Accept header does not support",),
        cause="The tag is there, but the request did not accept its media type.",
        fix=f"Ask with all four types of manifests and indexes in `Accept`. {_BUG}",
        docs="https://github.com/Mic92/niks3/issues/229",
        kind=ActionError,
    ),
)

GENERAL: tuple[Known, ...] = (
    Known(
        code="PULL-404-LAG",
        patterns=(r"manifest unknown", r"MANIFEST_UNKNOWN"),
        when=_is_after_push,
        cause="What was pushed a moment ago is not visible yet.",
        fix=_LOST,
        docs="https://github.com/docker/actions-toolkit/blob/main/src/buildx/imagetools.ts",
        kind=Unavailable,
        retry=Retry.AFTER_PUSH,
    ),
    Known(
        code="PULL-404-MANIFEST",
        patterns=(r"manifest unknown", r"MANIFEST_UNKNOWN"),
        codes=("MANIFEST_UNKNOWN",),
        methods=("GET", "HEAD"),
        cause=(
            "There is no such tag or digest of {image}: it is misspelt, not pushed "
            "yet, or was deleted by a clean-up."
        ),
        fix="Check the tag or digest where {host} lists them; push it again if it is gone.",
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests",
        kind=NotFound,
    ),
    Known(
        code="GHCR-PUSH-LARGE-LAYER",
        faults=tuple(Fault),
        statuses=(413, *_TRANSIENT_STATUSES),
        at=At.GITHUB,
        parts=(Part.UPLOAD,),
        when=_is_too_large,
        cause=(
            "One layer is too large: GitHub's registry takes at most 10 GB, within 10 "
            "minutes, for each layer."
        ),
        fix="Split the layer: several smaller RUN or COPY steps, less in each.",
        docs=REGISTRY_DOCS,
        kind=ActionError,
    ),
    Known(
        code="REGISTRY-413",
        patterns=(r"\b413 Request Entity Too Large\b", r"\b413 Payload Too Large\b"),
        statuses=(413,),
        cause="{host}, or a proxy before it, takes no body of this size ({size}).",
        fix=(
            "Split the layer: several smaller RUN or COPY steps, less in each. Or raise the limit "
            "of whatever answers there (nginx: `client_max_body_size 0`)."
        ),
        docs="https://distribution.github.io/distribution/recipes/nginx/",
        kind=ActionError,
    ),
    Known(
        code="NETWORK-FAULT",
        patterns=_NETWORK,
        where=EVERYWHERE,
        statuses=_TRANSIENT_STATUSES,
        faults=(Fault.CLOSED,),
        at=At.ELSEWHERE,
        cause="A temporary fault of {host} or of the network.",
        fix=f"{_LOST} If it persists, ask whoever runs {{host}}.",
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=Unavailable,
        retry=Retry.TRANSIENT,
    ),
    Known(
        code="GHCR-NETWORK",
        patterns=_NETWORK,
        statuses=_TRANSIENT_STATUSES,
        faults=(Fault.CLOSED,),
        where=EVERYWHERE,
        cause="A temporary fault of a server or of the network.",
        fix=f"{_LOST} If it persists, see {STATUS_PAGE}.",
        docs=STATUS_PAGE,
        kind=Unavailable,
        retry=Retry.TRANSIENT,
    ),
    Known(
        code="PUSH-REFUSED",
        patterns=(
            r"failed to push \S{1,500}: (?:errors:\n)?unknown: ",
            r"failed to push .*: unexpected status from .* request to .*: [45]\d\d ",
        ),
        where=frozenset({Where.ENGINE}),
        cause="{host} refuses what is pushed, and says why: {reason}",
        fix=(
            "Do what it says. Where that is not yours to change, ask whoever runs {host}; nothing "
            "else is known of this refusal."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes",
        kind=Unavailable,
    ),
    Known(
        code="REGISTRY-NO-API",
        statuses=(*range(200, 209), *range(300, 309)),
        where=frozenset({Where.REGISTRY}),
        when=_is_no_fault,
        cause=(
            "{host} answers as no registry does: another server stands there, a login page or a "
            "proxy."
        ),
        fix=(
            "Check the registry's name and its port. Where a page of a browser stands there, name "
            "the host that `docker login` takes."
        ),
        docs="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints",
        kind=Unavailable,
    ),
)
