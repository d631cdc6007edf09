"""`mode: merge`, from what was read to the whole plan; golden/merge.txt holds every field."""

from dataclasses import dataclass, field, replace

import pytest

from ghcr_action.attestation import instances
from ghcr_action.errors import ContentInvalid
from ghcr_action.names.policy import Decision, KeptTag, Rules
from ghcr_action.plans import merge
from ghcr_action.plans.attest import Attesting, Unattested
from ghcr_action.plans.merge import Facts, Part, Plan
from ghcr_action.values.oci import ATTESTATION_KEY, ATTESTATION_VALUE, ATTESTED_KEY, Index, Manifest
from ghcr_action.values.platform import Platform
from ghcr_action.values.reference import Digest, Reference, Repository
from tests.fakes import images
from tests.unit.plans import whole
from tests.unit.plans.given import AMD64, APP, ARM64, references

FILE = "merge.txt"
AMD, ARM, OLD = images.manifest("amd"), images.manifest("arm"), images.manifest("old")
S390 = Platform("linux", "s390x")
UNSIGNED = Unattested(why="the input says `attest: false`")
SIGNED = Attesting(instance=instances.PUBLIC, is_required=True)


def part(found: Manifest | Index, platform: Platform | None = None, at: Repository = APP) -> Part:
    """One digest."""
    return Part(origin=at, found=found, platform=platform)


def described(image: Manifest, platform: Platform) -> Index:
    """An index of one image and what BuildKit attests of it."""
    statement = images.manifest(f"attestation of {image.annotations['name']}")
    entries = (
        replace(image.descriptor, platform=platform),
        replace(
            statement.descriptor,
            platform=Platform("unknown", "unknown"),
            annotations={
                ATTESTATION_KEY: ATTESTATION_VALUE,
                ATTESTED_KEY: str(image.descriptor.digest),
            },
        ),
    )
    return merge.index(entries, ())


DESCRIBED = described(AMD, AMD64)
EXTENDED = merge.index(
    (
        replace(OLD.descriptor, platform=ARM64),
        replace(images.manifest("z").descriptor, platform=S390),
    ),
    (),
)
NAMES = {
    each.descriptor.digest: name
    for name, each in {
        "amd": AMD,
        "arm": ARM,
        "old": OLD,
        "z": images.manifest("z"),
        "attestation of amd": images.manifest("attestation of amd"),
    }.items()
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was read, and what the inputs say."""

    parts: tuple[Part, ...]
    existing: tuple[Part, ...] = ()
    write: tuple[Reference, ...] = references("ghcr.io/octo/app:1", "ghcr.io/octo/app:latest")
    kept_tags: tuple[KeptTag, ...] = ()
    current: dict[Reference, Digest | None] = field(default_factory=dict)
    attest: Attesting | Unattested = UNSIGNED
    platforms: tuple[Platform, ...] = ()
    annotations: tuple[str, ...] = ()
    verify: bool = True


TWO = (part(ARM, ARM64), part(AMD, AMD64))
(ONE,) = references("ghcr.io/octo/app:1")
ROWS = {
    "two jobs": Row(parts=TWO),
    "the other way round, signed, all platforms named": Row(
        parts=TWO[::-1], attest=SIGNED, platforms=(AMD64, ARM64)
    ),
    "annotations of the index and of one platform": Row(
        parts=TWO,
        annotations=(
            "index:a=b",
            "manifest-descriptor[linux/arm64]:c=d",
            "manifest-descriptor:e=f",
            "manifest:left=out",
        ),
    ),
    "an index with attestations": Row(parts=(part(DESCRIBED), part(ARM, ARM64)), verify=False),
    "the index that is there, extended": Row(
        parts=TWO[:1], existing=(part(EXTENDED),), current={ONE: EXTENDED.descriptor.digest}
    ),
    "parts and names in two registries": Row(
        parts=(part(ARM, ARM64), part(AMD, AMD64, Repository("quay.io", "octo/parts"))),
        write=references("ghcr.io/octo/app:1", "quay.io/octo/app:1"),
    ),
    "every name is kept": Row(
        parts=TWO,
        write=(),
        kept_tags=(KeptTag(reference=ONE, reason="it exists", is_protected=True),),
        attest=SIGNED,
    ),
}


def plan(row: Row) -> Plan:
    """The plan of a row."""
    facts = Facts(
        parts=row.parts,
        existing=row.existing,
        decision=Decision(write=row.write, kept_tags=row.kept_tags),
        rules=Rules(wanted=row.write),
        current=row.current,
        attest=row.attest,
    )
    return merge.make(
        facts, platforms=row.platforms, annotations=row.annotations, verify=row.verify
    )


def planned() -> dict[str, Plan]:
    """Every row."""
    return {title: plan(row) for title, row in ROWS.items()}


def test_make__the_whole_plan_of_each_row() -> None:
    assert whole.rows(planned(), NAMES) == whole.read(FILE)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (Row(parts=(part(AMD, AMD64), part(ARM, AMD64))), "Two digests are for linux/amd64"),
        (Row(parts=TWO, platforms=(S390,)), "No digest is for linux/s390x: nothing was written"),
        (Row(parts=(part(AMD),)), f"{APP.at(AMD.descriptor.digest)} is no image"),
    ],
    ids=["a platform twice", "a platform that is missing", "no image"],
)
def test_make__what_is_refused(row: Row, what: str) -> None:
    with pytest.raises(ContentInvalid) as caught:
        plan(row)

    assert caught.value.what == what
