"""The outputs of a step."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of the step."""

    name: str
    summary: str


OUTPUTS: tuple[Output, ...] = tuple(
    Output(name=name, summary=summary)
    for name, summary in (
        (
            "digest",
            (
                "Digest of the image or index, confirmed by the registry: published, or left "
                "standing by `if-exists: skip`"
            ),
        ),
        ("digests", "JSON object: platform → digest (`mode: bake`: target → digest)"),
        ("image", "`name@digest` of the first repository"),
        (
            "images",
            "`name@digest`, one line for each repository (`mode: bake`: JSON by target)",
        ),
        ("platforms", "JSON object: target → platform → digest (`mode: bake`)"),
        ("imageid", "Image ID"),
        ("version", "The first, most important tag"),
        (
            "tags",
            (
                "Every reference, one a line (`mode: metadata`: joined by `sep-tags`; `mode: "
                "bake`: JSON, target → list)"
            ),
        ),
        ("targets", "JSON list of the targets that are published (`mode: bake`, `plan-matrix`)"),
        ("matrix", "A job for each target and platform, as JSON (`mode: bake`, `plan-matrix`)"),
        ("tag-names", "Tags without their image (`mode: metadata`)"),
        ("labels", "Labels of the image, one a line"),
        ("annotations", "Annotations of the image, one a line"),
        (
            "json",
            (
                "`mode: metadata`: tags, tag names, labels and annotations; `mode: inspect`: "
                "a list with all that is known of each image"
            ),
        ),
        ("bake-file", "Path of a bake file with tags and labels (`mode: metadata`)"),
        ("bake-file-tags", "Path of a bake file with tags (`mode: metadata`)"),
        ("bake-file-labels", "Path of a bake file with labels (`mode: metadata`)"),
        ("bake-file-annotations", "Path of a bake file with annotations (`mode: metadata`)"),
        (
            "metadata",
            "What the engine says of the build, as JSON, without provenance; empty above 100 KiB",
        ),
        ("metadata-file", "Path of the whole metadata file"),
        (
            "previous-digests",
            (
                "JSON object: reference → digest it had before (`mode: promote`, `merge`), "
                "for the way back"
            ),
        ),
        ("pushed", "`true` if the image was pushed"),
        ("reason", "Why nothing was pushed"),
        ("size", "Compressed size of all platforms together, in bytes, shared layers once"),
        ("cache-hit-ratio", "Share of the Dockerfile's steps that a cache spared, 0 to 1"),
        (
            "visibility",
            (
                "`public`, `private`, `internal` or `unknown`, as GitHub says and an "
                "anonymous pull confirms"
            ),
        ),
        ("package-url", "The package's page"),
        ("attestation-url", "GitHub's page of the attestation that was made, or that was required"),
        ("attestation-ids", "Ids of attestations in GitHub's store, one a line"),
        ("bundle", "Path of the Sigstore bundle that was made"),
        ("comment-url", "The comment on the pull request"),
        ("report", "Path of the saved report, where this run may not comment"),
        (
            "leg",
            (
                "With `push-by-digest`: what `mode: merge` takes in `digests`: the digest, or "
                "why there is none"
            ),
        ),
        ("plan", "The plan, as JSON"),
        (
            "deleted",
            (
                "Versions that were deleted, a JSON list of `package`, `id`, `digest`, `tags`, "
                "`rule`, `reason` (`mode: cleanup`); "
                "empty above 100 KiB"
            ),
        ),
        (
            "kept",
            (
                "Versions that stay, tagged or spared by a rule, in the form of `deleted` "
                "(`mode: cleanup`); empty above 100 KiB"
            ),
        ),
        (
            "failed",
            (
                "Versions that could not be deleted, in the form of `deleted` (`mode: cleanup`);"
                " empty above 100 KiB"
            ),
        ),
        (
            "plan-file",
            "Path of a JSON file with every version, what happens to it and why (`mode: cleanup`)",
        ),
        (
            "freed",
            (
                "Bytes that only deleted versions held, shared layers once; a dry run says what "
                "it would be (`mode: cleanup`)"
            ),
        ),
        (
            "restore-file",
            (
                "Path of a JSON file with every deleted version, for `restore`: GitHub keeps "
                "them for 30 days (`mode: cleanup`)"
            ),
        ),
        ("error-code", "After a failure: a stable code of its cause"),
        ("error-cause", "After a failure: why, in a sentence"),
        ("error-fix", "After a failure: what mends it"),
    )
)

NAMES_AND_NUMBERS = frozenset(
    {
        "attestation-ids",
        "attestation-url",
        "bake-file",
        "bake-file-annotations",
        "bake-file-labels",
        "bake-file-tags",
        "bundle",
        "cache-hit-ratio",
        "comment-url",
        "digest",
        "digests",
        "error-code",
        "freed",
        "image",
        "imageid",
        "images",
        "metadata-file",
        "package-url",
        "plan-file",
        "platforms",
        "previous-digests",
        "pushed",
        "report",
        "restore-file",
        "size",
        "tag-names",
        "tags",
        "targets",
        "version",
        "visibility",
    }
)
"""Outputs whose values are names that everybody may read, digests, numbers and paths. A later step
gets them as they are, even where a secret is a word that stands in one of them: a login's user, the
port of a registry."""
