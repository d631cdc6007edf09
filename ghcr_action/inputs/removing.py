"""Inputs of the clean-up."""

from ghcr_action.inputs.row import BOOLEAN, CSV, LIST, TEXT, Group, rows

INPUTS = (
    *rows(
        Group.CLEANUP,
        (
            "packages",
            CSV,
            "",
            (
                "Packages to clean up, `NAME` or `REGISTRY/OWNER/NAME`, also as globs; default: "
                "the repository's own"
            ),
        ),
        (
            "remove",
            CSV,
            "",
            (
                "What goes: `untagged` (the default), `tagged`, `closed-pull-requests`, "
                "`deleted-branches`, `caches`, `ghosts`, "
                "`partials`, `orphans`, globs of tags, `/regular expressions/`, digests"
            ),
        ),
        (
            "keep-tags",
            CSV,
            "",
            (
                "Tags (globs, `/regular expressions/`) and digests that stay in any case, with "
                "everything they need"
            ),
        ),
        (
            "keep-last",
            TEXT,
            "0",
            "How many stay of the tagged images that would go, the newest first, in each package",
        ),
        (
            "keep-n-untagged",
            TEXT,
            "0",
            (
                "How many untagged images stay, the newest first, in each package; adds "
                "`untagged` to `remove`"
            ),
        ),
        (
            "keep-younger-than",
            TEXT,
            "",
            (
                "Images that were pushed or tagged within this time stay: `7 days`, `12h`; "
                "default: 1 day"
            ),
        ),
        (
            "keep-semver",
            TEXT,
            "",
            "Release lines of which the newest release stays: `3 minors`, `2 majors`, `5 patches`",
        ),
        (
            "by",
            TEXT,
            "touched",
            (
                "The date that counts: `touched` (pushed or tagged, the later one), `created`, "
                "`updated`"
            ),
        ),
        (
            "in-use",
            LIST,
            "",
            "What stays because it is in use: globs of files that name it, references, digests",
        ),
        (
            "policy",
            TEXT,
            "",
            (
                "A file with families of tags, in place of `remove` and the numbers: "
                "`.github/retention.yml`"
            ),
        ),
        (
            "untag",
            BOOLEAN,
            "false",
            "Take a tag that `remove` names from an image that other tags keep",
        ),
        (
            "max-share",
            TEXT,
            "50%",
            (
                "Largest share of a package's tagged images that one run deletes; above it "
                "nothing is deleted"
            ),
        ),
        (
            "max-deletions",
            TEXT,
            "0",
            (
                "Largest number of versions of a package that one run deletes; above it nothing "
                "is deleted; 0: no limit"
            ),
        ),
        (
            "allow-unmatched",
            BOOLEAN,
            "false",
            "Go on where an item of `keep-tags` matches nothing in any package",
        ),
        (
            "plan-file",
            TEXT,
            "",
            "A plan that a dry run wrote: the run does exactly what it says, or nothing",
        ),
        (
            "restore",
            TEXT,
            "",
            (
                "A `restore-file` or a plan: bring back the versions that were deleted by it, "
                "and delete nothing"
            ),
        ),
        (
            "cache-file",
            TEXT,
            "",
            "A file of the workspace that remembers manifests from run to run",
        ),
        ("exclude-tags", CSV, "", "As `keep-tags`; ghcr-cleanup-action's name for it"),
        (
            "keep-n-tagged",
            TEXT,
            "0",
            (
                "As `keep-last`, and without `remove` it means `remove: tagged`; "
                "ghcr-cleanup-action's name for it"
            ),
        ),
        ("older-than", TEXT, "", "As `keep-younger-than`; ghcr-cleanup-action's name for it"),
        (
            "delete-tags",
            CSV,
            "",
            ("Items that are added to `remove`; ghcr-cleanup-action's name for it"),
        ),
        (
            "delete-untagged",
            BOOLEAN,
            "",
            "Whether `untagged` is added to `remove`; ghcr-cleanup-action's name for it",
        ),
        (
            "delete-ghost-images",
            BOOLEAN,
            "false",
            "Adds `ghosts` to `remove`; ghcr-cleanup-action's name for it",
        ),
        (
            "delete-partial-images",
            BOOLEAN,
            "false",
            "Adds `partials` to `remove`; ghcr-cleanup-action's name for it",
        ),
        (
            "delete-orphaned-images",
            BOOLEAN,
            "false",
            "Adds `orphans` to `remove`; ghcr-cleanup-action's name for it",
        ),
        (
            "use-regex",
            BOOLEAN,
            "false",
            (
                "`delete-tags` and `exclude-tags` are regular expressions; ghcr-cleanup-action's"
                " name for it"
            ),
        ),
        (
            "expand-packages",
            BOOLEAN,
            "false",
            "Globs in `packages` are always expanded; ghcr-cleanup-action's name for it",
        ),
        (
            "skip-shas",
            CSV,
            "",
            "Digests that are added to `keep-tags`; container-retention-policy's name for it",
        ),
        ("cut-off", TEXT, "", "As `keep-younger-than`; container-retention-policy's name for it"),
        (
            "image-tags",
            CSV,
            "",
            (
                "Globs that are added to `remove`, or with `!` in front to `keep-tags`; "
                "container-retention-policy's name for it"
            ),
        ),
        (
            "tag-selection",
            TEXT,
            "",
            "`both`, `tagged`, `untagged`: what goes; container-retention-policy's name for it",
        ),
        (
            "min-versions-to-keep",
            TEXT,
            "0",
            "As `keep-last` and `keep-n-untagged`; delete-package-versions' name for it",
        ),
    ),
)
