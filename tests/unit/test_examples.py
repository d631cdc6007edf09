"""Every example can be copied: each step of each page, and each line of each help, is read as a run
would read it, without a mistake to warn of."""

import itertools
import json
import re
import shlex
from typing import Any

import pytest
import yaml

from ghcr_action.cli import arguments, manual
from ghcr_action.settings import parse
from tests.fakes.events import push_event
from tests.unit.test_documents import PAGES, blocks, steps

A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
ENVIRON = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/app"}
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMMAND = re.compile(r"^(?:\$ )?(ghcr-action (?!--)[^\n]*(?:\\\n[^\n]*)*)", re.MULTILINE)
_SHELL = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
VALUES = (
    (r"toJSON\(needs", json.dumps({"amd64": A, "arm64": B})),
    (r"[!=]=", "true"),
    (r"outputs\.image$", f"ghcr.io/octo/app@{A}"),
    (r"outputs\.tags", "ghcr.io/octo/app:1"),
    (r"outputs\.labels", "a=b"),
    (r"digest", A),
    (r"matrix\.platform", "linux/arm64"),
    (r"^github\.repository$", "octo/app"),
    (r"REGISTRY_LOGINS", "- registry: quay.io\n  username: u\n  password: p"),
    (r"", "x"),
)
"""What an expression may be in a run, by the first pattern that is found in it."""


def evaluated(text: str) -> str:
    return _EXPRESSION.sub(
        lambda found: next(value for pattern, value in VALUES if re.search(pattern, found[1])), text
    )


def written(value: Any) -> str:
    """A scalar of YAML as the runner hands it over."""
    return evaluated(str(value).lower() if isinstance(value, bool) else str(value))


@pytest.mark.parametrize("block", list(blocks()))
def test_examples__of_pages_are_read_without_a_slip(block: str) -> None:
    for step in steps(yaml.safe_load(block)):
        given = {name: written(value) for name, value in (step.get("with") or {}).items()}
        environ = ENVIRON | dict.fromkeys(step.get("env") or (), "x")

        remarks = parse.settings({"github-token": "t", **given}, environ, push_event())[1]

        assert remarks.warnings == ()


def commands() -> list[Any]:
    helps = [line for lines in manual.EXAMPLES.values() for line in lines]
    pages = [
        found.replace("\\\n", " ")
        for page in PAGES
        for block in _SHELL.findall(page.read_text())
        for found in _COMMAND.findall(block)
    ]
    return [pytest.param(line, id=line[:70]) for line in dict.fromkeys((*helps, *pages))]


@pytest.mark.parametrize("line", commands())
def test_examples__of_helps_are_read_without_a_slip(line: str) -> None:
    digests = itertools.cycle((A, B))
    whole = re.sub("sha256:…", lambda _: next(digests), re.split(" [|>#]", line)[0])
    words = shlex.split(whole)[1:]
    if "--help" in words:
        return
    if words[0] in ("help", "completion", "version"):  # they print, and end
        with pytest.raises(SystemExit) as ended:
            arguments.parse(words)
        assert not ended.value.code
        return

    asked = arguments.parse(words)
    remarks = parse.settings({"github-token": "t", **asked.inputs}, {}, push_event())[1]

    assert remarks.warnings == ()
