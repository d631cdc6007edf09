"""`mode: cleanup`, from a package and rules to the whole plan; golden/cleanup.txt holds every
field."""

from datetime import timedelta
from typing import Any

from ghcr_action.cleanup.plan import Retention
from ghcr_action.cleanup.rules import Brake
from tests.fakes import images
from tests.unit.cleanup.packages import Package
from tests.unit.plans import whole

FILE = "cleanup.txt"
AMD, ARM, OLD = images.manifest("amd"), images.manifest("arm"), images.manifest("old")
BOTH = images.index("both", AMD, ARM)
SIGNATURE = images.manifest("signature", subject=BOTH)
ORPHAN = images.manifest("orphan")
NAMES = {
    each.descriptor.digest: each.annotations["name"]
    for each in (AMD, ARM, OLD, BOTH, SIGNATURE, ORPHAN)
}


def _package() -> Package:
    package = Package()
    package.add(OLD, "1.0.0", days=90)
    package.add(AMD, days=60)
    package.add(ARM, days=60)
    package.add(BOTH, "1.1.0", "pr-7", days=60)
    package.add(SIGNATURE, days=60)
    package.add(ORPHAN, days=50)
    return package


RULES: dict[str, dict[str, Any]] = {
    "untagged": {},
    "tagged, the newest kept": {"remove": ("tagged",), "keep_last": 1},
    "all": {"remove": ("tagged", "untagged")},
    "all but one tag": {"remove": ("tagged", "untagged"), "keep_tags": ("1.0.*",)},
    "one tag of two": {"remove": ("pr-*",)},
    "orphans": {"remove": ("orphans", "untagged")},
    "too young": {"keep_younger_than": timedelta(days=55)},
    "above the brake": {"remove": ("tagged",), "brake": Brake(share=10)},
}


def planned() -> dict[str, Retention]:
    """Every row."""
    return {title: _package().plan(**rules) for title, rules in RULES.items()}


def test_make__the_whole_plan_of_each_row() -> None:
    assert whole.rows(planned(), NAMES) == whole.read(FILE)
