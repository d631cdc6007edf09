"""The table of inputs: one row each, from which settings, ``action.yml``, the command line and
the reference page come."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Group(StrEnum):
    """The headings of ``--help`` and of the reference page."""

    ALL = "all modes"
    ACCESS = "access"
    NAMES = "names"
    EXISTING = "images that exist"
    BUILD = "build"
    BAKE = "bake"
    PUSH = "push"
    ATTESTATIONS = "attestations"
    AFTER = "after the push"
    CLEANUP = "clean-up"


class Kind(Enum):
    """How a text is read; ``lists`` has the rules."""

    TEXT = "text"
    BOOLEAN = "true or false"
    LIST = "lines"
    """One item for each line; a comma belongs to its item."""
    CSV = "lines or commas"
    RAW_LIST = "lines, quotes kept"
    """One item for each line; quotes are for whoever reads the item."""
    SECRET = "text, masked"


LISTS = (Kind.LIST, Kind.CSV, Kind.RAW_LIST)
_DOCUMENTS = frozenset({"append", "digests", "registry-auth"})
"""Texts that are lists of their own grammar, whose items may come one by one."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input: its name, what it is for, and its default as ``action.yml`` writes it."""

    name: str
    group: Group
    kind: Kind
    summary: str
    default: str = ""

    @property
    def may_repeat(self) -> bool:
        """Whether its flag may be given more than once: what follows is a further line."""
        return self.kind in LISTS or self.name in _DOCUMENTS


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of the step."""

    name: str
    summary: str


def _inputs(group: Group, *rows: tuple[str, Kind, str, str]) -> tuple[Input, ...]:
    return tuple(
        Input(name=name, group=group, kind=kind, default=default, summary=summary)
        for name, kind, default, summary in rows
    )


TEXT, BOOLEAN, LIST, CSV, RAW_LIST, SECRET = (
    Kind.TEXT,
    Kind.BOOLEAN,
    Kind.LIST,
    Kind.CSV,
    Kind.RAW_LIST,
    Kind.SECRET,
)

MODES = {
    "publish": "build, push, verify, tag",
    "metadata": "tags, labels and annotations only",
    "comment": "post a report that a run without write access has saved",
    "merge": "digests that several jobs pushed become one index",
    "promote": "an image that exists gets more names, with the same digest",
    "pull": "an image into the engine or a directory, compared with its digest",
    "inspect": "what an image is, without pulling it",
    "visibility": "what a package's visibility is, against what it should be",
    "cleanup": "remove what no kept image needs",
    "bake": "every image of a Bake definition: build, push, verify, then all tags",
}
"""Every mode, and what it does in a few words."""

INPUTS: tuple[Input, ...] = (
    *_inputs(
        Group.ALL,
        ("mode", TEXT, "publish", f"What to do: {', '.join(f'`{name}`' for name in MODES)}"),
        (
            "dry-run",
            BOOLEAN,
            "",
            "Print the plan, touch nothing; default: false, in `mode: cleanup` true",
        ),
        ("summary", BOOLEAN, "true", "Write the job summary"),
        (
            "check-run-id",
            TEXT,
            "${{ job.check_run_id }}",
            "The number of the job, for the link from a failure to its log; leave it as it is",
        ),
    ),
    *_inputs(
        Group.ACCESS,
        (
            "github-token",
            SECRET,
            "${{ github.token }}",
            (
                "Token for GitHub's API, for a Git context, and for the registry unless "
                "`password` is given"
            ),
        ),
        (
            "registry",
            TEXT,
            "",
            (
                "Registry to log in to; default: with `username` and `password` the one of "
                "`images` and `tags`, else GitHub's (`ghcr.io`)"
            ),
        ),
        ("username", TEXT, "", "User name for the registry; default: the actor"),
        (
            "password",
            SECRET,
            "",
            (
                "Password or classic personal access token for the registry; default: "
                "`github-token` on GitHub's registry"
            ),
        ),
        (
            "registry-auth",
            TEXT,
            "",
            "Logins for further registries: a YAML list of `registry`, `username`, `password`",
        ),
        (
            "logout",
            BOOLEAN,
            "true",
            (
                "Forget the logins after the run; `false` writes them to the home's Docker "
                "configuration for later container actions"
            ),
        ),
    ),
    *_inputs(
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
                "pre-release; `always`: to whatever came last"
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
                "Where a tag of `immutable-tags` exists with another digest: `fail`, `skip` "
                "(it stays), `overwrite`"
            ),
        ),
    ),
    *_inputs(
        Group.EXISTING,
        (
            "source",
            LIST,
            "",
            (
                "The image to promote, pull or inspect (there several): `NAME:TAG`, "
                "`NAME@DIGEST`, or of `images` just `:TAG` or a digest; `bake`: the definition's "
                "directory or address, default: the work tree, else the commit on GitHub"
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
                "`promote`: signatures, SBOMs and attestations go along to other "
                "repositories; `inspect`: they are listed"
            ),
        ),
    ),
    *_inputs(
        Group.BUILD,
        (
            "context",
            TEXT,
            "",
            (
                "Build context: a path or a Git URL; default: the work tree if one is "
                "checked out, else the commit on GitHub; `metadata`: as `metadata-context`"
            ),
        ),
        ("file", TEXT, "", "The Dockerfile; default: `{context}/Dockerfile`"),
        (
            "platforms",
            CSV,
            "",
            (
                "Platforms to build for; default: the engine's own. `promote` keeps these, "
                "`pull` takes this one, `merge` must find each"
            ),
        ),
        ("target", TEXT, "", "Stage to build"),
        (
            "build-args",
            LIST,
            "",
            "Build arguments, `KEY=value`, or `KEY` for a variable of the environment",
        ),
        ("build-contexts", LIST, "", "Further contexts, `name=path-or-URL`"),
        ("secrets", LIST, "", "Secrets for the build, `id=value`; never written to a layer"),
        ("secret-envs", CSV, "", "Secrets from the environment, `id=NAME`"),
        ("secret-files", LIST, "", "Secrets from files, `id=path`"),
        ("ssh", CSV, "", "SSH agent or keys for the build"),
        (
            "provenance",
            TEXT,
            "",
            "In-index provenance: true, false or attributes; default: false on GitHub's registry",
        ),
        ("sbom", TEXT, "", "In-index SBOM: true, false or attributes"),
        ("attests", LIST, "", "Attestations as buildx writes them, `type=sbom,…`"),
        ("cache-from", LIST, "", "Caches to read"),
        ("cache-to", LIST, "", "Caches to write"),
        ("no-cache", BOOLEAN, "false", "Build every step anew"),
        ("no-cache-filters", CSV, "", "Stages to build anew"),
        ("pull", BOOLEAN, "false", "Look for newer base images"),
        ("outputs", RAW_LIST, "", "Further outputs of the build, as buildx writes them"),
        (
            "builder",
            TEXT,
            "auto",
            (
                "A builder by name; `auto`: the engine's own if it can do what you ask, else "
                "one that the action makes and removes again"
            ),
        ),
        (
            "driver",
            TEXT,
            "",
            (
                "Make a builder with this driver: `docker-container`, `kubernetes`, "
                "`remote`; `docker`: the engine's own"
            ),
        ),
        ("driver-opts", LIST, "", "Options of that driver, `image=…`, `network=host`, `env.X=Y`"),
        (
            "buildkitd-flags",
            TEXT,
            "",
            "Flags of its BuildKit; default: allow insecure entitlements",
        ),
        ("buildkitd-config", TEXT, "", "Path of its BuildKit configuration"),
        ("buildkitd-config-inline", TEXT, "", "Its BuildKit configuration, as text"),
        (
            "endpoint",
            TEXT,
            "",
            "Where it runs: a Docker context or socket, `tcp://HOST:PORT`, `unix://PATH`",
        ),
        (
            "append",
            TEXT,
            "",
            (
                "Further nodes, a YAML list of `name`, `endpoint`, `driver-opts`, …, "
                "`platforms`; in `mode: merge`, `true` extends the index"
            ),
        ),
        (
            "keep-state",
            BOOLEAN,
            "false",
            "Keep the cache of a builder that is removed, for one of the same name",
        ),
        ("cleanup", BOOLEAN, "true", "Remove a builder that this run has made"),
        (
            "qemu",
            TEXT,
            "auto",
            (
                "Emulation of platforms that nothing runs: `auto` (once a step needs it), "
                "`off`, or an image that installs it"
            ),
        ),
        (
            "cache",
            TEXT,
            "auto",
            (
                "Where no `cache-from` or `cache-to` is given: `gha`, `registry`, `off`; "
                "`auto`: GitHub's service, else the registry"
            ),
        ),
        (
            "checks",
            TEXT,
            "warn",
            (
                "Warnings of the Dockerfile's checks: `warn` annotates, `error` stops before "
                "any tag, `off`"
            ),
        ),
        ("call", TEXT, "", "Evaluate instead of build: `check`, `outline`, `targets`"),
        ("add-hosts", CSV, "", "Host names for RUN, `host:IP`"),
        (
            "allow",
            CSV,
            "",
            (
                "Entitlements: `network.host`, `security.insecure`; `bake`: also `ssh`, "
                "`fs.read=PATH`, `fs.write=PATH`, what a definition may do beyond the workspace"
            ),
        ),
        ("network", TEXT, "", "Network for RUN"),
        ("cgroup-parent", TEXT, "", "Parent control group of RUN"),
        ("shm-size", TEXT, "", "Size of `/dev/shm` in RUN"),
        ("ulimit", LIST, "", "Limits of RUN, `name=soft[:hard]`"),
    ),
    *_inputs(
        Group.BAKE,
        (
            "files",
            CSV,
            "",
            "`bake`: the definition's files; default: those that bake finds by itself",
        ),
        ("targets", CSV, "", "`bake`: targets and groups to build; default: the group `default`"),
        (
            "set",
            RAW_LIST,
            "",
            "`bake`: overrides, `TARGET.KEY=VALUE`, where TARGET may be a glob",
        ),
        ("vars", RAW_LIST, "", "`bake`: variables of the definition, `NAME=value`"),
        (
            "target-tags",
            TEXT,
            "",
            (
                "`bake`: names of some targets in place of their own, YAML: a target, a group "
                "or a glob, and rules, tags or references as in `tags`"
            ),
        ),
        (
            "plan-matrix",
            BOOLEAN,
            "false",
            "`bake`: build nothing, give the matrix of a job for each target and platform",
        ),
        (
            "runners",
            LIST,
            "",
            "`bake`: runner of a platform in that matrix, `platform=label`; default: GitHub's own",
        ),
        (
            "only-changed",
            BOOLEAN,
            "false",
            "`bake`: in pull requests, only targets whose files have changed",
        ),
        (
            "unchanged",
            TEXT,
            "skip",
            (
                "`bake`: with `only-changed`, the other targets: `skip`, or `retag` gives their "
                "names to the base branch's image"
            ),
        ),
    ),
    *_inputs(
        Group.PUSH,
        ("push", TEXT, "", "Push the image; default: true, except where the token cannot write"),
        ("load", BOOLEAN, "false", "Load the image into the engine as well"),
        ("push-by-digest", BOOLEAN, "false", "Push without tags, for a later merge of the digests"),
        (
            "test",
            TEXT,
            "",
            (
                "A shell script that runs with the image loaded as `$IMAGE` before anything "
                "is pushed; if it fails, nothing is"
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
    *_inputs(
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
                "A Sigstore of your own: a file of the workspace, a trust configuration as "
                "sigstore-python reads it"
            ),
        ),
    ),
    *_inputs(
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
    *_inputs(
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
            "The same for untagged images; adds `untagged` to what goes",
        ),
        (
            "keep-younger-than",
            TEXT,
            "",
            "What was pushed or tagged since then stays, `7 days`, `12h`; default: 1 day",
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
                "A file with families of tags, in the place of `remove` and the numbers: "
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
                "is; 0: any"
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
            "A plan that a dry run wrote and somebody reviewed: just that is done, or nothing",
        ),
        (
            "restore",
            TEXT,
            "",
            (
                "A `restore-file` or plan: what it says was deleted is brought back, in place of "
                "a clean-up"
            ),
        ),
        (
            "cache-file",
            TEXT,
            "",
            "A file of the workspace that remembers manifests from run to run",
        ),
        ("exclude-tags", CSV, "", "As `keep-tags`; ghcr-cleanup-action's word"),
        (
            "keep-n-tagged",
            TEXT,
            "0",
            (
                "The same as `keep-last`, by its name in ghcr-cleanup-action; without `remove` "
                "it means `remove: tagged`"
            ),
        ),
        ("older-than", TEXT, "", "As `keep-younger-than`; ghcr-cleanup-action's word"),
        ("delete-tags", CSV, "", "Items that are added to `remove`; ghcr-cleanup-action's word"),
        (
            "delete-untagged",
            BOOLEAN,
            "",
            "Whether `untagged` is added to `remove`; ghcr-cleanup-action's word",
        ),
        (
            "delete-ghost-images",
            BOOLEAN,
            "false",
            "Adds `ghosts` to `remove`; ghcr-cleanup-action's word",
        ),
        (
            "delete-partial-images",
            BOOLEAN,
            "false",
            "Adds `partials` to `remove`; ghcr-cleanup-action's word",
        ),
        (
            "delete-orphaned-images",
            BOOLEAN,
            "false",
            "Adds `orphans` to `remove`; ghcr-cleanup-action's word",
        ),
        (
            "use-regex",
            BOOLEAN,
            "false",
            "`delete-tags` and `exclude-tags` are regular expressions; ghcr-cleanup-action's word",
        ),
        (
            "expand-packages",
            BOOLEAN,
            "false",
            "Globs in `packages` are always expanded; ghcr-cleanup-action's word",
        ),
        (
            "skip-shas",
            CSV,
            "",
            "Digests that are added to `keep-tags`; container-retention-policy's word",
        ),
        ("cut-off", TEXT, "", "As `keep-younger-than`; container-retention-policy's word"),
        (
            "image-tags",
            CSV,
            "",
            (
                "Globs that are added to `remove`, behind `!` to `keep-tags`; "
                "container-retention-policy's word"
            ),
        ),
        (
            "tag-selection",
            TEXT,
            "",
            "`both`, `tagged`, `untagged`: what goes; container-retention-policy's word",
        ),
        (
            "min-versions-to-keep",
            TEXT,
            "0",
            "As `keep-last` and `keep-n-untagged`; delete-package-versions' word",
        ),
    ),
)

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
                "With `push-by-digest`: what `mode: merge` takes in `digests`, the digest, "
                "or why there is none"
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
                "Tagged versions and spared candidates that stay, the same (`mode: cleanup`); "
                "empty above 100 KiB"
            ),
        ),
        (
            "failed",
            "Versions that could not be deleted, the same (`mode: cleanup`); empty above 100 KiB",
        ),
        (
            "plan-file",
            "Path of a JSON file with every version, what happens to it and why (`mode: cleanup`)",
        ),
        (
            "freed",
            (
                "Bytes that only deleted versions held, shared layers once; in a dry run what it "
                "would be (`mode: cleanup`)"
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

BY_NAME = {row.name: row for row in INPUTS}
NAMES = frozenset(BY_NAME)


def is_default(name: str, text: str) -> bool:
    """Whether a text is the default of its input: the runner gives every input that has one."""
    default = BY_NAME[name].default
    if BY_NAME[name].kind is Kind.BOOLEAN:
        default, text = default.lower(), text.strip().lower()
    return text.strip() in ("", default) or "${{" in default


SECRETS = tuple(row.name for row in INPUTS if row.kind is Kind.SECRET)
"""Inputs whose whole text is masked before anything is logged."""

_PREFIX = "INPUT_"
_RUNNER_OWN = frozenset({"args", "entrypoint"})
"""Accepted by the runner for every container action."""


def from_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Every ``INPUT_*`` under the name a workflow writes: lower case, hyphens kept, blanks arrived
    as underscores.

    Source: https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/Handler.cs.
    """
    given = (
        (name.removeprefix(_PREFIX).lower(), value)
        for name, value in environ.items()
        if name.startswith(_PREFIX)
    )
    return {name: value for name, value in given if name not in _RUNNER_OWN}
