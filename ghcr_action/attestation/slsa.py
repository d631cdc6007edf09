"""SLSA provenance v1 of GitHub's build type, filled from the signer's certificate alone.

The same fields with the same values as ``actions/attest`` writes. As all of them come from the
certificate, statement and signer can't disagree, and no token has to be read.
Sources: https://slsa.dev/spec/v1.1/provenance and
https://github.com/slsa-framework/github-actions-buildtypes/tree/main/workflow/v1.
"""

from ghcr_action.attestation.claims import Claims
from ghcr_action.attestation.refused import need

BUILD_TYPE = "https://actions.github.io/buildtypes/workflow/v1"


def predicate(claims: Claims) -> dict[str, object]:
    """The predicate. Raises Refused where the certificate leaves something out that it needs."""
    wanted = ("repository", "workflow", "signer", "commit", "ref", "event", "run")
    missing = [name for name in wanted if not getattr(claims, name)]
    need(not missing, f"the certificate does not say: {', '.join(missing)}")
    path = claims.workflow.removeprefix(f"{claims.repository}/").partition("@")[0]
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {
                "workflow": {"ref": claims.ref, "repository": claims.repository, "path": path}
            },
            "internalParameters": {
                "github": {
                    "event_name": claims.event,
                    "repository_id": claims.repository_id,
                    "repository_owner_id": claims.owner_id,
                    "runner_environment": claims.runner,
                }
            },
            "resolvedDependencies": [
                {
                    "uri": f"git+{claims.repository}@{claims.ref}",
                    "digest": {"gitCommit": claims.commit},
                }
            ],
        },
        "runDetails": {
            "builder": {"id": claims.signer},
            "metadata": {"invocationId": claims.run},
        },
    }
