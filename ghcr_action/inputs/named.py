"""Inputs that name images: those to be made, and those that exist."""

from ghcr_action.inputs.row import BOOLEAN, CSV, LIST, TEXT, Group, rows

INPUTS = (
    *rows(
        Group.NAMES,
        ("images", LIST, "", "Repositories to publish to; default: `REGISTRY/OWNER/REPO`"),
        (
            "tags",
            LIST,
            "",
            (
                "Tag rules (`type=…`), bare tags or full references; default: branch, tag, "
                "pull request, schedule"
            ),
        ),
        ("flavor", LIST, "", "Rules for all tags: `latest=auto`, `prefix=`, `suffix=`"),
        ("labels", LIST, "", "Labels to add or to override, `key=value`"),
        ("annotations", LIST, "", "Annotations to add or to override, `[level:]key=value`"),
        (
            "annotation-levels",
            CSV,
            "",
            (
                "Where annotations go when an item names no level; default: "
                "`index,manifest`, in `mode: metadata` `manifest`"
            ),
        ),
        (
            "metadata-context",
            TEXT,
            "workflow",
            (
                "Where ref and commit come from: `workflow` (the event) or `git` (the "
                "checked-out repository)"
            ),
        ),
        (
            "pr-sha",
            TEXT,
            "merge",
            "The commit of a pull request in tags and labels: `merge` or `head`",
        ),
        ("sep-tags", TEXT, "", "Separator of the output `tags`; default: a line end"),
        ("sep-labels", TEXT, "", "Separator of the output `labels`; default: a line end"),
        ("sep-annotations", TEXT, "", "Separator of the output `annotations`; default: a line end"),
        ("bake-target", TEXT, "docker-metadata-action", "Target in the bake files"),
        (
            "moving-tags",
            TEXT,
            "forward",
            (
                "`forward`: `latest`, `1`, `1.2` never go back to an older release nor to a "
                "pre-release; `always`: they follow the last run"
            ),
        ),
        (
            "immutable-tags",
            LIST,
            "",
            "Tags that must not be given to another digest once they exist, as globs: `[0-9]*.*.*`",
        ),
        (
            "if-exists",
            TEXT,
            "fail",
            (
                "What to do if a tag of `immutable-tags` exists with another digest: `fail`, "
                "`skip` (it stays), `overwrite`"
            ),
        ),
    ),
    *rows(
        Group.EXISTING,
        (
            "source",
            LIST,
            "",
            (
                "The image to promote, pull or inspect: `NAME:TAG` or `NAME@DIGEST`; `:TAG` or a"
                " digest alone is of `images`; `inspect` takes several. `bake`: the definition's"
                " directory or address; default: the work tree, else the commit on GitHub"
            ),
        ),
        (
            "digests",
            TEXT,
            "",
            (
                "`merge`: digests, `NAME@DIGEST` or outputs `leg`, one a line, or JSON with "
                "them, for example `toJSON(needs.build.outputs)`"
            ),
        ),
        ("fresh", BOOLEAN, "false", "`pull`: remove the local copy first"),
        (
            "output",
            TEXT,
            "",
            "`pull`: a directory of the workspace for an OCI layout, in place of the engine",
        ),
        ("expect-digest", TEXT, "", "Stop where `source` has another digest than this"),
        (
            "referrers",
            BOOLEAN,
            "true",
            (
                "`promote`: copy signatures, SBOMs and attestations to other repositories as "
                "well; `inspect`: list them"
            ),
        ),
    ),
)
