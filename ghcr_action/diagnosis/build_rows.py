"""Rows of the catalogue about the build itself and what it is made from: a step's own failure
must not pass for the registry's."""

from ghcr_action.diagnosis.known import Known, Retry
from ghcr_action.errors import AccessDenied, BuildFailed, NotFound, SettingsError, Unavailable
from ghcr_action.values.answer import Where

BUILDERS = "https://docs.docker.com/build/builders/drivers/"

ROWS: tuple[Known, ...] = (
    Known(
        code="MACHINE-FULL",
        patterns=(r"no space left on device|disk quota exceeded",),
        where=frozenset({Where.ENGINE}),
        cause="A disk is full: the runner's, or that of the engine.",
        fix=(
            "Free space before this step (`docker system prune --all --force`, or remove "
            "tools), or use a larger runner."
        ),
        docs="https://docs.docker.com/reference/cli/docker/system/prune/",
        kind=Unavailable,
    ),
    Known(
        code="BUILD-STEP-FAILED",
        patterns=(r"process \".*\" did not complete successfully: exit code: \d+",),
        where=frozenset({Where.ENGINE}),
        cause="A command of the Dockerfile failed. What it said last tells why.",
        fix="Try the command on your own machine. The log has every line that it said.",
        docs="https://docs.docker.com/reference/dockerfile/#run",
        kind=BuildFailed,
    ),
    Known(
        code="BUILDKIT-UNREACHED",
        patterns=(
            r"waiting for connection: context deadline exceeded",
            r"failed to list workers: Unavailable: connection error: ",
        ),
        where=frozenset({Where.ENGINE}),
        cause="No connection to BuildKit, which builds, could be made.",
        fix=(
            "Look whether the engine, or the builder that is named, runs still, and whether "
            "whatever stands in front of its socket passes `POST /grpc`. Then run the step again."
        ),
        docs=BUILDERS,
        kind=Unavailable,
    ),
    Known(
        code="BUILDKIT-LOST",
        patterns=(
            r"error reading from server: ",
            r"code = Unavailable desc = .*(?:transport|connection)",
            r"failed to list workers: Unavailable: ",
        ),
        where=frozenset({Where.ENGINE}),
        cause="The connection to BuildKit, which builds, broke: it was stopped or started anew, "
        "or was out of memory, or what stands in front of it cut the connection.",
        fix=(
            "Run the step again if our own retries did not help. If it persists, read the log of "
            "the engine (`journalctl -u docker`), or of the builder."
        ),
        docs=BUILDERS,
        kind=Unavailable,
        retry=Retry.TRANSIENT,
    ),
    Known(
        code="BUILD-GIT-LOGIN",
        patterns=(
            r"could not read (?:Username|Password) for '",
            r"Authentication failed for '",
            r"fatal: repository '\S+' not found",
        ),
        cause=(
            "Git finds no repository at a context's address, or the login that it has is not for "
            "that repository: the job's token opens the workflow's own, and public ones."
        ),
        fix=(
            "For a private one give a token that may read it:\n    with:\n      secrets: "
            "GIT_AUTH_TOKEN=${{{{ secrets.NAME }}}}"
        ),
        docs="https://docs.docker.com/build/building/secrets/#git-authentication-for-remote-contexts",
        kind=AccessDenied,
    ),
    Known(
        code="BUILD-INPUT-FLAG",
        patterns=(r'invalid argument ".*" for ".*--.*" flag',),
        cause=(
            "An input of the build has a value that docker does not take; the flag has "
            "the input's name."
        ),
        fix="Mend the input that is named like the flag, as docker's own page writes it.",
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-TARGET",
        patterns=(r'target stage ".*" could not be found',),
        cause="The Dockerfile has no stage by the name in `target`.",
        fix="Write it as the Dockerfile does behind `AS`: `target: name` for `FROM base AS name`.",
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#target",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-SECRET-FILE",
        patterns=(r"failed to stat \S+: stat .*: no such file or directory",),
        cause="The input `secret-files` names a file that is not there.",
        fix=(
            "Write the file in an earlier step, below the workspace, and name it: "
            "`secret-files: id=path/to/file`."
        ),
        docs="https://docs.docker.com/build/building/secrets/",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-SSH",
        patterns=(r"failed to convert agent config|invalid empty ssh agent socket",),
        cause="The input `ssh` names neither a running agent nor a key that is there.",
        fix=(
            "Name a key, `ssh: default=path/to/key`, or start an agent in an earlier step whose "
            "socket lies below `runner.temp`: a container action sees no other directory of the "
            "runner than that and the workspace."
        ),
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#ssh",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-EXPORTER",
        patterns=(r'exporter ".*" could not be found',),
        cause="The input `outputs` names a type that the engine does not know.",
        fix=(
            "Write `outputs: type=local,dest=out`; the types are `image`, `local`, "
            "`tar`, `oci`, `docker` and `registry`."
        ),
        docs="https://docs.docker.com/build/exporters/",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-PLACE",
        patterns=(
            r"failed to open open .*: (?:no such file or directory|is a directory)",
            r"(?:^|: )mkdir .*: (?:not a directory|no such file or directory)",
            r"local cache (?:exporter requires dest|importer requires src)",
            r"destination directory .* is a file$",
            r"destination file .* is a directory$",
        ),
        where=frozenset({Where.ENGINE}),
        cause="An input, `outputs` or that of a cache, names no place for its files.",
        fix=(
            "Write a directory that is there, or make it in a step before: `run: mkdir -p out`, "
            "then `outputs: type=tar,dest=out/image.tar`."
        ),
        docs="https://docs.docker.com/build/exporters/local-tar/",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-OPTION",
        patterns=(
            r"non-(?:bool|int)\w* value .* specified for \S+",
            r"unsupported compression type",
            r"(?:^|: )invalid value \S+$",
            r"(?:^|: )invalid .* value: .*, expected key=value$",
            r"unknown attestation type",
            r"(?:^|: )invalid mode \"",
            r"unknown cache (?:ex|im)porter",
        ),
        where=frozenset({Where.ENGINE}),
        cause=(
            "An option has a value that docker does not take, in `outputs`, `cache-to`, "
            "`cache-from`, `attests`, `provenance`, `sbom` or `build-contexts`."
        ),
        fix=(
            "Mend the value that is named. One with a comma in it stands in double quotes with "
            'its key: `type=local,"dest=a,b"`.'
        ),
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-HOST",
        patterns=(r"invalid host \S+$",),
        cause="The input `add-hosts` has an item without an address.",
        fix="Write `add-hosts: name:10.0.0.1`.",
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#add-host",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-ALLOW",
        patterns=(r"unknown entitlement \S+|invalid entitlement",),
        cause="The input `allow` names a right that BuildKit does not know.",
        fix="Write `allow: network.host`, or `security.insecure`.",
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#allow",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-ALLOW-DAEMON",
        patterns=(r"granting entitlement \S+ is not allowed by build daemon",),
        cause=(
            "The builder's BuildKit does not grant the right that `allow` asks for: the engine's "
            "own does so only if its daemon.json says it."
        ),
        fix=(
            "Leave `builder` out, or write `driver: docker-container`: a builder that the action "
            "makes grants what `allow` names."
        ),
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#allow",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-NETWORK",
        patterns=(r'network mode ".*" not supported by buildkit',),
        cause="The input `network` is for RUN: BuildKit knows no networks of the engine by name.",
        fix="Write `network: host`, `none` or `default`.",
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#network",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-CONTEXT",
        patterns=(
            r"failed to get build context \S+: stat",
            r"oci-layout reference .* could not be resolved",
        ),
        cause="The input `build-contexts` names a directory that is not there.",
        fix=(
            "Write `build-contexts: name=path/in/the/workspace`, or an address: "
            "`name=docker-image://alpine`, a Git URL."
        ),
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#build-context",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-CONTEXT-NAME",
        patterns=(r"x-docker-expose-session-sharedkey.* contains value with non-printable ASCII",),
        where=frozenset({Where.ENGINE}),
        cause=(
            "The directory of the context has a name that BuildKit's protocol does not carry: it "
            "takes ASCII only."
        ),
        fix=(
            "Give the directory another name, or a link to it, in a step before: `run: ln -s NAME "
            "app`, and `app` as the context."
        ),
        docs="https://docs.docker.com/build/concepts/context/#local-context",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-INPUT-CALL",
        patterns=(r"unsupported request frontend\.",),
        cause="The input `call` asks for something that this Dockerfile's frontend does not know.",
        fix="Write `call: check`, `outline` or `targets`.",
        docs="https://docs.docker.com/reference/cli/docker/buildx/build/#call",
        kind=SettingsError,
    ),
    Known(
        code="BUILD-COPY-MISSING",
        patterns=(r'failed to calculate checksum of ref \S+: ".*": not found',),
        cause="The Dockerfile copies a file that the build context does not hold: the path "
        "is wrong, `context` is another "
        "directory, `.dockerignore` leaves it out, or an earlier step of the workflow should "
        "have made it.",
        fix="Look where the file lies below `context`, and into `.dockerignore`.",
        docs="https://docs.docker.com/build/concepts/context/#dockerignore-files",
        kind=BuildFailed,
    ),
    Known(
        code="BUILD-DOCKERFILE",
        patterns=(
            (
                r"dockerfile parse error|the Dockerfile cannot be empty|(?:no build stage in "
                r"current context)"
            ),
        ),
        cause="The Dockerfile can't be read.",
        fix="Mend the line that is named; the Dockerfile is the one of `file`.",
        docs="https://docs.docker.com/reference/dockerfile/",
        kind=BuildFailed,
    ),
    Known(
        code="IMAGE-STAGE",
        patterns=(r"failed to resolve source metadata for .*\(did you mean \S+\?\)$",),
        cause=(
            "A `FROM` or `COPY --from` names neither a stage of the Dockerfile nor an "
            "image that is there."
        ),
        fix="Write the stage as its `AS` does.",
        docs="https://docs.docker.com/build/building/multi-stage/",
        kind=BuildFailed,
    ),
    Known(
        code="IMAGE-HOST",
        patterns=(r"failed to resolve source metadata for .*: no such host",),
        cause=(
            "The runner finds no address for the registry of an image that the build needs (a base "
            "image, or one of `# syntax=` or `sbom`): its name is wrong, or the runner has no way "
            "to it."
        ),
        fix=(
            "Check the name where it stands (the `FROM` line and the build arguments in it, "
            "`# syntax=`, the generator in `sbom`), and the runner's network and DNS."
        ),
        docs="https://docs.docker.com/reference/dockerfile/#from",
        kind=Unavailable,
    ),
    Known(
        code="HUB-PULL-429-LIMIT",
        patterns=(
            r"You have reached your (?:unauthenticated )?pull rate limit",
            r"docker\.io/.*: 429\b",
        ),
        cause=(
            "Docker Hub limits how many base images an address or an account may pull. This is no "
            "limit of {host}."
        ),
        fix="Log in to Docker Hub with `registry-auth`, or take the base image from a mirror.",
        docs="https://docs.docker.com/docker-hub/usage/",
        kind=Unavailable,
    ),
    Known(
        code="IMAGE-404-PLATFORM",
        patterns=(r"no match for platform in manifest",),
        cause="A base image is there, but not for a platform that is asked for: it has {offers}.",
        fix=(
            "Leave that platform out of `platforms`, or name a base image in the `FROM` line that "
            "has it."
        ),
        docs="https://docs.docker.com/build/building/multi-platform/",
        kind=NotFound,
    ),
    Known(
        code="IMAGE-404-BASE",
        patterns=(r"failed to resolve source metadata for .*: not found$",),
        cause=(
            "The tag or digest of an image that the build needs does not exist: of a base image, "
            "or of one that `# syntax=` or `sbom` names."
        ),
        fix=(
            "Check the name where it stands: the `FROM` line and the build arguments in it, "
            "`# syntax=`, or the generator in `sbom`; or push that image first."
        ),
        docs="https://docs.docker.com/reference/dockerfile/#from",
        kind=NotFound,
    ),
    Known(
        code="IMAGE-NAME-CAPITALS",
        patterns=(r"repository name must be lowercase",),
        cause="The image's name has capitals; names of repositories are lower case.",
        fix="Write the name in lower case. `images` of this action does it for you.",
        docs="https://github.com/orgs/community/discussions/25768",
        kind=SettingsError,
    ),
)
