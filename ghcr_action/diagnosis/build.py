"""Rows of the catalogue about the build itself and what it is made from: a step's own failure must not pass for the registry's."""

from ghcr_action.diagnosis.known import Known, Where
from ghcr_action.errors import BuildFailed, NotFound, SettingsError, Unavailable

ROWS: tuple[Known, ...] = (
    Known(
        code="BUILD-STEP-FAILED",
        patterns=(r"process \".*\" did not complete successfully: exit code: \d+",),
        where=frozenset({Where.ENGINE}),
        cause="A command of the Dockerfile failed; what it said stands above in the log.",
        fix="Read the lines of that step, and try the command on your own machine.",
        docs="https://docs.docker.com/reference/dockerfile/#run",
        kind=BuildFailed,
    ),
    Known(
        code="HUB-PULL-429-LIMIT",
        patterns=(r"You have reached your (?:unauthenticated )?pull rate limit", r"docker\.io/\S*: 429\b"),
        cause="Docker Hub, not {host}, limits how many base images an address or account may pull.",
        fix="Log in to Docker Hub with `registry-auth`, or take the base image from a mirror.",
        docs="https://docs.docker.com/docker-hub/usage/",
        kind=Unavailable,
    ),
    Known(
        code="IMAGE-404-BASE",
        patterns=(r"failed to resolve source metadata for .*: not found$",),
        cause="The Dockerfile names a base image whose tag or digest does not exist.",
        fix="Check the `FROM` line (and the build arguments in it), or push the base image first.",
        docs="https://github.com/celestiaorg/celestia-app/issues/4759",
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
