"""Inputs of the build, of one image and of a bake."""

from ghcr_action.inputs.row import BOOLEAN, CSV, LIST, RAW_LIST, TEXT, Group, rows

INPUTS = (
    *rows(
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
            (
                "Provenance that BuildKit adds to the index: true, false or attributes; default:"
                " false on GitHub's registry"
            ),
        ),
        ("sbom", TEXT, "", "SBOM that BuildKit adds to the index: true, false or attributes"),
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
        ("driver-opts", LIST, "", "Options of the driver, `image=…`, `network=host`, `env.X=Y`"),
        (
            "buildkitd-flags",
            TEXT,
            "",
            "Flags of the builder's BuildKit; default: allow insecure entitlements",
        ),
        ("buildkitd-config", TEXT, "", "Path of a configuration for the builder's BuildKit"),
        (
            "buildkitd-config-inline",
            TEXT,
            "",
            ("The configuration of the builder's BuildKit, as text"),
        ),
        (
            "endpoint",
            TEXT,
            "",
            "Where the builder runs: a Docker context or socket, `tcp://HOST:PORT`, `unix://PATH`",
        ),
        (
            "append",
            TEXT,
            "",
            (
                "Further nodes of the builder, a YAML list of `name`, `endpoint`, `driver-opts`,"
                " …, `platforms`; in `mode: merge`, `true` extends the index"
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
                "Emulation of platforms that the engine can't run: `auto` (installed once a step"
                " needs it), `off`, or an image that installs it"
            ),
        ),
        (
            "cache",
            TEXT,
            "auto",
            (
                "The cache if neither `cache-from` nor `cache-to` is given: `gha`, `registry`, "
                "`off`; `auto`: GitHub's service, else the registry"
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
    *rows(
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
                "`bake`: tags of some targets, in place of their own, as YAML: a target, a group"
                " or a glob, and rules, tags or references as in `tags`"
            ),
        ),
        (
            "plan-matrix",
            BOOLEAN,
            "false",
            "`bake`: build nothing; the output `matrix` has a job for each target and platform",
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
)
