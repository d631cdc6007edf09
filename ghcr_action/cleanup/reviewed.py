"""Plans and restores as files: a dry run writes one, a person reviews it, and a later run does
exactly that.

JSON: ``schema``, ``state`` (``planned`` or ``deleted``), ``made``, and ``packages`` with a list
``versions`` each: ``action`` (``delete`` or ``keep``), ``id``, ``digest``, ``tags``, ``rule``,
``reason``, and ``image``, the digest of the image that a version goes with. The file comes from a
person or another job, so that nothing in it is believed before it is compared with the package.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ghcr_action.cleanup.graph import Graph
from ghcr_action.cleanup.outcome import Cleaned
from ghcr_action.cleanup.plan import ImageToDelete, Kept, Retention, VersionToDelete
from ghcr_action.cleanup.reason import Reason
from ghcr_action.errors import InvalidValue, PolicyRefused
from ghcr_action.values.github import PackageVersion
from ghcr_action.values.reference import Digest, Repository, Tag

SCHEMA = "ghcr-action/cleanup/v1"
DELETE, KEEP = "delete", "keep"
MAX_BYTES = 256 * 1024 * 1024
NOT_PLANNED = Reason(rule="plan-file", text="the plan does not name it")


@dataclass(frozen=True, kw_only=True)
class SavedVersion:
    """One version that the plan deletes, as it was then."""

    id: int
    digest: Digest
    tags: frozenset[str]
    image: Digest
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """What was reviewed, of one package."""

    repository: Repository
    versions: tuple[SavedVersion, ...]


def dump(results: Iterable[Cleaned], made: datetime, *, state: str = "planned") -> bytes:
    """The file: every version of every package, those that go first, in their order."""
    packages = [
        {
            "package": str(each.repository),
            "brake": each.plan.brake,
            "versions": list(_versions(each)),
        }
        for each in results
    ]
    document = {
        "schema": SCHEMA,
        "state": state,
        "made": made.isoformat(timespec="seconds"),
        "packages": packages,
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def listed(repository: Repository, version: PackageVersion, reason: Reason) -> dict[str, object]:
    """One version for a program."""
    return {
        "package": str(repository),
        "id": version.id,
        "digest": str(version.digest),
        "tags": list(version.tags),
        "rule": reason.rule,
        "reason": reason.text,
    }


def _versions(cleaned: Cleaned) -> Iterator[dict[str, object]]:
    for image in cleaned.plan.to_delete:
        for member in image.members:
            entry = listed(cleaned.repository, member.version, member.reason)
            yield {"action": DELETE, **entry, "image": str(image.versions[0].digest)}
    for kept in cleaned.plan.kept:
        yield {"action": KEEP, **listed(cleaned.repository, kept.version, kept.reason)}


def load(content: bytes) -> tuple[SavedPlan, ...]:
    """What a plan deletes, package by package. Raises InvalidValue for a file that is no plan."""
    document = _document(content)
    if document.get("schema") != SCHEMA:
        raise InvalidValue(
            f"it is no plan of a clean-up: `schema` is {document.get('schema')!r}, not {SCHEMA!r}"
        )
    try:
        return tuple(_package(entry) for entry in document["packages"])
    except (KeyError, TypeError, AttributeError, ValueError) as cause:
        raise InvalidValue(f"it is no whole plan: {cause!r}") from cause


def restorable(content: bytes) -> tuple[tuple[Repository, tuple[PackageVersion, ...]], ...]:
    """Versions to bring back, by package, what an image needs before the image. Raises
    InvalidValue.

    Takes the list for a restore and a plan alike: of both, what was to be deleted.
    """
    found = dict[Repository, list[PackageVersion]]()
    for plan in load(content):
        held = found.setdefault(plan.repository, [])
        held += (_as_version(each) for each in reversed(plan.versions))
    return tuple((repository, tuple(dict.fromkeys(held))) for repository, held in found.items())


_NEVER = datetime.fromtimestamp(0).astimezone()


def _as_version(saved: SavedVersion) -> PackageVersion:
    return PackageVersion(
        id=saved.id,
        digest=saved.digest,
        tags=tuple(sorted(saved.tags)),
        created=_NEVER,
        updated=_NEVER,
    )


@dataclass(frozen=True, kw_only=True)
class SavedPlanner:
    """Makes the reviewed plan for the package as it is now, or refuses it."""

    saved: SavedPlan

    def __call__(self, graph: Graph) -> Retention:
        """The versions of the plan that are there, as they were, and that nothing else needs."""
        planned = {
            each.digest: each for each in self.saved.versions if each.digest in graph.versions
        }
        going = frozenset(planned)
        staying = (digest for digest in graph.nodes if digest not in going)
        needed = graph.needed(staying)
        changed = {
            digest for digest, each in planned.items() if _has_changed(graph.versions[digest], each)
        }
        spared = graph.needed(changed) | graph.reached(changed) | needed
        by_image = dict[Digest, list[VersionToDelete]]()
        for each in planned.values():
            if each.digest not in spared:
                by_image.setdefault(each.image, []).append(
                    VersionToDelete(version=graph.versions[each.digest], reason=each.reason)
                )
        kept = sorted(
            (v for d, v in graph.versions.items() if d not in going or d in spared),
            key=lambda each: each.id,
            reverse=True,
        )
        return Retention(
            to_delete=tuple(ImageToDelete(members=tuple(members)) for members in by_image.values()),
            kept=tuple(
                Kept(version=version, reason=NOT_PLANNED, is_candidate=version.digest in going)
                for version in kept
            ),
        )


def check(saved: SavedPlan, graph: Graph) -> None:
    """Raises PolicyRefused where the package has changed in a way that matters for the plan.

    New versions do not matter unless they need what goes; what is gone already does not either.
    """
    planned = {each.digest: each for each in saved.versions if each.digest in graph.versions}
    for digest, each in planned.items():
        now = graph.versions[digest]
        if _has_changed(now, each):
            before, after = (", ".join(sorted(tags)) or "no tag" for tags in (each.tags, now.tags))
            raise _changed(
                saved, f"{digest} had {before} when the plan was made, and has {after} now"
            )
    needed = graph.needed(digest for digest in graph.nodes if digest not in planned)
    if wanted := sorted(needed & planned.keys()):
        holders = (each for each in graph.parents.get(wanted[0], ()) if each not in planned)
        raise _changed(
            saved,
            f"{next(iter(holders), 'something that stays')} needs {wanted[0]}, which would go",
        )


def _has_changed(version: PackageVersion, saved: SavedVersion) -> bool:
    return version.id != saved.id or frozenset(version.tags) != saved.tags


def _changed(saved: SavedPlan, why: str) -> PolicyRefused:
    return PolicyRefused(
        f"{saved.repository} is not as it was when the plan was made: nothing was deleted",
        why=why,
        fix="Make a new plan by a dry run, and review that one.",
    )


def _document(content: bytes) -> Mapping[str, Any]:
    if len(content) > MAX_BYTES:
        raise InvalidValue(f"it has {len(content)} bytes; a plan has at most {MAX_BYTES}")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as cause:
        raise InvalidValue(f"it is not JSON: {cause}") from cause
    if not isinstance(document, dict):
        raise InvalidValue("it is not a JSON object")
    return document


def _package(entry: Mapping[str, Any]) -> SavedPlan:
    if entry.get("brake"):
        raise InvalidValue(f"the plan was stopped by its own brake: {str(entry['brake'])[:200]}")
    versions = (_version(each) for each in entry["versions"] if each["action"] == DELETE)
    return SavedPlan(repository=Repository.parse(str(entry["package"])), versions=tuple(versions))


def _version(entry: Mapping[str, Any]) -> SavedVersion:
    number, tags = entry["id"], entry["tags"]
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(tags, list):
        raise InvalidValue(f"an entry with the id {number!r} and the tags {tags!r}")
    digest = Digest.parse(str(entry["digest"]))
    return SavedVersion(
        id=number,
        digest=digest,
        tags=frozenset(Tag.parse(str(tag)).name for tag in tags),
        image=Digest.parse(str(entry.get("image", digest))),
        reason=Reason(rule=str(entry.get("rule", "")), text=str(entry.get("reason", ""))),
    )
