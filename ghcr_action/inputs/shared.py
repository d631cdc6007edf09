"""Inputs of all modes, and the logins."""

from ghcr_action.inputs.modes import MODES
from ghcr_action.inputs.row import BOOLEAN, SECRET, TEXT, Group, rows

INPUTS = (
    *rows(
        Group.ALL,
        ("mode", TEXT, "publish", f"What to do: {', '.join(f'`{name}`' for name in MODES)}"),
        (
            "dry-run",
            BOOLEAN,
            "",
            "Print the plan, touch nothing; default: `false`, in `mode: cleanup` `true`",
        ),
        ("summary", BOOLEAN, "true", "Write the job summary"),
        (
            "check-run-id",
            TEXT,
            "${{ job.check_run_id }}",
            "The number of the job, for the link from a failure to its log; leave it as it is",
        ),
    ),
    *rows(
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
                "Registry to log in to; default: GitHub's (`ghcr.io`), or with `username` and "
                "`password` the registry of `images` and `tags`"
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
)
