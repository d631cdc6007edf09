"""The arrows of docs/architecture: who may import whom. Read from the import statements, so that nothing has to run."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ghcr_action"
VALUES = {"errors", "values"}
MOVERS = {"parallel", "referrers", "transfer", "tree"}
"""They talk to ports, and modes to them."""
OUTSIDE = {"adapters", "commandline", "main", "__main__", "__init__"}
ROOMS = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name != "__pycache__"}
PURE = ROOMS - OUTSIDE - MOVERS - {"modes", "ports"}
ALLOWED = {
    "errors": set(),
    "values": VALUES,
    "lists": VALUES,
    "workflow": set(),
    "inputs": set(),
    "metadata": VALUES | {"lists"},
    "diagnosis": VALUES,
    "build": VALUES | {"lists", "diagnosis"},
    "settings": PURE - {"plan", "report"},
    "plan": PURE - {"report"},
    "report": PURE,
    "ports": VALUES,
    "modes": PURE | MOVERS | {"ports"},
    "adapters": VALUES | {"ports", "workflow", "login", "lists", "build", "diagnosis", "pace", "parallel"},
    **dict.fromkeys(MOVERS, VALUES | MOVERS | {"ports"}),
}
"""What each room may import beside itself; a room that is not listed is pure and may import pure ones, but no report."""
THIRD_PARTY = {
    "adapters": {"requests", "urllib3", "github", "rich"},
    "report": {"jinja2"},
    "access": {"yaml"},
    "settings": {"yaml"},
    "metadata": {"packaging", "regex"},
}
OUTSIDE_WORLD = {
    "requests",
    "urllib3",
    "github",
    "subprocess",
    "socket",
    "http.client",
    "http.server",
    "urllib.request",
    "tempfile",
    "shutil",
    "os",
    "signal",
}


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from ({node.module or ""} if node.module != "ghcr_action" else {f"ghcr_action.{alias.name}" for alias in node.names})


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_imports__point_one_way(path: Path) -> None:
    if room(path) in OUTSIDE - {"adapters"}:
        return
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("ghcr_action.")} - {"__version__"}
    allowed = ALLOWED.get(room(path), PURE - {"report"})

    assert ours - {room(path)} <= allowed


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_imports__the_outside_world_is_for_adapters(path: Path) -> None:
    if room(path) in {"main", "__main__", "adapters"}:
        return

    assert not set(imported(path)) & OUTSIDE_WORLD


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_imports__third_parties_have_their_rooms(path: Path) -> None:
    outside = {name.split(".")[0] for name in imported(path)} - {"ghcr_action"} - set(sys.stdlib_module_names)

    assert outside <= THIRD_PARTY.get(room(path), set())
