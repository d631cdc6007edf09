"""The floors of docs/architecture.md: who may import whom. Read from the import statements, so that
nothing has to run."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghcr_action.inputs.modes import MODES

PACKAGE = Path(__file__).parents[2] / "ghcr_action"
FLOORS = (
    ("__init__",),
    ("values",),
    ("errors", "log", "inputs"),
    ("parallel",),
    ("attestation", "logins", "metadata", "ports"),
    ("diagnosis",),
    ("names", "buildx", "images"),
    ("cleanup", "adapters"),
    ("settings",),
    ("plans",),
    ("report",),
    ("steps",),
    ("modes",),
    ("wiring",),
    ("main", "post"),
    ("cli",),
    ("__main__",),
)
"""From the ground up. A room imports from itself and from the floors below its own, never from a
neighbour or from above."""
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
JOINED_BY = {"adapters": {"cli", "main", "post", "wiring"}, "cli": {"__main__"}}
"""Only these know the adapters and the terminal; everybody else talks to ports."""
IO = {"adapters", "cli", "wiring", "main", "post", "__main__"}
TALKING = {"ports", "images", "cleanup", "steps", "modes", *IO}
"""Rooms that reach the outside, most of them by ports alone; no other room may know that there are
ports."""
THIRD_PARTY = {
    "adapters": {"requests", "urllib3", "github", "cryptography", "tuf"},
    "attestation": {"cryptography"},
    "ports": {"cryptography"},
    "cleanup": {"re2"},
    "cli": {"rich"},
    "report": {"jinja2"},
    "inputs": {"yaml"},
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
            yield from (
                {node.module or ""}
                if node.module != "ghcr_action"
                else {f"ghcr_action.{alias.name}" for alias in node.names}
            )


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(path.relative_to(PACKAGE)) for path in FILES]


def test_imports__every_room_has_one_floor() -> None:
    rooms = [room for rooms in FLOORS for room in rooms]

    assert sorted(rooms) == sorted({room(path) for path in FILES})


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports__go_down(path: Path) -> None:
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("ghcr_action.")}
    others = ours - {room(path), "__version__"}

    assert {other for other in others if FLOOR[other] >= FLOOR[room(path)]} == set()


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports__of_what_touches_the_outside_stand_where_it_is_joined(path: Path) -> None:
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("ghcr_action.")} - {
        room(path)
    }
    joins = {other for other in ours & JOINED_BY.keys() if room(path) not in JOINED_BY[other]}

    assert (joins, "ports" in ours and room(path) not in TALKING) == (set(), False)


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports__the_outside_world_is_for_adapters(path: Path) -> None:
    if room(path) in IO:
        return

    assert not set(imported(path)) & OUTSIDE_WORLD


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports__third_parties_have_their_rooms(path: Path) -> None:
    outside = (
        {name.split(".")[0] for name in imported(path)}
        - {"ghcr_action"}
        - set(sys.stdlib_module_names)
    )

    assert outside <= THIRD_PARTY.get(room(path), set())


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_planners__own_what_they_plan_from(path: Path) -> None:
    """No function of a plan, a mode or a step is handed settings, facts, names and builder."""
    if room(path) not in ("plans", "modes", "steps"):
        return
    functions = (
        each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.FunctionDef)
    )
    handed = {
        each.name: {argument.arg for argument in (*each.args.args, *each.args.kwonlyargs)}
        for each in functions
    }

    owned = {"settings", "facts", "aim", "choice"}
    assert {name for name, arguments in handed.items() if arguments >= owned} == set()


SHARED = {
    **dict.fromkeys(MODES, "the mode: its settings, plan, steps, words"),
    "attest": "signing: what is asked for, the plan, the step, its words",
    "build": "the build of an image: its settings, plan and step",
    "builder": "the builder: the choice, and the plan that makes it",
    "engine": "the engine: what it is, and how it is asked",
    "github": "GitHub's API: its nouns, and how it is asked",
    "policy": "which tags may move: the rule, and the inputs that say it",
    "size_limit": "how large an image may be: the inputs that say it, and the step that asks",
    "summary": "the job summary: the value, and who writes it",
    "tag": "tags: their names, and the step that writes them",
}
"""Names that stand in several rooms because the rooms share the subject."""
NAMES = sorted({path.stem for path in FILES} - {"__init__"})


@pytest.mark.parametrize("name", NAMES)
def test_imports__modules_of_one_name_have_one_subject(name: str) -> None:
    """A name that stands in several rooms is a mode's, or that of a thing whose step, settings and
    words have a room each."""
    rooms = {path.parent.name for path in FILES if path.stem == name}

    assert len(rooms) == 1 or name in SHARED


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_modules__say_in_one_sentence_what_is_inside(path: Path) -> None:
    """Why a module stands alone is no part of what it is; a second paragraph has the rest."""
    said = ast.get_docstring(ast.parse(path.read_text())) or ""
    sentence = " ".join(said.split("\n\n")[0].split())

    assert sentence.endswith(".")
    assert not re.search(r"\.\s+[A-Z`]", sentence.replace("e.g. ", ""))
    assert len(sentence.split()) <= 36
    assert "separate" not in sentence.lower()
