"""What a person at a terminal types in place of a workflow's YAML."""

import logging

import pytest

from ghcr_action.cli import flags, screen
from ghcr_action.errors import NotFound

FIXES = {
    "one value": ("tags: latest", "--tags latest"),
    "a list": ("tags: |\n  1.2.3\n  latest", "--tags 1.2.3 --tags latest"),
    "a list with dashes": ("images:\n  - a\n  - b", "--images '- a' --images '- b'"),
    "quotes": ('build-args: "A=1 2"', "--build-args 'A=1 2'"),
    "an expression": (
        "source: ghcr.io/octo/app@${{ needs.build.outputs.digest }}",
        "--source ghcr.io/octo/app@DIGEST",
    ),
    "an expression that calls": (
        "digests: ${{ toJSON(needs.build.outputs) }}",
        "--digests OUTPUTS",
    ),
    "an expression of nothing": ("source: ${{ '' }}", "--source …"),
    "any value": ("source: …", "--source …"),
    "nothing": ("pull:", "--pull"),
    "permissions": (
        "Grant it to the job:\n    permissions:\n      contents: read\n      packages: write",
        "Grant it to the job:\nUse a token with the scope repo, write:packages, in GITHUB_TOKEN.",
    ),
    "permissions that no token has": ("permissions:\n  id-token: write", ""),
    "steps": ("  - uses: actions/checkout@v5\n    with:\n      fetch-depth: 0", ""),
    "a sentence": ("Check `source`, and `nonsense`.", "Check --source, and `nonsense`."),
}


@pytest.mark.parametrize(("text", "typed"), FIXES.values(), ids=FIXES)
def test_fix__is_what_a_person_types(text: str, typed: str) -> None:
    assert flags.fix(text) == typed


def record(level: int, **extra: object) -> logging.LogRecord:
    found = logging.LogRecord("n", level, "p", 1, "said", (), None)
    vars(found).update(extra)
    return found


ERROR = NotFound("`source` is not there", why="gone", fix="tags: x", docs="https://docs.github.com")


@pytest.mark.parametrize(
    ("level", "has_colours", "extra", "line"),
    [
        (logging.INFO, True, {}, "said"),
        (logging.WARNING, False, {}, "WARNING: said"),
        (logging.WARNING, True, {}, "\x1b[33mWARNING:\x1b[0m said"),
        (
            logging.ERROR,
            True,
            {"error": ERROR},
            (
                "\x1b[1;31mERROR:\x1b[0m --source is not there\nWhy: gone\nFix: --tags x\n"
                "https://docs.github.com"
            ),
        ),
        (logging.ERROR, False, {"error": NotFound("what")}, "ERROR: what"),
    ],
)
def test_line__of_an_error_has_flags(
    level: int, has_colours: bool, extra: dict[str, object], line: str
) -> None:
    assert screen.LineFormatter(has_colours=has_colours).format(record(level, **extra)) == line
