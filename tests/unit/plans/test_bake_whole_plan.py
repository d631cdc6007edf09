"""`mode: bake`, from settings and what bake prints to the whole plan; golden/bake.txt holds every
field."""

from typing import Any

from ghcr_action.plans import bake
from ghcr_action.plans.bake_plan import BakePlan
from ghcr_action.values.reference import Digest
from tests.unit.plans import whole
from tests.unit.plans.test_bake_plan import APP, HOME, facts, settings

FILE = "bake.txt"
BASE = Digest.of(b"base")
NAMES = {BASE: "base"}
DB = {"tags": [f"{HOME}/db:1"]}
MULTI = {"platforms": ["linux/amd64", "linux/arm64"]}
Row = tuple[dict[str, dict[str, Any]], dict[str, str], dict[str, Any]]
ROWS: dict[str, Row] = {
    "one target": ({"app": APP}, {}, {}),
    "two on two platforms": ({"app": APP | MULTI, "db": DB | MULTI}, {}, {}),
    "one without a name": ({"app": APP, "tools": {}}, {}, {}),
    "nothing is pushed": ({"app": APP}, {"push": "false"}, {}),
    "matrix job, by digest": ({"app": APP}, {"push_by_digest": "true"}, {}),
    "merged from matrix jobs": ({"app": APP}, {}, {"is_merge": True}),
    "a name is kept": ({"app": APP, "db": DB}, {}, {"stays": (f"{HOME}/app:1",)}),
    "one is not changed": (
        {"app": APP, "db": DB},
        {},
        {"changed": {"app": "its Dockerfile"}, "bases": {"db": BASE}},
    ),
    "loaded as well": ({"app": APP, "tools": {"tags": ["tools:dev"]}}, {"load": "true"}, {}),
    "cached at the registry": ({"app": APP}, {"cache": "registry"}, {}),
    "checks off": ({"app": APP}, {"checks": "off"}, {}),
    "a builder of its own": ({"app": APP}, {"driver": "docker-container"}, {}),
    "a Dockerfile of its own": (
        {"app": APP | {"context": "app", "dockerfile": "build/Dockerfile"}},
        {},
        {},
    ),
}


def _plan(row: Row) -> BakePlan:
    targets, given, more = row
    return bake.make(settings(None, **given), facts(targets, **more))


def planned() -> dict[str, BakePlan]:
    """Every row."""
    return {title: _plan(row) for title, row in ROWS.items()}


def test_make__the_whole_plan_of_each_row() -> None:
    assert whole.rows(planned(), NAMES) == whole.read(FILE)
