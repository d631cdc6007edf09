"""Inputs of the push and of what follows it: attestations, comment, summary."""

from ghcr_action.inputs.row import BOOLEAN, LIST, TEXT, Group, rows

INPUTS = (
    *rows(
        Group.PUSH,
        ("push", TEXT, "", "Push the image; default: true, except where the token cannot write"),
        ("load", BOOLEAN, "false", "Load the image into the engine as well"),
        ("push-by-digest", BOOLEAN, "false", "Push without tags, for a later merge of the digests"),
        (
            "test",
            TEXT,
            "",
            (
                "A shell script that runs before anything is pushed, with the image loaded as "
                "`$IMAGE`; if it fails, nothing is pushed"
            ),
        ),
        (
            "push-retries",
            TEXT,
            "4",
            (
                "How often to try again after a fault that may pass: 408, 429, 5xx, a reset, "
                "a time-out; never 401 or 403"
            ),
        ),
    ),
    *rows(
        Group.ATTESTATIONS,
        (
            "attest",
            TEXT,
            "auto",
            (
                "Sign provenance of the image and of each platform before any tag is written: "
                "`true`, `false`; `auto`: where the job has `id-token: write`"
            ),
        ),
        (
            "attest-registry",
            BOOLEAN,
            "false",
            (
                "Keep the attestation beside the image, too, and sign what BuildKit attests in "
                "the index"
            ),
        ),
        (
            "require-attestation",
            LIST,
            "",
            (
                "`promote`, `pull`, `inspect`: refuse an image that none of these has signed: "
                "`owner/repo`, `owner/repo/.github/workflows/file.yml[@ref]`"
            ),
        ),
        (
            "cosign-key",
            TEXT,
            "",
            "`inspect`: a public key in PEM, or its file, to check cosign's signatures with",
        ),
        (
            "sigstore-config",
            TEXT,
            "",
            (
                "A file of the workspace that describes a Sigstore of your own: a trust "
                "configuration as sigstore-python reads it"
            ),
        ),
    ),
    *rows(
        Group.AFTER,
        (
            "verify",
            BOOLEAN,
            "true",
            (
                "Ask the registry whether every tag and every platform answers with the "
                "digest that was built"
            ),
        ),
        (
            "visibility",
            TEXT,
            "any",
            "Who is meant to see the package: `any`, `public`, `private`, `internal`",
        ),
        (
            "comment",
            TEXT,
            "auto",
            (
                "Comment on the pull request: `auto`, `always` (also after a push to its "
                "branch), `never`; a clean-up only edits the comment"
            ),
        ),
        ("comment-key", TEXT, "", "One comment for each key; default: the workflow's name"),
        ("comment-template", TEXT, "", "A template for the comment, a file of the repository"),
        ("summary-template", TEXT, "", "A template for the job summary, a file of the repository"),
        ("report", TEXT, "", "The saved report to post (`mode: comment`)"),
        (
            "visibility-check",
            TEXT,
            "warn",
            "What happens where the package is not as `visibility` says: `warn` or `fail`",
        ),
        (
            "size-limit",
            TEXT,
            "",
            (
                "How much each platform may grow against the image of the base branch: `10%`, "
                "`20 MiB`"
            ),
        ),
        (
            "size-check",
            TEXT,
            "warn",
            "What happens where `size-limit` is exceeded: `warn`, or `fail` before any tag",
        ),
    ),
)
