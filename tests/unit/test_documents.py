"""What is written for people is true of the code: action.yml, the reference, and every YAML block
of the documentation."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ghcr_action import inputs
from ghcr_action.diagnosis.find import CATALOGUE
from ghcr_action.inputs.given_back import OUTPUTS
from ghcr_action.settings.reads import inputs_of
from tests.unit.metadata import occasions

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text())
    for path in (ROOT / ".github/workflows").glob("*.yml")
}
_CALL = re.compile(r"OWNER/ghcr-action/\.github/workflows/(?P<name>[a-z]+\.yml)@v1")
_OUTPUT = re.compile(r"\b(?P<kind>steps|needs)\.(?P<id>[\w-]+)\.outputs\.(?P<output>[\w-]+)")
_RANK = {"none": 0, "read": 1, "write": 2}
_BLOCK = re.compile(r"^```ya?ml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_RULE = re.compile(r"`(type=\w+,[^`]+)`")
EVENTS = (occasions.push(), occasions.tag("v12"), occasions.pull_request())
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


def calls(workflow: Any) -> Iterator[tuple[str, dict[str, Any], dict[Any, Any]]]:
    """Every job that calls one of our workflows: its key, itself, and what is called."""
    for key, job in (workflow.get("jobs") or {}).items() if isinstance(workflow, dict) else ():
        if found := _CALL.fullmatch(str(job.get("uses", ""))):
            yield key, job, WORKFLOWS[found["name"]]


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_action_yml__is_the_table_of_inputs() -> None:
    assert {name: row.get("default", "") for name, row in ACTION["inputs"].items()} == {
        row.name: row.default for row in inputs.INPUTS
    }
    assert list(ACTION["outputs"]) == [output.name for output in OUTPUTS]


def test_action_yml__descriptions_hold_no_expressions() -> None:
    """The runner reads them as such, and refuses the whole action."""
    rows = (*ACTION["inputs"].values(), *ACTION["outputs"].values())
    assert [row["description"] for row in rows if "${{" in row["description"]] == []


def test_reference__is_up_to_date() -> None:
    namespace: dict[str, Any] = {
        "__name__": "reference",
        "__file__": str(ROOT / "scripts/reference"),
    }
    exec(compile((ROOT / "scripts/reference").read_text(), "reference", "exec"), namespace)

    assert (ROOT / "action.yml").read_text() == namespace["action"]()
    assert (ROOT / "docs/reference.md").read_text() == namespace["reference"]()
    assert (ROOT / "docs/inputs.schema.json").read_text() == namespace["schema"]()
    assert (ROOT / "docs/troubleshooting.md").read_text() == namespace["troubleshooting"]()


SCHEMA = json.loads((ROOT / "docs/inputs.schema.json").read_text())["definitions"]["inputs"]


@pytest.mark.parametrize("block", list(blocks()))
def test_schema__takes_every_block_of_the_documentation(block: str) -> None:
    for step in steps(yaml.safe_load(block)):
        jsonschema.validate(step.get("with") or {}, SCHEMA)


@pytest.mark.parametrize(
    "given",
    [{"tag": "1"}, {"cache": "yes"}, {"load": "maybe"}, {"mode": "publihs"}, {"tags": ["1"]}],
)
def test_schema__refuses_what_the_action_refuses(given: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, SCHEMA)


def test_troubleshooting__links_every_code_once() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text()
    listed = re.findall(r"\[([A-Z0-9-]+)\]\(#([a-z0-9-]+)\)", page)

    assert sorted(code for code, _ in listed) == sorted({row.code for row in CATALOGUE})
    assert all(place == code.lower() for code, place in listed)


def test_troubleshooting__says_each_cause_once_in_a_table() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text()
    causes = [line.split(" | ")[0] for line in page.splitlines() if "](#" in line]

    assert len(causes) == len(set(causes)) > 50
    assert "{" not in "".join(causes)


@pytest.mark.parametrize("rule", _RULE.findall((ROOT / "docs/metadata.md").read_text()))
def test_documents__every_tag_rule_yields_a_tag_somewhere(rule: str) -> None:
    tags = [occasions.metadata(happened, tags=rule).tag_names for happened in EVENTS]

    assert any(tags), rule


@pytest.mark.parametrize("block", list(blocks()))
def test_documents__every_yaml_block_uses_inputs_that_its_mode_reads(block: str) -> None:
    for step in steps(yaml.safe_load(block)):
        given = step.get("with") or {}
        assert set(given) - {"mode"} - inputs_of(given.get("mode", "publish")) == set()


@pytest.mark.parametrize("block", list(blocks()))
def test_documents__no_expression_fails_where_a_fork_has_published_nothing(block: str) -> None:
    """`fromJSON('')` ends the job."""
    workflow = yaml.safe_load(block)
    events = workflow.get(True) or () if isinstance(workflow, dict) else ()

    if "pull_request" in events:
        assert re.findall(r"fromJSON\((?:steps|needs)\.[\w.-]+\)", block) == []


@pytest.mark.parametrize("block", list(blocks()))
def test_documents__every_yaml_block_reads_outputs_that_exist(block: str) -> None:
    workflow = yaml.safe_load(block)
    ours = {step["id"] for step in steps(workflow) if "id" in step}
    called = {
        key: set(workflow_called[True]["workflow_call"].get("outputs", {}))
        for key, _, workflow_called in calls(workflow)
    }

    for found in _OUTPUT.finditer(block):
        assert (
            found["kind"] != "steps"
            or found["id"] not in ours
            or found["output"] in ACTION["outputs"]
        )
        assert (
            found["kind"] != "needs"
            or found["id"] not in called
            or found["output"] in called[found["id"]]
        )


@pytest.mark.parametrize("block", list(blocks()))
def test_documents__every_call_of_a_workflow_passes_what_it_takes_and_grants_what_it_needs(
    block: str,
) -> None:
    workflow = yaml.safe_load(block)

    for _, job, called in calls(workflow):
        takes = called[True]["workflow_call"]
        assert set(job.get("with") or {}) <= set(takes["inputs"])
        assert set(job.get("secrets") or {}) <= set(takes.get("secrets", {}))
        granted = job.get("permissions", workflow.get("permissions", {}))
        needed = [item for each in called["jobs"].values() for item in each["permissions"].items()]
        assert [
            (name, level)
            for name, level in needed
            if _RANK[granted.get(name, "none")] < _RANK[level]
        ] == []


def test_documents__external_links_are_those_of_the_list() -> None:
    """Each was looked at once when it was added; what the catalogue cites comes with its row."""
    found = {
        link
        for page in PAGES
        for link in _LINK.findall(page.read_text())
        if link.startswith("http")
    }
    cited = {row.docs for row in CATALOGUE}

    assert (
        sorted(found - cited)
        == (Path(__file__).with_name("external-links.txt")).read_text().splitlines()
    )


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_documents__links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text()):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, fragment = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if fragment:
            assert fragment in {
                anchor(heading) for heading in _HEADING.findall(target.read_text())
            }, link
