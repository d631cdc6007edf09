"""A failure as outputs and as the summary, whole."""

import pytest

from ghcr_action.errors import AccessDenied, ActionError, BuildFailed, SettingsError
from ghcr_action.report import failed
from ghcr_action.report.words import render

KNOWN = AccessDenied(
    "Could not push [CODE]",
    why="The role is missing.\nPOST … 403: <b>",
    fix="permissions:\n  packages: write",
    code="CODE",
)


@pytest.mark.parametrize(
    ("error", "outputs"),
    [
        (KNOWN, ("CODE", "The role is missing.", "permissions:\n  packages: write")),
        (
            SettingsError("`push` is wrong", why="it is a boolean"),
            ("SETTINGS", "it is a boolean", ""),
        ),
        (BuildFailed("The build failed", why="line one\nline two"), ("BUILD", "line two", "")),
        (
            SettingsError("2 inputs are wrong", why="1. `a`: x\n\n2. `b`: y"),
            ("SETTINGS", "2 inputs are wrong", ""),
        ),
        (ActionError("Nothing is known"), ("ACTION", "Nothing is known", "")),
    ],
    ids=["known", "one sentence", "lines", "several inputs", "nothing"],
)
def test_outputs__code_cause_and_fix(error: ActionError, outputs: tuple[str, str, str]) -> None:
    assert failed.outputs(error) == tuple(
        zip(("error-code", "error-cause", "error-fix"), outputs, strict=True)
    )


def test_summary__of_a_known_failure() -> None:
    url = "https://github.com/octo/app/actions/runs/1"

    assert render.failure(failed.view(KNOWN, log_url=url)) == (
        "### ❌ Could not push\n\nThe role is missing.\n\n**Fix:** \n\n```yaml\npermissions:\n  packages: write\n```\n\n"
        "<details><summary>What was said</summary>\n\n```text\nPOST … 403: <b>\n```\n\n</details>\n\n"
        f"Error code `CODE` · [the whole log]({url})\n"
    )


def test_summary__of_a_failed_build() -> None:
    error = BuildFailed(
        "The build failed", why="</details> @team\n```", docs="https://docs.docker.com/"
    )

    assert render.failure(failed.view(error)) == (
        "### ❌ The build failed\n\n````text\n</details> @team\n```\n````\n\n"
        "More: <https://docs.docker.com/>\n\nError code `BUILD`\n"
    )
