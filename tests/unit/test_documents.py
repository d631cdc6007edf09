"""What is written for people is true of the code: action.yml, the reference, and every YAML block of the documentation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ghcr_action import inputs

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
_BLOCK = re.compile(r"^```ya?ml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def blocks() -> Iterator[Any]:
    for page in PAGES:
        for number, block in enumerate(_BLOCK.findall(page.read_text()), 1):
            yield pytest.param(block, id=f"{page.relative_to(ROOT)} {number}")


def steps(node: Any) -> Iterator[dict[str, Any]]:
    """Every step that uses this action, wherever it stands."""
    if isinstance(node, dict):
        if str(node.get("uses", "")).startswith(("OWNER/ghcr-action@", "./")):
            yield node
        for value in node.values():
            yield from steps(value)
    elif isinstance(node, list):
        for value in node:
            yield from steps(value)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_action_yml__is_the_table_of_inputs() -> None:
    assert {name: row.get("default", "") for name, row in ACTION["inputs"].items()} == {row.name: row.default for row in inputs.INPUTS}
    assert list(ACTION["outputs"]) == [output.name for output in inputs.OUTPUTS]


def test_reference__is_up_to_date() -> None:
    namespace: dict[str, Any] = {"__name__": "reference", "__file__": str(ROOT / "scripts/reference")}
    exec(compile((ROOT / "scripts/reference").read_text(), "reference", "exec"), namespace)

    assert (ROOT / "action.yml").read_text() == namespace["action"]()
    assert (ROOT / "docs/reference.md").read_text() == namespace["reference"]()
    assert (ROOT / "docs/troubleshooting.md").read_text() == namespace["troubleshooting"]()


@pytest.mark.parametrize("block", list(blocks()))
def test_documents__every_yaml_block_uses_inputs_that_exist(block: str) -> None:
    for step in steps(yaml.safe_load(block)):
        assert set(step.get("with") or {}) <= inputs.NAMES


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_documents__links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text()):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, fragment = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if fragment:
            assert fragment in {anchor(heading) for heading in _HEADING.findall(target.read_text())}, link
