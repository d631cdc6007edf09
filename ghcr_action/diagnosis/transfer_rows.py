"""Rows of the catalogue about content on its way: blobs, manifests, limits and the network."""

from ghcr_action.diagnosis.access_rows import STATUS_PAGE
from ghcr_action.diagnosis.known import EVERYWHERE, Circumstances, Known, Retry
from ghcr_action.errors import ActionError, ContentInvalid, NotFound, Unavailable

REGISTRY_DOCS = "https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry"
UPLOAD_SECONDS = 600
"""Longest upload at GitHub's registry."""
LARGEST_LAYER = 10 * 1000**3
"""Largest layer in bytes at GitHub's registry."""

_BUG = "This is a fault of the client: report it to the project whose tool made the request."
_LOST = "Run the step again if our own retries did not help."
_NETWORK = (
    r"\b(?:408|499|50[0234])(?= \"?(?-i:[A-Z][a-z]+)|[.:,]?$)",
    r"answered with (?:408|499|50[0234])\b",
    r"connection reset by peer",
    r"unexpected EOF",
    r"TLS handshake timeout",
    r"i/o timeout",
    r"read/write on closed pipe",
    r"cannot reuse body, request must be retried",
)


def _is_too_large(circumstances: Circumstances) -> bool:
    return (
        circumstances.upload_seconds >= UPLOAD_SECONDS - 5
        or circumstances.layer_size > LARGEST_LAYER
    )


def _is_after_push(circumstances: Circumstances) -> bool:
    return circumstances.after_push


def _is_child(circumstances: Circumstances) -> bool:
    return bool(circumstances.index)


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
            r"answered with 429\b",
            r"^HTTP 429$",
        ),
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
        code="GHCR-405-UNSUPPORTED",
        patterns=(
            r"The operation is unsupported",
            r"(?-i:\bUNSUPPORTED\b)",
            r"answered with 405\b",
            r"^HTTP 405$",
        ),
        cause="GitHub's registry neither deletes by the registry's API nor cancels uploads.",
        fix="Delete package versions by GitHub's REST API.",
        docs="https://docs.github.com/en/rest/packages/packages",
        kind=ActionError,
    ),
    Known(
        code="GHCR-PUSH-UPLOAD-LOST",
        patterns=(r"blob upload (?:unknown|invalid)", r"BLOB_UPLOAD_(?:UNKNOWN|INVALID)"),
        cause="The registry lost the upload of a layer, or it was finished twice.",
        fix=_LOST,
        docs="https://github.com/GoogleContainerTools/jib/issues/4301",
        kind=Unavailable,
        retry=Retry.NEW_UPLOAD,
    ),
    Known(
        code="GHCR-PUSH-MANIFEST-BLOB",
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
        code="GHCR-PUSH-UNKNOWN-BLOB",
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
        code="GHCR-PULL-404-ACCEPT",
        patterns=(r"Accept header does not support",),
        cause="The tag is there, but the request did not accept its media type.",
        fix=f"Ask with all four types of manifests and indexes in `Accept`. {_BUG}",
        docs="https://github.com/Mic92/niks3/issues/229",
        kind=ActionError,
    ),
)

GENERAL: tuple[Known, ...] = (
    Known(
        code="GHCR-PULL-404-CHILD",
        patterns=(r"manifest unknown", r"MANIFEST_UNKNOWN"),
        when=_is_child,
        cause=(
            "A manifest that {index} lists is gone: a clean-up that looks at tags only "
            "has deleted it."
        ),
        fix=(
            "Push the image again, and use a clean-up that keeps what a kept index lists "
            "(`mode: cleanup` does)."
        ),
        docs="https://github.com/some-natalie/kubernoodles/pull/664",
        kind=ContentInvalid,
    ),
    Known(
        code="GHCR-PULL-404-LAG",
        patterns=(r"manifest unknown", r"MANIFEST_UNKNOWN"),
        when=_is_after_push,
        cause="What was pushed a moment ago is not visible yet.",
        fix=_LOST,
        docs="https://github.com/docker/actions-toolkit/blob/main/src/buildx/imagetools.ts",
        kind=Unavailable,
        retry=Retry.AFTER_PUSH,
    ),
    Known(
        code="GHCR-PULL-404-MANIFEST",
        patterns=(r"manifest unknown", r"MANIFEST_UNKNOWN"),
        cause=(
            "There is no such tag or digest of {image}: it is misspelt, not pushed "
            "yet, or was deleted by a clean-up."
        ),
        fix="Check the tag or digest on the package's page; push it again if it is gone.",
        docs=REGISTRY_DOCS,
        kind=NotFound,
    ),
    Known(
        code="GHCR-PUSH-LARGE-LAYER",
        patterns=_NETWORK,
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
        code="GHCR-NETWORK",
        patterns=_NETWORK,
        where=EVERYWHERE,
        cause="A passing fault of a server or of the network.",
        fix=f"{_LOST} If it persists, see {STATUS_PAGE}.",
        docs=STATUS_PAGE,
        kind=Unavailable,
        retry=Retry.PASSING,
    ),
)
