"""`mode: promote`, from settings and what was read to the whole plan; golden/promote.txt holds
every field."""

from dataclasses import dataclass, field

import pytest

from ghcr_action.errors import PolicyRefused
from ghcr_action.names.policy import Decision, KeptTag, Rules
from ghcr_action.plans import promote
from ghcr_action.plans.promote import Facts, Plan
from ghcr_action.values.oci import Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference
from tests.fakes import images
from tests.unit.plans import whole
from tests.unit.plans.given import ARM64, references, settings

FILE = "promote.txt"
AMD, ARM = images.manifest("amd"), images.manifest("arm")
BOTH = images.index("both", AMD, ARM)
NAMES = {
    each.descriptor.digest: name for name, each in {"amd": AMD, "arm": ARM, "both": BOTH}.items()
}
FIRST, LATEST = references("ghcr.io/octo/app:1.2.3", "ghcr.io/octo/app:latest")
MIRROR, MIRROR_LATEST = references("quay.io/octo/app:1.2.3", "quay.io/octo/app:latest")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the inputs say, and what was read."""

    given: dict[str, str] = field(default_factory=dict)
    root: Manifest | Index = BOTH
    platform: Platform | None = None
    write: tuple[Reference, ...] = (FIRST, LATEST)
    kept_tags: tuple[KeptTag, ...] = ()
    guarded: tuple[Reference, ...] = ()
    current: dict[Reference, Digest | None] = field(default_factory=dict)


ROWS = {
    "two new names": Row(),
    "a name holds it already, another moves": Row(
        current={FIRST: BOTH.descriptor.digest, LATEST: AMD.descriptor.digest}
    ),
    "a name is kept": Row(
        write=(FIRST,), kept_tags=(KeptTag(reference=LATEST, reason="1.3.0 is newer than 1.2.3"),)
    ),
    "to another registry": Row(write=(FIRST, MIRROR, MIRROR_LATEST)),
    "to another registry, where it is already": Row(
        write=(MIRROR,), current={MIRROR: BOTH.descriptor.digest}
    ),
    "without referrers, nor a look afterwards": Row(
        given={"referrers": "false", "verify": "false"}, write=(MIRROR,)
    ),
    "one platform": Row(root=ARM, platform=ARM64),
    "protected, and the same": Row(guarded=(FIRST,), current={FIRST: BOTH.descriptor.digest}),
}


def plan(row: Row) -> Plan:
    """The plan of a row."""
    given = {"source": "ghcr.io/octo/app:edge", "tags": "1.2.3"} | row.given
    facts = Facts(
        found=BOTH,
        root=row.root,
        platform=row.platform,
        decision=Decision(write=row.write, kept_tags=row.kept_tags, guarded=row.guarded),
        rules=Rules(wanted=row.write),
        current=row.current,
    )
    return promote.make(settings("promote", given), facts)


def planned() -> dict[str, Plan]:
    """Every row."""
    return {title: plan(row) for title, row in ROWS.items()}


def test_make__the_whole_plan_of_each_row() -> None:
    assert whole.rows(planned(), NAMES) == whole.read(FILE)


def test_make__a_protected_name_of_another_image_is_refused() -> None:
    with pytest.raises(PolicyRefused, match="A tag of `immutable-tags` exists"):
        plan(Row(guarded=(FIRST,), current={FIRST: AMD.descriptor.digest}))
